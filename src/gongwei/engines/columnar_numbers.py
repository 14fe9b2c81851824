"""How wide the numbers of a condition are, so that columns compute them exactly.

The row engine's decimals grow as they need to; a column's type is fixed before it is run. `size` works out from the
definition how many digits a value can need before and after the point; `wide` names the narrowest exact type for it.
The digits before the point are an estimate from the fields' ranges: a stored value outside its range that overflows
its type stops the query with an error, it is never rounded. The digits after the point are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import singledispatch
from typing import Any, NamedTuple

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir

from gongwei.language import fields, nodes
from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import Node
from gongwei.language.operators import QUOTIENT_DIGITS
from gongwei.language.types import Value

Steps = Mapping[str, Sequence[tuple[date, Value]]]

#: Decimal digits of the widest number a column can hold, and of the widest that is computed in one machine word.
MOST_DIGITS, WORD_DIGITS = 38, 18
#: Digits before the point of the greatest quotient that is computed exactly.
QUOTIENT_WHOLE = 15
#: Digits before the point a field without `between` is taken to have: nothing measured of a person reaches a million.
UNBOUNDED_WHOLE = 6


class Size(NamedTuple):
    """Digits before and after the point."""

    whole: int
    scale: int


COUNT = Size(9, 0)


def wide(size: Size) -> dt.DataType:
    """The narrowest exact type.

    Raises:
        DefinitionError: more decimals than a column can compute with.
    """
    if size.scale > MOST_DIGITS - WORD_DIGITS + QUOTIENT_DIGITS // 2:
        raise DefinitionError(
            f"a number with {size.scale} decimals cannot be computed in columns: round products and quotients with .round(digits)"
        )
    if size.whole + size.scale <= WORD_DIGITS:
        return dt.Decimal(WORD_DIGITS, size.scale) if size.scale else dt.int64
    return dt.Decimal(MOST_DIGITS, size.scale)


def size_of_value(value: Value) -> Size:
    """The digits of one number."""
    if value is None:
        return Size(1, 0)
    assert isinstance(value, int | Decimal)
    _, digits, exponent = Decimal(value).as_tuple()
    assert isinstance(exponent, int)
    return Size(max(len(digits) + exponent, 1), max(-exponent, 0))


def literal(value: Value, size: Size | None = None) -> ir.Value:
    """A number as a literal of its exact type; NULL of that type for None."""
    own = wide(size or size_of_value(value))
    if value is None:
        return ibis.null(own)
    return ibis.literal(int(value) if own.is_integer() else Decimal(value), type=own)


def union(sizes: Iterable[Size]) -> Size:
    """Wide enough for each of them."""
    found = list(sizes)
    return Size(max(each.whole for each in found), max(each.scale for each in found))


@singledispatch
def size(node: Node, steps: Steps) -> Size:
    """Digits the node's number can need. Counts and distances in units need few."""
    return COUNT


@size.register
def _(node: nodes.Literal, steps: Steps) -> Size:
    return size_of_value(node.value)


@size.register
def _(node: nodes.Answer, steps: Steps) -> Size:
    each = node.field
    assert isinstance(each, fields.Quantity)
    if each.between is None:
        return Size(UNBOUNDED_WHOLE, each.decimals)
    return Size(max(size_of_value(limit).whole for limit in each.between), each.decimals)


@size.register
def _(node: nodes.Parameter, steps: Steps) -> Size:
    return union([size_of_value(value) for _, value in steps[node.code]] or [COUNT])


@size.register(nodes.Previous)
@size.register(nodes.LatestIn)
def _(node: nodes.Previous | nodes.LatestIn, steps: Steps) -> Size:
    return size(node.value, steps)


@size.register
def _(node: nodes.Arithmetic, steps: Steps) -> Size:
    left, right = size(node.left, steps), size(node.right, steps)
    if node.op == "multiply":
        return Size(left.whole + right.whole, left.scale + right.scale)
    if node.op == "divide":
        return quotient_size(left, right)
    return Size(max(left.whole, right.whole) + 1, max(left.scale, right.scale))


@size.register
def _(node: nodes.Round, steps: Steps) -> Size:
    inner = size(node.value, steps)
    return inner if inner.scale <= node.digits else Size(inner.whole + 1, node.digits)


@size.register(nodes.Extreme)
@size.register(nodes.Coalesce)
def _(node: nodes.Extreme | nodes.Coalesce, steps: Steps) -> Size:
    return union(size(part, steps) for part in node.parts)


@size.register
def _(node: nodes.Case, steps: Steps) -> Size:
    return union([size(value, steps) for _, value in node.whens] + [size(node.otherwise, steps)])


@size.register
def _(node: nodes.FactValue, steps: Steps) -> Size:
    return union([size(node.fact.value, steps), size_of_value(node.fact.if_none)])


def quotient_size(left: Size, right: Size) -> Size:
    """Digits of a quotient.

    Raises:
        DefinitionError: its whole part could pass 2^53, above which `quotient` would not be exact.
    """
    whole = left.whole + right.scale
    if whole > QUOTIENT_WHOLE or max(left.scale, right.scale) + right.whole > MOST_DIGITS - QUOTIENT_DIGITS:
        raise DefinitionError(
            f"a quotient of up to {whole} digits cannot be computed exactly in columns: give the fields between=, or .round(digits) the operands"
        )
    return Size(whole, QUOTIENT_DIGITS)


def let(values: list[Any], result: Callable[..., Any]) -> Any:
    """`result(*values)`, each value computed and written once. SQL has no names inside an expression, so values that are
    more than a column go through a list of one struct; otherwise nesting would multiply the text."""
    if all(isinstance(value.op(), ops.Field | ops.Literal) for value in values):
        return result(*values)
    packed = ibis.struct({f"v{place}": value for place, value in enumerate(values)})
    return ibis.array([packed]).map(lambda all_: result(*(all_[f"v{p}"] for p in range(len(values)))))[0]


def product(
    left: ir.NumericValue, left_size: Size, right: ir.NumericValue, right_size: Size
) -> ir.NumericValue:
    """The exact product."""
    result = wide(Size(left_size.whole + right_size.whole, left_size.scale + right_size.scale))
    if result.is_integer():
        return left.cast(result) * right.cast(result)
    digits = result.precision
    a, b = left.cast(dt.Decimal(digits, left_size.scale)), right.cast(dt.Decimal(digits, right_size.scale))
    return (a * b).cast(result)


def quotient(
    left: ir.NumericValue, left_size: Size, right: ir.NumericValue, right_size: Size
) -> ir.NumericValue:
    """The quotient rounded half away from zero to `QUOTIENT_DIGITS`; NULL on division by zero.

    DuckDB divides decimals as binary fractions, but its remainder is exact. Whole part and decimals are therefore
    divided apart, each of a dividend the divisor goes into without remainder: such a quotient is exact as long as it is
    below 2^53.
    """
    scale = max(left_size.scale, right_size.scale)
    exact, result = dt.Decimal(MOST_DIGITS, scale), dt.Decimal(MOST_DIGITS, QUOTIENT_DIGITS)
    shift = ibis.literal(10**QUOTIENT_DIGITS, type=dt.Decimal(MOST_DIGITS, 0))
    unshift = ibis.literal(Decimal(1).scaleb(-QUOTIENT_DIGITS), type=result)

    def of_sizes(a: Any, b: Any, negative: Any) -> Any:
        rest = a % b
        whole = ((a - rest) / b).round().cast("int64")
        return let([b, whole, rest * shift, negative], with_decimals)

    def with_decimals(b: Any, whole: Any, shifted: Any, negative: Any) -> Any:
        return let([b, whole, shifted, shifted % b, negative], rounded)

    def rounded(b: Any, whole: Any, shifted: Any, left_over: Any, negative: Any) -> Any:
        up = ibis.ifelse(left_over + left_over >= b, 1, 0).cast("int64")
        decimals = ((shifted - left_over) / b).round().cast("int64") + up
        size_ = whole.cast(result) + (decimals.cast(dt.Decimal(MOST_DIGITS, 0)) * unshift).cast(result)
        return ibis.ifelse(negative, -size_, size_).cast(wide(quotient_size(left_size, right_size)))

    divisor = right.cast(exact).abs().nullif(ibis.literal(0, type=exact))
    return let([left.cast(exact).abs(), divisor, (left < 0) != (right < 0)], of_sizes)
