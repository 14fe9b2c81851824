"""SELECTs and joins of columns that are known to be right, made from ibis's operations themselves.

ibis's own `select` and `join` take names, columns of tables further down and aggregates, and look through every value for them;
over all measures that takes longer than everything else. Here a value is a column of the very table, as the engine makes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ibis.expr.operations as ops
import ibis.expr.types as ir


def still_there(table: ir.Table, ready: Mapping[str, str]) -> dict[str, ir.Value]:
    """The columns worked out before that the table has not been narrowed by, by key."""
    known = set(table.columns)
    return {text: table[name] for text, name in ready.items() if name in known}


def narrowed(table: ir.Table, values: Mapping[str, ir.Value], wanted: Iterable[str]) -> ir.Table:
    """New columns beside those of the table, as far as they are wanted."""
    wanted = set(wanted)
    old = [name for name in table.columns if name in wanted and name not in values]
    return selected(table, old, {name: value for name, value in values.items() if name in wanted})


def selected(table: ir.Table, names: Iterable[str], values: Mapping[str, Any]) -> ir.Table:
    """Columns of the table and values made from it."""
    relation = table.op()
    found: dict[str, Any] = {name: ops.Field(relation, name) for name in names}
    return ir.Table(ops.Project(relation, found | {name: value.op() for name, value in values.items()}))


def beside(
    table: ir.Table, others: Sequence[tuple[ir.Table, Mapping[str, str], bool]], on: str = "subject_id"
) -> ir.Table:
    """The table joined with others that have a row at most for each of its rows, all of them in one SELECT.

    others: each with what its columns are called here, and whether who has no row there is left out.
    """
    first = ops.JoinReference(table.op(), identifier=0)
    values: dict[str, Any] = dict(first.fields)
    links = []
    for place, (other, names, needed) in enumerate(others, 1):
        there = ops.JoinReference(other.op(), identifier=place)
        equal = ops.Equals(ops.Field(first, on), ops.Field(there, on))
        links.append(ops.JoinLink("inner" if needed else "left", there, [equal]))
        values |= {new: ops.Field(there, name) for name, new in names.items()}
    return ir.Table(ops.JoinChain(first, links, values)) if links else table
