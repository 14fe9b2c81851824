"""Residents by the million: rows for COPY, with everything an operation would compute.

    with cursor.copy(bulk.STATEMENT) as copy:
        for profile in profiles:
            copy.write_row(bulk.resident_row(profile))

A bulk load runs as the owner of the tables (COPY does not pass row-level security), gives record numbers itself
and checks its input before it comes here (`profile.read`, `profile.check`). Pinyin is cached by name: a county has
far fewer names than people.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from gongwei.base import ids, pinyin, sealed
from gongwei.residents import sealing, states

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
