"""年度评价: the scores of a year by institution with each round, mean and band; the year is closed here and told as a report."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from gongwei.base import clock
from gongwei.evaluation import case_queries, closing, national, queries, seeing, trees
from gongwei.interfaces.excel import exports
from gongwei.interfaces.web import evaluating, pages, shell
from gongwei.interfaces.web.presenters import evaluation as presenter
from gongwei.interfaces.web.presenters import evaluation_cases as cases
from gongwei.interfaces.word import documents, evaluations
from gongwei.places import policy
from gongwei.places import queries as places


@never_cache
@pages.page(action=policy.EVALUATION_VIEW, methods=("GET", "POST"))
def year_page(request: HttpRequest) -> HttpResponse:
    """The year at one level; as a workbook, as a report for the leaders, or closed."""
    year = shell.year_asked(request)
    wrong: list[str] = []
    if request.method == "POST":
        answer, wrong = evaluating.tried(request, lambda: _close(request, year))
        if answer is not None:
            return answer
    level = request.GET.get("level", "")
    level = level if level in national.LEVELS else national.TOWNSHIP
    numbers = sorted(
        {each.number for each in queries.round_list(request.actor, year) if level in each.levels}
    )
    rows = _rows(request, year, level, numbers)
    if request.method == "GET" and request.GET.get("export") == "xlsx":
        return _workbook(year, level, numbers, rows)
    if request.method == "GET" and request.GET.get("export") == "docx":
        return _report(request, year)
    county = seeing.county_of(request.actor)
    closed = closing.latest_of(county, year) if county else None
    names = queries.account_names({closed.closed_by}) if closed else {}
    context = {
        "year": year,
        "years": evaluating.years(),
        "latest": queries.latest_year(request.actor),
        "level": level,
        "levels": national.LEVELS.items(),
        "numbers": numbers,
        "rows": rows,
        "bands": [(name, sum(row["band"] == name for row in rows)) for _, name in queries.bands_of(year)],
        "vetoed": sum(row["veto"] is not None for row in rows),
        "rule": _rule(request, year, level),
        "closed": closed,
        "closed_by": names.get(closed.closed_by, "") if closed else "",
        "stale": closed is not None and not closing.is_current(closed),
        "may_close": policy.may(request.actor, policy.EVALUATION_APPROVE),
        "wrong": wrong,
    }
    return render(request, "web/evaluation/years.html", context)


def _rows(request: HttpRequest, year: int, level: str, numbers: list[int]) -> list[dict[str, Any]]:
    found = queries.yearly(request.actor, year, level)
    rows = []
    for name, score in found:
        better = sum(other.veto is None and other.exact > score.exact for _, other in found)
        place = 0 if score.veto else better + 1
        rows.append(presenter.annual(place, name, score, numbers, year))
    return rows


def _rule(request: HttpRequest, year: int, level: str) -> str:
    chosen = queries.scheme_list(request.actor, year).filter(level=level, state="approved").first()
    return trees.ANNUAL[chosen.tree.get("annual", {}).get("kind", trees.MEAN)] if chosen else ""


def _close(request: HttpRequest, year: int) -> str:
    made = closing.close(
        by=request.actor,
        at=clock.now(),
        county_key=seeing.county_of(request.actor) or 0,
        year=year,
        note=request.POST.get("note", ""),
    )
    messages.success(request, f"{year}年度评价已定案（第{made.version}版）。")
    return request.get_full_path()


def _workbook(year: int, level: str, numbers: list[int], rows: list[dict[str, Any]]) -> HttpResponse:
    head = ("名次", "名称", *(f"第{number}轮" for number in numbers), "年度得分", "等次", "状态", "认定文号")
    lines = [
        (
            row["place"] or None,
            row["name"],
            *(cell["points"] for cell in row["cells"]),
            row["points"],
            row["band"],
            row["state"],
            row["veto"].document if row["veto"] else "",
        )
        for row in rows
    ]
    name = f"{year}年度绩效评价_{national.LEVELS[level]}.xlsx"
    return evaluating.sent(name, exports.rows_workbook("年度评价", head, lines))


def _report(request: HttpRequest, year: int) -> HttpResponse:
    """The annual report in Word: every level, bands, problems, rectification, decisions."""
    county = seeing.county_of(request.actor)
    area = places.area(county) if county else None
    levels = []
    for level, title in national.LEVELS.items():
        numbers = sorted(
            {each.number for each in queries.round_list(request.actor, year) if level in each.levels}
        )
        if numbers and level != national.DOCTOR:
            levels.append((title, numbers, _rows(request, year, level, numbers)))
    problems_of = list(case_queries.issue_list(request.actor, year))
    content = evaluations.annual_report(
        area=area.name if area else "",
        year=year,
        levels=levels,
        bands=[name for _, name in queries.bands_of(year)],
        issues=[cases.issue(each, clock.today()) for each in problems_of],
        counts=case_queries.rectified(problems_of, clock.today()),
        frauds=[cases.fraud(each, {}) for each in case_queries.fraud_list(request.actor, year)],
        appeals=_appeal_counts(request, year),
        on=clock.today(),
    )
    return evaluating.sent(f"{year}年度绩效评价报告.docx", content, documents.CONTENT_TYPE)


def _appeal_counts(request: HttpRequest, year: int) -> dict[str, int]:
    rows = list(case_queries.appeal_list(request.actor, year))
    return {
        "all": len(rows),
        "granted": sum(each.state == "granted" for each in rows),
        "refused": sum(each.state == "refused" for each in rows),
    }
