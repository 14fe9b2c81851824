"""Rows as COPY reads them, written out here: for a table of fifty columns a third of the time the driver takes."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

NULL = r"\N"
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_IN_ARRAY = str.maketrans({"\\": r"\\", '"': r"\""})


def dumps(value: Any) -> str:
    """JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def cell(value: Any) -> str:
    """A value as COPY reads it. Raises TypeError for a type no table here holds."""
    if value is None:
        return NULL
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, int | Decimal | UUID):
        return str(value)
    if isinstance(value, dt.date):  # moments are dates too
        return value.isoformat()
    if isinstance(value, bytes):
        return rf"\\x{value.hex()}"
    if isinstance(value, Jsonb):
        return dumps(value.obj).translate(_ESCAPES)
    if isinstance(value, list):
        return ("{" + ",".join(f'"{str(each).translate(_IN_ARRAY)}"' for each in value) + "}").translate(
            _ESCAPES
        )
    raise TypeError(f"no COPY text for {type(value).__name__}")


def line(values: Iterable[Any]) -> str:
    """Values of neighbouring columns, with no end of line."""
    return "\t".join(map(cell, values))


def copy(table: str, names: Sequence[str], lines: Iterable[str]) -> None:
    """Add rows, as the owner of the table: COPY does not pass row-level security."""
    # Made before COPY takes the connection: making a row may ask the database (a key, a parameter).
    content = "".join(f"{each}\n" for each in lines)
    if not content:
        return
    with connection.cursor() as cursor, cursor.copy(f"copy {table} ({', '.join(names)}) from stdin") as to:
        to.write(content)
