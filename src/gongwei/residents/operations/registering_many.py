"""Filing very many residents: `register_resident` in sets, with the same rules, refusals, numbers and traces.

The rows are taken in their order, each judged beside those on file and those accepted before it; what places say (villages,
serving organizations, grids, staff) is asked once. Then all is written by COPY, as the owner of the tables after each village
was checked against the actor's right. Record numbers are taken last, since a series stays locked until the commit.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models.base import ModelState

from gongwei.base import clock, digests, sealed
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.base.sets import any_of
from gongwei.places import serving
from gongwei.places.models import Area, Organization, Practitioner
from gongwei.residents import (
    identity,
    matching,
    parameters,
    profile,
    record_numbers,
    states,
)
from gongwei.residents.models import RecordNumberSeries, Resident
from gongwei.residents.operations import filing_rules, numbering, registering, registering_writes
from gongwei.residents.operations.registering_writes import Filing, FilingVerdict
from gongwei.residents.queries import candidate_pool
from gongwei.residents.queries.candidates import person

#: What `profile.read` gives: clean values, and what cannot be read.
Read = tuple[dict[str, Any], list[Refused]]


def judge_many(*, by: Actor, at: dt.datetime, rows: Sequence[Filing]) -> list[FilingVerdict]:
    """What `register_many` would do, without writing: for a preview. Verdicts come in the order of the rows."""
    return _judged(by, at, rows)[0]


@transaction.atomic
def register_many(*, by: Actor, at: dt.datetime, rows: Sequence[Filing]) -> list[FilingVerdict]:
    """File everybody who may be filed, in one transaction; the verdicts in the order of the rows."""
    try:
        with transaction.atomic():
            verdicts, accepted = _judged(by, at, rows, lock=True)
            registering_writes.write(by, at, accepted)
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


class _Ground(filing_rules.Ground):
    """What places say, asked once for all villages and doctors of a batch."""

    def __init__(self, reads: Sequence[Read], today: dt.date) -> None:
        self._areas = Area.objects.select_related("parent").in_bulk(_said(reads, "area"))
        self._serving = serving.of_each(self._areas.values(), today)
        doctors = Practitioner.objects.filter(id__in=_said(reads, "responsible_doctor"))
        self._working = set(doctors.exclude(active_until__lte=today).values_list("id", flat=True))
        self.has_grid = cache(super().has_grid)  # type: ignore[method-assign]
        self.segment = cache(numbering.segment_of)

    def area(self, key: int) -> Area | None:
        """See `filing_rules.Ground`."""
        return self._areas.get(key)

    def serving(self, area_key: int, today: dt.date) -> Sequence[Organization]:
        """See `filing_rules.Ground`."""
        return self._serving[area_key]

    def works(self, practitioner_id: UUID, today: dt.date) -> bool:
        """See `filing_rules.Ground`."""
        return practitioner_id in self._working

    def segments(self) -> set[str]:
        """The series of record numbers of the villages that have one."""
        found = set()
        for each in self._areas.values():
            with suppress(Refused):
                found.add(self.segment(each))
        return found


def _said(reads: Sequence[Read], name: str) -> set[Any]:
    return {value for clean, _ in reads if (value := clean.get(name)) is not None}


def _judged(
    by: Actor, at: dt.datetime, rows: Sequence[Filing], *, lock: bool = False
) -> tuple[list[FilingVerdict], list[registering_writes.Accepted]]:
    today = clock.day_of(at)
    there = set(
        Resident.objects.filter(any_of("id", (each.key for each in rows))).values_list("pk", flat=True)
    )
    levels = {
        *parameters.value("duplicate_block_levels", today),
        *parameters.value("duplicate_acknowledge_levels", today),
    }
    blind = sealed.blinder()
    reads = [profile.read(each.profile, on=today) for each in rows]
    ground = _Ground(reads, today)
    people = [person(clean, None, today, blind) for clean, _ in reads]
    if lock:
        _wait_for_namesakes(people)
    pool = candidate_pool.Pool(people, levels)
    series = _Series(ground.segments())
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
    read: Read,
    compared: matching.Person,
    ground: _Ground,
    pool: candidate_pool.Pool,
    series: "_Series",
) -> registering_writes.Accepted:
    row = verdict.filing
    judged = filing_rules.judge(
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
    return registering_writes.Accepted(verdict, resident, segment, temporary)


def _started(judged: filing_rules.Judged, key: UUID, by: Actor, at: dt.datetime) -> Resident:
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

    def __init__(self, segments: Collection[str]) -> None:
        """segments: series that will be asked for; others are looked up when they are."""
        rows = RecordNumberSeries.objects.filter(segment__in=segments).values_list("segment", "last")
        self._left = dict.fromkeys(segments, record_numbers.LAST_SERIAL)
        self._left |= {segment: record_numbers.LAST_SERIAL - last for segment, last in rows}

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
