"""Snapshots written in the background: asked for on the page, and every night, when old ones are removed too."""

from typing import Any

from procrastinate.contrib.django import app

from gongwei.base import clock, jobs
from gongwei.base.actors import SYSTEM
from gongwei.base.job_progress import Progress

TITLE = "写数据快照"
NIGHTLY = "每晚定时"


@jobs.job(name=TITLE, queue="snapshots")
def take(progress: Progress, *, reason: str, increment: bool = False) -> dict[str, Any]:
    """Write a snapshot; with `increment` what changed since the latest one. Begins anew after a kill."""
    # DuckDB, ADBC, ibis: every process imports this module, only the writer wants them.
    from gongwei.snapshots import operations, queries

    def told(title: str, done: int, total: int | None) -> None:
        progress.run.done, progress.run.total, progress.run.message = done, total, title
        progress.step(0)

    snapshot = operations.take(
        by=progress.by,
        at=clock.now(),
        reason=reason,
        base=queries.latest() if increment else None,
        progress=told,
    )
    return {
        "种类": snapshot.get_kind_display(),
        "行数": snapshot.rows,
        "大小（MB）": round(snapshot.bytes / 1e6, 1),
        "snapshot": str(snapshot.id),
    }


# At half past two in China (the clock of the worker is UTC): after the day has turned, before anybody comes.
@app.periodic(cron="30 18 * * *", periodic_id="snapshots-night")
@app.task(
    name="gongwei.snapshots.jobs.take_at_night",
    queue="snapshots",
    queueing_lock="snapshots.night",
    lock="queue:snapshots",
)
def take_at_night(timestamp: int) -> None:
    """Write a complete snapshot and remove those whose time is over."""
    from gongwei.snapshots import operations

    operations.take(by=SYSTEM, at=clock.now(), reason=NIGHTLY)
    operations.remove_old(by=SYSTEM, at=clock.now())
