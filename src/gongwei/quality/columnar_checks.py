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
from pyarrow import compute

from gongwei.engines import columnar
from gongwei.language import fields, forms
from gongwei.quality import keeping, probes, row_checks
from gongwei.records import columnar_reading
from gongwei.records.columnar_reading import EVERYBODY, NOBODY, PIECE


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
        shown = {name for probe in self.probes for name in probe.fields}
        # Person is a foreign key under the field's own name.
        self.names = columnar_reading.answers_in(form, (probe.node for probe in self.probes), shown)

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
            until = columnar_reading.end_of_piece(after, size)
            checked, found = self.piece(after, until)
            yield Piece(after, until, checked, found)
            if until == EVERYBODY:
                return
            after = until

    def piece(self, after: UUID, until: UUID) -> tuple[int, list[keeping.Found]]:
        """How many records these residents have, and what is wrong with them."""
        records = columnar_reading.records(self.form, self.names, after, until)
        if not records.num_rows:
            return 0, []
        with duckdb.connect(config={"threads": 2}) as database:
            columnar_reading.register_subjects(database, after, until)
            columnar_reading.create_table(database, self.form, self.names, records)
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
