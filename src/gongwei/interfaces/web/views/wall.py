"""大屏: how a county or a city stands, on one screen, from live figures and stored reports."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock
from gongwei.interfaces.web import measure_sources, pages, work_counts
from gongwei.interfaces.web.presenters import wall as wall_presenter
from gongwei.interfaces.web.views import measures as measure_pages
from gongwei.places import policy

MOST_PLACES = 40
_WORK = (("open", "待办", ""), ("overdue", "逾期", "urgency=overdue"), ("soon", "本周到期", "urgency=soon"))


@never_cache
@pages.page(action=policy.FIGURE_VIEW)
def wall(request: HttpRequest) -> HttpResponse:
    """Tiles of key measures with lights, the places below ranked, the year's course, today's work; each opens."""
    asked = measure_pages.asked_for(request)
    if asked is None:
        return render(request, "web/measures/nothing.html", {"may_run": False})
    source, place, at = asked.source, asked.place, asked.at
    codes = [each.code for each in wall_presenter.key_measures()]
    children = source.children(request.actor, place)[:MOST_PLACES]
    shown = [place, *children]
    lines = measure_pages.lines_of(request, asked, source.at(request.actor, shown, codes), codes, shown)
    own = [each for each in lines if each["place"].key == place.key]
    below = [each for each in lines if each["place"].key != place.key]
    tiles = wall_presenter.tiles(own)
    aimed = [each["code"] for each in tiles if each["goal"] and each["value"] is not None]
    risen = [each["code"] for each in tiles if each["code"] in aimed and each["numerator"]]
    ranked = _ranked(request, risen or aimed, codes)
    trends = source.trends(request.actor, aimed or codes[: wall_presenter.MOST_LINES], place)
    heads, rows = wall_presenter.matrix(below, aimed)
    context = {
        "source": source,
        "place": place,
        "path": [(each, f"?{at.query(each)}") for each in source.path(request.actor, place)],
        "children": [(each, f"?{at.query(each)}") for each in children if each.level != "village"],
        "now": clock.now(),
        "tiles": tiles,
        "ranked": ranked,
        "ranking_choices": [(each["code"], each["title"]) for each in tiles if each["value"] is not None],
        "ranking_chart": wall_presenter.ranking(
            ranked, [each for each in below if each["code"] == ranked.code]
        ),
        "trend_chart": wall_presenter.trend(trends),
        "heads": heads,
        "rows": rows,
        "work": _work(request),
        "home": f"{reverse('measures')}?{at.query(place)}",
    }
    return render(request, "web/measures/wall.html", context)


def _ranked(request: HttpRequest, aimed: list[str], codes: list[str]) -> Any:
    asked = request.GET.get("measure", "")
    return measure_sources.measure_of(asked if asked in codes else (aimed or codes)[0])


def _work(request: HttpRequest) -> list[dict[str, Any]]:
    if not policy.may(request.actor, policy.RESIDENT_VIEW):
        return []
    counts = work_counts.of(request.actor)
    return [
        {"title": title, "count": counts[key], "url": reverse("worklist") + (f"?{query}" if query else "")}
        for key, title, query in _WORK
        if key in counts
    ]
