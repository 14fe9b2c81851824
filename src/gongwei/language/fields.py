"""The ten field types. A field is both a question and a word: `FollowUp.systolic < 140` is a condition.

Values in Python: Text, Code, Choice and Person are str; Choices a frozenset of codes; YesNo bool; Quantity int (or
Decimal with `decimals`); Date date; Moment an aware datetime; Rows a tuple of mappings by field name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import Expression, Node
from gongwei.language.record_nodes import Answer, Literal
from gongwei.language.types import (
    DATE,
    MOMENT,
    NUMBER,
    PERSON,
    ROWS,
    TEXT,
    TRUTH,
    Options,
    Value,
    ValueType,
    code_of,
    codes_of,
)

if TYPE_CHECKING:
    from gongwei.language.forms import FieldGroup, RowGroup

Range = tuple[int | Decimal, int | Decimal]


@dataclass(frozen=True)
class Coding:
    """A code in a standard system. Fields with the same code in one encounter are entered once."""

    system: str
    code: str


def LOINC(code: str) -> Coding:
    """A LOINC code, for what FHIR calls an Observation."""
    return Coding("http://loinc.org", code)


#: Our own codes, for questions no standard has a code for but several forms ask: 吸烟量, 服药依从性.
OWN_SYSTEM = "urn:gongwei:item"


def GW(code: str) -> Coding:
    """One of our own codes: what makes a question on two forms one question."""
    return Coding(OWN_SYSTEM, code)


@dataclass(eq=False, repr=False)
class Field(Expression):
    """A question of a form.

    required: must be answered (when asked); a condition makes it required only where that is True.
    only_if: asked only where this is True. since, until: asked of records done on these days and between.
    computed: the answer is worked out from others. carry: last time's answer is filled in and marked as such
    (never for measurements). code: standard code. element: data element of WS 365. section: heading on the form.
    """

    label: str
    _: KW_ONLY
    required: bool | Expression = False
    only_if: Expression | None = None
    since: date | None = None
    until: date | None = None
    computed: Expression | None = None
    carry: bool = False
    code: Coding | None = None
    element: str = ""
    section: str = ""
    source: str = ""
    note: str = ""
    name: str = field(default="", init=False)
    owner: type[FieldGroup] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if not self.label:
            raise DefinitionError("a field needs its Chinese label as the first argument")
        if self.since and self.until and self.since > self.until:
            raise DefinitionError(f"{self.label}: since= is later than until=; exchange them")
        for what, condition in (("required", self.required), ("only_if", self.only_if)):
            if isinstance(condition, Expression) and condition.node.type != TRUTH:
                raise DefinitionError(
                    f"{self.label}: {what}= wants a condition; compare {condition!r} with something"
                )
        if self.computed is not None and self.computed.node.type != self.value_type:
            raise DefinitionError(
                f"{self.label}: computed= gives a {self.computed.node.type}, not a {self.value_type}"
            )

    def __set_name__(self, owner: type[FieldGroup], name: str) -> None:
        # A second owner is refused in FieldGroup.__init_subclass__: an error here would come wrapped in a RuntimeError.
        if self.owner is None:
            self.owner, self.name = owner, name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.form_code}.{self.name} {self.label})"

    @property
    def form_code(self) -> str:
        """Code of the form (or name of the row group) the field belongs to; empty until it has one."""
        return getattr(self.owner, "code", "") or (self.owner.__name__ if self.owner else "")

    @property
    def value_type(self) -> ValueType:
        """The type of the answer."""
        raise NotImplementedError

    @cached_property
    def node(self) -> Node:
        """The answer to this field, as a node."""
        return Answer(self)

    def shape_problem(self, value: Any) -> str | None:
        """Why a (not missing) value cannot be an answer at all, in Chinese; None when it can be one.

        Conditions (`forms.conditions`) are about values of the right shape; this is about the shape itself.
        """
        raise NotImplementedError


@dataclass(eq=False, repr=False)
class Text(Field):
    """Words. `pattern` is a regular expression the whole text must match, `pattern_hint` says so in Chinese."""

    max_length: int = field(default=200, kw_only=True)
    multiline: bool = field(default=False, kw_only=True)
    pattern: str = field(default="", kw_only=True)
    pattern_hint: str = field(default="格式不对", kw_only=True)

    @property
    def value_type(self) -> ValueType:
        return TEXT

    def shape_problem(self, value: Any) -> str | None:
        if not isinstance(value, str):
            return f"“{self.label}”应为文字"
        if len(value) > self.max_length:
            return f"“{self.label}”最多{self.max_length}个字"
        if self.pattern and not re.fullmatch(self.pattern, value):
            return f"“{self.label}”{self.pattern_hint}"
        return None


@dataclass(eq=False, repr=False)
class Date(Field):
    """A day. `past`: not after the day of entry."""

    past: bool = field(default=False, kw_only=True)

    @property
    def value_type(self) -> ValueType:
        return DATE

    def shape_problem(self, value: Any) -> str | None:
        if isinstance(value, date) and not isinstance(value, datetime):
            return None
        return f"“{self.label}”应为日期，如 2025-03-10"


@dataclass(eq=False, repr=False)
class Moment(Field):
    """An instant, stored in UTC, shown in Asia/Shanghai."""

    @property
    def value_type(self) -> ValueType:
        return MOMENT

    def shape_problem(self, value: Any) -> str | None:
        if isinstance(value, datetime) and value.tzinfo is not None:
            return None
        return f"“{self.label}”应为日期和时间，如 2025-03-10 08:30"


@dataclass(eq=False, repr=False)
class YesNo(Field):
    """Yes or no."""

    @property
    def value_type(self) -> ValueType:
        return TRUTH

    def shape_problem(self, value: Any) -> str | None:
        return None if isinstance(value, bool) else f"“{self.label}”应为是或否"


@dataclass(eq=False, repr=False)
class Quantity(Field):
    """A number. `between` is the hard range (refused outside), `expected` the soft one (asked about), both inclusive;
    `decimals` how many are kept (0: a whole number)."""

    unit: str = field(default="", kw_only=True)
    between: Range | None = field(default=None, kw_only=True)
    expected: Range | None = field(default=None, kw_only=True)
    decimals: int = field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        for what, limits in (("between", self.between), ("expected", self.expected)):
            if limits is None:
                continue
            for limit in limits:
                if isinstance(limit, bool) or not isinstance(limit, int | Decimal):
                    raise DefinitionError(
                        f'{self.label}: {what}= takes whole numbers or Decimal("0.1"), not {limit!r}'
                    )
            if limits[0] > limits[1]:
                raise DefinitionError(
                    f"{self.label}: {what}={limits} is reversed; write {what}={limits[::-1]}"
                )
        if self.between and self.expected:
            low, high = self.between
            if self.expected[0] < low or self.expected[1] > high:
                raise DefinitionError(
                    f"{self.label}: expected={self.expected} must lie within between={self.between}"
                )

    @property
    def value_type(self) -> ValueType:
        return NUMBER

    def shape_problem(self, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return f"“{self.label}”应为数字"
        if isinstance(value, Decimal) and not value.is_finite():
            return f"“{self.label}”应为数字"
        if value != round(Decimal(value), self.decimals):
            return f"“{self.label}”最多{self.decimals}位小数" if self.decimals else f"“{self.label}”应为整数"
        return None


@dataclass(eq=False, repr=False)
class Choice(Field):
    """One option of a value list."""

    options: Options

    @property
    def value_type(self) -> ValueType:
        return code_of(self.options)

    def option(self, code: str) -> Literal:
        """One of the options as a value: `outcome.option("2")`."""
        return Literal(self.options.require(code), self.value_type)

    def shape_problem(self, value: Any) -> str | None:
        return (
            None
            if isinstance(value, str) and value in self.options.by_code
            else _no_option(self.label, value)
        )


@dataclass(eq=False, repr=False)
class Choices(Field):
    """Any number of options of a value list."""

    options: Options

    @property
    def value_type(self) -> ValueType:
        return codes_of(self.options)

    def shape_problem(self, value: Any) -> str | None:
        if not isinstance(value, frozenset | set | tuple | list):
            return f"“{self.label}”应为若干选项"
        for code in sorted(str(each) for each in value):
            if code not in self.options.by_code:
                return _no_option(self.label, code)
        return None


@dataclass(eq=False, repr=False)
class Code(Field):
    """A code of a large table kept elsewhere (ICD-10, drugs, divisions, organizations): `table` names it."""

    table: str

    @property
    def value_type(self) -> ValueType:
        return TEXT

    def shape_problem(self, value: Any) -> str | None:
        return None if isinstance(value, str) else f"“{self.label}”应为代码"


@dataclass(eq=False, repr=False)
class Person(Field):
    """A practitioner, by id: who did it, who signs."""

    @property
    def value_type(self) -> ValueType:
        return PERSON

    def shape_problem(self, value: Any) -> str | None:
        return None if isinstance(value, str) else f"“{self.label}”应选医务人员"


@dataclass(eq=False, repr=False)
class Rows(Field):
    """A small table inside the form: one row group, so many rows."""

    row: type[RowGroup]
    at_most: int = field(default=20, kw_only=True)

    @property
    def value_type(self) -> ValueType:
        return ROWS

    def shape_problem(self, value: Any) -> str | None:
        if not isinstance(value, tuple | list) or not all(isinstance(each, Mapping) for each in value):
            return f"“{self.label}”应为若干行"
        return f"“{self.label}”最多{self.at_most}行" if len(value) > self.at_most else None


FIELD_TYPES: tuple[type[Field], ...] = (
    Text,
    Date,
    Moment,
    YesNo,
    Quantity,
    Choice,
    Choices,
    Code,
    Person,
    Rows,
)


def is_missing(value: Value) -> bool:
    """No answer: None, empty text, no option, no row."""
    return value is None or (not value and isinstance(value, str | frozenset | tuple | set | list))


def _no_option(label: str, value: object) -> str:
    return f"“{label}”没有“{value}”这个选项"
