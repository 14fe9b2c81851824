"""The places figures are reported for: areas in use and organizations as they are called now, and doctors who have residents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Q

from gongwei.measures import figures
from gongwei.measures.figures import Place
from gongwei.measures.rolling import Key
from gongwei.places import division_codes, reach
from gongwei.places.models import Area, Organization, Practitioner


def places(
    on: dt.date, villages: Collection[int], doctors: Iterable[UUID]
) -> dict[Key, tuple[Place, int | None]]:
    """Every place with its division code (of an organization or doctor: of the seat).

    Areas and organizations in use on the day, ended ones only when somebody is counted there.
    """
    found: dict[Key, tuple[Place, int | None]] = {}
    for area in Area.objects.filter(reach.on_day(on, "valid_from", "valid_until") | _any(villages)).order_by(
        "key"
    ):
        parent = next((code for code in division_codes.ancestors(area.key)), None)
        place = Place(
            figures.AREA, str(area.key), area.name, area.level, None if parent is None else str(parent)
        )
        found[figures.AREA, place.key] = place, area.key
    _close_gaps(found)
    for each in Organization.objects.order_by("area_id", "code"):
        place = Place(
            figures.ORGANIZATION, str(each.id), each.name, figures.ORGANIZATION, _text(each.parent_id)
        )
        found[figures.ORGANIZATION, place.key] = place, each.area_id
    seats = dict(Organization.objects.values_list("id", "area_id"))
    for doctor in Practitioner.objects.filter(id__in=list(doctors)).order_by("id"):
        place = Place(
            figures.DOCTOR, str(doctor.id), doctor.name, figures.DOCTOR, _text(doctor.organization_id)
        )
        found[figures.DOCTOR, place.key] = place, seats.get(doctor.organization_id)
    return found


def _any(villages: Collection[int]) -> Q:
    keys = {code for key in villages for code in (key, *division_codes.ancestors(key))}
    return Q(key__in=keys)


def _close_gaps(found: dict[Key, tuple[Place, int | None]]) -> None:
    """A parent that is no area here (the province of a county's own system) is none."""
    for key, (place, area_key) in list(found.items()):
        parent = place.parent
        while parent is not None and (figures.AREA, parent) not in found:
            above = division_codes.parent(int(parent))
            parent = None if above is None else str(above)
        if parent != place.parent:
            found[key] = Place(place.kind, place.key, place.name, place.level, parent), area_key


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
