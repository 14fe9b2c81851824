"""Every node of the language as a column: the meaning of `row.py`, said in ibis.

A node is compiled within a `Scope`, which says where answers, attributes and days come from. What needs more than one
row (a previous record, the records of a period) has been worked out before, and is found in `Scope.ready`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import reduce, singledispatch
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from gongwei.engines import columnar_dates as dates
from gongwei.engines import columnar_numbers as numbers
from gongwei.engines.columnar_keys import factored, key
from gongwei.engines.columnar_numbers import let
from gongwei.language import nodes
from gongwei.language.expressions import Node
from gongwei.language.types import Kind, Value, ValueType


@dataclass(frozen=True)
class Scope:
    """Where a node finds what it names.

    Attributes:
        day: the record's day; None when a period is asked about. period: its first and last day.
        starts: the days on which the subject's episodes of a kind began, as an array.
        ready: columns worked out before, by `key`.
    """

    answer: Callable[[str], ir.Value]
    attribute: Callable[[str], ir.Value]
    steps: numbers.Steps
    day: ir.DateValue | None = None
    entered_on: ir.DateValue | None = None
    starts: Callable[[str], ir.ArrayValue] | None = None
    period: tuple[date, date] | None = None
    ready: Mapping[str, ir.Value] = field(default_factory=dict)


def dtype(of: ValueType, size: numbers.Size | None = None) -> str | Any:
    """The ibis type of values of this type; numbers need their size."""
    if of.kind is Kind.NUMBER:
        return numbers.wide(size or numbers.COUNT)
    return {
        Kind.TRUTH: "boolean",
        Kind.DATE: "date",
        Kind.MOMENT: "timestamp('UTC')",
        Kind.CODES: "array<string>",
    }.get(of.kind, "string")


def literal(value: Value, of: ValueType) -> ir.Value:
    """A Python value as a literal column."""
    if of.kind is Kind.NUMBER:
        return numbers.literal(value)
    if value is None:
        return ibis.null(dtype(of))
    if isinstance(value, datetime):
        return ibis.literal(value.astimezone(UTC), type=dtype(of))
    if isinstance(value, frozenset):
        return ibis.literal(sorted(value), type=dtype(of))
    return ibis.literal(value, type=dtype(of))


def column(node: Node, scope: Scope) -> Any:
    """The node's value as a column: the one worked out before, or a new one.

    Raises:
        NotImplementedError: a node this engine does not run.
    """
    if scope.ready and (found := scope.ready.get(key(node))) is not None:
        return found
    return compiled(node, scope)


def is_list(node: Node) -> bool:
    """Whether it is an answer of several codes or rows. What is asked of one is asked of the record's own list (`_listed`):
    one that is missing where it is empty would be a copy of each."""
    return isinstance(node, nodes.Answer) and node.type.kind in (Kind.CODES, Kind.ROWS)


def _listed(node: Node, scope: Scope) -> tuple[Any, Any]:
    """A list, and whether there is one: missing or empty, there is none."""
    if isinstance(node, nodes.Answer) and is_list(node) and key(node) not in scope.ready:
        value = scope.answer(node.name)
        return value, (value.length() > 0).fill_null(False)
    value = column(node, scope)
    return value, value.notnull()


@singledispatch
def compiled(node: Node, scope: Scope) -> Any:
    """The node as a new column, its parts by `column`."""
    raise NotImplementedError(f"the columnar engine has no {type(node).__name__}")


def _ready(node: Node, scope: Scope) -> Any:
    return scope.ready[key(node)]


for _kind in (
    nodes.Previous,
    nodes.EpisodeOverlaps,
    nodes.EpisodeActiveOn,
    nodes.EpisodeUnits,
    nodes.CountIn,
    nodes.LatestIn,
    nodes.WidestGapIn,
    nodes.UnansweredIn,
):
    compiled.register(_kind, _ready)


def _same_type(parts: list[Node], scope: Scope) -> list[Any]:
    """Columns of one type: numbers of different widths made equally wide, whole numbers left as they are."""
    columns = [column(part, scope) for part in parts]
    if parts[0].type.kind is not Kind.NUMBER or all(each.type().is_integer() for each in columns):
        return columns
    size = numbers.union(numbers.size(part, scope.steps) for part in parts)
    return [each.cast(numbers.wide(size)) for each in columns]


@compiled.register
def _(node: nodes.Literal, scope: Scope) -> Any:
    return literal(node.value, node.type)


@compiled.register
def _(node: nodes.Answer, scope: Scope) -> Any:
    value = scope.answer(node.name)
    if is_list(node):
        return ibis.ifelse(value.length() > 0, value, ibis.null(value.type()))
    if node.type.kind is Kind.PERSON:
        return (value + "").nullif("")  # a snapshot keeps ids as UUID, which cannot be compared with nothing
    if node.type.kind in (Kind.TEXT, Kind.CODE):
        return value.nullif("")
    return value


@compiled.register
def _(node: nodes.Attribute, scope: Scope) -> Any:
    return scope.attribute(node.name)


@compiled.register
def _(node: nodes.RecordDay, scope: Scope) -> Any:
    return scope.day


@compiled.register
def _(node: nodes.EntryDay, scope: Scope) -> Any:
    return scope.entered_on


@compiled.register
def _(node: nodes.Parameter, scope: Scope) -> Any:
    steps = sorted(scope.steps[node.code], reverse=True, key=lambda step: step[0])

    def value(of: Value) -> Any:
        if node.type.kind is Kind.NUMBER:
            return numbers.literal(of, numbers.size(node, scope.steps))
        return literal(of, node.type)

    if scope.period is not None:
        return value(next((each for since, each in steps if since <= scope.period[1]), None))
    # What holds since the first of all days needs no asking.
    always = value(steps.pop()[1]) if steps and steps[-1][0] == date.min else value(None)
    if not steps:
        return always
    return ibis.cases(
        *((scope.day >= ibis.literal(since), value(each)) for since, each in steps), else_=always
    )


@compiled.register
def _(node: nodes.EpisodeStart, scope: Scope) -> Any:
    assert scope.starts is not None
    day = scope.day
    return scope.starts(node.episode).filter(lambda start: start <= day).maxs()


#: The operations themselves: ibis's `==` with a NULL literal means IS NULL, which is not the language's meaning.
_COMPARE = {
    "eq": ops.Equals,
    "ne": ops.NotEquals,
    "lt": ops.Less,
    "le": ops.LessEqual,
    "gt": ops.Greater,
    "ge": ops.GreaterEqual,
}


@compiled.register
def _(node: nodes.Compare, scope: Scope) -> Any:
    sides = _same_type([node.left, node.right], scope)
    return _COMPARE[node.op](*map(_comparable, sides)).to_expr()


def _comparable(value: Any) -> Any:
    """A text made of cases, in a form that DuckDB 2.0.0 can compare: where the days it knows of a table leave only the case
    without a value, it stops with "BindBuiltinScalarFunction did not return a BoundFunctionExpression". Out of a list it
    knows nothing of it."""
    if value.type().is_string() and not isinstance(value.op(), ops.Field | ops.Literal | ops.NullIf):
        return ibis.array([value])[0]
    return value


@compiled.register
def _(node: nodes.IsIn, scope: Scope) -> Any:
    value, *known = _same_type([node.value, *(each for each in node.values if each.value is not None)], scope)
    if not known:
        return ibis.ifelse(value.isnull(), ibis.null("boolean"), False)
    return _comparable(value).isin(known)


@compiled.register
def _(node: nodes.IsMissing, scope: Scope) -> Any:
    if is_list(node.value):
        return ~_listed(node.value, scope)[1]
    value = column(node.value, scope)
    if value.type().is_boolean() and not isinstance(value.op(), ops.Field):
        # ibis writes no parentheses round a condition here: NOT x IS NULL would mean NOT (x IS NULL).
        value = ibis.coalesce(value)
    return value.isnull()


@compiled.register
def _(node: nodes.And, scope: Scope) -> Any:
    parts = factored(node.parts, scope.ready)
    return reduce(lambda a, b: a & b, (column(part, scope) for part in parts))


@compiled.register
def _(node: nodes.Or, scope: Scope) -> Any:
    found, lists = [], dict[str, list[nodes.Has]]()
    for part in node.parts:
        if isinstance(part, nodes.Has) and key(part) not in scope.ready:
            lists.setdefault(key(part.value), []).append(part)
        else:
            found.append(column(part, scope))
    for of_one in lists.values():  # whether there is a list is asked once
        value, there = _listed(of_one[0].value, scope)
        codes = reduce(lambda a, b: a | b, (value.contains(each.code) for each in of_one))
        found.append(ibis.ifelse(there, codes, ibis.null("boolean")))
    return reduce(lambda a, b: a | b, found)


@compiled.register
def _(node: nodes.Not, scope: Scope) -> Any:
    return ~column(node.value, scope)


@compiled.register
def _(node: nodes.CountTrue, scope: Scope) -> Any:
    return reduce(lambda a, b: a + b, (_one(part, column(part, scope)) for part in node.parts))


def _one(part: Node, value: Any) -> Any:
    """1 where the part is true, else 0; without a case, which costs as much as reading the answers, where it is never missing."""
    return (value if _never_missing(part) else ibis.ifelse(value, 1, 0)).cast("int64")


def _never_missing(node: Node) -> bool:
    """Whether a condition is true or false, whatever has no answer."""
    match node:
        case nodes.IsMissing():
            return True
        case nodes.Not():
            return _never_missing(node.value)
        case nodes.And() | nodes.Or():
            return all(map(_never_missing, node.parts))
        case nodes.Coalesce(parts=(*_, nodes.Literal(value=last))):
            return last is not None
    return False


@compiled.register
def _(node: nodes.Arithmetic, scope: Scope) -> Any:
    left, right = column(node.left, scope), column(node.right, scope)
    left_size, right_size = numbers.size(node.left, scope.steps), numbers.size(node.right, scope.steps)
    if node.op == "multiply":
        return numbers.product(left, left_size, right, right_size)
    if node.op == "divide":
        return let([left, right], lambda a, b: numbers.quotient(a, left_size, b, right_size))
    result = numbers.wide(numbers.size(node, scope.steps))
    a, b = left.cast(result), right.cast(result)
    return (a + b if node.op == "add" else a - b).cast(result)


@compiled.register
def _(node: nodes.Round, scope: Scope) -> Any:
    value = column(node.value, scope)
    if numbers.size(node.value, scope.steps).scale <= node.digits:
        return value
    return value.round(node.digits).cast(numbers.wide(numbers.size(node, scope.steps)))


@compiled.register
def _(node: nodes.Extreme, scope: Scope) -> Any:
    values = _same_type(list(node.parts), scope)

    def best(*known: Any) -> Any:
        missing = reduce(lambda a, b: a | b, (value.isnull() for value in known))
        found = ibis.least(*known) if node.which == "least" else ibis.greatest(*known)
        return ibis.ifelse(missing, ibis.null(found.type()), found)

    return let(values, best)


@compiled.register
def _(node: nodes.LastDigit, scope: Scope) -> Any:
    return (column(node.value, scope).abs().floor() % 10).cast("int64")


@compiled.register
def _(node: nodes.DateDistance, scope: Scope) -> Any:
    return dates.completed(node.unit, column(node.start, scope), column(node.end, scope))


@compiled.register
def _(node: nodes.DateAdd, scope: Scope) -> Any:
    start, amount = column(node.start, scope), node.interval.amount
    count = ibis.literal(amount) if isinstance(amount, int) else column(amount, scope)
    whole = count if count.type().is_integer() else dates.truncated(count)
    signed = (-whole if node.back else whole).cast("int64")
    return dates.moved(start, node.interval.unit, signed)


@compiled.register
def _(node: nodes.Case, scope: Scope) -> Any:
    values = _same_type([value for _, value in node.whens] + [node.otherwise], scope)
    whens = [(column(when, scope), value) for (when, _), value in zip(node.whens, values[:-1], strict=True)]
    return ibis.cases(*whens, else_=values[-1])


@compiled.register
def _(node: nodes.Coalesce, scope: Scope) -> Any:
    return ibis.coalesce(*_same_type(list(node.parts), scope))


@compiled.register
def _(node: nodes.Has, scope: Scope) -> Any:
    value, there = _listed(node.value, scope)
    return ibis.ifelse(there, value.contains(node.code), ibis.null("boolean"))


@compiled.register
def _(node: nodes.ChosenCount, scope: Scope) -> Any:
    value, there = _listed(node.value, scope)
    return ibis.ifelse(there, value.length(), ibis.null("int64")).cast("int64")


@compiled.register
def _(node: nodes.RowsCount, scope: Scope) -> Any:
    rows, where = _listed(node.rows, scope)[0], node.where
    if where is None:
        counted = rows
    else:
        counted = rows.filter(
            lambda row: column(where, replace(scope, answer=lambda name: row[name], ready={}))
        )
    return counted.length().fill_null(0).cast("int64")


@compiled.register
def _(node: nodes.PeriodEdge, scope: Scope) -> Any:
    assert scope.period is not None
    return ibis.literal(scope.period[0 if node.which == "first" else 1])


@compiled.register
def _(node: nodes.FactValue, scope: Scope) -> Any:
    if node.fact.if_none is None:
        return column(node.fact.value, scope)
    instead = nodes.Literal(node.fact.if_none, node.type)
    return ibis.coalesce(*_same_type([node.fact.value, instead], scope))
