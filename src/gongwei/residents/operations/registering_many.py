"""Filing very many residents: `register_resident` in sets, with the same rules, refusals, numbers and traces.

The rows are taken in their order, each judged beside those on file and those accepted before it; what places say (villages,
serving organizations, grids, staff) is asked once. Then all is written by COPY, as the owner of the tables after each village
was checked against the actor's right. Record numbers are taken last, since a series stays locked until the commit.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models.base import ModelState
from psycopg.types.json import Jsonb

from gongwei.base import audit, audit_many, clock, copy_text, digests, ids, scope, sealed
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.residents import (
    bulk,
    identity,
    matching,
    parameters,
    profile,
    record_numbers,
    sealing,
    states,
    tags,
)
from gongwei.residents.models import RecordNumberSeries, Resident
from gongwei.residents.operations import numbering, registering
from gongwei.residents.queries import candidate_pool
from gongwei.residents.queries.candidates import person

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
    judged: registering.Judged | None = None
    warnings: tuple[str, ...] = ()
    record_no: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether a file comes of it."""
        return self.refused is None and not self.existing


@dataclass(slots=True)
class _Accepted:
    """A row on its way into the tables."""

    verdict: FilingVerdict
    resident: Resident
    segment: str
    temporary: str | None = None
    sealed: dict[str, bytes | None] = field(default_factory=dict)


def judge_many(*, by: Actor, at: dt.datetime, rows: Sequence[Filing]) -> list[FilingVerdict]:
    """What `register_many` would do, without writing: for a preview. Verdicts come in the order of the rows."""
    return _judged(by, at, rows)[0]


@transaction.atomic
def register_many(*, by: Actor, at: dt.datetime, rows: Sequence[Filing]) -> list[FilingVerdict]:
    """File everybody who may be filed, in one transaction; the verdicts in the order of the rows."""
    try:
        with transaction.atomic():
            verdicts, accepted = _judged(by, at, rows, lock=True)
            _write(by, at, accepted)
            return verdicts
    except (IntegrityError, numbering.Exhausted):
        # Another clerk filed one of them between the look and the write, or a series ends within the batch.
        return [_singly(by, at, each) for each in rows]


def _singly(by: Actor, at: dt.datetime, row: Filing) -> FilingVerdict:
    verdict = FilingVerdict(row)
    if Resident.objects.filter(pk=row.key).exists():
        verdict.existing = True
        return verdict
    try:
        with transaction.atomic():
            made = registering.register_resident(
                by=by,
                at=at,
                profile=row.profile,
                filed_on=row.filed_on,
                not_same_as=tuple(row.not_same_as),
                save_as=states.ACTIVE,
                resident_id=row.key,
            )
    except Refused as error:
        verdict.refused = error
    else:
        verdict.warnings, verdict.record_no = made.warnings, made.resident.record_no
    return verdict


def _wait_for_namesakes(people: Sequence[matching.Person]) -> None:
    """Hold everybody's name and birth date until the end of the transaction: two batches never file one person side by side.

    In one order, so that two batches never wait in a ring.
    """
    keys = sorted(
        {
            int.from_bytes(
                digests.sm3(f"filing|{each.name}|{each.birth_date}".encode())[:8], "big", signed=True
            )
            for each in people
        }
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(pg_advisory_xact_lock(key)) from (select unnest(%s::bigint[]) as key order by 1) k",
            [keys],
        )


class _Ground(registering.Ground):
    """What places say, asked once."""

    def __init__(self) -> None:
        self.area = cache(super().area)  # type: ignore[method-assign]
        self.serving = cache(super().serving)  # type: ignore[method-assign]
        self.has_grid = cache(super().has_grid)  # type: ignore[method-assign]
        self.works = cache(super().works)  # type: ignore[method-assign]
        self.segment = cache(numbering.segment_of)


def _judged(
    by: Actor, at: dt.datetime, rows: Sequence[Filing], *, lock: bool = False
) -> tuple[list[FilingVerdict], list[_Accepted]]:
    today = clock.day_of(at)
    ground = _Ground()
    there = set(Resident.objects.filter(pk__in=[each.key for each in rows]).values_list("pk", flat=True))
    levels = {
        *parameters.value("duplicate_block_levels", today),
        *parameters.value("duplicate_acknowledge_levels", today),
    }
    blind = sealed.blinder()
    reads = [profile.read(each.profile, on=today) for each in rows]
    people = [person(clean, None, today, blind) for clean, _ in reads]
    if lock:
        _wait_for_namesakes(people)
    pool = candidate_pool.Pool(people, levels)
    series = _Series()
    verdicts, accepted = [], []
    for row, read, compared in zip(rows, reads, people, strict=True):
        verdict = FilingVerdict(row)
        verdicts.append(verdict)
        if row.key in there:
            verdict.existing = True
            continue
        try:
            one = _one(by, at, verdict, read, compared, ground, pool, series)
        except Refused as error:
            verdict.refused = error
        else:
            there.add(row.key)
            accepted.append(one)
    return verdicts, accepted


def _one(
    by: Actor,
    at: dt.datetime,
    verdict: FilingVerdict,
    read: tuple[dict[str, Any], list[Refused]],
    compared: matching.Person,
    ground: _Ground,
    pool: candidate_pool.Pool,
    series: "_Series",
) -> _Accepted:
    row = verdict.filing
    judged = registering.judge(
        by=by,
        at=at,
        typed=row.profile,
        filed_on=row.filed_on,
        organization_id=None,
        not_same_as=row.not_same_as,
        save_as=states.ACTIVE,
        ground=ground,
        # Equal to what would be compared of the checked profile: checking only completes it from the document.
        alike=lambda clean: pool.candidates(by, compared),
        read_before=read,
    )
    clean = judged.clean
    segment = ground.segment(judged.area)
    temporary = None
    number = clean.get("id_number")
    if not number:
        temporary = numbering.temporary_series(judged.area.key, clean["birth_date"])
    series.take(segment, temporary)
    resident = _started(judged, row.key, by, at)
    registering.put_plain(resident, clean)
    # A temporary number is no document: see `candidates.on_file`.
    document = None if number is None or identity.is_temporary(number) else compared.id_key
    if document != compared.id_key or clean["id_type"] != compared.id_type:
        compared = replace(compared, id_key=document, id_type=clean["id_type"])
    pool.add(resident, compared)
    verdict.judged, verdict.warnings = judged, tuple(judged.warnings)
    return _Accepted(verdict, resident, segment, temporary)


def _started(judged: registering.Judged, key: UUID, by: Actor, at: dt.datetime) -> Resident:
    """See `registering.started`. Django takes longer to make a row of fifty columns than the rules take to judge it."""
    resident = Resident.__new__(Resident)
    resident.__dict__ = _blank().__dict__ | {"_state": ModelState(), "id": key}
    resident.area = judged.area
    resident.managing_organization = judged.managing
    resident.status, resident.status_since = judged.status, judged.day
    resident.origin = by.source
    resident.created_at = resident.updated_at = at
    resident.created_by = resident.updated_by = by.account_id
    return resident


@cache
def _blank() -> Resident:
    return Resident()


class _Series:
    """How many serials are left of each series, as far as this batch goes."""

    def __init__(self) -> None:
        self._left: dict[str, int] = {}

    def take(self, *wanted: str | None) -> None:
        """One serial of each. Raises Refused, and takes none, where a series is used up."""
        for each in wanted:
            if each is not None and self._of(each) < 1:
                raise numbering.exhausted()
        for each in wanted:
            if each is not None:
                self._left[each] -= 1

    def _of(self, segment: str) -> int:
        if segment not in self._left:
            last = RecordNumberSeries.objects.filter(segment=segment).values_list("last", flat=True).first()
            self._left[segment] = record_numbers.LAST_SERIAL - (last or 0)
        return self._left[segment]


#: The columns of a resident in the order they are copied: the number comes last into being, so it stands first.
_COLUMNS = ("record_no", *(each for each in bulk.COLUMNS if each not in ("record_no", *_SEALED)), *_SEALED)
_ATTRIBUTES = tuple("area_id" if each == "area_key" else each for each in _COLUMNS[1:] if each not in _SEALED)


def _write(by: Actor, at: dt.datetime, accepted: Sequence[_Accepted]) -> None:
    """Everything `register_resident` writes of each, by COPY."""
    if not accepted:
        return
    with scope.as_owner(
        "COPY does not pass row-level security; each village is checked in registering.judge"
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
        numbers = _record_numbers(accepted)
        copy_text.copy(
            "residents_resident",
            _COLUMNS,
            (f"{number}\t{rest}" for number, rest in zip(numbers, rests, strict=True)),
        )
        copy_text.copy("residents_residentidentifier", _IDENTIFIER, identifiers)
        copy_text.copy("residents_lifecycleevent", _EVENT, events)
        tags.refresh([each.resident.id for each in accepted])
        audit_many.copy(audited.line(each) for each in accepted)
        copy_text.copy(
            "base_change",
            _CHANGE,
            (
                f"{announced}\t{each.resident.id}\t{each.resident.id}\t{_of(each).day.isoformat()}"
                for each in accepted
            ),
        )


def _of(each: _Accepted) -> registering.Judged:
    assert each.verdict.judged is not None
    return each.verdict.judged


def _give_temporary_numbers(accepted: Sequence[_Accepted]) -> None:
    wanted = Counter(each.temporary for each in accepted if each.temporary)
    free = {series: numbering.next_serials(series, wanted[series]) for series in sorted(wanted)}
    for each in accepted:
        if each.temporary:
            clean = _of(each).clean
            county = each.temporary[2:8]
            clean["id_number"] = identity.temporary_number(county, clean["birth_date"], free[each.temporary])
            free[each.temporary] += 1


def _record_numbers(accepted: Sequence[_Accepted]) -> list[str]:
    """A number for each in their order; the series are locked in one order, so that two batches never wait in a ring."""
    wanted = Counter(each.segment for each in accepted)
    free = {segment: numbering.next_serials(segment, wanted[segment]) for segment in sorted(wanted)}
    found = []
    for each in accepted:
        number = record_numbers.compose(each.segment, free[each.segment])
        free[each.segment] += 1
        each.resident.record_no = each.verdict.record_no = number
        found.append(number)
    return found


def _seal(accepted: Sequence[_Accepted]) -> list[str]:
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


def _event(each: _Accepted, judged: registering.Judged, by: Actor, at: dt.datetime) -> str:
    return copy_text.line(
        (
            ids.uuid7(), each.resident.id, registering.FIRST_EVENT[judged.status], judged.day, "",
            Jsonb(_detail(each)), judged.area.key, judged.managing.id, at, by.account_id, by.practitioner_id, None,
        )
    )  # fmt: skip


def _detail(each: _Accepted) -> dict[str, Any]:
    return registering.looked_at(each.verdict.filing.not_same_as)


class _Audited:
    """The audit line of each: those that say nothing of their own are made in series."""

    def __init__(self, by: Actor, at: dt.datetime) -> None:
        self._by, self._at = by, at
        self._series: dict[str, audit_many.Series] = {}

    def line(self, each: _Accepted) -> str:
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
