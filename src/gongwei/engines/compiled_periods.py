"""The reference engine made fast for very many subjects: conditions about a period written out as Python source once.

As `compiled` does it for records: each node says here what it says in `row`, and the generated tests hold the two equal.
Used where the same facts are asked of a whole county (tasks planned anew, live figures).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any

from gongwei.engines import compiled, compiled_nodes, row
from gongwei.engines.subjects import DateRange, Record, Subject
from gongwei.language import intervals, nodes
from gongwei.language.expressions import Expression, Node, children
from gongwei.language.periods import DOORS

#: `values(subject, period)` gives the value of each condition, in order.
Values = Callable[[Subject, DateRange], tuple[Any, ...]]
Where = Callable[[Record, Subject], Any] | None


def values_of(wanted: Sequence[Node]) -> Values:
    """Compile some conditions about a period into one function; what they share is worked out once for each subject."""
    source = _Source(wanted)
    values = "".join(f"{source.source(node)}, " for node in wanted)
    return source.compile(f"return ({values})")


def value_of(node: Node) -> Callable[[Subject, DateRange], Any]:
    """Compile one condition."""
    source = _Source([node])
    return source.compile(f"return {source.source(node)}")


def evaluate(expression: Expression, subject: Subject, period: DateRange) -> Any:
    """As `row.evaluate_period`, for conditions of definitions: compiled at the first call."""
    return _kept(expression.node)(subject, period)


# Nodes are told apart by identity, and what is kept keeps its node alive.
@lru_cache(16_384)
def _kept(node: Node) -> Callable[[Subject, DateRange], Any]:
    return value_of(node)


class _Source(compiled.Source):
    """One function about a subject in a period in the making."""

    arguments = "subject, period"
    day = "period.last"

    def __init__(self, wanted: Sequence[Node]) -> None:
        super().__init__(wanted)
        self.constants |= {
            "run": _run_by_reference, "starts": _starts, "spans": _spans, "active_on": _active_on, "units": _units,
            "count": _count, "latest": _latest, "widest_gap": _widest_gap, "unanswered": _unanswered,
        }  # fmt: skip

    def inside(self, node: Node) -> Iterator[Node]:
        """Not what stands behind a door: that is about a record."""
        if isinstance(node, nodes.FactValue):
            return iter((node.fact.value,))
        if isinstance(node, nodes.UnansweredIn):
            return iter(() if node.within is None else (node.within,))
        return iter(()) if isinstance(node, DOORS) else children(node)

    def writer(self, kind: type[Node]) -> Callable[[Any, Any], str] | None:
        return _WRITERS.get(kind)


# ---- what the source calls --------------------------------------------------------------------------------------


def _run_by_reference(node: Node, subject: Subject, period: DateRange) -> Any:
    return row._run(node, row._Frame(subject, None, period))


def _starts(kind: str, subject: Subject, day: date) -> date | None:
    return max(
        (e.started_on for e in subject.episodes if e.kind == kind and e.started_on <= day), default=None
    )


def _spans(kind: str, subject: Subject, period: DateRange) -> list[tuple[date, date]]:
    """As `row._spans`."""
    found = []
    for each in subject.episodes:
        if each.kind == kind:
            first = max(each.started_on, period.first)
            last = min(each.ended_on or period.last, period.last)
            if first <= last:
                found.append((first, last))
    return found


def _active_on(kind: str, subject: Subject, day: date | None) -> bool | None:
    if day is None:
        return None
    return any(
        e.kind == kind and e.started_on <= day and (e.ended_on is None or day <= e.ended_on)
        for e in subject.episodes
    )


def _units(kind: str, unit: Any, subject: Subject, period: DateRange) -> int:
    touched: set[int] = set()
    for first, last in _spans(kind, subject, period):
        touched.update(range(intervals.unit_index(first, unit), intervals.unit_index(last, unit) + 1))
    return len(touched)


def _records(form: Any, first: date, last: date, where: Where, subject: Subject) -> Iterator[Record]:
    """The records of a form on these days for which the condition is True, the latest first."""
    for record in subject.newest_first(form):
        if record.done_on < first:
            return
        if record.done_on <= last and (where is None or where(record, subject) is True):
            yield record


def _count(form: Any, where: Where, unit: Any, subject: Subject, period: DateRange) -> int:
    found = _records(form, period.first, period.last, where, subject)
    if unit is None:
        return sum(1 for _ in found)
    return len({intervals.unit_index(record.done_on, unit) for record in found})


def _latest(form: Any, where: Where, value: Any, ever: bool, subject: Subject, period: DateRange) -> Any:
    first = date.min if ever else period.first
    record = next(_records(form, first, period.last, where, subject), None)
    return None if record is None else value(record, subject)


def _widest_gap(form: Any, where: Where, kind: str, subject: Subject, period: DateRange) -> int | None:
    spans = _spans(kind, subject, period)
    if not spans:
        return None
    days = [record.done_on for record in _records(form, period.first, period.last, where, subject)][::-1]
    return max(
        (after - before).days
        for first, last in spans
        for before, after in pairwise([first, *(day for day in days if first <= day <= last), last])
    )


def _unanswered(
    form: Any,
    where: Where,
    answer_form: Any,
    answer: Where,
    within: Any,
    subject: Subject,
    period: DateRange,
) -> int:
    if within is None:
        return 0
    answers = subject.newest_first(answer_form)
    found = 0
    for call in _records(form, period.first, period.last, where, subject):
        deadline = intervals.add(call.done_on, intervals.DAY, int(within))
        if deadline <= period.last and not any(
            call.done_on < record.done_on <= deadline and (answer is None or answer(record, subject) is True)
            for record in answers
        ):
            found += 1
    return found


# ---- one writer for each node -----------------------------------------------------------------------------------


def _fact_value(source: _Source, node: nodes.FactValue) -> str:
    written = source.source(node.fact.value)
    if node.fact.if_none is None:
        return written
    value = source.temporary()
    return f"({source.constant(node.fact.if_none)} if ({value} := {written}) is None else {value})"


def _count_in(source: _Source, node: nodes.CountIn) -> str:
    form, where, unit = (
        source.constant(node.form),
        source.where(node.where),
        source.constant(node.distinct_on),
    )
    return f"count({form}, {where}, {unit}, subject, period)"


def _latest_in(source: _Source, node: nodes.LatestIn) -> str:
    form, where = source.constant(node.form), source.where(node.where)
    return f"latest({form}, {where}, {source.where(node.value)}, {node.ever!r}, subject, period)"


def _widest_gap_in(source: _Source, node: nodes.WidestGapIn) -> str:
    form, where = source.constant(node.form), source.where(node.where)
    return f"widest_gap({form}, {where}, {node.episode!r}, subject, period)"


def _unanswered_in(source: _Source, node: nodes.UnansweredIn) -> str:
    form, where = source.constant(node.form), source.where(node.where)
    answer_form, answer = source.constant(node.answer_form), source.where(node.answer)
    within = source.source(node.within)
    return f"unanswered({form}, {where}, {answer_form}, {answer}, {within}, subject, period)"


_WRITERS: dict[type[Node], Callable[[Any, Any], str]] = {
    **compiled_nodes.WRITERS,
    nodes.EpisodeStart: lambda source, node: f"starts({node.episode!r}, subject, period.last)",
    nodes.PeriodEdge: lambda source, node: f"period.{node.which}",
    nodes.FactValue: _fact_value,
    nodes.EpisodeOverlaps: lambda source, node: f"bool(spans({node.episode!r}, subject, period))",
    nodes.EpisodeActiveOn: lambda source, node: f"active_on({node.episode!r}, subject, {source.source(node.day)})",
    nodes.EpisodeUnits: lambda source, node: f"units({node.episode!r}, {source.constant(node.unit)}, subject, period)",
    nodes.CountIn: _count_in,
    nodes.LatestIn: _latest_in,
    nodes.WidestGapIn: _widest_gap_in,
    nodes.UnansweredIn: _unanswered_in,
}  # fmt: skip
