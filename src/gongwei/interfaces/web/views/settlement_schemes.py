"""结算方案: a county's schemes of a year, one begun from the one before, changed as a new version, approved by another person."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.interfaces.web import fund_pages, pages
from gongwei.interfaces.web.presenters import funds as fund_presenter
from gongwei.interfaces.web.presenters import settlements as presenter
from gongwei.places import policy
from gongwei.settlement import (
    fund_queries,
    money,
    ratios,
    scheme_keeping,
    scheme_queries,
    schemes,
    standards,
)

#: Parts that are changed on the page: shares in per cent, points.
SHARES = (("village_share", "村级比例（％）"), ("alpha", "按人口分配的部分（％，混合办法用）"))


@never_cache
@pages.page(action=policy.FUND_VIEW, methods=("GET", "POST"))
def schemes_page(request: HttpRequest) -> HttpResponse:
    """The schemes of a year; a new one is begun here from the one before or the national default."""
    frame = fund_pages.frame(request)
    wrong: list[str] = []
    if request.method == "POST":
        fund_pages.may_write(request, policy.FUND_EDIT)
        answer = fund_pages.done(request, lambda: _begin(request, frame))
        if isinstance(answer, HttpResponse):
            return answer
        wrong = answer
    rows = list(scheme_queries.listed(request.actor, frame["county"], frame["year"]))
    people = fund_queries.account_names(key for row in rows for key in (row.recorded_by, row.approved_by))
    context = {
        **frame,
        "rows": [_shown(row, people, request) for row in rows],
        "real_pots": standards.POTS.items(),
        "wrong": wrong,
        "typed": request.POST,
    }
    return render(request, "web/settlements/schemes.html", context)


@never_cache
@pages.page(action=policy.FUND_VIEW, methods=("GET", "POST"))
def scheme(request: HttpRequest, scheme_id: UUID) -> HttpResponse:
    """One scheme in words and numbers; changed into a new version, approved or taken back here."""
    if request.method == "POST":
        fund_pages.may_write(request, policy.FUND_EDIT, policy.FUND_APPROVE)
    frame = fund_pages.frame(request)
    row = pages.found(scheme_queries.one(request.actor, frame["county"], scheme_id))
    wrong: list[str] = []
    if request.method == "POST":
        answer = fund_pages.done(request, lambda: _act(request, row))
        if isinstance(answer, HttpResponse):
            return answer
        wrong = answer
    people = fund_queries.account_names([row.recorded_by, row.approved_by])
    content = row.content
    context = {
        **frame,
        "year": row.year,
        "scheme": _shown(row, people, request),
        "said": presenter.scheme(content),
        "items": presenter.items(content),
        "claims": content["claims"],
        "shares": [
            (name, title, request.POST.get(name) or presenter.plain(Decimal(content[name]) * 100))
            for name, title in SHARES
        ],
        "methods": schemes.METHODS.items(),
        "modes": ratios.MODES.items(),
        "inside": schemes.STAFF.items(),
        "moved_in": schemes.MOVED_IN.items(),
        "destinations": ratios.DESTINATIONS.items(),
        "content": content,
        "wrong": wrong,
        "typed": request.POST,
    }
    return render(request, "web/settlements/scheme.html", context)


def _shown(row: Any, people: Any, request: HttpRequest) -> dict[str, Any]:
    return {
        "row": row,
        "id": row.id,
        "said": schemes.described(schemes.read(row.content)),
        "pot": standards.POTS[row.pot],
        "state": row.get_state_display(),
        "tone": fund_presenter.TONES[row.state],
        "draft": row.state == "draft",
        "own": row.recorded_by is not None and row.recorded_by == request.actor.account_id,
        "recorded_by": people.get(row.recorded_by, "系统"),
        "approved_by": people.get(row.approved_by, "系统") if row.approved_at else "",
    }


def _begin(request: HttpRequest, frame: dict[str, Any]) -> str:
    pot = request.POST.get("pot", standards.ORIGINAL)
    if pot not in standards.POTS:
        raise problems.Refused("请选择资金类别。", field="pot", code="pot")
    year = frame["year"]
    made = scheme_keeping.draft(
        by=request.actor,
        at=clock.now(),
        county_key=frame["county"],
        year=year,
        title=request.POST.get("title", "").strip() or f"{year}年补助资金分配方案",
        document=request.POST.get("document", ""),
        content=scheme_keeping.beginning(frame["county"], year, pot),
        pot=pot,
    )
    messages.success(request, "已建立方案草稿，请核对、修改后由另一人批准。")
    return reverse("settlement-scheme", args=[made.id])


def _act(request: HttpRequest, row: Any) -> str:
    by, now = request.actor, clock.now()
    match request.POST.get("what", ""):
        case "approve":
            scheme_keeping.approve(by=by, at=now, scheme_id=row.id)
            messages.success(request, "已批准，以后的结算按这个方案。")
        case "withdraw":
            scheme_keeping.withdraw(by=by, at=now, scheme_id=row.id, reason=request.POST.get("reason", ""))
            messages.success(request, "已撤回。")
        case "change":
            made = scheme_keeping.draft(
                by=by, at=now, county_key=fund_pages.county(request), year=row.year, pot=row.pot,
                title=request.POST.get("title", "").strip() or row.title,
                document=request.POST.get("document", "").strip() or row.document,
                content=_changed(request, row.content),
            )  # fmt: skip
            messages.success(request, f"已存为第{made.version}版草稿，待另一人批准。")
            return reverse("settlement-scheme", args=[made.id])
        case _:
            raise problems.Refused("请选择要办的事。", code="what")
    return request.get_full_path()


def _changed(request: HttpRequest, stood: dict[str, Any]) -> dict[str, Any]:
    """The content as it was typed. Raises Refused: a number that is none; what does not add up says `schemes.read`."""
    content, post = deepcopy(stood), request.POST
    for name, title in SHARES:
        if text := post.get(name, "").strip().rstrip("%％"):
            content[name] = str(_number(text, title) / 100)
    content["method"] = post.get("method", content["method"])
    content["withheld_to"] = post.get("withheld_to", content["withheld_to"])
    if post.get("staff") in schemes.STAFF:
        content["staff"] = post["staff"]
    if post.get("moved_in") in schemes.MOVED_IN:
        content["late"]["moved_in"] = post["moved_in"]
    content["ratio"]["mode"] = post.get("mode", content["ratio"]["mode"])
    for name, title in (("full_at", "全额线"), ("none_below", "起付线")):
        if text := post.get(name, "").strip():
            content["ratio"][name] = str(_number(text, title))
    for service, item in content["items"].items():
        if text := post.get(f"w.{service}", "").strip():
            item["weight"] = str(_number(text, item["title"]))
        if f"p.{service}" in post:
            text = post[f"p.{service}"].strip()
            item["price_fen"] = money.fen(text) if text else None
    return content


def _number(text: str, what: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise problems.Refused(f"“{what}”应填写数字。", code="number") from None
    if not found.is_finite():
        raise problems.Refused(f"“{what}”应填写数字。", code="number")
    return found
