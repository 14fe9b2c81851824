"""Arrays into PostgreSQL: binary COPY through ADBC.

Rows go in as the owner of the tables: COPY does not pass row-level security, and no request ever runs here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import pyarrow as pa


def json_column(values: Sequence[Any]) -> pa.Array:
    """A jsonb column for binary COPY: format version 1, then the text."""
    return pa.array(
        [
            None if value is None else b"\x01" + json.dumps(value, ensure_ascii=False).encode()
            for value in values
        ],
        pa.binary(),
    )


def constant_json(value: Any, n: int) -> pa.Array:
    """A jsonb column that holds one value `n` times."""
    return repeated(b"\x01" + json.dumps(value, ensure_ascii=False).encode(), n, pa.binary())


def repeated(value: Any, n: int, kind: pa.DataType) -> pa.Array:
    """A column that holds one value `n` times; None makes it null."""
    if value is None:
        return pa.nulls(n, kind)
    return pa.repeat(pa.scalar(value, kind), n)


def uuid_column(ids: np.ndarray) -> pa.Array:
    """A uuid column from an array of shape (n, 16) of bytes."""
    n = len(ids)
    data = pa.py_buffer(np.ascontiguousarray(ids, dtype=np.uint8).tobytes())
    offsets = pa.py_buffer((np.arange(n + 1, dtype=np.int32) * 16).tobytes())
    return pa.BinaryArray.from_buffers(pa.binary(), n, [None, offsets, data])


def id_array(keys: list[Any]) -> np.ndarray:
    """UUIDs as an array of shape (n, 16)."""
    return np.frombuffer(b"".join(key.bytes for key in keys), dtype=np.uint8).reshape(len(keys), 16)


def seeded_ids(rng: np.random.Generator, milliseconds: np.ndarray) -> np.ndarray:
    """UUIDs of version 7 (RFC 9562) from instants in milliseconds since 1970: shape (n, 16) of bytes."""
    n = len(milliseconds)
    ids = rng.integers(0, 256, (n, 16), dtype=np.uint8)
    stamp = milliseconds.astype(">u8").view(np.uint8).reshape(n, 8)
    ids[:, :6] = stamp[:, 2:]
    ids[:, 6] = 0x70 | (ids[:, 6] & 0x0F)
    ids[:, 8] = 0x80 | (ids[:, 8] & 0x3F)
    return ids


def days_column(days: np.ndarray) -> pa.Array:
    """A date column; NaT becomes null."""
    return pa.array(days.astype("datetime64[D]"), pa.date32())


def instants_column(instants: np.ndarray) -> pa.Array:
    """A timestamptz column from datetime64 in UTC; NaT becomes null."""
    return pa.array(instants.astype("datetime64[us]"), pa.timestamp("us", "UTC"))


class Copy:
    """One ADBC connection that appends Arrow tables; rows are durable after `commit`."""

    def __init__(self, url: str) -> None:
        self._connection = adbc.connect(url)
        self.rows = 0

    def append(self, table: str, columns: dict[str, pa.Array]) -> int:
        """Append rows by binary COPY; returns their number."""
        data = pa.table(columns)
        with self._connection.cursor() as cursor:
            cursor.adbc_ingest(table, data, mode="append")
        self.rows += data.num_rows
        return data.num_rows

    def commit(self) -> None:
        """Make the rows so far durable."""
        self._connection.commit()

    def close(self) -> None:
        """Close without keeping rows that were not committed."""
        self._connection.close()
