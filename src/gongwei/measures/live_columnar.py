"""Person-years by the columnar engine, for everybody at once, and where the kept rows differ from them.

`Staged` puts what the engine found over a snapshot into a temporary table beside the kept rows, so that one statement tells
the difference: the nightly comparison shows it, the rebuild writes it. Imports DuckDB and ibis: for jobs, not for pages.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from uuid import UUID

import duckdb
from django.conf import settings
from django.db import connection
from pyarrow import csv

from gongwei import catalogue
from gongwei.base import changes
from gongwei.engines import columnar, columnar_plans
from gongwei.measures import columns, live_facts, live_keeping, live_reading
from gongwei.snapshots import reading
from gongwei.snapshots.models import Snapshot

PLACE = tuple(columnar_plans.PLACE)
MEMORY = "1GB"
BATCH = 200_000


@contextmanager
def opened(snapshot: Snapshot, *, own: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection with the snapshot's tables; what does not fit into memory goes into a folder for the time being.

    own: of an increment only the residents it brought anew.
    """
    with tempfile.TemporaryDirectory(prefix="live-", dir=settings.HOME) as folder:
        config = {"threads": 2, "memory_limit": MEMORY, "temp_directory": folder}
        with duckdb.connect(config=config) as database:
            database.execute("set preserve_insertion_order = false")
            reading.attach(snapshot, database, own=own)
            yield database


class Found:
    """The person-years of all tables in some years as the columnar engine finds them: one plan, each form read once.

    Made before the transaction that takes them over: a long transaction would hold the feed back for everybody.
    """

    def __init__(self, database: duckdb.DuckDBPyConnection, years: Sequence[int]) -> None:
        self.database = database
        groups = _groups()
        nodes = [fact.node for group in groups for fact in group.facts.values()]
        steps = columnar.parameter_steps(catalogue.parameters(), nodes)
        asked = tuple((code, tuple(values)) for code, values in steps.items())
        for name, query in _compiled(tuple(years), asked):
            if query:
                self.database.execute(f'create or replace temp table "{name}" as {query}')
            else:
                self.database.execute(f'drop table "{name}"')

    def rows(self, table: columns.Table, year: int) -> Any:
        """Arrow batches of (resident, place, parts in the table's order)."""
        names = ", ".join(f'"{name}"' for name in ("subject_id", *columnar_plans.PLACE, *table.facts))
        return self.database.sql(f'select {names} from "{_people(table, year)}"').to_arrow_reader(BATCH)


def _groups() -> list[columnar_plans.Group]:
    return [columnar_plans.Group(each.programme, each.measures, each.facts) for each in columns.tables()]


@lru_cache(4)
def _compiled(years: tuple[int, ...], steps: tuple[Any, ...]) -> tuple[tuple[str, str], ...]:
    """Names and SQL of what is kept, in order, without SQL where it is dropped again; remembered, because compiling takes
    seconds."""
    days = {year: (live_facts.year_of(year).first, live_facts.year_of(year).last) for year in years}
    plan = columnar_plans.plan(_groups(), list(days.values()), columnar.Columns(dict(steps), carried=True))
    found = [(step.name, columnar.sql(step.query)) for step in plan.steps]
    for year in years:
        for table in columns.tables():
            own = plan.own.get((table.programme, days[year]), ())
            found += [(step.name, columnar.sql(step.query)) for step in own]
            found.append((_people(table, year), columnar.sql(plan.people[table.programme, days[year]])))
            found += [(step.name, "") for step in own]
    return tuple(found)


def _people(table: columns.Table, year: int) -> str:
    return f"people_{table.programme}_{year}"


def waiting(snapshot: Snapshot, bookmark: changes.Cursor) -> list[UUID]:
    """Residents with a change the snapshot does not hold, or one that lies behind the bookmark."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct resident_id from base_change where resident_id is not null and ("
            "(xid >= %s::text::xid8 and not pg_visible_in_snapshot(xid, %s::text::pg_snapshot)) "
            "or (xid, seq) > (%s::text::xid8, %s))",
            [str(snapshot.cut_xid), snapshot.cut_snapshot, str(bookmark.xid), bookmark.seq],
        )
        return sorted(row[0] for row in cursor.fetchall())


class Staged:
    """The person-years of one table and year as the columnar engine found them, beside those kept.

    Belongs into a transaction that holds the bookmark; `left_out` are residents who are not looked at. among: only these were
    looked for by the engine, so only their kept rows are compared (everybody when None).
    """

    def __init__(self, table: columns.Table, year: int, among: Sequence[UUID] | None = None) -> None:
        self.table, self.year, self.among = table, year, among
        self.names = (*PLACE, *table.facts)
        self.rows = 0

    def load(self, found: Found, left_out: list[UUID]) -> None:
        """Run the engine and find who differs."""
        kinds = ["bigint", "uuid", "uuid", *("boolean" for _ in self.table.facts)]
        made = ", ".join(f'"{name}" {kind}' for name, kind in zip(self.names, kinds, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(
                f"create temporary table live_staged (resident_id uuid primary key, {made}) on commit drop"
            )
            self.rows = self._copy(cursor, found)
            cursor.execute("analyze live_staged")
            unequal = " or ".join(f'n."{name}" is distinct from o."{name}"' for name in self.names)
            cursor.execute(
                "create temporary table live_different on commit drop as "
                "select coalesce(n.resident_id, o.resident_id) as resident_id from live_staged n "
                f"full join (select * from {self.table.name} where year = %(year)s{self._among()}) o "
                "on o.resident_id = n.resident_id "
                f"where (n.resident_id is null or o.resident_id is null or {unequal}) "
                "and coalesce(n.resident_id, o.resident_id) <> all(%(left_out)s)",
                {"year": self.year, "left_out": left_out, "among": self.among},
            )

    def _among(self) -> str:
        return "" if self.among is None else " and resident_id = any(%(among)s)"

    def _copy(self, cursor: Any, found: Found) -> int:
        rows = 0
        names = ", ".join(f'"{name}"' for name in ("resident_id", *self.names))
        with cursor.copy(f"copy live_staged ({names}) from stdin (format csv)") as stream:
            for batch in found.rows(self.table, self.year):
                text = io.BytesIO()
                csv.write_csv(batch, text, csv.WriteOptions(include_header=False, quoting_style="none"))
                stream.write(text.getbuffer())
                rows += batch.num_rows
        return rows

    def count(self) -> int:
        """How many residents differ."""
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from live_different")
            return int(cursor.fetchone()[0])

    def differences(self, most: int) -> list[tuple[UUID, int, str, str, str]]:
        """Part by part for some of them: (resident, village, part, kept, columnar). `row`: it is there only once."""
        asked = ", ".join(
            f'{side}."{name}"::text' for side in ("o", "n") for name in ("resident_id", *self.names)
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"select d.resident_id, coalesce(o.area_key, n.area_key), {asked} from live_different d "
                f"left join {self.table.name} o on o.resident_id = d.resident_id and o.year = %s "
                "left join live_staged n on n.resident_id = d.resident_id order by d.resident_id limit %s",
                [self.year, most],
            )
            lines = cursor.fetchall()
        found = []
        width = 1 + len(self.names)
        for resident, area, *values in lines:
            mine, theirs = values[:width], values[width:]
            if mine[0] is None or theirs[0] is None:
                found.append((resident, area, "row", _there(mine[0]), _there(theirs[0])))
                continue
            for name, kept, seen in zip(self.names, mine[1:], theirs[1:], strict=True):
                if kept != seen:
                    found.append((resident, area, name, kept or "", seen or ""))
        return found

    def pairs(self) -> Iterator[tuple[live_keeping.Stored | None, live_keeping.Stored | None]]:
        """Of everybody who differs the kept person-year and the one found."""
        asked = ", ".join(f'{side}."{name}"' for side in ("o", "n") for name in ("resident_id", *self.names))
        with connection.cursor() as cursor:
            cursor.execute(
                f"select {asked} from live_different d left join {self.table.name} o "
                "on o.resident_id = d.resident_id and o.year = %s "
                "left join live_staged n on n.resident_id = d.resident_id",
                [self.year],
            )
            width = 1 + len(self.names)
            for row in cursor.fetchall():
                yield self._stored(row[:width]), self._stored(row[width:])

    def _stored(self, row: Sequence[Any]) -> live_keeping.Stored | None:
        if row[0] is None:
            return None
        area, organization, doctor, *values = row[1:]
        return live_reading.Place(area, organization, doctor), dict(
            zip(self.table.facts, values, strict=True)
        )

    def apply(self) -> int:
        """Write what differs into the kept rows; returns how many rows. The figures are counted again afterwards."""
        names = ", ".join(f'"{name}"' for name in self.names)
        updates = ", ".join(f'"{name}" = excluded."{name}"' for name in self.names)
        with connection.cursor() as cursor:
            cursor.execute(
                f"delete from {self.table.name} o using live_different d where o.resident_id = d.resident_id "
                "and o.year = %s and not exists (select 1 from live_staged n where n.resident_id = d.resident_id)",
                [self.year],
            )
            written = cursor.rowcount
            cursor.execute(
                f"insert into {self.table.name} (resident_id, year, {names}) select n.resident_id, %s, {names} "
                "from live_staged n join live_different d on d.resident_id = n.resident_id "
                f"on conflict (resident_id, year) do update set {updates}",
                [self.year],
            )
            return int(written + cursor.rowcount)

    def drop(self) -> None:
        """Make room for the next."""
        with connection.cursor() as cursor:
            cursor.execute("drop table live_staged, live_different")


def _there(key: str | None) -> str:
    return "无" if key is None else "有"


def staged(
    found: Found,
    year: int,
    left_out: list[UUID],
    told: Callable[[], None] = lambda: None,
    *,
    among: Sequence[UUID] | None = None,
) -> Iterator[Staged]:
    """Every table in a year, one after the other; each is gone when the next is asked for."""
    for table in columns.tables():
        each = Staged(table, year, among)
        each.load(found, left_out)
        yield each
        each.drop()
        told()
