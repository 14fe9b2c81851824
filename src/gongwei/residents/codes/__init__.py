"""Code tables (code_tables.md): form codes, standard codes, valid dates and crosswalks, read from YAML. Pure.

The form code is the number printed on the national form and typed by village doctors; the standard code is what
exchange speaks. A code never changes its meaning: tables have dates, and older versions convert by name
(`education_form_v2` runs the other way round than `education_form_v3`).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Code:
    """One entry: the code, its names, where it goes in other tables, and how it may be used.

    `emit` False: accepted on import, never sent. `local` True: a local addition, sent as what it maps to in its
    own table. `today`: what the thing is called since the schemes were merged.
    """

    code: str
    zh: str
    en: str = ""
    maps: Mapping[str, str] = field(default_factory=dict)
    emit: bool = True
    local: bool = False
    unknown: bool = False
    exclusive: bool = False
    needs_text: bool = False
    today: str = ""
    letters: str = ""


@dataclass(frozen=True)
class Table:
    """A code table with its standard and the dates it holds for (`valid_until` exclusive)."""

    table_id: str
    title: str
    standard: str
    valid_from: dt.date
    valid_until: dt.date | None
    codes: Mapping[str, Code]

    def valid_on(self, day: dt.date) -> bool:
        """Whether the table held on a day."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    def choices(self) -> list[tuple[str, str]]:
        """Return (code, Chinese name) of what may be chosen on a page."""
        return [(code.code, code.zh) for code in self.codes.values() if code.emit]


class UnknownCode(KeyError):
    """A table or a code that does not exist, or has no counterpart; the text is Chinese."""

    def __str__(self) -> str:
        return str(self.args[0])


@cache
def tables() -> Mapping[str, Table]:
    """Return every table by its id."""
    found: dict[str, Table] = {}
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        for table_id, raw in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            found[table_id] = _table(table_id, raw)
    return found


def _table(table_id: str, raw: dict[str, Any]) -> Table:
    entries: dict[str, Code] = {}
    for item in (raw.get("letters") or raw.get("pairs") or "").split(","):
        if item:
            code, zh, *letters = item.split(" ")
            maps = dict(raw.get("otherwise", {})) if code != "01" else {"ethnicity_form_v3": "01"}
            entries[code] = Code(code, zh, maps=maps if "letters" in raw else {}, letters="".join(letters))
    for first, last, zh, form in raw.get("ranges", ()):
        for code in range(int(first), int(last) + 1):
            entries[str(code)] = Code(str(code), zh, maps={raw["range_map"]: form})
    for code, more in raw["codes"].items():
        entries[code] = Code(code, **more)
    return Table(
        table_id,
        raw["title"],
        raw.get("standard", ""),
        raw["valid_from"],
        raw.get("valid_until"),
        entries,
    )


def table(table_id: str) -> Table:
    """Return a table; raises UnknownCode."""
    try:
        return tables()[table_id]
    except KeyError:
        raise UnknownCode(f"没有代码表“{table_id}”。") from None


def entry(table_id: str, code: str) -> Code:
    """Return an entry; raises UnknownCode."""
    found = table(table_id).codes.get(code)
    if found is None:
        raise UnknownCode(f"{table(table_id).title}中没有代码“{code}”。")
    return found


def name(table_id: str, code: str) -> str:
    """Return the Chinese name of a code; a code that is not in the table stands for itself."""
    found = table(table_id).codes.get(code)
    return found.zh if found else code


def crosswalk(from_table: str, code: str, to_table: str) -> str:
    """Return the counterpart of a code in another table, or in its own table for codes that are not sent.

    Raises UnknownCode when the tables have none.
    """
    found = entry(from_table, code)
    if to_table in found.maps:
        return found.maps[to_table]
    if from_table == to_table:
        return code
    raise UnknownCode(f"{table(from_table).title}的代码“{code}”在“{table(to_table).title}”中没有对应。")


def outward(table_id: str, code: str) -> str:
    """Return the code to send: local additions and codes that are only accepted become their counterpart."""
    found = entry(table_id, code)
    return found.maps.get(table_id, code) if found.local or not found.emit else code
