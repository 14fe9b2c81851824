"""Reads of targets: what is asked of a measure at a place in a year, by whom, and whether a lower one is as strict as the one above.

An area has its own target, else that of the nearest area above, else the national one; a number of persons is not handed down: it
has to be divided. An institution has its share, else the rate asked of the area it has its seat in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet

from gongwei import catalogue
from gongwei.catalogue import national_targets
from gongwei.language.measures import NUMERATOR, RATE, Measure
from gongwei.measures.figures import AREA, DOCTOR, Goal, Place
from gongwei.measures.targets_models import Target
from gongwei.places import division_codes, queries
from gongwei.places.models import Organization

NATIONAL = "national"
LEVELS = {NATIONAL: "国家", **dict(Target.Level.choices)}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a measure at a place. of: of its rate, or of the persons in its numerator; unit: ％ or 人 accordingly.

    year: the year it was set for (an earlier one where the national target of the year is not known yet). own: set for this very
    place, not taken over from above. id: of the row, empty for a national target.
    """

    code: str
    measure: Measure
    of: str
    goal: Goal
    unit: str
    year: int
    own: bool
    id: str = ""


def codes() -> dict[str, str]:
    """What a target can be set for: codes of targets with their titles where a measure stands behind them, and the other
    measures under their own code."""
    titles = national_targets.current().titles
    known = catalogue.current().measures_known_as
    found = {code: titles.get(code) or _named(measure, of) for code, (measure, of) in known.items()}
    rates = {measure.code for measure, of in known.values() if of == RATE}
    rest = {each.code: each.title for each in catalogue.measures() if each.code not in rates}
    return {**found, **{code: title for code, title in rest.items() if code not in found}}


def meaning(code: str) -> tuple[Measure, str]:
    """The measure a target's code stands for, and what of it is asked for.

    Raises:
        KeyError: no measure that exists.
    """
    known = catalogue.current().measures_known_as
    return known[code] if code in known else (catalogue.measure(code), RATE)


def title(code: str) -> str:
    """What a target is called."""
    return codes().get(code) or national_targets.current().titles.get(code, code)


def unit_of(code: str) -> str:
    """％ for a rate, 人 for persons. Raises KeyError."""
    return national_targets.PER_CENT if meaning(code)[1] == RATE else national_targets.PERSONS


def in_force(year: int, ranges: Sequence[tuple[int, int]] | None = None) -> QuerySet[Target]:
    """The targets in force of a year, of areas and institutions (within ranges), by code and area."""
    rows = Target.objects.filter(year=year, ended_at=None)
    if ranges is not None:
        inside = Q(pk__in=[])
        for low, high in ranges:
            inside |= Q(area_key__gte=low, area_key__lte=high)
        rows = rows.filter(inside)
    return rows.order_by("code", "area_key", "organization_id")


def history(code: str, year: int, area_key: int) -> QuerySet[Target]:
    """Every target an area itself was ever set for a year, the latest first."""
    return Target.objects.filter(code=code, year=year, area_key=area_key, organization_id=None).order_by(
        "-set_at"
    )


def of_area(code: str, year: int, area_key: int) -> Asked | None:
    """What is asked of an area."""
    return _of(code, year, area_key, None, _by_place(year, [code]))


def above(code: str, year: int, area_key: int) -> Asked | None:
    """What is asked of the areas above, of the nearest that has a target: what a target of the area itself is measured against."""
    parent = division_codes.parent(area_key)
    rows = _by_place(year, [code])
    return _national(code, year) if parent is None else _of(code, year, parent, None, rows)


def for_place(place: Place, year: int) -> dict[str, Asked]:
    """What is asked at a place of every measure that has a target, by code of the target. Nothing is asked of a doctor alone but
    what is asked of the institution: `place.parent`."""
    return for_places([place], year)[place.key]


def for_places(places: Iterable[Place], year: int) -> dict[str, dict[str, Asked]]:
    """The same for many places at once, by the place's key: two statements, however many places."""
    places = list(places)
    rows = _by_place(year)
    organizations = {place.key: _organization_key(place) for place in places if place.kind != AREA}
    seats = dict(
        Organization.objects.filter(id__in=[key for key in organizations.values() if key]).values_list(
            "id", "area_id"
        )
    )
    by_text = {str(key): seat for key, seat in seats.items()}
    found: dict[str, dict[str, Asked]] = {}
    for place in places:
        organization = organizations.get(place.key)
        area_key = place.area_key if place.kind == AREA else by_text.get(organization or "")
        own = (_of(code, year, area_key, organization, rows) for code in codes()) if area_key else ()
        found[place.key] = {each.code: each for each in own if each is not None}
    return found


def rate_goals(place: Place, year: int) -> dict[str, Goal]:
    """The targets of rates at a place by code of the measure, as `Figure.target` holds them."""
    return {each.measure.code: each.goal for each in for_place(place, year).values() if each.of == RATE}


def is_looser(op: str, value: Decimal, upper: Goal) -> bool:
    """Whether a target asks for less than the one above it. Targets of different directions cannot be compared: looser."""
    down = op == "<="
    if down != (upper.op == "<="):
        return True
    if down:
        return value > upper.value
    return value < upper.value or (value == upper.value and upper.op == ">" and op != ">")


def _organization_key(place: Place) -> str | None:
    return place.parent if place.kind == DOCTOR else place.key


def _named(measure: Measure, of: str) -> str:
    return measure.title if of == RATE else f"{measure.title}（{'人数' if of == NUMERATOR else '分母人数'}）"


Rows = Mapping[tuple[str, int, str | None], Target]


def _by_place(year: int, only: Sequence[str] | None = None) -> Rows:
    rows = in_force(year)
    if only is not None:
        rows = rows.filter(code__in=only)
    return {
        (each.code, each.area_key if each.organization_id is None else 0, _text(each.organization_id)): each
        for each in rows
    }


def _text(key: object) -> str | None:
    return None if key is None else str(key)


def _of(code: str, year: int, area_key: int, organization: str | None, rows: Rows) -> Asked | None:
    measure, of = meaning(code)
    if organization is not None and (share := rows.get((code, 0, organization))) is not None:
        return _asked(share, measure, of, own=True)
    own = rows.get((code, area_key, None))
    if own is not None and (organization is None or of == RATE):
        return _asked(own, measure, of, own=organization is None)
    if of != RATE:
        return None
    for key in division_codes.ancestors(area_key):
        if (upper := rows.get((code, key, None))) is not None:
            return _asked(upper, measure, of, own=False)
    return _national(code, year)


def _asked(row: Target, measure: Measure, of: str, *, own: bool) -> Asked:
    goal = Goal(row.value, row.op, row.level, row.document)
    return Asked(row.code, measure, of, goal, row.unit, row.year, own, str(row.id))


def _national(code: str, year: int) -> Asked | None:
    measure, of = meaning(code)
    found = national_targets.current().on(code, year)
    if found is None or found.value is None or of != RATE:
        return None
    document = found.source if found.year == year else f"沿用{found.year}年：{found.source}"
    goal = Goal(found.value, found.op, NATIONAL, document)
    return Asked(code, measure, of, goal, found.unit, found.year, False)


def area_names(rows: Iterable[Target]) -> dict[int, str]:
    """The names of the areas of targets."""
    return queries.names_of_areas({row.area_key for row in rows})
