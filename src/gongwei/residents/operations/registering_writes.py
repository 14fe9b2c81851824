"""What very many filings write: residents, documents, events, audit lines, changes, each by one COPY (see `registering_many`)."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from gongwei.base import audit, audit_many, clock, copy_text, ids, scope, sealed
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.residents import bulk, identity, record_numbers, sealing, tags
from gongwei.residents.models import Resident
from gongwei.residents.operations import filing_rules, numbering, registering

_IDENTIFIER = ("id", "resident_id", "id_type", "cipher", "key", "from_on", "until_on", "reason")
_EVENT = (
    "id", "resident_id", "kind", "on_date", "reason", "detail", "area_key", "organization_id", "at", "account_id",
    "practitioner_id", "reverses_id",
)  # fmt: skip
_CHANGE = ("at", "kind", "subject_id", "resident_id", "done_on")
#: Columns given from elsewhere than the resident's attributes.
_SEALED = (
    "id_cipher", "id_key", "id_last4_key", "id_last6_key", "phone_cipher", "phone_key", "phone_last4_key",
    "contact_phone_cipher",
)  # fmt: skip


@dataclass(slots=True)
class Filing:
    """One resident to be filed. `key` becomes the resident's id, so that a row sent twice files one.

    profile: as typed (items of `profile.ITEMS`); not_same_as: candidates somebody has looked at and said to be others.
    """

    key: UUID
    profile: Mapping[str, Any]
    filed_on: object = None
    not_same_as: frozenset[UUID] = frozenset()


@dataclass(slots=True)
class FilingVerdict:
    """What became of a row: refused (as `register_resident` raises it), on file already under its id, or to be filed."""

    filing: Filing
    refused: Refused | None = None
    existing: bool = False
    judged: filing_rules.Judged | None = None
    warnings: tuple[str, ...] = ()
    record_no: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether a file comes of it."""
        return self.refused is None and not self.existing


@dataclass(slots=True)
class Accepted:
    """A row on its way into the tables."""

    verdict: FilingVerdict
    resident: Resident
    segment: str
    temporary: str | None = None
    sealed: dict[str, bytes | None] = field(default_factory=dict)


#: The columns of a resident in the order they are copied: the number comes last into being, so it stands first.
_COLUMNS = ("record_no", *(each for each in bulk.COLUMNS if each not in ("record_no", *_SEALED)), *_SEALED)
_ATTRIBUTES = tuple("area_id" if each == "area_key" else each for each in _COLUMNS[1:] if each not in _SEALED)


def write(by: Actor, at: dt.datetime, accepted: Sequence[Accepted]) -> None:
    """Everything `register_resident` writes of each, by COPY."""
    if not accepted:
        return
    with scope.as_owner(
        "COPY does not pass row-level security; each village is checked in filing_rules.judge"
    ):
        _give_temporary_numbers(accepted)
        identifiers = _seal(accepted)
        rests, events, audited = [], [], _Audited(by, at)
        announced = copy_text.line((clock.now(), "resident"))
        for each in accepted:
            resident, judged = each.resident, _of(each)
            registering.note_filing(resident, by, judged.day)
            rests.append(
                copy_text.line(
                    [*(getattr(resident, name) for name in _ATTRIBUTES), *map(each.sealed.get, _SEALED)]
                )
            )
            events.append(_event(each, judged, by, at))
        # References are looked at when all is committed, so that what names a resident may come first: from the first number
        # taken on, another process that files in the same villages waits for this one.
        copy_text.copy("residents_residentidentifier", _IDENTIFIER, identifiers)
        copy_text.copy("residents_lifecycleevent", _EVENT, events)
        audit_many.copy(audited.line(each) for each in accepted)
        copy_text.copy(
            "base_change",
            _CHANGE,
            (
                f"{announced}\t{each.resident.id}\t{each.resident.id}\t{_of(each).day.isoformat()}"
                for each in accepted
            ),
        )
        numbers = _record_numbers(accepted)
        copy_text.copy(
            "residents_resident",
            _COLUMNS,
            (f"{number}\t{rest}" for number, rest in zip(numbers, rests, strict=True)),
        )
        tags.refresh([each.resident.id for each in accepted])


def _of(each: Accepted) -> filing_rules.Judged:
    assert each.verdict.judged is not None
    return each.verdict.judged


def _give_temporary_numbers(accepted: Sequence[Accepted]) -> None:
    wanted = Counter(each.temporary for each in accepted if each.temporary)
    free = numbering.next_of_each(wanted)
    for each in accepted:
        if each.temporary:
            clean = _of(each).clean
            county = each.temporary[2:8]
            clean["id_number"] = identity.temporary_number(county, clean["birth_date"], free[each.temporary])
            free[each.temporary] += 1


def _record_numbers(accepted: Sequence[Accepted]) -> list[str]:
    """A number for each in their order; the series are locked in one order, so that two batches never wait in a ring."""
    wanted = Counter(each.segment for each in accepted)
    free = numbering.next_of_each(wanted)
    found = []
    for each in accepted:
        number = record_numbers.compose(each.segment, free[each.segment])
        free[each.segment] += 1
        each.resident.record_no = each.verdict.record_no = number
        found.append(number)
    return found


def _seal(accepted: Sequence[Accepted]) -> list[str]:
    """Fill the sealed columns and their keys, column by column (see `bulk.sealed_columns`); returns the identifiers' rows."""
    blind = sealed.blinder()
    plain = {
        "id_cipher": [_of(each).clean["id_number"] for each in accepted],
        "phone_cipher": [_of(each).clean.get("phone") or None for each in accepted],
        "contact_phone_cipher": [_of(each).clean.get("contact_phone") or None for each in accepted],
    }
    keys = [each.resident.id for each in accepted]
    made = {
        column: sealed.encrypt_many(zip(keys, texts, strict=True), table=sealing.RESIDENT, column=column)
        for column, texts in plain.items()
    }
    own = [ids.uuid7() for _ in accepted]
    history = sealed.encrypt_many(
        zip(own, plain["id_cipher"], strict=True), table=sealing.IDENTIFIER, column="cipher"
    )
    rows = []
    for place, each in enumerate(accepted):
        number, phone, kind = plain["id_cipher"][place], plain["phone_cipher"][place], each.resident.id_type
        id_key = blind(sealing.ID_PURPOSE, sealing.document(kind, number))
        each.sealed = {
            "id_cipher": made["id_cipher"][place],
            "id_key": id_key,
            "id_last4_key": blind(sealing.LAST4_PURPOSE, number[-4:]) if len(number) >= 4 else None,
            "id_last6_key": blind(sealing.LAST6_PURPOSE, number[-6:]) if len(number) >= 6 else None,
            "phone_cipher": made["phone_cipher"][place],
            "phone_key": blind(sealing.PHONE_PURPOSE, phone) if phone else None,
            "phone_last4_key": blind(sealing.PHONE4_PURPOSE, phone.split("x")[0][-4:]) if phone else None,
            "contact_phone_cipher": made["contact_phone_cipher"][place],
        }
        rows.append(
            copy_text.line(
                (own[place], each.resident.id, kind, history[place], id_key, _of(each).day, None, "")
            )
        )
    return rows


def _event(each: Accepted, judged: filing_rules.Judged, by: Actor, at: dt.datetime) -> str:
    return copy_text.line(
        (
            ids.uuid7(), each.resident.id, registering.FIRST_EVENT[judged.status], judged.day, "",
            Jsonb(_detail(each)), judged.area.key, judged.managing.id, at, by.account_id, by.practitioner_id, None,
        )
    )  # fmt: skip


def _detail(each: Accepted) -> dict[str, Any]:
    return registering.looked_at(each.verdict.filing.not_same_as)


class _Audited:
    """The audit line of each: those that say nothing of their own are made in series."""

    def __init__(self, by: Actor, at: dt.datetime) -> None:
        self._by, self._at = by, at
        self._series: dict[str, audit_many.Series] = {}

    def line(self, each: Accepted) -> str:
        """See `writing.audited`."""
        judged, resident = _of(each), each.resident
        said = _detail(each)
        if said:
            return audit_many.single(
                audit.entry_values(
                    by=self._by,
                    action="create",
                    subject_kind="resident",
                    subject_id=resident.id,
                    area_key=judged.area.key,
                    detail={"status": judged.status, **said},
                    at=self._at,
                )
            )
        if judged.status not in self._series:
            self._series[judged.status] = audit_many.Series(
                by=self._by,
                at=self._at,
                action="create",
                subject_kind="resident",
                detail={"status": judged.status},
            )
        return self._series[judged.status].line(resident.id, judged.area.key)
