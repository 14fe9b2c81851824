"""资金台账: the journal with its filters, one posting with its reversal, the trial balance, and closing of months."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.interfaces.excel import fund_sheets
from gongwei.interfaces.print import fund_papers, gathering
from gongwei.interfaces.web import fund_pages, lists, pages
from gongwei.interfaces.web.presenters import funds as presenter
from gongwei.places import policy
from gongwei.settlement import (
    county_codes,
    fund_queries,
    ledger_accounts,
    ledger_balances,
    ledger_closing,
    ledger_posting,
)

ENTRIES = 50
#: Entries on paper or in a workbook at most.
MOST = 20_000


@never_cache
@pages.page(action=policy.FUND_VIEW)
def journal(request: HttpRequest) -> HttpResponse:
    """The journal (明细账) as asked for, with both sums; the trial balance of the whole book beside it."""
    frame = fund_pages.frame(request)
    visible = fund_queries.seen(request.actor, frame["county"])
    asked = _asked(request, frame, visible)
    rows = ledger_balances.entries(frame["county"], **asked)
    kind = request.GET.get("file", "")
    if kind in ("xlsx", "pdf"):
        return _file(request, frame, rows, kind)
    page = lists.numbered(request, rows, size=ENTRIES)
    names = fund_queries.organization_names(each.organization_id for each in page.rows)
    chosen = pages.uuid_of(request.GET.get("organization"))
    context = {
        **frame,
        "whole": visible is None,
        "page": page,
        "entries": presenter.entries(page.rows, names),
        "sums": ledger_balances.sums(rows),
        "accounts": [(each.code, each.title) for each in ledger_accounts.ACCOUNTS.values()],
        "account": asked["account"],
        "kinds": ledger_accounts.KINDS.items(),
        "kind": asked["kind"],
        "organization": chosen,
        "organization_name": fund_queries.organization_names([chosen]).get(chosen, "") if chosen else "",
        "first": asked["first"],
        "last": asked["last"],
        "trial": presenter.trial(ledger_balances.balances(frame["county"], year=frame["year"], pot=frame["pot"]))
        if visible is None
        else None,
    }  # fmt: skip
    return render(request, "web/funds/ledger.html", context)


@never_cache
@pages.page(action=policy.FUND_VIEW, methods=("GET", "POST"))
def posting(request: HttpRequest, posting_id: UUID) -> HttpResponse:
    """One posting with all its entries and what it rests on; reversed here, with the reason."""
    frame = fund_pages.frame(request)
    row = pages.found(ledger_balances.posting(posting_id))
    entries = list(row.entries.order_by("id"))
    visible = fund_queries.seen(request.actor, frame["county"])
    if row.book_id not in county_codes.all_of(frame["county"]) or (
        visible is not None and not {each.organization_id for each in entries} & visible
    ):
        raise Http404
    if request.method == "POST":
        fund_pages.may_write(request, policy.FUND_EDIT)
        return fund_pages.acted(request, lambda: _reverse(request, posting_id))
    for each in entries:
        each.posting = row
    names = fund_queries.organization_names(each.organization_id for each in entries)
    people = fund_queries.account_names([row.by])
    context = {
        **frame,
        "posting": row,
        "number": presenter.number(row),
        "kind": ledger_accounts.KINDS[row.kind],
        "entries": presenter.entries(entries, names),
        "total": sum(each.debit_fen for each in entries),
        "by": people.get(row.by, "系统"),
        "cause": presenter.cause(row),
        "reversed_by": getattr(row, "reversed_by", None),
        "numbers": {
            each.id: presenter.number(each)
            for each in (row.reverses, getattr(row, "reversed_by", None))
            if each is not None
        },
    }
    return render(request, "web/funds/posting.html", context)


@never_cache
@pages.page(action=policy.FUND_VIEW, methods=("GET", "POST"))
def periods(request: HttpRequest) -> HttpResponse:
    """Months that are open, with the trial balance, and those that were closed."""
    frame = fund_pages.frame(request)
    if request.method == "POST":
        fund_pages.may_write(request, policy.FUND_EDIT)
        return fund_pages.acted(request, lambda: _close(request, frame["county"]))
    months = ledger_balances.open_months(frame["county"])
    closings = ledger_balances.closings(frame["county"])
    people = fund_queries.account_names(each.closed_by for each in closings)
    first_of_this = frame["today"].replace(day=1)
    context = {
        **frame,
        "open": [
            {"month": month, "postings": n, "next": place == 0 and month < first_of_this}
            for place, (month, n) in enumerate(months)
        ],
        "closed": [{"row": each, "by": people.get(each.closed_by, "系统")} for each in closings],
        "trial": presenter.trial(ledger_balances.balances(frame["county"]))
        if fund_queries.seen(request.actor, frame["county"]) is None
        else None,
    }
    return render(request, "web/funds/periods.html", context)


def _asked(request: HttpRequest, frame: dict[str, Any], visible: frozenset[UUID] | None) -> dict[str, Any]:
    """The filters of the address; nonsense is left out, and what is out of reach is never asked for."""
    account, kind = request.GET.get("account", ""), request.GET.get("kind", "")
    chosen = pages.uuid_of(request.GET.get("organization"))
    wanted = (
        visible if chosen is None else frozenset({chosen}) & (visible if visible is not None else {chosen})
    )
    return {
        "year": frame["year"],
        "pot": frame["pot"],
        "account": account if account in ledger_accounts.ACCOUNTS else "",
        "kind": kind if kind in ledger_accounts.KINDS else "",
        "organization_ids": wanted,
        "first": fund_pages.asked_day(request, "first"),
        "last": fund_pages.asked_day(request, "last"),
    }


def _file(request: HttpRequest, frame: dict[str, Any], rows: Any, kind: str) -> HttpResponse:
    """The journal as a workbook or on paper."""
    found = list(rows[:MOST])
    names = fund_queries.organization_names({each.organization_id for each in found})
    sheet = fund_sheets.JournalSheet(
        title=f"{frame['year']}年资金明细账（{frame['pot_title']}）",
        county=frame["county_name"],
        lines=presenter.entries(found, names),
    )
    about = {"year": frame["year"], "query": request.GET.urlencode()[:200], "entries": len(found)}
    if kind == "xlsx":
        return fund_pages.file(request, sheet.title, sheet.workbook(), kind=kind, about=about)
    content = fund_papers.journal_pdf(sheet, foot=gathering.foot(request.actor, clock.now()))
    return fund_pages.file(request, sheet.title, content, kind=kind, about=about)


def _reverse(request: HttpRequest, posting_id: UUID) -> str:
    """Reverse a posting."""
    made = ledger_posting.reverse(
        posting_id=posting_id,
        on=fund_pages.day(request, "on", "冲正日期"),
        reason=request.POST.get("reason", ""),
        by=request.actor,
        at=clock.now(),
    )
    messages.success(request, f"已冲正，冲正凭证{presenter.number(made)}。")
    return request.get_full_path()


def _close(request: HttpRequest, county: int) -> str:
    """Close a month."""
    try:
        month = dt.date.fromisoformat(f"{request.POST.get('month', '')}-01")
    except ValueError as error:
        raise problems.Refused("请选择要结账的月份。", field="month", code="month") from error
    made = ledger_closing.close(area_key=county, month=month, by=request.actor, at=clock.now())
    messages.success(request, f"{made.month:%Y年%m月}已结账，凭证{made.postings}张。")
    return request.get_full_path()
