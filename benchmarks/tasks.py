"""Rebuilding all tasks, and a doctor's worklist as a page asks for it.

    ./gongwei bench tasks --residents 20000

`residents_per_s`: residents through a whole rebuild (read, plan, compare, write) in two processes, from an empty table.
`again_per_s`: the same when nothing has changed. `worklist_p95_ms`: first page of fifty with its counts, by the doctor with the
most residents, in one transaction under row-level security with its line in the access log; without HTTP and template.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any


def main(argv: list[str]) -> None:
    """Measure and print; the last line is one JSON object."""
    parser = argparse.ArgumentParser(prog="tasks", description="重建待办和打开待办名单的用时")
    parser.add_argument("--residents", type=int, default=20_000, help="居民人数（数据库中不足时模拟生成）")
    parser.add_argument("--repeat", type=int, default=100, help="打开名单的次数")
    parser.add_argument("--processes", type=int, default=2, help="重建的进程数")
    options = parser.parse_args(argv)
    from gongwei.site import database

    with database.ready(apart=True):
        _people(options.residents)
        figures = {**rebuild(options.processes), **worklist(options.repeat)}
    print(json.dumps(figures, ensure_ascii=False))


def _people(wanted: int) -> None:
    from gongwei.residents.models import Resident

    if Resident.objects.order_by("id")[wanted - 1 : wanted].exists():
        return
    from gongwei.site import progress
    from gongwei.site.commands import simulate

    with progress.shown() as report:
        simulate.build(residents=wanted, seed=1, years=2, progress=report)


def rebuild(processes: int) -> dict[str, Any]:
    """Rebuild from nothing, then once more. Only in a database that holds nothing but simulated tasks."""
    from django.db import connection

    from gongwei.tasks import rebuilding
    from gongwei.tasks.models import Attempt, Task

    if Attempt.objects.exists():
        raise SystemExit("数据库中有未成记录，不能清空待办来测量。")
    with connection.cursor() as cursor:
        cursor.execute("truncate tasks_task, tasks_attempt")
    first = rebuilding.rebuild(processes=processes)
    again = rebuilding.rebuild(processes=processes)
    return {
        "residents": first.residents,
        "tasks": Task.objects.count(),
        "rebuild_s": round(first.seconds, 1),
        "residents_per_s": round(first.residents / first.seconds),
        "again_per_s": round(again.residents / again.seconds),
    }


def worklist(repeat: int) -> dict[str, Any]:
    """Open the worklist of the doctor with the most residents, again and again."""
    from django.db import connection, transaction
    from django.db.models import Count

    from gongwei.base import clock, ids, scope
    from gongwei.places import actors
    from gongwei.places.models import Account, Duty
    from gongwei.residents.models import Resident
    from gongwei.tasks import queries

    busiest = (
        Resident.objects.filter(status="active", responsible_doctor__isnull=False)
        .values("responsible_doctor")
        .annotate(n=Count("id"))
        .order_by("-n")[0]
    )
    doctor = busiest["responsible_doctor"]
    duty = Duty.objects.filter(practitioner=doctor, role="village_doctor").select_related("practitioner")[0]
    # Most simulated doctors have no account; who signs in is not what is measured.
    actor = actors.actor_for(Account(id=ids.uuid7(), practitioner=duty.practitioner), duty)
    filters = queries.Filters(doctor_id=doctor)
    took = []
    for _ in range(repeat):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("set local synchronous_commit = off")
            began = time.perf_counter()
            with scope.acting(actor):
                page = queries.worklist(actor, filters)
            took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return {
        "day": clock.today().isoformat(),
        "doctor_residents": busiest["n"],
        "doctor_open": page.counts["open"],
        "worklist_p50_ms": round(statistics.median(took), 1),
        "worklist_p95_ms": round(took[int(len(took) * 0.95) - 1], 1),
    }
