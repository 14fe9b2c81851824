"""The latest values of measurements from other forms than the one to be filled: an exam's pressure beside a follow-up's.

A question on two forms is one question when both carry the same standard code and unit (house.md §6). One statement for a
page, however many forms it asks.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from gongwei import catalogue
from gongwei.base import prepared
from gongwei.language import fields, forms, types
from gongwei.records import columns, definitions

#: Records of each other form that are looked at; as many values as a page shows.
LATEST = 3


@dataclass(frozen=True)
class Value:
    """One value: as it was written, its day, and in short the form it stands on."""

    words: str
    on: dt.date
    form: str


_LOINC = fields.LOINC("").system
#: What a measurement is: its standard code and its unit.
Key = tuple[str, str]


def key_of(field: fields.Field) -> Key | None:
    """What a field measures; None for one that is no measurement with a LOINC code."""
    if isinstance(field, fields.Quantity) and field.code is not None and field.code.system == _LOINC:
        return field.code.code, field.unit
    return None


def latest(resident_id: UUID, form_codes: Collection[str]) -> dict[Key, list[Value]]:
    """Values other forms have of what these forms measure, newest first. The caller logs the look at the resident."""
    asked = _asked(tuple(form_codes))
    if asked is None:
        return {}
    found: dict[Key, list[Value]] = {}
    rows = prepared.execute(asked.statement, [resident_id] * asked.tables)
    for form, day, values in sorted(rows, key=lambda row: row[1], reverse=True):
        known = json.loads(values, parse_float=str, parse_int=str)
        for key, names in asked.names[form].items():
            # Two arms measured: the higher one counts (physical_exam.md §3, vector 4).
            said = [known[name] for name in names if known.get(name) is not None]
            if said:
                found.setdefault(key, []).append(Value(max(said, key=float), day, asked.titles[form]))
    return found


@dataclass(frozen=True)
class _Asked:
    statement: str
    tables: int
    names: dict[str, dict[Key, list[str]]]
    titles: dict[str, str]


@lru_cache(maxsize=200)
def _asked(form_codes: tuple[str, ...]) -> _Asked | None:
    """The statement for these forms; None when no other form measures what they do."""
    wanted = {key for code in form_codes for key, _ in _measured(definitions.of(code).form)}
    contacts = {contact.form.code for contact in catalogue.contacts()}
    parts, names, titles = [], {}, {}
    for code in sorted(set(columns.all_models()) - set(form_codes)):
        definition = definitions.of(code)
        mine: dict[Key, list[str]] = {}
        for key, name in _measured(definition.form):
            if key in wanted:
                mine.setdefault(key, []).append(name)
        # A form that is no contact (专案) repeats what was measured in one.
        if not mine or code not in contacts or definition.form.about is not types.RESIDENT:
            continue
        names[code], titles[code] = mine, _brief(definition.form.title)
        pairs = ", ".join(f"'{name}', \"{name}\"" for each in mine.values() for name in each)
        table = columns.model_for(code)._meta.db_table
        parts.append(
            f"(select '{code}', done_on, jsonb_build_object({pairs}) from {table} "
            f"where resident_id = %s and live order by done_on desc, response_id desc limit {LATEST})"
        )
    return _Asked(" union all ".join(parts), len(parts), names, titles) if parts else None


def _brief(title: str) -> str:
    """A form's title as it stands beside a number: 健康体检表 is 健康体检."""
    for ending in ("服务记录表", "记录表", "登记表", "记录", "表"):
        if title.endswith(ending):
            return title.removesuffix(ending)
    return title


def _measured(form: type[forms.Form]) -> Iterator[tuple[Key, str]]:
    for name, field in form.fields.items():
        if (key := key_of(field)) is not None:
            yield key, name
