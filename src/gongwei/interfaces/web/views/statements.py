"""结算单: an institution's statement, the records behind each count, why others did not count, and objecting to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.interfaces.excel import statement_sheets
from gongwei.interfaces.print import gathering, statement_papers
from gongwei.interfaces.web import fund_pages, pages
from gongwei.interfaces.web.presenters import settlements as presenter
from gongwei.interfaces.web.views import settlements
from gongwei.places import policy
from gongwei.settlement import appealing, fund_queries, money, queries, reasons, successions
from gongwei.settlement.run_models import SettlementRun

SIZE = 50


@never_cache
@pages.page(action=policy.STATEMENT_VIEW)
def statement(request: HttpRequest, run_id: UUID, organization_id: UUID) -> HttpResponse:
    """The statement of one institution, on the page, as a workbook and on paper."""
    run = settlements.asked_run(request, run_id)
    found = _statement(request, run, organization_id)
    kind = request.GET.get("file", "")
    if kind in ("xlsx", "pdf"):
        return _file(request, found, kind)
    context = {
        **_common(request, run, found),
        "services": presenter.services(run, organization_id, found),
        "staff": presenter.staff(run, found),
        "not_counted": presenter.not_counted(run, organization_id, found),
        "own": request.actor.practitioner_id,
        "formers": presenter.formers(found),
        "heads": presenter.HEADS,
        "priced": any(each.unit_fen is not None for each in found.services),
    }
    return render(request, "web/settlements/statement.html", context)


@never_cache
@pages.page(action=policy.STATEMENT_VIEW)
def mine(request: HttpRequest) -> HttpResponse:
    """我的结算单: what the asker did and what of the institution's money falls to it, of the latest published settlement."""
    runs = list(queries.runs(request.actor).filter(state=SettlementRun.State.PUBLISHED)[:12])
    wanted = pages.uuid_of(request.GET.get("run"))
    run = next((each for each in runs if each.id == wanted), runs[0] if runs else None)
    context: dict[str, Any] = {"runs": runs, "run": None}
    here, me = request.actor.organization_id, request.actor.practitioner_id
    if run is not None and here is not None and me is not None:
        try:
            found, lines, declined = queries.doctor_statement(request.actor, run, here, me)
        except policy.Forbidden:
            raise
        except problems.Refused:
            return render(request, "web/settlements/mine.html", context)
        share = next((each for each in found.staff if each.practitioner_id == me), None)
        context |= {
            **_common(request, run, found),
            "runs": runs,
            "share": share,
            "lines": [
                {
                    "title": each.service,
                    "records": each.records,
                    "equivalents": presenter.plain(each.equivalents),
                    "amount": each.amount_fen,
                    "url": _of_mine(run, here, each.service_code, me) if each.service_code else "",
                }
                for each in lines
            ],
            "total": sum(each.amount_fen for each in lines),
            "declined": [(reasons.words(code), number) for code, number in declined.items()],
            "declined_total": sum(declined.values()),
        }
    return render(request, "web/settlements/mine.html", context)


def _of_mine(run: SettlementRun, organization_id: UUID, service: str, practitioner_id: UUID) -> str:
    address = reverse("statement-records", args=[run.id, organization_id])
    return f"{address}?service={service}&doctor={practitioner_id}"


@never_cache
@pages.page(action=policy.STATEMENT_VIEW, methods=("GET", "POST"))
def records(request: HttpRequest, run_id: UUID, organization_id: UUID) -> HttpResponse:
    """The records of a service that counted, or did not and why; objecting to one is done here."""
    if request.method == "POST":
        policy.require(request.actor, policy.APPEAL_MAKE)
    run = settlements.asked_run(request, run_id)
    if not policy.may(
        request.actor, policy.STATEMENT_VIEW, organization_id=successions.heir(organization_id)
    ):
        raise Http404
    if request.method == "POST":
        return fund_pages.acted(request, lambda: _appeal(request, run, organization_id))
    titles = queries.titles_of(run)
    service = request.GET.get("service", "")
    if service not in titles or not service:
        raise Http404
    counted = request.GET.get("counted", "1") != "0"
    reason = request.GET.get("reason") or None
    try:
        page = queries.encounters(
            request.actor, run, organization_id, service, counted=counted, reason=reason,
            practitioner_id=pages.uuid_of(request.GET.get("doctor")), after=request.GET.get("after"), limit=SIZE,
        )  # fmt: skip
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        messages.error(request, refused.message)
        return redirect("statement", run_id, organization_id)
    appeals = {} if counted else appealing.about(run, [each.record_id for each in page.lines])
    context = {
        "run": presenter.run(run),
        "organization_id": organization_id,
        "organization": fund_queries.organization_names([organization_id]).get(organization_id, ""),
        "service": service,
        "title": titles[service],
        "counted": counted,
        "reason": reason,
        "reason_words": reasons.words(reason) if reason in reasons.REASONS else "",
        "page": page,
        "rows": [
            {"line": each, "appeal": appeals.get(each.record_id), "may_appeal": appealing.may_help(each.reason)}
            for each in page.lines
        ],
        "may_appeal": not counted
        and appealing.is_open(run, clock.today())
        and policy.may(request.actor, policy.APPEAL_MAKE, organization_id=successions.heir(organization_id)),
        "until": appealing.deadline(run),
        "sees_residents": policy.may(request.actor, policy.RESIDENT_VIEW),
    }  # fmt: skip
    return render(request, "web/settlements/records.html", context)


def _appeal(request: HttpRequest, run: SettlementRun, organization_id: UUID) -> str:
    record_id = pages.uuid_of(request.POST.get("record"))
    if record_id is None:
        raise problems.Refused("请选择要申诉的记录。", field="record", code="required")
    made = appealing.make(
        by=request.actor, at=clock.now(), run=run, organization_id=organization_id, record_id=record_id,
        text=request.POST.get("text", ""), service_code=request.GET.get("service", ""),
    )  # fmt: skip
    messages.success(request, f"已提出申诉，县区应在{made.due_on:%Y-%m-%d}前答复。")
    return request.get_full_path()


def _statement(request: HttpRequest, run: SettlementRun, organization_id: UUID) -> queries.Statement:
    if not policy.may(
        request.actor, policy.STATEMENT_VIEW, organization_id=successions.heir(organization_id)
    ):
        raise Http404
    try:
        return queries.statement(request.actor, run, organization_id)
    except problems.Refused:
        raise Http404 from None


def _common(request: HttpRequest, run: SettlementRun, found: queries.Statement) -> dict[str, Any]:
    final = found.unit.final_fen + found.unit.reward_fen
    return {
        "run": presenter.run(run),
        "one": run,
        "unit": found.unit,
        "found": found,
        "points": presenter.points(found.unit, run.year),
        "ratio": presenter.percent(found.unit.ratio),
        "chain": presenter.chain(found),
        "total": found.total_fen,
        "capitals": money.capitals(abs(final)),
        "until": appealing.deadline(run),
        "appeals_open": appealing.is_open(run, clock.today()),
    }


def _file(request: HttpRequest, found: queries.Statement, kind: str) -> HttpResponse:
    sheet = statement_sheets.StatementSheet(
        found, fund_queries.county_name(found.run.county_key), presenter.points(found.unit, found.run.year)
    )
    name = f"结算单_{found.unit.name}_{found.run.title}"
    content = (
        sheet.workbook()
        if kind == "xlsx"
        else statement_papers.statement_pdf(sheet, foot=gathering.foot(request.actor, clock.now()))
    )
    about = {"settlement": str(found.run.id), "organization": str(found.unit.organization_id)}
    return fund_pages.file(request, name, content, kind=kind, about=about)
