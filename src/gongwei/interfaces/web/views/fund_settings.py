"""资金参数: what norms leave to the county, set by a document and approved by another person; 机构承继: whose money goes on with whom."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.interfaces.web import fund_pages, pages
from gongwei.interfaces.web.presenters import funds as presenter
from gongwei.places import policy
from gongwei.settlement import (
    fund_parameters,
    fund_queries,
    parameters_keeping,
    succession_keeping,
    successions,
)


@never_cache
@pages.page(action=policy.FUND_VIEW, methods=("GET", "POST"))
def parameters_page(request: HttpRequest) -> HttpResponse:
    """Every parameter of money as it holds at the end of a year, and what the county ever set; set and approved here."""
    frame, wrong = fund_pages.frame(request), []
    if request.method == "POST":
        fund_pages.may_write(request, policy.FUND_EDIT, policy.FUND_APPROVE)
        answer = fund_pages.done(request, lambda: _set(request, frame["county"]))
        if isinstance(answer, HttpResponse):
            return answer
        wrong = answer
    day = min(frame["today"], frame["today"].replace(year=frame["year"], month=12, day=31))
    rows = list(parameters_keeping.listed(frame["county"]))
    people = fund_queries.account_names(each for row in rows for each in (row.recorded_by, row.approved_by))
    known = fund_parameters.national().definitions
    context = {
        **frame,
        "wrong": wrong,
        "typed": request.POST,
        "day": day,
        "rows": presenter.parameters(fund_parameters.in_force(day, frame["county"])),
        "own": [presenter.set_parameter(row, known[row.code], people, request.actor.account_id) for row in rows],
        "local": [each for each in known.values() if each.local],
        "choices": presenter.CHOICES.items(),
    }  # fmt: skip
    return render(request, "web/funds/parameters.html", context)


def _set(request: HttpRequest, county: int) -> str:
    """Prepare, approve or send back a value."""
    value = fund_pages.FourEyes(
        kind="parameter",
        title="参数",
        prepare=lambda request: parameters_keeping.draft(
            by=request.actor,
            at=clock.now(),
            area_key=county,
            code=request.POST.get("code", ""),
            since=fund_pages.day(request, "since", "起始日期"),
            value=_value(request),
            document=request.POST.get("document", "")[:200],
            note=request.POST.get("note", ""),
        ),
        approve=parameters_keeping.approve,
        withdraw=parameters_keeping.withdraw,
        approved="已批准，自起始日期起按新值测算；已经编制的不变。",
    )
    return fund_pages.four_eyes(request, value)


def _value(request: HttpRequest) -> str:
    """The value as it was typed: a share in per cent becomes a part of 1. Raises Refused."""
    code, text = request.POST.get("code", ""), request.POST.get("value", "").strip()
    if code == "fund.central_formula":
        return request.POST.get("choice", "") or text
    if code.endswith("_share") and text:
        return f"{fund_pages.share(request, 'value', '取值'):f}"
    return text[:40]


@never_cache
@pages.page(action=policy.FUND_VIEW, methods=("GET", "POST"))
def successions_page(request: HttpRequest) -> HttpResponse:
    """Institutions whose money goes on with another; put on record and approved here."""
    frame, wrong = fund_pages.frame(request), []
    if request.method == "POST":
        fund_pages.may_write(request, policy.FUND_EDIT, policy.FUND_APPROVE)
        answer = fund_pages.done(request, lambda: _succeed(request, frame["county"]))
        if isinstance(answer, HttpResponse):
            return answer
        wrong = answer
    rows = list(successions.listed(frame["county"]))
    people = fund_queries.account_names(each for row in rows for each in (row.recorded_by, row.approved_by))
    names = fund_queries.organization_names(each for row in rows for each in (row.former_id, row.heir_id))
    open_, ended = succession_keeping.choices(frame["county"]) if frame["may_edit"] else ([], [])
    lines: list[dict[str, Any]] = [
        {
            **presenter.approval(row, people, request.actor.account_id),
            "former": names.get(row.former_id, ""),
            "heir": names.get(row.heir_id, ""),
        }
        for row in rows
    ]
    context = {
        **frame,
        "wrong": wrong,
        "typed": request.POST,
        "rows": lines,
        "heirs": open_,
        "formers": ended,
    }
    return render(request, "web/funds/successions.html", context)


def _succeed(request: HttpRequest, county: int) -> str:
    """Prepare, approve or send back a succession."""
    succession = fund_pages.FourEyes(
        kind="succession",
        title="承继",
        prepare=lambda request: _prepare_succession(request, county),
        approve=succession_keeping.approve,
        withdraw=succession_keeping.withdraw,
        approved="已批准，原机构的专户结存已转入承继机构。",
    )
    return fund_pages.four_eyes(request, succession)


def _prepare_succession(request: HttpRequest, county: int) -> None:
    former, heir = (pages.uuid_of(request.POST.get(name)) for name in ("former", "heir"))
    if former is None or heir is None:
        raise problems.Refused("请选择原机构和承继机构。", field="heir", code="required")
    succession_keeping.draft(
        by=request.actor,
        at=clock.now(),
        area_key=county,
        former_id=former,
        heir_id=heir,
        on=fund_pages.day(request, "on", "承继日期"),
        document=request.POST.get("document", "")[:200],
        note=request.POST.get("note", ""),
    )
