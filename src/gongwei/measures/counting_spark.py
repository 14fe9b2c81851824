"""The measures over a snapshot on a Spark cluster: the same plans as `counting`, the same files and counts.

The cluster works people out and writes their rows in parts; DuckDB here joins the parts into the one sorted file a run keeps, so
that pages open it as they open any other. Imports pyspark: for jobs and commands that were asked to use a cluster.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from gongwei import catalogue
from gongwei.engines import columnar_plans, columnar_spark
from gongwei.measures import counting
from gongwei.measures.periods import Period
from gongwei.snapshots import reading_spark
from gongwei.snapshots.models import Snapshot

#: Where the cluster puts its parts, in the folder of the run; gone when the run is whole.
PARTS = ".parts"
#: What a run's files call the ids and numbers that Spark has as text and as it likes.
_IDS = ("subject_id", "organization_id", "doctor_id")


def count(
    master: str,
    snapshot: Snapshot,
    wanted: Sequence[columnar_plans.Group],
    periods: Sequence[Period],
    folder: Path | None,
    told: counting.Told = lambda message: None,
) -> tuple[list[counting.Counted], dict[str, Any]]:
    """Run the measures on a cluster (`spark://host:port`, `local[2]`); the counts, and what was written of each period and
    programme when there is a folder, which the cluster's machines must see at the same path."""
    made = counting.statements(wanted, periods, "spark")
    of_one = [text for steps in made.own.values() for _, text in steps]
    texts = [text.result() for text in (*(text for _, text in made.steps), *of_one, *made.people.values())]
    told(f"连接计算集群 {master}")
    found: list[counting.Counted] = []
    files: dict[str, Any] = {}
    with columnar_spark.session(master) as session:
        reading_spark.attach(snapshot, session, texts)
        kept = [columnar_spark.keep(session, name, text.result()) for name, text in made.steps]
        for period in periods:
            for group in wanted:
                told(f"{period.title}：{catalogue.programme(group.name).title}")
                for name, text in made.own[group.name, period.code]:
                    # Read once: worked out within the query.
                    columnar_spark.show(session, name, session.sql(text.result()))
                people = session.sql(made.people[group.name, period.code].result())
                if folder is not None:
                    parts = folder / PARTS / period.code / group.name
                    people.write.parquet(f"file://{parts}")
                    people = session.read.parquet(f"file://{parts}")
                    files.setdefault(period.code, {})[group.name] = _joined(
                        parts, folder, period, group, made.types[group.name]
                    )
                columnar_spark.show(session, "people", people)
                lines = columnar_spark.run(made.sums[group.name].result(), session)
                found.extend(counting.counts(lines, group, period))
        for each in kept:
            each.unpersist()
    if folder is not None:
        shutil.rmtree(folder / PARTS)
    return found, files


def _joined(
    parts: Path, folder: Path, period: Period, group: columnar_plans.Group, types: dict[str, str]
) -> dict[str, Any]:
    """The parts as the file of a programme and period, with the types it always has."""
    columns = [
        f'"{name}"::uuid as "{name}"' if name in _IDS else f'"{name}"::{_TYPES.get(of, of)} as "{name}"'
        for name, of in types.items()
    ]
    config = {
        "threads": counting.THREADS,
        "memory_limit": counting.MEMORY,
        "temp_directory": str(folder / ".overflow"),
    }
    with duckdb.connect(config=config) as database:
        where = str(parts).replace("'", "''")
        database.execute(
            f"create temp table people as select {', '.join(columns)} from read_parquet('{where}/*.parquet')"
        )
        return counting.written(database, folder, period, group)


#: DuckDB's names of ibis's types, where they differ.
_TYPES = {"int64": "bigint", "int32": "integer", "string": "varchar", "date": "date", "boolean": "boolean"}
