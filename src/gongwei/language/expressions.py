"""The words conditions are made of: small frozen nodes, one per operation, that cannot be put together wrongly.

Three ideas hold for every node.

*Missing is a value.* A condition about something missing is missing: neither true nor false. `&`, `|`, `~` are
Kleene's, as in SQL: `missing & False` is False, `missing | True` is True. A rule fires and a numerator counts
only on True; a check complains only on False. Unknown never earns.

*Two rooms.* A node is about one record or about one subject in one period (`gongwei.language.periods`); literals,
parameters and the resident's attributes stand in both. Mixing the rooms raises `MixedRooms`.

*Numbers are exact.* Integers and decimals, never floats. `+ - *` are exact; a quotient is rounded half away from
zero to `QUOTIENT_DIGITS` decimals; division by zero is missing. `round` is half away from zero as well.

The set of nodes is closed (`gongwei.language.nodes.ALL_NODES`, docs/decisions/0002): a new one needs a decision
record, all three engines and spec tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NoReturn

from gongwei.language import intervals
from gongwei.language.errors import DefinitionError
from gongwei.language.types import DATE, MOMENT, NUMBER, TEXT, TRUTH, Kind, Room, ValueType, common_room


class Expression:
    """What can stand in a condition: every node, every field, every fact. Carries the operators."""

    @property
    def node(self) -> Node:
        """The node this stands for."""
        raise NotImplementedError

    __hash__ = object.__hash__

    def __bool__(self) -> NoReturn:
        raise DefinitionError(
            "a condition has no truth value before a record is judged: write `&` for `and`, `|` for `or`, `~` for "
            "`not` (with brackets around comparisons), and `(a < b) & (b < c)` for `a < b < c`"
        )

    def __contains__(self, code: object) -> NoReturn:
        raise DefinitionError(f"write .has({code!r}) instead of `{code!r} in ...`")

    def __iter__(self) -> NoReturn:
        raise DefinitionError("a condition cannot be looped over; for several options write .has_any(...)")

    def __eq__(self, other: object) -> operators.Compare:  # type: ignore[override]
        return words.compare("eq", self, other)

    def __ne__(self, other: object) -> operators.Compare:  # type: ignore[override]
        return words.compare("ne", self, other)

    def __lt__(self, other: Any) -> operators.Compare:
        return words.compare("lt", self, other)

    def __le__(self, other: Any) -> operators.Compare:
        return words.compare("le", self, other)

    def __gt__(self, other: Any) -> operators.Compare:
        return words.compare("gt", self, other)

    def __ge__(self, other: Any) -> operators.Compare:
        return words.compare("ge", self, other)

    def __and__(self, other: Any) -> operators.And:
        return operators.And(words.flat(operators.And, self, other))

    def __rand__(self, other: Any) -> operators.And:
        return operators.And(words.flat(operators.And, other, self))

    def __or__(self, other: Any) -> operators.Or:
        return operators.Or(words.flat(operators.Or, self, other))

    def __ror__(self, other: Any) -> operators.Or:
        return operators.Or(words.flat(operators.Or, other, self))

    def __invert__(self) -> operators.Not:
        return operators.Not(as_node(self))

    def __add__(self, other: Any) -> Node:
        if isinstance(other, intervals.Interval):
            return operators.DateAdd(as_node(self), other)
        return operators.Arithmetic("add", as_node(self), as_node(other))

    def __radd__(self, other: Any) -> Node:
        return operators.Arithmetic("add", as_node(other), as_node(self))

    def __sub__(self, other: Any) -> Node:
        if isinstance(other, intervals.Interval):
            return operators.DateAdd(as_node(self), other, back=True)
        return operators.Arithmetic("subtract", as_node(self), as_node(other))

    def __rsub__(self, other: Any) -> Node:
        return operators.Arithmetic("subtract", as_node(other), as_node(self))

    def __mul__(self, other: Any) -> Node:
        return operators.Arithmetic("multiply", as_node(self), as_node(other))

    def __rmul__(self, other: Any) -> Node:
        return operators.Arithmetic("multiply", as_node(other), as_node(self))

    def __truediv__(self, other: Any) -> Node:
        return operators.Arithmetic("divide", as_node(self), as_node(other))

    def __rtruediv__(self, other: Any) -> Node:
        return operators.Arithmetic("divide", as_node(other), as_node(self))

    def __neg__(self) -> Node:
        return operators.Arithmetic("subtract", as_node(0), as_node(self))

    def is_missing(self) -> operators.IsMissing:
        """True when there is no value, False when there is one; never missing itself."""
        return operators.IsMissing(as_node(self))

    def is_known(self) -> operators.Not:
        """The contrary of `is_missing`."""
        return operators.Not(self.is_missing())

    def if_missing(self, *instead: Any) -> operators.Coalesce:
        """This value, or the first known one of the others."""
        return operators.Coalesce(words.of_one_type((self, *instead), "if_missing"))

    def is_in(self, *values: Any) -> operators.IsIn:
        """True when equal to one of the values; missing when this is missing."""
        return operators.IsIn.of(self, values)

    def has(self, code: str) -> operators.Has:
        """For several options: this one was chosen. Missing when nothing was answered."""
        return operators.Has(as_node(self), code)

    def has_any(self, *codes: str) -> Node:
        """For several options: at least one of these was chosen."""
        if not codes:
            raise DefinitionError("has_any() needs at least one option code")
        return words.any_of(*(self.has(code) for code in codes))

    def has_only(self, code: str) -> operators.And:
        """For several options: this one was chosen and no other."""
        return self.has(code) & (self.count() == 1)

    def count(self) -> Node:
        """How many options were chosen, or how many rows were filled. Missing when nothing was answered."""
        node = as_node(self)
        return operators.RowsCount(node) if node.type.kind is Kind.ROWS else operators.ChosenCount(node)

    def last_digit(self) -> operators.LastDigit:
        """The last digit of a whole number (`128` → 8)."""
        return operators.LastDigit(as_node(self))

    def round(self, digits: int = 0) -> operators.Round:
        """Rounded half away from zero to so many decimals."""
        return operators.Round(as_node(self), digits)


@dataclass(frozen=True, eq=False)
class Node(Expression):
    """One operation. Knows the type of its value and its room; checked when built."""

    @property
    def node(self) -> Node:
        """Itself."""
        return self

    def __post_init__(self) -> None:
        self.check()
        # Working them out once here is what makes nonsense impossible to build.
        _ = self.type, self.room

    def check(self) -> None:
        """Refuse operands of the wrong type (overridden where there is something to refuse)."""

    def written(self) -> list[Any]:
        """The node as nested lists of plain text, for digests."""
        return _parts_of(self)

    def operands(self) -> Iterator[Node]:
        """The nodes directly inside, in the order of the class's fields."""
        for each in fields(self):
            yield from _nodes_in(getattr(self, each.name))

    @cached_property
    def type(self) -> ValueType:
        """The type of the value."""
        raise NotImplementedError

    @cached_property
    def room(self) -> Room:
        """About one record, about one period, or either."""
        return common_room([child.room for child in children(self)], type(self).__name__)


class TruthNode(Node):
    """A node whose value is a truth (or missing)."""

    @cached_property
    def type(self) -> ValueType:
        return TRUTH


class NumberNode(Node):
    """A node whose value is a number."""

    @cached_property
    def type(self) -> ValueType:
        return NUMBER


class DayNode(Node):
    """A node whose value is a day."""

    @cached_property
    def type(self) -> ValueType:
        return DATE


def as_node(value: object) -> Node:
    """The node for a node, field, fact or plain Python value.

    Raises:
        DefinitionError: floats, None and other things that cannot stand in a condition.
    """
    if isinstance(value, Expression):
        return value.node
    if isinstance(value, bool):
        return record_nodes.Literal(value, TRUTH)
    if isinstance(value, int | Decimal):
        return record_nodes.Literal(value, NUMBER)
    if isinstance(value, float):
        raise DefinitionError(f"{value!r} is a binary fraction; write Decimal({str(value)!r})")
    if isinstance(value, str):
        return record_nodes.Literal(value, TEXT)
    if isinstance(value, datetime):
        return record_nodes.Literal(value, MOMENT)
    if isinstance(value, date):
        return record_nodes.Literal(value, DATE)
    if value is None:
        raise DefinitionError("None has no type; write .is_missing() to ask for a missing value")
    raise DefinitionError(f"{value!r} cannot stand in a condition")


# ---- walking ----------------------------------------------------------------------------------------------------


def children(node: Node) -> Iterator[Node]:
    """The nodes directly inside, in the order of the class's fields."""
    return node.operands()


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes inside it, outermost first."""
    yield node
    for child in children(node):
        yield from walk(child)


def described(thing: object) -> Any:
    """A node (or any frozen part of a definition) as nested lists of plain text: the same for the same meaning."""
    if isinstance(thing, Expression):
        return thing.node.written()
    if isinstance(thing, type):
        return ["form", getattr(thing, "code", thing.__name__)]
    if is_dataclass(thing):
        return _parts_of(thing)
    if isinstance(thing, tuple | list):
        return [described(each) for each in thing]
    if isinstance(thing, frozenset):
        return sorted(str(each) for each in thing)
    if isinstance(thing, dict):
        return [[str(key), described(value)] for key, value in thing.items()]
    if callable(thing):
        return getattr(thing, "__qualname__", repr(thing))
    return str(thing)


def _nodes_in(value: Any) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, intervals.Interval):
        yield from _nodes_in(value.amount)
    elif isinstance(value, tuple):
        for each in value:
            yield from _nodes_in(each)


def _parts_of(thing: Any) -> list[Any]:
    parts = (described(getattr(thing, each.name)) for each in fields(thing) if each.compare)
    return [type(thing).__name__, *parts]


# The operators above build nodes, and nodes are expressions: whichever of these modules is read first, what the others take from
# this one by name is there by now.
from gongwei.language import operators, record_nodes, words  # noqa: E402
