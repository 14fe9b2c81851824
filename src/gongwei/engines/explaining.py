"""Why a named part of a measure holds for somebody in a period, or why not: in Chinese, with the numbers and what is lacking.

    explain(fact, subject, period).text      # 随访3次，应4次；缺4～6月

The value is the row engine's; the words are found by walking what the fact is made of. A shape that has no words of its own
is said by the fact's label with 是, 否 or 不能判断, so that nothing of the definition's inside ever stands on a page. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongwei.engines import compiled_periods
from gongwei.engines import explaining_periods as in_periods
from gongwei.engines import explaining_records as in_records
from gongwei.engines import explaining_words as words
from gongwei.engines.explaining_periods import Asked
from gongwei.engines.subjects import DateRange, Subject
from gongwei.language import nodes
from gongwei.language.expressions import Node, walk
from gongwei.language.measures import Fact, Measure
from gongwei.language.types import Value

_STATES = {True: "是", False: "否", None: "不能判断"}
#: A part that holds because the county does not ask for it.
NOT_ASKED = "按现行口径不要求"
#: More alternatives than this are not told one by one.
_FEW = 3


@dataclass(frozen=True)
class Reason:
    """What a part came to (None: it cannot be said) and why, one Chinese phrase without a full stop. `label` is the part's name."""

    label: str
    holds: bool | None
    text: str


def explain(fact: Fact, subject: Subject, period: DateRange, *, today: date | None = None) -> Reason:
    """Why the part holds or not.

    Args:
        today: what is due later than this day is called to be done, not lacking; without it the period is over.
    """
    value = compiled_periods.evaluate(fact, subject, period)
    holds = value if isinstance(value, bool) else None
    asked = Asked(subject, period, today)
    return Reason(fact.label, holds, _why(fact.value, asked) or f"{fact.label}：{_STATES[holds]}")


def why_not(
    measure: Measure, subject: Subject, period: DateRange, *, today: date | None = None
) -> list[Reason]:
    """What keeps somebody out of a measure's numerator: the base where it does not hold, else the reasons for exclusion that do,
    else the parts that do not. Empty for somebody in the numerator."""
    base = explain(measure.base, subject, period, today=today)
    if base.holds is not True:
        return [base]
    excluded = [explain(fact, subject, period, today=today) for fact in measure.exclusions.facts]
    if taken := [each for each in excluded if each.holds is True]:
        return taken
    parts = [
        explain(f, subject, period, today=today)
        for f in (measure.numerator.facts if measure.numerator else ())
    ]
    return [each for each in parts if each.holds is not True]


def _why(node: Node, asked: Asked, wanted: bool = True) -> str:
    """The words for a node, and "" where there are none. `wanted`: what would be right."""
    found = _WORDS.get(type(node))
    return "" if found is None else found(node, asked, wanted)


def _join(texts: Sequence[str]) -> str:
    return "，".join(dict.fromkeys(each for each in texts if each))


# ---- joined conditions ------------------------------------------------------------------------------------------


def _and(node: nodes.And, asked: Asked, wanted: bool) -> str:
    """The parts that decide: those that fail, else those that are unknown, else all."""
    by_value: dict[Value, list[Node]] = {}
    for part in node.parts:
        by_value.setdefault(asked.value(part), []).append(part)
    deciding = by_value.get(False) or by_value.get(None) or by_value[True]
    told = [_why(part, asked, wanted) for part in deciding if not in_records.is_setting(part)]
    return _join([each for each in told if each != NOT_ASKED] or told)


def _or(node: nodes.Or, asked: Asked, wanted: bool) -> str:
    """The first alternative that holds; where none does, all that were open to the person."""
    holding = [part for part in node.parts if asked.value(part) is True]
    told = [part for part in holding if not in_records.is_setting(part)]
    if told:
        return next((text for part in told if (text := _why(part, asked, wanted))), "")
    if holding:
        return NOT_ASKED
    open_to_all = [part for part in _alternatives(node) if not _barred(part, asked)]
    nothing = [
        part for part in open_to_all if in_periods.is_any_in(part) and not asked.records(part.left.form)
    ]
    if len(open_to_all) > 1 and len(nothing) == len(open_to_all):
        return (
            f"{words.within(asked.period)}没有{words.listed(words.noun(part.left.form) for part in nothing)}"
        )
    told_all = [_why(part, asked, wanted) for part in open_to_all]
    if len(told_all) > _FEW:
        found_something = [each for each in told_all if not each.startswith("没有")]
        return _join([*found_something, "没有其他记录"])
    return _join(told_all)


def _alternatives(node: nodes.Or) -> Iterator[Any]:
    return (part for part in node.parts if not in_records.is_setting(part))


def _barred(part: Node, asked: Asked) -> bool:
    """An alternative that a setting of the county closes."""
    settings = (p for p in part.parts if in_records.is_setting(p)) if isinstance(part, nodes.And) else ()
    return any(asked.value(each) is not True for each in settings)


def _coalesce(node: nodes.Coalesce, asked: Asked, wanted: bool) -> str:
    """What is not known and has a value standing in for it is no reason."""
    return "" if asked.value(node.parts[0]) is None else _why(node.parts[0], asked, wanted)


def _case(node: nodes.Case, asked: Asked, wanted: bool) -> str:
    for condition, value in node.whens:
        if asked.value(condition) is True:
            return _why(value, asked, wanted)
    return _why(node.otherwise, asked, wanted)


# ---- comparisons ------------------------------------------------------------------------------------------------


def _compare(node: nodes.Compare, asked: Asked, wanted: bool) -> str:
    left = node.left
    if isinstance(left, nodes.CountIn) and isinstance(node.right, nodes.EpisodeUnits):
        return in_periods.counted(node, asked, wanted)
    if in_periods.is_any_in(node):
        return in_periods.any_in(node, asked, wanted)
    if isinstance(left, nodes.UnansweredIn):
        return in_periods.unanswered(node, asked, wanted)
    if isinstance(left, nodes.LatestIn):
        return in_periods.latest_day(left, asked)
    if isinstance(left, nodes.WidestGapIn):
        return in_periods.gap(node, asked, wanted)
    if isinstance(left, nodes.CountIn):
        least = asked.value(node.right)
        return f"{words.noun(left.form)}{asked.value(left)}次" + (
            "" if least is None else f"，应{words.number(least)}次"
        )
    named = [each for each in walk(node) if isinstance(each, nodes.Attribute)]
    if any(each.name == "birth_date" for each in named):
        return _age(node, asked)
    return _event(node, named[0], asked) if len(named) == 1 else ""


def _age(node: nodes.Compare, asked: Asked) -> str:
    years, limit = asked.value(node.left), asked.value(node.right)
    if years is None or limit is None:
        return words.event("birth_date", None)
    short = "" if asked.value(node) is True else f"，须满{words.number(limit)}岁"
    return f"{words.number(years)}岁{short}" if node.op == "ge" else f"{words.number(years)}岁"


def _event(node: nodes.Compare, attribute: nodes.Attribute, asked: Asked) -> str:
    """A day known of the resident: moved in, left, died, filed."""
    on = asked.value(attribute)
    said = words.event(attribute.name, on if isinstance(on, date) else None)
    start = node.left
    if said and on is not None and isinstance(start, nodes.DateAdd) and asked.value(node) is False:
        amount = start.interval.amount
        months = asked.value(amount) if isinstance(amount, Node) else amount
        return f"{said}，未满{words.interval(start.interval, int(str(months)))}"
    return said


_WORDS: dict[type[Node], Callable[[Any, Asked, bool], str]] = {
    nodes.And: _and,
    nodes.Or: _or,
    nodes.Not: lambda node, asked, wanted: _why(node.value, asked, not wanted),
    nodes.Coalesce: _coalesce,
    nodes.Case: _case,
    nodes.FactValue: lambda node, asked, wanted: _why(node.fact.value, asked, wanted),
    nodes.Compare: _compare,
    nodes.EpisodeOverlaps: in_periods.episode,
    nodes.EpisodeActiveOn: in_periods.episode,
    nodes.LatestIn: in_periods.latest,
}
