"""Facts and measures: what is counted of a subject in a period, by named parts.

A measure cannot count somebody in the numerator who is not in the denominator: both are built here from the same
parts, so that numerator ⊆ denominator and exclusions hold by construction, and the drill-down can say *why not*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import Expression, Node, as_node
from gongwei.language.operators import Not
from gongwei.language.periods import FactValue
from gongwei.language.record_nodes import Literal
from gongwei.language.types import RESIDENT, TRUTH, About, Room, Value, ValueType
from gongwei.language.words import all_hold


@dataclass(frozen=True, eq=False, init=False, repr=False)
class Fact(Expression):
    """Something known of one subject in one period, under a Chinese name: the only door from records to periods.

    `if_none` stands in when the value is missing: `Fact("最近一次血压达标", ..., if_none=False)`. `code` names the column of the
    person-period table; the catalogue takes the module's name for the fact when it is not given.
    """

    label: str
    value: Node
    if_none: Value
    code: str

    def __init__(self, label: str, value: Any, *, if_none: Value = None, code: str = "") -> None:
        node = as_node(value)
        if node.room is Room.RECORD:
            raise DefinitionError(
                f"{label}: a fact is about a period; bring the record's condition in with Form.latest_in(PERIOD, ...), "
                "Form.any_in(PERIOD, ...) or Form.count_in(PERIOD, where=...)"
            )
        if if_none is not None and as_node(if_none).type != node.type:
            raise DefinitionError(f"{label}: if_none={if_none!r} is not a {node.type}")
        object.__setattr__(self, "label", label)
        object.__setattr__(self, "value", node)
        object.__setattr__(self, "if_none", if_none)
        object.__setattr__(self, "code", code)

    def __repr__(self) -> str:
        return f"Fact({self.label})"

    @property
    def value_type(self) -> ValueType:
        """The type of the value."""
        return self.value.type

    @cached_property
    def node(self) -> Node:
        """The fact's value as a node."""
        return FactValue(self)


def as_fact(value: Any, label: str = "") -> Fact:
    """The fact itself, or an expression under that name."""
    return value if isinstance(value, Fact) else Fact(label or repr(value), value)


@dataclass(frozen=True, eq=False)
class Parts:
    """Conditions about a period that must all hold, each a fact with a name the drill-down shows."""

    facts: tuple[Fact, ...]

    def __post_init__(self) -> None:
        labels = [fact.label for fact in self.facts]
        for fact in self.facts:
            if fact.value.type != TRUTH:
                raise DefinitionError(
                    f"{fact.label}: a part is a condition; compare the {fact.value.type} with something"
                )
            if labels.count(fact.label) > 1:
                raise DefinitionError(
                    f"two parts are called {fact.label}; the drill-down could not tell them apart"
                )

    @property
    def holds(self) -> Node:
        """All parts hold."""
        return all_hold(*self.facts) if self.facts else Literal(True, TRUTH)


def all_of(*parts: Fact | Mapping[str, Any]) -> Parts:
    """`all_of({"随访按期": FOLLOW_UP.kept_in(PERIOD), ...})` or `all_of(fact, fact)`: the parts of a numerator."""
    facts: list[Fact] = []
    for part in parts:
        if isinstance(part, Mapping):
            facts.extend(Fact(label, as_node(value)) for label, value in part.items())
        else:
            facts.append(part)
    return Parts(tuple(facts))


@dataclass(frozen=True)
class Published:
    """A denominator that is data, not a count of records: 常住人口, 管理任务数, 活产数, by area and year, with its source and
    approval. A rate says which it used."""

    code: str
    label: str


#: What of a measure an official code means.
RATE, NUMERATOR, DENOMINATOR = "rate", "numerator", "denominator"


@dataclass(frozen=True)
class KnownAs:
    """A code under which targets and published figures know a measure: its rate, or the persons above or below the line."""

    code: str
    of: str = RATE

    def __post_init__(self) -> None:
        if self.of not in (RATE, NUMERATOR, DENOMINATOR):
            raise DefinitionError(f"{self.code}: of={self.of!r}; write {RATE}, {NUMERATOR} or {DENOMINATOR}")


@dataclass(frozen=True)
class Sampled:
    """The persons a measure is about are a list that on-site checks draw from: its code in seeds (for ever the same), its title."""

    code: str
    title: str

    def __post_init__(self) -> None:
        if not (self.code.isascii() and self.code.isalnum() and self.code.isupper()) or not self.title:
            raise DefinitionError(f"sample list {self.code!r}: write a code of capital letters, and a title")


@dataclass(frozen=True, eq=False)
class Measure:
    """An official figure: how many of those it is about (denominator, less exclusions) have all parts.

    Without a numerator it is a count of the denominator. With a `Published` denominator the numerator is counted
    among `among` and divided by the published number of the area.

    Attributes:
        denominator: whom the figure is about. exclusions: who is left out of both sides though eligible, for a named
        reason; only a True reason excludes. numerator: named parts, all of which must be True.
        per: what the rate is multiplied by when shown (100: per cent). known_as: its codes in targets and published figures;
        a name, no part of the meaning, so the digest does not change with it. cumulative: services of the year earn it, so it
        grows until December and is compared with the part of the target the months gone make; likewise not in the digest.
        sampled: that on-site checks draw persons from those it is about; likewise.
    """

    code: str
    title: str
    denominator: Fact | Published
    numerator: Parts | None = None
    exclusions: Parts = field(default_factory=lambda: Parts(()))
    among: Fact | None = None
    source: str = ""
    about: About = RESIDENT
    per: int = 100
    note: str = ""
    known_as: tuple[KnownAs, ...] = field(default=(), compare=False)
    cumulative: bool = field(default=False, compare=False)
    sampled: Sampled | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not self.source:
            raise DefinitionError(f"{self.code}: write source=, the paragraph the figure comes from")
        if isinstance(self.denominator, Published):
            if self.among is None or self.numerator is None:
                raise DefinitionError(
                    f"{self.code}: with a published denominator write among= and numerator="
                )
        elif self.among is not None:
            raise DefinitionError(f"{self.code}: among= is for a published denominator only")
        if self.base.value.type != TRUTH:
            raise DefinitionError(
                f"{self.code}: the denominator must be a condition, not a {self.base.value.type}"
            )

    @property
    def base(self) -> Fact:
        """The fact that says whom the counting is about."""
        if isinstance(self.denominator, Published):
            assert self.among is not None
            return self.among
        return self.denominator

    @property
    def excluded(self) -> Node:
        """Some reason for exclusion is True; never missing."""
        reasons = [fact.if_missing(False) for fact in self.exclusions.facts]
        return Not(all_hold(*(Not(reason) for reason in reasons))) if reasons else Literal(False, TRUTH)

    @property
    def in_denominator(self) -> Node:
        """Counted in the denominator: True or False, never missing."""
        return self.base.if_missing(False) & Not(self.excluded)

    @property
    def in_numerator(self) -> Node:
        """Counted in the numerator: in the denominator, and every part True. Never missing: unknown never earns."""
        parts = self.numerator.facts if self.numerator else ()
        return all_hold(self.in_denominator, *(fact.if_missing(False) for fact in parts))

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every named part: base, exclusions, numerator, in order."""
        return (self.base, *self.exclusions.facts, *(self.numerator.facts if self.numerator else ()))
