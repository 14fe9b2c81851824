"""National targets by year, read from `policies/national/targets.yaml`: dated values with their source and how sure it is.

Counties set their own in the system (`measures.targets`); these stand where nobody has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

import yaml

from gongwei.language.errors import DefinitionError

#: How a value is compared with its target; UP: better than the year before, without a number.
OPS = (">=", ">", "=", "<=")
UP = "up"
PER_CENT, PERSONS = "%", "人"


@dataclass(frozen=True)
class DatedTarget:
    """What is asked in a year. unit: per cent of a rate, or persons. mark: S read in a source, K known, ? unsure.

    upto: the source names a range, of which `value` is the lower end. scope: held for an area or a county only ("" nation-wide).
    area, town, level, document: of a target that is an area's own.
    """

    code: str
    year: int
    op: str
    value: Decimal | None
    unit: str
    source: str
    mark: str = ""
    upto: Decimal | None = None
    scope: str = ""
    area: str = ""
    town: str = ""
    level: str = "national"

    def __post_init__(self) -> None:
        if self.op not in (*OPS, UP) or (self.op == UP) != (self.value is None):
            raise DefinitionError(f"{self.code} {self.year}: op={self.op!r} with value={self.value!r}")
        if not self.source:
            raise DefinitionError(f"{self.code} {self.year}: write its source")


@dataclass(frozen=True)
class Targets:
    """All of the file. coming: codes of what is still to be built, with the service they belong to."""

    titles: Mapping[str, str]
    coming: Mapping[str, str]
    national: tuple[DatedTarget, ...]
    areas: tuple[DatedTarget, ...]

    def on(self, code: str, year: int) -> DatedTarget | None:
        """What is asked nation-wide in a year: of that year, else of the latest year before it, since a target stands until
        another is set. Its `year` says which."""
        held = [each for each in self.national if each.code == code and not each.scope and each.year <= year]
        return max(held, key=lambda each: each.year, default=None)


@cache
def current() -> Targets:
    """The file, read once.

    Raises:
        DefinitionError: a code without a title, a value that is no number in quotation marks, a year twice.
    """
    text = resources.files("gongwei").joinpath("policies/national/targets.yaml").read_text(encoding="utf-8")
    return read(yaml.safe_load(text))


def read(data: Mapping[str, Any]) -> Targets:
    """Targets from plain data (see the file).

    Raises:
        DefinitionError: as `current`.
    """
    sources: Mapping[int, str] = data["sources"]
    national = tuple(_target(each, sources.get(each["year"], "")) for each in data["targets"])
    areas = tuple(_target(each, each.get("document", "")) for each in data.get("areas", ()))
    seen: set[tuple[str, int, str]] = set()
    for each in national:
        key = (each.code, each.year, each.scope)
        if key in seen:
            raise DefinitionError(f"{each.code} {each.year} stands twice")
        seen.add(key)
    for each in (*national, *areas):
        if each.code not in data["titles"]:
            raise DefinitionError(f"{each.code}: write its title")
    return Targets(dict(data["titles"]), dict(data["coming"]), national, areas)


def _target(entry: Mapping[str, Any], source: str) -> DatedTarget:
    known = {
        "code",
        "year",
        "op",
        "value",
        "unit",
        "mark",
        "upto",
        "scope",
        "area",
        "town",
        "level",
        "document",
    }
    if unknown := set(entry) - known:
        raise DefinitionError(f"{entry}: unknown {sorted(unknown)}")
    return DatedTarget(
        code=entry["code"],
        year=entry["year"],
        op=entry["op"],
        value=_number(entry, "value"),
        unit=entry["unit"],
        source=source,
        mark=entry.get("mark", ""),
        upto=_number(entry, "upto"),
        scope=entry.get("scope", ""),
        area=entry.get("area", ""),
        town=entry.get("town", ""),
        level=entry.get("level", "national"),
    )


def _number(entry: Mapping[str, Any], name: str) -> Decimal | None:
    value = entry.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise DefinitionError(f"{entry['code']} {entry['year']}: write {name} in quotation marks")
    return Decimal(value)
