"""The mapping file of a package: whose sheet is what, their columns and codes in our words (YAML, written by a person)."""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Any

NAMES = ("mapping.yaml", "mapping.yml", "对应.yaml", "对应.yml")
SKIP = "skip"


@dataclass(frozen=True)
class Entry:
    """What the file says of the sources its patterns fit. `columns`: their heading → our heading or identifier, "" = left out."""

    file: str
    sheet: str = "*"
    kind: str = ""
    reason: str = ""
    heading_row: int | None = None
    columns: AnyMapping[str, str] = field(default_factory=dict)
    options: AnyMapping[str, AnyMapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Mapping:
    """A mapping file as read; `text` is kept with the package."""

    entries: tuple[Entry, ...]
    text: str

    def entry(self, path: str, sheet: str) -> Entry | None:
        """The first entry that fits."""
        raise NotImplementedError


def read(text: str | bytes) -> Mapping:
    """Read a mapping file. Raises Refused naming the entry and what is wrong with it."""
    raise NotImplementedError


def written(entries: list[dict[str, Any]]) -> str:
    """A mapping file as text, with comments that say how to go on."""
    raise NotImplementedError
