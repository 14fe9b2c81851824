"""Arithmetic of the calendar as columns: what `language.intervals` means, said in ibis."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from gongwei.engines.columnar_numbers import let
from gongwei.language import intervals
from gongwei.language.intervals import Unit

_MONTHS_IN = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}
_DAYS_IN = {Unit.DAY: 1, Unit.WEEK: 7}


def truncated(number: Any) -> Any:
    """The whole number towards zero, as `int()` gives it."""
    return (number.sign().cast("int64") * number.abs().floor().cast("int64")).cast("int64")


def moved(start: Any, unit: Unit, count: Any) -> Any:
    """`intervals.add`: the databases clip months to the month's end as well. Through a timestamp, because adding to a
    date gives one in DuckDB, and ibis, which thinks it a date, would leave the last cast out."""
    size, letter = (_DAYS_IN[unit], "D") if unit in _DAYS_IN else (_MONTHS_IN[unit], "M")
    return (start.cast("timestamp") + (count * size).cast("int32").as_interval(letter)).cast("date")


def completed(unit: Unit, start: Any, end: Any) -> Any:
    """`intervals.completed`."""
    if unit is Unit.DAY:
        return end.delta(start, unit="day").cast("int64")
    if unit is Unit.WEEK:
        return let(
            [end.delta(start, unit="day").cast("int64")], lambda gap: gap.sign() * (gap.abs() // 7)
        ).cast("int64")
    if unit is Unit.YEAR:
        return let([start, end], _completed_years)
    return let([start, end], lambda a, b: _completed_months(a, b, _MONTHS_IN[unit]))


def _completed_years(start: Any, end: Any) -> Any:
    """As `_completed_months`, said for the commonest question, age, in the fewest words."""

    def incomplete(early: Any, late: Any) -> Any:
        same_month = (late.month() == early.month()) & (late.day() < early.day()) & ~_ends_month(late)
        return ibis.ifelse((late.month() < early.month()) | same_month, 1, 0).cast("int64")

    whole = (end.year() - start.year()).cast("int64")
    return ibis.ifelse(start <= end, whole - incomplete(start, end), whole + incomplete(end, start))


def _completed_months(start: Any, end: Any, size: int) -> Any:
    """Completed groups of `size` months, counted towards zero. A month is incomplete while the later day's number is
    below the earlier one's, unless the later day ends its month (months are clipped)."""
    months = month_number(end) - month_number(start)
    forward = ibis.ifelse((end.day() < start.day()) & ~_ends_month(end), 1, 0).cast("int64")
    backward = ibis.ifelse((start.day() < end.day()) & ~_ends_month(start), 1, 0).cast("int64")
    whole = ibis.ifelse(start <= end, months - forward, months + backward)
    return whole if size == 1 else let([whole], lambda n: n.sign() * (n.abs() // size)).cast("int64")


def _ends_month(day: Any) -> Any:
    return moved(day, Unit.DAY, ibis.literal(1)).day() == 1


def month_number(day: Any) -> Any:
    """Months since year 0."""
    return day.year().cast("int64") * 12 + day.month().cast("int64")


def unit_number(day: Any, unit: Unit) -> Any:
    """`intervals.unit_index` up to a constant: the same for the days of one day, month, quarter or year."""
    if unit is Unit.DAY:
        return day
    return ((month_number(day) - 1) // _MONTHS_IN[unit]).cast("int64")


def units_of(first: date, last: date, unit: Unit) -> list[tuple[date, date]]:
    """The calendar units a period touches, each cut to the period."""
    found: list[tuple[date, date]] = []
    start = first
    while start <= last:
        after = first_day_after(start, unit)
        found.append((start, min(last, intervals.add(after, Unit.DAY, -1))))
        start = after
    return found


def first_day_after(day: date, unit: Unit) -> date:
    """The first day of the next calendar unit."""
    size = _MONTHS_IN[unit]
    index = (day.year * 12 + day.month - 1) // size * size + size
    return date(index // 12, index % 12 + 1, 1)
