"""指标: every measure at a place, one measure over the places below, its trend and ranking, and the persons behind a figure."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei import catalogue
from gongwei.base import audit, clock, problems
from gongwei.interfaces.excel import exports
from gongwei.interfaces.web import measure_sources, pages
from gongwei.interfaces.web.measure_sources import Source
from gongwei.interfaces.web.presenters import measure_charts
from gongwei.interfaces.web.presenters import measures as presenter
from gongwei.language.measures import Measure
from gongwei.measures import figures, progress_closing, progress_standing, queries, targets
from gongwei.measures.figures import Figure, Place
from gongwei.places import policy
from gongwei.residents import queries as residents

SIZE = 50
MOST_EXPORTED, BATCH = 20_000, 500
SORTS = {"rate": "率从高到低", "lacking": "还差人数", "name": "单位次序"}
CLOSING = presenter.CLOSING
#: Of those who would close a gap so many are shown: a day's work for everybody.
MOST_CLOSING = 100
TREES = {figures.AREA: "按区划", figures.ORGANIZATION: "按机构"}


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    source: Source
    tree: str
    place: Place
    at: presenter.Addressing


def asked_for(request: HttpRequest) -> Asked | None:
    """Source, tree and place of an address; None when there are no figures of anything the actor sees.

    Raises Http404: a place that is not there or may not be seen.
    """
    source = measure_sources.read(request)
    said = request.GET.get("tree")
    tree = said if said in TREES else None
    place = measure_sources.place_of(request, source, tree)
    if place is None:
        if request.GET.get("at"):
            raise Http404
        return None
    if place.kind != figures.DOCTOR:
        tree = place.kind
    tree = tree or figures.ORGANIZATION  # where doctors stand
    return Asked(source, tree, place, presenter.Addressing(source.code, source.period.code, tree))


@never_cache
@pages.page(action=policy.FIGURE_VIEW)
def measures(request: HttpRequest) -> HttpResponse:
    """Every measure at one place; the places below to go down to."""
    asked = asked_for(request)
    if asked is None:
        return render(
            request, "web/measures/nothing.html", {"may_run": policy.may(request.actor, policy.FIGURE_RUN)}
        )
    found = asked.source.at(request.actor, [asked.place])
    lines = lines_of(request, asked, found)
    children = asked.source.children(request.actor, asked.place)
    context = {
        **_frame(request, asked),
        "groups": presenter.groups(lines),
        "children": [(each, f"?{asked.at.query(each)}") for each in children],
        "may_export": policy.may(request.actor, policy.EXPORT),
    }
    return render(request, "web/measures/list.html", context)


def _nothing(request: HttpRequest) -> HttpResponse:
    return render(
        request, "web/measures/nothing.html", {"may_run": policy.may(request.actor, policy.FIGURE_RUN)}
    )


@never_cache
@pages.page(action=policy.FIGURE_VIEW)
def measure(request: HttpRequest, measure_code: str) -> HttpResponse:
    """One measure: at a place and at those below it, ranked; its trend; the same period a year before."""
    one = measure_sources.measure_of(measure_code)
    code = one.code
    asked = asked_for(request)
    if asked is None:
        return render(
            request, "web/measures/nothing.html", {"may_run": policy.may(request.actor, policy.FIGURE_RUN)}
        )
    source, place = asked.source, asked.place
    children = source.children(request.actor, place)
    found = source.at(request.actor, [place, *children], [code])
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else "rate"
    lines = lines_of(request, asked, found, [code], [place, *children])
    own = next((each for each in lines if each["place"] == place), None)
    below = presenter.ranked([each for each in lines if each["place"] != place], sort)
    deeper = {each.key for each in children if each.level not in ("village", figures.DOCTOR)}
    for each in below:
        each["down"] = each["url"] if each["place"].key in deeper else each["urls"].get(figures.OUT, "")
    trend = source.trend(request.actor, code, place)
    figure = next((each for each in found if each.place == place), None)
    goal = presenter.chosen(_asked_at(asked, [place])[place.key], one)
    context = {
        **_frame(request, asked),
        "measure": one,
        "own": own,
        "published": presenter.published_words(figure) if figure else "",
        "rows": below,
        "sort": sort,
        "sorts": SORTS.items(),
        "trend": measure_charts.trend_rows(one, trend, asked.at, place),
        "trend_chart": measure_charts.trend(one, trend, goal, asked.at, place) if len(trend) > 1 else None,
        "ranking_chart": measure_charts.ranking(one, below, goal) if len(below) > 1 else None,
    }
    return render(request, "web/measures/measure.html", context)


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def persons(request: HttpRequest, measure_code: str) -> HttpResponse:
    """The persons of one side of a figure, with the parts of the measure and the reasons in words; or those who would close
    the gap."""
    one = measure_sources.measure_of(measure_code)
    code = one.code
    policy.require(request.actor, policy.FIGURE_VIEW)
    asked = asked_for(request)
    if asked is None:
        return _nothing(request)
    lines = lines_of(request, asked, asked.source.at(request.actor, [asked.place], [code]), [code])
    own = lines[0] if lines else None
    closing = request.GET.get("side") == CLOSING and own is not None and bool(own["urls"].get(CLOSING))
    side = CLOSING if closing else _side(request)
    may_serve = policy.may(request.actor, policy.RECORD_WRITE)
    context = {
        **_frame(request, asked),
        "measure": one,
        "own": own,
        "side": side,
        "sides": _tabs(asked, code, own),
        "back": asked.at.measure(code, asked.place),
        "may_export": policy.may(request.actor, policy.EXPORT),
        "most_exported": MOST_EXPORTED,
    }
    if closing and own is not None:
        found = _closers(request, asked, one, own["lacking"])
        names = _names(request, [each.resident_id for each in found.people])
        context |= {
            "rows": [presenter.closer(each, names, may_serve, clock.today()) for each in found.people],
            "closers": found,
            "shown": MOST_CLOSING,
            "short": own["lacking"] - len(found.people),
        }
        return render(request, "web/measures/closing.html", context)
    try:
        page = asked.source.persons(
            request.actor, code, asked.place, side, after=request.GET.get("after") or None, limit=SIZE
        )
    except problems.Refused as refused:
        messages.error(request, refused.message)
        return redirect(asked.at.measure(code, asked.place))
    names = _names(request, [each.resident_id for each in page.lines])
    context |= {"page": page, "rows": [presenter.person(each, side, names, may_serve) for each in page.lines]}
    return render(request, "web/measures/persons.html", context)


def _closers(request: HttpRequest, asked: Asked, one: Measure, lacking: int) -> progress_closing.Closing:
    return progress_closing.closers(
        request.actor,
        measure=one,
        year=asked.source.period.year,
        place=asked.place,
        limit=min(lacking, MOST_CLOSING),
    )


def _names(request: HttpRequest, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Whole names of those whose file may be opened, as every list of the system shows them."""
    return dict(residents.visible_to(request.actor).filter(id__in=ids).values_list("id", "name"))


def _tabs(asked: Asked, code: str, own: dict[str, Any] | None) -> list[tuple[str, str, str, int]]:
    numbers = (
        {} if own is None else {"in": own["numerator"], "out": own["missing"], "excluded": own["excluded"]}
    )
    found = [
        (key, title, asked.at.persons(code, asked.place, key), numbers.get(key, 0))
        for key, title in figures.SIDES.items()
    ]
    if own is not None and own["urls"].get(CLOSING):
        found.insert(0, (CLOSING, "还差", own["urls"][CLOSING], own["lacking"]))
    return found


@pages.page(action=policy.EXPORT, methods=("POST",))
def export_persons(request: HttpRequest, measure_code: str) -> HttpResponse:
    """The persons of a side as a workbook, names masked; the ids that leave are written to the access log."""
    policy.require(request.actor, policy.RESIDENT_VIEW)
    one = measure_sources.measure_of(measure_code)
    code = one.code
    asked = asked_for(request)
    if asked is None:
        return redirect("measures")
    side = _side(request)
    if request.GET.get("side") == CLOSING and asked.source.run is None:
        lines = lines_of(request, asked, asked.source.at(request.actor, [asked.place], [code]), [code])
        people = _closers(request, asked, one, lines[0]["lacking"] if lines else 0).people
        _exported(request, asked, code, CLOSING, [each.resident_id for each in people])
        title, head, rows = "还差", presenter.CLOSER_HEAD, map(presenter.closer_cells, people)
    else:
        title, head, rows = figures.SIDES[side], presenter.PERSON_HEAD, _side_rows(request, asked, code, side)
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the response
    try:
        exports.rows_workbook(f"{title}名单", head, rows, file=file)
    except problems.Refused as refused:
        messages.error(request, refused.message)
        return redirect(asked.at.measure(code, asked.place))
    file.seek(0)
    name = f"{one.title}_{asked.place.name}_{title}_{asked.source.period.code}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name)


def _side_rows(request: HttpRequest, asked: Asked, code: str, side: str) -> Iterator[list[Any]]:
    after, written = None, 0
    while written < MOST_EXPORTED:
        page = asked.source.persons(request.actor, code, asked.place, side, after=after, limit=BATCH)
        _exported(request, asked, code, side, [each.resident_id for each in page.lines])
        yield from (presenter.person_cells(each) for each in page.lines)
        written += len(page.lines)
        after = page.after
        if after is None:
            return


def _exported(request: HttpRequest, asked: Asked, code: str, side: str, ids: Sequence[UUID]) -> None:
    """Write down whose lines left the system."""
    audit.record(
        by=request.actor,
        action="export",
        subject_kind="resident",
        detail={
            "query": {
                "what": "measure",
                "measure": code,
                "source": asked.source.code,
                "period": asked.source.period.code,
                "place": asked.place.key,
                "side": side,
            },
            "ids": [str(each) for each in ids],
        },
        at=clock.now(),
    )


def _side(request: HttpRequest) -> str:
    side = request.GET.get("side", "")
    return side if side in figures.SIDES else figures.OUT


def _asked_at(asked: Asked, places: Sequence[Place]) -> dict[str, dict[str, targets.Asked]]:
    return targets.for_places(places, asked.source.period.year)


def lines_of(
    request: HttpRequest,
    asked: Asked,
    found: Sequence[Figure],
    codes: Sequence[str] | None = None,
    places: Sequence[Place] | None = None,
) -> list[dict[str, Any]]:
    """Figures with target, light and the figure of a year before."""
    places = places or [asked.place]
    goals = _asked_at(asked, places)
    codes = codes or [each.measure_code for each in found]
    before = {
        (each.measure_code, each.place.key): each
        for each in asked.source.year_before(request.actor, codes, places)
    }
    opens = policy.may(request.actor, policy.RESIDENT_VIEW)
    lines = []
    for each in found:
        goal = presenter.chosen(goals[each.place.key], catalogue.measure(each.measure_code))
        standing = progress_standing.of(each, goal, asked.source.period, today=clock.today())
        lines.append(
            presenter.line(
                each,
                goal,
                standing,
                asked.at,
                before=before.get((each.measure_code, each.place.key)),
                opens=opens,
            )
        )
    return lines


def _frame(request: HttpRequest, asked: Asked) -> dict[str, Any]:
    """What every page of figures has: source, period, place, the way back up."""
    source = asked.source
    runs = list(queries.runs()[: measure_sources.OFFERED])
    path = source.path(request.actor, asked.place)
    return {
        "source": source,
        "tree": asked.tree,
        "trees": TREES.items(),
        "place": asked.place,
        "level": presenter.LEVELS.get(asked.place.level, ""),
        "at": measure_sources.said(asked.place),
        "path": [(each, f"?{asked.at.query(each)}") for each in path],
        "sources": [
            (measure_sources.LIVE, "实时"),
            *((str(each.id), each.title) for each in runs),
        ],
        "periods": [(each.code, each.title) for each in _periods(source)],
        "tops": [] if path else source.tops(request.actor, asked.tree)[:60],
        "query": asked.at.query(asked.place),
        "home": f"{reverse('measures')}?{asked.at.query(asked.place)}",
    }


def _periods(source: Source) -> list[Any]:
    return [source.period] if source.run is None else queries.periods_of(source.run)
