"""How far a place reaches: seats, subordination, and the ranges of codes an organization serves on a day."""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from gongwei.base import prepared
from gongwei.places.models import Organization, ServedArea


def seat_of(organization_id: UUID | None) -> int | None:
    """The division code of an organization's seat; None for an unknown one."""
    if organization_id is None:
        return None
    return Organization.objects.filter(id=organization_id).values_list("area_id", flat=True).first()


def is_below(organization_id: UUID, above_id: UUID) -> bool:
    """Whether an organization is another one or stands under it, at any depth."""
    with connection.cursor() as cursor:
        cursor.execute(
            """with recursive up(id, parent_id) as (
                 select id, parent_id from places_organization where id = %s
                 union select o.id, o.parent_id from places_organization o join up on o.id = up.parent_id)
               select exists (select 1 from up where id = %s)""",
            [organization_id, above_id],
        )
        return bool(cursor.fetchone()[0])


def on_day(day: dt.date, first: str = "from_on", until: str = "until_on") -> Q:
    """The condition that a dated row holds on a day (`until` is exclusive)."""
    return Q(**{f"{first}__lte": day}) & (Q(**{until: None}) | Q(**{f"{until}__gt": day}))


def served(organization_id: UUID, on: dt.date) -> QuerySet[ServedArea]:
    """What an organization serves on a day."""
    return ServedArea.objects.filter(on_day(on), organization=organization_id).select_related("area")


def ranges_of(organization_id: UUID, on: dt.date) -> tuple[tuple[int, int], ...]:
    """The closed ranges of division codes an organization serves on a day, joined where they touch."""
    return joined(_ranges.rows(organization_id=organization_id, on=on))


_ranges = prepared.Query(
    lambda organization_id, on: ServedArea.objects.filter(
        on_day(on), organization=organization_id
    ).values_list("area_id", "area__last_key"),
    organization_id=UUID,
    on=dt.date,
)


def joined(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Sort closed ranges and join those that overlap or touch."""
    out: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(high, out[-1][1]))
        else:
            out.append((low, high))
    return tuple(out)
