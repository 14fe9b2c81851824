"""Resident search, opening a file and the list: p50 and p95 by kind of key, as a request does them.

    ./gongwei bench search --residents 20000

Each measured call is one transaction under row-level security with its line in the access log: what a person
waits for, without HTTP and template. The commit does not wait for the disk here: that wait is the same for every
kind of key and would flatter the ratio. Asked by a county officer of the whole database (the hardest: nothing is
narrowed) and, for orientation, by the doctor of one village. Uses the database given when it holds enough residents, else
makes them by the simulation.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

GOAL = 10


def main(argv: list[str]) -> None:
    """Measure and print; the last line is one JSON object."""
    parser = argparse.ArgumentParser(prog="search", description="居民检索、打开档案、列表翻页的用时")
    parser.add_argument("--residents", type=int, default=20_000, help="居民人数（数据库中不足时模拟生成）")
    parser.add_argument("--repeat", type=int, default=200, help="每种检索的次数")
    parser.add_argument("--seed", type=int, default=1, help="随机种子")
    options = parser.parse_args(argv)
    ready = _database()
    with ready:
        _people(options.residents)
        figures = measure(options.repeat, random.Random(options.seed))
    print(json.dumps(figures, ensure_ascii=False))


def _database() -> Any:
    from gongwei.site import database

    return database.ready(apart=True)


def _people(wanted: int) -> None:
    """Make sure that there are enough residents."""
    from gongwei.residents.models import Resident

    if Resident.objects.order_by("id")[wanted - 1 : wanted].exists():
        return
    from gongwei.site import progress
    from gongwei.site.commands import simulate

    with progress.shown() as report:
        simulate.build(residents=wanted, seed=1, years=1, progress=report)


def measure(repeat: int, source: random.Random) -> dict[str, float]:
    """Measure every kind of key; returns milliseconds by the names of the issue."""
    from django.db import connection, transaction

    from gongwei.base import actors, ids, scope
    from gongwei.places.models import Area
    from gongwei.residents import queries, sealing
    from gongwei.residents.models import Resident

    def actor(role: str, low: int, high: int) -> actors.Actor:
        return actors.Actor(ids.uuid7(), None, None, role, None, "测量", ((low, high),))

    keys = list(Area.objects.filter(level="village").values_list("key", flat=True))
    officer = actor("county_officer", min(keys), max(keys))
    sample = _sample(repeat)
    village = sample[0].area_id
    doctor = actor("village_doctor", village, village)
    opened = {
        row.id: (
            sealing.open_column(row, sealing.RESIDENT, "id_cipher"),
            sealing.open_column(row, sealing.RESIDENT, "phone_cipher"),
        )
        for row in sample
    }
    numbered = [row for row in sample if opened[row.id][0]]
    phoned = [row for row in sample if opened[row.id][1]]
    long_names = [row for row in sample if len(row.name) >= 3]

    def ask(by: actors.Actor, text: str, sure: Any = None) -> None:
        with transaction.atomic(), scope.acting(by):
            hits = queries.search(by, text)
        if sure is not None and all(hit.resident.id != sure.id for hit in hits):
            raise AssertionError(f"{text[:2]}… did not find its resident")

    with connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = off")

    searches: dict[str, tuple[str, list[Callable[[], None]]]] = {
        "id_exact": ("身份证号", [lambda r=r: ask(officer, opened[r.id][0], r) for r in numbered]),
        "name": ("姓名", [lambda r=r: ask(officer, r.name) for r in sample]),
        "initials": ("拼音首字母", [lambda r=r: ask(officer, r.initials[0]) for r in sample]),
        "initials_year": (
            "首字母加出生年",
            [lambda r=r: ask(officer, f"{r.initials[0]} {r.birth_date.year}") for r in sample],
        ),
        "pinyin": ("全拼", [lambda r=r: ask(officer, r.pinyin[0]) for r in sample]),
        "id_tail": (
            "身份证后4位、后6位",
            [lambda r=r, n=n: ask(officer, opened[r.id][0][-n:]) for r in numbered for n in (4, 6)],
        ),
        "phone": ("电话", [lambda r=r: ask(officer, opened[r.id][1]) for r in phoned]),
        "phone_tail": ("电话后4位", [lambda r=r: ask(officer, opened[r.id][1][-4:]) for r in phoned]),
        "contains": ("姓名中两字", [lambda r=r: ask(officer, r.name[-2:]) for r in long_names]),
        "surname": ("姓氏", [lambda r=r: ask(officer, r.name[0]) for r in sample]),
        "record_no": ("档案编号", [lambda r=r: ask(officer, r.record_no, r) for r in sample if r.record_no]),
        "village_name": ("本村：姓名", [lambda r=r: ask(doctor, r.name) for r in sample]),
        "village_initials": ("本村：拼音首字母", [lambda r=r: ask(doctor, r.initials[0]) for r in sample]),
        "village_contains": ("本村：姓名中两字", [lambda r=r: ask(doctor, r.name[-2:]) for r in long_names]),
        "village_surname": ("本村：姓氏", [lambda r=r: ask(doctor, r.name[0]) for r in sample]),
    }

    def open_file(row: Resident) -> None:
        with transaction.atomic(), scope.acting(officer):
            found = queries.file(officer, row.id)
            queries.masked(found, on=row.created_at.date())
            list(queries.household_of(officer, found))

    orders = ["name_sort", "record_no", "birth_date", "filed_on"]

    def list_page(number: int, order: str) -> None:
        with transaction.atomic(), scope.acting(officer):
            queries.page(officer, sort=order, number=number, size=20)

    count = Resident.objects.count() if connection.vendor == "postgresql" else 0
    thousandth = min(1000, max(count // 20, 1))
    times = max(repeat // 4, 10)
    searches["open_file"] = ("打开档案", [lambda r=r: open_file(r) for r in sample])
    searches["list_first"] = ("列表第1页", [lambda o=o: list_page(1, o) for o in orders * (times // 4)])
    searches["list_1000"] = (
        f"列表第{thousandth}页",
        [lambda o=o: list_page(thousandth, o) for o in orders * (times // 4)],
    )
    figures: dict[str, float] = {"residents": count, "list_page": thousandth}
    print(f"居民 {count:,} 人；每种 {repeat} 次；毫秒")
    for name, (title, calls) in searches.items():
        half, most = _timed(calls, source)
        figures[f"{name}_p50_ms"], figures[f"{name}_p95_ms"] = half, most
        print(f"  {title:　<10} p50 {half:8.2f}   p95 {most:8.2f}")
    asked = ("name", "initials", "id_tail", "phone", "contains")
    worst = max(figures[f"{name}_p95_ms"] for name in asked)
    figures["worst_over_id_exact"] = round(worst / figures["id_exact_p95_ms"], 2)
    everything = max(
        figures[f"{name}_p95_ms"] for name in searches if name not in {"open_file", "list_first", "list_1000"}
    )
    figures["worst_of_all_over_id_exact"] = round(everything / figures["id_exact_p95_ms"], 2)
    print(f"最慢的检索 ÷ 身份证号检索：{figures['worst_over_id_exact']}（目标 ≤ {GOAL}）")
    return figures


def _sample(repeat: int) -> list[Any]:
    """Residents spread over the whole table, living ones with a number and a telephone as far as there are any."""
    from django.db import connection

    from gongwei.residents.models import Resident

    with connection.cursor() as cursor:
        cursor.execute(
            "select id from residents_resident where status = 'active' and id_cipher is not null "
            "and phone_cipher is not null and contact_phone_cipher is not null limit 1"
        )
        prepared = "and contact_phone_cipher is not null" if cursor.fetchone() else ""
        cursor.execute(
            "select id from (select id, row_number() over () n, count(*) over () total from residents_resident "
            f"where status = 'active' and id_cipher is not null and phone_cipher is not null {prepared}) t "
            "where n %% greatest(total / %s, 1) = 0 limit %s",
            [repeat, repeat],
        )
        keys = [row[0] for row in cursor.fetchall()]
    return list(Resident.objects.filter(id__in=keys))


def _timed(calls: list[Callable[[], None]], source: random.Random) -> tuple[float, float]:
    """Run the calls in a random order (after a few to warm up); returns p50 and p95 in milliseconds."""
    source.shuffle(calls)
    for call in calls[:5]:
        call()
    taken = []
    for call in calls:
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1000)
    cuts = statistics.quantiles(taken, n=20)
    return round(statistics.median(taken), 3), round(cuts[18], 3)
