"""Services that are paid for: which records count as one."""

from __future__ import annotations

from dataclasses import dataclass

from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import Expression, as_node
from gongwei.language.forms import Form, check_forms
from gongwei.language.intervals import Unit
from gongwei.language.types import TRUTH, Room, common_room


@dataclass(frozen=True, eq=False)
class ServiceItem:
    """One record of the form counts as one service where `counts_if` is True; never more than `at_most` of a subject in
    each `per` (4 in a year). Its price is no part of it: prices are dated policy."""

    code: str
    title: str
    on: type[Form]
    counts_if: Expression
    source: str
    unit: str = "人次"
    at_most: int | None = None
    per: Unit = Unit.YEAR

    def __post_init__(self) -> None:
        node = as_node(self.counts_if)
        if node.type != TRUTH:
            raise DefinitionError(f"{self.title}: counts_if= is not a condition")
        common_room([Room.RECORD, node.room], f"service {self.title}")
        check_forms(node, self.on, f"service {self.title}")
        if self.at_most is not None and self.at_most < 1:
            raise DefinitionError(f"{self.title}: at_most={self.at_most}; write 1 or more, or leave it out")
