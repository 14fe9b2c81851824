"""Intervals of days, weeks, months and years, and the one way to add and to count them.

Months are calendar months clipped to the month's end: 30 November + 3 months = 28 (29) February. Counting
completed units is the inverse: the largest n for which start + n units is not after the end. Somebody born on
29 February therefore completes a year on 28 February of a common year [D].
"""

from __future__ import annotations

import calendar
import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from gongwei.language.errors import DefinitionError

if TYPE_CHECKING:
    from gongwei.language.record_nodes import Parameter


class Unit(enum.StrEnum):
    """Units of calendar time."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


DAY, WEEK, MONTH, QUARTER, YEAR = Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.QUARTER, Unit.YEAR

_MONTHS_IN = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}
_DAYS_IN = {Unit.DAY: 1, Unit.WEEK: 7}


@dataclass(frozen=True)
class Interval:
    """So many units. The amount may be a dated parameter; `resolve` puts its value in."""

    unit: Unit
    amount: int | Parameter

    def __post_init__(self) -> None:
        if isinstance(self.amount, bool | float) or (isinstance(self.amount, int) and self.amount < 0):
            raise DefinitionError(
                f"{self.amount!r} {self.unit}s: write a whole number from 0 up, or a Parameter"
            )

    def resolve(self, parameter: Callable[[str], Any] | None) -> Interval:
        """The same interval with a number for its amount.

        Raises:
            DefinitionError: the amount is a parameter and no parameters were given, or it has no value.
        """
        if isinstance(self.amount, int):
            return self
        value = parameter(self.amount.code) if parameter else None
        if value is None:
            raise DefinitionError(
                f"interval needs a value of parameter {self.amount.code!r}; pass parameters"
            )
        return Interval(self.unit, int(value))


def days(amount: int | Parameter) -> Interval:
    """So many days."""
    return Interval(Unit.DAY, amount)


def weeks(amount: int | Parameter) -> Interval:
    """So many weeks of 7 days."""
    return Interval(Unit.WEEK, amount)


def months(amount: int | Parameter) -> Interval:
    """So many calendar months, clipped to the month's end."""
    return Interval(Unit.MONTH, amount)


def years(amount: int | Parameter) -> Interval:
    """So many calendar years; 29 February goes to 28 February in a common year."""
    return Interval(Unit.YEAR, amount)


#: Every month has this day.
_IN_ANY_MONTH = 28


def add(start: date, unit: Unit, amount: int) -> date:
    """`start` and so many units (negative goes back), months clipped to the month's end."""
    if unit in _DAYS_IN:
        return start + timedelta(days=amount * _DAYS_IN[unit])
    month_index = start.year * 12 + start.month - 1 + amount * _MONTHS_IN[unit]
    year, month = divmod(month_index, 12)
    day = start.day if start.day <= _IN_ANY_MONTH else min(start.day, calendar.monthrange(year, month + 1)[1])
    return date(year, month + 1, day)


def _amount(interval: Interval) -> int:
    if not isinstance(interval.amount, int):
        raise DefinitionError(f"resolve the interval first: {interval} depends on a parameter")
    return interval.amount


def after(start: date, interval: Interval) -> date:
    """`start` and the (resolved) interval."""
    return add(start, interval.unit, _amount(interval))


def before(end: date, interval: Interval) -> date:
    """`end` less the (resolved) interval."""
    return add(end, interval.unit, -_amount(interval))


def completed(unit: Unit, start: date, end: date) -> int:
    """Completed units from start to end; negative when the end lies before the start.

    The largest n with `add(start, unit, n) <= end`, counted towards zero for a negative distance, so that
    completed(a, b) == -completed(b, a) holds for days and weeks and a month not yet complete counts 0.
    """
    if end < start:
        return -completed(unit, end, start)
    if unit in _DAYS_IN:
        return (end - start).days // _DAYS_IN[unit]
    count, rest = divmod((end.year - start.year) * 12 + end.month - start.month, _MONTHS_IN[unit])
    if rest or start.day <= end.day:
        return count
    # In the month itself: not yet there, unless the month is too short for the day and ends today.
    clipped = end.day >= _IN_ANY_MONTH and end.day == calendar.monthrange(end.year, end.month)[1]
    return count if clipped else count - 1


def unit_index(day: date, unit: Unit) -> int:
    """The number of the calendar day, ISO week, month, quarter or year a day lies in; neighbours differ by one."""
    if unit is Unit.DAY:
        return day.toordinal()
    if unit is Unit.WEEK:
        return (day.toordinal() - 1) // 7
    return (day.year * 12 + day.month - 1) // _MONTHS_IN[unit]
