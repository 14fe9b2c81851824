"""How COPY reads the answers of very many records: each field's values as the text of its column (`answers.to_columns`)."""

import json
from collections.abc import Callable
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


def as_copied(each: fields.Field) -> Callable[[Any], str]:
    """How COPY reads a value of a field that has the field's shape (`answers.to_columns`)."""
    if isinstance(each, fields.Choices):
        codes = each.options.codes
        return lambda value: copy_text.line([[code for code in codes if code in value]])
    if isinstance(each, fields.Rows):
        return lambda value: copy_text.text(_lines_text(value))
    if isinstance(each, fields.Quantity):
        return str
    if isinstance(each, fields.Choice | fields.Code | fields.Text | fields.Person):
        return lambda value: copy_text.text(str(value))
    return lambda value: copy_text.line([value])
