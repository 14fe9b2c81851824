"""Snapshots: how fast everything is written out in columns, beside a discarded binary COPY of the same queries.

    ./gongwei bench snapshot --residents 20000

`snapshot_over_raw_copy`: rows per second of a complete snapshot (moved by ADBC, typed, sorted by place, compressed, digested,
synced) over those of one session of PostgreSQL that copies the same queries to a reader who throws them away; both in the
same run, in turns. `increment_s`: a consistent increment after `--changes` changed records. `refresh_seconds`: after as many
changes again an increment and the live figures brought into line by it; `refresh_over_full`: that over a complete snapshot with
all figures built anew from it.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any


def main(argv: list[str]) -> None:
    """Measure and print; the last line is one JSON object."""
    parser = argparse.ArgumentParser(prog="bench snapshot", description="写数据快照的速度")
    parser.add_argument("--residents", type=int, default=20_000, help="居民人数（数据库中不足时模拟生成）")
    parser.add_argument("--changes", type=int, default=10_000, help="增量快照前变动的记录数")
    parser.add_argument("--times", type=int, default=3, help="轮流测量的次数")
    options = parser.parse_args(argv)
    from gongwei.site import database

    with database.ready(apart=True):
        _people(options.residents)
        figures = measure(options.changes, options.times)
    print(json.dumps(figures, ensure_ascii=False))


def _people(wanted: int) -> None:
    from gongwei.residents.models import Resident

    if Resident.objects.order_by("id")[wanted - 1 : wanted].exists():
        return
    from gongwei.site import progress
    from gongwei.site.commands import simulate

    with progress.shown() as report:
        simulate.build(residents=wanted, seed=1, years=2, progress=report)


def measure(changes: int, times: int) -> dict[str, Any]:
    """Complete snapshots and bare copies in turns; then one increment."""
    from gongwei.base import clock
    from gongwei.base.actors import SYSTEM
    from gongwei.snapshots import exports, keeping, operations

    asked = [each.asked() for each in exports.every()]
    bare, full, snapshots = [], [], []
    for number in range(times):
        began = time.perf_counter()
        size = sum(_thrown_away(query) for query in asked)
        bare.append(time.perf_counter() - began)
        began = time.perf_counter()
        snapshots.append(operations.take(by=SYSTEM, at=clock.now(), reason="测速"))
        full.append(time.perf_counter() - began)
        print(f"  第{number + 1}次　直接复制 {bare[-1]:.1f} 秒　完整快照 {full[-1]:.1f} 秒", flush=True)
    base = snapshots[-1]
    announced = _announce(changes)
    began = time.perf_counter()
    increment = operations.take(by=SYSTEM, at=clock.now(), reason="测速", base=base)
    increment_s = time.perf_counter() - began
    refreshed = _refreshed(changes)
    operations.remove_old(by=SYSTEM, at=clock.now(), policy=keeping.Policy(0, 0))
    return {
        "rows": base.rows,
        "copied_mb": round(size / 1e6, 1),
        "snapshot_mb": round(base.bytes / 1e6, 1),
        "full_s": round(min(full), 2),
        "raw_copy_s": round(min(bare), 2),
        "rows_per_s": round(base.rows / min(full)),
        "snapshot_over_raw_copy": round(min(bare) / min(full), 3),
        "changed_records": announced,
        "increment_kind": str(increment.kind),
        "increment_residents": increment.changed,
        "increment_rows": increment.rows,
        "increment_s": round(increment_s, 2),
        **refreshed,
    }


def _refreshed(changes: int) -> dict[str, Any]:
    """Figures built anew from a complete snapshot, then brought into line after changes."""
    from gongwei.measures import live_catching, live_rebuilding

    began = time.perf_counter()
    live_rebuilding.rebuild()
    full = time.perf_counter() - began
    _announce(changes)
    began = time.perf_counter()
    done = live_catching.catch_up()
    refresh = time.perf_counter() - began
    print(f"  重建全部指标 {full:.1f} 秒　更新 {changes} 份记录后的指标 {refresh:.1f} 秒", flush=True)
    return {
        "rebuild_s": round(full, 2),
        "refreshed_rows": done.rows,
        "refresh_seconds": round(refresh, 2),
        "refresh_over_full": round(refresh / full, 3),
    }


def _thrown_away(query: str) -> int:
    """Copy a query in binary and keep nothing; returns the bytes."""
    from django.db import connection

    with connection.cursor() as cursor, cursor.copy(f"copy ({query}) to stdout (format binary)") as copy:
        return sum(len(block) for block in copy)


def _announce(changes: int) -> int:
    """Say that so many records changed, one each of as many residents as there are."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "insert into base_change (at, kind, subject_id, resident_id, done_on) "
            "select now(), 'response', p.id, p.resident_id, p.done_on from records_response p "
            "order by md5(p.id::text) limit %s",
            [changes],
        )
        return int(cursor.rowcount)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
