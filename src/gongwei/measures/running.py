"""Running measures over a snapshot: the person rows into files, the reports into the database, all there or nothing.

    run(by=actor, at=clock.now(), snapshot=snapshot, periods=[periods.parse("2026")], title="2026年年报")

Runs as the owner of the tables and outside a transaction: the row of a run stands while it works, so that a killed one is
known. Whether a duty may is asked by the page or command.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from gongwei import catalogue
from gongwei.base import audit, clock, digests
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.catalogue.digests import written_out
from gongwei.measures import figures, published, rolling, run_files, run_places
from gongwei.measures.models import MeasureReport, MeasureVersion, ReportPlace, Run
from gongwei.measures.periods import Period
from gongwei.snapshots import operations as snapshots
from gongwei.snapshots.models import Snapshot

log = logging.getLogger(__name__)
Told = Callable[[str], None]
State, Kind = Run.State, Run.Kind


def run(
    *,
    by: Actor,
    at: dt.datetime,
    snapshot: Snapshot,
    periods: Sequence[Period],
    measures: Iterable[str] | None = None,
    title: str = "",
    kind: str = Kind.ASKED,
    note: str = "",
    spark: str | None = None,
    told: Told = lambda message: None,
) -> Run:
    """Run measures (all of them) over a snapshot for some periods; the complete run.

    spark: the cluster to work on (`spark://host:port`) instead of this machine; the figures and files are the same.

    Raises:
        Refused: the snapshot is not whole; no period, or one twice; an unknown measure.
    """
    from gongwei.measures import counting  # DuckDB and ibis: pages import this module to know a run

    began = time.monotonic()
    _check(snapshot, periods, measures)
    if connection.in_atomic_block:
        raise RuntimeError("a run takes minutes: start it outside a transaction")
    wanted = counting.groups(measures)
    asked = {each.code: each for group in wanted for each in group.measures}
    steps = {
        code: [[since.isoformat(), _plain(value)] for since, value in values]
        for code, values in counting.steps_of(wanted).items()
    }
    made = Run.objects.create(
        title=title or f"{'、'.join(each.title for each in periods[:3])}指标",
        kind=kind,
        engine=Run.Engine.SPARK if spark else Run.Engine.DUCKDB,
        state=State.RUNNING,
        snapshot_id=snapshot.id,
        cut_at=snapshot.cut_at,
        periods=[each.code for each in periods],
        definitions={code: catalogue.digest(each) for code, each in asked.items()},
        parameters=steps,
        parameters_digest=hashlib.sha256(digests.canonical(steps)).hexdigest(),
        at=at,
        by=by.account_id,
        note=note,
    )
    try:
        folder = run_files.begin(made.id)
        if spark:
            from gongwei.measures import counting_spark  # pyspark, which few have

            counted, made.files = counting_spark.count(spark, snapshot, wanted, periods, folder, told)
        else:
            with counting.opened(snapshot, folder) as database:
                counted, made.files = counting.count(database, wanted, periods, folder, told)
        _clear(folder)
        told("汇总到各级")
        with transaction.atomic():
            _store(made, counted, periods, at)
            made.state, made.finished_at = State.COMPLETE, clock.now()
            made.seconds = time.monotonic() - began
            made.save(force_update=True)
            audit.record(
                by=by,
                action="create",
                subject_kind="measure_run",
                subject_id=made.id,
                detail={
                    "title": made.title,
                    "periods": made.periods,
                    "snapshot": str(snapshot.id),
                    "engine": made.engine,
                },
                at=at,
            )
            run_files.finish(made.id)
    except BaseException:
        run_files.abandon(made.id)
        Run.objects.filter(id=made.id).update(state=State.FAILED, finished_at=clock.now())
        raise
    if kind == Kind.REPORT:
        keep(by=by, at=at, run_id=made.id)
    return made


def _check(snapshot: Snapshot, periods: Sequence[Period], measures: Iterable[str] | None) -> None:
    if snapshot.state != Snapshot.State.COMPLETE:
        raise Refused("数据快照不可用，请先建立快照。", code="snapshot_not_whole")
    if not periods or len({each.code for each in periods}) < len(periods):
        raise Refused("请选择统计期，每个只选一次。", field="periods", code="periods")
    known = {each.code for each in catalogue.measures()}
    if unknown := sorted(set(measures or ()) - known):
        raise Refused(f"没有这些指标：{'、'.join(unknown)}。", field="measures", code="unknown_measure")


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _clear(folder: Any) -> None:
    overflow = folder / ".overflow"
    if overflow.exists():
        for path in overflow.iterdir():
            path.unlink()
        overflow.rmdir()


def _store(made: Run, counted: Sequence[Any], periods: Sequence[Period], at: dt.datetime) -> None:
    """The places and the reports of a run, in the present transaction."""
    villages = {each.area_key for each in counted}
    doctors = {each.doctor_id for each in counted if each.doctor_id is not None}
    known = run_places.places(clock.day_of(made.cut_at), villages, doctors)
    places = {key: place for key, (place, _) in known.items()}
    sums = rolling.up(
        (
            (
                e.measure,
                e.period,
                e.area_key,
                e.organization_id,
                e.doctor_id,
                e.denominator,
                e.numerator,
                e.excluded,
            )
            for e in counted
        ),
        places,
    )
    rows = ReportPlace.objects.bulk_create(
        ReportPlace(
            run=made,
            kind=place.kind,
            key=place.key,
            level=place.level,
            name=place.name[:100],
            parent=place.parent,
            area_key=area_key,
        )
        for place, area_key in known.values()
    )
    ids = {(each.kind, each.key): each.pk for each in rows}
    _versions(made, at)
    numbers = published.Numbers(places, clock.day_of(made.cut_at))
    lines = list(_lines(made, periods, ids, sums, numbers))  # before COPY has the connection to itself
    names = (
        "run_id", "place_id", "measure", "version_digest", "period",
        "denominator", "numerator", "excluded", "published", "published_source", "rate",
    )  # fmt: skip
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy {MeasureReport._meta.db_table} ({', '.join(names)}) from stdin") as copy,
    ):
        for line in lines:
            copy.write_row(line)
    made.populations = numbers.used()


def _lines(
    made: Run,
    periods: Sequence[Period],
    ids: Mapping[rolling.Key, int],
    sums: Mapping[tuple[str, str], Mapping[rolling.Key, rolling.Sides]],
    numbers: published.Numbers,
) -> Iterator[tuple[Any, ...]]:
    """The rows of the reports: every area, and organizations and doctors that have something to report."""
    for code, digest in made.definitions.items():
        measure = catalogue.measure(code)
        for period in periods:
            counts = sums.get((code, period.code), {})
            known = numbers.of(measure, period.year)
            for key, place_id in ids.items():
                number = known.get(key)
                if number is None and key not in counts and key[0] != figures.AREA:
                    continue
                sides = counts.get(key, (0, 0, 0))
                if published.asked(measure):
                    base = None if number is None else number.value
                else:
                    base = sides[0]
                said = (None, None) if number is None else (number.value, published.as_text(number))
                rate = figures.rate(sides[1], base, measure.per)
                yield made.id, place_id, code, digest, period.code, *sides, *said, rate


def _versions(made: Run, at: dt.datetime) -> None:
    MeasureVersion.objects.bulk_create(
        (
            MeasureVersion(
                digest=digest,
                code=code,
                title=catalogue.measure(code).title,
                source=catalogue.measure(code).source,
                definition=written_out(catalogue.measure(code)),
                first_used_at=at,
            )
            for code, digest in made.definitions.items()
        ),
        ignore_conflicts=True,
    )


def keep(*, by: Actor, at: dt.datetime, run_id: UUID, kept: bool = True) -> Run:
    """Keep a run and its snapshot for ever, or let them go when their time comes. Raises Refused: no such run."""
    with transaction.atomic():
        made = Run.objects.select_for_update().filter(id=run_id, state=State.COMPLETE).first()
        if made is None:
            raise Refused("没有这次计算，或其明细已清理。", code="no_such_run")
        if made.pinned != kept:
            made.pinned = kept
            made.save(update_fields=["pinned"])
            audit.record(
                by=by,
                action="update",
                subject_kind="measure_run",
                subject_id=made.id,
                detail={"pinned": kept},
                at=at,
            )
        if kept:
            snapshots.pin(by=by, at=at, snapshot_id=made.snapshot_id)
    return made


def remove_old(*, by: Actor, at: dt.datetime, days: int, month_ends: int) -> list[UUID]:
    """Remove the person rows of runs made more than `days` ago, but for the last of each of the last months and for those
    that are kept; the reports stay. Returns their ids."""
    today = clock.day_of(at)
    complete = list(Run.objects.filter(state=State.COMPLETE).order_by("cut_at", "id"))
    last = {(each.kind, each.cut_at.year, each.cut_at.month): each.id for each in complete}
    recent = today.year * 12 + today.month - month_ends
    kept = {id for (_, year, month), id in last.items() if year * 12 + month >= recent}
    gone = []
    for each in complete:
        if each.pinned or each.id in kept or clock.day_of(each.cut_at) > today - dt.timedelta(days=days):
            continue
        with transaction.atomic():
            Run.objects.filter(id=each.id).update(state=State.REMOVED)
            audit.record(by=by, action="expire", subject_kind="measure_run", subject_id=each.id, at=at)
        run_files.remove(each.id)
        gone.append(each.id)
    return gone
