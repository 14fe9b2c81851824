"""The reference engine: runs a definition on one record, or on one subject in one period, in plain Python.

What this engine says is what a definition means; the phone and the columnar engine are held equal to it by the spec
tables and by generated tests. Missing is None throughout.
"""

from __future__ import annotations

import decimal
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from gongwei.engines.subjects import DateRange as DateRange
from gongwei.engines.subjects import EpisodeSpan as EpisodeSpan
from gongwei.engines.subjects import ParameterLookup as ParameterLookup
from gongwei.engines.subjects import Record as Record
from gongwei.engines.subjects import Subject as Subject
from gongwei.engines.subjects import no_parameters as no_parameters
from gongwei.engines.subjects import order
from gongwei.language import fields, intervals, nodes
from gongwei.language.expressions import Expression, Node
from gongwei.language.forms import Form
from gongwei.language.operators import QUOTIENT_DIGITS
from gongwei.language.types import Value

_EXACT = decimal.Context(prec=60, rounding=decimal.ROUND_HALF_UP)


@dataclass(slots=True)
class _Frame:
    """Where a node is being evaluated: a record of a subject, or a subject in a period."""

    subject: Subject
    record: Record | None
    period: DateRange | None

    @property
    def day(self) -> date:
        """The day whose parameters hold."""
        if self.record is not None:
            return self.record.done_on
        assert self.period is not None
        return self.period.last

    def of(self, record: Record) -> _Frame:
        return _Frame(self.subject, record, None)


def evaluate(expression: Expression, record: Record, subject: Subject) -> Value:
    """The value of a condition about one record. The record may or may not be among the subject's records."""
    value: Value = _run(expression.node, _Frame(subject, record, None))
    return value


def evaluate_period(expression: Expression, subject: Subject, period: DateRange) -> Value:
    """The value of a condition about a subject in a period."""
    value: Value = _run(expression.node, _Frame(subject, None, period))
    return value


def _run(node: Node, frame: _Frame) -> Any:
    return EVALUATORS[type(node)](node, frame)


def _answer(node: nodes.Answer, frame: _Frame) -> Any:
    assert frame.record is not None
    value = frame.record.answers.get(node.field.name)
    if value is None or fields.is_missing(value):
        return None
    return frozenset(value) if isinstance(value, set | list) else value


def _attribute(node: nodes.Attribute, frame: _Frame) -> Any:
    value = frame.subject.attributes.get(node.name)
    return None if fields.is_missing(value) else value


def _record_day(node: nodes.RecordDay, frame: _Frame) -> Any:
    assert frame.record is not None
    return frame.record.done_on


def _entry_day(node: nodes.EntryDay, frame: _Frame) -> Any:
    assert frame.record is not None
    return frame.record.entered_on


def _parameter(node: nodes.Parameter, frame: _Frame) -> Any:
    return frame.subject.parameters(node.code, frame.day)


def _episode_start(node: nodes.EpisodeStart, frame: _Frame) -> Any:
    starts = [
        e.started_on for e in frame.subject.episodes if e.kind == node.episode and e.started_on <= frame.day
    ]
    return max(starts, default=None)


def _previous(node: nodes.Previous, frame: _Frame) -> Any:
    record = frame.record
    assert record is not None
    within = None if node.within is None else _run(node.within, frame)
    for earlier in frame.subject.newest_first(record.form):
        if order(earlier) >= order(record):
            continue
        if within is not None and (record.done_on - earlier.done_on).days > within:
            return None
        if node.having is None or _run(node.having, frame.of(earlier)) is True:
            return _run(node.value, frame.of(earlier))
    return None


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: bool(a == b),
    "ne": lambda a, b: bool(a != b),
    "lt": lambda a, b: bool(a < b),
    "le": lambda a, b: bool(a <= b),
    "gt": lambda a, b: bool(a > b),
    "ge": lambda a, b: bool(a >= b),
}


def _compare(node: nodes.Compare, frame: _Frame) -> Any:
    left, right = _run(node.left, frame), _run(node.right, frame)
    return None if left is None or right is None else _COMPARE[node.op](left, right)


def _is_in(node: nodes.IsIn, frame: _Frame) -> Any:
    value = _run(node.value, frame)
    return None if value is None else any(value == each.value for each in node.values)


def _and(node: nodes.And, frame: _Frame) -> Any:
    result: bool | None = True
    for part in node.parts:
        value = _run(part, frame)
        if value is False:
            return False
        if value is None:
            result = None
    return result


def _or(node: nodes.Or, frame: _Frame) -> Any:
    result: bool | None = False
    for part in node.parts:
        value = _run(part, frame)
        if value is True:
            return True
        if value is None:
            result = None
    return result


def _not(node: nodes.Not, frame: _Frame) -> Any:
    value = _run(node.value, frame)
    return None if value is None else not value


def _arithmetic(node: nodes.Arithmetic, frame: _Frame) -> Any:
    left, right = _run(node.left, frame), _run(node.right, frame)
    if left is None or right is None:
        return None
    a, b = Decimal(left), Decimal(right)
    if node.op == "add":
        return _EXACT.add(a, b)
    if node.op == "subtract":
        return _EXACT.subtract(a, b)
    if node.op == "multiply":
        return _EXACT.multiply(a, b)
    return None if b == 0 else _rounded(_EXACT.divide(a, b), QUOTIENT_DIGITS)


def _round(node: nodes.Round, frame: _Frame) -> Any:
    value = _run(node.value, frame)
    return None if value is None else _rounded(Decimal(value), node.digits)


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), context=_EXACT)


def _extreme(node: nodes.Extreme, frame: _Frame) -> Any:
    values = [_run(part, frame) for part in node.parts]
    if any(value is None for value in values):
        return None
    return min(values) if node.which == "least" else max(values)


def _last_digit(node: nodes.LastDigit, frame: _Frame) -> Any:
    value = _run(node.value, frame)
    return None if value is None else int(abs(value)) % 10


def _date_distance(node: nodes.DateDistance, frame: _Frame) -> Any:
    start, end = _run(node.start, frame), _run(node.end, frame)
    return None if start is None or end is None else intervals.completed(node.unit, start, end)


def _date_add(node: nodes.DateAdd, frame: _Frame) -> Any:
    start, amount = _run(node.start, frame), node.interval.amount
    value = amount if isinstance(amount, int) else _run(amount, frame)
    if start is None or value is None:
        return None
    return intervals.add(start, node.interval.unit, -int(value) if node.back else int(value))


def _case(node: nodes.Case, frame: _Frame) -> Any:
    for condition, value in node.whens:
        if _run(condition, frame) is True:
            return _run(value, frame)
    return _run(node.otherwise, frame)


def _coalesce(node: nodes.Coalesce, frame: _Frame) -> Any:
    return next((value for part in node.parts if (value := _run(part, frame)) is not None), None)


def _has(node: nodes.Has, frame: _Frame) -> Any:
    value = _run(node.value, frame)
    return None if value is None else node.code in value


def _chosen_count(node: nodes.ChosenCount, frame: _Frame) -> Any:
    value = _run(node.value, frame)
    return None if value is None else len(set(value))


def _rows_count(node: nodes.RowsCount, frame: _Frame) -> Any:
    rows = _run(node.rows, frame) or ()
    if node.where is None:
        return len(rows)
    assert frame.record is not None
    return sum(_run(node.where, frame.of(replace(frame.record, answers=row))) is True for row in rows)


# ---- about a period ---------------------------------------------------------------------------------------------


def _period(frame: _Frame) -> DateRange:
    assert frame.period is not None
    return frame.period


def _fact_value(node: nodes.FactValue, frame: _Frame) -> Any:
    value = _run(node.fact.value, frame)
    return node.fact.if_none if value is None else value


def _spans(kind: str, frame: _Frame) -> list[DateRange]:
    """The episodes' days within the period."""
    period = _period(frame)
    clipped = [
        DateRange(max(e.started_on, period.first), min(e.ended_on or period.last, period.last))
        for e in frame.subject.episodes
        if e.kind == kind
    ]
    return [each for each in clipped if each.first <= each.last]


def _active_on(node: nodes.EpisodeActiveOn, frame: _Frame) -> Any:
    day = _run(node.day, frame)
    if day is None:
        return None
    return any(
        e.kind == node.episode and e.started_on <= day and (e.ended_on is None or day <= e.ended_on)
        for e in frame.subject.episodes
    )


def _episode_units(node: nodes.EpisodeUnits, frame: _Frame) -> Any:
    touched: set[int] = set()
    for span in _spans(node.episode, frame):
        touched.update(
            range(intervals.unit_index(span.first, node.unit), intervals.unit_index(span.last, node.unit) + 1)
        )
    return len(touched)


def _records_in(
    form: type[Form], where: Node | None, frame: _Frame, since: date | None = None
) -> list[Record]:
    """The period's records of a form (or those `since` a day) for which the condition is True, in order."""
    period = _period(frame)
    first = period.first if since is None else since
    found = (r for r in reversed(frame.subject.newest_first(form)) if first <= r.done_on <= period.last)
    return [r for r in found if where is None or _run(where, frame.of(r)) is True]


def _count_in(node: nodes.CountIn, frame: _Frame) -> Any:
    found = _records_in(node.form, node.where, frame)
    unit = node.distinct_on
    return len(found) if unit is None else len({intervals.unit_index(r.done_on, unit) for r in found})


def _latest_in(node: nodes.LatestIn, frame: _Frame) -> Any:
    found = _records_in(node.form, node.where, frame, date.min if node.ever else None)
    return _run(node.value, frame.of(found[-1])) if found else None


def _widest_gap_in(node: nodes.WidestGapIn, frame: _Frame) -> Any:
    days = [r.done_on for r in _records_in(node.form, node.where, frame)]
    widest: int | None = None
    for span in _spans(node.episode, frame):
        points = [span.first, *(day for day in days if span.first <= day <= span.last), span.last]
        gap = max((b - a).days for a, b in itertools.pairwise(points))
        widest = gap if widest is None else max(widest, gap)
    return widest


def _unanswered_in(node: nodes.UnansweredIn, frame: _Frame) -> Any:
    within = _run(node.within, frame)
    if within is None:
        return 0
    answers = frame.subject.newest_first(node.answer_form)
    return sum(
        _is_unanswered(call.done_on, int(within), node, answers, frame)
        for call in _records_in(node.form, node.where, frame)
    )


def _is_unanswered(
    called_on: date, within: int, node: nodes.UnansweredIn, answers: Iterable[Record], frame: _Frame
) -> bool:
    deadline = intervals.add(called_on, intervals.DAY, within)
    if any(
        called_on < r.done_on <= deadline and (node.answer is None or _run(node.answer, frame.of(r)) is True)
        for r in answers
    ):
        return False
    return deadline <= _period(frame).last


EVALUATORS: dict[type[Node], Callable[[Any, _Frame], Any]] = {
    nodes.Literal: lambda node, frame: node.value,
    nodes.Answer: _answer,
    nodes.Attribute: _attribute,
    nodes.RecordDay: _record_day,
    nodes.EntryDay: _entry_day,
    nodes.Parameter: _parameter,
    nodes.EpisodeStart: _episode_start,
    nodes.Previous: _previous,
    nodes.Compare: _compare,
    nodes.IsIn: _is_in,
    nodes.IsMissing: lambda node, frame: _run(node.value, frame) is None,
    nodes.And: _and,
    nodes.Or: _or,
    nodes.Not: _not,
    nodes.CountTrue: lambda node, frame: sum(_run(part, frame) is True for part in node.parts),
    nodes.Arithmetic: _arithmetic,
    nodes.Round: _round,
    nodes.Extreme: _extreme,
    nodes.LastDigit: _last_digit,
    nodes.DateDistance: _date_distance,
    nodes.DateAdd: _date_add,
    nodes.Case: _case,
    nodes.Coalesce: _coalesce,
    nodes.Has: _has,
    nodes.ChosenCount: _chosen_count,
    nodes.RowsCount: _rows_count,
    nodes.PeriodEdge: lambda node, frame: getattr(_period(frame), node.which),
    nodes.FactValue: _fact_value,
    nodes.EpisodeOverlaps: lambda node, frame: bool(_spans(node.episode, frame)),
    nodes.EpisodeActiveOn: _active_on,
    nodes.EpisodeUnits: _episode_units,
    nodes.CountIn: _count_in,
    nodes.LatestIn: _latest_in,
    nodes.WidestGapIn: _widest_gap_in,
    nodes.UnansweredIn: _unanswered_in,
}
