"""Parts that several conditions have in common, computed once.

A decision table asks each of its rows again for every field it proposes, and a measure asks the table for every record.
Databases find such repetitions only in part (never inside CASE), so they are made columns of their own first: parts
that stand in no other repeated part, then those built on them, one SELECT for each level.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import ibis.expr.operations as ops
import ibis.expr.types as ir

from gongwei.engines.columnar_keys import key
from gongwei.engines.columnar_nodes import Scope, column, is_list
from gongwei.engines.columnar_tables import narrowed
from gongwei.language import nodes
from gongwei.language.expressions import Node, children
from gongwei.language.periods import DOORS

#: Not worth a column: constants, and what is one already.
PLAIN = (nodes.Literal, nodes.RecordDay, nodes.EntryDay, nodes.PeriodEdge, nodes.Attribute)


@dataclass(frozen=True)
class Place:
    """Where conditions are computed: on records, or on subjects in a period.

    Attributes:
        scope_of: what nodes find in a table, some of them in columns by key.
        source: the column a node without parts is read from, if any.
        keep: columns that stay whatever is asked.
    """

    scope_of: Callable[[ir.Table, Mapping[str, str]], Scope]
    source: Callable[[Node], str | None]
    keep: tuple[str, ...]

    def read(self, roots: Iterable[Node], ready: Mapping[str, str]) -> list[str]:
        """The columns still needed to compute the roots, and those to keep. A table is worth narrowing to them: every
        column is named again in every SELECT above it, and each costs time when SQL is written and when it is planned."""
        names = dict.fromkeys(self.keep)
        seen: set[str] = set()

        def look(node: Node) -> None:
            text = key(node)
            if text in seen:
                return
            seen.add(text)
            name = ready.get(text) or self.source(node)
            if name is not None:
                names[name] = None
            else:
                for each in inside(node):
                    look(each)

        for root in roots:
            look(root)
        return list(names)


def inside(node: Node) -> Iterator[Node]:
    """The nodes directly inside that are computed in the same place: not those behind a door, of an earlier record or of
    the rows of a Rows field."""
    if isinstance(node, nodes.Previous):
        if node.within is not None:
            yield node.within
    elif isinstance(node, nodes.RowsCount):
        yield node.rows
    elif isinstance(node, nodes.FactValue):
        yield node.fact.value
    elif not isinstance(node, DOORS):
        yield from children(node)


def with_shared(
    table: ir.Table,
    roots: Iterable[Node],
    ready: Mapping[str, str],
    at: Place,
    wanted: Callable[[Node], bool] = lambda node: True,
) -> tuple[ir.Table, dict[str, str]]:
    """The table with a column for each part that occurs more than once in the roots, and the columns' names by key,
    those of `ready` among them. Only parts that `wanted` takes are considered. What the roots no longer need is gone."""
    roots = list(roots)
    found = dict(ready)
    counts: Counter[str] = Counter()
    seen: dict[str, Node] = {}
    levels: dict[str, int] = {}

    def count_in(node: Node) -> None:
        text = key(node)
        counts[text] += 1
        if counts[text] == 1 and text not in found:
            seen[text] = node
            for inner in inside(node):
                count_in(inner)

    for root in roots:
        count_in(root)

    def shared(text: str, node: Node) -> bool:
        worth_it = not isinstance(node, PLAIN) and not is_list(node)
        return counts[text] > 1 and text not in found and worth_it and wanted(node)

    def level(node: Node) -> int:
        """How many levels of shared parts stand below."""
        text = key(node)
        if text not in levels:
            below = [level(each) + shared(key(each), each) for each in inside(node) if key(each) in seen]
            levels[text] = max(below, default=0)
        return levels[text]

    by_level: dict[int, list[str]] = {}
    for text, node in seen.items():
        if shared(text, node):
            by_level.setdefault(level(node), []).append(text)
    for number in sorted(by_level):
        scope = at.scope_of(table, found)
        columns = {text: column(seen[text], scope) for text in by_level[number]}
        # A parameter that has one value over all the days is written where it is asked for instead of carried along.
        columns = {text: each for text, each in columns.items() if not isinstance(each.op(), ops.Literal)}
        names = {text: f"shared_{len(found) + place}" for place, text in enumerate(columns)}
        values = {names[text]: each for text, each in columns.items()}
        found |= names
        table = narrowed(table, values, at.read(roots, found))
    return table, found
