"""Live figures by place and the persons behind them, in the shapes of `figures`: the same a frozen run gives.

Sums come from the kept figures, persons from the person-years. Figures are no personal data: who may see which place is the
policy 查看统计数字, asked here, and row-level security is set aside for the sums only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from gongwei import catalogue
from gongwei.base import clock, scope
from gongwei.base.actors import SYSTEM, Actor
from gongwei.language.measures import Measure, Published
from gongwei.measures import figures as shapes
from gongwei.measures import populations, published
from gongwei.measures.figures import AREA, DOCTOR, ORGANIZATION, Figure, Page, Place, PublishedNumber
from gongwei.measures.live_models import LiveYear
from gongwei.places import division_codes, policy, reach
from gongwei.places import queries as places
from gongwei.places.models import Area, Organization, Practitioner

Range = tuple[int, int]
Sums = dict[tuple[int, str], tuple[int, int, int]]


def is_kept(year: int) -> bool:
    """Whether the figures of a year are live."""
    return LiveYear.objects.filter(year=year).exists()


def tops(actor: Actor, *, year: int, kind: str = AREA) -> list[Place]:
    """The highest places of a kind an actor may see: where a page begins."""
    if kind == AREA:
        ranges = set(_ranges(actor))
        whole = list(places.areas_in(list(ranges)).filter(_is_one_of(ranges)))
        rest = list(ranges - {(each.key, each.last_key) for each in whole})
        # a range of a whole area begins with it: the thousands below are read only of a range that is several areas
        found = sorted([*whole, *places.areas_in(rest)], key=lambda each: (each.key, -each.last_key))
        known = {each.key for each in found}
        return [_area(each) for each in found if each.parent_id not in known]
    rows = _organizations(actor)
    ids = {each.pk for each in rows}
    return [_organization(each) for each in rows if each.parent_id not in ids]


def place(actor: Actor, *, year: int, kind: str, key: str) -> Place | None:
    """One place; None when there is none, or the actor may not see it."""
    if kind == AREA:
        area = Area.objects.filter(key=int(key)).first()
        if area is None or not any(low <= area.key and area.last_key <= high for low, high in _ranges(actor)):
            return None
        return _area(area)
    if kind == ORGANIZATION:
        return next((_organization(each) for each in _organizations(actor) if str(each.pk) == key), None)
    doctor = Practitioner.objects.filter(pk=key).first()
    if doctor is None or doctor.organization_id not in {each.pk for each in _organizations(actor)}:
        return None
    return _doctor(doctor)


def children(actor: Actor, of: Place, *, year: int) -> list[Place]:
    """The places right below one: of an area the areas, of an organization those under it and then its doctors."""
    if of.kind == AREA:
        ranges = _ranges(actor)
        below = places.areas_in(ranges).filter(parent=int(of.key)).order_by("key")
        return [_area(each) for each in below]
    if of.kind == DOCTOR:
        return []
    under = [_organization(each) for each in _organizations(actor) if str(each.parent_id) == of.key]
    staff = Practitioner.objects.filter(organization=of.key, pk__in=_counted_doctors(year))
    return [*under, *(_doctor(each) for each in staff.order_by("initials", "id"))]


def figures(
    actor: Actor,
    *,
    year: int,
    places: Sequence[Place],
    measures: Iterable[str] | None = None,
) -> list[Figure]:
    """The figures of some places: of all measures or of some; in the order of place and measure.

    A place the actor may not see is left out.
    """
    asked = list(catalogue.measures() if measures is None else (catalogue.measure(code) for code in measures))
    seen = _seen(actor, places)
    if not seen or not asked:
        return []
    with scope.as_owner("sums hold nothing about a person, and the policy was asked for each place"):
        sums = _sums(year, seen, [each.code for each in asked])
    divided = {each.denominator.code: each for each in asked if isinstance(each.denominator, Published)}
    by_code = {code: _published(each, seen, year) for code, each in divided.items()}
    found = []
    for number, each in enumerate(seen):
        for measure in asked:
            denominator, numerator, excluded = sums.get((number, measure.code), (0, 0, 0))
            base: int | None
            known, base = None, denominator
            if isinstance(measure.denominator, Published):
                known = by_code[measure.denominator.code].get((each.kind, each.key))
                base = known.value if known else None
            found.append(
                Figure(
                    measure_code=measure.code,
                    period_code=str(year),
                    place=each,
                    denominator=denominator,
                    numerator=numerator,
                    excluded=excluded,
                    published=known,
                    rate=shapes.rate(numerator, base, measure.per),
                )
            )
    return found


def persons(actor: Actor, **asked: Any) -> Page:
    """The persons behind a figure: see `live_persons.persons`."""
    from gongwei.measures import live_persons  # beside this module, and built on it

    return live_persons.persons(actor, **asked)


def _is_one_of(ranges: Iterable[Range]) -> Q:
    found = Q(pk=None)
    for low, high in ranges:
        found |= Q(key=low, last_key=high)
    return found


def _ranges(actor: Actor) -> tuple[Range, ...]:
    """The ranges of codes whose figures an actor may see."""
    if actor.role == SYSTEM.role:
        return ((0, 10**12 - 1),)
    relation = policy.relation(actor.role, policy.FIGURE_VIEW)
    if relation is policy.Relation.NONE:
        return ()
    if relation is policy.Relation.COUNTY:
        seat = reach.seat_of(actor.organization_id)
        return () if seat is None else (division_codes.county_range(seat),)
    return tuple(actor.areas)


def _organizations(actor: Actor) -> list[Organization]:
    """The organizations whose figures an actor may see: own and all under it, or those with their seat in the county."""
    alive = Organization.objects.filter(reach.on_day(clock.today(), "active_from", "active_until")).order_by(
        "area_id", "code"
    )
    relation = policy.relation(actor.role, policy.FIGURE_VIEW) if actor.role != SYSTEM.role else None
    if relation is policy.Relation.BELOW:
        below = _below([actor.organization_id] if actor.organization_id else [])
        return list(alive.filter(pk__in=below))
    inside = Q(pk=None)
    for low, high in _ranges(actor):
        inside |= Q(area_id__gte=low, area_id__lte=high)
    return list(alive.filter(inside))


def _seen(actor: Actor, asked: Sequence[Place]) -> list[Place]:
    """Those of some places the actor may see figures of."""
    ranges = _ranges(actor)
    found = {
        (each.kind, each.key)
        for each in asked
        if each.area_key is not None
        and any(low <= each.area_key and division_codes.last(each.area_key) <= high for low, high in ranges)
    }
    if any(each.kind != AREA for each in asked):
        ids = {each.pk for each in _organizations(actor)}
        doctors = Practitioner.objects.filter(
            pk__in=[each.key for each in asked if each.kind == DOCTOR], organization__in=ids
        )
        found |= {(ORGANIZATION, str(key)) for key in ids}
        found |= {(DOCTOR, str(key)) for key in doctors.values_list("pk", flat=True)}
    return [each for each in asked if (each.kind, each.key) in found]


def below(of: Place) -> set[UUID]:
    """The ids of an organization and of all under it."""
    return _below([] if of.id is None else [of.id])


def _below(ids: Sequence[UUID]) -> set[UUID]:
    """Organizations and all under them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "with recursive down(id) as (select unnest(%s::uuid[]) "
            "union select o.id from places_organization o join down d on o.parent_id = d.id) select id from down",
            [list(ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def _counted_doctors(year: int) -> list[UUID]:
    with scope.as_owner("which doctors have residents is no personal data"), connection.cursor() as cursor:
        cursor.execute(
            "select distinct doctor_id from measures_livefigure where year = %s and doctor_id is not null",
            [year],
        )
        return [row[0] for row in cursor.fetchall()]


def _sums(year: int, asked: Sequence[Place], measures: Sequence[str]) -> Sums:
    found: Sums = {}
    numbered = list(enumerate(asked))
    areas = [(number, each.area_key) for number, each in numbered if each.area_key is not None]
    _add(
        found,
        "select r.number, f.measure, sum(f.denominator), sum(f.numerator), sum(f.excluded) "
        "from unnest(%s::int4[], %s::int8[], %s::int8[]) as r(number, low, high) join measures_livefigure f "
        "on f.year = %s and f.area_key between r.low and r.high and f.measure = any(%s) group by 1, 2",
        [
            [number for number, _ in areas],
            [key for _, key in areas],
            [division_codes.last(key) for _, key in areas],
            year,
            list(measures),
        ],
    )
    for kind, column in ((ORGANIZATION, "organization_id"), (DOCTOR, "doctor_id")):
        pairs = [
            (number, member)
            for number, each in numbered
            if each.kind == kind and each.id is not None
            for member in (_below([each.id]) if kind == ORGANIZATION else [each.id])
        ]
        if pairs:
            _add(
                found,
                "select r.number, f.measure, sum(f.denominator), sum(f.numerator), sum(f.excluded) "
                "from unnest(%s::int4[], %s::uuid[]) as r(number, id) join measures_livefigure f "
                f"on f.year = %s and f.{column} = r.id and f.measure = any(%s) group by 1, 2",
                [[number for number, _ in pairs], [id for _, id in pairs], year, list(measures)],
            )
    return found


def _add(found: Sums, statement: str, arguments: list[Any]) -> None:
    if not arguments[0]:
        return
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        for number, measure, denominator, numerator, excluded in cursor.fetchall():
            found[number, measure] = (int(denominator), int(numerator), int(excluded))


def _published(
    measure: Measure, asked: Sequence[Place], year: int
) -> Mapping[tuple[str, str], PublishedNumber]:
    """The numbers of the places that have one, where the measure is divided by a published one."""
    if not isinstance(measure.denominator, Published):
        return {}
    keys = [each.area_key for each in asked if each.area_key is not None]
    found: dict[tuple[str, str], PublishedNumber] = {}
    if keys:
        ranges = [(key, division_codes.last(key)) for key in keys]
        known = populations.values(measure.denominator.code, year, ranges)
        found = {(AREA, str(key)): known[key] for key in keys if key in known}
    others = {(each.kind, each.key): each for each in asked if each.kind != AREA}
    if others:
        found |= published.Numbers(others, clock.today()).of(measure, year)
    return found


def _area(each: Area) -> Place:
    return Place(
        AREA, str(each.key), each.name, each.level, None if each.parent_id is None else str(each.parent_id)
    )


def _organization(each: Organization) -> Place:
    parent = None if each.parent_id is None else str(each.parent_id)
    return Place(ORGANIZATION, str(each.pk), each.name, ORGANIZATION, parent)


def _doctor(each: Practitioner) -> Place:
    parent = None if each.organization_id is None else str(each.organization_id)
    return Place(DOCTOR, str(each.pk), each.name, DOCTOR, parent)
