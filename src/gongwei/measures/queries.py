"""Figures of frozen runs: by place, over periods, ranked, compared with a year before. Plain values in the shapes of `figures`.

Who sees which place is the policy 查看统计数字; a place that may not be seen is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from gongwei.base.actors import SYSTEM, Actor
from gongwei.measures import figures
from gongwei.measures.figures import Figure, Place, PublishedNumber
from gongwei.measures.models import MeasureReport, ReportPlace, Run
from gongwei.measures.periods import Period, parse
from gongwei.places import policy
from gongwei.places import queries as places

_SHOWN = (Run.State.COMPLETE, Run.State.REMOVED)


def runs() -> QuerySet[Run]:
    """The runs that can be shown, the newest cut first; of `removed` ones only the reports are left."""
    return Run.objects.filter(state__in=_SHOWN).order_by("-cut_at", "-id")


def listed() -> QuerySet[Run]:
    """Every run, also those that are under way or came to nothing, the latest begun first."""
    return Run.objects.order_by("-at", "-id")


def run_of(run_id: UUID) -> Run | None:
    """One run that can be shown."""
    return runs().filter(id=run_id).first()


def latest(period: str | None = None) -> Run | None:
    """The run with the newest cut, of those that have a period."""
    found = runs().filter(state=Run.State.COMPLETE)
    return (found.filter(periods__contains=[period]) if period else found).first()


def periods_of(run: Run) -> list[Period]:
    """The periods of a run, the longest first."""
    found = [parse(code) for code in run.periods]
    return sorted(found, key=lambda each: (each.first - each.last, each.first))


def tops(actor: Actor, run: Run, kind: str = figures.AREA) -> list[Place]:
    """The highest places of a kind an actor may see: where a page begins."""
    rows = {
        each.key: each for each in _seen(actor, run).filter(kind=kind).order_by("area_key", "level", "name")
    }
    return [_place(each) for each in rows.values() if each.parent is None or each.parent not in rows]


def places_of(actor: Actor, run: Run, level: str) -> list[Place]:
    """All places of a level an actor may see."""
    return [_place(each) for each in _seen(actor, run).filter(level=level).order_by("area_key", "name")]


def everywhere(actor: Actor, run: Run) -> list[Place]:
    """All places of a run an actor may see: areas by code, then organizations, then doctors."""
    order = (figures.AREA, figures.ORGANIZATION, figures.DOCTOR)
    rows = _seen(actor, run).order_by("area_key", "level", "name")
    return [_place(each) for each in sorted(rows, key=lambda each: order.index(each.kind))]


def place(actor: Actor, run: Run, kind: str, key: str) -> Place | None:
    """A place of a run; None when there is none, or the actor may not see it."""
    found = _seen(actor, run).filter(kind=kind, key=key).first()
    return None if found is None else _place(found)


def children(actor: Actor, run: Run, of: Place) -> list[Place]:
    """The places right below one: of an area the areas, of an organization those under it and its doctors."""
    kinds = [of.kind] if of.kind == figures.AREA else [figures.ORGANIZATION, figures.DOCTOR]
    found = _seen(actor, run).filter(kind__in=kinds, parent=of.key).order_by("kind", "area_key", "name")
    # Organizations before doctors: the tree goes on before it ends.
    return sorted((_place(each) for each in found), key=lambda each: each.kind == figures.DOCTOR)


def at(
    actor: Actor,
    run: Run,
    of: Sequence[Place],
    *,
    measures: Iterable[str] | None = None,
    period: str | None = None,
) -> list[Figure]:
    """The figures of some places: of all measures and periods, or of some; in the order of place, measure, period."""
    wanted = Q(pk=None)
    for kind in {each.kind for each in of}:
        wanted |= Q(kind=kind, key__in=[each.key for each in of if each.kind == kind])
    found = MeasureReport.objects.filter(place__in=_seen(actor, run).filter(wanted))
    if measures is not None:
        found = found.filter(measure__in=list(measures))
    if period is not None:
        found = found.filter(period=period)
    rank = {(each.kind, each.key): number for number, each in enumerate(of)}
    rows = [_figure(each) for each in found.select_related("place")]
    return sorted(
        rows, key=lambda each: (rank[each.place.kind, each.place.key], each.measure_code, each.period_code)
    )


def below(actor: Actor, run: Run, of: Place, *, measures: Iterable[str], period: str) -> list[Figure]:
    """The figures of a place, then of those right below it."""
    return at(actor, run, [of, *children(actor, run, of)], measures=measures, period=period)


def ranking(
    actor: Actor, run: Run, *, measure: str, period: str, level: str, inside: Place | None = None
) -> list[Figure]:
    """All places of a level (in an area) by their rate, the highest first; without a rate last."""
    seen = _seen(actor, run).filter(level=level)
    if inside is not None and inside.area_key is not None:
        from gongwei.places import division_codes

        seen = seen.filter(area_key__gte=inside.area_key, area_key__lte=division_codes.last(inside.area_key))
    found = MeasureReport.objects.filter(run=run, measure=measure, period=period, place__in=seen)
    rows = [_figure(each) for each in found.select_related("place")]
    return sorted(rows, key=lambda each: (each.rate is None, -(each.rate or 0), each.place.key))


def trend(
    actor: Actor, *, measure: str, of: Place, periods: Sequence[Period]
) -> list[tuple[Period, Run, Figure]]:
    """A measure at a place over periods, each from the newest run that has it; periods without one are left out."""
    found = []
    for each in periods:
        run = latest(each.code)
        if run is None:
            continue
        for figure in at(actor, run, [of], measures=[measure], period=each.code):
            found.append((each, run, figure))
    return found


def year_before(actor: Actor, figure: Figure) -> tuple[Run, Figure] | None:
    """The same measure at the same place in the same period a year earlier, from the newest run that has it."""
    before = trend(
        actor, measure=figure.measure_code, of=figure.place, periods=[parse(figure.period_code).before()]
    )
    return before[0][1:] if before else None


def _seen(actor: Actor, run: Run) -> QuerySet[ReportPlace]:
    """The places of a run an actor may see figures of (`policy.FIGURE_VIEW`, said as one condition)."""
    every = ReportPlace.objects.filter(run=run)
    if actor.role == SYSTEM.role:
        return every
    relation = policy.relation(actor.role, policy.FIGURE_VIEW)
    if relation is policy.Relation.NONE:
        return every.none()
    ranges: Iterable[tuple[int, int]] = actor.areas
    if relation is policy.Relation.COUNTY:
        from gongwei.places import division_codes, reach

        seat = reach.seat_of(actor.organization_id)
        ranges = () if seat is None else (division_codes.county_range(seat),)
    inside = Q(pk=None)
    for low, high in ranges:
        inside |= Q(area_key__gte=low, area_key__lte=high)
    if relation is policy.Relation.BELOW:
        own = [str(key) for key in _own(actor)]
        mine = Q(kind=figures.ORGANIZATION, key__in=own) | Q(kind=figures.DOCTOR, parent__in=own)
        return every.filter(Q(inside, kind=figures.AREA) | mine)
    return every.filter(inside)


def _own(actor: Actor) -> list[UUID]:
    """The actor's organization and all under it."""
    from gongwei.places.models import Organization

    found = [] if actor.organization_id is None else [actor.organization_id]
    under = found
    while under:
        under = list(
            Organization.objects.filter(parent__in=under).exclude(id__in=found).values_list("id", flat=True)
        )
        found = [*found, *under]
    return found


def _place(row: ReportPlace) -> Place:
    return Place(row.kind, row.key, row.name, row.level, row.parent)


def _figure(row: MeasureReport) -> Figure:
    return Figure(
        measure_code=row.measure,
        period_code=row.period,
        place=_place(row.place),
        denominator=row.denominator,
        numerator=row.numerator,
        excluded=row.excluded,
        published=_published(row.published_source),
        rate=row.rate,
    )


def _published(said: dict[str, Any] | None) -> PublishedNumber | None:
    if said is None:
        return None
    import datetime as dt

    approved = said.get("approved_on")
    return PublishedNumber(**{**said, "approved_on": approved and dt.date.fromisoformat(approved)})


def names(keys: Iterable[int]) -> dict[int, str]:
    """The present names of areas."""
    return places.names_of_areas(keys)
