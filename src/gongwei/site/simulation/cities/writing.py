"""A city as Parquet files in the layout of a snapshot, made a stretch at a time, and as tables of DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from gongwei.site.simulation.cities import examinations, follow_ups, people, planning, published
from gongwei.site.simulation.cities.filling import Rows, ids
from gongwei.site.simulation.cities.people import ENCOUNTER, ORGANIZATION, VILLAGE_SIZE, Folk
from gongwei.snapshots import exports, moving

#: Residents made at a time: whole villages.
STRETCH = 40 * VILLAGE_SIZE
MEMORY = "700MB"
_TELL_FIRST = 1_000
#: Forms with records here, in the order their record ids are numbered.
FORMS = (
    "basic_information",
    "outpatient_note",
    "check_up",
    "self_care_assessment",
    "htn_follow_up",
    "dm_follow_up",
)

Told = Callable[[int, int], None]
"""Residents made, residents in all."""


def write(
    wanted: published.Wanted,
    folder: Path,
    *,
    seed: int = 1,
    stretch: int = STRETCH,
    told: Told = lambda done, total: None,
) -> dict[str, int]:
    """Write a city's tables into `folder/<table>/part-N.parquet`; rows by table. The same seed gives the same city."""
    known = {each.name: each for each in exports.every()}
    plan = planning.plan(wanted, seed)
    rows = dict.fromkeys(known, 0)
    config = {"threads": 2, "memory_limit": MEMORY, "temp_directory": str(folder / ".overflow")}
    with duckdb.connect(config=config) as engine:
        for name in known:
            (folder / name).mkdir(parents=True)
        for place, first in enumerate(range(0, len(plan), stretch)):
            part = plan.part(first, first + stretch)
            rng = np.random.default_rng([seed, wanted.year, place])
            for name, table in _tables(people.folk(part, first, wanted.year, rng), known, rng):
                rows[name] += _part(table, known[name], folder / name / f"part-{place}.parquet", engine)
            told(first + len(part), len(plan))
        for name, export in known.items():
            if not rows[name]:
                nothing = Rows(export, 0, np.random.default_rng()).table()
                _part(nothing, export, folder / name / "part-0.parquet", engine)
    return rows


def _part(table: pa.Table, export: exports.Export, path: Path, engine: duckdb.DuckDBPyConnection) -> int:
    if table.num_rows or path.stem == "part-0":
        return moving.file_of(table.to_reader(), export, str(path).replace("'", "''"), engine)
    return 0


def _tables(
    folk: Folk, known: dict[str, exports.Export], rng: np.random.Generator
) -> Iterator[tuple[str, pa.Table]]:
    """The tables of a stretch, one after the other."""
    for name in ("subjects", "episodes"):
        yield name, getattr(people, name)(folk, known[name], rng)
    exam, care = examinations.fill(folk, known["check_up"], known["self_care_assessment"], rng)
    of_year = follow_ups.contacts(folk, rng)
    forms = {
        "basic_information": lambda: people.basic_information(folk, known["basic_information"], rng),
        "outpatient_note": lambda: people.outpatient_notes(folk, known["outpatient_note"], rng),
        "check_up": lambda: exam,
        "self_care_assessment": lambda: care,
        "htn_follow_up": lambda: follow_ups.fill(
            folk, "htn_follow_up", 5, of_year, known["htn_follow_up"], rng
        ),
        "dm_follow_up": lambda: follow_ups.fill(folk, "dm_follow_up", 6, of_year, known["dm_follow_up"], rng),
    }
    responses = []
    for number, name in enumerate(FORMS, start=1):
        table = forms[name]()
        responses.append(_responses(name, number, table, known["responses"], rng))
        yield name, table
    yield "responses", pa.concat_tables(responses)


def _responses(
    name: str, form: int, table: pa.Table, export: exports.Export, rng: np.random.Generator
) -> pa.Table:
    """What a snapshot keeps of every record for tracing: here all of them stand."""
    rows = Rows(export, table.num_rows, rng)
    for column in ("record_id", "subject_id", "done_on", "area_key"):
        rows.put(column, table[column].combine_chunks())
    entered = table["entered_on"].to_numpy().astype("datetime64[us]")
    at = entered + rng.integers(1, 10 * 3600, table.num_rows) * np.timedelta64(1, "s")
    rows.put("entered_at", pa.array(at, pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC")))
    keys = table["area_key"].to_numpy()
    rows.put("organization_id", ids(ORGANIZATION, keys // 1000))
    rows.put("encounter_id", ids(ENCOUNTER + 16 * form, np.arange(table.num_rows) + keys[:1].sum() * 10**6))
    rows.same(name, "form_code")
    rows.same("final", "status")
    return rows.table()


def attach(folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """The city's tables as views, as `snapshots.reading.attach` makes them of a snapshot."""
    for export in exports.every():
        files = str(folder / export.name / "*.parquet").replace("'", "''")
        connection.execute(
            f"create or replace view \"{export.name}\" as select * from read_parquet('{files}')"
        )


@contextmanager
def opened(folder: Path, *, memory: str, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the city's tables, as a run opens a snapshot."""
    config = {"threads": threads, "memory_limit": memory, "temp_directory": str(folder / ".overflow")}
    with duckdb.connect(config=config) as connection:
        attach(folder, connection)
        yield connection
