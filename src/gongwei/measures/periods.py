"""Periods of reports: month, quarter, half-year, year, and the year up to a day. Pure.

parse("2026-06"), parse("2026Q2"), parse("2026H1"), parse("2026"), parse("2026-01..2026-06"), parse("2026-01..2026-06-15")
"""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass

MONTH, QUARTER, HALF, YEAR, YEAR_TO_DATE = "month", "quarter", "half", "year", "ytd"
KINDS = {MONTH: "月", QUARTER: "季度", HALF: "半年", YEAR: "年", YEAR_TO_DATE: "年初至今"}
_MONTHS = {MONTH: 1, QUARTER: 3, HALF: 6, YEAR: 12}
_CODE = re.compile(r"(?P<year>[12]\d{3})(?:-(?P<month>\d\d)|Q(?P<quarter>[1-4])|H(?P<half>[12]))?")
_TO_DATE = re.compile(r"(?P<year>[12]\d{3})-01\.\.(?P<until>[12]\d{3})-(?P<month>\d\d)(?:-(?P<day>\d\d))?")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A period, both days included. Its kind says how it is written."""

    first: dt.date
    last: dt.date
    kind: str

    @property
    def year(self) -> int:
        """The calendar year it lies in."""
        return self.first.year

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """First and last day."""
        return self.first, self.last

    @property
    def code(self) -> str:
        """How it is stored and written in addresses."""
        year, month = self.first.year, self.first.month
        match self.kind:
            case "month":
                return f"{year}-{month:02}"
            case "quarter":
                return f"{year}Q{(month + 2) // 3}"
            case "half":
                return f"{year}H{1 if month == 1 else 2}"
            case "year":
                return str(year)
        until = f"{year}-01..{self.last.year}-{self.last.month:02}"
        return until if self.last == _month_end(self.last) else f"{until}-{self.last.day:02}"

    @property
    def title(self) -> str:
        """As people say it."""
        year, month = self.first.year, self.first.month
        match self.kind:
            case "month":
                return f"{year}年{month}月"
            case "quarter":
                return f"{year}年第{'一二三四'[month // 3]}季度"
            case "half":
                return f"{year}年{'上' if month == 1 else '下'}半年"
            case "year":
                return f"{year}年"
        if self.last != _month_end(self.last):
            return f"{year}年1月1日至{self.last.month}月{self.last.day}日"
        return f"{year}年1月" if self.last.month == 1 else f"{year}年1～{self.last.month}月"

    def before(self) -> Period:
        """The period of the same kind and length a year earlier."""
        if self.kind == YEAR_TO_DATE:
            last = self.last
            whole = last == _month_end(last)
            day = monthrange(last.year - 1, last.month)[1]
            return to_date(dt.date(last.year - 1, last.month, day if whole else min(last.day, day)))
        return _of(self.kind, self.first.year - 1, self.first.month)


def parse(code: str) -> Period:
    """The period a code says.

    Raises:
        ValueError: no such period.
    """
    if found := _TO_DATE.fullmatch(code):
        if found["year"] != found["until"]:
            raise ValueError(f"{code}: a year to date ends in its own year")
        year, month_ = int(found["year"]), int(found["month"])
        if not 1 <= month_ <= 12:
            raise ValueError(f"{code}: no such month")
        return to_date(dt.date(year, month_, int(found["day"] or monthrange(year, month_)[1])))
    found = _CODE.fullmatch(code)
    if found is None:
        raise ValueError(f"{code}: write 2026-06, 2026Q2, 2026H1, 2026 or 2026-01..2026-06")
    year = int(found["year"])
    if found["month"]:
        if not 1 <= int(found["month"]) <= 12:
            raise ValueError(f"{code}: no such month")
        return _of(MONTH, year, int(found["month"]))
    if found["quarter"]:
        return _of(QUARTER, year, int(found["quarter"]) * 3 - 2)
    if found["half"]:
        return _of(HALF, year, int(found["half"]) * 6 - 5)
    return whole_year(year)


def whole_year(year: int) -> Period:
    """A calendar year."""
    return _of(YEAR, year, 1)


def month(day: dt.date) -> Period:
    """The month a day lies in."""
    return _of(MONTH, day.year, day.month)


def quarter(day: dt.date) -> Period:
    """The quarter a day lies in."""
    return _of(QUARTER, day.year, (day.month - 1) // 3 * 3 + 1)


def half(day: dt.date) -> Period:
    """The half-year a day lies in."""
    return _of(HALF, day.year, 1 if day.month <= 6 else 7)


def to_date(last: dt.date) -> Period:
    """From 1 January up to a day."""
    return Period(dt.date(last.year, 1, 1), last, YEAR_TO_DATE)


def months_until(last: dt.date) -> Iterator[Period]:
    """The year to date at the end of each month up to a day, then at the day itself: the points of a trend."""
    for number in range(1, last.month):
        yield to_date(_month_end(dt.date(last.year, number, 1)))
    yield to_date(last)


def _of(kind: str, year: int, month_: int) -> Period:
    last_month = month_ + _MONTHS[kind] - 1
    return Period(dt.date(year, month_, 1), _month_end(dt.date(year, last_month, 1)), kind)


def _month_end(day: dt.date) -> dt.date:
    return day.replace(day=monthrange(day.year, day.month)[1])
