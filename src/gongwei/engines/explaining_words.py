"""The Chinese words reasons are made of: days, spans of months, numbers, answers, and what one form is called in a sentence."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from gongwei.engines.subjects import DateRange
from gongwei.language import fields, intervals
from gongwei.language.intervals import Unit
from gongwei.language.types import Value

_MONTHS_IN = {Unit.MONTH: 1, Unit.QUARTER: 3}
_UNITS = {
    Unit.DAY: "天",
    Unit.WEEK: "周",
    Unit.MONTH: "个月",
    Unit.QUARTER: "个季度",
    Unit.YEAR: "年",
}
#: What a day known of the resident means in a sentence, and what its absence means; the names are those of ATTRIBUTES.
_EVENTS = {
    "birth_date": ("出生", "出生日期不详"),
    "lives_here_since": ("起居住", "居住起始日期未登记"),
    "left_on": ("迁出", "没有迁出"),
    "filed_on": ("建档", "没有建档"),
    "cancelled_on": ("档案注销", "档案没有注销"),
    "died_on": ("死亡", "没有死亡登记"),
}
#: A reading that is said in two numbers: the labels of the two answers, and the one name of both.
_PAIRS = {
    ("收缩压", "舒张压"): "血压",
    ("左侧收缩压", "左侧舒张压"): "左侧血压",
    ("右侧收缩压", "右侧舒张压"): "右侧血压",
}
#: What a form is called after "做", by a word of its title; others are called by their title.
_NOUNS = ("随访", "体检", "评估")
#: So many names are listed; more are counted.
LISTED = 8


def day(on: date, period: DateRange) -> str:
    """A record's day: `3月10日` in the year of the period, else `2024-03-10`."""
    return f"{on.month}月{on.day}日" if on.year == period.last.year else on.isoformat()


def within(period: DateRange) -> str:
    """`年内` for a year or one counted from 1 January, `期内` for any other period."""
    from_january = (period.first.month, period.first.day) == (1, 1)
    return "年内" if from_january and period.first.year == period.last.year else "期内"


def noun(form: Any) -> str:
    """What one record of the form is called: `随访`, `体检`, `评估`, or the form's own title."""
    title = str(getattr(form, "title", form.__name__))
    return next((each for each in _NOUNS if each in title), f"《{title}》")


def sheet(form: Any) -> str:
    """What the form is called as a sheet: `体检表`."""
    called = noun(form)
    return called if called.startswith("《") else f"{called}表"


def nothing_done(form: Any, period: DateRange) -> str:
    """No record of the form in the period."""
    called = noun(form)
    return f"{within(period)}没有{called}" if called.startswith("《") else f"{within(period)}未做{called}"


def units(numbers: Iterable[int], unit: Unit, period: DateRange) -> str:
    """Calendar units by number as spans of months, neighbours joined: `4～6月、10～12月`; years as `2025年`."""
    if unit is Unit.YEAR:
        return "、".join(f"{each}年" for each in sorted(set(numbers)))
    size = _MONTHS_IN[unit]
    months = sorted(number * size + place for number in set(numbers) for place in range(size))
    return "、".join(_span(run, period) for run in _runs(months))


def _runs(months: list[int]) -> list[tuple[int, int]]:
    """First and last of each run of neighbours within one year."""
    found: list[tuple[int, int]] = []
    for _, group in itertools.groupby(enumerate(months), key=lambda pair: (pair[1] - pair[0], pair[1] // 12)):
        run = [month for _, month in group]
        found.append((run[0], run[-1]))
    return found


def _span(run: tuple[int, int], period: DateRange) -> str:
    year, first, last = run[0] // 12, run[0] % 12 + 1, run[1] % 12 + 1
    several = period.first.year != period.last.year
    return (f"{year}年" if several else "") + (f"{first}月" if first == last else f"{first}～{last}月")


def interval(span: intervals.Interval, amount: int) -> str:
    """`6个月`."""
    return f"{amount}{_UNITS[span.unit]}"


def number(value: Any) -> str:
    """A number as it is written: no zeros after the last decimal that counts."""
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def answered(value: Value, field: fields.Field) -> str:
    """An answer as it is read: options by their labels in quotation marks, numbers with their unit."""
    options = field.value_type.options
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, date):
        return value.isoformat()
    if options is not None and isinstance(value, str):
        return f"“{options.label(value)}”"
    if options is not None and isinstance(value, frozenset | set | tuple | list):
        return "“" + "、".join(options.label(each) for each in sorted(map(str, value))) + "”"
    return number(value)


def readings(values: dict[str, Any]) -> str:
    """Measured values by label: `血压152/94`, `空腹血糖8.2、体重70`."""
    left, said = dict(values), []
    for pair, name in _PAIRS.items():
        if all(label in left for label in pair):
            said.append(f"{name}{'/'.join(number(left.pop(label)) for label in pair)}")
    return "、".join([*said, *(f"{label}{number(value)}" for label, value in left.items())])


def listed(names: Iterable[str]) -> str:
    """Names one after the other, each once; beyond `LISTED` of them how many there are."""
    known = list(dict.fromkeys(names))
    text = "、".join(known[:LISTED])
    return text if len(known) <= LISTED else f"{text}等{len(known)}项"


def event(attribute: str, on: date | None) -> str:
    """A day known of the resident: `2026-05-02迁出`, `没有建档`."""
    said, unknown = _EVENTS.get(attribute, ("", ""))
    return unknown if on is None else f"{on.isoformat()}{said}"
