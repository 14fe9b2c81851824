"""Very many changes at once, after an import: the bulk checks instead of following change by change.

All records of every form and all files are checked by the columnar engine; then the bookmark moves to where the feed stood when
it began. Twice is harmless. The findings are those of following, and beside them what following leaves to the night (files that
are alike, work over a quarter).
"""

from collections.abc import Callable
from typing import Any

from gongwei.base import changes, clock, jobs
from gongwei.base.actors import SYSTEM
from gongwei.base.job_progress import Progress
from gongwei.quality import following, queries
from gongwei.quality.models import Run
from gongwei.residents.relief import Relief

TITLE = "成批质量核查"
RELIEF = Relief(TITLE, following.BOOKMARK)


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
    if RELIEF.under_way(at):
        return
    if RELIEF.due(at):
        jobs.enqueue(catch_up_job, by=SYSTEM)
        return
    following.catch_up(seconds=seconds)
