"""All tasks built again, set by set: residents in the order of their ids, so that their records lie side by side on disk.

What is there is brought into line, never thrown away: attempts, finished tasks and a person's cancellations stay.
Work goes on from its checkpoint after a kill; doing a range twice is harmless. A range reads and writes in one
snapshot: where a page planned somebody meanwhile, the database says so and the range is done again.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import queue
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from gongwei import catalogue
from gongwei.base import clock, digests, jobs
from gongwei.base.job_progress import Progress
from gongwei.base.models import JobRun
from gongwei.tasks import contacts, operations, planning, rebuild_process, writing
from gongwei.tasks.reading import Some, persons

TITLE = "重建待办"
RANGE = 4_000
RETRIES = 5
#: SQLSTATEs of two who wrote the same at the same time: serialization failure, deadlock, unique violation.
_AGAIN = {"40001", "40P01", "23505"}
Report = Callable[[int, int], None]
Range = tuple[UUID, UUID]


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did."""

    residents: int
    written: int
    seconds: float


def rules() -> str:
    """A digest of the planning, all schedules and today's parameters they name: another one means that everything is planned anew."""
    said = [contacts.rule_of(each.code) for each in sorted(catalogue.contacts(), key=lambda each: each.code)]
    return digests.sm3(digests.canonical([planning.VERSION, *said])).hex()


def due(at: dt.datetime) -> bool:
    """Whether a new year or a changed rule asks for a rebuild that was not done yet."""
    last = JobRun.objects.filter(title=TITLE, state="succeeded").order_by("-finished_at").first()
    wanted = {"year": clock.day_of(at).year, "rules": rules()}
    if last is not None and {name: (last.result or {}).get(name) for name in wanted} == wanted:
        return False
    return not JobRun.objects.filter(title=TITLE, state__in=["queued", "running"]).exists()


@jobs.job(name=TITLE)
def rebuild_job(progress: Progress) -> dict[str, Any]:
    """The same as background work of one process, from its checkpoint."""
    at = clock.now()
    ranges, total = all_ranges()
    place = int(progress.checkpoint or 0)
    progress.start(total)
    written = 0
    for number in range(place, len(ranges)):
        people, rows = rebuild_range(ranges[number], at)
        written += rows
        progress.keep(number + 1)
        progress.step(people)
    return _result(at, total, written)


def rebuild(report: Report | None = None, *, processes: int = 2, at: dt.datetime | None = None) -> Rebuilt:
    """Build all tasks again in this and other processes, going on where an interrupted rebuild stopped.

    `report(done, total)` counts residents.
    """
    report = report or (lambda done, total: None)
    at, began = at or clock.now(), time.monotonic()
    ranges, total = all_ranges()
    run = _unfinished(len(ranges)) or JobRun.objects.create(
        title=TITLE,
        state="running",
        created_at=at,
        started_at=at,
        total=total,
        result={"ranges": len(ranges)},
    )
    place = int(run.checkpoint or 0)
    done, written, finished = min(place * RANGE, total), 0, set(range(place))
    report(done, total)
    for number, people, rows in _work(ranges, place, at, processes):
        finished.add(number)
        done, written = done + people, written + rows
        while place in finished:
            place += 1
        JobRun.objects.filter(pk=run.pk).update(checkpoint=place, done=done)
        report(min(done, total), total)
    with connection.cursor() as cursor:
        cursor.execute("analyze tasks_task")
    JobRun.objects.filter(pk=run.pk).update(
        state="succeeded", finished_at=clock.now(), done=total, result=_result(at, total, written)
    )
    return Rebuilt(total, written, time.monotonic() - began)


def _result(at: dt.datetime, total: int, written: int) -> dict[str, Any]:
    return {"year": clock.day_of(at).year, "rules": rules(), "residents": total, "written": written}


def _unfinished(ranges: int) -> JobRun | None:
    """An interrupted rebuild over the same ranges; another number of residents begins anew."""
    run = JobRun.objects.filter(title=TITLE, state="running", task="").order_by("-created_at").first()
    if run is None:
        return None
    if (run.result or {}).get("ranges") == ranges:
        return run
    JobRun.objects.filter(pk=run.pk).update(state="cancelled", finished_at=clock.now())
    return None


def all_ranges() -> tuple[list[Range], int]:
    """Ranges of residents' ids that together hold everybody, and how many residents there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, n from (select id, row_number() over (order by id) as n from residents_resident) t "
            "where n %% %s = 0 or (n - 1) %% %s = 0 order by n",
            [RANGE, RANGE],
        )
        ends = cursor.fetchall()
        cursor.execute("select count(*) from residents_resident")
        total = cursor.fetchone()[0]
        cursor.execute("select id from residents_resident order by id desc limit 1")
        last = [row[0] for row in cursor.fetchall()]
    lows = [id for id, place in ends if (place - 1) % RANGE == 0]
    highs = [id for id, place in ends if place % RANGE == 0]
    return list(zip(lows, [*highs, *last], strict=False)), total


def rebuild_range(bounds: Range, at: dt.datetime) -> tuple[int, int]:
    """Bring one range into line; returns residents and rows written. Runs as the owner, outside a transaction."""
    for attempt in range(RETRIES):
        try:
            return _range_once(bounds, at, lock=attempt == RETRIES - 1)
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", None) not in _AGAIN or attempt == RETRIES - 1:
                raise
    raise AssertionError("the last attempt returns or raises")


def _range_once(bounds: Range, at: dt.datetime, *, lock: bool) -> tuple[int, int]:
    with transaction.atomic():
        if not lock and len(connection.savepoint_ids) == 0:
            with connection.cursor() as cursor:
                cursor.execute("set transaction isolation level repeatable read")
        found = persons(Some(low=bounds[0], high=bounds[1]), clock.day_of(at), lock=lock)
        return found.residents, operations.plan(found.people, at, insert=writing.copy)


def _work(ranges: Sequence[Range], place: int, at: dt.datetime, processes: int) -> Any:
    """Do the ranges from a place on; yields (number, residents, rows) as each is done."""
    if processes <= 1 or len(ranges) - place <= 1:
        for number in range(place, len(ranges)):
            yield number, *rebuild_range(ranges[number], at)
        return
    context = multiprocessing.get_context("spawn")
    wanted, answers = context.Queue(), context.Queue()
    for number in range(place, len(ranges)):
        wanted.put((number, ranges[number]))
    for _ in range(processes):
        wanted.put(None)
    running = [
        context.Process(
            target=rebuild_process.work,
            args=(os.getpid(), os.environ["DATABASE_URL"], at, wanted, answers),
            daemon=True,
        )
        for _ in range(processes)
    ]
    for process in running:
        process.start()
    try:
        left = len(ranges) - place
        while left:
            try:
                number, people, rows, error = answers.get(timeout=1)
            except queue.Empty:
                if not any(process.is_alive() for process in running):
                    raise RuntimeError("the processes that rebuild tasks ended early") from None
                continue
            if error:
                raise RuntimeError(error)
            left -= 1
            yield number, people, rows
    finally:
        for process in running:
            process.terminate()
            process.join()
