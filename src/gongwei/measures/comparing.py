"""Every night: are the live person-years what the columnar engine finds over a snapshot? The answer must be yes.

Residents with a change that the snapshot does not hold, or that the follower has not taken yet, are named as waiting and
not compared: for all others both engines have read the same records. What differs is kept, shown and then put right.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import audit, changes, clock, jobs
from gongwei.base.actors import SYSTEM, Actor
from gongwei.base.job_progress import Progress
from gongwei.base.problems import Problem
from gongwei.measures import columns, live_counting, live_keeping, live_rebuilding
from gongwei.measures.live_models import Comparison, Difference, LiveYear
from gongwei.places import queries as places
from gongwei.residents import queries as residents
from gongwei.residents.queries import masking
from gongwei.snapshots.models import Snapshot

log = logging.getLogger(__name__)
TITLE = "核对实时指标"
#: As many differing residents are kept part by part.
SHOWN = 100
KEPT = dt.timedelta(days=400)


@jobs.job(name=TITLE)
def compare_job(progress: Progress) -> dict[str, Any]:
    """The comparison as background work. Any difference makes it a failed job, which the administrator is shown.

    Raises:
        Problem: something differed; it was put right all the same.
    """
    found = compare(by=progress.by, at=clock.now())
    wrong = sum(each.different for each in found)
    figures = sum(each.figures_different for each in found)
    if wrong or figures:
        raise Problem(
            f"实时指标与批量计算不一致：居民{wrong}人，数字{figures}个。已按批量计算更正，请在“数据一致性”查看并告诉开发人员。",
            code="live_differs",
        )
    return {"compared": sum(each.compared for each in found), "different": 0}


def compare(
    *,
    by: Actor = SYSTEM,
    at: dt.datetime,
    snapshot: Snapshot | None = None,
    mend: bool = True,
    told: Callable[[], None] = lambda: None,
) -> list[Comparison]:
    """Compare every year that was built by the present definitions, store what was found, and (`mend`) put differences right.

    Runs as the owner of the tables, outside a transaction. Without a snapshot one is taken: one at hand that is some
    minutes old will do, with more residents waiting.
    """
    from gongwei.measures import live_columnar  # DuckDB and ibis: pages ask this module what was found
    from gongwei.snapshots import operations, queries

    # A year built by older definitions is about to be built again: nothing could be told from it.
    years = tuple(
        LiveYear.objects.filter(year__in=live_keeping.years_built(at), rules=live_rebuilding.rules())
        .order_by("year")
        .values_list("year", flat=True)
    )
    if not years:
        return []
    snapshot = snapshot or operations.take(by=by, at=at, reason=TITLE, base=queries.latest())
    assert snapshot.cut_at is not None
    found = []
    with live_columnar.opened(snapshot) as database:
        columnar = live_columnar.Found(database, years)
        with transaction.atomic():
            bookmark = changes.Bookmark(live_keeping.BOOKMARK).held()
            left_out = live_columnar.waiting(snapshot, bookmark)
            for year in years:
                comparison, lines = _year(year, columnar, left_out, mend=mend, told=told)
                comparison.at, comparison.cut_at, comparison.snapshot_id = at, snapshot.cut_at, snapshot.pk
                comparison.save(force_insert=True)
                Difference.objects.bulk_create(lines)
                found.append(comparison)
            Comparison.objects.filter(at__lt=at - KEPT).delete()
    return found


def _year(
    year: int, columnar: Any, left_out: list[UUID], *, mend: bool, told: Callable[[], None]
) -> tuple[Comparison, list[Difference]]:
    """One year compared, table by table, and put right; not stored yet."""
    from gongwei.measures import live_columnar

    began = time.monotonic()
    comparison = Comparison(
        year=year,
        compared=0,
        waiting=len(left_out),
        different=0,
        figures_different=live_counting.wrong(year),
    )
    lines: list[Difference] = []
    for each in live_columnar.staged(columnar, year, left_out, told):
        comparison.compared += each.rows
        if count := each.count():
            comparison.different += count
            lines += _lines(comparison, each.table, each.differences(max(SHOWN - len(lines), 1)))
            if mend:
                each.apply()
    if comparison.different or comparison.figures_different:
        if mend:
            live_counting.recount(year)
        log.error(
            "live figures of %s differ from the columnar engine: %s person-years, %s figures",
            year, comparison.different, comparison.figures_different,
        )  # fmt: skip
    comparison.seconds = time.monotonic() - began
    return comparison, lines


def _lines(comparison: Comparison, table: columns.Table, found: Any) -> list[Difference]:
    return [
        Difference(
            comparison=comparison,
            resident_id=resident,
            area_key=area,
            programme=table.programme,
            part=part,
            live=live[:120],
            columnar=columnar[:120],
        )
        for resident, area, part, live, columnar in found
    ]


@dataclass(frozen=True)
class Standing:
    """The newest comparison of each year, for a page or a tile."""

    newest: tuple[Comparison, ...]

    @property
    def agrees(self) -> bool:
        """Nothing differed."""
        return not any(each.different or each.figures_different for each in self.newest)


def standing() -> Standing:
    """How the last comparison came out."""
    newest = Comparison.objects.order_by("year", "-at", "-id").distinct("year")
    return Standing(tuple(sorted(newest, key=lambda each: -each.year)))


def history(limit: int = 60) -> list[Comparison]:
    """The last comparisons, the newest first."""
    return list(Comparison.objects.order_by("-at", "-year")[:limit])


def part_title(programme: str, part: str) -> str:
    """What a part is called on pages."""
    fixed = {
        "row": "年度事实",
        "area_key": "居住区划",
        "organization_id": "管理机构",
        "doctor_id": "责任医生",
    }
    if part in fixed:
        return fixed[part]
    for table in columns.tables():
        if table.programme == programme and part in table.facts:
            return str(table.facts[part].label)
    return part


@dataclass(frozen=True)
class Line:
    """One part of one resident that differed, in words; the name masked."""

    resident_id: UUID
    name: str
    village: str
    part: str
    live: str
    columnar: str


_WORDS = {"true": "是", "false": "否", "": "未知"}


def lines_of(actor: Actor, comparison: Comparison) -> list[Line]:
    """The differing parts of the residents an actor reaches; the look is written to the access log."""
    found = list(comparison.differences.order_by("resident_id", "id")[: 5 * SHOWN])
    if not found:
        return []
    ids = list(dict.fromkeys(each.resident_id for each in found))
    known = dict(residents.visible_to(actor).filter(id__in=ids).values_list("id", "name"))
    villages = places.names_of_areas({each.area_key for each in found})
    audit.read(
        by=actor,
        subject_kind="resident",
        subject_ids=sorted(known, key=str),
        query={"comparison": str(comparison.pk)},
    )
    return [
        Line(
            each.resident_id,
            masking.masked_name(known[each.resident_id]),
            villages.get(each.area_key, ""),
            part_title(each.programme, each.part),
            _WORDS.get(each.live, each.live),
            _WORDS.get(each.columnar, each.columnar),
        )
        for each in found
        if each.resident_id in known
    ]
