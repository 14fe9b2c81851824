"""Columns of a table in a snapshot, made from a few values and which of them each row has."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gongwei.language import fields
from gongwei.language.forms import Form
from gongwei.snapshots.exports import MARK, Export

#: Stands in an id for the millisecond in which a UUID of version 7 was made; the rest tells the rows apart.
_HIGH, _LOW, _STEP = 0x01680000_0000_7000, 1 << 63, 0x9E3779B97F4A7C15


def ids(kind: int, numbers: np.ndarray) -> pa.Array:
    """UUIDs, one for each number; none of one kind equals one of another."""
    words = np.empty((len(numbers), 2), dtype=">u8")
    words[:, 0] = _HIGH | kind
    words[:, 1] = (numbers.astype(np.uint64) * np.uint64(_STEP)) & np.uint64(_LOW - 1) | np.uint64(_LOW)
    # The variant bits cost a bit of the product; the number's own bits stay apart as long as there are fewer than 2 to the 62.
    return pa.ExtensionArray.from_storage(
        pa.uuid(),
        pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(numbers), [None, pa.py_buffer(words)]),
    )


def texts(kind: int, numbers: Sequence[int]) -> list[str]:
    """The same ids as text, as a doctor's signature is kept."""
    return [str(each) for each in ids(kind, np.asarray(numbers)).to_pylist()]


def type_of(column: pa.Field) -> pa.DataType:
    """What a column of a snapshot is before it is written: ids are UUID."""
    return pa.uuid() if column.name.endswith("_id") else column.type


class Rows:
    """The rows of one table while they are filled; a column not named stays empty."""

    def __init__(self, export: Export, n: int, rng: np.random.Generator) -> None:
        self.export, self.n, self.rng = export, n, rng
        self._columns: dict[str, pa.Array] = {}
        self._drawn: dict[str, tuple[list[Any], np.ndarray]] = {}

    def put(self, name: str, column: Any) -> None:
        """A column as it is: Arrow, days, or numbers."""
        wanted = type_of(self.export.schema.field(name))
        if not isinstance(column, pa.Array | pa.ChunkedArray):
            column = pa.array(column, type=None if np.asarray(column).dtype.kind == "M" else wanted)
        self._columns[name] = column if column.type == wanted else column.cast(wanted)

    def pick(self, name: str, values: Sequence[Any], which: np.ndarray) -> None:
        """One of a few values for each row; -1: none."""
        self._drawn[name] = list(values), np.asarray(which, dtype=np.int32)

    def draw(self, name: str, values: Sequence[Any], shares: Sequence[float] | None = None) -> np.ndarray:
        """One of a few values by chance; says which."""
        if shares is None:
            which = self.rng.integers(0, len(values), self.n)
        else:
            which = np.searchsorted(np.cumsum(shares[:-1]), self.rng.random(self.n), side="right")
        self.pick(name, values, which)
        return which

    def same(self, value: Any, *names: str) -> None:
        """One value for all rows."""
        for name in names:
            self.pick(name, [value], np.zeros(self.n, dtype=np.int32))

    def tenths(self, name: str, values: np.ndarray) -> None:
        """A quantity with one decimal, given in tenths."""
        self._parts(name, values, 10)

    def hundredths(self, name: str, values: np.ndarray) -> None:
        """A quantity with two decimals, given in hundredths."""
        self._parts(name, values, 100)

    def _parts(self, name: str, values: np.ndarray, of: int) -> None:
        low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
        self.pick(name, [Decimal(each) / of for each in range(low, high + 1)], values - low)

    def only(self, where: np.ndarray, *names: str) -> None:
        """Empty a drawn column elsewhere."""
        for name in names:
            values, which = self._drawn[name]
            self._drawn[name] = values, np.where(where, which, -1)

    def table(self) -> pa.Table:
        """The columns in the order of the snapshot, with the types before writing."""
        found = []
        for column in self.export.schema:
            of = type_of(column)
            if column.name in self._drawn:
                values, which = self._drawn[column.name]
                found.append(pa.array(values, type=of).take(pa.array(which, mask=which < 0)))
            elif column.name in self._columns:
                found.append(self._columns[column.name])
            else:
                found.append(pa.nulls(self.n, of))
        return pa.Table.from_arrays(
            found, schema=pa.schema([pa.field(each.name, type_of(each)) for each in self.export.schema])
        )


class Answers(Rows):
    """The rows of a form: answers as a form takes them, several codes of 多选 as a list, words as the mark of a snapshot."""

    def __init__(self, form: type[Form], export: Export, n: int, rng: np.random.Generator) -> None:
        super().__init__(export, n, rng)
        self.form = form

    def pick(self, name: str, values: Sequence[Any], which: np.ndarray) -> None:
        """As in Rows; a single code of a 多选 need not be a list."""
        field = self.form.fields.get(name)
        if isinstance(field, fields.Choices):
            values = [[each] if isinstance(each, str) else each for each in values]
        elif isinstance(field, fields.Text):
            values = [MARK for _ in values]
        super().pick(name, values, which)

    def unanswered(self, where: np.ndarray, *, but: Sequence[str]) -> None:
        """Empty every answer on some rows, but those named."""
        for name in self.form.fields:
            if name in but:
                continue
            if name in self._drawn:
                self.only(~where, name)
            elif name in self._columns:
                column = self._columns[name]
                self._columns[name] = pc.if_else(pa.array(where), pa.scalar(None, column.type), column)
