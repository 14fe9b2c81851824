"""Very many changes at once, after an import: what `following` derives resident by resident, derived set by set.

Ended files are settled, everybody is looked at for signs by the columnar engine, the residents named are planned anew a few
thousand at a time; then the bookmark moves to where the feed stood when it began. Twice is harmless, so a killed run begins
again; what came meanwhile is left to the follower. tests/integration/tasks holds the two equal.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import changes, clock, jobs
from gongwei.base.job_progress import Progress
from gongwei.records import succession
from gongwei.residents.relief import Relief
from gongwei.tasks import following, operations, reading, writing

TITLE = "成批更新待办"
RELIEF = Relief(TITLE, following.BOOKMARK)
#: Residents planned in one transaction.
AT_ONCE = 2_000
Told = Callable[[int], None]


@dataclass(frozen=True)
class Caught:
    """What came of it: residents named, signs kept, rows of tasks written."""

    residents: int
    signs: int
    written: int
    seconds: float


@jobs.job(name=TITLE)
def catch_up_job(progress: Progress) -> dict[str, Any]:
    """The catching up as background work."""
    bookmark = changes.Bookmark(following.BOOKMARK)
    progress.start(len(changes.residents_between(bookmark.cursor, changes.reached())))
    done = catch_up(clock.now(), told=lambda count: progress.step(count))
    return {"residents": done.residents, "signs": done.signs, "written": done.written}


def catch_up(at: dt.datetime, *, told: Told = lambda count: None) -> Caught:
    """Derive everything the feed asks for up to now. Runs as the owner of the tables."""
    from gongwei.tasks import suspecting_all  # DuckDB and ibis: the follower beside it wants neither

    began = time.monotonic()
    bookmark = changes.Bookmark(following.BOOKMARK)
    place, until = bookmark.cursor, changes.reached()
    if until <= place:
        return Caught(0, 0, 0, 0.0)
    for resident_id in changes.residents_between(place, until, "resident.%"):
        succession.settle(resident_id=resident_id, at=at)
    looked = suspecting_all.find_all(at=at)
    wanted = changes.residents_between(place, until)
    written = 0
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        written += _planned(some, at)
        told(len(some))
    bookmark.advance(until)
    return Caught(len(wanted), looked.signs, written, time.monotonic() - began)


@transaction.atomic
def _planned(some: list[UUID], at: dt.datetime) -> int:
    """See `operations.replan`, for as many as a rebuild plans at once."""
    found = reading.persons(reading.Some(some), clock.day_of(at), lock=True)
    return operations.plan(found.people, at, insert=writing.copy)
