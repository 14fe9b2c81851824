"""Proposals for dividing a number of persons among institutions: in proportion to those they look after or manage."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from gongwei.base import clock, scope
from gongwei.base.actors import Actor
from gongwei.measures import targets
from gongwei.measures.live_models import LiveFigure
from gongwei.measures.progress import largest_remainder
from gongwei.measures.targets_models import Target
from gongwei.places import division_codes, policy
from gongwei.places import queries as places
from gongwei.places.models import Organization

POPULATION, MANAGED = "population", "managed"
BASES = {POPULATION: "按管理的居民数", MANAGED: "按目前在管人数"}
FIRST_BASIS = POPULATION
#: The institutions a county divides among; those below them are the township's own affair.
KINDS = ("township_centre", "community_centre")


@dataclass(frozen=True, slots=True)
class Line:
    """One institution: what it weighs, the share in proportion, and the share set until now (None: not divided yet)."""

    id: UUID
    name: str
    weight: int
    share: int
    set: int | None


def target(actor: Actor, target_id: UUID) -> Target | None:
    """A target of persons in force at an area the actor looks after."""
    row = Target.objects.filter(id=target_id, ended_at=None, organization_id=None, unit="人").first()
    if row is None or not policy.may(actor, policy.TARGET_EDIT, area_key=row.area_key):
        return None
    return row


def proposal(actor: Actor, row: Target, basis: str = FIRST_BASIS) -> list[Line]:
    """The institutions of the area with their shares in proportion, exact to the last person."""
    low, high = row.area_key, division_codes.last(row.area_key)
    found = [
        each for each in places.organizations(actor) if each.kind in KINDS and low <= each.area_id <= high
    ]
    if not found:
        return []
    counted = _managed(row) if basis == MANAGED else _residents(low, high)
    family = {each.id: _family(each) for each in found}
    weights = {str(each.id): sum(counted.get(key, 0) for key in family[each.id]) for each in found}
    shares = largest_remainder(int(row.value), weights)
    before = dict(
        Target.objects.filter(split_from=row, ended_at=None).values_list("organization_id", "value")
    )
    return [
        Line(
            each.id,
            each.name,
            weights[str(each.id)],
            shares[str(each.id)],
            int(before[each.id]) if each.id in before else None,
        )
        for each in found
    ]


def _family(centre: Organization) -> list[UUID]:
    """An institution and those under it."""
    return [centre.id, *Organization.objects.filter(parent=centre).values_list("id", flat=True)]


def _residents(low: int, high: int) -> dict[UUID, int]:
    """How many residents with a living file each institution manages. A count, no person: asked of the owner of the tables."""
    with (
        scope.as_owner("counts of residents by institution, to divide a target"),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "select managing_organization_id, count(*) from residents_resident "
            "where area_key between %s and %s and status in ('active', 'lost') group by 1",
            [low, high],
        )
        return dict(cursor.fetchall())


def _managed(row: Target) -> dict[UUID, int]:
    """How many persons each institution has in the measure now, by the live figures of the year or the one before."""
    measure, _ = targets.meaning(row.code)
    low, high = row.area_key, division_codes.last(row.area_key)
    with scope.as_owner("figures by institution, to divide a target"):
        years = LiveFigure.objects.filter(measure=measure.code, year__lte=max(row.year, clock.today().year))
        year = years.order_by("-year").values_list("year", flat=True).first()
        rows = LiveFigure.objects.filter(
            measure=measure.code,
            year=year,
            area_key__gte=low,
            area_key__lte=high,
            organization_id__isnull=False,
        )
        return dict(rows.values_list("organization_id").annotate(Sum("denominator")))
