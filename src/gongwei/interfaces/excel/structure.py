"""Writers of the sheets that are no forms and no residents: areas, organizations, staff, families, managed diseases.

`checking.Work` asks `of(code)` and lets the writer check or apply a portion inside its transaction. The same row twice is
`existing`; the same code with other content is `rejected`, and what differs is named.
"""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base.actors import Actor
from gongwei.base.problems import Refused, Several
from gongwei.interfaces.excel import layouts, parsing, staging
from gongwei.interfaces.excel.models import UploadRow
from gongwei.interfaces.excel.parsing import Line, Parser

State = UploadRow.State
#: (state of UploadRow, what was made or is there already: an organization, practitioner, membership, episode;
#: an area as UUID(int=its code)). `packages` keeps it in `UploadRow.response_id`.
Outcome = tuple[str, UUID | None]


@dataclass(frozen=True)
class Made:
    """An applied row as undoing needs it: the row's id, what it made, its values read again."""

    row_id: UUID
    made: UUID
    line: Line


class Writer(ABC):
    """What each kind has. A file of a `whole` kind is checked and applied as one portion, since its rows lean on each other."""

    whole: bool

    def __init__(self, by: Actor, parser: Parser) -> None:
        self.by, self.parser = by, parser

    def check(self, at: dt.datetime, lines: Sequence[Line]) -> list[Outcome]:
        """What would become of the lines: they are written and taken back."""
        with transaction.atomic():
            outcomes = self.apply(at, lines)
            transaction.set_rollback(True)
        found: list[Outcome] = []
        for line, (state, made) in zip(lines, outcomes, strict=True):
            if state == State.APPLIED:
                found.append((State.QUESTIONED if line.wrong else State.ACCEPTED, None))
            else:
                found.append((state, made))
        return found

    def apply(self, at: dt.datetime, lines: Sequence[Line]) -> list[Outcome]:
        """Write the lines, in the order they need (parents first), within the caller's transaction."""
        found: dict[int, Outcome] = {}
        good = []
        for line in lines:
            self._required(line)
            if any(each.severity == "block" for each in line.wrong):
                found[line.position] = State.REJECTED, None
            else:
                good.append(line)
        for line, outcome in zip(good, self._write(at, good), strict=True):
            found[line.position] = outcome
        return [found[line.position] for line in lines]

    @abstractmethod
    def undo(self, at: dt.datetime, rows: Sequence[Made]) -> list[str]:
        """Take back what rows made; for each row "" when done, else why it stays (Chinese)."""

    @abstractmethod
    def _write(self, at: dt.datetime, lines: Sequence[Line]) -> list[Outcome]:
        """Write lines whose cells are good; an outcome for each."""

    @staticmethod
    def taken_back(made: UUID) -> bool:
        """Whether an earlier package made it and took it back: then it may come again."""
        return made in staging.taken_back([made])

    def _required(self, line: Line) -> None:
        told = {each.identifier for each in line.wrong}
        for column in self.parser.layout.columns:
            if column.required and column.identifier not in line.values and column.identifier not in told:
                self.say(line, column.identifier, f"请填写“{column.heading}”", rule="required")

    def say(
        self,
        line: Line,
        identifier: str,
        reason: str,
        hint: str = "",
        rule: str = "differs",
        severity: str = "block",
    ) -> None:
        """Put something beside a cell of the line."""
        line.wrong.append(self.parser.wrong(line, identifier, reason, hint, rule, severity))

    def one(self, line: Line, doing: Callable[[], Outcome]) -> Outcome:
        """Do a line in a savepoint; what is refused is put beside its cells."""
        outcome: list[Outcome] = []
        problem = self._tried(lambda: outcome.append(doing()))
        if problem is None:
            return outcome[0]
        problems = problem.problems if isinstance(problem, Several) else [problem]
        parsing.refused(self.parser, line, problems)
        return State.REJECTED, None

    @staticmethod
    def _tried(doing: Callable[[], Any]) -> Refused | None:
        try:
            with transaction.atomic():
                doing()
        except Refused as refused:
            return refused
        return None

    def differing(self, line: Line, kept: Mapping[str, Any]) -> bool:
        """Name what a line says otherwise than what is kept; what the line leaves empty is not compared."""
        found = False
        for identifier, (value, shown) in kept.items():
            typed = line.values.get(identifier)
            if typed is None or typed == value:
                continue
            heading = self.parser.layout.by_identifier[identifier].heading
            self.say(
                line,
                identifier,
                f"系统中已有，“{heading}”不同，系统中为“{shown}”",
                "如需修改，请在系统中办理。",
            )
            found = True
        return found


class OneByOne(Writer):
    """Places and staff: some thousand rows that lean on each other."""

    whole = True

    def undo(self, at: dt.datetime, rows: Sequence[Made]) -> list[str]:
        """See `Writer.undo`; the last first."""
        told = []
        for row in rows:
            problem = self._tried(lambda row=row: self._undo(at, row))  # type: ignore[misc]
            told.append(problem.message.rstrip("。") if problem else "")
        return told

    @abstractmethod
    def _undo(self, at: dt.datetime, row: Made) -> None:
        """Take back one row; raises Refused with why it stays."""


def of(code: str) -> Any:
    """The writer class of a kind; None for residents and forms."""
    # Here, because the writers stand above this module.
    from gongwei.interfaces.excel import structure_people, structure_places, structure_residents

    return {
        layouts.AREAS: structure_places.Areas,
        layouts.ORGANIZATIONS: structure_places.Organizations,
        layouts.PRACTITIONERS: structure_people.Practitioners,
        layouts.HOUSEHOLDS: structure_residents.Households,
        layouts.EPISODES: structure_residents.Episodes,
    }.get(code)
