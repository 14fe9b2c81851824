"""What the passing of days alone changes: a task becomes ready, a year or an age is over, a new year begins."""

from __future__ import annotations

import datetime as dt

from gongwei import catalogue
from gongwei.base import clock, jobs
from gongwei.base.actors import SYSTEM
from gongwei.tasks import operations, rebuilding, suspecting_jobs
from gongwei.tasks.models import OPEN, State, Task

AT_ONCE = 500


def turn_day(at: dt.datetime) -> None:
    """Do what a new day asks. Twice is harmless."""
    make_ready(at)
    end_periods(at)
    if rebuilding.due(at):
        jobs.enqueue(rebuilding.rebuild_job, by=SYSTEM)
    if suspecting_jobs.due():
        jobs.enqueue(suspecting_jobs.find_job, by=SYSTEM)


def make_ready(at: dt.datetime) -> int:
    """Tasks whose first day has come may be done; returns how many."""
    today = clock.day_of(at)
    return Task.objects.filter(state=State.DRAFT, earliest__lte=today).update(state=State.READY)


def end_periods(at: dt.datetime) -> int:
    """Plan again whoever has an open task of a year or an age that is over; returns how many residents."""
    yesterday = clock.day_of(at) - dt.timedelta(days=1)
    bounded = [each.code for each in catalogue.contacts() if each.every is None]
    count = 0
    while True:
        over = Task.objects.filter(
            state__in=OPEN,
            contact__in=bounded,
            latest__lte=yesterday,
            planned_at__lt=clock.start_of(clock.day_of(at)),
        )
        residents = list(over.order_by("due", "id").values_list("resident_id", flat=True)[:AT_ONCE])
        if not residents:
            return count
        operations.replan(resident_ids=residents, at=at)
        # What stays open after all (a late milestone) was looked at today and is not looked at again.
        Task.objects.filter(resident__in=residents, state__in=OPEN).update(planned_at=at)
        count += len(set(residents))
