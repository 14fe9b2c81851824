"""What became of an area: which one was it on a day, and which is it now."""

import datetime as dt
from collections.abc import Iterable

from gongwei.places.models import Area, AreaChange, AreaName

# The changes after which people stand under other codes. A new area (设立) and a new name lead nowhere.
_SUCCESSIONS = (AreaChange.Kind.SPLIT, AreaChange.Kind.MERGE, AreaChange.Kind.RECODE)


def areas_on(key: int, on: dt.date, *, seen_from: dt.date) -> list[Area]:
    """The areas that stood for `key` on a day, `key` being meant as it was on the day `seen_from`.

    Looking back, a merged village gives the villages it was made of; looking ahead, a split one gives its parts.
    Empty when there was nothing of it yet.
    """
    keys = {key}
    changes = AreaChange.objects.filter(kind__in=_SUCCESSIONS)
    if on >= seen_from:
        for change in changes.filter(on_date__gt=seen_from, on_date__lte=on).order_by("on_date", "id"):
            if keys & set(change.from_areas):
                keys = keys - set(change.from_areas) | set(change.to_areas)
    else:
        for change in changes.filter(on_date__gt=on, on_date__lte=seen_from).order_by("-on_date", "-id"):
            if keys & set(change.to_areas):
                keys = keys - set(change.to_areas) | set(change.from_areas)
    return [area for area in Area.objects.filter(key__in=keys).order_by("key") if was_alive(area, on)]


def was_alive(area: Area, on: dt.date) -> bool:
    """Whether an area was in use on a day."""
    return area.valid_from <= on and (area.valid_until is None or on < area.valid_until)


def names_on(keys: Iterable[int], on: dt.date) -> dict[int, str]:
    """What areas were called on a day; one that had no name then is left out."""
    names = AreaName.objects.filter(area__in=keys, from_on__lte=on).exclude(until_on__lte=on)
    return dict(names.values_list("area_id", "name"))


def history(key: int) -> list[AreaChange]:
    """Every decision that touched an area, the oldest first."""
    return list(
        AreaChange.objects.filter(from_areas__contains=[key])
        .union(AreaChange.objects.filter(to_areas__contains=[key]))
        .order_by("on_date", "id")
    )
