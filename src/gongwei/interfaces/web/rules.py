"""The rules of a form as the page's script runs them: the very definitions, written by `engines.phone`.

Nothing about persons is in them, so they are made once, carry their digest in their address and are kept by the browser.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gongwei import catalogue
from gongwei.engines import phone, phone_definitions
from gongwei.records import definitions


@dataclass(frozen=True)
class Rules:
    """Rules ready to be sent. `looks_back`: the answers of earlier records they ask for."""

    form_code: str
    content: bytes
    digest: str
    looks_back: frozenset[str]


def of(form_code: str) -> Rules:
    """The rules of a form with its tables, contact, checks and the parameters they name.

    Raises:
        Refused: no such form.
    """
    return _made(form_code, id(catalogue.current()))


@lru_cache(maxsize=200)
def _made(form_code: str, _catalogue: int) -> Rules:
    definition = definitions.of(form_code)
    said: dict[str, Any] = {
        "form": phone_definitions.form_json(definition.form),
        "checks": [phone_definitions.check_json(each) for each in definition.checks],
        "table": phone_definitions.table_json(definition.tables[0]) if definition.tables else None,
        "contact": phone_definitions.contact_json(definition.contact) if definition.contact else None,
    }
    named = sorted({node[-1] for node in _nodes(said, "Parameter")})
    parameters = catalogue.current().parameters
    said["parameters"] = {
        code: [[phone.value_json(since), phone.value_json(value)] for since, value in parameters.steps(code)]
        for code in named
    }
    looks_back = frozenset(
        answer[2] for earlier in _nodes(said, "Previous") for answer in _nodes(earlier, "Answer")
    )
    content = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return Rules(form_code, content, hashlib.sha256(content).hexdigest()[:16], looks_back)


def _nodes(said: Any, name: str) -> Iterator[list[Any]]:
    """All nodes of that name, at any depth."""
    if isinstance(said, dict):
        for each in said.values():
            yield from _nodes(each, name)
    elif isinstance(said, list):
        if said and said[0] == name and isinstance(said[-1], str | list | type(None)):
            yield said
        for each in said:
            yield from _nodes(each, name)
