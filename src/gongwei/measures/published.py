"""The published numbers a run divides by (常住人口, 任务数): of an area as approved, of an organization those of what it serves.

A doctor has none: nobody publishes numbers by doctor, so such a rate is left open there.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from typing import Any

from gongwei.language.measures import Measure, Published
from gongwei.measures import figures, populations
from gongwei.measures.figures import Place, PublishedNumber
from gongwei.measures.rolling import Key
from gongwei.places import division_codes, reach
from gongwei.places.models import ServedArea

#: Said of an organization's number: nobody reported it for the organization itself.
OF_SERVED = "服务区域合计"


def asked(measure: Measure) -> bool:
    """Whether the measure is divided by a published number."""
    return isinstance(measure.denominator, Published)


class Numbers:
    """The numbers of the places of a run, read once for each kind and year. `on`: whom organizations serve on the day."""

    def __init__(self, places: Mapping[Key, Place], on: dt.date) -> None:
        self._places, self._on = places, on
        self._known: dict[tuple[str, int], dict[Key, PublishedNumber]] = {}

    def of(self, measure: Measure, year: int) -> Mapping[Key, PublishedNumber]:
        """The number of each place that has one, for a measure that is divided by one."""
        if not isinstance(measure.denominator, Published):
            return {}
        asked = measure.denominator.code, year
        if asked not in self._known:
            self._known[asked] = self._read(*asked)
        return self._known[asked]

    def used(self) -> list[dict[str, Any]]:
        """All that was read, as a run keeps it."""
        return [
            {"place": place, "year": year, **as_json(number)}
            for (_, year), known in self._known.items()
            for (_, place), number in known.items()
        ]

    def _read(self, code: str, year: int) -> dict[Key, PublishedNumber]:
        served = _served(self._on, [key for kind, key in self._places if kind == figures.ORGANIZATION])
        ranges = None
        if all(kind != figures.AREA for kind, _ in self._places):
            ranges = reach.joined(
                (area, division_codes.last(area)) for areas in served.values() for area in areas
            )
            if not ranges:
                return {}
        known = populations.values(code, year, ranges)
        found = {(figures.AREA, str(key)): number for key, number in known.items()}
        for organization, areas in served.items():
            numbers = [known.get(area) for area in areas]
            if numbers and all(numbers):
                found[figures.ORGANIZATION, organization] = _sum(
                    [each for each in numbers if each is not None]
                )
        return {key: number for key, number in found.items() if key in self._places}


def _served(on: dt.date, organizations: Collection[str]) -> dict[str, list[int]]:
    """The areas each of some organizations serves, those inside another one of its own left out."""
    found: dict[str, list[tuple[int, int]]] = {}
    rows = ServedArea.objects.filter(reach.on_day(on), organization__in=organizations).order_by("area_id")
    for organization, low, high in rows.values_list("organization_id", "area_id", "area__last_key"):
        areas = found.setdefault(str(organization), [])
        if not areas or low > areas[-1][1]:
            areas.append((low, high))
    return {organization: [low for low, _ in areas] for organization, areas in found.items()}


def _sum(numbers: list[PublishedNumber]) -> PublishedNumber:
    if len(numbers) == 1:
        return numbers[0]
    documents = list(dict.fromkeys(each.document for each in numbers if each.document))
    return PublishedNumber(
        numbers[0].code,
        sum(each.value for each in numbers),
        OF_SERVED,
        documents[0] if len(documents) == 1 else "",
        None,
        max((each.approved_on for each in numbers if each.approved_on is not None), default=None),
    )


def as_text(number: PublishedNumber) -> str:
    """The same as JSON text."""
    return json.dumps(as_json(number), ensure_ascii=False)


def as_json(number: PublishedNumber) -> dict[str, Any]:
    """As a run keeps it."""
    return {
        "code": number.code,
        "value": number.value,
        "source": number.source,
        "document": number.document,
        "version": number.version,
        "approved_on": number.approved_on and number.approved_on.isoformat(),
    }
