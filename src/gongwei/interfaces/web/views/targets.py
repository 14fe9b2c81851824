"""年度目标: what is asked of each measure at an area, set and divided by the county; and the progress towards it."""

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.catalogue import national_targets
from gongwei.interfaces.web import measure_sources, pages, shell
from gongwei.interfaces.web.presenters import measures
from gongwei.interfaces.web.presenters import targets as presenter
from gongwei.measures import (
    figures,
    live_queries,
    parameters,
    periods,
    progress,
    progress_standing,
    targets,
    targets_dividing,
    targets_setting,
)
from gongwei.places import policy
from gongwei.places import queries as places


@never_cache
@pages.page(action=policy.FIGURE_VIEW)
def progress_list(request: HttpRequest) -> HttpResponse:
    """Where each measure with a target stands by now, at a place; red and yellow lights open to the persons lacking."""
    year = shell.year_of(request)
    source = measure_sources.Source(None, periods.whole_year(year))
    place = measure_sources.place_of(request, source)
    rows: list[dict[str, Any]] = []
    if place is not None and live_queries.is_kept(year):
        asked = targets.for_place(place, year)
        codes = sorted({each.measure.code for each in asked.values()})
        found = live_queries.figures(request.actor, year=year, measures=codes, places=[place])
        known = {each.measure_code: each for each in found}
        period, today = periods.whole_year(year), clock.today()
        at = measures.Addressing(measures.LIVE, period.code, place.kind)
        for each in asked.values():
            figure = known.get(each.measure.code)
            if figure is not None:
                standing = progress_standing.of(figure, each, period, today=today)
                row = presenter.standing(each, figure, standing, targets.title(each.code))
                row["persons"] = (
                    at.persons(each.measure.code, place, measures.CLOSING) if row["closable"] else ""
                )
                row["url"] = at.measure(each.measure.code, place)
                rows.append(row)
    context = {
        "year": year,
        "place": place,
        "below": live_queries.children(request.actor, place, year=year) if place else [],
        "kept": live_queries.is_kept(year),
        "rows": presenter.in_order(rows),
        "month": min(clock.today().month, 12) if year == clock.today().year else 12,
        "counts": {light: sum(row["light"] == light for row in rows) for light in progress.LIGHTS},
        "near": measures.number(parameters.value("near_share", clock.today()) * 100),
        "may_list": policy.may(request.actor, policy.RESIDENT_VIEW),
        "may_edit": policy.may(request.actor, policy.TARGET_EDIT),
    }
    return render(request, "web/targets/progress.html", context)


@never_cache
@pages.page(action=policy.TARGET_EDIT, methods=("GET", "POST"))
def target_list(request: HttpRequest) -> HttpResponse:
    """The targets of a year at an area: its own, those taken over, and the national ones; here one is set or ended."""
    year = shell.year_asked(request)
    area = shell.area_asked(request)
    wrong: list[str] = []
    if request.method == "POST":
        try:
            return pages.send_once(request, lambda: _act(request, year, area))
        except policy.Forbidden:
            raise
        except problems.Refused as refused:
            several = refused.problems if isinstance(refused, problems.Several) else [refused]
            wrong = [f"{each.message}{each.hint or ''}" for each in several]
    here = figures.Place(figures.AREA, f"{area.key:012d}", area.name, area.level) if area else None
    asked = targets.for_place(here, year) if here else {}
    code = request.POST.get("code") or request.GET.get("code", "")
    context = {
        "year": year,
        "years": range(clock.today().year + 1, shell.FIRST_YEAR - 1, -1),
        "area": area,
        "areas": _areas(request),
        "rows": [
            presenter.target(each, title, asked.get(each), area.key if area else 0)
            for each, title in targets.codes().items()
        ],
        "coming": [
            {"title": targets.title(each), "programme": programme}
            for each, programme in national_targets.current().coming.items()
        ],
        "code": code if code in targets.codes() else "",
        "code_title": targets.codes().get(code, ""),
        "unit": targets.unit_of(code) if code in targets.codes() else "",
        "upper": measures.goal(targets.above(code, year, area.key)) if area and code in targets.codes() else "",
        "ops": measures.OPS.items(),
        "typed": request.POST,
        "wrong": wrong,
    }  # fmt: skip
    return render(request, "web/targets/list.html", context)


@never_cache
@pages.page(action=policy.TARGET_EDIT, methods=("GET", "POST"))
def target_split(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """Divide a number of persons among the institutions below an area: proposed in proportion, changed by hand, checked to the
    last person."""
    row = pages.found(targets_dividing.target(request.actor, target_id))
    basis = request.GET.get("by", "")
    basis = basis if basis in targets_dividing.BASES else targets_dividing.FIRST_BASIS
    wrong: list[str] = []
    typed: dict[str, str] = {}
    if request.method == "POST":
        try:
            return pages.send_once(request, lambda: _divide(request, target_id))
        except policy.Forbidden:
            raise
        except problems.Refused as refused:
            several = refused.problems if isinstance(refused, problems.Several) else [refused]
            wrong = list(dict.fromkeys(f"{each.message}{each.hint or ''}" for each in several))
            typed = {name: request.POST.get(name, "") for name in request.POST}
    lines = targets_dividing.proposal(request.actor, row, basis)
    context = {
        "target": row,
        "title": targets.title(row.code),
        "total": int(row.value),
        "bases": targets_dividing.BASES.items(),
        "basis": basis,
        "rows": [presenter.share(each, typed) for each in lines],
        "wrong": wrong,
        "area": places.area(row.area_key),
    }
    return render(request, "web/targets/split.html", context)


def _act(request: HttpRequest, year: int, area: Any) -> str:
    """Set a target, or end one."""
    here = f"{reverse('targets')}?year={year}&area={area.key if area else ''}"
    if request.POST.get("what") == "end":
        key = pages.uuid_of(request.POST.get("target"))
        if key is None:
            raise problems.Refused("这个目标已经变更或停用，请刷新后再办。", code="gone")
        targets_setting.end_target(by=request.actor, at=clock.now(), target_id=key)
        messages.success(request, "已停用，改按上级目标。")
        return here
    if area is None:
        raise problems.Refused("请选择区划。", code="required")
    try:
        value = Decimal("".join(request.POST.get("value", "").split()).rstrip("%％"))
    except InvalidOperation:
        raise problems.Refused("目标值应为数字。", field="value", code="value") from None
    if not value.is_finite() or abs(value) > targets_setting.MOST:
        raise problems.Refused("目标值应为数字。", field="value", code="value")
    targets_setting.set_target(
        by=request.actor,
        at=clock.now(),
        code=request.POST.get("code", "")[:40],
        year=year,
        area_key=area.key,
        op=request.POST.get("op", ">="),
        value=value,
        document=request.POST.get("document", "")[:200],
        looser_reason=request.POST.get("looser_reason", "")[:200],
    )
    messages.success(request, "目标已下达。")
    return here


def _divide(request: HttpRequest, target_id: UUID) -> str:
    shares = {}
    for name in request.POST:
        key = pages.uuid_of(name.removeprefix("share_")) if name.startswith("share_") else None
        if key is None:
            continue
        text = "".join(request.POST[name].split()).replace(",", "") or "0"
        if not (text.isascii() and text.isdigit()) or len(text) > 12:
            raise problems.Refused("各机构的人数应为不小于0的整数。", field=name, code="value")
        shares[key] = int(text)
    made = targets_setting.split(by=request.actor, at=clock.now(), target_id=target_id, shares=shares)
    messages.success(request, f"已分解到 {len(made)} 个机构。")
    return reverse("target-split", args=[target_id])


def _areas(request: HttpRequest) -> list[Any]:
    """The county and its townships, to choose from."""
    found = places.areas_in(places.ranges(request.actor)).exclude(level="village")
    return list(found.order_by("key"))
