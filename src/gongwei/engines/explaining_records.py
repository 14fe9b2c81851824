"""What in one record stands in the way of a condition: items left empty, answers that say otherwise. Pure, row engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from gongwei.engines import compiled
from gongwei.engines import explaining_words as words
from gongwei.engines.subjects import Record, Subject
from gongwei.language import fields, nodes
from gongwei.language.expressions import Node, children, walk
from gongwei.language.types import Room

_WANTED = {"eq": "应为", "ne": "不应为", "lt": "应小于", "le": "应不大于", "gt": "应大于", "ge": "应不小于"}
_WANTED_DAYS = {"lt": "应早于", "le": "应不晚于", "gt": "应晚于", "ge": "应不早于"}
_CONTRARY = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}


@dataclass
class Obstacles:
    """Labels of the items left empty, and sentences about answers that say otherwise."""

    missing: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All of it: `随访方式为“电话”；缺：空腹血糖值`."""
        missing = [f"缺：{words.listed(self.missing)}"] if self.missing else []
        return "；".join([*dict.fromkeys(self.said), *missing])

    def add(self, other: Obstacles) -> None:
        """Put another's obstacles behind these."""
        self.missing += other.missing
        self.said += other.said


def obstacles(condition: Node, record: Record, subject: Subject, *, wanted: bool = True) -> Obstacles:
    """Why the condition is not as wanted at the record; empty when it is, or when nothing can be said."""
    found = Obstacles()
    if compiled.evaluate(condition, record, subject) is not wanted:
        search = _SEARCHES.get(type(condition))
        if search is not None:
            search(condition, _At(record, subject), wanted, found)
    return found


def measured(condition: Node, record: Record, subject: Subject) -> dict[str, Any]:
    """The measured values by label that the condition rests on at the record; of a case, those of the branch that was taken."""
    found: dict[str, Any] = {}
    for node in _taken(condition, record, subject):
        if isinstance(node, nodes.Answer) and isinstance(node.field, fields.Quantity):
            value = compiled.evaluate(node, record, subject)
            if value is not None:
                found[node.field.label] = value
    return found


@lru_cache(4096)
def is_setting(node: Node) -> bool:
    """Made of parameters and fixed values alone: how a county reads the norm, nothing about the resident."""
    return all(
        isinstance(each, nodes.Parameter | nodes.Literal) for each in walk(node) if not list(children(each))
    )


@dataclass(frozen=True)
class _At:
    record: Record
    subject: Subject

    def value(self, node: Node) -> Any:
        return compiled.evaluate(node, self.record, self.subject)

    def of(self, node: Node, wanted: bool) -> Obstacles:
        return obstacles(node, self.record, self.subject, wanted=wanted)


def _taken(node: Node, record: Record, subject: Subject) -> Iterator[Node]:
    yield node
    if isinstance(node, nodes.Case):
        for condition, value in node.whens:
            if compiled.evaluate(condition, record, subject) is True:
                yield from _taken(value, record, subject)
                return
        yield from _taken(node.otherwise, record, subject)
    elif isinstance(node, nodes.Coalesce):
        part = next((p for p in node.parts if compiled.evaluate(p, record, subject) is not None), None)
        if part is not None:
            yield from _taken(part, record, subject)
    else:
        for child in children(node):
            yield from _taken(child, record, subject)


def _all(node: Any, at: _At, wanted: bool, found: Obstacles) -> None:
    """The parts that fail, or are unknown where none fails. All of several hold where they should not: what was said last is the reason, because
    a definition narrows from left to right."""
    if wanted:
        failing = [part for part in node.parts if at.value(part) is False]
        for part in failing or node.parts:
            found.add(at.of(part, True))
    else:
        found.add(at.of(node.parts[-1], False))


def _any(node: Any, at: _At, wanted: bool, found: Obstacles) -> None:
    """None of several holds: the first alternative with an empty item, else what the alternatives say. Settings and ages that
    merely exempt are no news."""
    if not wanted:
        for part in node.parts:
            found.add(at.of(part, False))
        return
    tried = [(part, at.of(part, True)) for part in node.parts if not is_setting(part)]
    with_missing = [each for _, each in tried if each.missing]
    # An answer that is not what the rule makes of the record is said beside the item that would have explained it.
    ruled = [each for part, each in tried if _is_ruled(part) and not each.missing]
    for each in [*ruled, *with_missing[:1]] or [each for _, each in tried]:
        found.add(each)


def _is_ruled(part: Node) -> bool:
    return isinstance(part, nodes.Compare) and any(isinstance(each, nodes.Case) for each in walk(part.right))


def _not(node: nodes.Not, at: _At, wanted: bool, found: Obstacles) -> None:
    found.add(at.of(node.value, not wanted))


def _missing(node: nodes.IsMissing, at: _At, wanted: bool, found: Obstacles) -> None:
    for answer in _answers(node.value):
        if wanted:
            found.said.append(f"已填{answer.field.label}")
        elif at.value(answer) is None:
            found.missing.append(answer.field.label)
            return


def _compare(node: nodes.Compare, at: _At, wanted: bool, found: Obstacles) -> None:
    if isinstance(node.left, nodes.CountTrue):
        # So many of these items: each that is not there is one of the reasons.
        for part in node.left.parts:
            found.missing += at.of(part, wanted).missing
        return
    left, right = at.value(node.left), at.value(node.right)
    unknown = [side for side, value in ((node.left, left), (node.right, right)) if value is None]
    # What a case rests on is the rule's affair: which of its answers were wanted cannot be told.
    plain = [side for side in unknown if not any(isinstance(each, nodes.Case) for each in walk(side))]
    empty = [each.field.label for side in plain for each in _answers(side) if at.value(each) is None]
    if unknown and empty:
        found.missing += empty
    elif any(isinstance(each, nodes.Attribute) and each.name == "birth_date" for each in walk(node.left)):
        found.said.append(
            "出生日期不详" if left is None else f"当日{words.number(left)}岁，须满{words.number(right)}岁"
        )
    elif left is not None and right is not None:
        op = node.op if wanted else _CONTRARY[node.op]
        answer = next(iter(_answers(node.left)), None)
        if answer is not None:
            signs = (
                _WANTED_DAYS if op in _WANTED_DAYS and node.left.type == nodes.RecordDay().type else _WANTED
            )
            said = f"{answer.field.label}为{words.answered(left, answer.field)}"
            # Which of the options it should have been goes without saying where the definition itself names it.
            named = node.op in ("eq", "ne") and isinstance(node.right, nodes.Literal)
            found.said.append(said if named else f"{said}，{signs[op]}{words.answered(right, answer.field)}")


def _chosen(node: Any, at: _At, wanted: bool, found: Obstacles) -> None:
    """An option, or one of several, that was or was not chosen."""
    answer = next(_answers(node), None)
    if answer is not None:
        _answer(answer, at, wanted, found)


def _answer(node: nodes.Answer, at: _At, wanted: bool, found: Obstacles) -> None:
    value = at.value(node)
    if value is None:
        found.missing.append(node.field.label)
    else:
        found.said.append(f"{node.field.label}为{words.answered(value, node.field)}")


def _coalesce(node: nodes.Coalesce, at: _At, wanted: bool, found: Obstacles) -> None:
    """A fixed value that stands in is no reason: what it stands in for is."""
    known = [p for p in node.parts if not isinstance(p, nodes.Literal) and at.value(p) is not None]
    found.add(at.of((known or node.parts)[0], wanted))


def _case(node: nodes.Case, at: _At, wanted: bool, found: Obstacles) -> None:
    for condition, value in node.whens:
        if at.value(condition) is True:
            found.add(at.of(value, wanted))
            return
    found.add(at.of(node.otherwise, wanted))
    if not found.text:
        # No branch could be taken: what the branches wait for is empty.
        for condition, _ in node.whens:
            found.missing += at.of(condition, True).missing


def _answers(node: Node) -> Iterator[nodes.Answer]:
    return (each for each in walk(node) if isinstance(each, nodes.Answer) and each.room is Room.RECORD)


_SEARCHES: dict[type[Node], Callable[[Any, _At, bool, Obstacles], None]] = {
    nodes.And: _all,
    nodes.Or: _any,
    nodes.Not: _not,
    nodes.IsMissing: _missing,
    nodes.Compare: _compare,
    nodes.IsIn: _chosen,
    nodes.Has: _chosen,
    nodes.Answer: _answer,
    nodes.Coalesce: _coalesce,
    nodes.Case: _case,
}
