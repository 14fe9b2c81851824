"""Residents by the million: rows for COPY, with everything an operation would compute.

    rows = [bulk.resident_row(profile) for profile in profiles]
    with cursor.copy(bulk.STATEMENT) as copy:
        for row in rows:
            copy.write_row(row)

Rows are made before COPY takes the connection: the first use of a key asks the database whether it was lost.

A bulk load runs as the owner of the tables (COPY does not pass row-level security), gives record numbers itself
and checks its input before it comes here (`profile.read`, `profile.check`). Pinyin is cached by name: a county has
far fewer names than people.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gongwei.base import ids, pinyin, sealed
from gongwei.base.actors import Actor
from gongwei.base.sets import any_digest
from gongwei.residents import codes, identity, sealing, states
from gongwei.residents.queries import people

#: The columns of a row, in order.
COLUMNS = (
    "id", "record_no", "record_no_aliases", "name", "name_sort", "initials", "pinyin", "sex", "birth_date",
    "birth_date_estimated", "id_type", "id_cipher", "id_key", "id_last4_key", "id_last6_key", "no_id_reason",
    "phone_cipher", "phone_key", "phone_last4_key", "contact_name", "contact_phone_cipher", "contact_relation",
    "employer", "area_key", "address", "hukou_area_code", "hukou_address", "residence_type", "resident_since",
    "household_id", "relation_to_head", "grid_id", "managing_organization_id", "responsible_doctor_id", "status",
    "status_since", "cancel_reason", "cancel_note", "death_on", "death_cause", "filed_on", "filed_by_id",
    "filed_organization_id", "merged_into_id", "origin", "version", "created_at", "created_by", "updated_at",
    "updated_by",
)  # fmt: skip
STATEMENT = f"copy residents_resident ({', '.join(COLUMNS)}) from stdin"

_DEFAULTS: dict[str, Any] = {
    "record_no_aliases": [], "birth_date_estimated": False, "id_type": "01", "no_id_reason": "", "contact_name": "",
    "contact_relation": "", "employer": "", "address": "", "hukou_area_code": "", "hukou_address": "",
    "relation_to_head": "", "status": states.ACTIVE, "cancel_reason": "", "cancel_note": "", "death_cause": "",
    "origin": "import", "version": 1,
}  # fmt: skip
_SEALED = {"id_number", "phone", "contact_phone"}


def resident_row(profile: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return a row in the order of COLUMNS from clean values by column name.

    `id_number`, `phone` and `contact_phone` are plain and are sealed here, unless their columns are given ready
    (`sealed_columns` makes them in other processes). Raises KeyError for a value that has no column.
    """
    row = {**_DEFAULTS, **profile}
    key: UUID = row.setdefault("id", ids.uuid7())
    name = row["name"]
    row["name_sort"] = pinyin.sort_key(name)
    row["initials"] = list(pinyin.initials(name))
    row["pinyin"] = list(pinyin.spellings(name))
    row.setdefault("updated_at", row["created_at"])
    row.setdefault("status_since", row.get("filed_on"))
    if _SEALED & profile.keys():
        row |= sealed_columns(key, row["id_type"], row)
        for plain in _SEALED:
            row.pop(plain, None)
    unknown = row.keys() - set(COLUMNS)
    if unknown:
        raise KeyError(f"no column for {', '.join(sorted(unknown))}")
    return tuple(row.get(column) for column in COLUMNS)


def sealed_columns(key: UUID, id_type: str, plain: Mapping[str, Any]) -> dict[str, bytes | None]:
    """Return the sealed columns and blind indexes of one row; the dear part of a load, fit for other processes."""
    return {
        **sealing.id_columns(key, id_type, plain.get("id_number")),
        **sealing.phone_columns(key, plain.get("phone")),
        "contact_phone_cipher": sealed.encrypt(
            plain.get("contact_phone") or None,
            table=sealing.RESIDENT,
            column="contact_phone_cipher",
            row_id=key,
        ),
    }


def highest_serials(record_numbers: Iterable[str]) -> dict[str, int]:
    """Return the last serial of each segment among loaded numbers: what RecordNumberSeries must go on from."""
    highest: dict[str, int] = {}
    for number in record_numbers:
        segment, serial = number[:12], int(number[12:])
        if serial > highest.get(segment, 0):
            highest[segment] = serial
    return highest


@dataclass(frozen=True, slots=True)
class Known:
    """A resident found for a row of a sheet: enough to compare the name and to say what stands in the way."""

    id: UUID
    name: str
    status: str
    area_key: int


def anybody(by: Actor) -> bool:
    """Whether anybody at all is on file in an actor's areas."""
    return people.visible_to(by).exists()


def by_record_number(by: Actor, numbers: Iterable[str]) -> dict[str, Known]:
    """Return the residents of an actor's areas by the record numbers given, former numbers included."""
    wanted = set(numbers)
    found: dict[str, Known] = {}
    for some in _portions(sorted(wanted)):
        rows = people.visible_to(by).filter(record_no__in=some)
        for number, *values in rows.values_list("record_no", *_KNOWN):
            found[number] = Known(*values)
    for some in _portions(sorted(wanted - found.keys())):
        # Told to leave out those without: the index is of the others, and row-level security lets it not look inside.
        formerly = people.visible_to(by).exclude(record_no_aliases=[])
        rows = formerly.filter(record_no_aliases__overlap=some)
        for aliases, *values in rows.values_list("record_no_aliases", *_KNOWN):
            for number in wanted.intersection(aliases):
                found.setdefault(number, Known(*values))
    return found


def by_document(by: Actor, numbers: Iterable[str]) -> dict[str, Known]:
    """Return the residents of an actor's areas by document numbers (normalised, 15-digit cards as 18).

    An identity card is looked for first, since nearly all are; only what is not found is tried as every other kind. A file
    that is cancelled or merged stands behind a living one.
    """
    wanted = sorted(set(numbers))
    found: dict[str, Known] = {}
    cards = [(number, identity.RESIDENT_CARD) for number in wanted]
    _look_up(by, cards, found)
    kinds = [kind for kind in codes.table("id_document").codes if kind != identity.RESIDENT_CARD]
    _look_up(by, [(number, kind) for number in wanted if number not in found for kind in kinds], found)
    return found


def by_person(
    by: Actor, asked: Iterable[tuple[str, dt.date, int]]
) -> dict[tuple[str, dt.date, int], list[Known]]:
    """Living records of an actor's areas by name, birth date and village."""
    wanted = set(asked)
    found: dict[tuple[str, dt.date, int], list[Known]] = defaultdict(list)
    if not wanted:
        return found
    rows = people.visible_to(by).filter(
        name__in={name for name, _, _ in wanted},
        birth_date__in={born for _, born, _ in wanted},
        area_id__in={area for _, _, area in wanted},
        status__in=states.LIVING,
    )
    for key, name, status, area, born in rows.order_by("id").values_list(
        "id", "name", "status", "area_id", "birth_date"
    ):
        if (name, born, area) in wanted:
            found[name, born, area].append(Known(key, name, status, area))
    return found


_KNOWN = ("id", "name", "status", "area_id")
_PORTION = 5_000


def _portions(values: list[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(values), _PORTION):
        yield values[start : start + _PORTION]


def _look_up(by: Actor, documents: list[tuple[str, str]], found: dict[str, Known]) -> None:
    for some in _portions(documents):
        keys = {
            key: number
            for number, kind in some
            for key in sealed.blinds(sealing.document(kind, number), purpose=sealing.ID_PURPOSE)
        }
        rows = people.visible_to(by).filter(any_digest("id_key", keys))
        for key, *values in rows.values_list("id_key", *_KNOWN):
            number, one = keys[bytes(key)], Known(*values)
            before = found.get(number)
            if before is None or before.status in (states.CANCELLED, states.MERGED):
                found[number] = one
