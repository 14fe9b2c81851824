"""结算: the runs of a year, one started as a job, one opened and moved on by the right duties, two compared line by line."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.interfaces.web import fund_pages, lists, pages
from gongwei.interfaces.web.presenters import settlements as presenter
from gongwei.places import policy
from gongwei.settlement import appealing, fund_queries, jobs, queries, run_operations, standards
from gongwei.settlement.run_models import SettlementRun

SIZE, MOST_DIFFERENCES = 30, 300
State = SettlementRun.State
#: What may be done with a settlement in a state: button, its words, the action it needs.
STEPS: dict[str, tuple[tuple[str, str, str], ...]] = {
    State.COMPUTED: (("submit", "提交审批", policy.FUND_EDIT),),
    State.SUBMITTED: (("approve", "批准", policy.FUND_APPROVE),),
    State.APPROVED: (("post", "记入台账", policy.FUND_APPROVE),),
    State.POSTED: (("publish", "向机构公布", policy.FUND_APPROVE),),
}
DONE = {
    "submit": "已提交审批。",
    "approve": "已批准。",
    "post": "已记入台账。",
    "publish": "已公布，各机构可以查看结算单。",
    "send_back": "已退回。",
}


@never_cache
@pages.page(action=policy.STATEMENT_VIEW, methods=("GET", "POST"))
def settlements(request: HttpRequest) -> HttpResponse:
    """The settlements of a year, the latest first; here one is started."""
    frame = fund_pages.frame(request)
    wrong: list[str] = []
    if request.method == "POST":
        fund_pages.may_write(request, policy.FUND_EDIT)
        answer = fund_pages.done(request, lambda: _start(request, frame))
        if isinstance(answer, HttpResponse):
            return answer
        wrong = answer
    page = lists.numbered(request, queries.runs(request.actor, frame["year"]), size=SIZE)
    context = {
        **frame,
        "page": page,
        "rows": [presenter.run(each) for each in page.rows],
        "whole": policy.may(request.actor, policy.FUND_VIEW, area_key=frame["county"]),
        "real_pots": standards.POTS.items(),
        "wrong": wrong,
        "typed": request.POST,
    }
    return render(request, "web/settlements/list.html", context)


def _start(request: HttpRequest, frame: dict[str, Any]) -> str:
    pot = request.POST.get("pot", standards.ORIGINAL)
    if pot not in standards.POTS:
        raise problems.Refused("请选择资金类别。", field="pot", code="pot")
    job = jobs.ask(
        by=request.actor,
        county_key=frame["county"],
        year=frame["year"],
        pot=pot,
        title=request.POST.get("title", "").strip()[:100],
        note=request.POST.get("note", "").strip()[:200],
    )
    return reverse("job", args=[job.id])


def asked_run(request: HttpRequest, run_id: UUID) -> SettlementRun:
    """The settlement an address names, or 404."""
    try:
        return queries.run(request.actor, run_id)
    except problems.Refused:
        return pages.found(None)  # type: ignore[no-any-return]


@never_cache
@pages.page(action=policy.STATEMENT_VIEW, methods=("GET", "POST"))
def settlement(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One settlement: what it rests on, what must hold, townships and institutions; moved on from here."""
    if request.method == "POST":
        fund_pages.may_write(request, policy.FUND_EDIT, policy.FUND_APPROVE)
    run = asked_run(request, run_id)
    if request.method == "POST":
        return fund_pages.acted(request, lambda: _move(request, run))
    frame = fund_pages.frame(request)
    whole = policy.may(request.actor, policy.FUND_VIEW, area_key=frame["county"]) and (
        policy.relation(request.actor.role, policy.FUND_VIEW) is policy.Relation.COUNTY
    )
    rows = queries.towns(run)
    units = queries.units(request.actor, run)
    people = fund_queries.account_names([run.by, run.submitted_by, run.approved_by])
    context = {
        **frame,
        "year": run.year,
        "run": presenter.run(run),
        "one": run,
        "whole": whole,
        "basis": presenter.basis(run),
        "invariants": presenter.invariants(run, rows) if whole else [],
        "heads": presenter.HEADS,
        "towns": presenter.towns(run, rows, units),
        "totals": [sum(getattr(row, name) for row in rows) for name in presenter.SUMS] if whole else None,
        "path": [
            ("编制", people.get(run.by, "系统"), run.finished_at),
            ("提交", people.get(run.submitted_by, ""), run.submitted_at),
            ("批准", people.get(run.approved_by, ""), run.approved_at),
            ("公布", "", run.published_at),
        ],
        "steps": [
            (what, words)
            for what, words, action in STEPS.get(run.state, ())
            if policy.may(request.actor, action, area_key=frame["county"])
        ],
        "own": run.state == State.SUBMITTED and run.submitted_by == request.actor.account_id,
        "may_return": run.state in (State.COMPUTED, State.SUBMITTED) and (frame["may_edit"] or frame["may_approve"]),
        "unscored": run_operations.unscored(run) if run.state == State.COMPUTED else [],
        "others": [
            each
            for each in queries.runs(request.actor, run.year)
            if each.id != run.id and (each.pot, each.first, each.last) == (run.pot, run.first, run.last)
        ][:10]
        if whole
        else [],
        "appeal_until": appealing.deadline(run),
    }  # fmt: skip
    return render(request, "web/settlements/one.html", context)


def _move(request: HttpRequest, run: SettlementRun) -> str:
    what = request.POST.get("what", "")
    by, now = request.actor, clock.now()
    match what:
        case "submit":
            run_operations.submit(by=by, at=now, run_id=run.id)
        case "approve":
            run_operations.approve(by=by, at=now, run_id=run.id)
        case "post":
            run_operations.post(by=by, at=now, run_id=run.id)
        case "publish":
            run_operations.publish(by=by, at=now, run_id=run.id)
        case "send_back":
            run_operations.send_back(by=by, at=now, run_id=run.id, reason=request.POST.get("reason", ""))
        case _:
            raise problems.Refused("请选择要办的事。", code="what")
    messages.success(request, DONE[what])
    return request.get_full_path()


@never_cache
@pages.page(action=policy.FUND_VIEW)
def difference(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """What a settlement gives otherwise than another of the same period, line by line, with the causes."""
    run = asked_run(request, run_id)
    if policy.relation(request.actor.role, policy.FUND_VIEW) is not policy.Relation.COUNTY:
        return pages.found(None)  # type: ignore[no-any-return]
    chosen = pages.uuid_of(request.GET.get("with"))
    before = asked_run(request, chosen or pages.found(run.follows_id))
    rows = queries.difference(before, run)
    names = {each.organization_id: each.name for one in (before, run) for each in one.units.all()}
    doctors = queries.doctor_names(each.practitioner_id for each in rows)
    units = [
        {
            "name": (new or old).name,  # type: ignore[union-attr]
            "before": 0 if old is None else old.due_fen,
            "after": 0 if new is None else new.due_fen,
            "causes": "、".join(queries.CAUSES[cause] for cause in causes),
            "prepaid": None
            if old is None or new is None or "prepaid" not in causes
            else (old.prepaid_fen, new.prepaid_fen),
        }
        for old, new, causes in queries.unit_difference(before, run)
    ]
    context = {
        "run": presenter.run(run),
        "before": presenter.run(before),
        "rows": presenter.difference(rows[:MOST_DIFFERENCES], names, queries.titles_of(run), doctors),
        "total": len(rows),
        "most": MOST_DIFFERENCES,
        "units": units,
        "moved": sum(each["after"] - each["before"] for each in units),
    }
    return render(request, "web/settlements/difference.html", context)
