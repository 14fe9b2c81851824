"""Rows out of PostgreSQL in columns, one way for all: streamed by ADBC as Arrow and typed by DuckDB for a snapshot
(`source`, `file_of`); or, where the rows of the present transaction are wanted, by COPY on the session in hand (`in_hand`).
"""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import adbc_driver_postgresql.dbapi
import duckdb
import pyarrow as pa
from django.db import connection
from pyarrow import csv

from gongwei.snapshots.exports import MARK, Export

#: What DuckDB calls the Arrow types of a snapshot's columns.
_NAMES = {
    pa.string(): "VARCHAR",
    pa.date32(): "DATE",
    pa.bool_(): "BOOLEAN",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
}
#: Rows of a group in the files: one page of persons reads the group of their village and no more.
ROW_GROUP = 24_576
_SETTINGS = ("set local work_mem = '128MB'", "set local jit = off", "set local statement_timeout = 0")


def type_name(of: pa.DataType) -> str:
    """What DuckDB calls an Arrow type. Raises KeyError for a type no column of a snapshot has."""
    if pa.types.is_decimal(of):
        return f"DECIMAL({of.precision},{of.scale})"
    if pa.types.is_list(of):
        return f"{type_name(of.value_type)}[]"
    if pa.types.is_struct(of):
        return "STRUCT(" + ", ".join(f'"{each.name}" {type_name(each.type)}' for each in of) + ")"
    return _NAMES[of]


def json_shape(of: pa.DataType) -> str:
    """The structure of a nested type as DuckDB's `from_json` wants it."""
    if pa.types.is_list(of):
        return f"[{json_shape(of.value_type)}]"
    if pa.types.is_struct(of):
        return "{" + ",".join(f'"{each.name}":{json_shape(each.type)}' for each in of) + "}"
    return f'"{type_name(of)}"'


def typed(column: str, given: pa.DataType, wanted: pa.DataType, words: frozenset[str] = frozenset()) -> str:
    """The SQL that gives a column as PostgreSQL sent it the type of a snapshot's column; ids stay UUID.

    `words`: the parts of rows of which only a mark is kept.
    """
    plain = given.storage_type if isinstance(given, pa.BaseExtensionType) else given
    if pa.types.is_string(wanted) and isinstance(given, pa.UuidType):
        return column
    if pa.types.is_nested(wanted) and pa.types.is_string(plain):
        rows = f"from_json({column}, '{json_shape(wanted)}')"
        if not words:
            return rows
        parts = ", ".join(f'"{each.name}" := {_part(each.name, words)}' for each in wanted.value_type)
        return f"list_transform({rows}, lambda x: struct_pack({parts}))"
    if plain == wanted and plain is given:
        return column
    return f"{column}::{type_name(wanted)}"


def _part(name: str, words: frozenset[str]) -> str:
    return marked(f'x."{name}"') if name in words else f'x."{name}"'


def marked(column: str) -> str:
    """The SQL, for either database, of a column of typed words: missing and empty as they are, a mark for the rest."""
    return f"case when {column} <> '' then '{MARK}' else {column} end"


class Source:
    """A session of PostgreSQL that gives the rows of queries as Arrow batches, all of one shared moment."""

    def __init__(self, session: Any) -> None:
        self._session = session

    @contextmanager
    def rows(self, query: str, told: Callable[[int], None]) -> Iterator[pa.RecordBatchReader]:
        """The rows of a query, streamed while the block runs; `told` hears of every batch that came (rows)."""
        with self._session.cursor() as cursor:
            cursor.execute(query)
            reader = cursor.fetch_record_batch()

            def counted() -> Iterator[pa.RecordBatch]:
                for batch in reader:
                    told(batch.num_rows)
                    yield batch

            yield pa.RecordBatchReader.from_batches(reader.schema, counted())


@contextmanager
def source(address: str, exported: str) -> Iterator[Source]:
    """A session on an exported snapshot (`cutting.Holder.exported`)."""
    with adbc_driver_postgresql.dbapi.connect(address, autocommit=True) as session:
        with session.cursor() as cursor:
            for statement in (
                "begin isolation level repeatable read read only",
                f"set transaction snapshot '{exported}'",
                *_SETTINGS,
            ):
                cursor.execute(statement)
        yield Source(session)


def file_of(rows: pa.RecordBatchReader, export: Export, path: str, engine: duckdb.DuckDBPyConnection) -> int:
    """Write the rows of a table into a Parquet file, typed and sorted as it says; returns how many."""
    schema = export.schema
    parts = [
        f'{typed(f"c{place}", given.type, wanted.type, export.words.get(wanted.name, frozenset()))} as "{wanted.name}"'
        for place, (given, wanted) in enumerate(zip(rows.schema, schema, strict=True))
    ]
    names = ", ".join(f"c{place}" for place in range(len(schema)))
    by = ", ".join(f'"{name}"' for name in export.order if name in schema.names)
    engine.register("as_read", rows)
    try:
        found = engine.execute(
            f"copy (select {', '.join(parts)} from as_read as as_read({names}) {f'order by {by}' if by else ''}) "
            f"to '{path}' (format parquet, compression zstd, compression_level 1, row_group_size {ROW_GROUP})"
        ).fetchone()
    finally:
        engine.unregister("as_read")
    return int(found[0]) if found else 0


def in_hand(query: str, types: Mapping[str, pa.DataType]) -> pa.Table:
    """The rows of a query as the transaction in hand sees them; nested values are asked for as their JSON text.

    They travel as text, because ADBC cannot join a session of Django's; a caller takes piece after piece.
    """
    text = io.BytesIO()
    with connection.cursor() as cursor, cursor.copy(f"copy ({query}) to stdout (format csv)") as copy:
        for block in copy:
            text.write(block)
    if not text.tell():
        return pa.schema(list(types.items())).empty_table()
    text.seek(0)
    return csv.read_csv(
        text,
        read_options=csv.ReadOptions(column_names=list(types), block_size=16 << 20),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=dict(types),
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
