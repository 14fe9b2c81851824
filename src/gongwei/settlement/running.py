"""Settling: inputs gathered and frozen, services counted over the snapshot, money divided, all there or nothing.

    compute(by=actor, at=clock.now(), county_key=..., year=2025, snapshot=snapshot)

Run again on the same inputs it gives the run that stands. Runs as the owner of the tables and outside a transaction; whether a duty
may is asked by the page or command. Nothing is posted here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from gongwei import catalogue
from gongwei.base import audit, clock, digests
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import division_codes
from gongwei.settlement import apportioning, county_codes, gathering, run_files, run_sweeping, standards
from gongwei.settlement.run_models import RunLine, RunStaff, RunTally, RunUnit, SettlementRun
from gongwei.snapshots import operations as snapshots
from gongwei.snapshots.models import Snapshot

log = logging.getLogger(__name__)
Told = Callable[[str], None]
State = SettlementRun.State
#: States of runs that stand.
STANDING = (State.COMPUTED, State.SUBMITTED, State.APPROVED, State.POSTED, State.PUBLISHED)


def compute(
    *,
    by: Actor,
    at: dt.datetime,
    county_key: int,
    year: int,
    snapshot: Snapshot,
    pot: str = standards.ORIGINAL,
    first: dt.date | None = None,
    last: dt.date | None = None,
    scheme_id: UUID | None = None,
    total_fen: int | None = None,
    title: str = "",
    note: str = "",
    services: tuple[Any, ...] | None = None,
    told: Told = lambda message: None,
) -> SettlementRun:
    """Settle a county's pot for a period (the year). The run, computed; the one that stands where nothing has changed.

    Raises:
        Refused: no whole snapshot, or one cut before the period ends is no reason (it is shown); no money to divide; nothing to
            divide it by.
    """
    began = time.monotonic()
    if snapshot.state != Snapshot.State.COMPLETE:
        raise Refused("数据快照不可用，请先建立快照。", code="snapshot_not_whole")
    if connection.in_atomic_block:
        raise RuntimeError("a settlement takes a while: start it outside a transaction")
    run_sweeping.sweep(at=at)
    first, last = first or dt.date(year, 1, 1), last or dt.date(year, 12, 31)
    told("汇集结算依据")
    items = services or catalogue.services()
    given = gathering.gather(
        county_key=county_key, year=year, pot=pot, first=first, last=last, at=at, snapshot=snapshot,
        scheme_id=scheme_id, total_fen=total_fen, services=items,
    )  # fmt: skip
    inputs_digest = gathering.digest(given.frozen)
    if (same := standing(inputs_digest)) is not None:
        return same
    made = SettlementRun(
        title=title or f"{year}年结算",
        county_key=county_key,
        year=year,
        pot=pot,
        first=first,
        last=last,
        state=State.RUNNING,
        snapshot_id=snapshot.id,
        cut_at=snapshot.cut_at,
        scheme_id=given.scheme_id,
        inputs=given.frozen,
        inputs_digest=inputs_digest,
        follows=_before(county_key, year, pot, first, last),
        at=at,
        by=by.account_id,
        note=note,
    )
    with run_sweeping.held(made.id):
        made.save(force_insert=True)
        _computed(made, given, items, by, at, began, told)
    with transaction.atomic():
        snapshots.pin(by=by, at=at, snapshot_id=snapshot.id)
    return made


def _computed(
    made: SettlementRun,
    given: gathering.Gathered,
    items: tuple[Any, ...],
    by: Actor,
    at: dt.datetime,
    began: float,
    told: Told,
) -> None:
    """Count, divide and keep; a run that fails is left as failed, without files."""
    from gongwei.settlement import counting  # DuckDB and ibis: pages import this module to know a run

    snapshot = Snapshot.objects.get(id=made.snapshot_id)
    county_key = made.county_key
    try:
        folder = run_files.begin(made.id)
        question = counting.Question(
            items, made.first, made.last, given.scheme.claims, given.scheme.modifiers, catalogue.parameters()
        )
        with counting.opened(snapshot, folder) as database:
            ranges = counting.slices(database, within=(county_key, division_codes.last(county_key)))
            counted = counting.count(
                database, question, given.held, folder, ranges, told, granted=given.granted
            )
            made.counting_seconds = time.monotonic() - began
            also = {
                each.organization_id for each in counted.tallies if each.organization_id and not each.reason
            }
            known = gathering.places(database, county_key, also)
        told("分配资金")
        case = apportioning.Case(
            given.scheme,
            {key: place.unit for key, place in known.items()},
            works(counted.tallies, given.scheme),
            given.total_fen,
            given.scores,
            given.prepaid,
            given.bases,
            given.staff_scores,
        )
        try:
            outcome = apportioning.apportion(case)
        except ValueError as problem:
            raise Refused(f"{problem}。", code="cannot_divide") from None
        told("保存结算结果")
        made.files = run_files.described(folder, counted.files)
        with transaction.atomic():
            _store(made, counted.tallies, outcome, known)
            made.state, made.finished_at = State.COMPUTED, clock.now()
            made.seconds = time.monotonic() - began
            made.save(force_update=True)
            audit.record(
                by=by,
                action="create",
                subject_kind="settlement_run",
                subject_id=made.id,
                area_key=county_key,
                detail={"year": made.year, "pot": made.pot, "title": made.title, "total_fen": made.total_fen},
                at=at,
            )
            run_files.finish(made.id)
    except BaseException:
        run_files.abandon(made.id)
        SettlementRun.objects.filter(id=made.id, state=State.RUNNING).update(
            state=State.FAILED, finished_at=clock.now()
        )
        raise


def standing(inputs_digest: str) -> SettlementRun | None:
    """The run that stands for these inputs: the same is never settled twice."""
    return SettlementRun.objects.filter(inputs_digest=inputs_digest, state__in=STANDING).first()


def _before(county_key: int, year: int, pot: str, first: dt.date, last: dt.date) -> SettlementRun | None:
    return (
        SettlementRun.objects.filter(
            county_key__in=county_codes.all_of(county_key),
            year=year,
            pot=pot,
            first=first,
            last=last,
            state__in=STANDING,
        )
        .order_by("-at")
        .first()
    )


def works(tallies: Iterable[Any], scheme: Any) -> list[apportioning.Work]:
    """What was counted, by practitioner and service, weighed by the scheme's modifiers; of tallies or their rows."""
    found: dict[tuple[UUID, UUID | None, str], list[Any]] = defaultdict(lambda: [0, Fraction(0)])
    for each in tallies:
        if each.reason or each.organization_id is None:
            continue
        kept = found[each.organization_id, each.practitioner_id, each.service]
        kept[0] += each.records
        kept[1] += gathering.quantity(each.records, each.late, each.remote, scheme)
    order = sorted(found.items(), key=lambda pair: tuple(str(part) for part in pair[0]))
    return [apportioning.Work(*key, *sums) for key, sums in order]


def decimal(value: Fraction, places: int) -> Decimal:
    """A fraction as it is kept and shown, rounded half up; amounts are worked out from the fraction, never from this."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _store(
    made: SettlementRun,
    tallies: Iterable[Any],
    outcome: apportioning.Outcome,
    known: Mapping[UUID, gathering.Place],
) -> None:
    apportioning.check(outcome)
    lines = [_line(made.id, each) for each in outcome.lines]
    units = [_unit(made.id, each, known[key]) for key, each in outcome.results.items()]
    made.total_fen = outcome.total_fen
    made.base_fen, made.due_fen, made.withheld_fen = (
        outcome.summed(name) for name in ("base_fen", "due_fen", "withheld_fen")
    )
    made.reward_fen = sum(each.reward_fen for each in outcome.results.values())
    made.result_digest = hashlib.sha256(
        digests.canonical([[str(value) for value in row[1:]] for row in (*units, *lines)])
    ).hexdigest()
    _copy(RunUnit, _UNIT, units)
    _copy(RunLine, _LINE, lines)
    _copy(RunTally, _TALLY, ([made.id, *(getattr(each, name) for name in _TALLY[1:])] for each in tallies))
    _copy(
        RunStaff,
        _STAFF,
        ([made.id, each.unit, each.practitioner, decimal(each.equivalents, 6), decimal(each.coefficient, 10), each.base_fen, each.due_fen] for each in outcome.staff),
    )  # fmt: skip


_UNIT = (
    "run_id", "organization_id", "name", "seat_key", "level", "town_id", "persons", "points", "points_of", "veto",
    "coefficient", "ratio", "equivalents", "base_fen", "due_fen", "withheld_fen", "prepaid_fen", "final_fen", "reward_fen",
    "topup_fen",
)  # fmt: skip
_LINE = (
    "run_id", "organization_id", "origin_id", "practitioner_id", "service", "records", "quantity", "weight", "unit_fen",
    "coefficient", "share", "equivalents", "amount_fen",
)  # fmt: skip
_TALLY = ("run_id", "organization_id", "practitioner_id", "service", "reason", "late", "remote", "records")
_STAFF = ("run_id", "organization_id", "practitioner_id", "equivalents", "coefficient", "base_fen", "due_fen")


def _unit(run_id: UUID, each: apportioning.Result, place: gathering.Place) -> list[Any]:
    paid = each.payment
    return [
        run_id, each.unit.id, place.name, place.seat_key, each.unit.level, each.unit.town, each.unit.persons,
        None if each.points is None else decimal(each.points, 15), each.points_of, each.veto,
        decimal(each.coefficient, 10), decimal(each.ratio, 10), decimal(each.equivalents, 6),
        paid.base_fen, paid.due_fen, paid.withheld_fen, paid.prepaid_fen, paid.final_fen, each.reward_fen, each.topup_fen,
    ]  # fmt: skip


def _line(run_id: UUID, each: apportioning.Line) -> list[Any]:
    return [
        run_id, each.unit, each.origin, each.practitioner, each.service, each.records, decimal(each.quantity, 4),
        decimal(each.weight, 6), None if each.unit_fen is None else decimal(each.unit_fen, 6),
        decimal(each.coefficient, 10), decimal(each.share, 6), decimal(each.equivalents, 6), each.amount_fen,
    ]  # fmt: skip


def _copy(table: Any, names: tuple[str, ...], rows: Iterable[list[Any]]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy {table._meta.db_table} ({', '.join(names)}) from stdin") as copy,
    ):
        for row in rows:
            copy.write_row(row)
