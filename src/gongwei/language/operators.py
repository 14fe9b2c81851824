"""The nodes that make a value of others: comparisons, logic, arithmetic, days, choices; each checked when it is built."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gongwei.language import intervals, record_nodes, words
from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import DayNode, Node, NumberNode, TruthNode, as_node
from gongwei.language.types import DATE, MOMENT, NUMBER, TRUTH, Kind, ValueType

#: Decimals a quotient keeps; enough that rounding it once more gives what the exact quotient would give.
QUOTIENT_DIGITS = 10

COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
ARITHMETIC = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}


@dataclass(frozen=True, eq=False)
class Compare(TruthNode):
    """`left op right`, op one of `COMPARISONS`. Missing when either side is."""

    op: str
    left: Node
    right: Node

    def check(self) -> None:
        sign = COMPARISONS[self.op]
        left, right = self.left.type, self.right.type
        for side in (left, right):
            if side.kind in (Kind.CODES, Kind.ROWS):
                raise DefinitionError(
                    f"{side} cannot be compared with {sign}; write .has(code), .count() or .is_missing()"
                )
            if side.kind is Kind.TRUTH:
                raise DefinitionError(
                    f"yes or no cannot be compared with {sign}; write the condition itself, or ~ for its contrary"
                )
        if left != right:
            raise DefinitionError(
                f"{left} cannot be compared with {right} ({sign}); {_how_to_compare(left, right)}"
            )
        if self.op not in ("eq", "ne") and left.kind not in (Kind.NUMBER, Kind.DATE, Kind.MOMENT):
            raise DefinitionError(f"{left} has no order, so {sign} says nothing; write ==, != or .is_in(...)")


@dataclass(frozen=True, eq=False)
class IsIn(TruthNode):
    """Equal to one of the literals. Missing when the value is."""

    value: Node
    values: tuple[record_nodes.Literal, ...]

    @classmethod
    def of(cls, value: Any, values: tuple[Any, ...]) -> IsIn:
        """Build one; a single list or tuple of values is taken apart."""
        if len(values) == 1 and isinstance(values[0], list | tuple | set | frozenset):
            values = tuple(values[0])
        node = as_node(value)
        literals = tuple(words.fit(as_node(each), node.type) for each in values)
        for each in literals:
            if not isinstance(each, record_nodes.Literal):
                raise DefinitionError(
                    "is_in(...) takes fixed values; join comparisons with | for anything else"
                )
        return cls(node, literals)  # type: ignore[arg-type]

    def check(self) -> None:
        if not self.values:
            raise DefinitionError("is_in() needs at least one value")
        for each in self.values:
            words.compare("eq", self.value, each)


@dataclass(frozen=True, eq=False)
class IsMissing(TruthNode):
    """True when the value is missing, else False."""

    value: Node


@dataclass(frozen=True, eq=False)
class And(TruthNode):
    """All hold. False as soon as one is False; else missing as soon as one is missing."""

    parts: tuple[Node, ...]

    def check(self) -> None:
        _conditions(self.parts, "&")


@dataclass(frozen=True, eq=False)
class Or(TruthNode):
    """One holds. True as soon as one is True; else missing as soon as one is missing."""

    parts: tuple[Node, ...]

    def check(self) -> None:
        _conditions(self.parts, "|")


@dataclass(frozen=True, eq=False)
class Not(TruthNode):
    """The contrary; missing stays missing."""

    value: Node

    def check(self) -> None:
        _conditions((self.value,), "~")


@dataclass(frozen=True, eq=False)
class CountTrue(NumberNode):
    """How many of the conditions are True. Never missing: unknown counts as no."""

    parts: tuple[Node, ...]

    def check(self) -> None:
        _conditions(self.parts, "count_true")


@dataclass(frozen=True, eq=False)
class Arithmetic(NumberNode):
    """`left op right` on numbers, op one of `ARITHMETIC`. Missing when a side is, or on division by zero."""

    op: str
    left: Node
    right: Node

    def check(self) -> None:
        for side in (self.left, self.right):
            if side.type in (DATE, MOMENT):
                raise DefinitionError(
                    "dates are not numbers: write `day + days(14)` to move a day and days_between(start, end) or "
                    "distance('month', start, end) to measure"
                )
            words.require(side, NUMBER, ARITHMETIC[self.op])


@dataclass(frozen=True, eq=False)
class Round(NumberNode):
    """Rounded half away from zero to so many decimals."""

    value: Node
    digits: int

    def check(self) -> None:
        words.require(self.value, NUMBER, "round")
        if not 0 <= self.digits <= QUOTIENT_DIGITS:
            raise DefinitionError(f"round({self.digits}): write 0 to {QUOTIENT_DIGITS} decimals")


@dataclass(frozen=True, eq=False)
class Extreme(Node):
    """The least or the greatest of numbers or of dates. Missing when any of them is."""

    which: str  # "least" or "greatest"
    parts: tuple[Node, ...]

    def check(self) -> None:
        if len(self.parts) < 2:
            raise DefinitionError(f"{self.which}(...) needs at least two values")
        if self.type not in (NUMBER, DATE):
            raise DefinitionError(f"{self.which}(...) compares numbers or dates, not {self.type}")

    @cached_property
    def type(self) -> ValueType:
        return self.parts[0].type


@dataclass(frozen=True, eq=False)
class LastDigit(NumberNode):
    """The last digit before the decimal point of the number's absolute value, 0 to 9."""

    value: Node

    def check(self) -> None:
        words.require(self.value, NUMBER, "last_digit")


@dataclass(frozen=True, eq=False)
class DateDistance(NumberNode):
    """Completed units from start to end (`intervals.completed`); negative when the end lies before the start."""

    unit: intervals.Unit
    start: Node
    end: Node

    def check(self) -> None:
        words.require(self.start, DATE, "distance")
        words.require(self.end, DATE, "distance")


@dataclass(frozen=True, eq=False)
class DateAdd(DayNode):
    """A day moved forward (or back) by an interval, months clipped to the month's end. A parameter may be the amount."""

    start: Node
    interval: intervals.Interval
    back: bool = False

    def check(self) -> None:
        words.require(self.start, DATE, "adding an interval")


@dataclass(frozen=True, eq=False)
class Case(Node):
    """The value beside the first condition that is True; the last one when none is."""

    whens: tuple[tuple[Node, Node], ...]
    otherwise: Node

    def check(self) -> None:
        if not self.whens:
            raise DefinitionError("case() needs at least one (condition, value)")
        _conditions(tuple(condition for condition, _ in self.whens), "case")

    @cached_property
    def type(self) -> ValueType:
        return self.otherwise.type


@dataclass(frozen=True, eq=False)
class Coalesce(Node):
    """The first value that is not missing."""

    parts: tuple[Node, ...]

    @cached_property
    def type(self) -> ValueType:
        return self.parts[0].type


@dataclass(frozen=True, eq=False)
class Has(TruthNode):
    """This option is among those chosen. Missing when the question was not answered."""

    value: Node
    code: str

    def check(self) -> None:
        if self.value.type.kind is not Kind.CODES:
            raise DefinitionError(
                f".has({self.code!r}) is for several options (Choices); for {self.value.type} write =="
            )
        assert self.value.type.options is not None
        self.value.type.options.require(self.code)


@dataclass(frozen=True, eq=False)
class ChosenCount(NumberNode):
    """How many options were chosen. Missing when the question was not answered."""

    value: Node

    def check(self) -> None:
        if self.value.type.kind is not Kind.CODES:
            raise DefinitionError(f".count() is for several options or rows, not for {self.value.type}")


@dataclass(frozen=True, eq=False)
class RowsCount(NumberNode):
    """How many rows were filled, or for how many `where` (about the row's own fields) is True. No rows: 0."""

    rows: Node
    where: Node | None = None

    def check(self) -> None:
        if self.rows.type.kind is not Kind.ROWS:
            raise DefinitionError(f"rows_count(...) is for Rows, not for {self.rows.type}")
        if self.where is not None:
            words.require(self.where, TRUTH, "rows_count(where=...)")


def _conditions(parts: tuple[Node, ...], where: str) -> None:
    for part in parts:
        if part.type != TRUTH:
            raise DefinitionError(
                f"{where} joins conditions, but {part!r} is a {part.type}; compare it with something, and put brackets "
                "around comparisons: (a < 1) & (b > 2)"
            )


def _how_to_compare(left: ValueType, right: ValueType) -> str:
    kinds = {left.kind, right.kind}
    if kinds == {Kind.NUMBER, Kind.TEXT}:
        return "write numbers without quotation marks"
    if kinds == {Kind.DATE, Kind.TEXT}:
        return "write a day as date(2025, 3, 10)"
    if kinds == {Kind.CODE, Kind.NUMBER}:
        return "option codes are text: write them in quotation marks"
    if kinds == {Kind.CODE}:
        return "the two have different value lists"
    return "both sides must be of one type"
