"""Calendar arithmetic: adding months clips to the end of the month (30 November and three months are 28 or 29 February)."""

from __future__ import annotations

import calendar
import datetime as dt


def add(day: dt.date, months: int) -> dt.date:
    """So many calendar months later (or earlier)."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def quarter(day: dt.date) -> tuple[int, int]:
    """The calendar quarter."""
    return day.year, (day.month - 1) // 3
