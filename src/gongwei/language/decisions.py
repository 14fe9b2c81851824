"""Decision tables: ordered rows, the first that holds wins, the last says that nothing could be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import Expression, Node, as_node
from gongwei.language.forms import Form, check_forms
from gongwei.language.intervals import Interval, Unit, days
from gongwei.language.operators import Case
from gongwei.language.record_nodes import Literal
from gongwei.language.types import TEXT, TRUTH, Room, common_room
from gongwei.language.words import case, fit


@dataclass(frozen=True)
class Advice:
    """What to do next."""

    @property
    def text(self) -> str:
        """In Chinese, as users read it."""
        raise NotImplementedError


@dataclass(frozen=True)
class Refer(Advice):
    """Refer to a higher hospital; `urgent` when life may be in danger. `reason` is a code of the form's list of reasons."""

    urgent: bool = False
    reason: str = ""

    @property
    def text(self) -> str:
        return "紧急转诊" if self.urgent else "转诊"


_UNIT_WORDS = {Unit.DAY: "天", Unit.WEEK: "周", Unit.MONTH: "个月", Unit.QUARTER: "个季度", Unit.YEAR: "年"}


@dataclass(frozen=True)
class Revisit(Advice):
    """See again within this interval instead of the routine one; `late` is how far past it still counts as in time."""

    interval: Interval
    late: Interval = field(default=days(0))
    purpose: str = "随访"

    @property
    def text(self) -> str:
        if not isinstance(self.interval.amount, int):
            return self.purpose
        if self.interval.unit is Unit.DAY and self.interval.amount % 7 == 0:
            return f"{self.interval.amount // 7}周内{self.purpose}"
        return f"{self.interval.amount}{_UNIT_WORDS[self.interval.unit]}内{self.purpose}"


@dataclass(frozen=True)
class Advise(Advice):
    """A sentence of advice."""

    sentence: str

    @property
    def text(self) -> str:
        return self.sentence


@dataclass(frozen=True, eq=False)
class Row:
    """One situation: `when` it holds, the advice, and what it proposes for the form's own answers (a code or an
    expression by field name). `when=None` only in the last row."""

    code: str
    label: str
    when: Expression | None
    advice: tuple[Advice, ...] = ()
    proposes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class DecisionTable:
    """An ordered table on the answers of one form. Rows that are missing do not hold."""

    title: str
    on: type[Form]
    rows: tuple[Row, ...]
    source: str
    code: str = ""

    def __post_init__(self) -> None:
        if not self.rows or self.rows[-1].when is not None:
            raise DefinitionError(
                f"{self.title}: the last row must be what is said when nothing can be said: Row(code, label, when=None)"
            )
        codes, labels = [row.code for row in self.rows], [row.label for row in self.rows]
        for row in self.rows:
            if codes.count(row.code) > 1 or labels.count(row.label) > 1:
                raise DefinitionError(
                    f"{self.title}: row {row.code} {row.label} is there twice; name each row once"
                )
        for row in self.rows[:-1]:
            if row.when is None:
                raise DefinitionError(
                    f"{self.title}: row {row.code} has no condition; when=None ends the table"
                )
            self._check(row, row.when.node)
            if row.when.node.type != TRUTH:
                raise DefinitionError(f"{self.title}: when= of row {row.code} is not a condition")
        for row in self.rows:
            for name, value in row.proposes.items():
                self._check(row, self._proposed(name, value))

    def _check(self, row: Row, node: Node) -> None:
        common_room([Room.RECORD, node.room], f"row {row.code}")
        check_forms(node, self.on, f"{self.title}, row {row.code}")

    def _proposed(self, name: str, value: Any) -> Node:
        if name not in self.on.fields:
            raise DefinitionError(f"{self.title}: {self.on.__name__} has no field {name!r} to propose")
        wanted = self.on.fields[name].value_type
        node = fit(as_node(value), wanted)
        if node.type != wanted:
            raise DefinitionError(f"{self.title}: {name} is a {wanted}, not a {node.type}")
        return node

    def proposed(self, row: Row, name: str) -> Node:
        """What a row proposes for a field, as an expression of the field's type."""
        return self._proposed(name, row.proposes[name])

    @property
    def chosen(self) -> Case:
        """The code of the row that holds, as one expression (for engines that work in columns)."""
        return case(
            *((row.when, row.code) for row in self.rows[:-1]), otherwise=Literal(self.rows[-1].code, TEXT)
        )

    def row(self, code: str) -> Row:
        """The row of that code.

        Raises:
            KeyError: no such row.
        """
        return next((row for row in self.rows if row.code == code), None) or _no_row(self.title, code)

    def proposal(self, name: str) -> Node:
        """What the table proposes for a field, as one expression: missing where the row that holds proposes nothing."""
        wanted = self.on.fields[name].value_type
        values = [
            self._proposed(name, row.proposes[name]) if name in row.proposes else Literal(None, wanted)
            for row in self.rows
        ]
        whens = [row.when.node for row in self.rows if row.when is not None]
        return Case(tuple(zip(whens, values[:-1], strict=True)), values[-1])


def _no_row(title: str, code: str) -> Row:
    raise KeyError(f"{title} has no row {code!r}")
