"""The words that build nodes: comparisons, previous, case, counts, distances; and the fitting of operands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gongwei.language import expressions as base
from gongwei.language import intervals, operators, record_nodes
from gongwei.language.errors import DefinitionError
from gongwei.language.types import TEXT, Kind, ValueType

if TYPE_CHECKING:
    from gongwei.language.expressions import Node
    from gongwei.language.fields import Rows


def compare(op: str, left: object, right: object) -> operators.Compare:
    """A comparison; a text literal beside an option field becomes one of its codes."""
    left_node, right_node = base.as_node(left), base.as_node(right)
    return operators.Compare(op, fit(left_node, right_node.type), fit(right_node, left_node.type))


def previous(value: Any, *, having: Any = None, within: Any = None) -> record_nodes.Previous:
    """`value` in the latest earlier record of the same form and subject; see `Previous`."""
    return record_nodes.Previous(
        base.as_node(value),
        None if having is None else base.as_node(having),
        None if within is None else base.as_node(within),
    )


def all_hold(*parts: Any) -> Node:
    """Every one holds (`a & b & c`)."""
    return base.as_node(parts[0]) if len(parts) == 1 else operators.And(flat(operators.And, *parts))


def any_of(*parts: Any) -> Node:
    """At least one holds (`a | b | c`)."""
    return base.as_node(parts[0]) if len(parts) == 1 else operators.Or(flat(operators.Or, *parts))


def count_true(*parts: Any) -> operators.CountTrue:
    """How many of these conditions are True; unknown counts as no."""
    return operators.CountTrue(tuple(base.as_node(part) for part in parts))


def case(*whens: tuple[Any, Any], otherwise: Any = None) -> operators.Case:
    """`case((condition, value), ..., otherwise=value)`; without `otherwise` the rest is missing."""
    values = [value for _, value in whens] + ([] if otherwise is None else [otherwise])
    unified = of_one_type(tuple(values), "case") if values else ()
    last = (
        unified[-1]
        if otherwise is not None
        else record_nodes.Literal(None, unified[0].type if unified else TEXT)
    )
    return operators.Case(
        tuple((base.as_node(c), v) for (c, _), v in zip(whens, unified, strict=False)), last
    )


def least(*parts: Any) -> operators.Extreme:
    """The least of numbers or dates; missing when any is missing."""
    return operators.Extreme("least", of_one_type(parts, "least"))


def greatest(*parts: Any) -> operators.Extreme:
    """The greatest of numbers or dates; missing when any is missing."""
    return operators.Extreme("greatest", of_one_type(parts, "greatest"))


def distance(unit: intervals.Unit | str, start: Any, end: Any) -> operators.DateDistance:
    """Completed units ("day", "week", "month", "year") from start to end."""
    return operators.DateDistance(intervals.Unit(unit), base.as_node(start), base.as_node(end))


def days_between(start: Any, end: Any) -> operators.DateDistance:
    """Days from start to end."""
    return distance(intervals.DAY, start, end)


def rows_count(rows: Rows, where: Any = None) -> operators.RowsCount:
    """How many rows were filled, or for how many the condition about the row holds."""
    return operators.RowsCount(base.as_node(rows), None if where is None else base.as_node(where))


def require(node: Node, wanted: ValueType, where: str) -> None:
    """Refuse a node of another type.

    Raises:
        DefinitionError: says what was wanted, what was found.
    """
    if node.type != wanted:
        raise DefinitionError(f"{where} wants a {wanted}, not a {node.type} ({node!r})")


def fit(node: Node, wanted: ValueType) -> Node:
    """A text literal beside an option field means one of its codes."""
    if (
        isinstance(node, record_nodes.Literal)
        and node.type == TEXT
        and wanted.kind is Kind.CODE
        and wanted.options is not None
    ):
        return record_nodes.Literal(wanted.options.require(str(node.value)), wanted)
    if isinstance(node, record_nodes.Literal) and node.type == TEXT and wanted.kind is Kind.PERSON:
        return record_nodes.Literal(node.value, wanted)
    return node


def of_one_type(values: tuple[Any, ...], where: str) -> tuple[Node, ...]:
    """Nodes of one common type, or an error."""
    found = [base.as_node(value) for value in values]
    wanted = next(
        (n.type for n in found if not (isinstance(n, record_nodes.Literal) and n.type == TEXT)), found[0].type
    )
    fitted = tuple(fit(node, wanted) for node in found)
    for node in fitted:
        if node.type != wanted:
            raise DefinitionError(f"{where}: all values must be of one type, found {wanted} and {node.type}")
    return fitted


def flat(kind: type[operators.And] | type[operators.Or], *parts: Any) -> tuple[Node, ...]:
    """Operands with nested operators.And (Or) taken apart, so that a & b & c is one node of three."""
    flat: list[Node] = []
    for part in parts:
        node = base.as_node(part)
        flat.extend(node.parts if isinstance(node, kind) else (node,))
    return tuple(flat)
