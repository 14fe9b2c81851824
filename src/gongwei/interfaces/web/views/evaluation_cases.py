"""整改台账、弄虚作假认定、申诉: what people put right and decide beside the scores."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.evaluation import appeals, case_queries, drawing, evidence, frauds, issues, queries, seeing
from gongwei.interfaces.web import evaluating, lists, pages, shell
from gongwei.interfaces.web.presenters import evaluation as presenter
from gongwei.interfaces.web.presenters import evaluation_cases as shown_cases
from gongwei.places import policy

SIZE = 50


@never_cache
@pages.page(action=policy.EVALUATION_VIEW, methods=("GET", "POST"))
def issue_list(request: HttpRequest) -> HttpResponse:
    """整改台账: the problems of a year with their due days; here one is registered."""
    year = shell.year_asked(request)
    wrong: list[str] = []
    if request.method == "POST":
        answer, wrong = evaluating.tried(request, lambda: _register(request, year))
        if answer is not None:
            return answer
    today = clock.today()
    shown = request.GET.get("show", "open")
    organization = pages.uuid_of(request.GET.get("organization"))
    every = case_queries.issue_list(request.actor, year, organization_id=organization)
    rows = every
    if shown == "late":
        rows = case_queries.issue_list(request.actor, year, organization_id=organization, overdue_on=today)
    elif shown == "open":
        rows = every.exclude(state=issues.State.CLOSED)
    page = lists.numbered(request, rows, size=SIZE)
    may_edit = policy.may(request.actor, policy.EVALUATION_EDIT)
    context = {
        "year": year,
        "years": evaluating.years(),
        "page": page,
        "rows": [shown_cases.issue(each, today) for each in page.rows],
        "counts": case_queries.rectified(every, today),
        "shown": shown,
        "organizations": seeing.organizations_in(request.actor, year),
        "organization": organization,
        "sources": issues.Source.choices,
        "severities": issues.Severity.choices,
        "rounds": queries.round_list(request.actor, year),
        "may_edit": may_edit,
        "wrong": wrong,
        "typed": request.POST,
    }
    return render(request, "web/evaluation/issues.html", context)


def _register(request: HttpRequest, year: int) -> str:
    post = request.POST
    policy.require(request.actor, policy.EVALUATION_EDIT)
    organization = pages.uuid_of(post.get("organization"))
    if organization is None:
        raise problems.Refused("请选择机构。", field="organization", code="required")
    made = issues.register(
        by=request.actor,
        at=clock.now(),
        organization_id=organization,
        year=year,
        source=post.get("source", ""),
        description=post.get("description", ""),
        severity=evaluating.number_of(post.get("severity")) or 0,
        item=post.get("item", "").strip(),
        round_id=pages.uuid_of(post.get("round")),
        due_on=evaluating.day_of(post.get("due_on"), "期限", "due_on") if post.get("due_on") else None,
    )
    messages.success(request, f"已登记，期限{made.due_on:%Y-%m-%d}。")
    return request.get_full_path()


@never_cache
@pages.page(action=policy.EVALUATION_VIEW, methods=("GET", "POST"))
def issue(request: HttpRequest, issue_id: UUID) -> HttpResponse:
    """One problem with its steps and files; here the next step is taken."""
    row = pages.found(case_queries.issue(request.actor, issue_id))
    wrong: list[str] = []
    if request.method == "POST":
        answer, wrong = evaluating.tried(request, lambda: _step(request, row))
        if answer is not None:
            return answer
        row = pages.found(case_queries.issue(request.actor, issue_id))
    taken = list(row.steps.order_by("id"))
    names = queries.account_names({each.by for each in taken})
    following = issues.next_steps(request.actor, row)
    context = {
        "row": shown_cases.issue(row, clock.today()),
        "round": row.round,
        "former": row.repeat_of,
        "steps": [(each, names.get(each.by, "系统")) for each in taken],
        "next": [(each, issues.State(each).label) for each in following],
        "files": list(evidence.of("issue", row.id)),
        "accepted": evidence.ACCEPTED,
        "may_upload": bool(following),
        "wrong": wrong,
        "note": request.POST.get("note", ""),
    }
    return render(request, "web/evaluation/issue.html", context)


def _step(request: HttpRequest, row: Any) -> str:
    by, now = request.actor, clock.now()
    if request.POST.get("what") == "upload":
        name, content = evaluating.uploaded(request)
        evidence.keep(
            by=by,
            at=now,
            about="issue",
            subject_id=row.id,
            organization_id=row.organization_id,
            seat_key=row.seat_key,
            name=name,
            content=content,
        )
        messages.success(request, "佐证材料已上传。")
    else:
        made = issues.move(
            by=by, at=now, issue_id=row.id, to=request.POST.get("to", ""), note=request.POST.get("note", "")
        )
        messages.success(request, f"已登记：{made.get_state_display()}。")
    return reverse("evaluation-issue", args=[row.id])


@never_cache
@pages.page(action=policy.EVALUATION_VIEW, methods=("GET", "POST"))
def fraud_list(request: HttpRequest) -> HttpResponse:
    """弄虚作假认定 of a year: proposed here by one person, confirmed, refused or withdrawn by another."""
    year = shell.year_asked(request)
    wrong: list[str] = []
    if request.method == "POST":
        answer, wrong = evaluating.tried(request, lambda: _decide_fraud(request, year))
        if answer is not None:
            return answer
    rows = list(case_queries.fraud_list(request.actor, year))
    names = queries.account_names(
        {each for row in rows for each in (row.proposed_by, row.confirmed_by, row.withdrawn_by)}
    )
    context = {
        "year": year,
        "years": evaluating.years(),
        "rows": [shown_cases.fraud(each, names) for each in rows],
        "organizations": seeing.organizations_in(request.actor, year),
        "rounds": queries.round_list(request.actor, year),
        "may_propose": policy.may(request.actor, policy.FRAUD_PROPOSE),
        "may_confirm": policy.may(request.actor, policy.FRAUD_CONFIRM),
        "me": request.actor.account_id,
        "wrong": wrong,
        "typed": request.POST,
    }
    return render(request, "web/evaluation/frauds.html", context)


def _decide_fraud(request: HttpRequest, year: int) -> str:
    post, by, now = request.POST, request.actor, clock.now()
    here = request.get_full_path()
    proposing = post.get("what") == "propose"
    policy.require(by, policy.FRAUD_PROPOSE if proposing else policy.FRAUD_CONFIRM)
    if proposing:
        organization = pages.uuid_of(post.get("organization"))
        if organization is None:
            raise problems.Refused("请选择机构。", field="organization", code="required")
        frauds.propose(
            by=by,
            at=now,
            organization_id=organization,
            year=year,
            round_id=pages.uuid_of(post.get("round")),
            found=post.get("found", ""),
            evidence=post.get("evidence", ""),
            document=post.get("document", ""),
            unit=post.get("unit", ""),
            decided_on=evaluating.day_of(post.get("decided_on"), "认定日期", "decided_on"),
        )
        messages.success(request, "已提出，由另一位有权人员确认后才生效。")
        return here
    fraud_id = pages.uuid_of(post.get("fraud"))
    if fraud_id is None:
        raise problems.Refused("这件认定已经办理，请刷新后再办。", code="gone")
    reason = post.get("reason", "")
    match post.get("what"):
        case "confirm":
            frauds.confirm(by=by, at=now, fraud_id=fraud_id)
            messages.success(request, "已认定，该机构本年度一票否决。")
        case "refuse":
            frauds.refuse(by=by, at=now, fraud_id=fraud_id, reason=reason)
            messages.success(request, "已登记不予认定。")
        case "withdraw":
            frauds.withdraw(by=by, at=now, fraud_id=fraud_id, reason=reason)
            messages.success(request, "认定已撤销。")
    return here


@never_cache
@pages.page(action=policy.EVALUATION_VIEW)
def appeal_list(request: HttpRequest) -> HttpResponse:
    """The appeals of a year."""
    year = shell.year_asked(request)
    shown = request.GET.get("show", "all")
    states = ("made",) if shown == "open" else ()
    page = lists.numbered(request, case_queries.appeal_list(request.actor, year, states=states), size=SIZE)
    names = queries.account_names({each for row in page.rows for each in (row.made_by, row.decided_by)})
    context = {
        "year": year,
        "years": evaluating.years(),
        "shown": shown,
        "page": page,
        "rows": [shown_cases.appeal(each, names, clock.today()) for each in page.rows],
    }
    return render(request, "web/evaluation/appeals.html", context)


@never_cache
@pages.page(action=policy.EVALUATION_VIEW, methods=("GET", "POST"))
def appeal(request: HttpRequest, appeal_id: UUID) -> HttpResponse:
    """One appeal with what it is about; here it is decided or taken back."""
    row = pages.found(case_queries.appeal(request.actor, appeal_id))
    wrong: list[str] = []
    if request.method == "POST":
        answer, wrong = evaluating.tried(request, lambda: _decide_appeal(request, row))
        if answer is not None:
            return answer
    line = None
    if row.sheet is not None:
        found = {each.item.code: each for each in queries.lines(row.sheet)}
        line = found.get(row.item)
    names = queries.account_names({row.made_by, row.decided_by})
    context = {
        "row": shown_cases.appeal(row, names, clock.today()),
        "about": row.about,
        "sheet": row.sheet,
        "item": line.item if line else None,
        "standing": presenter.sheet_rows(row.sheet, [line], "", {})[0] if line else None,
        "stages": presenter.STAGES,
        "person": row.person,
        "checks": case_queries.checks_of(row.person) if row.person else [],
        "verdicts": drawing.Verdict.choices,
        "files": list(evidence.of("appeal", row.id)),
        "may_decide": row.state == "made"
        and row.made_by != request.actor.account_id
        and policy.may(request.actor, policy.APPEAL_DECIDE, area_key=row.seat_key),
        "may_withdraw": row.state == "made"
        and policy.may(request.actor, policy.APPEAL_MAKE, organization_id=row.organization_id),
        "wrong": wrong,
        "typed": request.POST,
    }
    return render(request, "web/evaluation/appeal.html", context)


def _said(granted: bool, about: str) -> str:
    if not granted:
        return "申诉不成立，已答复。"
    return (
        "申诉成立，下一次结算计入这条记录。" if about == "statement" else "申诉成立，已按新的结果重新合计。"
    )


def _decide_appeal(request: HttpRequest, row: Any) -> str:
    post, by, now = request.POST, request.actor, clock.now()
    if post.get("what") == "withdraw":
        appeals.withdraw(by=by, at=now, appeal_id=row.id)
        messages.success(request, "申诉已撤回。")
    else:
        granted = post.get("what") == "grant"
        appeals.decide(
            by=by,
            at=now,
            appeal_id=row.id,
            granted=granted,
            answer=post.get("answer", ""),
            points=post.get("points", ""),
            verdict=post.get("verdict", ""),
            document=post.get("document", ""),
        )
        messages.success(request, _said(granted, row.about))
    return reverse("evaluation-appeal", args=[row.id])
