"""人口与任务数: the published numbers of areas by year, reported by one officer and approved by another."""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.interfaces.excel import population_sheet, sheets
from gongwei.interfaces.web import pages, shell
from gongwei.interfaces.web.presenters import populations as presenter
from gongwei.measures import populations
from gongwei.measures import populations_keeping as keeping
from gongwei.places import policy
from gongwei.places import queries as places

FIRST_KIND = next(iter(populations.KINDS))
#: Drafts shown at once.
WAITING = 200
LARGEST_FILE = 5 * 1024 * 1024


@never_cache
@pages.page(action=policy.POPULATION_EDIT, methods=("GET", "POST"))
def population_list(request: HttpRequest) -> HttpResponse:
    """The numbers of one kind and year below an area, boxes for new ones, and what waits for approval."""
    kind = _kind(request.GET.get("kind"))
    year = shell.year_asked(request)
    chosen = shell.area_asked(request)
    if request.method == "GET" and "sheet" in request.GET and chosen is not None:
        return _sheet(chosen, kind, year)
    typed: dict[str, str] = {}
    wrong: list[str] = []
    if request.method == "POST":
        try:
            return pages.send_once(request, lambda: _act(request, kind, year))
        except policy.Forbidden:
            raise
        except problems.Refused as refused:
            wrong = _said(refused)
            typed = {name: request.POST.get(name, "") for name in request.POST}
    below = list(places.areas_below(chosen, clock.today())) if chosen else []
    rows = [chosen, *below] if chosen else []
    known = populations.values(kind, year, [(chosen.key, chosen.last_key)]) if chosen else {}
    latest = populations.latest(kind, year, [area.key for area in rows])
    drafts = list(populations.drafts(places.ranges(request.actor))[:WAITING])
    names = places.names_of_areas([row.area_key for row in drafts])
    people = populations.names_of_accounts({row.recorded_by for row in drafts})
    lines = [presenter.line(area, known.get(area.key), latest.get(area.key, [])) for area in rows]
    for each in lines:
        each["typed"] = typed.get(each["box"], "")
    context = {
        "kinds": populations.KINDS.items(),
        "kind": kind,
        "kind_title": populations.KINDS[kind],
        "year": year,
        "years": range(clock.today().year + 1, shell.FIRST_YEAR - 1, -1),
        "chosen": chosen,
        "path": [each for each in places.area_path(chosen.key) if _within(request, each.key)] if chosen else [],
        "rows": lines,
        "sums": presenter.sums(populations.sums(kind, year, chosen.key), {area.key: area.name for area in below})
        if below
        else None,
        "waiting": [presenter.waiting(row, names, people, request.actor.account_id) for row in drafts],
        "wrong": wrong,
        "typed": typed,
    }  # fmt: skip
    return render(request, "web/populations/list.html", context)


@never_cache
@pages.page(action=policy.POPULATION_EDIT, methods=("GET", "POST"))
def population_history(request: HttpRequest, code: str, key: int) -> HttpResponse:
    """Every version of one number; here one in force or waiting is withdrawn."""
    area = pages.found(places.area_seen(request.actor, key))
    pages.found(populations.KINDS.get(code))
    year = shell.year_asked(request)
    if request.method == "POST":
        try:
            return pages.send_once(request, lambda: _withdraw(request))
        except policy.Forbidden:
            raise
        except problems.Refused as refused:
            messages.error(request, f"{refused.message}{refused.hint or ''}")
            return redirect(request.get_full_path())
    rows = list(populations.history(code, key, year))
    people = populations.names_of_accounts(
        {each for row in rows for each in (row.recorded_by, row.approved_by, row.ended_by)}
    )
    context = {
        "area": area,
        "kind": code,
        "kind_title": populations.KINDS[code],
        "year": year,
        "rows": [presenter.version(row, people) for row in rows],
    }
    return render(request, "web/populations/history.html", context)


def _sheet(chosen: Any, kind: str, year: int) -> HttpResponse:
    """Every area below the chosen one as a sheet to fill in, with the numbers in use."""
    known = populations.values(kind, year, [(chosen.key, chosen.last_key)])
    below = places.areas_in([(chosen.key, chosen.last_key)]).order_by("key")
    title = populations.KINDS[kind]
    lines = []
    for area in below:
        number = known.get(area.key)
        own = number if number is not None and number.source != populations.SUM_OF_PARTS else None
        said = (own.value, own.source, own.document) if own is not None else (None, "", "")
        lines.append((area.code, area.name, year, title, *said))
    answer = HttpResponse(population_sheet.write(lines), content_type=sheets.CONTENT_TYPE)
    name = quote(f"{title}_{chosen.name}_{year}.xlsx")
    answer["Content-Disposition"] = f"attachment; filename*=utf-8''{name}"
    return answer


def _act(request: HttpRequest, kind: str, year: int) -> str:
    """Report what was typed, or approve what was ticked."""
    here = request.get_full_path()
    if request.POST.get("what") == "approve":
        ids = [key for each in request.POST.getlist("population") if (key := pages.uuid_of(each))]
        if not ids:
            raise problems.Refused("请先勾选要批准的数。", code="none_chosen")
        done = keeping.approve(by=request.actor, at=clock.now(), population_ids=ids)
        messages.success(request, f"已批准 {len(done)} 个数。")
        return here
    sheet = request.FILES.get("file")
    if request.POST.get("what") == "upload":
        if sheet is None or sheet.size > LARGEST_FILE:
            raise problems.Refused("请选择填好的Excel文件，不超过5 MB。", field="file", code="file")
        rows = population_sheet.read(sheet.read())
    else:
        rows = _reported(request, kind, year)
    made = keeping.record(by=request.actor, at=clock.now(), rows=rows)
    if made:
        messages.success(request, f"已填报 {len(made)} 个数，待另一位县级管理人员批准后使用。")
    else:
        messages.info(request, "填写的数与现有的相同，没有变动。")
    return here


def _reported(request: HttpRequest, kind: str, year: int) -> list[keeping.Reported]:
    """The boxes that were filled in."""
    found, wrong = [], []
    source, document = request.POST.get("source", ""), request.POST.get("document", "")
    for name in request.POST:
        text = "".join(request.POST[name].split()).replace(",", "").replace("，", "")
        key = name.removeprefix("value_")
        if not name.startswith("value_") or not text or not (key.isascii() and key.isdigit()):
            continue
        if not (text.isascii() and text.isdigit()) or len(text) > 12:
            area = places.area(int(key)) if len(key) == 12 else None
            wrong.append(
                problems.Refused(f"{area.name if area else key}：人数应为不小于0的整数。", field=name)
            )
            continue
        found.append(keeping.Reported(kind, int(key), year, int(text), source[:100], document[:200]))
    if wrong:
        raise problems.Several(wrong)
    if not found:
        raise problems.Refused("还没有填写人数。", code="nothing")
    return found


def _withdraw(request: HttpRequest) -> str:
    key = pages.uuid_of(request.POST.get("population"))
    if key is None:
        raise problems.Refused("这个数已经更新或撤回，请刷新后再办。", code="gone")
    keeping.withdraw(
        by=request.actor, at=clock.now(), population_id=key, reason=request.POST.get("reason", "")
    )
    messages.success(request, "已撤回。")
    return request.get_full_path()


def _said(refused: problems.Refused) -> list[str]:
    several = refused.problems if isinstance(refused, problems.Several) else [refused]
    names = places.names_of_areas({each.details["area"] for each in several if "area" in each.details})
    told = []
    for each in several:
        area = names.get(each.details.get("area", 0), "")
        where = f"{area}：" if area and each.field == "value" else ""
        told.append(f"{where}{each.message}{each.hint or ''}")
    return list(dict.fromkeys(told))


def _kind(text: str | None) -> str:
    return text if text in populations.KINDS else FIRST_KIND


def _within(request: HttpRequest, key: int) -> bool:
    return any(low <= key <= high for low, high in places.ranges(request.actor))
