"""Where the figures of a page come from: the live ones of a year, or those of a frozen run. Both in the same shapes.

An address says it in plain words: `source` (live, or the run), `period`, `at` (kind:key of a place).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from gongwei import catalogue
from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.interfaces.web import pages, shell
from gongwei.measures import figures, live_queries, periods, queries, run_persons
from gongwei.measures.figures import Figure, Page, Place
from gongwei.measures.periods import Period

LIVE = "live"
#: Runs offered to choose from.
OFFERED = 40
#: From the broadest to the narrowest, as drill-down goes.
NEXT = {"province": "city", "city": "county", "county": "township", "township": "village"}


class MeasureCode:
    """The code of a measure in an address: HTN.1, EL.2S."""

    regex = r"[A-Z]{2,6}\.[0-9]{1,2}[A-Z]?"

    def to_python(self, text: str) -> str:
        """As it stands."""
        return text

    def to_url(self, code: str) -> str:
        """As it stands."""
        return code


@dataclass(frozen=True)
class Source:
    """Where from: a run (None: the live figures), and the period."""

    run: Any
    period: Period

    @property
    def code(self) -> str:
        """As it stands in addresses."""
        return LIVE if self.run is None else str(self.run.id)

    @property
    def title(self) -> str:
        """As people say it."""
        return "实时" if self.run is None else str(self.run.title)

    def tops(self, actor: Actor, kind: str) -> list[Place]:
        """The highest places of a kind the actor may see."""
        if self.run is None:
            return live_queries.tops(actor, year=self.period.year, kind=kind)
        return queries.tops(actor, self.run, kind)

    def place(self, actor: Actor, kind: str, key: str) -> Place | None:
        """One place, None when there is none or it may not be seen."""
        if self.run is None:
            return live_queries.place(actor, year=self.period.year, kind=kind, key=key)
        return queries.place(actor, self.run, kind, key)

    def children(self, actor: Actor, of: Place) -> list[Place]:
        """The places right below one."""
        if self.run is None:
            return live_queries.children(actor, of, year=self.period.year)
        return queries.children(actor, self.run, of)

    def at(
        self, actor: Actor, places: Sequence[Place], measures: Sequence[str] | None = None
    ) -> list[Figure]:
        """The figures of places in the period: of all measures, or of some."""
        if self.run is None:
            return live_queries.figures(actor, year=self.period.year, measures=measures, places=places)
        return queries.at(actor, self.run, places, measures=measures, period=self.period.code)

    def persons(
        self, actor: Actor, measure: str, place: Place, side: str, *, after: str | None, limit: int
    ) -> Page:
        """One page of the persons of a side of a figure; the look is written down."""
        if self.run is None:
            return live_queries.persons(
                actor,
                year=self.period.year,
                measure_code=measure,
                place=place,
                side=side,
                after=after,
                limit=limit,
            )
        return run_persons.persons(
            actor,
            self.run,
            measure_code=measure,
            period_code=self.period.code,
            place=place,
            side=side,
            after=after,
            limit=limit,
        )

    def path(self, actor: Actor, place: Place) -> list[Place]:
        """The places above one that may be seen, the highest first."""
        found: list[Place] = []
        while place.parent is not None and len(found) < len(figures.LEVELS):
            kind = figures.ORGANIZATION if place.kind == figures.DOCTOR else place.kind
            above = self.place(actor, kind, place.parent)
            if above is None:
                break
            found.insert(0, above)
            place = above
        return found

    def trend(self, actor: Actor, measure: str, place: Place) -> list[tuple[Period, Figure]]:
        """See `trends`."""
        return self.trends(actor, [measure], place).get(measure, [])

    def trends(
        self, actor: Actor, measures: Sequence[str], place: Place
    ) -> dict[str, list[tuple[Period, Figure]]]:
        """The year to date at the end of each month by measure: of the run itself, else of the newest runs that have it; the
        live figures end with how it stands now. One statement for each run asked."""
        wanted = {each.code: each for each in periods.months_until(min(self.period.last, clock.today()))}
        newest: dict[str, Any] = {}
        for run in [self.run, *queries.runs()[:OFFERED]]:
            for code in run.periods if run is not None else ():
                if code in wanted:
                    newest.setdefault(code, run)
        found: dict[str, list[tuple[Period, Figure]]] = {each: [] for each in measures}
        for run in {each.id: each for each in newest.values()}.values():
            for figure in queries.at(actor, run, [place], measures=measures):
                if figure.period_code in wanted and newest[figure.period_code].id == run.id:
                    found[figure.measure_code].append((wanted[figure.period_code], figure))
        for points in found.values():
            points.sort(key=lambda each: each[0].last)
        if self.run is None:
            for figure in self.at(actor, [place], measures):
                found[figure.measure_code].append((self.period, figure))
        return found

    def year_before(self, actor: Actor, measures: Sequence[str], places: Sequence[Place]) -> list[Figure]:
        """The same figures a year earlier: of the run itself, else of the newest run that has the period."""
        period = self.period
        if self.run is None and period.year == clock.today().year:
            period = periods.to_date(
                clock.today()
            )  # a year that is not over is set beside as much of the one before
        before = period.before()
        run = (
            self.run
            if self.run is not None and before.code in self.run.periods
            else queries.latest(before.code)
        )
        if run is None and self.run is None:
            before = periods.whole_year(period.year - 1)
            run = queries.latest(before.code)
        return [] if run is None else queries.at(actor, run, places, measures=measures, period=before.code)


def read(request: HttpRequest) -> Source:
    """The source an address names; nonsense is the live figures of the chosen year, or the newest run where there are none."""
    run = None
    asked = request.GET.get("source", "")
    if asked != LIVE:
        key = pages.uuid_of(asked)
        run = queries.run_of(key) if key else None
    year = shell.year_of(request)
    if run is None:
        if asked == LIVE or live_queries.is_kept(year):
            return Source(None, periods.whole_year(year))
        run = next((each for each in queries.runs()[:OFFERED] if _of_year(each, year)), None)
        if run is None:
            run = queries.latest()
        if run is None:
            return Source(None, periods.whole_year(year))
    offered = queries.periods_of(run)
    chosen = next((each for each in offered if each.code == request.GET.get("period")), None)
    return Source(run, chosen or first_choice(offered, year))


def first_choice(offered: Sequence[Period], year: int) -> Period:
    """The period of a run that is shown first: the longest of the chosen year, else the newest longest."""
    of_year = [each for each in offered if each.year == year]
    return max(of_year or offered, key=lambda each: (each.first.year, each.last - each.first))


def _of_year(run: Any, year: int) -> bool:
    return any(each.year == year for each in queries.periods_of(run))


def place_of(request: HttpRequest, source: Source, kind: str | None = None) -> Place | None:
    """The place an address names (`at=area:660101000000`); without one the highest of a kind, or where the actor begins."""
    said = request.GET.get("at", "")
    if said:
        named, _, key = said.partition(":")
        if named in (figures.AREA, figures.ORGANIZATION, figures.DOCTOR) and _is_key(named, key):
            return source.place(request.actor, named, key)
        return None
    if kind is None:
        return own_place(source, request.actor)
    tops = source.tops(request.actor, kind)
    return tops[0] if tops else None


def own_place(source: Source, actor: Actor) -> Place | None:
    """Where somebody's figures begin: the one area looked after; of somebody with several the own organization, so that
    nothing of one's own is left out; else the first area."""
    areas = source.tops(actor, figures.AREA)
    if len(areas) != 1:
        organizations = source.tops(actor, figures.ORGANIZATION)
        if len(organizations) == 1:
            return organizations[0]
    return areas[0] if areas else None


def _is_key(kind: str, key: str) -> bool:
    if kind == figures.AREA:
        return key.isascii() and key.isdigit() and len(key) == 12
    return pages.uuid_of(key) is not None


def said(place: Place) -> str:
    """A place as it stands in an address."""
    return f"{place.kind}:{place.key}"


def measure_of(code: str) -> Any:
    """A measure by its code, or 404."""
    try:
        return catalogue.measure(code)
    except KeyError:
        return pages.found(None)


def run_id(source: Source) -> UUID | None:
    """The run, None for live figures."""
    return None if source.run is None else source.run.id
