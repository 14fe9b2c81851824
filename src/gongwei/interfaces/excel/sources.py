"""What a package holds: every sheet of every file, one *source* each, read lazily, a row at a time.

    with sources.opened(path) as package:
        for source in package:
            if source.problem: ...                       # the file cannot be read: Refused, in words
            said = sources.told(source, package.mapping) # Told | NeedsMapping | Skipped
            for row in source.rows(said.plan): ...       # RawRow; `source.left_out` says what is no row, when read to the end

A package is a folder, a zip or a single file (.xlsx, .xls, .csv). Nothing is dropped in silence: a file that is no data is
named in `package.notes`, a row that is no row (合计, a repeated heading) in `source.left_out`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gongwei.base.problems import Refused
from gongwei.interfaces.excel.cells import Raw
from gongwei.interfaces.excel.headings import Plan
from gongwei.interfaces.excel.mapping_files import Mapping
from gongwei.interfaces.excel.reading import RawRow


@dataclass(frozen=True)
class LeftOut:
    """A row that is no row of data: where it stands, why, what it says."""

    number: int
    reason: str
    text: str


@dataclass
class Source:
    """One sheet. `path` inside the package with "/" between its parts; `place` counts the sheets of the file from 0."""

    path: str
    sheet: str
    place: int
    problem: Refused | None = None
    encoding: str = ""
    notes: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    left_out_count: int = 0

    @property
    def title(self) -> str:
        """How messages name it: the path, with the sheet where a file has several."""
        raise NotImplementedError

    def head(self) -> list[list[Raw]]:
        """The first rows, enough to find the heading."""
        raise NotImplementedError

    def rows(self, plan: Plan) -> Iterator[RawRow]:
        """The rows of data below the heading; can be asked again, `left_out` then begins anew."""
        raise NotImplementedError


@dataclass(frozen=True)
class Told:
    """The kind of a source and how it is read. `how`: template, mapping, name or headings.

    `options`: by identifier, their value → our code, as `parsing.Parser` takes it.
    """

    kind: str
    plan: Plan
    how: str
    options: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Skipped:
    """A source the mapping file leaves out knowingly."""

    reason: str


@dataclass(frozen=True)
class NeedsMapping:
    """A source nobody can tell. `proposal` is what to write into the mapping file (see `mapping_files.written`)."""

    message: str
    hint: str
    proposal: dict[str, Any]


class Package:
    """An opened package: its sources, its mapping file if it holds one, and what was left aside."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.mapping: Mapping | None = None

    def __iter__(self) -> Iterator[Source]:
        """The sources, sorted by path and place: always the same order."""
        raise NotImplementedError


@contextmanager
def opened(package: Path | bytes, *, name: str = "", mapping: Mapping | None = None) -> Iterator[Package]:
    """Open a folder, a zip or a single file; `mapping` goes before the one inside. Files of a zip are closed at the end.

    Raises Refused for what is no package: a bomb, a password, paths that lead outside, nothing to import inside, a mapping
    file that cannot be read.
    """
    raise NotImplementedError


def told(source: Source, mapping: Mapping | None = None) -> Told | NeedsMapping | Skipped:
    """What kind a source is: by hidden identifiers, else the mapping file, else its name, else its headings."""
    raise NotImplementedError


def proposed(unknown: Sequence[NeedsMapping]) -> str:
    """The mapping file that would tell some sources, to be looked through by a person (`--propose-mapping`)."""
    raise NotImplementedError
