"""Checks: what must hold of one record, and what looks wrong in many records of one person."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import Expression, Node, as_node
from gongwei.language.forms import Form, check_forms
from gongwei.language.intervals import Unit
from gongwei.language.types import ASK, NUMBER, TRUTH, Room, Severity, common_room


@dataclass(frozen=True, eq=False)
class RecordCheck:
    """Must hold of a record; complains only where it is False. Runs at entry, at import and in bulk.

    message: what the user reads; the title when it is not given. fields: where the message is shown.
    """

    title: str
    on: type[Form]
    holds: Expression
    then: Severity
    message: str = ""
    code: str = ""
    fields: tuple[str, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        if self.node.type != TRUTH:
            raise DefinitionError(f"{self.title}: holds= is not a condition")
        common_room([Room.RECORD, self.node.room], f"check {self.title}")
        check_forms(self.node, self.on, f"check {self.title}")
        for name in self.fields:
            if name not in self.on.fields:
                raise DefinitionError(f"{self.title}: {self.on.__name__} has no field {name!r}")

    @property
    def node(self) -> Node:
        """What must hold."""
        return as_node(self.holds)

    @property
    def text(self) -> str:
        """What the user reads."""
        return self.message or self.title


class Per(enum.StrEnum):
    """Whose records a pattern check looks at together."""

    PRACTITIONER = "practitioner"
    ORGANIZATION = "organization"


PRACTITIONER, PER_ORGANIZATION = Per.PRACTITIONER, Per.ORGANIZATION


@dataclass(frozen=True, eq=False)
class PatternCheck:
    """A pattern in many records: the share of records for which `share_of` is True, among those for which it is known,
    reaches a limit. It yields a question with its evidence, never a verdict, so `then` is always ASK.

    deviations: also where the share is so many standard deviations above the mean of all who have `at_least` records.
    """

    title: str
    on: type[Form]
    share_of: Expression
    above: Expression
    per: Per = PRACTITIONER
    over: Unit = Unit.QUARTER
    at_least: int = 50
    where: Expression | None = None
    then: Severity = ASK
    code: str = ""
    source: str = ""
    deviations: Expression | None = None

    def __post_init__(self) -> None:
        if self.then is not ASK:
            raise DefinitionError(f"{self.title}: a statistic asks, a person decides; write then=ASK")
        for what, condition in (("share_of", self.share_of), ("where", self.where)):
            if condition is not None:
                node = as_node(condition)
                if node.type != TRUTH:
                    raise DefinitionError(f"{self.title}: {what}= is not a condition")
                check_forms(node, self.on, f"check {self.title}")
        for what, said in (("above", self.above), ("deviations", self.deviations)):
            limit = None if said is None else as_node(said)
            if limit is not None and (limit.type != NUMBER or limit.room is not Room.ANY):
                raise DefinitionError(f"{self.title}: {what}= takes a number or a Parameter")
