"""All records of a form checked at once with the columnar engine: PostgreSQL by COPY into Arrow, DuckDB over it.

Residents are taken in ranges of their ids, because a rule may look back at a resident's earlier records: all records
of a resident are in the same piece, and memory does not grow with the county. The same probes as the row engine runs.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
from django.db import connection
from pyarrow import compute

from gongwei.engines import columnar
from gongwei.language import fields, forms, nodes
from gongwei.language.expressions import walk
from gongwei.quality import keeping, probes, row_checks
from gongwei.records import columns
from gongwei.residents import exports as residents_exports
from gongwei.snapshots import moving

#: Residents taken at once.
PIECE = 100_000
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
NOBODY, EVERYBODY = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True)
class Piece:
    """A range of residents by id (after < id <= until) and what was wrong in their records."""

    after: UUID
    until: UUID
    checked: int
    found: list[keeping.Found]


class FormChecker:
    """The probes of one form, compiled once, for one piece of residents after the other."""

    def __init__(
        self, form: type[forms.Form], *, first: dt.date | None = None, last: dt.date | None = None
    ) -> None:
        """`first` and `last`: only records done on these days are judged (earlier ones are still looked back at)."""
        self.form, self.first, self.last = form, first, last
        self.probes = probes.of(form)
        named = {
            node.name
            for probe in self.probes
            for node in walk(probe.node)
            if isinstance(node, nodes.Answer) and node.name in form.fields
        }
        shown = {name for probe in self.probes for name in probe.fields}
        # Person is a foreign key under the field's own name; `done_on` stands in every table.
        self.names = [name for name in form.fields if name in named | shown and name != "done_on"]

    @cached_property
    def sql(self) -> str:
        """The query for DuckDB: every record with a column for each probe, those without a complaint left out."""
        conditions = {f"p{place}": probe.node for place, probe in enumerate(self.probes)}
        steps = probes.parameter_steps(self.form)
        judged = columnar.judged(self.form, conditions, columnar.Columns(steps))
        complains = " or ".join(f"{name} = false" for name in conditions)
        days = [f"done_on >= date '{self.first}'"] * (self.first is not None)
        days += [f"done_on <= date '{self.last}'"] * (self.last is not None)
        return " and ".join([f"select * from ({columnar.sql(judged)}) where ({complains})", *days])

    def pieces(self, after: UUID = NOBODY, size: int = PIECE) -> Iterator[Piece]:
        """Everybody from a place on, piece by piece."""
        while True:
            until = _end_of_piece(after, size)
            checked, found = self.piece(after, until)
            yield Piece(after, until, checked, found)
            if until == EVERYBODY:
                return
            after = until

    def piece(self, after: UUID, until: UUID) -> tuple[int, list[keeping.Found]]:
        """How many records these residents have, and what is wrong with them."""
        records = self._records(after, until)
        if not records.num_rows:
            return 0, []
        with duckdb.connect(config={"threads": 2}) as database:
            subjects = _table(_SUBJECTS.format(after=after, until=until), columnar.arrow_subjects())
            episodes = _table(_EPISODES.format(after=after, until=until), columnar.arrow_episodes())
            database.register("subjects", subjects)
            database.register("episodes", episodes)
            database.register("as_read", records)
            database.execute(f'create table "{self.form.code}" as select {self._typed()} from as_read')
            complaints = database.sql(self.sql).to_arrow_table()
            wrong = self._failed(complaints)
            values = self._values(database, wrong)
        answers = {key: (wrong[key], values[key]) for key in wrong}
        return records.num_rows, list(row_checks.as_findings(self.form, answers))

    def scope(self, after: UUID, until: UUID) -> keeping.Scope:
        """The findings about this form of these residents in this period."""
        days = "" if self.first is None else " and old.done_on >= %(first)s"
        days += "" if self.last is None else " and old.done_on <= %(last)s"
        return keeping.Scope(
            "response",
            "old.response_id is not null and old.form_code = %(form)s and old.rule <> all(%(others)s) "
            f"and old.resident_id > %(after)s and old.resident_id <= %(until)s{days}",
            {
                "form": self.form.code,
                "after": after,
                "until": until,
                "first": self.first,
                "last": self.last,
                "others": row_checks.other_rules(),
            },
            probes.digests_of(self.form),
        )

    def _failed(self, complaints: pa.Table) -> dict[UUID, list[probes.Probe]]:
        keys = complaints.column("record_id")
        wrong: dict[UUID, list[probes.Probe]] = {}
        for place, probe in enumerate(self.probes):
            fails = compute.indices_nonzero(
                compute.fill_null(compute.invert(complaints.column(f"p{place}")), False)
            )
            for key in keys.take(fails).to_pylist():
                wrong.setdefault(UUID(key), []).append(probe)
        return wrong

    def _values(
        self, database: duckdb.DuckDBPyConnection, wrong: Mapping[UUID, Sequence[probes.Probe]]
    ) -> dict[UUID, dict[str, Any]]:
        """The answers of these records that the words want; of rows only how many there are."""
        shown = {name for failed in wrong.values() for probe in failed for name in probe.fields}
        database.register(
            "asked", pa.table({"record_id": pa.array([str(key) for key in wrong], pa.string())})
        )
        parts = ["t.record_id", "t.done_on"]
        for name in (each for each in self.names if each in shown):
            rows = isinstance(self.form.fields[name], fields.Rows)
            parts.append(f'range(len(t."{name}")) as "{name}"' if rows else f't."{name}"')
        found = database.sql(
            f'select {", ".join(parts)} from "{self.form.code}" t where record_id in (select record_id from asked)'
        )
        return {UUID(row["record_id"]): row for row in found.to_arrow_table().to_pylist()}

    def _records(self, after: UUID, until: UUID) -> pa.Table:
        schema = columnar.arrow_schema(self.form)
        table = columns.model_for(self.form.code)._meta.db_table
        picked = "".join(f", {_read(name, self.form.fields[name])}" for name in self.names)
        read = {name: _as_read(schema.field(name).type) for name in self.names}
        return moving.in_hand(
            _RECORDS.format(columns=picked, table=table, after=after, until=until),
            {
                "subject_id": pa.string(),
                "record_id": pa.string(),
                "entered_on": pa.date32(),
                "done_on": pa.date32(),
                **read,
            },
        )

    def _typed(self) -> str:
        """The columns as read, lists and rows made of their JSON."""
        schema = columnar.arrow_schema(self.form)
        parts = ["subject_id", "record_id", "entered_on", "done_on"]
        for name in self.names:
            of = schema.field(name).type
            nested = pa.types.is_list(of)
            parts.append(
                f"""from_json("{name}", '{moving.json_shape(of)}') as "{name}\"""" if nested else f'"{name}"'
            )
        return ", ".join(parts)


def _end_of_piece(after: UUID, size: int) -> UUID:
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from residents_resident where id > %s order by id offset %s limit 1", [after, size - 1]
        )
        row = cursor.fetchone()
    return row[0] if row else EVERYBODY


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


def _table(query: str, schema: pa.Schema) -> pa.Table:
    return moving.in_hand(query, {each.name: each.type for each in schema})
