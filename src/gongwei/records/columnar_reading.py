"""Records of the present transaction laid out for the columnar engine: PostgreSQL by COPY into Arrow, DuckDB over it.

Residents are taken in ranges of their ids, because a rule may look back at a resident's earlier records: all records of a
resident are in the same piece, and memory does not grow with the county.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import duckdb
import pyarrow as pa
from django.db import connection

from gongwei.engines import columnar
from gongwei.language import fields, forms, nodes
from gongwei.language.expressions import Node, walk
from gongwei.records import columns
from gongwei.residents import exports as residents_exports
from gongwei.snapshots import moving

#: Residents taken at once.
PIECE = 100_000
NOBODY, EVERYBODY = UUID(int=0), UUID(int=2**128 - 1)
_SUBJECTS = (
    f"select r.id, {residents_exports.ATTRIBUTES} from residents_resident r "
    "where r.id > '{after}' and r.id <= '{until}'"
)
_EPISODES = """
select e.resident_id, e.kind, e.started_on, e.ended_on from records_episode e
where e.state in ('active', 'ended') and e.resident_id > '{after}' and e.resident_id <= '{until}'
"""
_RECORDS = """
select t.resident_id, t.response_id, (p.entered_at at time zone 'Asia/Shanghai')::date, t.done_on{columns}
from {table} t join records_response p on p.id = t.response_id
where t.live and t.resident_id > '{after}' and t.resident_id <= '{until}'
"""


def end_of_piece(after: UUID, size: int = PIECE) -> UUID:
    """The id that ends a piece of so many residents after a place; EVERYBODY at the end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from residents_resident where id > %s order by id offset %s limit 1", [after, size - 1]
        )
        row = cursor.fetchone()
    return row[0] if row else EVERYBODY


def answers_in(form: type[forms.Form], asked: Iterable[Node], also: Iterable[str] = ()) -> list[str]:
    """The fields of a form that conditions name, and some others, in the form's order; `done_on` stands in every table."""
    named = {
        node.name
        for each in asked
        for node in walk(each)
        if isinstance(node, nodes.Answer) and node.name in form.fields
    } | set(also)
    return [name for name in form.fields if name in named and name != "done_on"]


def register_subjects(database: duckdb.DuckDBPyConnection, after: UUID, until: UUID) -> None:
    """Give DuckDB the tables `subjects` and `episodes` of a range of residents (after < id <= until)."""
    for name, query, schema in (
        ("subjects", _SUBJECTS, columnar.arrow_subjects()),
        ("episodes", _EPISODES, columnar.arrow_episodes()),
    ):
        types = {each.name: each.type for each in schema}
        database.register(name, moving.in_hand(query.format(after=after, until=until), types))


def records(form: type[forms.Form], names: Iterable[str], after: UUID, until: UUID) -> pa.Table:
    """The records in force of a form of a range of residents, with these answers; lists and rows as their JSON."""
    schema = columnar.arrow_schema(form)
    table = columns.model_for(form.code)._meta.db_table
    names = list(names)
    picked = "".join(f", {_read(name, form.fields[name])}" for name in names)
    own = {
        "subject_id": pa.string(),
        "record_id": pa.string(),
        "entered_on": pa.date32(),
        "done_on": pa.date32(),
    }
    return moving.in_hand(
        _RECORDS.format(columns=picked, table=table, after=after, until=until),
        own | {name: _as_read(schema.field(name).type) for name in names},
    )


def create_table(
    database: duckdb.DuckDBPyConnection, form: type[forms.Form], names: Iterable[str], rows: pa.Table
) -> None:
    """Make DuckDB's table of a form from its records as read: lists and rows made of their JSON."""
    schema = columnar.arrow_schema(form)
    parts = ["subject_id", "record_id", "entered_on", "done_on"]
    for name in names:
        of = schema.field(name).type
        nested = pa.types.is_list(of)
        parts.append(
            f"""from_json("{name}", '{moving.json_shape(of)}') as "{name}\"""" if nested else f'"{name}"'
        )
    database.register("as_read", rows)
    database.execute(f'create table "{form.code}" as select {", ".join(parts)} from as_read')
    database.unregister("as_read")


def _read(name: str, field: fields.Field) -> str:
    """How a column is asked of PostgreSQL so that its text can be read again."""
    match field:
        case fields.Choices():
            return f'array_to_json(t."{name}")::text'
        case fields.Rows():
            return f't."{name}"::text'
        case fields.Moment():
            return f"""to_char(t."{name}" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    return f't."{name}"'


def _as_read(of: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_list(of) else of
