"""Reads of standards: what a head is worth in an area, and who pays for it there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet

from gongwei.places import division_codes, queries
from gongwei.settlement import county_codes, standards
from gongwei.settlement.standards_models import CostShare, LocalStandard

NATIONAL = "国家标准"


@dataclass(frozen=True, slots=True)
class Standard:
    """The per-capita standard that holds in an area in a year: the highest of the national one, its own and those above it."""

    area_key: int
    year: int
    value_fen: int
    transferred_fen: int
    source: str
    set_at: int | None

    @property
    def own(self) -> bool:
        """Whether it was set for this very area."""
        return self.set_at == self.area_key

    def of_pot(self, pot: str) -> int:
        """The part of a pot, in fen."""
        return self.transferred_fen if pot == standards.TRANSFERRED else self.value_fen - self.transferred_fen


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who pays in an area: the central share, how the rest is divided (None: not said), and where it stands."""

    central: Decimal
    local: standards.LocalSplit | None
    source: str
    tier: int | None


def standard(area_key: int, year: int) -> Standard | None:
    """What holds in an area; None where neither a national nor a local standard is known for the year."""
    found = _national(area_key, year)
    rows = LocalStandard.objects.filter(year=year, area_key__in=_lineage(area_key), ended_at=None)
    for row in rows.order_by("area_key"):
        if (
            found is None
            or row.value_fen > found.value_fen
            or (row.value_fen == found.value_fen and not found.set_at)
        ):
            found = Standard(area_key, year, row.value_fen, row.transferred_fen, row.document, row.area_key)
    return found


def floor(area_key: int, year: int) -> Standard | None:
    """What an area's own standard may not go below: that of the area above it, else the national one."""
    parent = division_codes.parent(area_key)
    return _national(area_key, year) if parent is None else standard(parent, year)


def sharing(area_key: int, year: int) -> Sharing | None:
    """Who pays: what was set for the area or the nearest above, else the tier of its province; None where nothing is known."""
    rows = CostShare.objects.filter(area_key__in=_lineage(area_key), since_year__lte=year, ended_at=None)
    held = max(rows, key=lambda row: (row.area_key, row.since_year), default=None)
    tier = standards.tier_of(area_key)
    if held is not None:
        split = standards.LocalSplit(held.province, held.city, held.county)
        return Sharing(held.central, split, held.document, tier.number if tier else None)
    if tier is None:
        return None
    return Sharing(tier.share, None, "国办发〔2018〕67号", tier.number)


def local_standards(year: int, ranges: Sequence[tuple[int, int]]) -> QuerySet[LocalStandard]:
    """The standards in force within ranges and above them, by area."""
    return LocalStandard.objects.filter(_within(ranges), year=year, ended_at=None).order_by("area_key")


def cost_shares(ranges: Sequence[tuple[int, int]]) -> QuerySet[CostShare]:
    """The rules of who pays within ranges and above them, by area and year."""
    return CostShare.objects.filter(_within(ranges), ended_at=None).order_by("area_key", "since_year")


def _within(ranges: Sequence[tuple[int, int]]) -> Q:
    inside = Q(pk__in=[])
    for low, high in ranges:
        inside |= Q(area_key__gte=low, area_key__lte=high) | Q(area_key__in=_lineage(low))
    return inside


def _lineage(area_key: int) -> list[int]:
    """The area and all above it; of a county the codes it had before, too."""
    above = {area_key, *(each.key for each in queries.area_path(area_key))}
    return sorted(above | set(county_codes.all_of(county_codes.county_of(area_key))))


def _national(area_key: int, year: int) -> Standard | None:
    found = standards.national(year)
    if found is None:
        return None
    return Standard(
        area_key, year, found.value_fen, found.transferred_fen, f"{NATIONAL}：{found.source}", None
    )
