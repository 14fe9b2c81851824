"""How COPY reads the answers of very many records: each field's values as the text of its column (`answers.to_columns`)."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from gongwei.base import copy_text
from gongwei.language import fields
from gongwei.records import answers as answering

_PLAIN: dict[type, Callable[[Any], Any]] = {
    Decimal: str, date: date.isoformat, datetime: datetime.isoformat, UUID: str, frozenset: sorted,
}  # fmt: skip


def plain(value: Any) -> Any:
    """See `answers.plain`, of one value JSON has no form for: told by its type at once."""
    return _PLAIN.get(type(value), answering.plain)(value)


#: JSON of lines as they are stored; what JSON has no form for is made plain where it is met.
_lines_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=plain).encode


#: JSON of values with sorted keys, as `digests.canonical` writes values made plain.
_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=plain).encode
#: Values whose JSON is as quickly written as looked up.
_SHORT: dict[type, Callable[[Any], str]] = {
    int: str,
    bool: lambda value: "true" if value else "false",
    Decimal: lambda value: f'"{value}"',
    date: lambda value: f'"{value.isoformat()}"',
}
_written: dict[tuple[type, Any], str] = {}
_MOST = 50_000


def canonical(values: Mapping[str, Any]) -> str:
    """`digests.canonical` of answers made plain, as text: most of what records say was said before."""
    found = []
    for name in sorted(values):
        value = values[name]
        kind = type(value)
        if kind in _SHORT:
            text = _SHORT[kind](value)
        elif kind is str or kind is frozenset:
            known = _written.get((kind, value))
            if known is None:
                known = _canonical(value)
                if len(_written) < _MOST:
                    _written[kind, value] = known
            text = known
        else:
            text = _canonical(value)
        found.append(f'"{name}":{text}')
    return f"{{{','.join(found)}}}"


def as_copied(each: fields.Field) -> Callable[[Any], str]:
    """How COPY reads a value of a field that has the field's shape (`answers.to_columns`)."""
    if isinstance(each, fields.Choices):
        return _chosen(each.options.codes)
    if isinstance(each, fields.Rows):
        return lambda value: copy_text.text(_lines_text(value))
    if isinstance(each, fields.Quantity):
        return str
    if isinstance(each, fields.Choice | fields.Code | fields.Text | fields.Person):
        return lambda value: copy_text.text(str(value))
    return lambda value: copy_text.line([value])


def _chosen(codes: Sequence[str]) -> Callable[[Any], str]:
    """Several options in the order of the form: the same few sets stand in nearly all records."""
    known: dict[frozenset[str], str] = {}

    def write(value: Any) -> str:
        chosen = frozenset(value)
        text = known.get(chosen)
        if text is None:
            text = copy_text.line([[code for code in codes if code in chosen]])
            if len(known) < _MOST:
                known[chosen] = text
        return text

    return write
