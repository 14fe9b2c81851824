"""Many changes at once, after an import or a transfer of a township: the columnar engine over an increment of these residents.

The row engine takes about as long for two thousand residents as this way does for any number of them, so the follower
leaves greater backlogs to it. What it writes is what the row engine would write: the same rows, the same moves of figures.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from django.db import connection, transaction

from gongwei.base import changes, clock, jobs
from gongwei.base.actors import SYSTEM, Actor
from gongwei.base.job_progress import Progress
from gongwei.base.models import JobRun
from gongwei.measures import live_keeping, live_rebuilding
from gongwei.snapshots import queries
from gongwei.snapshots.models import Snapshot

TITLE = "成批更新实时指标"
#: Residents waiting in the feed from which on the columnar engine takes them all at once.
MANY = 2_000
PATIENCE = dt.timedelta(minutes=10)
#: A job that says nothing for so long was killed: the follower does not wait for it.
LONGEST = dt.timedelta(minutes=30)


def due(at: dt.datetime) -> bool:
    """Whether so many wait that they are better taken at once. A failed attempt leaves them to the row engine for a while."""
    if JobRun.objects.filter(title=TITLE, state="failed", finished_at__gt=at - PATIENCE).exists():
        return False
    return bool(live_keeping.years_built(at)) and _waiting() >= MANY


def under_way(at: dt.datetime) -> bool:
    """Whether somebody is at it, so that the follower stands aside."""
    return JobRun.objects.filter(
        title=TITLE, state__in=["queued", "running"], created_at__gt=at - LONGEST
    ).exists()


def _waiting() -> int:
    place = changes.Bookmark(live_keeping.BOOKMARK).cursor
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from (select distinct resident_id from (select resident_id from base_change "
            "where (xid, seq) > (%s::text::xid8, %s) and resident_id is not null order by xid, seq limit %s) w) d",
            [str(place.xid), place.seq, 10 * MANY],
        )
        return int(cursor.fetchone()[0])


@jobs.job(name=TITLE)
def catch_up_job(progress: Progress) -> dict[str, Any]:
    """The catching up as background work. Killed, it begins again: what it writes is one transaction."""
    done = catch_up(by=progress.by, at=clock.now())
    return {"rows": done.rows, "written": done.written, "figures": done.figures}


def catch_up(*, by: Actor = SYSTEM, at: dt.datetime | None = None) -> live_rebuilding.Rebuilt:
    """Bring all residents behind the bookmark into line by one run over an increment of the newest snapshot.

    Without a snapshot as old as the bookmark, or when more residents changed than an increment takes, all is built anew.
    Runs as the owner of the tables, outside a transaction. Waits while another snapshot is being written.
    """
    from gongwei.measures import live_columnar  # DuckDB and ibis: the follower beside it wants neither
    from gongwei.snapshots import operations

    at, began = at or clock.now(), time.monotonic()
    base = queries.latest()
    place = changes.Bookmark(live_keeping.BOOKMARK).cursor
    if base is not None and not _reaches(base, place):
        base = None
    snapshot = operations.take(by=by, at=at, reason=TITLE, base=base)
    if snapshot.kind != Snapshot.Kind.INCREMENT:
        return live_rebuilding.rebuild(by=by, at=at, snapshot=snapshot)
    years = live_keeping.years_built(at)
    rows = written = moved = 0
    with live_columnar.opened(snapshot, own=True) as database:
        among = [row[0] for row in database.sql("select subject_id from changed order by 1").fetchall()]
        found = live_columnar.Found(database, years)
        with transaction.atomic():
            bookmark = changes.Bookmark(live_keeping.BOOKMARK).held()
            reached = live_rebuilding.at_cut(snapshot)
            late = live_columnar.waiting(snapshot, max(bookmark, reached))
            moves: live_keeping.Moves = {}
            for year in years:
                for each in live_columnar.staged(found, year, late, among=among):
                    rows += each.rows
                    for kept, seen in each.pairs():
                        for stored, sign in ((kept, -1), (seen, 1)):
                            if stored is not None:
                                live_keeping.add(moves, each.table, year, stored, sign)
                    written += each.apply()
            live_keeping.move_figures(moves)
            for start in range(0, len(late), live_keeping.AT_ONCE):
                written += live_keeping.recompute(late[start : start + live_keeping.AT_ONCE], years)
            changes.Bookmark(live_keeping.BOOKMARK).advance(reached)
            moved = len(moves)
    return live_rebuilding.Rebuilt(rows, written, moved, time.monotonic() - began)


def _reaches(base: Snapshot, place: changes.Cursor) -> bool:
    """Whether an increment on this snapshot holds everybody behind the bookmark: what it did not see came after the bookmark.

    Transactions older than the base's oldest running one are in the base whole; the bookmark must have passed them.
    """
    return base.cut_xid is not None and place >= live_rebuilding.at_cut(base)
