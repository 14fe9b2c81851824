"""Grids with their people: how many each has, and the households of a village that can be put into one."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from gongwei.base import audit
from gongwei.base.actors import Actor
from gongwei.residents import states
from gongwei.residents.models import Household, Resident
from gongwei.residents.queries import people


@dataclass(frozen=True)
class Filled:
    """What a grid holds."""

    households: int = 0
    residents: int = 0


def filled(actor: Actor, grid_ids: Sequence[UUID]) -> dict[UUID, Filled]:
    """Count households and living residents of some grids, as far as the actor reaches."""
    households = dict(
        Household.objects.filter(people.within(actor), grid__in=grid_ids)
        .order_by()
        .values_list("grid")
        .annotate(n=Count("id"))
    )
    residents = dict(
        people.visible_to(actor)
        .filter(grid__in=grid_ids, status__in=states.LIVING)
        .order_by()
        .values_list("grid")
        .annotate(n=Count("id"))
    )
    return {key: Filled(households.get(key, 0), residents.get(key, 0)) for key in grid_ids}


def without_grid(actor: Actor, area_key: int) -> int:
    """Count the households of a village that belong to no grid."""
    return Household.objects.filter(people.within(actor), area=area_key, grid=None).count()


def households(
    actor: Actor, area_key: int, *, grid_id: UUID | None = None, any_grid: bool = False, text: str = ""
) -> QuerySet[Household]:
    """Return the households of a village by address: of one grid, of none (`grid_id` None), or with `any_grid` all.

    `text` is part of the address or of the name of the head. Whoever shows them calls `shown`.
    """
    found = Household.objects.filter(people.within(actor), area=area_key)
    if not any_grid:
        found = found.filter(grid=grid_id)
    if text:
        found = found.filter(
            Q(address__contains=text) | Q(head__address__contains=text) | Q(head__name__contains=text)
        )
    living = Q(members__status__in=states.LIVING)
    return (
        found.annotate(living=Count("members", filter=living))
        .select_related("head", "grid")
        .order_by("address", "head__address", "number")
    )


def shown(actor: Actor, rows: Sequence[Household]) -> None:
    """Write down that these households, with the names of their heads, were shown to the actor."""
    heads: list[Resident] = [row.head for row in rows if row.head is not None]
    audit.read(
        by=actor,
        subject_kind="resident",
        subject_ids=[head.id for head in heads],
        query={"households": len(rows)},
    )
