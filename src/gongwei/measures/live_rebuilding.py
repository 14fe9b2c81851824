"""All person-years built again by the columnar engine over a snapshot, and only what differs written.

Asked for at a new year and when a definition or parameter changed. Residents who changed after the snapshot's cut are left
to the row engine, in the same transaction; the bookmark ends where the snapshot's cut is, or further.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, transaction

from gongwei import catalogue
from gongwei.base import changes, clock, digests, jobs
from gongwei.base.actors import SYSTEM, Actor
from gongwei.base.job_progress import Progress
from gongwei.base.models import JobRun
from gongwei.measures import columns, live_counting, live_facts, live_keeping
from gongwei.measures.live_models import LiveFigure, LiveYear
from gongwei.places.models import AreaChange
from gongwei.residents.models import Resident
from gongwei.snapshots.models import Snapshot

TITLE = "重建实时指标"
#: A rebuild that failed is not asked for again at once.
PATIENCE = dt.timedelta(hours=1)
Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did: person-years looked at, rows written, figures put right, and how long it took (seconds)."""

    rows: int
    written: int
    figures: int
    seconds: float


@cache
def rules() -> str:
    """A digest of all measures and of the parameters their parts name: another one means that all is built anew."""
    measures = [[each.code, catalogue.digest(each)] for table in columns.tables() for each in table.measures]
    parameters = catalogue.parameters()
    steps = [[code, str(parameters.steps(code))] for code in live_facts.parameters_read()]
    return digests.sm3(digests.canonical([measures, steps])).hex()


def due(at: dt.datetime) -> bool:
    """Whether a year to be kept is missing or was built by other rules, and nobody is at it. Where nobody is on file yet
    there is nothing to build."""
    if not Resident.objects.exists():
        return False
    kept = live_keeping.years_kept(clock.day_of(at))
    if LiveYear.objects.filter(year__in=kept, rules=rules()).count() == len(kept):
        return False
    mine = JobRun.objects.filter(title=TITLE)
    return not (
        mine.filter(state__in=["queued", "running"]).exists()
        or mine.filter(state="failed", finished_at__gt=at - PATIENCE).exists()
    )


@jobs.job(name=TITLE)
def rebuild_job(progress: Progress) -> dict[str, Any]:
    """The rebuild as background work. Killed, it begins again: what it had written was one transaction."""
    told = 0

    def report(done: int, total: int) -> None:
        nonlocal told
        if progress.run.total != total:
            progress.start(total)
        progress.step(done - told)
        told = done

    done = rebuild(by=progress.by, at=clock.now(), report=report)
    return {"rows": done.rows, "written": done.written, "figures": done.figures}


def rebuild(
    *,
    by: Actor = SYSTEM,
    at: dt.datetime | None = None,
    snapshot: Snapshot | None = None,
    report: Report = lambda done, total: None,
) -> Rebuilt:
    """Build the person-years and figures of all years kept. Runs as the owner of the tables, outside a transaction.

    snapshot: a whole one to build from; without it one is taken. `report(done, total)` counts tables times years.
    """
    from gongwei.measures import live_columnar  # DuckDB and ibis: the follower beside it wants neither
    from gongwei.snapshots import operations

    at, began = at or clock.now(), time.monotonic()
    snapshot = snapshot or operations.take(by=by, at=at, reason=TITLE)
    years = live_keeping.years_kept(clock.day_of(at))
    steps = len(years) * len(columns.tables())
    done = rows = written = 0
    report(0, steps)
    with live_columnar.opened(snapshot) as database:
        found = live_columnar.Found(database, years)
        with transaction.atomic():
            bookmark = changes.Bookmark(live_keeping.BOOKMARK).held()
            # Behind the bookmark everything is taken up later; what the snapshot does not hold is taken up here.
            late = live_columnar.waiting(snapshot, max(bookmark, at_cut(snapshot)))
            for each in (each for year in years for each in live_columnar.staged(found, year, late)):
                rows += each.rows
                written += each.apply()
                done += 1
                report(done, steps)
            for start in range(0, len(late), live_keeping.AT_ONCE):
                written += live_keeping.recompute(late[start : start + live_keeping.AT_ONCE], years)
            figures = sum(live_counting.recount(year) for year in years)
            _forget_older(years)
            for year in years:
                LiveYear.objects.update_or_create(
                    year=year,
                    defaults={"rules": rules(), "built_at": snapshot.cut_at, "areas_at": _areas_at(at)},
                )
            changes.Bookmark(live_keeping.BOOKMARK).advance(at_cut(snapshot))
    _analyze()
    return Rebuilt(rows, written, figures, time.monotonic() - began)


def at_cut(snapshot: Snapshot) -> changes.Cursor:
    """The place in the feed up to which the snapshot holds everything: before its oldest unfinished transaction."""
    assert snapshot.cut_xid is not None
    return changes.Cursor(int(snapshot.cut_xid) - 1, 2**62)


def _forget_older(years: tuple[int, ...]) -> None:
    """Years that are no longer kept live are told by frozen runs."""
    LiveYear.objects.exclude(year__in=years).delete()
    LiveFigure.objects.exclude(year__in=years).delete()
    for table in columns.tables():
        table.model.objects.exclude(year__in=years).delete()


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"analyze measures_livefigure, {', '.join(table.name for table in columns.tables())}")


def _areas_at(at: dt.datetime) -> dt.datetime:
    last = AreaChange.objects.order_by("-recorded_at").values_list("recorded_at", flat=True).first()
    return last or at


def settle_places(at: dt.datetime) -> int:
    """Count residents where they live now, after areas were merged, split or given other codes; returns the rows moved.

    A decision on areas moves residents by one statement and tells the feed nothing. Does nothing without a new decision.
    """
    with transaction.atomic():
        changes.Bookmark(live_keeping.BOOKMARK).held()
        years = live_keeping.years_built(at)
        seen = (
            LiveYear.objects.filter(year__in=years)
            .order_by("areas_at")
            .values_list("areas_at", flat=True)
            .first()
        )
        if seen is None or not AreaChange.objects.filter(recorded_at__gt=seen).exists():
            return 0
        moved = 0
        for table in columns.tables():
            with connection.cursor() as cursor:
                cursor.execute(
                    f"update {table.name} p set area_key = r.area_key from residents_resident r "
                    "where r.id = p.resident_id and r.area_key <> p.area_key"
                )
                moved += cursor.rowcount
        for year in years:
            live_counting.recount(year)
        LiveYear.objects.filter(year__in=years).update(areas_at=_areas_at(at))
    return moved
