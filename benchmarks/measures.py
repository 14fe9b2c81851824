"""All measures of a whole city over a snapshot, beside SQL written by hand.

    ./gongwei bench measures --residents 60000

A city is made as a snapshot's Parquet files (measures_city.py). `ours_over_duckdb_sql`: all measures, year to date, by village,
organization and doctor, compiling included, over the hand-written DuckDB SQL of measures_duckdb.sql on the same files; both give
the same figures, or the benchmark stops. `person_table_over_duckdb_sql`: a whole run (person rows of every part written, reports of
every place stored) over the same. `postgres_over_ours`: the statements in PostgreSQL on the same rows, indexed and analysed, over ours;
`postgres_named_over_ours`: the same on tables that have only the columns these statements name, which a county's database has not.
`peak_mb`: the greatest memory of the process that runs. `drill_p95_ms`: one page of the persons of a village with reasons, the
access log written; `drill_first_ms` the longest first one of a measure in a process. `dashboard_p95_ms`: the figures of a township and its villages from stored reports. Each in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

HERE = Path(__file__).parent


def main(argv: list[str]) -> None:
    """Measure and print; the last line is one JSON object."""
    parser = argparse.ArgumentParser(prog="measures", description="全市指标计算的速度")
    parser.add_argument("--residents", type=int, default=60_000, help="居民人数（城市规模为5456400）")
    parser.add_argument("--no-postgres", action="store_true", help="不测PostgreSQL的对照")
    parser.add_argument(
        "--stored", type=int, default=20_000, help="快照与更新所测数据库的居民人数（0为不测；不足时模拟生成）"
    )
    parser.add_argument("--spark", action="store_true", help="再用本机的Spark算一遍，作为对照")
    parser.add_argument("--repeat", type=int, default=60, help="下钻和看板各打开的次数")
    parser.add_argument("--inner", default="", help=argparse.SUPPRESS)
    parser.add_argument("--snapshot", default="", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.inner:
        import django

        django.setup()
        print(json.dumps(INNER[options.inner](UUID(options.snapshot), options.repeat)))
        return
    from gongwei.site import database

    with database.ready(apart=True):
        # First: simulated people bring places of their own, which must not be those of the city.
        stored = _of_the_database(options.stored) if options.stored else {}
        snapshot_id, figures = prepare(options.residents)
        try:
            hand, ours = _in_child("hand", snapshot_id, options), _in_child("ours", snapshot_id, options)
            known = ours.pop("figures")
            if (wrong := _differences(hand.pop("figures"), known)) != []:
                raise SystemExit(f"手写SQL与定义算出的结果不同：{wrong[:5]}")
            if not options.no_postgres:
                for name in ("postgres", "postgres_named"):
                    postgres = _in_child(name, snapshot_id, options)
                    if (wrong := _differences(postgres.pop("figures"), known)) != []:
                        raise SystemExit(f"PostgreSQL与DuckDB的结果不同：{wrong[:5]}")
                    figures |= {
                        f"{name}_s": postgres["s"],
                        f"{name}_over_ours": round(postgres["s"] / ours["s"], 1),
                    }
            if options.spark:
                spark = _in_child("spark", snapshot_id, options)
                if (wrong := _differences(spark.pop("figures"), known)) != []:
                    raise SystemExit(f"Spark与DuckDB的结果不同：{wrong[:5]}")
                figures |= {"spark_s": spark["s"], "spark_over_ours": round(spark["s"] / ours["s"], 1)}
            whole = _in_child("whole", snapshot_id, options)
            pages = _in_child("pages", snapshot_id, options)
            figures |= {f"duckdb_sql_{key}": value for key, value in hand.items()}
            figures |= {f"ours_{key}": value for key, value in ours.items()} | pages
            figures["ours_over_duckdb_sql"] = round(ours["s"] / hand["s"], 2)
            figures["person_table_over_duckdb_sql"] = round(whole["s"] / hand["s"], 2)
            figures["peak_mb"] = max(ours["peak_mb"], whole["peak_mb"])
            figures["run_s"] = whole["s"]
        finally:
            _remove(snapshot_id)
    print(json.dumps(figures | stored, ensure_ascii=False))


def _of_the_database(residents: int) -> dict[str, Any]:
    """What needs records in PostgreSQL: written out beside a bare copy, and brought into line after changes."""
    sys.path.insert(0, str(HERE))
    import snapshot

    snapshot._people(residents)
    found = snapshot.measure(10_000, 3)
    wanted = ("snapshot_over_raw_copy", "refresh_seconds", "refresh_over_full", "increment_s", "rows")
    return {"stored_residents": residents} | {f"{key}": found[key] for key in wanted}


def _in_child(what: str, snapshot_id: UUID, options: argparse.Namespace) -> dict[str, Any]:
    program = f"import sys; sys.path.insert(0, {str(HERE)!r}); import measures; measures.main(sys.argv[1:])"
    asked = ["--inner", what, "--snapshot", str(snapshot_id), "--repeat", str(options.repeat)]
    done = subprocess.run(
        [sys.executable, "-c", program, *asked], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{what}：{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"{what:8} { ({key: value for key, value in found.items() if key != 'figures'}) }")
    return found


def prepare(residents: int) -> tuple[UUID, dict[str, Any]]:
    """The places and the snapshot of a city."""
    sys.path.insert(0, str(HERE))
    import measures_city
    import measures_places

    from gongwei.base import clock, ids
    from gongwei.snapshots import folders
    from gongwei.snapshots.models import Snapshot

    began = time.monotonic()
    measures_places.make(measures_city.villages(residents))
    snapshot_id = ids.uuid7()
    folder = folders.of(snapshot_id)
    folder.mkdir(parents=True)
    tables = measures_city.city(folder, residents)
    Snapshot.objects.create(
        id=snapshot_id,
        kind=Snapshot.Kind.COMPLETE,
        state=Snapshot.State.COMPLETE,
        cut_at=clock.start_of(measures_city.day()),
        cut_xid=1,
        cut_snapshot="1:1:",
        tables=tables,
        digest="-",
        reason="测量",
        started_at=clock.now(),
        finished_at=clock.now(),
    )
    records = sum(
        table["rows"] for name, table in tables.items() if name not in ("subjects", "episodes", "responses")
    )
    return snapshot_id, {
        "residents": residents,
        "records": records,
        "city_s": round(time.monotonic() - began),
    }


def _period() -> Any:
    import measures_city

    from gongwei.measures import periods

    return periods.to_date(measures_city.day())


def _connected(snapshot_id: UUID, folder: Path) -> Any:
    from gongwei.measures import counting
    from gongwei.snapshots import queries

    snapshot = queries.of(snapshot_id)
    assert snapshot is not None
    return counting.opened(snapshot, folder)


def _ours(snapshot_id: UUID, repeat: int) -> dict[str, Any]:
    """All measures by the definitions, figures only. Imports are made before: a worker has them."""
    import tempfile

    from gongwei.engines import columnar
    from gongwei.measures import counting

    wanted = counting.groups()
    period = _period()
    with tempfile.TemporaryDirectory() as folder, _connected(snapshot_id, Path(folder)) as database:
        database.execute("select count(*) from subjects")
        columnar.sql(
            columnar.table_of(columnar.arrow_subjects(), "subjects")
        )  # what writes SQL is imported too
        began = time.monotonic()
        counting.statements(wanted, [period])
        planned = time.monotonic() - began  # the texts are written while the first ones run
        counted, _ = counting.count(database, wanted, [period], None)
        took = time.monotonic() - began
    return {
        "s": round(took, 2),
        "plan_s": round(planned, 2),
        "peak_mb": peak(),
        "figures": _by_name(counted),
    }


def _by_name(counted: Iterable[Any]) -> dict[str, int]:
    figures: dict[str, int] = {}
    for each in counted:
        for side in ("denominator", "numerator", "excluded"):
            name = f"{each.area_key} {each.organization_id} {each.doctor_id} {each.measure}/{side}"
            figures[name] = getattr(each, side)
    return figures


def _of_lines(lines: Iterable[dict[str, Any]]) -> dict[str, int]:
    """The same of what hand-written SQL gives: a line a place with a column a figure."""
    figures: dict[str, int] = {}
    for line in lines:
        where = f"{line.pop('area_key')} {line.pop('organization_id')} {line.pop('doctor_id')}"
        figures |= {f"{where} {name}": value for name, value in line.items()}
    return figures


def _spark(snapshot_id: UUID, repeat: int) -> dict[str, Any]:
    """The same by Spark on this machine's two cores; Java runs before the clock does."""
    from gongwei.engines import columnar_spark
    from gongwei.measures import counting, counting_spark
    from gongwei.snapshots import queries

    snapshot = queries.of(snapshot_id)
    assert snapshot is not None
    wanted = counting.groups()
    loopback = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    options = {**loopback, "spark.driver.memory": "4g", "spark.sql.shuffle.partitions": "4"}
    with columnar_spark.session("local[2]", options) as session:
        session.sql("select 1").collect()
        began = time.monotonic()
        counted, _ = counting_spark.count("local[2]", snapshot, wanted, [_period()], None)
        took = time.monotonic() - began
    return {"s": round(took, 2), "figures": _by_name(counted)}


def _hand(snapshot_id: UUID, repeat: int) -> dict[str, Any]:
    """The same by hand."""
    import tempfile

    first, last = _period().days
    text = (HERE / "measures_duckdb.sql").read_text(encoding="utf-8").format(first=first, last=last)
    with tempfile.TemporaryDirectory() as folder, _connected(snapshot_id, Path(folder)) as database:
        database.execute("set preserve_insertion_order = false")
        began, lines = time.monotonic(), []
        for statement in text.split("\n-----\n"):
            found = database.sql(statement)
            if found is not None and "area_key" in found.columns:
                lines += found.to_arrow_table().to_pylist()
        took = time.monotonic() - began
    return {"s": round(took, 2), "peak_mb": peak(), "figures": _of_lines(lines)}


def _postgres_named(snapshot_id: UUID, repeat: int) -> dict[str, Any]:
    """The same in PostgreSQL on tables of the columns the statements name."""
    return _postgres(snapshot_id, repeat, named_only=True)


def _postgres(snapshot_id: UUID, repeat: int, *, named_only: bool = False) -> dict[str, Any]:
    """The same in PostgreSQL on whole records: loaded, indexed and analysed before the clock runs."""
    import os
    import tempfile

    import measures_postgres
    import psycopg

    from gongwei.engines import columnar_schemas
    from gongwei.snapshots import folders, queries

    snapshot = queries.of(snapshot_id)
    assert snapshot is not None
    address = os.environ["DATABASE_URL"]
    text = (HERE / "measures_duckdb.sql").read_text(encoding="utf-8")
    carried = columnar_schemas.arrow_carried().names  # a county's tables of records have not these
    with tempfile.TemporaryDirectory() as folder, _connected(snapshot_id, Path(folder)) as database:
        schemas = measures_postgres.schemas(database, text, without=carried, named_only=named_only)
    measures_postgres.load(folders.of(snapshot_id), snapshot.tables, schemas, address)
    first, last = _period().days
    try:
        took, lines = measures_postgres.run(
            measures_postgres.translated(text, carried=named_only).format(first=first, last=last), address
        )
    finally:
        with psycopg.connect(address, autocommit=True) as server:
            server.execute(f"drop schema {measures_postgres.SCHEMA} cascade")
    return {"s": round(took, 2), "figures": _of_lines(lines)}


def _whole(snapshot_id: UUID, repeat: int) -> dict[str, Any]:
    """A run as an officer asks for it: person rows into files, reports of every place into the database."""
    from gongwei.base import clock
    from gongwei.base.actors import SYSTEM
    from gongwei.measures import counting, running
    from gongwei.snapshots import queries

    snapshot = queries.of(snapshot_id)
    assert snapshot is not None
    counting.groups()
    began = time.monotonic()
    made = running.run(by=SYSTEM, at=clock.now(), snapshot=snapshot, periods=[_period()], title="测量")
    took = time.monotonic() - began
    return {"s": round(took, 2), "peak_mb": peak(), "reports": made.reports.count()}


def _pages(snapshot_id: UUID, repeat: int) -> dict[str, Any]:
    """Villages opened to their persons with reasons, and townships shown with their villages."""
    from gongwei.base import scope
    from gongwei.base.actors import Actor
    from gongwei.measures import figures, queries, run_persons
    from gongwei.measures.models import Run

    made = Run.objects.filter(snapshot_id=snapshot_id, state="complete").latest("at")
    actor = Actor(None, None, None, "system", None, "测量", ((0, 10**12 - 1),), "command")
    drawn = random.Random(1)
    villages = queries.places_of(actor, made, "village")
    townships = queries.places_of(actor, made, "township")
    code = _period().code
    drills: list[float] = []
    boards: list[float] = []
    first: dict[str, float] = {}
    while len(drills) < repeat:
        village, measure = drawn.choice(villages), drawn.choice(["HTN.1", "DM.1", "EL.1", "HTN.3", "HR.3"])
        began = time.perf_counter()
        with scope.acting(actor):
            page = run_persons.persons(
                actor, made, measure_code=measure, period_code=code, place=village, side=figures.OUT, limit=20
            )
        took = (time.perf_counter() - began) * 1000
        if not page.lines:  # everybody of the village is in: nothing to give reasons for
            continue
        warm = measure in first
        if warm:
            drills.append(took)
        else:  # a process opens the files of a measure and compiles its conditions once
            first[measure] = took
        assert all(line.reasons for line in page.lines), (measure, page.lines)
        township = drawn.choice(townships)
        began = time.perf_counter()
        with scope.acting(actor):
            rows = queries.below(
                actor, made, township, measures=["HTN.1", "DM.1", "EL.1", "HR.1", "HR.3", "HR.4"], period=code
            )
        if warm:
            boards.append((time.perf_counter() - began) * 1000)
        assert len(rows) > 6
    return {
        "drill_p95_ms": _p95(drills),
        "drill_first_ms": round(max(first.values()), 1),
        "dashboard_p95_ms": _p95(boards),
    }


INNER = {
    "ours": _ours,
    "spark": _spark,
    "hand": _hand,
    "postgres": _postgres,
    "postgres_named": _postgres_named,
    "whole": _whole,
    "pages": _pages,
}


def _p95(took: list[float]) -> float:
    return round(sorted(took)[max(int(len(took) * 0.95) - 1, 0)], 1)


def peak() -> int:
    """The most memory this process held, in MB. Not `ru_maxrss`: that begins with what the parent held."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 1024)
    raise SystemExit("此系统不提供进程的最大内存")


def _differences(hand: dict[str, int], ours: dict[str, int]) -> list[str]:
    """What is not the same by both; zeros need not stand."""
    return [
        f"{name} {hand.get(name, 0)} {ours.get(name, 0)}"
        for name in sorted(hand.keys() | ours.keys())
        if hand.get(name, 0) != ours.get(name, 0)
    ]


def _remove(snapshot_id: UUID) -> None:
    """The city is large: its files go, and those of the runs on it."""
    from gongwei.measures import run_files
    from gongwei.measures.models import Run
    from gongwei.snapshots import folders
    from gongwei.snapshots.models import Snapshot

    for made in Run.objects.filter(snapshot_id=snapshot_id):
        run_files.remove(made.id)
        made.delete()
    Snapshot.objects.filter(id=snapshot_id).delete()
    folders.remove(snapshot_id)
