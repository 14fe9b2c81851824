"""Services that are paid for: which records count as one, and what a record lacks that does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gongwei.language.episodes import Episode
from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import Expression, Node, as_node
from gongwei.language.forms import Form, check_forms
from gongwei.language.intervals import Unit
from gongwei.language.schedules import Contact
from gongwei.language.types import TRUTH, Room, common_room
from gongwei.language.words import all_hold

#: What a part that does not hold means, for whoever asks why a service is not paid.
NOT_ELIGIBLE, NOT_COMPLETED, NOT_FACE_TO_FACE, INCOMPLETE = (
    "not_eligible",
    "not_completed",
    "not_face_to_face",
    "incomplete",
)
PART_REASONS = (NOT_ELIGIBLE, NOT_COMPLETED, NOT_FACE_TO_FACE, INCOMPLETE)


@dataclass(frozen=True, eq=False)
class Part:
    """One thing a record must have to be paid. label: what it is, in a few words; reason: what it means when it does not hold."""

    label: str
    holds: Expression
    reason: str = INCOMPLETE

    def __post_init__(self) -> None:
        if self.reason not in PART_REASONS:
            raise DefinitionError(f"{self.label}: reason={self.reason!r}; write one of {PART_REASONS}")


@dataclass(frozen=True, eq=False)
class ServiceItem:
    """One record of the form counts as one service where `counts_if` is True; never more than `at_most` of a subject in
    each `per` (4 in a year). Its price is no part of it: prices are dated policy.

    Attributes:
        parts: in place of `counts_if`, its parts in order: the first that is not True is why a record does not count.
        about: which records the service is about at all (a follow-up at home); others of the form are not its business.
        series: services of one series on one form share days, windows and `at_most` (four follow-ups, in the clinic or at home).
        episode: the kind of management a resident must be under on the day of the service.
        contact: the expected contact whose window must be open; after a record for which `reopens_if` holds the next may
            follow at once, since it was advised.
    """

    code: str
    title: str
    on: type[Form]
    counts_if: Expression | None = None
    source: str = ""
    unit: str = "人次"
    at_most: int | None = None
    per: Unit = Unit.YEAR
    parts: Sequence[Part] = ()
    about: Expression | None = None
    series: str = ""
    episode: Episode | None = None
    contact: Contact | None = None
    reopens_if: Expression | None = None

    def __post_init__(self) -> None:
        if (self.counts_if is None) == (not self.parts):
            raise DefinitionError(f"{self.title}: write counts_if= or parts=, one of them")
        if not self.source:
            raise DefinitionError(f"{self.title}: write its source")
        if self.counts_if is not None:
            object.__setattr__(self, "parts", (Part("符合计入条件", self.counts_if),))
        object.__setattr__(self, "parts", tuple(self.parts))
        for what, condition in self._conditions():
            node = as_node(condition)
            if node.type != TRUTH:
                raise DefinitionError(f"{self.title}: {what} is not a condition")
            common_room([Room.RECORD, node.room], f"service {self.title}")
            check_forms(node, self.on, f"service {self.title}")
        if self.counts_if is None:
            object.__setattr__(self, "counts_if", all_hold(*(each.holds for each in self.parts)))
        if not self.series:
            object.__setattr__(self, "series", self.code)
        if self.at_most is not None and self.at_most < 1:
            raise DefinitionError(f"{self.title}: at_most={self.at_most}; write 1 or more, or leave it out")
        if self.contact is not None and (self.contact.every is None or self.contact.form is not self.on):
            raise DefinitionError(
                f"{self.title}: contact= is an expected contact on {self.on.code} with every="
            )

    def _conditions(self) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = [
            ("counts_if=" if self.counts_if is not None else f"part {each.label}", each.holds)
            for each in self.parts
        ]
        found += [("about=", self.about)] if self.about is not None else []
        return found + ([("reopens_if=", self.reopens_if)] if self.reopens_if is not None else [])

    @property
    def counted(self) -> Node:
        """When a record counts, as a node."""
        return as_node(self.counts_if)
