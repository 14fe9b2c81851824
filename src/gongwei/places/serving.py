"""Which organizations serve each of many areas: what `queries.organizations_serving` says of one, asked of all at once."""

import copy
import datetime as dt
from collections.abc import Collection, Mapping
from uuid import UUID

from gongwei.places import reach
from gongwei.places.models import Area, Organization, ServedArea


def of_each(areas: Collection[Area], on: dt.date) -> Mapping[int, list[Organization]]:
    """By area key, the organizations that serve it on a day, the nearest first, each with the `served_key` by which it does."""
    if not areas:
        return {}
    keys = [each.key for each in areas]
    rows = ServedArea.objects.filter(
        reach.on_day(on), area__key__lte=max(keys), area__last_key__gte=min(keys)
    ).values_list("area_id", "area__last_key", "organization_id")
    served = list(rows)
    organizations = Organization.objects.in_bulk({each for _, _, each in served})
    return {key: _serving(key, served, organizations) for key in keys}


def _serving(
    key: int, served: Collection[tuple[int, int, UUID]], organizations: Mapping[UUID, Organization]
) -> list[Organization]:
    nearest: dict[UUID, int] = {}
    for low, high, organization_id in served:
        if low <= key <= high:
            nearest[organization_id] = max(low, nearest.get(organization_id, low))
    found = []
    for organization_id, served_key in nearest.items():
        # A copy: one organization is near to one village and farther from another.
        found.append(copy.copy(organizations[organization_id]))
        found[-1].served_key = served_key  # type: ignore[attr-defined]
    return sorted(found, key=lambda each: (-each.served_key, each.code))  # type: ignore[attr-defined]
