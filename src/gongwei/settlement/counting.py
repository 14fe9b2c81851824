"""What counts as paid services, for all records of a year: columnar, slice by slice of the area, so that a city fits in memory.

A record is looked at by itself first (`_looked_at`: its parts, the resident, what people found), then among the services that
claim it (`claims`), then among the resident's others of the same kind (`counting_walk`: same day, window, limit). The rows of a
slice are written to a file, their sums kept. `tests/generative` holds a second, naive way to the same rows. Imports DuckDB and ibis.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa

from gongwei.engines import columnar
from gongwei.language.expressions import as_node
from gongwei.language.parameters import ParameterSet
from gongwei.language.services import ServiceItem
from gongwei.settlement import counting_sql, counting_walk
from gongwei.settlement.schemes import Claim, Modifiers
from gongwei.snapshots import reading
from gongwei.snapshots.models import Snapshot

MEMORY, THREADS = "1200MB", 2
ROW_GROUP = 20_480
#: Residents of a slice: what DuckDB holds at a time.
SLICE = 700_000
Told = Callable[[str], None]
#: A range of division codes, both ends in it.
Range = tuple[int, int]


@dataclass(frozen=True)
class Question:
    """What is to be counted: services of a period inside one calendar year, by which claims and modifiers."""

    items: tuple[ServiceItem, ...]
    first: dt.date
    last: dt.date
    claims: tuple[Claim, ...]
    modifiers: Modifiers
    parameters: ParameterSet

    def __post_init__(self) -> None:
        if self.first > self.last or self.first.year != self.last.year:
            raise ValueError("a settlement counts a period inside one calendar year")

    @property
    def since(self) -> dt.date:
        """The first day of the year: limits and windows are a year's, whatever part of it is asked for."""
        return dt.date(self.first.year, 1, 1)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records of a service by one practitioner of one organization: counted (no reason), or not and why; of the counted,
    entered late and done in a remote village or not: each weighs by a factor of the scheme."""

    organization_id: UUID | None
    practitioner_id: UUID | None
    service: str
    reason: str
    late: bool
    remote: bool
    records: int


@dataclass(frozen=True)
class Counted:
    """All tallies, and the files that were written: name → rows."""

    tallies: tuple[Tally, ...]
    files: Mapping[str, int]


def opened(snapshot: Snapshot, folder: Path) -> duckdb.DuckDBPyConnection:
    """A connection with the snapshot's tables in the schema `whole`; what does not fit into memory goes into the folder."""
    config = {"threads": THREADS, "memory_limit": MEMORY, "temp_directory": str(folder / ".overflow")}
    database = duckdb.connect(config=config)
    reading.attach(snapshot, database, schema="whole")
    return database


def slices(database: duckdb.DuckDBPyConnection, within: Range, most: int = SLICE) -> list[Range]:
    """Ranges of villages with about so many residents each, together everybody of an area."""
    low, high = within
    found: list[Range] = []
    begun, number = low, 0
    sizes = database.sql(
        f"select area_key, count(*) from whole.subjects where area_key between {low} and {high} group by 1 order by 1"
    )
    for area, size in sizes.fetchall():
        if number and number + size > most:
            found.append((begun, area - 1))
            begun, number = area, 0
        number += size
    return [*found, (begun, high)]


def count(
    database: duckdb.DuckDBPyConnection,
    question: Question,
    held: Mapping[str, str],
    folder: Path | None,
    ranges: Sequence[Range | None],
    told: Told = lambda message: None,
    granted: Collection[tuple[str, str]] = (),
) -> Counted:
    """Count every slice; `held` gives the reason of records people marked (findings, other funds) by their ids, `granted` the
    records with the service they count as because an objection was granted, whatever rule they fail.

    A range of None means the tables as they are, unsliced. Without a folder nothing is written.
    """
    database.execute("set preserve_insertion_order = false")
    sliced = any(each is not None for each in ranges)
    source = "whole.responses" if sliced else "responses"
    _register_held(database, held, source)
    _register_granted(database, granted, question.items, source)
    made = compiled(question)
    tallies: dict[tuple[Any, ...], int] = {}
    files: dict[str, int] = {}
    for place, each in enumerate(ranges):
        told(f"统计服务记录（{place + 1}／{len(ranges)}）")
        if each is not None:
            for view in made.narrowed(each):
                database.execute(view)
        for statement in made.looked_at:
            database.execute(statement)
        counting_walk.walk(database, question)
        if folder is not None:
            name = f"services-{place}.parquet"
            files[name] = _written(database, folder / name)
        for line in _tallied(database, question.items):
            tallies[line[:-1]] = tallies.get(line[:-1], 0) + line[-1]
        database.execute("drop table services")
    return Counted(tuple(Tally(*key, records) for key, records in sorted(tallies.items(), key=_order)), files)


def _order(line: tuple[tuple[Any, ...], Any]) -> tuple[str, ...]:
    return tuple("" if each is None else str(each) for each in line[0])


@dataclass(frozen=True)
class Compiled:
    """SQL of DuckDB for one slice, in order, which leaves the table `looked`; and the tables it reads from the whole."""

    looked_at: tuple[str, ...]
    reads: tuple[str, ...]

    def narrowed(self, of: Range) -> Iterator[str]:
        """Views of the tables that show one range of villages."""
        low, high = of
        for name in self.reads:
            yield (
                f'create or replace temp view "{name}" as select * from whole."{name}" '
                f"where area_key between {low} and {high}"
            )


def compiled(question: Question) -> Compiled:
    """The first part of the way, from the forms to `looked`: one row for each record and service that may claim it.

    Remembered, because compiling takes seconds.
    """
    return _compiled(question.items, question.first, question.last, question.claims, _steps(question))


def _steps(question: Question) -> tuple[Any, ...]:
    """The values over time of every parameter the services and their windows read."""
    nodes = []
    for item in question.items:
        nodes += [as_node(part.holds) for part in item.parts]
        nodes += [as_node(each) for each in (item.about, item.reopens_if) if each is not None]
        if item.contact is not None:
            intervals = (item.contact.every, item.contact.early)
            nodes += [each.amount for each in intervals if each and not isinstance(each.amount, int)]
    steps = columnar.parameter_steps(question.parameters, nodes)
    return tuple((code, tuple(values)) for code, values in steps.items())


@lru_cache(8)
def _compiled(
    items: tuple[ServiceItem, ...],
    first: dt.date,
    last: dt.date,
    claims: tuple[Claim, ...],
    steps: tuple[Any, ...],
) -> Compiled:
    values = dict(steps)
    period = first.replace(month=1, day=1), last
    forms = list(dict.fromkeys(item.on for item in items))
    statements, tables = [counting_sql.written([form.code for form in forms], period)], ["written"]
    for form in forms:
        conditions = {}
        for number, item in enumerate(items):
            if item.on is not form:
                continue
            if item.about is not None:
                conditions[f"i{number}_about"] = as_node(item.about)
            if item.reopens_if is not None:
                conditions[f"i{number}_reopens"] = as_node(item.reopens_if)
            for place, part in enumerate(item.parts):
                conditions[f"i{number}_{place}"] = as_node(part.holds)
        judged = columnar.Columns(values, carried=True).records(form, conditions, period)
        statements.append(f'create or replace temp table "judged_{form.code}" as {columnar.sql(judged)}')
        kinds = dict.fromkeys(item.episode.code for item in items if item.on is form and item.episode)
        statements += [counting_sql.facts(form.code, tuple(kinds)), f'drop table "judged_{form.code}"']
        tables.append(f"facts_{form.code}")
    statements += counting_sql.looked(items, claims, period, values)
    statements += [f'drop table "{table}"' for table in tables]
    reads = ["subjects", "episodes", "responses", *dict.fromkeys(item.on.code for item in items)]
    return Compiled(tuple(statements), tuple(reads))


def _register_held(
    database: duckdb.DuckDBPyConnection, held: Mapping[str, str], source: str = "responses"
) -> None:
    table = pa.table(
        {"record": pa.array(list(held), pa.string()), "held": pa.array(list(held.values()), pa.string())}
    )
    database.register("held_given", table)
    # Of the type ids have in this database: UUID in a snapshot.
    database.execute(
        f"create or replace temp table held as select record_id, '' as held from {source} limit 0"
    )
    database.execute("insert into held select record, held from held_given")
    database.unregister("held_given")


def _register_granted(
    database: duckdb.DuckDBPyConnection,
    granted: Collection[tuple[str, str]],
    items: Sequence[ServiceItem],
    source: str,
) -> None:
    numbers = {item.code: number for number, item in enumerate(items)}
    known = [(record, numbers[service]) for record, service in granted if service in numbers]
    database.execute(
        f"create or replace temp table granted as select record_id, 0::smallint as service_no from {source} limit 0"
    )
    if known:
        database.executemany("insert into granted values (?, ?)", known)


def _written(database: duckdb.DuckDBPyConnection, path: Path) -> int:
    quoted = str(path).replace("'", "''")
    database.execute("set preserve_insertion_order = true")
    database.execute(
        f"copy (select encounter_id, record_id, subject_id, organization_id, practitioner_id, done_on, recorded_on, service, "
        f"reason = '' as counted, reason, detail, weight, late, remote, area_key from services "
        f"order by organization_id, service_no, reason <> '', done_on, record_id) to '{quoted}' "
        f"(format parquet, compression zstd, compression_level 1, row_group_size {ROW_GROUP})"
    )
    database.execute("set preserve_insertion_order = false")
    return int(database.sql("select count(*) from services").fetchall()[0][0])


def _tallied(database: duckdb.DuckDBPyConnection, items: Sequence[ServiceItem]) -> Iterator[tuple[Any, ...]]:
    found = database.sql(
        "select organization_id::varchar as o, practitioner_id::varchar as p, service_no, reason, "
        "reason = '' and late as late, reason = '' and remote as remote, count(*) as n from services group by all"
    )
    for line in found.to_arrow_table().to_pylist():
        where = [None if line[key] is None else UUID(line[key]) for key in ("o", "p")]
        yield (
            *where,
            items[line["service_no"]].code,
            line["reason"],
            line["late"],
            line["remote"],
            line["n"],
        )
