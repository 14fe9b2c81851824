"""Which institutions an actor may see evaluated: the policy 查看绩效评价, said as a condition on rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from gongwei.base.actors import SYSTEM, Actor
from gongwei.evaluation import national
from gongwei.places import division_codes, policy, reach
from gongwei.places.models import Organization


def county_of(actor: Actor) -> int | None:
    """The county an actor works in; None for the system."""
    seat = reach.seat_of(actor.organization_id)
    return None if seat is None else division_codes.county_range(seat)[0]


def seen(actor: Actor, rows: QuerySet[Any], organization: str) -> QuerySet[Any]:
    """Rows about institutions an actor may see evaluated (`policy.EVALUATION_VIEW`)."""
    if actor.role == SYSTEM.role:
        return rows
    relation = policy.relation(actor.role, policy.EVALUATION_VIEW)
    if relation is policy.Relation.COUNTY:
        county = county_of(actor)
        if county is None:
            return rows.none()
        seat = "area_id" if organization == "pk" else f"{organization}__area_id"
        return rows.filter(**{f"{seat}__gte": county, f"{seat}__lte": division_codes.last(county)})
    if actor.organization_id is None or relation is policy.Relation.NONE:
        return rows.none()
    own = [actor.organization_id]
    if relation is policy.Relation.BELOW:
        own = _below(actor.organization_id)
    return rows.filter(**{f"{organization}__in": own})


def _below(organization_id: UUID) -> list[UUID]:
    found = under = [organization_id]
    while under:
        under = list(
            Organization.objects.filter(parent__in=under).exclude(id__in=found).values_list("id", flat=True)
        )
        found = [*found, *under]
    return found


def organizations_in(actor: Actor, year: int) -> list[Organization]:
    """The institutions an actor may see that are evaluated at some level, for fields that name one."""
    kinds = [kind for each in national.KINDS.values() for kind in each]
    county = county_of(actor)
    if county is None:
        return []
    rows = Organization.objects.filter(
        kind__in=kinds, area_id__gte=county, area_id__lte=division_codes.last(county)
    )
    return list(seen(actor, rows, "pk").order_by("area_id", "code"))
