"""Rows as COPY reads them, written out here: for a table of fifty columns a third of the time the driver takes."""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

NULL = r"\N"
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_TO_ESCAPE = re.compile(r"[\\\t\n\r]").search
_IN_ARRAY = str.maketrans({"\\": r"\\", '"': r"\""})
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def text(value: str) -> str:
    """A text as COPY reads it."""
    return value.translate(_ESCAPES) if _TO_ESCAPE(value) else value


def plain_json(value: Any) -> str:
    """A value of a JSON column as COPY reads it."""
    return text(_encode(value))


def _array(value: list[Any]) -> str:
    return text("{" + ",".join(f'"{str(each).translate(_IN_ARRAY)}"' for each in value) + "}")


def key(value: UUID) -> str:
    """An id as PostgreSQL reads it: without hyphens, a quarter of the time `str` takes."""
    return "%032x" % value.int  # noqa: UP031 - an f-string takes half as long again


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: text,
    bool: lambda value: "t" if value else "f",
    int: str,
    Decimal: str,
    UUID: key,
    dt.date: dt.date.isoformat,
    dt.datetime: dt.datetime.isoformat,
    bytes: lambda value: rf"\\x{value.hex()}",
    Jsonb: lambda value: plain_json(value.obj),
    list: _array,
}


def _other(value: Any) -> str:
    """A str by another name, such as a text of choices. Raises TypeError for a type no table here holds."""
    for kind, writer in _WRITERS.items():
        if isinstance(value, kind):
            return writer(value)
    raise TypeError(f"no COPY text for {type(value).__name__}")


def line(values: Iterable[Any]) -> str:
    """Values of neighbouring columns, with no end of line. Raises TypeError for a type no table here holds."""
    writer = _WRITERS.get
    return "\t".join([NULL if value is None else writer(type(value), _other)(value) for value in values])


def copy(table: str, names: Sequence[str], lines: Iterable[str]) -> None:
    """Add rows, as the owner of the table: COPY does not pass row-level security. Raises Django's database errors."""
    # Made before COPY takes the connection: making a row may ask the database (a key, a parameter).
    content = "".join(f"{each}\n" for each in lines)
    if not content:
        return
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"copy {table} ({', '.join(names)}) from stdin") as to,
    ):
        to.write(content)
