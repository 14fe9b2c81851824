"""Writers of the sheets that are no forms and no residents: areas, organizations, staff, families, managed diseases.

`checking.Work` asks `of(layout)` and lets the writer check or apply a portion inside its transaction. The same row twice is
`existing`; the same code with other content is `rejected`, and what differs is named.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from gongwei.base.actors import Actor
from gongwei.interfaces.excel.parsing import Line, Parser

#: (state of UploadRow, what was made or is there already: an organization, practitioner, membership, episode;
#: an area as UUID(int=its code)). `packages` keeps it in `UploadRow.response_id`.
Outcome = tuple[str, UUID | None]


@dataclass(frozen=True)
class Made:
    """An applied row as undoing needs it: the row's id, what it made, its values read again."""

    row_id: UUID
    made: UUID
    line: Line


class Writer(Protocol):
    """What each kind has. A file of such a kind is checked and applied as one portion (`whole`), since rows lean on others."""

    whole: bool

    def __init__(self, by: Actor, parser: Parser) -> None: ...

    def check(self, at: dt.datetime, lines: Sequence[Line]) -> list[Outcome]:
        """What would become of the lines; nothing is written."""

    def apply(self, at: dt.datetime, lines: Sequence[Line]) -> list[Outcome]:
        """Write the lines, in the order they need (parents first), within the caller's transaction."""

    def undo(self, at: dt.datetime, rows: Sequence[Made]) -> list[str]:
        """Take back what rows made, the last first; for each row "" when done, else why it stays (Chinese)."""


def of(code: str) -> Any:
    """The writer class of a kind; None for residents and forms."""
    raise NotImplementedError
