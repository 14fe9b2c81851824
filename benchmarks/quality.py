"""Bulk checks of records: how many records a second the columnar engine judges and keeps, and the row engine beside it.

    ./gongwei bench quality --residents 20000

Everything is undone afterwards. `rows_per_s`: records read from PostgreSQL, judged by all rules of their form, findings
written; `row_engine_per_s`: the same records of a sample of residents judged one by one, nothing written.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any


def main(argv: list[str]) -> None:
    """Measure and print; the last line is one JSON object."""
    parser = argparse.ArgumentParser(prog="quality", description="批量质量核查的速度")
    parser.add_argument("--residents", type=int, default=20_000, help="居民人数（数据库中不足时模拟生成）")
    parser.add_argument("--sample", type=int, default=300, help="逐条核查的居民数")
    options = parser.parse_args(argv)
    from gongwei.site import database

    with database.ready(apart=True):
        _people(options.residents)
        figures = measure(options.sample)
    print(json.dumps(figures, ensure_ascii=False))


def _people(wanted: int) -> None:
    from gongwei.residents.models import Resident

    if Resident.objects.order_by("id")[wanted - 1 : wanted].exists():
        return
    from gongwei.site import progress
    from gongwei.site.commands import simulate

    with progress.shown() as report:
        simulate.build(residents=wanted, seed=1, years=2, progress=report)


def measure(sample: int) -> dict[str, Any]:
    """Check every form that has records, then the files, then a sample by rows."""
    from django.db import transaction

    from gongwei.quality import bulk, probes, row_checks
    from gongwei.quality.models import Finding
    from gongwei.records import columns
    from gongwei.residents.models import Resident

    forms = [form for form in probes.asked_forms() if columns.model_for(form.code).objects.exists()]
    figures: dict[str, Any] = {}
    with transaction.atomic():
        Finding.objects.filter(steps=None).delete()
        runs = {form.code: bulk.check_form(form) for form in forms}
        for code, run in runs.items():
            print(
                f"{code:20} {run.checked:>10,} 份 {run.found:>10,} 项 {run.checked / run.seconds:>10,.0f} 份/秒"
            )
        files = bulk.check_files()
        print(
            f"{'居民档案':20} {files.checked:>10,} 人 {files.found:>10,} 项 {files.checked / files.seconds:>10,.0f} 人/秒"
        )
        again = [bulk.check_form(form) for form in forms[:1]]
        transaction.set_rollback(True)
    records, seconds = sum(run.checked for run in runs.values()), sum(run.seconds for run in runs.values())
    people = list(Resident.objects.order_by("id").values_list("id", flat=True)[:sample])
    began, judged = time.monotonic(), 0
    for form in forms:
        row_checks.found(form, dict.fromkeys(people, None))
        judged += columns.model_for(form.code).objects.filter(live=True, resident__in=people).count()
    figures |= {
        "records": records,
        "rows_per_s": round(records / seconds),
        "files_per_s": round(files.checked / files.seconds),
        "found": sum(run.found for run in runs.values()),
        "found_again": sum(run.found for run in again),
        "row_engine_per_s": round(judged / (time.monotonic() - began)),
    }
    return figures
