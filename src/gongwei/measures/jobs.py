"""Runs in the background: asked for on a page, and every night over the night's snapshot."""

from __future__ import annotations

from typing import Any

from procrastinate.contrib.django import app

from gongwei.base import clock, jobs
from gongwei.base.actors import SYSTEM, Actor
from gongwei.base.job_progress import Progress
from gongwei.measures import parameters, periods
from gongwei.measures.models import Run
from gongwei.snapshots.models import Snapshot

TITLE = "指标计算"
#: A snapshot older than this is followed by an increment first, though nothing was announced since: places have no feed.
FRESH_SECONDS = 3600


@jobs.job(name=TITLE, queue="measures")
def run(
    progress: Progress,
    *,
    periods: list[str],
    measures: list[str] | None = None,
    title: str = "",
    kind: str = "asked",
    note: str = "",
) -> dict[str, Any]:
    """Run measures over a fresh snapshot. Begins anew after a kill; what was half written is swept away."""
    made = _run(
        progress.by, periods, measures=measures, title=title, kind=kind, note=note, told=_told(progress)
    )
    return {"run": str(made.id), "名称": made.title, "用时（秒）": round(made.seconds, 1)}


def _told(progress: Progress) -> Any:
    def told(message: str) -> None:
        progress.step(1, message)

    return told


def _run(by: Actor, codes: list[str], *, told: Any, **given: Any) -> Run:
    from gongwei.measures import running

    told("准备数据快照")
    chosen = [periods.parse(code) for code in codes]
    return running.run(by=by, at=clock.now(), snapshot=snapshot(by), periods=chosen, told=told, **given)


def snapshot(by: Actor) -> Snapshot:
    """The latest snapshot if it is fresh and shows all that was saved, else an increment upon it (a complete one where
    there is none): who has just corrected a record asks for its figures."""
    from gongwei.snapshots import operations, queries

    latest, at = queries.latest(), clock.now()
    if (
        latest is not None
        and latest.cut_at is not None
        and (at - latest.cut_at).total_seconds() < FRESH_SECONDS
        and queries.up_to_date(latest)
    ):
        return latest
    return operations.take(by=by, at=at, reason=TITLE, base=latest)


# At twenty to four in China: after the night's snapshot and the comparison of the live figures.
@app.periodic(cron="40 19 * * *", periodic_id="measures.runs")
@app.task(name="gongwei.measures.jobs.run_at_night", queue="measures", queueing_lock="measures.runs")
def run_at_night(timestamp: int) -> None:
    """Run the year to date up to yesterday, its month and its quarter; let old person rows go."""
    at = clock.now()
    codes = [each.code for each in of_the_day(at)]
    _run(SYSTEM, codes, told=lambda message: None, kind=Run.Kind.NIGHTLY, title="每晚定时")
    from gongwei.measures import running

    today = clock.day_of(at)
    running.remove_old(
        by=SYSTEM,
        at=at,
        days=parameters.number("keep_days", today),
        month_ends=parameters.number("keep_month_ends", today),
    )


def of_the_day(at: Any) -> list[periods.Period]:
    """The year to date, the quarter and the month up to the day before, as they stand at night."""
    yesterday = clock.day_of(at).fromordinal(clock.day_of(at).toordinal() - 1)
    return [periods.to_date(yesterday), periods.quarter(yesterday), periods.month(yesterday)]
