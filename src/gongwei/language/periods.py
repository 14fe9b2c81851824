"""Conditions about one subject in one period, and the doors through which a record's condition enters them.

`PERIOD` stands for the period a definition is asked about, from `PERIOD.first` to `PERIOD.last`, both inclusive.
Records inside a period are those done on its days. Parameters are those of the period's last day, except inside a
record's own condition, where the record's day counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import Node, as_node
from gongwei.language.intervals import Unit
from gongwei.language.operators import Not
from gongwei.language.types import DATE, NUMBER, TRUTH, Room, ValueType, common_room
from gongwei.language.words import compare, require

if TYPE_CHECKING:
    from gongwei.language.forms import Form
    from gongwei.language.measures import Fact

    FormClass = type[Form]


class _PeriodNode(Node):
    """A node that can only be about a period."""

    @cached_property
    def room(self) -> Room:
        return Room.PERIOD


@dataclass(frozen=True, eq=False)
class PeriodEdge(_PeriodNode):
    """The first or the last day of the period."""

    which: str  # "first" or "last"

    @cached_property
    def type(self) -> ValueType:
        return DATE


class Period:
    """The place holder for the period asked about. There is one: `PERIOD`."""

    first = PeriodEdge("first")
    last = PeriodEdge("last")


PERIOD = Period()


@dataclass(frozen=True, eq=False)
class FactValue(_PeriodNode):
    """The value of a fact; `if_none` in its place when it is missing."""

    fact: Fact

    def written(self) -> list[Any]:
        """The name, what it is made of, and what stands in for it."""
        return ["fact", self.fact.label, self.fact.value.written(), str(self.fact.if_none)]

    def operands(self) -> Iterator[Node]:
        """What the fact is made of."""
        yield self.fact.value

    @cached_property
    def type(self) -> ValueType:
        return self.fact.value.type


@dataclass(frozen=True, eq=False)
class EpisodeOverlaps(_PeriodNode):
    """The subject had an episode of this kind on at least one day of the period. Never missing."""

    episode: str

    @cached_property
    def type(self) -> ValueType:
        return TRUTH


@dataclass(frozen=True, eq=False)
class EpisodeActiveOn(_PeriodNode):
    """The subject had an episode of this kind on that day. Missing when the day is."""

    episode: str
    day: Node

    def check(self) -> None:
        require(self.day, DATE, "active_on")
        common_room([Room.PERIOD, self.day.room], "active_on(...)")

    @cached_property
    def type(self) -> ValueType:
        return TRUTH


@dataclass(frozen=True, eq=False)
class EpisodeUnits(_PeriodNode):
    """In how many calendar months, quarters or years of the period the subject had an episode of this kind."""

    episode: str
    unit: Unit

    def check(self) -> None:
        if self.unit not in (Unit.MONTH, Unit.QUARTER, Unit.YEAR):
            raise DefinitionError("units_in(...) counts months, quarters or years")

    @cached_property
    def type(self) -> ValueType:
        return NUMBER


@dataclass(frozen=True, eq=False)
class CountIn(_PeriodNode):
    """How many records of the form in the period (for which `where` is True), or on how many distinct days, months,
    quarters or years. Never missing."""

    form: FormClass
    where: Node | None = None
    distinct_on: Unit | None = None

    def check(self) -> None:
        _record_condition(self.where, "count_in(where=...)")
        if self.distinct_on is Unit.WEEK:
            raise DefinitionError("count_in(distinct_on=...) takes day, month, quarter or year")

    @cached_property
    def type(self) -> ValueType:
        return NUMBER


@dataclass(frozen=True, eq=False)
class LatestIn(_PeriodNode):
    """`value` at the latest record of the form in the period, by (done_on, id), among those for which `where` is True.
    Missing when there is none, or when the value is missing there: an earlier known value does not step in.

    ever: of all records up to the period's last day, however long ago (a form filled once in a life)."""

    form: FormClass
    value: Node
    where: Node | None = None
    ever: bool = False

    def written(self) -> list[Any]:
        """As before `ever` there was, where it is not asked for: a digest changes with the meaning only."""
        parts = super().written()
        return parts if self.ever else parts[:-1]

    def check(self) -> None:
        common_room([Room.RECORD, self.value.room], "latest_in(...)")
        _record_condition(self.where, "latest_in(where=...)")

    @cached_property
    def type(self) -> ValueType:
        return self.value.type


@dataclass(frozen=True, eq=False)
class WidestGapIn(_PeriodNode):
    """The greatest number of days without a record (for which `where` is True) while under management in the period.

    For each span of the episode's days in the period: from its first day to the first record, between neighbouring
    records, from the last record to its last day; a span without records counts from its first to its last day.
    Missing when no episode touches the period.
    """

    form: FormClass
    where: Node | None
    episode: str

    def check(self) -> None:
        _record_condition(self.where, "widest_gap_in(where=...)")

    @cached_property
    def type(self) -> ValueType:
        return NUMBER


@dataclass(frozen=True, eq=False)
class UnansweredIn(_PeriodNode):
    """How many records in the period call for another (`where` is True) that did not come: no record of
    `answer_form` for which `answer` is True was done after it (a later day) and within so many days.

    A call whose days have not run out by the period's last day and which has no answer yet is not counted. An answer
    may come after the period's end. `within` is taken on the period's last day; a missing one counts nothing.
    """

    form: FormClass
    where: Node
    answer_form: FormClass
    answer: Node | None
    within: Node

    def check(self) -> None:
        _record_condition(self.where, "unanswered_in(where=...)")
        _record_condition(self.answer, "unanswered_in(answer=...)")
        require(self.within, NUMBER, "unanswered_in(within=...)")
        common_room([Room.PERIOD, self.within.room], "unanswered_in(within=...)")

    @cached_property
    def type(self) -> ValueType:
        return NUMBER


#: Nodes that carry a record's condition inside: walking stops here when one room is meant.
DOORS = (CountIn, LatestIn, WidestGapIn, UnansweredIn)


def any_in(form: FormClass, where: Any = None) -> Node:
    """At least one record of the form in the period (for which the condition is True)."""
    return compare("ge", CountIn(form, None if where is None else as_node(where)), 1)


def never_in(form: FormClass, where: Any = None) -> Node:
    """No record of the form in the period (for which the condition is True)."""
    return Not(any_in(form, where))


def check_period(period: object, what: str) -> None:
    """Refuse anything but PERIOD: a definition is written once and asked about any period."""
    if not isinstance(period, Period):
        raise DefinitionError(
            f"{what}: write PERIOD; which period is meant is said when the definition is run"
        )


def _record_condition(node: Node | None, what: str) -> None:
    if node is not None:
        require(node, TRUTH, what)
        common_room([Room.RECORD, node.room], what)
