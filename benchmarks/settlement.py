"""A settlement of a whole city: a year of paid services counted, money divided, statements opened.

    ./gongwei bench settlement --residents 60000

The city of the benchmark of measures (measures_city.py) with who did each service; 40 service items, each service of the programmes
by quarter of the year. `seconds`: the whole run, compiling, counting, files, lines of every institution, doctor and service stored;
`counting_seconds` of it; `peak_mb`: the greatest memory of the process; `statement_p95_ms`: statements of institutions drawn at
random; `encounters_p95_ms`: a page of the records behind one of their lines, the access log written.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

HERE = Path(__file__).parent
CITY = 660100000000
#: Yuan per head and year of the city's pot.
PER_HEAD_FEN = 9900


def main(argv: list[str]) -> None:
    """Measure and print; the last line is one JSON object."""
    parser = argparse.ArgumentParser(prog="settlement", description="全市结算的速度")
    parser.add_argument("--residents", type=int, default=60_000, help="居民人数（城市规模为5456400）")
    parser.add_argument("--repeat", type=int, default=60, help="打开结算单的次数")
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--snapshot", default="", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.inner:
        import django

        django.setup()
        print(json.dumps(_settle(UUID(options.snapshot), options)))
        return
    from gongwei.site import database

    with database.ready(apart=True):
        sys.path.insert(0, str(HERE))
        import measures

        snapshot_id, figures = measures.prepare(options.residents)
        _who_did_it(snapshot_id)
        program = (
            f"import sys; sys.path.insert(0, {str(HERE)!r}); import settlement; settlement.main(sys.argv[1:])"
        )
        asked = ["--inner", "--snapshot", str(snapshot_id), "--residents", str(options.residents)]
        done = subprocess.run(
            [sys.executable, "-c", program, *asked, "--repeat", str(options.repeat)],
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            if done.returncode:
                raise SystemExit(done.stderr[-3000:])
            figures |= json.loads(done.stdout.splitlines()[-1])
        finally:
            _clear(snapshot_id)
    print(json.dumps(figures, ensure_ascii=False))


def _clear(snapshot_id: UUID) -> None:
    import shutil

    from gongwei.snapshots import folders

    shutil.rmtree(folders.of(snapshot_id), ignore_errors=True)


def _who_did_it(snapshot_id: UUID) -> None:
    """The responses with institution, doctor and time of entry; the institutions with their centres."""
    import duckdb

    from gongwei.places.models import Organization
    from gongwei.snapshots import folders
    from gongwei.snapshots.models import Snapshot

    snapshot = Snapshot.objects.get(id=snapshot_id)
    folder = folders.of(snapshot_id)
    responses = folder / "responses" / "part-0.parquet"
    written = folder / "responses" / "whole.parquet"
    config = {"threads": 2, "memory_limit": "2000MB", "temp_directory": str(folder / ".work")}
    with duckdb.connect(config=config) as database:
        # Both tables are ordered by village, so that a hash of one village's residents is all that is held.
        database.execute(
            "copy (select r.record_id, r.subject_id, r.form_code, r.done_on, "
            "r.done_on::timestamptz + to_days((hash(r.record_id) % 40)::int) as entered_at, "
            "p.organization_id, p.doctor_id as practitioner_id, r.record_id as encounter_id, "
            "case hash(r.record_id, 1) % 200 when 0 then 'entered_in_error' when 1 then 'superseded' else r.status end as status, "
            f"r.supersedes, false as moved_in, null::date as first_entered_on, r.area_key from read_parquet('{responses}') r "
            f"join read_parquet('{folder}/subjects/part-0.parquet') p on p.subject_id = r.subject_id "
            f"order by r.area_key, r.subject_id) to '{written}' (format parquet, compression zstd, row_group_size 100000)"
        )
        responses.unlink()
        written.rename(responses)
        (folder / "organizations").mkdir()
        rows = list(
            Organization.objects.filter(area_id__gte=CITY).values_list(
                "id", "code", "name", "kind", "parent_id", "area_id"
            )
        )
        database.execute(
            "create table o (organization_id uuid, code varchar, name varchar, kind varchar, parent_id uuid, area_key bigint)"
        )
        database.executemany("insert into o values (?, ?, ?, ?, ?, ?)", rows)
        path = folder / "organizations" / "part-0.parquet"
        database.execute(f"copy o to '{path}' (format parquet)")
        tables = dict(snapshot.tables)
        for name in ("responses", "organizations"):
            file = folder / name / "part-0.parquet"
            said = database.sql(f"describe select * from read_parquet('{file}')").fetchall()
            count = database.sql(f"select count(*) from read_parquet('{file}')").fetchall()[0][0]
            tables[name] = {
                "rows": count,
                "bytes": file.stat().st_size,
                "columns": [[column[0], column[1]] for column in said],
                "files": [{"name": f"{name}/part-0.parquet", "sha256": ""}],
                "asked": "",
            }
    Snapshot.objects.filter(id=snapshot_id).update(tables=tables)


def items() -> tuple[Any, ...]:
    """Forty items: each service of the programmes in each quarter of the year, limits and windows shared over the year."""
    from dataclasses import replace

    from gongwei import catalogue

    year, found = _year(), []
    for item in catalogue.services():
        for quarter in range(4):
            first = dt.date(year, 3 * quarter + 1, 1)
            last = dt.date(year + (quarter == 3), (3 * quarter + 3) % 12 + 1, 1) - dt.timedelta(days=1)
            inside = (item.on.done_on >= first) & (item.on.done_on <= last)  # type: ignore[attr-defined]
            about = inside if item.about is None else item.about & inside
            code = f"{item.code}.q{quarter + 1}"
            found.append(replace(item, code=code, counts_if=None, about=about, series=item.series))
    return tuple(found)


def _year() -> int:
    import measures_city

    return int(measures_city.YEAR)


def content(services: tuple[Any, ...]) -> dict[str, Any]:
    """The national default scheme, by work equivalents, with the forty items."""
    from gongwei.settlement import schemes

    whole = schemes.national(dt.date(_year(), 12, 31))
    plain = whole["items"]
    whole["items"] = {item.code: plain[item.code.rpartition(".")[0]] for item in services}
    whole["method"] = "equivalents"
    for claim in whole["claims"]:
        claim["services"] = [f"{code}.q{quarter}" for code in claim["services"] for quarter in range(1, 5)]
    return whole


def _settle(snapshot_id: UUID, options: argparse.Namespace) -> dict[str, Any]:
    """The run, then statements and records of lines."""
    import measures

    from gongwei import catalogue
    from gongwei.base import clock
    from gongwei.base.actors import SYSTEM
    from gongwei.engines import columnar
    from gongwei.settlement import queries, running, schemes
    from gongwei.settlement.models import RunLine, RunTally, SettlementScheme
    from gongwei.snapshots import queries as snapshots

    services = items()
    catalogue.current().services.update(
        {item.code: item for item in services}
    )  # the scheme asks which there are
    snapshot = snapshots.of(snapshot_id)
    assert snapshot is not None
    chosen = content(services)
    at = clock.now()
    earlier = SettlementScheme.objects.filter(area_key=CITY)  # of a benchmark before this one
    earlier.filter(state="approved").update(state="replaced")
    scheme = SettlementScheme.objects.create(
        area_key=CITY, year=_year(), pot="original", version=earlier.count() + 1, title="测量", document="测量", state="approved",
        content=chosen, digest=schemes.read(chosen).digest, recorded_at=at, approved_at=at,
    )  # fmt: skip
    # Imports are made before: a worker has them.
    columnar.sql(columnar.table_of(columnar.arrow_subjects(), "subjects"))
    began = time.monotonic()
    made = running.compute(
        by=SYSTEM,
        at=at,
        county_key=CITY,
        year=_year(),
        snapshot=snapshot,
        scheme_id=scheme.id,
        total_fen=options.residents * PER_HEAD_FEN,
        services=services,
        told=lambda message: print(f"{time.monotonic() - began:6.1f} {message}", file=sys.stderr),
    )
    seconds = time.monotonic() - began
    peak = measures.peak()
    drawn = random.Random(1)
    units = queries.units(SYSTEM, made)
    statements, pages = [], []
    for _ in range(options.repeat):
        unit = drawn.choice(units)
        started = time.monotonic()
        found = queries.statement(SYSTEM, made, unit.organization_id)
        statements.append(time.monotonic() - started)
        if not found.services:
            continue
        line = drawn.choice(found.services)
        started = time.monotonic()
        queries.encounters(
            SYSTEM, made, line.origin_id, line.service_code, counted=bool(drawn.getrandbits(1))
        )
        pages.append(time.monotonic() - started)
    return {
        "services": len(services),
        "institutions": len(units),
        "lines": RunLine.objects.filter(run=made).count(),
        "tallies": RunTally.objects.filter(run=made).count(),
        "service_rows": sum(each["rows"] for each in made.files.values()),
        "file_mb": round(sum(each["bytes"] for each in made.files.values()) / 2**20),
        "seconds": round(seconds, 2),
        "counting_seconds": round(made.counting_seconds, 2),
        "peak_mb": peak,
        "statement_p95_ms": _p95(statements),
        "encounters_p95_ms": _p95(pages),
    }


def _p95(times: list[float]) -> float:
    return round(sorted(times)[int(len(times) * 0.95) - 1] * 1000, 1)
