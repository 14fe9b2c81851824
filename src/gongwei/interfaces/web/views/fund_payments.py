"""资金文件与到账, 拨付: money that comes by documents, and money that goes to institutions, approved by two."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.interfaces.excel import fund_sheets
from gongwei.interfaces.print import fund_papers, gathering
from gongwei.interfaces.web import fund_pages, pages
from gongwei.interfaces.web.presenters import funds as presenter
from gongwei.places import policy
from gongwei.settlement import fund_keeping, fund_parameters, fund_queries, ledger_balances, prepay, standards


@never_cache
@pages.page(action=policy.FUND_VIEW, methods=("GET", "POST"))
def documents(request: HttpRequest) -> HttpResponse:
    """A year's documents with what has arrived of each; registered, received and corrected here."""
    frame = fund_pages.frame(request)
    wrong: list[str] = []
    if request.method == "POST":
        fund_pages.may_write(request, policy.FUND_EDIT)
        answer = fund_pages.done(request, lambda: _receive(request, frame["county"], frame["year"]))
        if isinstance(answer, HttpResponse):
            return answer
        wrong = answer
    rows = list(fund_queries.documents(frame["county"], frame["year"]))
    postings = fund_queries.postings_of("arrival", [each.id for row in rows for each in row.arrivals.all()])
    days = int(fund_parameters.number("target_days", frame["today"], frame["county"]))
    lines = [presenter.document(row, postings, frame["today"], days) for row in rows]
    context = {
        **frame,
        "wrong": wrong,
        "typed": request.POST,
        "rows": [each for each in lines if each["row"].withdrawn_at is None],
        "gone": [each for each in lines if each["row"].withdrawn_at is not None],
        "sources": standards.SOURCES.items(),
        "real_pots": standards.POTS.items(),
        "days": days,
        "items": (
            fund_parameters.value("expenditure_item", frame["today"], frame["county"]),
            fund_parameters.value("income_item", frame["today"], frame["county"]),
        ),
    }
    return render(request, "web/funds/documents.html", context)


@never_cache
@pages.page(action=policy.FUND_VIEW, methods=("GET", "POST"))
def payments(request: HttpRequest) -> HttpResponse:
    """A year's payments; prepared here: prepayments of both halves, what settlements owe, recovery, top-ups."""
    frame = fund_pages.frame(request)
    wrong: list[str] = []
    if request.method == "POST":
        fund_pages.may_write(request, policy.FUND_EDIT)
        answer = fund_pages.done(request, lambda: _prepare(request, frame["county"], frame["year"]))
        if isinstance(answer, HttpResponse):
            return answer
        wrong = answer
    rows = list(fund_queries.payments(frame["county"], frame["year"]))
    people = fund_queries.account_names(each for row in rows for each in (row.recorded_by, row.approved_by))
    context = {
        **frame,
        "wrong": wrong,
        "typed": request.POST,
        "rows": [presenter.payment(row, people, request.actor.account_id) for row in rows],
        "kinds": prepay.Kind.choices,
        "real_pots": standards.POTS.items(),
        "due": [
            (title, prepay.due_day(kind, frame["year"], frame["county"]))
            for kind, title in prepay.Kind.choices[:2]
        ],
        "rate": prepay.usual_rate(prepay.Kind.FIRST, frame["year"], frame["county"]) * 100,
    }
    return render(request, "web/funds/payments.html", context)


@never_cache
@pages.page(action=policy.FUND_VIEW, methods=("GET", "POST"))
def payment(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """One payment (拨付表): every institution's amount; approved or sent back here, printed and taken out as a workbook."""
    frame = fund_pages.frame(request)
    row = pages.found(fund_queries.payment(frame["county"], payment_id))
    if request.method == "POST":
        fund_pages.may_write(request, policy.FUND_EDIT, policy.FUND_APPROVE)
        return fund_pages.acted(request, lambda: _decide(request, payment_id))
    visible = fund_queries.seen(request.actor, frame["county"])
    lines = [each for each in row.lines.all() if visible is None or each.organization_id in visible]
    names = fund_queries.organization_names(each.organization_id for each in lines)
    listed = sorted(
        ((names.get(each.organization_id, ""), each.task_fen, each.amount_fen) for each in lines),
        key=lambda each: each[0],
    )
    sheet = fund_sheets.PaymentSheet(
        title=prepay.title(row),
        county=frame["county_name"],
        document=row.document,
        paid_on=row.paid_on,
        rate=row.rate,
        lines=listed,
    )
    kind = request.GET.get("file", "")
    if kind == "xlsx":
        return fund_pages.file(
            request, f"拨付表_{sheet.title}", sheet.workbook(), kind=kind, about={"payment": str(row.id)}
        )
    if kind == "pdf":
        foot = gathering.foot(request.actor, clock.now())
        content = fund_papers.payment_pdf(sheet, foot=foot)
        return fund_pages.file(
            request, f"拨付表_{sheet.title}", content, kind=kind, about={"payment": str(row.id)}
        )
    people = fund_queries.account_names([row.recorded_by, row.approved_by])
    postings = {
        each.key.rpartition(":")[2]: each
        for each in ledger_balances.of_cause("payment", [row.id])
        .filter(reverses=None)
        .select_related("reversed_by")
    }
    context = {
        **frame,
        "payment": presenter.payment(row, people, request.actor.account_id),
        "lines": [
            {"row": each, "name": names.get(each.organization_id, ""), "posting": postings.get(str(each.organization_id))}
            for each in sorted(lines, key=lambda one: names.get(one.organization_id, ""))
        ],
        "whole": visible is None,
    }  # fmt: skip
    return render(request, "web/funds/payment.html", context)


def _receive(request: HttpRequest, county: int, year: int) -> str:
    """Register a document, its arrival, the filing of its targets; or take it back."""
    what, key = request.POST.get("what", ""), pages.uuid_of(request.POST.get("id"))
    by, at = request.actor, clock.now()
    if what == "register":
        fund_keeping.register(
            by=by,
            at=at,
            area_key=county,
            notice=fund_keeping.Notice(
                number=request.POST.get("number", "")[:60],
                title=request.POST.get("title", "")[:200],
                issuer=request.POST.get("issuer", "")[:100],
                issued_on=fund_pages.day(request, "issued_on", "发文日期"),
                year=year,
                pot=request.POST.get("pot", ""),
                source=request.POST.get("source", ""),
                amount_fen=fund_pages.fen(request, "amount", "金额"),
                direct=request.POST.get("direct") == "1",
                expenditure_item=request.POST.get("expenditure_item", "")[:10],
                income_item=request.POST.get("income_item", "")[:10],
            ),
        )
        messages.success(request, "已登记资金文件。")
    elif key is None:
        raise problems.Refused("请先选择资金文件。", code="nothing")
    elif what == "arrive":
        fund_keeping.arrive(
            by=by,
            at=at,
            document_id=key,
            arrived_on=fund_pages.day(request, "arrived_on", "到账日期"),
            amount_fen=fund_pages.fen(request, "amount", "到账金额"),
            voucher=request.POST.get("voucher", "")[:60],
        )
        messages.success(request, "已登记到账并记账。")
    elif what == "filed":
        filed_on = fund_pages.day(request, "filed_on", "报送日期")
        fund_keeping.file_targets(by=by, at=at, document_id=key, filed_on=filed_on)
        messages.success(request, "已登记绩效目标报送。")
    elif what == "withdraw":
        fund_keeping.withdraw(by=by, at=at, document_id=key, reason=request.POST.get("reason", ""))
        messages.success(request, "已作废。")
    return request.get_full_path()


def _prepare(request: HttpRequest, county: int, year: int) -> str:
    """Prepare a payment."""
    kind, pot = request.POST.get("kind", ""), request.POST.get("pot", "")
    if kind not in prepay.Kind.values or pot not in standards.POTS:
        raise problems.Refused("请选择拨付种类和资金类别。", code="kind")
    typed = request.POST.get("rate", "").strip()
    prepay.draft(
        by=request.actor,
        at=clock.now(),
        area_key=county,
        year=year,
        pot=pot,
        kind=kind,
        paid_on=fund_pages.day(request, "paid_on", "拨付日期"),
        document=request.POST.get("document", "")[:200],
        rate=fund_pages.share(request, "rate", "预拨比例") if typed else None,
    )
    messages.success(request, "已编制，待另一位有审批权限的人员批准。")
    return request.get_full_path()


def _decide(request: HttpRequest, payment_id: UUID) -> str:
    """Approve a payment, or send it back."""
    if request.POST.get("what") == "approve":
        prepay.approve(by=request.actor, at=clock.now(), payment_id=payment_id)
        messages.success(request, "已批准并记账。")
    else:
        reason = request.POST.get("reason", "")
        prepay.withdraw(by=request.actor, at=clock.now(), payment_id=payment_id, reason=reason)
        messages.success(request, "已撤回。")
    return request.get_full_path()
