"""资金总览: a county's money of a year from budget to balance; and one institution's money with every entry behind it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from gongwei.base import clock
from gongwei.interfaces.web import fund_pages, lists, pages
from gongwei.interfaces.web.presenters import funds as presenter
from gongwei.places import policy
from gongwei.places import queries as places
from gongwei.settlement import (
    fund_queries,
    ledger_accounts,
    ledger_balances,
    spending,
    standards,
    successions,
)

#: Entries of an institution shown at once.
ENTRIES = 50


@never_cache
@pages.page(action=policy.FUND_VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """Budget → allotted → arrived → paid → spent; who pays; what the calendar asks; every institution in reach."""
    frame = fund_pages.frame(request)
    found = pages.found(fund_queries.overview(request.actor, frame["year"], pot=frame["pot"]))
    whole = fund_queries.seen(request.actor, frame["county"]) is None
    context = {
        **frame,
        "whole": whole,
        "latest": fund_queries.latest_year(frame["county"]),
        "tiles": presenter.tiles(found) if whole else [],
        "calendar": presenter.calendar(found, frame["today"]) if whole else [],
        "sources": presenter.sources(found) if whole else [],
        "months": fund_queries.monthly(frame["county"], frame["year"], pot=frame["pot"]) if whole else [],
        "columns": [title for title, *_ in presenter.COLUMNS],
        "rows": presenter.institutions(found),
        "totals": presenter.totals(found),
    }
    return render(request, "web/funds/overview.html", context)


@never_cache
@pages.page(action=policy.FUND_VIEW, methods=("GET", "POST"))
def institution(request: HttpRequest, organization_id: UUID) -> HttpResponse:
    """One institution's money of a year: where it stands, every entry, what it spent; spending is registered here."""
    place = pages.found(places.organization(organization_id))
    heir = successions.heir(organization_id)
    if not policy.may(request.actor, policy.FUND_VIEW, organization_id=heir):
        raise Http404
    frame = fund_pages.frame(request)
    wrong: list[str] = []
    if request.method == "POST":
        fund_pages.may_write(request, policy.FUND_EDIT)
        answer = fund_pages.done(request, lambda: _spend(request, organization_id, frame["year"]))
        if isinstance(answer, HttpResponse):
            return answer
        wrong = answer
    both = successions.with_formers([organization_id])
    found = fund_queries.standings(frame["county"], frame["year"], pot=frame["pot"], only=both)
    rows = [each for each in found if each.organization_id == organization_id]
    journal = ledger_balances.entries(
        frame["county"], year=frame["year"], pot=frame["pot"], organization_ids=[organization_id]
    )
    page = lists.numbered(request, journal, size=ENTRIES)
    spent = list(fund_queries.spendings(organization_id, frame["year"])[:ENTRIES])
    postings = fund_queries.postings_of("spending", [each.id for each in spent])
    context = {
        **frame,
        "place": place,
        "standing": presenter.standing(rows[0], frame["year"], frame["pot"]) if rows else None,
        "formers": [
            presenter.standing(each, frame["year"], frame["pot"]) for each in found if each.organization_id != organization_id
        ],
        "together": presenter.sums(found),
        "heir": None if heir == organization_id else places.organization(heir),
        "page": page,
        "entries": presenter.entries(page.rows, {organization_id: place.name}),
        "spent": [
            {"row": each, "class": spending.classes().allowed.get(each.expense_class, ""), "posting": postings.get(str(each.id))}
            for each in spent
        ],
        "classes": spending.classes(),
        "real_pots": standards.POTS.items(),
        "wrong": wrong,
        "typed": request.POST,
        "kinds": ledger_accounts.KINDS,
    }  # fmt: skip
    return render(request, "web/funds/institution.html", context)


def _spend(request: HttpRequest, organization_id: UUID, year: int) -> str:
    """Register one expense of the institution."""
    spending.record(
        by=request.actor,
        at=clock.now(),
        organization_id=organization_id,
        year=year,
        pot=request.POST.get("pot", ""),
        spent_on=fund_pages.day(request, "spent_on", "支出日期"),
        amount_fen=fund_pages.fen(request, "amount", "金额"),
        expense_class=request.POST.get("expense_class", ""),
        voucher=request.POST.get("voucher", "")[:60],
        note=request.POST.get("note", "")[:200],
    )
    messages.success(request, "已登记支出。")
    return request.get_full_path()
