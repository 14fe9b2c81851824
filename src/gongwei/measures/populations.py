"""Reads of the published numbers that rates are divided by: 常住人口, 任务数, 活产数 by area and year.

    value("resident_population", 320722000000, 2026)

An area without a number of its own has the sum of its parts, if every part has one. Only approved numbers count.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from gongwei.base import clock
from gongwei.measures.figures import PublishedNumber
from gongwei.measures.populations_models import Population
from gongwei.places import division_codes, queries
from gongwei.places.models import Account, Area

#: What may be reported, by code: the denominators of measures, and what officers keep beside them.
KINDS: dict[str, str] = {
    "resident_population": "常住居民数",
    "older_population": "65岁及以上常住人口",
    "htn_task_number": "高血压患者年内应管理人数",
    "dm_task_number": "2型糖尿病患者年内应管理人数",
    "htn_estimated": "高血压患病人数（估算）",
    "dm_estimated": "2型糖尿病患病人数（估算）",
    "live_births": "活产数",
    "children_0_6": "0～6岁儿童数",
    "children_0_3": "0～36个月儿童数",
}
#: Said of a number that nobody reported for the area itself.
SUM_OF_PARTS = "下级合计"


@dataclass(frozen=True, slots=True)
class Sum:
    """How an area's own number compares with its parts: what was reported for it, what the parts add up to (None while a part
    has none), and the parts without a number."""

    own: int | None
    parts: int | None
    without: tuple[int, ...]

    @property
    def differs(self) -> bool:
        """Both are known and are not the same."""
        return self.own is not None and self.parts is not None and self.own != self.parts


def value(code: str, area_key: int, year: int) -> PublishedNumber | None:
    """The number of an area in a year, its own or the sum of its parts; None where neither is known."""
    return values(code, year, ((area_key, division_codes.last(area_key)),)).get(area_key)


def values(
    code: str, year: int, ranges: Sequence[tuple[int, int]] | None = None
) -> dict[int, PublishedNumber]:
    """The numbers of all areas (of those within ranges) in use at the end of a year, by key; areas without one are left out.

    An area is asked for together with all below it: ranges are those of whole areas.
    """
    inside = Q()
    for low, high in ranges or ():
        inside |= Q(key__gte=low, key__lte=high)
    day = dt.date(year, 12, 31)
    areas = list(
        Area.objects.filter(inside, Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day)
        .order_by("-key")
        .values_list("key", "parent_id")
    )
    reported = Population.objects.filter(code=code, year=year, state=Population.State.APPROVED)
    if ranges:
        by_area = Q()
        for low, high in ranges:
            by_area |= Q(area_key__gte=low, area_key__lte=high)
        reported = reported.filter(by_area)
    own = {row.area_key: _number(row) for row in reported}
    return _rolled_up(code, areas, own)


def sums(code: str, year: int, area_key: int) -> Sum:
    """Whether the parts of an area add up to it."""
    below = [area.key for area in queries.areas_below(_area(area_key), dt.date(year, 12, 31))]
    known = values(code, year, ((area_key, division_codes.last(area_key)),))
    found = known.get(area_key)
    own = found.value if found is not None and found.source != SUM_OF_PARTS else None
    without = tuple(key for key in below if key not in known)
    parts = sum(known[key].value for key in below) if below and not without else None
    return Sum(own, parts, without)


def history(code: str, area_key: int, year: int) -> QuerySet[Population]:
    """All versions of a number, the latest first."""
    return Population.objects.filter(code=code, area_key=area_key, year=year).order_by("-version")


def latest(code: str, year: int, area_keys: Iterable[int]) -> dict[int, list[Population]]:
    """The draft and the approved number of areas, by key."""
    found: dict[int, list[Population]] = {}
    states = [Population.State.DRAFT, Population.State.APPROVED]
    rows = Population.objects.filter(code=code, year=year, area_key__in=list(area_keys), state__in=states)
    for row in rows.order_by("area_key", "version"):
        found.setdefault(row.area_key, []).append(row)
    return found


def drafts(ranges: Sequence[tuple[int, int]]) -> QuerySet[Population]:
    """What waits for approval within ranges, by year, kind and area."""
    inside = Q(pk__in=[])
    for low, high in ranges:
        inside |= Q(area_key__gte=low, area_key__lte=high)
    return Population.objects.filter(inside, state=Population.State.DRAFT).order_by(
        "-year", "code", "area_key"
    )


def names_of_accounts(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Who stands behind accounts, for those that report and approve."""
    known = Account.objects.filter(id__in=[each for each in ids if each is not None])
    return dict(known.values_list("id", "practitioner__name"))


def _rolled_up(
    code: str, areas: Sequence[tuple[int, int | None]], own: Mapping[int, PublishedNumber]
) -> dict[int, PublishedNumber]:
    """Own numbers, and sums where there is none. Areas come with the greatest code first, so parts before what they are part of
    of (a code is greater than that of the area above it)."""
    known: dict[int, PublishedNumber] = {}
    parts: dict[int, list[int]] = {}
    for key, parent in areas:
        below = parts.get(key, [])
        if key in own:
            known[key] = own[key]
        elif below and all(part in known for part in below):
            known[key] = _total(code, [known[part] for part in below])
        if parent is not None:
            parts.setdefault(parent, []).append(key)
    return known


def _total(code: str, numbers: Sequence[PublishedNumber]) -> PublishedNumber:
    documents = list(dict.fromkeys(each.document for each in numbers if each.document))
    approved = [each.approved_on for each in numbers if each.approved_on is not None]
    return PublishedNumber(
        code,
        sum(each.value for each in numbers),
        SUM_OF_PARTS,
        documents[0] if len(documents) == 1 else "",
        None,
        max(approved, default=None),
    )


def _number(row: Population) -> PublishedNumber:
    return PublishedNumber(
        row.code,
        row.value,
        row.source,
        row.document,
        row.version,
        None if row.approved_at is None else clock.day_of(row.approved_at),
    )


def _area(key: int) -> Area:
    found = queries.area(key)
    if found is None:
        raise LookupError(f"no area {key}")
    return found
