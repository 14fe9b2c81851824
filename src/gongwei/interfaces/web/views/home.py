"""首页: what there is and what waits, by role. Counts above ten thousand are estimates and say 约."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from gongwei import catalogue
from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.interfaces.web import administration, measure_sources, pages, shell, work_counts
from gongwei.interfaces.web.presenters import funds
from gongwei.interfaces.web.presenters import measures as words
from gongwei.language.measures import Measure
from gongwei.measures import comparing, live_queries, periods
from gongwei.measures.figures import Figure
from gongwei.places import policy
from gongwei.places import queries as places
from gongwei.records import queries as records
from gongwei.residents import codes
from gongwei.residents import queries as residents
from gongwei.settlement import fund_queries

#: Bands of completed years, as yearbooks give them.
BANDS = ((0, 6), (7, 14), (15, 24), (25, 34), (35, 44), (45, 54), (55, 64), (65, 74), (75, 84), (85, None))
_ON_FILE = ("active", "transferring_out", "lost")
#: The figures a village doctor is asked about all year; those the installed programmes have are shown.
KEY_MEASURES = ("HTN.1", "DM.1", "EL.1", "HR.3")


@pages.page()
def home(request: HttpRequest) -> HttpResponse:
    """The first page."""
    actor = request.actor
    context: dict[str, Any] = {"tiles": [], "bands": [], "today": clock.today()}
    if policy.may(actor, policy.RESIDENT_VIEW):
        context |= _residents(request)
    elif policy.may(actor, policy.ACCOUNT_VIEW):
        context["tiles"] = administration.tiles(actor)
        context["steps"] = administration.steps(actor)
    elif policy.may(actor, policy.FUND_EDIT):
        context |= funds.of_today(actor, clock.today())
    else:
        context["tiles"] = [_tile("机构", places.organizations(actor).count(), "organizations")]
    if policy.may(actor, policy.FUND_APPROVE) and (county := fund_queries.county_of(actor)) is not None:
        for each in funds.waiting(county):
            context["tiles"].append(
                {"title": f"{each['title']}待审批", "count": each["count"], "url": each["url"]}
            )
    if policy.may(actor, policy.SNAPSHOT) and not comparing.standing().agrees:
        context["tiles"] = [_tile("实时指标与批量计算", "不一致", "agreement"), *context["tiles"]]
    return render(request, "web/home.html", context)


def _reviewing(actor: Any) -> list[dict[str, Any]]:
    """待审核 for those who review, 待修改提交 for those who file; nothing while nothing waits."""
    waiting = []
    if policy.may(actor, policy.RESIDENT_REVIEW):
        waiting.append(("待审核", ("pending",)))
    if policy.may(actor, policy.RESIDENT_REGISTER):
        waiting.append(("暂存或已退回", ("draft", "returned")))
    tiles = []
    for title, statuses in waiting:
        count = residents.count_estimate(actor, residents.Filters(statuses=statuses))
        if count.value:
            tiles.append(_tile(title, count, "residents", "&".join(f"status={each}" for each in statuses)))
    return tiles


def _tile(title: str, count: object, url_name: str, query: str = "") -> dict[str, Any]:
    shown = f"{count:,}" if isinstance(count, int) else str(count)
    return {"title": title, "count": shown, "url": reverse(url_name) + (f"?{query}" if query else "")}


def _figures(request: HttpRequest) -> list[dict[str, Any]]:
    """The own key figures of the year, divided as 指标 divides them, moving with every save; none while they are not kept."""
    year = shell.year_of(request)
    if not policy.may(request.actor, policy.FIGURE_VIEW) or not live_queries.is_kept(year):
        return []
    source = measure_sources.Source(None, periods.whole_year(year))
    place = measure_sources.own_place(source, request.actor)
    known = {each.code: each for each in catalogue.measures()}
    codes = [code for code in KEY_MEASURES if code in known]
    if place is None or not codes:
        return []
    at = words.Addressing(source.code, source.period.code, place.kind)
    return [
        {
            "title": known[each.measure_code].title,
            "count": words.rate(each.rate, known[each.measure_code]),
            "of": _fraction(each, known[each.measure_code]),
            "url": at.measure(each.measure_code, place),
        }
        for each in source.at(request.actor, [place], codes)
        if each.denominator
    ]


def _fraction(figure: Figure, measure: Measure) -> str:
    whole = words.divided_by(figure, measure)
    return f"{figure.numerator:,}/{'公布数未填报' if whole is None else f'{whole:,}'}"


def _managed(actor: Actor, on_file: str) -> list[dict[str, Any]]:
    """A tile for each disease whose patients are managed."""
    counts = records.managed_counts(actor)
    return [
        _tile(
            f"在管{codes.name('key_population', each.tag)}",
            counts.get(each.code, 0),
            "residents",
            f"{on_file}&tag={each.tag}",
        )
        for each in sorted(catalogue.episodes(), key=lambda each: each.tag or "")
        if each.tag
    ]


def _residents(request: HttpRequest) -> dict[str, Any]:
    actor = request.actor

    def count(**asked: Any) -> Any:
        return residents.count_estimate(actor, residents.Filters(statuses=_ON_FILE, **asked))

    bands = [
        {
            "title": f"{low}～{high}岁" if high is not None else f"{low}岁以上",
            "count": count(age_from=low, age_to=high),
        }
        for low, high in BANDS
    ]
    work = work_counts.of(actor)
    on_file = "&".join(f"status={status}" for status in _ON_FILE)
    tiles = []
    if work:
        tiles = [
            _tile("待办", work["open"], "worklist"),
            _tile("逾期", work["overdue"], "worklist", "urgency=overdue"),
            _tile("本周到期", work["soon"], "worklist", "urgency=soon"),
            _tile("疑似待核实", work["suspects"], "suspects"),
        ]
    tiles += [
        _tile("在管档案", count(), "residents", on_file),
        _tile("0～6岁儿童", bands[0]["count"], "residents", f"{on_file}&age_to=6"),
        _tile("65岁及以上老年人", count(age_from=65), "residents", f"{on_file}&age_from=65"),
        *_managed(actor, on_file),
    ]
    if policy.may(actor, policy.RESIDENT_TRANSFER):
        tiles.append(_tile("迁移待确认", residents.transfers_inbox(actor).count(), "transfers"))
    tiles += _reviewing(actor)
    chart = {
        "xAxis": {
            "type": "category",
            "data": [band["title"] for band in bands],
            "axisLabel": {"interval": 0},
        },
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "type": "bar",
                "name": "人数",
                "data": [band["count"].value for band in bands],
                "barMaxWidth": 36,
            }
        ],
        "color": ["#0f766e"],
        # Ten bands do not stand side by side on a phone.
        "media": [
            {
                "query": {"maxWidth": 560},
                "option": {"grid": {"bottom": 64}, "xAxis": {"axisLabel": {"rotate": 60}}},
            }
        ],
    }
    return {
        "tiles": tiles,
        "figures": _figures(request),
        "year": shell.year_of(request),
        "bands": bands,
        "chart": chart,
    }
