"""预算与分配: worked out, prepared, approved by another person; and 补助标准: what a head is worth and who pays."""

from decimal import Decimal
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.interfaces.web import fund_pages, pages
from gongwei.interfaces.web.presenters import funds as presenter
from gongwei.places import division_codes, policy
from gongwei.places import queries as places
from gongwei.settlement import (
    budget_allocating,
    budget_keeping,
    fund_queries,
    standards,
    standards_keeping,
    standards_queries,
)


@never_cache
@pages.page(action=policy.FUND_VIEW, methods=("GET", "POST"))
def budgets(request: HttpRequest) -> HttpResponse:
    """A year's budgets and allocations in all versions; new ones are worked out here, and approved by another person."""
    frame = fund_pages.frame(request)
    wrong: list[str] = []
    if request.method == "POST":
        fund_pages.may_write(request, policy.FUND_EDIT, policy.FUND_APPROVE)
        answer = fund_pages.done(request, lambda: _act(request, frame["county"], frame["year"]))
        if isinstance(answer, HttpResponse):
            return answer
        wrong = answer
    rows = list(fund_queries.budgets(frame["county"], frame["year"]))
    plans = list(fund_queries.allocations(frame["county"], frame["year"]))
    people = fund_queries.account_names(
        each for row in (*rows, *plans) for each in (row.recorded_by, row.approved_by)
    )
    me = request.actor.account_id
    context = {
        **frame,
        "wrong": wrong,
        "proposals": _proposals(frame["county"], frame["year"]) if frame["may_edit"] else [],
        "budgets": [presenter.budget(row, people, me) for row in rows],
        "allocations": [presenter.version(row, people, me) for row in plans],
        "sources": standards.SOURCES.items(),
        "typed": request.POST,
        "village_share": f"{budget_allocating.usual_village_share(frame['county'], frame['year']) * 100:f}".rstrip("0").rstrip("."),
    }  # fmt: skip
    return render(request, "web/funds/budgets.html", context)


@never_cache
@pages.page(action=policy.FUND_VIEW)
def allocation(request: HttpRequest, allocation_id: UUID) -> HttpResponse:
    """One allocation: every institution's base and its halves, and whether the villages get their share."""
    frame = fund_pages.frame(request)
    row = pages.found(fund_queries.allocation(frame["county"], allocation_id))
    visible = fund_queries.seen(request.actor, frame["county"])
    lines = [each for each in row.lines.all() if visible is None or each.organization_id in visible]
    names = fund_queries.organization_names(each.organization_id for each in lines)
    people = fund_queries.account_names([row.recorded_by, row.approved_by])
    village = sum(each.amount_fen for each in row.lines.all() if each.level == budget_allocating.VILLAGE)
    context = {
        **frame,
        "plan": presenter.version(row, people, request.actor.account_id),
        "lines": [
            {"row": each, "name": names.get(each.organization_id, ""), "level": budget_allocating.LEVELS[each.level]}
            for each in lines
        ],
        "village": village,
        "village_share": fund_queries.rate(village, row.total_fen),
    }  # fmt: skip
    return render(request, "web/funds/allocation.html", context)


@never_cache
@pages.page(action=policy.FUND_VIEW, methods=("GET", "POST"))
def standards_page(request: HttpRequest) -> HttpResponse:
    """The national standard by year, what the county set, and who pays in it."""
    frame = fund_pages.frame(request)
    wrong: list[str] = []
    if request.method == "POST":
        fund_pages.may_write(request, policy.FUND_EDIT)
        answer = fund_pages.done(request, lambda: _set(request, frame["county"]))
        if isinstance(answer, HttpResponse):
            return answer
        wrong = answer
    inside = [division_codes.county_range(frame["county"])]
    own = list(standards_queries.local_standards(frame["year"], inside))
    shares = list(standards_queries.cost_shares(inside))
    names = places.names_of_areas({row.area_key for row in (*own, *shares)})
    context = {
        **frame,
        "wrong": wrong,
        "typed": request.POST,
        "holds": standards_queries.standard(frame["county"], frame["year"]),
        "sharing": standards_queries.sharing(frame["county"], frame["year"]),
        "tier": standards.tier_of(frame["county"]),
        "national": sorted(standards.national_standards().values(), key=lambda each: -each.year),
        "own": [{"row": row, "area": names.get(row.area_key, "")} for row in own],
        "shares": [
            {
                "row": row,
                "area": names.get(row.area_key, ""),
                "parts": [_percent(each) for each in (row.central, *_of_all(row))],
            }
            for row in shares
        ],
    }
    return render(request, "web/funds/standards.html", context)


def _of_all(row: object) -> list[Decimal]:
    """What province, city and county pay of the whole, not of the local part."""
    rest = 1 - row.central  # type: ignore[attr-defined]
    return [rest * part for part in (row.province, row.city, row.county)]  # type: ignore[attr-defined]


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}％"


def _proposals(county: int, year: int) -> list[dict[str, object]]:
    """What a budget of each pot would be, or why none can be worked out."""
    found: list[dict[str, object]] = []
    for pot, title in standards.POTS.items():
        try:
            proposal = budget_keeping.propose(area_key=county, year=year, pot=pot)
        except problems.Refused as refused:
            found.append({"pot": pot, "title": title, "why": f"{refused.message}{refused.hint or ''}"})
        else:
            found.append({"pot": pot, "title": title, **presenter.proposal(proposal)})
    return found


def _act(request: HttpRequest, county: int, year: int) -> str:
    """Prepare, approve or send back a budget or an allocation."""
    budget = fund_pages.FourEyes(
        kind="budget",
        title="预算",
        prepare=lambda request: _draft_budget(request, county, year),
        approve=budget_keeping.approve,
        withdraw=budget_keeping.withdraw,
        approved="已批准并记账。",
    )
    allocation = fund_pages.FourEyes(
        kind="allocation",
        title="分配方案",
        prepare=lambda request: _draft_allocation(request, county, year),
        approve=budget_allocating.approve,
        withdraw=budget_allocating.withdraw,
        approved="已批准并记账。",
    )
    return fund_pages.four_eyes(request, budget, allocation)


def _draft_budget(request: HttpRequest, county: int, year: int) -> None:
    pot = request.POST.get("pot", "")
    if pot not in standards.POTS:
        raise problems.Refused("请选择资金类别。", code="pot")
    proposal = budget_keeping.propose(
        area_key=county, year=year, pot=pot, extra_fen=fund_pages.fen(request, "extra", "另加金额", empty=0)
    )
    amount = fund_pages.fen(request, "increment", "专项增量", empty=0)
    purpose = request.POST.get("purpose", "").strip()[:100]
    increments = {(request.POST.get("source", ""), purpose): amount} if amount or purpose else {}
    budget_keeping.draft(
        by=request.actor,
        at=clock.now(),
        proposal=proposal,
        document=request.POST.get("document", "")[:200],
        increments=increments,
        note=request.POST.get("note", "")[:200],
    )


def _draft_allocation(request: HttpRequest, county: int, year: int) -> None:
    pot = request.POST.get("pot", "")
    if pot not in standards.POTS:
        raise problems.Refused("请选择资金类别。", code="pot")
    village = fund_pages.share(request, "village_share", "村级比例")
    first = fund_pages.share(request, "first_share", "上半年任务比例")
    if not 0 <= first <= 1:
        raise problems.Refused("上半年任务比例应在0～100％之间。", field="first_share", code="share")
    shares = budget_allocating.propose(area_key=county, year=year, pot=pot, village_share=village)
    halves = {each.organization_id: standards.half_up(each.amount_fen * first) for each in shares}
    budget_allocating.draft(
        by=request.actor,
        at=clock.now(),
        area_key=county,
        year=year,
        pot=pot,
        shares=budget_allocating.with_halves(shares, {} if first * 2 == 1 else halves),
        document=request.POST.get("document", "")[:200],
        village_share=village,
    )


def _set(request: HttpRequest, county: int) -> str:
    """Set the county's own standard, or who pays."""
    text = request.POST.get("for_year", "")
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise problems.Refused("请填写年度。", field="for_year", code="year")
    document = request.POST.get("document", "")[:200]
    if request.POST.get("what") == "sharing":
        names = ("province", "city", "county")
        parts = [fund_pages.share(request, name, "分担比例") for name in names]
        standards_keeping.set_sharing(
            by=request.actor,
            at=clock.now(),
            area_key=county,
            since_year=int(text),
            central=fund_pages.share(request, "central", "中央分担比例"),
            local=standards.LocalSplit(*parts),
            document=document,
        )
        messages.success(request, "已登记分担比例。")
    else:
        split = request.POST.get("transferred", "").strip()
        standards_keeping.set_standard(
            by=request.actor,
            at=clock.now(),
            area_key=county,
            year=int(text),
            value_fen=fund_pages.fen(request, "value", "人均标准"),
            transferred_fen=fund_pages.fen(request, "transferred", "其中划转项目") if split else None,
            document=document,
            note=request.POST.get("note", "")[:200],
        )
        messages.success(request, "已登记补助标准。")
    return request.get_full_path()
