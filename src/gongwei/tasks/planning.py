"""What is expected of one resident: a pure function of the time under management and of what was done.

    expected(spans, done, today=..., parameter=...) -> list[Expected]

The dates are the schedule language's (`next_due`); here is which record closes which task, and how a task is named.
Asked twice, in any order of events, the answer is the same: that is what lets tasks be built again at any time.
Sources: hypertension.md §2, diabetes.md §2, elderly.md §2; users_and_peers.md §3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from gongwei.language import intervals, schedules
from gongwei.language.schedules import Contact, Due, next_due

DRAFT, READY, COMPLETED, FAILED, CANCELLED = "draft", "ready", "completed", "failed", "cancelled"

#: Of this reckoning: raised whenever the same records give other tasks, so that everything is planned anew.
VERSION = 2

Parameter = Callable[[str, date], Any]


class Span(NamedTuple):
    """A time under management, both days included. `episode` None: by rule of age. `last` None: it goes on."""

    kind: str
    first: date
    last: date | None = None
    episode: UUID | None = None


class Done(NamedTuple):
    """A record in force that counts for contacts.

    serves: codes of the contacts it closes (form and the contact's own condition). advised: what its rules said of
    the next contact, when that comes before the routine interval. agreed: 下次随访日期 as written on the form.
    """

    response: UUID
    on: date
    serves: frozenset[str]
    advised: Due | None = None
    agreed: date | None = None


class Expected(NamedTuple):
    """A task as it ought to stand today."""

    contact: str
    anchor: str
    episode: UUID | None
    reason: str
    earliest: date
    due: date
    latest: date
    state: str
    response: UUID | None = None
    completed_on: date | None = None


def horizon(today: date) -> date:
    """From this day on finished tasks are derived too: the present year. Older ones stay as they were stored."""
    return date(today.year, 1, 1)


def expected(
    spans: Sequence[Span],
    done: Iterable[Done],
    contacts: Callable[[str], Sequence[Contact]],
    *,
    today: date,
    parameter: Parameter,
    open_allowed: bool = True,
) -> list[Expected]:
    """All tasks of one resident.

    Args:
        spans: times under management; several of one kind when it ended and began again.
        done: records in force, in any order.
        contacts: the contacts a kind of episode expects.
        open_allowed: False for the dead, those who left and those lost: nothing is left to be done.
    """
    serving: dict[str, list[Done]] = {}
    for each in sorted(done, key=_order):
        for code in each.serves:
            serving.setdefault(code, []).append(each)
    found: dict[tuple[str, str], Expected] = {}
    for span in sorted(spans, key=lambda each: (each.first, each.kind)):
        if span.last is not None and span.last < span.first:
            continue
        for contact in contacts(span.kind):
            counted = _counted(contact, span, serving.get(contact.code, ()))
            # Ended today is ended: what was done on the last day counts, but nothing more is expected of it.
            goes_on = open_allowed and (span.last is None or span.last > today)
            for task in _of_contact(contact, span, counted, today, parameter, goes_on):
                found[task.contact, task.anchor] = task
    return list(found.values())


def _order(done: Done) -> tuple[date, UUID]:
    return done.on, done.response


def _counted(contact: Contact, span: Span, by_day: Sequence[Done]) -> list[Done]:
    """The records that count for a contact in a span, one a day (the last one entered).

    What is expected once a year may also have been done earlier than management began: the measure counts any record
    of the calendar year (`Contact.kept_in`), and so does the worklist.
    """
    last = span.last or date.max
    first = date.min if contact.once_in is not None else span.first
    return list({each.on: each for each in by_day if first <= each.on <= last}.values())


def _of_contact(
    contact: Contact,
    span: Span,
    counted: Sequence[Done],
    today: date,
    parameter: Parameter,
    goes_on: bool,
) -> list[Expected]:
    if contact.once_in is not None:
        return _yearly(contact, span, counted, today, parameter, goes_on)
    if contact.every is not None:
        return _repeated(contact, span, counted, today, parameter, goes_on)
    return _milestones(contact, span, counted, today, parameter, goes_on)


def _repeated(
    contact: Contact, span: Span, counted: Sequence[Done], today: date, parameter: Parameter, goes_on: bool
) -> list[Expected]:
    """A chain: each record closes the task before it and makes the next one due."""
    start = horizon(today)
    found = []
    for place in range(len(counted) + 1):
        closing = counted[place] if place < len(counted) else None
        if closing is not None and closing.on < start:
            continue
        if closing is None and not goes_on:
            continue
        before = counted[place - 1] if place else None
        due = _after(contact, span, before, parameter)
        if due is None:
            continue
        anchor = f"after:{before.on}" if before else f"start:{span.first}"
        found.append(_expected(contact, anchor, span, due, today, closing))
    return found


def _after(contact: Contact, span: Span, before: Done | None, parameter: Parameter) -> Due | None:
    """When the contact after a record is due: as its rules advised, on the day agreed, or by the interval."""
    if before is None:
        return _by_interval(contact, span.first, None, parameter)
    return _after_record(contact, before.on, before.advised, before.agreed, parameter)


@lru_cache(maxsize=100_000)
def _after_record(
    contact: Contact, on: date, advised: Due | None, agreed: date | None, parameter: Parameter
) -> Due | None:
    """Remembered, as `_by_interval` is: few records of a day agree on different days for the next."""
    due, routine = advised, _by_interval(contact, None, on, parameter)
    if due is None or (routine is not None and due.due == due.latest == routine.due):
        # "See again in a year", said without a tolerance, is the yearly contact: it has the contact's own window.
        due = routine
    if due is not None and agreed is not None and on < agreed <= due.latest:
        # The window after the day agreed is the contact's own, and never longer than the rule's.
        late = contact.late.resolve(lambda code: parameter(code, on))
        latest = min(due.latest, intervals.after(agreed, late))
        return Due(min(due.earliest, agreed), agreed, latest, due.reason)
    return due


@lru_cache(maxsize=100_000)
def _by_interval(contact: Contact, first: date | None, last: date | None, parameter: Parameter) -> Due | None:
    """`next_due` by the interval alone, remembered: a city has few days and millions of records on them."""
    day = last or first
    assert day is not None
    return next_due(contact, day, last, (), lambda code: parameter(code, day))


def _yearly(
    contact: Contact, span: Span, counted: Sequence[Done], today: date, parameter: Parameter, goes_on: bool
) -> list[Expected]:
    """One task for each year; a year that ended without a record has failed, and the next one begins."""
    found = []
    for year in range(horizon(today).year, min(today, span.last or today).year + 1):
        before = closing = None
        for each in counted:  # the earliest first
            if each.on.year >= year:
                closing = each if each.on.year == year else None
                break
            before = each
        due = _due_in_year(span.first, before.on if before else None, year)
        if due is None or (closing is None and not goes_on):
            continue
        if closing is not None and closing.on < due.earliest:
            due = Due(closing.on, due.due, due.latest, due.reason)
        found.append(_expected(contact, f"year:{year}", span, due, today, closing))
    if goes_on and any(each.on.year == today.year for each in counted):
        latest = counted[-1].on
        due = next_due(contact, span.first, latest, (), lambda code: parameter(code, latest))
        if due is not None and due.due.year > today.year:
            found.append(_expected(contact, f"year:{due.due.year}", span, due, today, None))
    return found


@lru_cache(maxsize=100_000)
def _due_in_year(began: date, before: date | None, year: int) -> Due | None:
    """The yearly contact of one year, also when years in between passed without one.

    began: the first day under management. before: the day of the latest record of an earlier year.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    if began > last:
        return None
    earliest = max(first, began)
    if before is None:
        return Due(earliest, last, last, schedules.YEARLY)
    anniversary = intervals.add(before, intervals.Unit.YEAR, year - before.year)
    return Due(earliest, max(anniversary, earliest), last, schedules.YEARLY)


def _milestones(
    contact: Contact, span: Span, counted: Sequence[Done], today: date, parameter: Parameter, goes_on: bool
) -> list[Expected]:
    """One task for each age; a record closes the age whose window it lies in, or the first open one before it."""
    found = []
    left = list(counted)
    start = span.first
    ages = [_age_due(contact, start, age, parameter) for age in contact.at]
    for place, (age, due) in enumerate(zip(contact.at, ages, strict=True)):
        until = ages[place + 1].earliest - timedelta(days=1) if place + 1 < len(ages) else date.max
        closing = next((each for each in left if due.earliest <= each.on <= until), None)
        if closing is not None:
            left.remove(closing)
            if closing.on < horizon(today):
                continue
        elif not goes_on or until < horizon(today):
            continue
        anchor = f"at:{age.amount}{age.unit}"
        task = _expected(contact, anchor, span, due, today, closing)
        if closing is None and today > until:
            task = _with_state(task, FAILED)
        found.append(task)
    return found


def _age_due(contact: Contact, start: date, age: intervals.Interval, parameter: Parameter) -> Due:
    lookup = lambda code: parameter(code, start)  # noqa: E731
    due = intervals.after(start, age.resolve(lookup))
    early, late = contact.early.resolve(lookup), contact.late.resolve(lookup)
    return Due(intervals.before(due, early), due, intervals.after(due, late), schedules.MILESTONE)


def _expected(
    contact: Contact, anchor: str, span: Span, due: Due, today: date, closing: Done | None
) -> Expected:
    if closing is not None:
        state = COMPLETED
    elif contact.once_in is not None and due.latest < today:
        state = FAILED
    else:
        state = state_on(due.earliest, today)
    return Expected(
        contact.code,
        anchor,
        span.episode,
        due.reason,
        due.earliest,
        due.due,
        due.latest,
        state,
        closing.response if closing else None,
        closing.on if closing else None,
    )


def _with_state(task: Expected, state: str) -> Expected:
    return task._replace(state=state, response=None, completed_on=None)


def state_on(earliest: date, today: date) -> str:
    """An open task waits for its first day, then it may be done."""
    return READY if earliest <= today else DRAFT
