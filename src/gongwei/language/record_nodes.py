"""The nodes a condition about one record reads (some stand in both rooms): what is written, answered, known, or was before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gongwei.language import words
from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import DayNode, Node, children, walk
from gongwei.language.types import NUMBER, TRUTH, Room, Value, ValueType, common_room

if TYPE_CHECKING:
    from gongwei.language.fields import Field


@dataclass(frozen=True, eq=False)
class Literal(Node):
    """A value written in the definition. `Literal(None, type)` is a missing value of that type."""

    value: Value
    of: ValueType

    @cached_property
    def type(self) -> ValueType:
        return self.of


@dataclass(frozen=True, eq=False, repr=False)
class Answer(Node):
    """What was answered to a field of the record being judged."""

    field: Field

    @property
    def form_code(self) -> str:
        """Code of the form the field belongs to."""
        return self.field.form_code

    @property
    def name(self) -> str:
        """Name of the field within its form."""
        return self.field.name

    @cached_property
    def type(self) -> ValueType:
        return self.field.value_type

    @cached_property
    def room(self) -> Room:
        return Room.RECORD

    def written(self) -> list[Any]:
        """The form and the field by name."""
        return ["answer", self.form_code, self.name]

    def __repr__(self) -> str:
        return f"Answer({self.form_code}.{self.name})"


@dataclass(frozen=True, eq=False)
class Attribute(Node):
    """Something known about the subject itself (`gongwei.language.attributes`), in either room."""

    name: str
    of: ValueType
    label: str = ""

    @cached_property
    def type(self) -> ValueType:
        return self.of


@dataclass(frozen=True, eq=False)
class RecordDay(DayNode):
    """The day the record's service was done (`done_on`)."""

    @cached_property
    def room(self) -> Room:
        return Room.RECORD


@dataclass(frozen=True, eq=False)
class EntryDay(DayNode):
    """The day the record was entered: today at a keyboard, the receipt of a sent record. No clock is asked."""

    @cached_property
    def room(self) -> Room:
        return Room.RECORD


@dataclass(frozen=True, eq=False)
class Parameter(Node):
    """A dated parameter by its full code (`htn.goal_sbp`): the value in force on the record's day, in a period on its
    last day. Missing when none was in force."""

    code: str
    of: ValueType = NUMBER

    def check(self) -> None:
        if "." not in self.code:
            raise DefinitionError(f"Parameter({self.code!r}): write the full code, as in 'htn.{self.code}'")

    @cached_property
    def type(self) -> ValueType:
        return self.of


@dataclass(frozen=True, eq=False)
class EpisodeStart(DayNode):
    """The first day of the subject's latest episode of this kind begun on or before the record's day."""

    episode: str

    @cached_property
    def room(self) -> Room:
        return Room.RECORD


@dataclass(frozen=True, eq=False)
class Previous(Node):
    """`value` as it was in the latest earlier record of the same form and subject, judged on its own day (decision 0018).

    Earlier is by (done_on, id), a total order. `having` passes over records for which it is not True; `within`
    (days) passes over records older than that; a missing `within` sets no limit. Missing when no record is left.
    """

    value: Node
    having: Node | None = None
    within: Node | None = None

    def check(self) -> None:
        if self.having is not None:
            words.require(self.having, TRUTH, "previous(having=...)")
        if self.within is not None:
            words.require(self.within, NUMBER, "previous(within=...)")
        for part in (self.value, self.having, self.within):
            if part is not None and any(isinstance(inner, Previous) for inner in walk(part)):
                raise DefinitionError("previous(...) inside previous(...): only one step back can be said")

    @cached_property
    def type(self) -> ValueType:
        return self.value.type

    @cached_property
    def room(self) -> Room:
        common_room([Room.RECORD, *(child.room for child in children(self))], "previous(...)")
        return Room.RECORD
