"""Very many changes at once, after an import: the bulk checks instead of following change by change.

All records of every form and all files are checked by the columnar engine; then the bookmark moves to where the feed stood when
it began. Twice is harmless. The findings are those of following, and beside them what following leaves to the night (files that
are alike, work over a quarter).
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from gongwei.base import changes, clock, jobs
from gongwei.base.actors import SYSTEM
from gongwei.base.job_progress import Progress
from gongwei.base.models import JobRun
from gongwei.quality import following, queries
from gongwei.quality.models import Run
from gongwei.residents import sizes

TITLE = "成批质量核查"
#: Residents waiting in the feed from which on everything is checked at once: one in so many of those on file, and no fewer
#: than `MANY`. With 20 264 on file, checking everything takes as long as following 430 of them one by one.
SHARE, MANY = 40, 500
PATIENCE, LONGEST = dt.timedelta(minutes=10), dt.timedelta(hours=2)


def due(at: dt.datetime) -> bool:
    """Whether so many wait that all is better checked at once."""
    if JobRun.objects.filter(title=TITLE, state="failed", finished_at__gt=at - PATIENCE).exists():
        return False
    return changes.many_wait(changes.Bookmark(following.BOOKMARK).cursor, max(MANY, sizes.on_file() // SHARE))


def under_way(at: dt.datetime) -> bool:
    """Whether somebody is at it, so that the follower stands aside."""
    return JobRun.objects.filter(
        title=TITLE, state__in=["queued", "running"], created_at__gt=at - LONGEST
    ).exists()


@jobs.job(name=TITLE, queue="quality")
def catch_up_job(progress: Progress) -> dict[str, Any]:
    """The catching up as background work. Killed, it begins again."""
    from gongwei.quality import bulk, probes

    codes = [form.code for form in probes.asked_forms()]
    progress.start(queries.record_count(codes, None, None) + queries.file_count(True))
    return bulk.summary(catch_up(told=progress.step))


def catch_up(*, told: Callable[[int, str], None] = lambda count, message: None) -> list[Run]:
    """Check everything and move the bookmark to where the feed stood before. Runs as the owner of the tables."""
    from gongwei.quality import bulk  # ibis and DuckDB: the follower beside it wants neither

    bookmark, until = changes.Bookmark(following.BOOKMARK), changes.reached()
    if until <= bookmark.cursor:
        return []
    runs = bulk.check_everything(told=told)
    bookmark.advance(until)
    return runs


def follow_or_catch_up(seconds: float) -> None:
    """What the clock asks for: follow, stand aside while the bulk check runs, or ask for it."""
    at = clock.now()
    if under_way(at):
        return
    if due(at):
        jobs.enqueue(catch_up_job, by=SYSTEM)
        return
    following.catch_up(seconds=seconds)
