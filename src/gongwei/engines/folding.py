"""What of a condition about a period is known before any subject is looked at: parameters, the period's days, and all that
follows from them by Kleene's logic. Pure.

A county's choices are parameters of the period (`level == "lenient"`), so whole branches of a definition fall away once
the period is known: what is never asked need not be computed for five million residents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any

from gongwei.engines import row
from gongwei.language import nodes
from gongwei.language.expressions import Node, walk
from gongwei.language.periods import DOORS
from gongwei.language.types import TRUTH, Value

Steps = Mapping[str, Sequence[tuple[date, Value]]]
Instead = Callable[[Node], Node | None]

_EPISODES = (nodes.EpisodeOverlaps, nodes.EpisodeUnits, nodes.EpisodeActiveOn)
#: Nodes whose value depends on the subject: what contains one is not known beforehand.
_OF_SUBJECTS = (
    nodes.Attribute,
    nodes.Answer,
    nodes.RecordDay,
    nodes.EntryDay,
    nodes.EpisodeStart,
    nodes.Previous,
)
_UNKNOWN = _OF_SUBJECTS + _EPISODES + DOORS


def value_on(steps: Sequence[tuple[date, Value]], day: date) -> Value:
    """The value in force on a day; None before the first."""
    held = [step for step in steps if step[0] <= day]
    return max(held, key=lambda step: step[0])[1] if held else None


def folded(node: Node, steps: Steps, period: tuple[date, date], instead: Instead = lambda node: None) -> Node:
    """A condition of the same value for every subject, its known parts replaced by literals and those that cannot matter
    left out.

    instead: what stands for a node, when it is to be taken as known; None leaves it.
    """
    subject = row.Subject(parameters=lambda code, day: value_on(steps[code], day))
    days = row.DateRange(*period)

    def fold(each: Node) -> Node:
        if (known := instead(each)) is not None:
            return known
        if isinstance(each, (nodes.Literal, nodes.Attribute, *DOORS)):
            return each
        if isinstance(each, nodes.FactValue):
            value = fold(each.fact.value)
            if each.fact.if_none is None:
                return value
            return _simplified(nodes.Coalesce((value, nodes.Literal(each.fact.if_none, value.type))))
        rebuilt = _simplified(_with(each, fold))
        if isinstance(rebuilt, nodes.Literal) or any(isinstance(inner, _UNKNOWN) for inner in walk(rebuilt)):
            return rebuilt
        return nodes.Literal(row.evaluate_period(rebuilt, subject, days), rebuilt.type)

    return fold(node)


def _with(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with each operand changed; intervals keep theirs (they are worked out when the whole is known)."""
    changed = {each.name: _mapped(getattr(node, each.name), change) for each in fields(node)}
    same = all(changed[each.name] is getattr(node, each.name) for each in fields(node))
    return node if same else replace(node, **changed)


def _mapped(value: Any, change: Callable[[Node], Node]) -> Any:
    if isinstance(value, Node):
        return change(value)
    if isinstance(value, tuple):
        found = tuple(_mapped(each, change) for each in value)
        return value if all(a is b for a, b in zip(found, value, strict=True)) else found
    return value


def _simplified(node: Node) -> Node:
    match node:
        case nodes.And():
            return _joined(node, nodes.And, False)
        case nodes.Or():
            return _joined(node, nodes.Or, True)
        case nodes.Case():
            return _case(node)
        case nodes.Coalesce():
            return _coalesce(node)
    return node


def _joined(node: nodes.And | nodes.Or, kind: type[nodes.And] | type[nodes.Or], decides: bool) -> Node:
    """One part that decides is the whole; parts that never decide fall away."""
    parts = [part for part in node.parts if not _is(part, not decides)]
    if any(_is(part, decides) for part in parts):
        return nodes.Literal(decides, TRUTH)
    if not parts:
        return nodes.Literal(not decides, TRUTH)
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def _case(node: nodes.Case) -> Node:
    whens = []
    for condition, value in node.whens:
        if _is(condition, True):
            return value if not whens else nodes.Case(tuple(whens), value)
        if not isinstance(condition, nodes.Literal):
            whens.append((condition, value))
    return nodes.Case(tuple(whens), node.otherwise) if whens else node.otherwise


def _coalesce(node: nodes.Coalesce) -> Node:
    parts: list[Node] = []
    for part in node.parts:
        if isinstance(part, nodes.Literal) and part.value is None:
            continue
        parts.append(part)
        if isinstance(part, nodes.Literal):
            break
    if not parts:
        return nodes.Literal(None, node.type)
    return parts[0] if len(parts) == 1 else nodes.Coalesce(tuple(parts))


def _is(node: Node, value: bool) -> bool:
    return isinstance(node, nodes.Literal) and node.value is value
