"""人口与任务数 of a simulated place: numbers that fit its people, so that rates have something to be divided by.

They are made from the residents themselves, a little larger (not everybody has a file), and say so: source 模拟数据.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import connection, transaction

from gongwei.base import ids
from gongwei.measures.models import Population, Target
from gongwei.places.models import Area

SOURCE = "模拟数据"
#: A file for so many of a hundred residents; of the old and the sick somewhat fewer are reached.
FILED = {"resident_population": 91, "older_population": 96, "htn_task_number": 94, "dm_task_number": 94}
#: Of a hundred patients so many are known, and births and children to a thousand residents.
KNOWN, BIRTHS, CHILDREN, SMALL = 55, 7, 60, 25
_COUNTS = """
select area_key,
    count(*) filter (where status in ('active', 'lost')),
    count(*) filter (where status in ('active', 'lost') and extract(year from age(make_date(%(year)s, 12, 31), birth_date)) >= 65)
from residents_resident where filed_on <= make_date(%(year)s, 12, 31) group by area_key
"""
_MANAGED = """
select r.area_key, e.kind, count(distinct e.resident_id) from records_episode e join residents_resident r on r.id = e.resident_id
where e.kind in ('hypertension', 'diabetes') and e.started_on <= make_date(%(year)s, 12, 31)
    and (e.ended_on is null or e.ended_on >= make_date(%(year)s, 1, 1))
group by 1, 2
"""


@transaction.atomic
def furnish(years: Iterable[int], at: dt.datetime) -> int:
    """Publish the numbers of every village for some years, all approved; returns how many. Twice is harmless."""
    villages = list(Area.objects.filter(level="village", valid_until=None).values_list("key", flat=True))
    made = 0
    for year in years:
        if Population.objects.filter(year=year, source=SOURCE).exists():
            continue
        numbers = _numbers(year)
        rows = [
            _row(code, key, year, value, at)
            for key in villages
            for code, value in numbers.get(key, dict.fromkeys([*FILED, "live_births"], 0)).items()
        ]
        made += len(Population.objects.bulk_create(rows, batch_size=5000, ignore_conflicts=True))
    return made


def ask(year: int, at: dt.datetime) -> None:
    """The targets of a simulated county: one rate stricter than the national one, and how many patients to manage."""
    county = Area.objects.filter(level="county", valid_until=None).order_by("key").first()
    if county is None or Target.objects.filter(year=year).exists():
        return
    document = "模拟数据：县卫生健康委年度任务"
    managed = Population.objects.filter(year=year, code="htn_task_number").values_list("value", flat=True)
    wanted = (
        ("htn_std_rate", 68, "%"),
        ("elderly_std_rate", 66, "%"),
        ("htn_managed_count", sum(managed), "人"),
    )
    for code, value, unit in wanted:
        Target.objects.create(
            code=code, year=year, area_key=county.key, op=">=", value=value, unit=unit, level="county",
            document=document, set_at=at,
        )  # fmt: skip


def _numbers(year: int) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"year": year})
        for key, filed, older in cursor.fetchall():
            whole = _more(filed, "resident_population")
            found[key] = {
                "resident_population": whole,
                "older_population": _more(older, "older_population"),
                "htn_task_number": 0,
                "dm_task_number": 0,
                "live_births": whole * BIRTHS // 1000,
                "children_0_6": whole * CHILDREN // 1000,
                "children_0_3": whole * SMALL // 1000,
            }
        cursor.execute(_MANAGED, {"year": year})
        for key, kind, managed in cursor.fetchall():
            if key in found:
                code = "htn" if kind == "hypertension" else "dm"
                found[key][f"{code}_task_number"] = _more(managed, f"{code}_task_number")
                found[key][f"{code}_estimated"] = managed * 100 // KNOWN
    return found


def _more(counted: int, code: str) -> int:
    """The whole of which so many are reached."""
    return counted * 100 // FILED[code]


def _row(code: str, key: int, year: int, value: int, at: dt.datetime) -> Population:
    return Population(
        id=ids.uuid7(), code=code, area_key=key, year=year, value=value, source=SOURCE, document="", version=1,
        state=Population.State.APPROVED, recorded_at=at, approved_at=at,
    )  # fmt: skip
