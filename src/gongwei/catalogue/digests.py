"""Digests of definitions: what a record, a report or a statement cites, so that it can be told which wording it came from.

The digest changes when the meaning changes and only then: it is taken over the definition written out as plain nested
lists in a fixed order, not over source text or memory.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from typing import Any

from gongwei.language.expressions import described
from gongwei.language.fields import Field, Rows
from gongwei.language.forms import FieldGroup, Form


def digest(definition: Any) -> str:
    """SHA-256, in hexadecimal, of a form, decision table, measure, check, service, schedule, parameter or node."""
    plain = written_out(definition)
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def written_out(definition: Any) -> Any:
    """The definition as nested lists of text; a form with all its fields."""
    if isinstance(definition, type) and issubclass(definition, FieldGroup):
        head = (
            [definition.code, definition.title, str(definition.version)]
            if issubclass(definition, Form)
            else []
        )
        return ["form", *head, *(_field(each) for each in definition.fields.values())]
    return described(definition)


def _field(each: Field) -> list[Any]:
    parts: list[Any] = [type(each).__name__, each.name]
    for attribute in fields(each):
        if attribute.name in ("name", "owner", "_", "note", "source", "section"):
            continue
        value = getattr(each, attribute.name)
        parts.append([attribute.name, written_out(value) if isinstance(value, type) else described(value)])
    if isinstance(each, Rows):
        parts.append(written_out(each.row))
    return parts
