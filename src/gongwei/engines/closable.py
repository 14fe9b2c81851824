"""Whether a part of a measure that does not hold can still be made to hold before the period ends. Pure, row engine.

A follow-up can be done tomorrow, a form can be completed; a quarter that is over without one cannot be given back, nor a gap
that has grown too wide, nor a deadline that has passed. What is not known to be lost counts as possible.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from gongwei.engines import compiled_periods
from gongwei.engines import explaining_records as in_records
from gongwei.engines.subjects import DateRange, Subject
from gongwei.language import intervals, nodes
from gongwei.language.expressions import Node
from gongwei.language.measures import Fact, Measure


def can_close(measure: Measure, subject: Subject, period: DateRange, *, today: date) -> bool:
    """Whether somebody who is eligible and not counted can still come to be counted."""
    parts = measure.numerator.facts if measure.numerator else ()
    return all(can_hold(fact, subject, period, today=today) for fact in parts)


def can_hold(fact: Fact, subject: Subject, period: DateRange, *, today: date) -> bool:
    """Whether the part holds, or what happens from today on may still make it hold by the period's last day."""
    asked = _Asked(subject, period, today)
    if asked.value(fact.node) is True:
        return True
    return today <= period.last and not _lost(fact.value, asked)


@dataclass(frozen=True)
class _Asked:
    subject: Subject
    period: DateRange
    today: date

    def value(self, node: Node) -> Any:
        return compiled_periods.evaluate(node, self.subject, self.period)

    def until(self, day: date, node: Node) -> Any:
        """The value over the part of the period that ends with a day."""
        passed = DateRange(self.period.first, max(self.period.first, day))
        return compiled_periods.evaluate(node, self.subject, passed)


def _lost(node: Node, asked: _Asked) -> bool:
    if asked.value(node) is True:
        return False
    found = _LOST.get(type(node))
    return found is not None and found(node, asked)


def _and(node: nodes.And, asked: _Asked) -> bool:
    return any(_lost(part, asked) or _is_closed(part, asked) for part in node.parts)


def _or(node: nodes.Or, asked: _Asked) -> bool:
    return all(_lost(part, asked) or _is_closed(part, asked) for part in node.parts)


def _is_closed(part: Node, asked: _Asked) -> bool:
    """A setting of the county that says no: nothing anybody does changes it."""
    return in_records.is_setting(part) and asked.value(part) is not True


def _compare(node: nodes.Compare, asked: _Asked) -> bool:
    left = node.left
    if (
        isinstance(left, nodes.CountIn)
        and left.distinct_on is not None
        and isinstance(node.right, nodes.EpisodeUnits)
    ):
        return _missed_unit(left, node.right, asked)
    if isinstance(left, nodes.WidestGapIn):
        gap, most = asked.until(asked.today, left), asked.value(node.right)
        return gap is not None and most is not None and bool(gap > most)
    if isinstance(left, nodes.UnansweredIn):
        # On the last day itself it can still be done.
        yesterday = intervals.add(asked.today, intervals.DAY, -1)
        return bool(asked.until(yesterday, left) > asked.value(node.right))
    return False


def _missed_unit(count: nodes.CountIn, required: nodes.EpisodeUnits, asked: _Asked) -> bool:
    """A calendar unit under management that is over without a record that counts."""
    now = intervals.unit_index(asked.today, required.unit)
    begun = intervals.unit_index(asked.period.first, required.unit)
    if now == begun:
        return False
    # Without the running unit: as many units with a record as under management, or one was missed.
    last = _day_before(now, required.unit, DateRange(asked.period.first, asked.today))
    return bool(asked.until(last, count) < asked.until(last, required))


def _day_before(unit: int, kind: intervals.Unit, within: DateRange) -> date:
    """The last day before a calendar unit begins, within a range."""
    day = within.last
    while intervals.unit_index(day, kind) >= unit and day > within.first:
        day = intervals.add(day, intervals.DAY, -1)
    return day


def _case(node: nodes.Case, asked: _Asked) -> bool:
    for condition, value in node.whens:
        if asked.value(condition) is True:
            return _lost(value, asked)
    return _lost(node.otherwise, asked)


_LOST: dict[type[Node], Callable[[Any, _Asked], bool]] = {
    nodes.And: _and,
    nodes.Or: _or,
    nodes.Case: _case,
    nodes.Compare: _compare,
    nodes.Coalesce: lambda node, asked: _lost(node.parts[0], asked),
    nodes.FactValue: lambda node, asked: _lost(node.fact.value, asked),
}
