"""Contacts that are expected, and when the next one falls due. Worklists and measures read the same definition.

`next_due` knows nothing of today: whether something is overdue is the asker's question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gongwei.language import intervals
from gongwei.language.decisions import Advice, Revisit
from gongwei.language.episodes import Episode
from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import Expression, Node, as_node
from gongwei.language.forms import Form, check_forms
from gongwei.language.intervals import Interval, Unit, after, before, days
from gongwei.language.periods import CountIn, EpisodeUnits, Period, any_in, check_period
from gongwei.language.words import compare

#: `once_in=CALENDAR_YEAR`: from 1 January to 31 December.
CALENDAR_YEAR = Unit.YEAR

FIRST, ROUTINE, ADVICE, YEARLY, MILESTONE = "first", "routine", "advice", "yearly", "milestone"

_UNIT_OF_MONTHS = {1: Unit.MONTH, 3: Unit.QUARTER, 12: Unit.YEAR}


@dataclass(frozen=True)
class Due:
    """When a contact is due: it counts from `earliest` to `latest`; `reason` is one of FIRST, ROUTINE, ADVICE, YEARLY,
    MILESTONE."""

    earliest: date
    due: date
    latest: date
    reason: str


@dataclass(frozen=True, eq=False)
class Contact:
    """A service that is expected: again `every` interval, `once_in` a calendar year, or `at` ages of the schedule.

    early, late: how far before and after the due day it still counts. where: which records of the form count as this
    contact (completed, face to face). counted_by: the calendar unit in which one is expected, for measures; worked
    out from `every` when that is 1, 3 or 12 months.
    """

    title: str
    form: type[Form]
    every: Interval | None = None
    once_in: Unit | None = None
    at: tuple[Interval, ...] = ()
    early: Interval = field(default=days(0))
    late: Interval = field(default=days(0))
    where: Expression | None = None
    counted_by: Unit | None = None
    code: str = ""
    schedule: Schedule | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if sum((self.every is not None, self.once_in is not None, bool(self.at))) != 1:
            raise DefinitionError(f"{self.title}: write exactly one of every=, once_in= and at=")
        if self.once_in not in (None, CALENDAR_YEAR):
            raise DefinitionError(f"{self.title}: write once_in=CALENDAR_YEAR, or every= for other rhythms")
        if self.where is not None:
            check_forms(as_node(self.where), self.form, f"contact {self.title}")
        if self.every is not None and self.counted_by is None:
            amount = self.every.amount
            months = amount if self.every.unit is Unit.MONTH and isinstance(amount, int) else None
            if months not in _UNIT_OF_MONTHS:
                raise DefinitionError(
                    f"{self.title}: write counted_by=MONTH, QUARTER or YEAR, how measures count it"
                )
            object.__setattr__(self, "counted_by", _UNIT_OF_MONTHS[months])

    @property
    def node_where(self) -> Node | None:
        """Which records count, as a node."""
        return None if self.where is None else as_node(self.where)

    def done_in(self, period: Period) -> CountIn:
        """How many were done in the period."""
        check_period(period, "done_in")
        return CountIn(self.form, self.node_where)

    def required_in(self, period: Period) -> EpisodeUnits:
        """How many were required: one for each calendar unit under management (enrolled in Q1 4, Q2 3, Q3 2, Q4 1)."""
        check_period(period, "required_in")
        if self.counted_by is None:
            raise DefinitionError(f"{self.title}: required_in is for contacts with every=")
        return EpisodeUnits(self._episode().code, self.counted_by)

    def units_kept_in(self, period: Period) -> CountIn:
        """In how many different calendar units one was done."""
        check_period(period, "units_kept_in")
        return CountIn(self.form, self.node_where, self.counted_by)

    def kept_in(self, period: Period) -> Node:
        """As many were done as were required; once in the year: at least one was done."""
        check_period(period, "kept_in")
        if self.once_in is not None:
            return any_in(self.form, self.node_where)
        return compare("ge", self.done_in(period), self.required_in(period))

    def _episode(self) -> Episode:
        if self.schedule is None:
            raise DefinitionError(f"{self.title}: put the contact into a Schedule(EPISODE, [...]) first")
        return self.schedule.episode


@dataclass(frozen=True, eq=False)
class Schedule:
    """The contacts expected during an episode. Ages in `at=` count from the start of the episode, or from `starts`
    (an attribute such as BIRTH_DATE)."""

    episode: Episode
    contacts: Sequence[Contact]
    starts: Node | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "contacts", tuple(self.contacts))
        for contact in self.contacts:
            if contact.schedule is not None:
                raise DefinitionError(
                    f"{contact.title}: already in a schedule; write a contact for each schedule"
                )
            object.__setattr__(contact, "schedule", self)


def next_due(
    contact: Contact,
    started_on: date,
    last_done_on: date | None = None,
    advice: Sequence[Advice] = (),
    parameter: Callable[[str], Any] | None = None,
) -> Due | None:
    """When the contact is due next. Pure: the same arguments give the same answer on any day.

    Args:
        started_on: start of the episode, or of the schedule's own count (birth).
        last_done_on: day of the latest record that counts, None when there is none yet.
        advice: what that record's rules advised; its Revisit comes before the routine interval, and the routine count
            restarts from the revisit.
        parameter: values of the parameters intervals name.

    Returns:
        None when nothing more is expected (all ages passed).
    """
    revisit = next((each for each in advice if isinstance(each, Revisit)), None)
    if revisit is not None and last_done_on is not None:
        due = after(last_done_on, revisit.interval.resolve(parameter))
        return Due(
            intervals.add(last_done_on, Unit.DAY, 1), due, after(due, revisit.late.resolve(parameter)), ADVICE
        )
    if contact.once_in is not None:
        return _yearly(started_on, last_done_on)
    early, late = contact.early.resolve(parameter), contact.late.resolve(parameter)
    if contact.every is not None:
        base, reason = (started_on, FIRST) if last_done_on is None else (last_done_on, ROUTINE)
        due = after(base, contact.every.resolve(parameter))
        floor = started_on if last_done_on is None else intervals.add(last_done_on, Unit.DAY, 1)
        return Due(max(before(due, early), floor), due, after(due, late), reason)
    for age in contact.at:
        due = after(started_on, age.resolve(parameter))
        earliest = before(due, early)
        if last_done_on is None or last_done_on < earliest:
            return Due(earliest, due, after(due, late), MILESTONE)
    return None


def _yearly(started_on: date, last_done_on: date | None) -> Due:
    """Once in a calendar year: the first by 31 December, then on the anniversary, any day of the year counting."""
    if last_done_on is None:
        end = date(started_on.year, 12, 31)
        return Due(started_on, end, end, YEARLY)
    year = max(last_done_on.year + 1, started_on.year)
    first, last = date(year, 1, 1), date(year, 12, 31)
    anniversary = intervals.add(last_done_on, Unit.YEAR, year - last_done_on.year)
    return Due(max(first, started_on), max(anniversary, started_on), last, YEARLY)
