"""The hand-written measures in PostgreSQL: the same rows in indexed, analysed tables, the same statements in its dialect."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import duckdb
import psycopg

SCHEMA = "bench_measures"
#: Rows fields are lists of structures; here only whether there are any matters.
_TYPES = {
    "UUID": "uuid", "VARCHAR": "text", "DATE": "date", "BOOLEAN": "boolean", "INTEGER": "integer", "BIGINT": "bigint",
    "VARCHAR[]": "text[]", "TIMESTAMP WITH TIME ZONE": "timestamptz",
}  # fmt: skip


def schemas(
    database: Any, text: str, *, without: list[str], named_only: bool
) -> dict[str, list[tuple[str, str]]]:
    """The columns with their types of the views the statements name: all but some, or only those named."""
    words = set(re.findall(r"\w+", text)) | {"subject_id", "record_id", "done_on"}
    views = {
        name for (name,) in database.sql("select view_name from duckdb_views() where not internal").fetchall()
    }
    return {
        name: [
            (column, of)
            for column, of, *_ in database.sql(f'describe "{name}"').fetchall()
            if (column in words if named_only else column not in without)
        ]
        for name in sorted(words & views - {"responses", "changed"})
    }


def load(
    snapshot: Path, tables: dict[str, Any], schemas: dict[str, list[tuple[str, str]]], address: str
) -> None:
    """The tables with these columns, indexed as somebody who knows the statements would."""
    with psycopg.connect(address, autocommit=True) as server, duckdb.connect() as reader:
        server.execute(f"drop schema if exists {SCHEMA} cascade")
        server.execute(f"create schema {SCHEMA}")
        for name, columns in schemas.items():
            said = ", ".join(f'"{column}" {_type(of)}' for column, of in columns)
            server.execute(f'create table {SCHEMA}."{name}" ({said})')
            if name in tables:
                _copy(server, reader, snapshot / name / "part-0.parquet", name, columns, tables[name])
            if name == "subjects":
                server.execute(f'alter table {SCHEMA}."{name}" add primary key (subject_id)')
            elif name == "episodes":
                server.execute(f"create index on {SCHEMA}.episodes (kind, subject_id)")
            else:
                server.execute(f'create index on {SCHEMA}."{name}" (subject_id, done_on)')
                server.execute(f'create index on {SCHEMA}."{name}" (done_on)')
        for name in schemas:
            server.execute(f'vacuum analyze {SCHEMA}."{name}"')


def _type(of: str) -> str:
    if of.startswith("DECIMAL"):
        return "numeric"
    return "text[]" if of.startswith("STRUCT") else _TYPES[of]


def _copy(
    server: Any, reader: Any, path: Path, name: str, columns: list[tuple[str, str]], table: dict[str, Any]
) -> None:
    stored = {column for column, _ in table["columns"]}
    there = [(column, of) for column, of in columns if column in stored]
    picked = ", ".join(
        f"""case when "{c}" is not null then '{{' || array_to_string("{c}", ',') || '}}' end""" if of == "VARCHAR[]"
        else f'null as "{c}"' if of.startswith("STRUCT") else f'"{c}"'
        for c, of in there
    )  # fmt: skip
    csv = path.with_suffix(".csv")
    reader.execute(
        f"copy (select {picked} from read_parquet('{path}')) to '{csv}' (format csv, header false)"
    )
    named = ", ".join(f'"{column}"' for column, _ in there)
    with (
        server.cursor() as cursor,
        cursor.copy(f'copy {SCHEMA}."{name}" ({named}) from stdin (format csv)') as copy,
        csv.open("rb") as file,
    ):
        while block := file.read(1 << 20):
            copy.write(block)
    csv.unlink()


def translated(text: str, *, carried: bool) -> str:
    """The statements of measures_duckdb.sql in PostgreSQL's dialect.

    carried: records have their resident's birth date beside them, as in a snapshot; else, as in a county, residents have it.
    """
    if not carried:
        text = text.replace("/* of subjects */", "join subjects using (subject_id)")
        text = text.replace("subject_birth_date", "birth_date")
    text = text.replace("create or replace temp table", "create temp table")
    text = re.sub(r"interval (\d+) (year|month)", r"interval '\1 \2'", text)
    text = re.sub(r"interval 1 year", "interval '1 year'", text)
    text = re.sub(r"\byear\(([^()]*(?:\([^()]*\))?[^()]*)\)", r"extract(year from \1)::int", text)
    text = re.sub(r"\bquarter\(([^()]*)\)", r"extract(quarter from \1)::int", text)
    text = re.sub(r"list_contains\((\w+), ('[^']*')\)", r"(\2 = any(\1))", text)
    text = re.sub(r"list_has_any\((\w+), \[([^\]]*)\]\)", r"(\1 && array[\2])", text)
    text = re.sub(r"len\((\w+)\)", r"cardinality(\1)", text)
    text = re.sub(
        r"arg_max\((.*?), struct_pack\(d := done_on, r := record_id\)\)",
        r"(array_agg(\1 order by done_on desc, record_id desc))[1]",
        text,
        flags=re.DOTALL,
    )
    # No IGNORE NULLS: the last one in order is the greatest of day and id, with what it said behind.
    text = re.sub(
        r"last_value\(case when completed and measured then \{.*?\} end\s+ignore nulls\)",
        "max(case when completed and measured then to_char(done_on, 'YYYYMMDD') || record_id || "
        "case when reacted then '1' else '0' end || case when not controlled then '1' else '0' end end collate \"C\")",
        text,
        flags=re.DOTALL,
    )
    text = text.replace("before['on']", "to_date(left(before, 8), 'YYYYMMDD')")
    text = text.replace("before['reacted']", "substr(before, 45, 1) = '1'").replace(
        "before['bad']", "substr(before, 46, 1) = '1'"
    )
    return re.sub(
        r"unnest\(range\((.*?), (.*?) \+ 1\)\) as q", r"generate_series(\1, \2) as q", text, flags=re.DOTALL
    )


def run(text: str, address: str) -> tuple[float, list[dict[str, Any]]]:
    """The statements one after the other; how long, and the rows of figures."""
    lines: list[dict[str, Any]] = []
    with psycopg.connect(address) as server, server.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        cursor.execute(f"set search_path to {SCHEMA}; set work_mem = '512MB'; set jit = off")
        cursor.execute("set max_parallel_workers_per_gather = 2")
        began = time.monotonic()
        for statement in text.split("\n-----\n"):
            cursor.execute(statement)
            if cursor.description:
                lines += cursor.fetchall()
            elif found := re.search(r"create temp table (\w+)", statement):
                cursor.execute(f"analyze {found[1]}")
        return time.monotonic() - began, lines
