"""The measures over a snapshot: plans run in DuckDB, person rows to Parquet, counts by village, organization and doctor.

Imports DuckDB and ibis: for jobs and commands, not for pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import ibis

from gongwei import catalogue
from gongwei.base import garbage
from gongwei.engines import columnar, columnar_plans
from gongwei.measures import columns, run_files
from gongwei.measures.periods import Period
from gongwei.snapshots import reading
from gongwei.snapshots.models import Snapshot

MEMORY = "1400MB"
THREADS = 2
#: Rows of a group in the files: a village of a city is in one or two of them.
ROW_GROUP = 20_480

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many at one village, organization and doctor."""

    measure: str
    period: str
    area_key: int
    organization_id: UUID | None
    doctor_id: UUID | None
    denominator: int
    numerator: int
    excluded: int


def groups(codes: Iterable[str] | None = None) -> list[columnar_plans.Group]:
    """The measures asked for (all of them), each programme's together with their parts."""
    asked = None if codes is None else set(codes)
    found = []
    for programme in catalogue.programmes():
        measures = tuple(each for each in programme.measures if asked is None or each.code in asked)
        if measures:
            found.append(columnar_plans.Group(programme.code, measures, columns.facts(measures)))
    return found


def steps_of(wanted: Sequence[columnar_plans.Group]) -> dict[str, Any]:
    """The values over time of every parameter these measures read."""
    nodes = [fact.node for group in wanted for fact in group.facts.values()]
    return dict(columnar.parameter_steps(catalogue.parameters(), nodes))


@contextmanager
def opened(snapshot: Snapshot, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection with the snapshot's tables; what does not fit into memory goes into a folder for the time being."""
    config = {"threads": THREADS, "memory_limit": MEMORY, "temp_directory": str(folder / ".overflow")}
    with duckdb.connect(config=config) as database:
        reading.attach(snapshot, database)
        yield database


@dataclass(frozen=True)
class Statements:
    """SQL, each text as soon as it is written: temporary tables by name, in order; those of one (programme, period) alone; its
    people, as `people`; and their sums by programme; and what types the columns of a programme's people have."""

    steps: tuple[tuple[str, Future[str]], ...]
    own: dict[tuple[str, str], tuple[tuple[str, Future[str]], ...]]
    people: dict[tuple[str, str], Future[str]]
    sums: dict[str, Future[str]]
    types: dict[str, dict[str, str]]


@garbage.seldom_collected()
def statements(
    wanted: Sequence[columnar_plans.Group], periods: Sequence[Period], dialect: str = "duckdb"
) -> Statements:
    """The measures over these periods, compiled for DuckDB or Spark; remembered, because compiling takes seconds.

    The texts are written in the order they are run in, by a thread beside: the database works on the first meanwhile.
    """
    codes = tuple(each.code for group in wanted for each in group.measures)
    steps = tuple((code, tuple(values)) for code, values in steps_of(wanted).items())
    return _compiled(codes, tuple(periods), steps, dialect)


@lru_cache(16)
def _compiled(
    codes: tuple[str, ...], periods: tuple[Period, ...], steps: tuple[Any, ...], dialect: str
) -> Statements:
    wanted = groups(codes)
    made = columnar_plans.plan(
        wanted, [each.days for each in periods], columnar.Columns(dict(steps), carried=True)
    )
    pool = ThreadPoolExecutor(1, "statements")

    def written(found: Iterable[columnar_plans.Step]) -> tuple[tuple[str, Future[str]], ...]:
        return tuple((step.name, pool.submit(columnar.sql, step.query, dialect)) for step in found)

    def summed(group: columnar_plans.Group, people: Any) -> str:
        return columnar.sql(columnar_plans.sums(ibis.table(people, name="people"), group.measures), dialect)

    found = Statements(written(made.steps), {}, {}, {}, {})
    for period in periods:
        for group in wanted:
            query = made.people[group.name, period.days]
            found.own[group.name, period.code] = written(made.own.get((group.name, period.days), ()))
            found.people[group.name, period.code] = pool.submit(columnar.sql, query, dialect)
            if group.name not in found.sums:
                found.sums[group.name] = pool.submit(summed, group, query.schema())
                found.types[group.name] = {name: str(of) for name, of in query.schema().items()}
    pool.shutdown(wait=False)
    return found


@garbage.seldom_collected()
def count(
    database: duckdb.DuckDBPyConnection,
    wanted: Sequence[columnar_plans.Group],
    periods: Sequence[Period],
    folder: Path | None,
    told: Told = lambda message: None,
) -> tuple[list[Counted], dict[str, Any]]:
    """Run the measures; the counts, and what was written of each period and programme when there is a folder."""
    made = statements(wanted, periods)
    database.execute("set preserve_insertion_order = false")
    for place, (name, text) in enumerate(made.steps):
        told(f"读取服务记录（{place + 1}／{len(made.steps)}）")
        keep(database, name, text.result())
    found: list[Counted] = []
    files: dict[str, Any] = {}
    for period in periods:
        for group in wanted:
            told(f"{period.title}：{catalogue.programme(group.name).title}")
            own = made.own[group.name, period.code]
            for name, text in own:
                keep(database, name, text.result())
            kind = "view" if folder is None else "table"
            database.execute(
                f"create or replace temp {kind} people as {made.people[group.name, period.code].result()}"
            )
            if folder is not None:
                files.setdefault(period.code, {})[group.name] = written(database, folder, period, group)
            found.extend(
                counts(
                    database.sql(made.sums[group.name].result()).to_arrow_table().to_pylist(), group, period
                )
            )
            database.execute(f"drop {kind} people")
            for name, _ in own:
                database.execute(f'drop table "{name}"')
    for name, _ in made.steps:
        database.execute(f'drop table "{name}"')
    return found, files


def keep(database: duckdb.DuckDBPyConnection, name: str, text: str) -> None:
    """Make a temporary table of a query's rows."""
    database.execute(f'create or replace temp table "{name}" as {text}')


def written(
    database: duckdb.DuckDBPyConnection, folder: Path, period: Period, group: columnar_plans.Group
) -> dict[str, Any]:
    """Write the table `people` into the file of a programme and period; what a run keeps of it."""
    rows = database.execute("select count(*) from people").fetchall()[0][0]
    (folder / period.code).mkdir(exist_ok=True, mode=0o700)
    path = folder / period.code / f"{group.name}.parquet"
    order = ", ".join(f"{name} nulls first" for name in (*columnar_plans.PLACE, "subject_id"))
    database.execute("set preserve_insertion_order = true")
    database.execute(
        f"copy (select * from people order by {order}) to '{_quoted(path)}' "
        f"(format parquet, compression zstd, compression_level 1, row_group_size {ROW_GROUP})"
    )
    database.execute("set preserve_insertion_order = false")
    return run_files.described(path, rows)


def counts(
    lines: Iterable[Mapping[str, Any]], group: columnar_plans.Group, period: Period
) -> Iterator[Counted]:
    """The counts from the rows of a programme's sums."""
    for line in lines:
        where = (line["area_key"], _uuid(line["organization_id"]), _uuid(line["doctor_id"]))
        for measure in group.measures:
            sides = [int(line[f"{measure.code}/{side}"]) for side in columnar_plans.SIDES]  # DuckDB sums wide
            if any(sides):
                yield Counted(measure.code, period.code, *where, *sides)


def _uuid(value: Any) -> UUID | None:
    return value if value is None or isinstance(value, UUID) else UUID(str(value))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
