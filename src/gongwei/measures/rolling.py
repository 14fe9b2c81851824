"""From counts by village, organization and doctor to counts at every place above them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from gongwei.measures import figures
from gongwei.measures.figures import Place

Key = tuple[str, str]
Sides = tuple[int, int, int]
#: (measure, period, area, organization, doctor, denominator, numerator, excluded)
Line = tuple[str, str, int, UUID | None, UUID | None, int, int, int]


def up(lines: Iterable[Line], places: Mapping[Key, Place]) -> dict[tuple[str, str], dict[Key, Sides]]:
    """By (measure, period) the counts at each place: an area has what lies in it and below, an organization its own and what
    stands under it, a doctor the own residents. Each line is counted once at each place. Places that are not known have
    their counts at those above them only."""
    found: dict[tuple[str, str], dict[Key, list[int]]] = defaultdict(dict)
    chains: dict[tuple[int, UUID | None, UUID | None], list[Key]] = {}
    for measure, period, area, organization, doctor, *sides in lines:
        where = area, organization, doctor
        if where not in chains:
            chains[where] = [
                *_chain((figures.AREA, str(area)), places),
                *(_chain((figures.ORGANIZATION, str(organization)), places) if organization else ()),
                *([(figures.DOCTOR, str(doctor))] if (figures.DOCTOR, str(doctor)) in places else ()),
            ]
        counts = found[measure, period]
        for key in chains[where]:
            sums = counts.setdefault(key, [0, 0, 0])
            for place, number in enumerate(sides):
                sums[place] += number
    return {
        key: {place: (sums[0], sums[1], sums[2]) for place, sums in counts.items()}
        for key, counts in found.items()
    }


def _chain(key: Key, places: Mapping[Key, Place]) -> list[Key]:
    """A place and those above it in its own tree, each once."""
    found: list[Key] = []
    kind, name = key
    while (kind, name) in places and (kind, name) not in found:
        found.append((kind, name))
        parent = places[kind, name].parent
        if parent is None:
            break
        name = parent
    return found
