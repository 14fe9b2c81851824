"""质量疑点: the list with its query bar, counts by rule, institution and doctor, one finding, bulk steps, bulk runs."""

import tempfile
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.interfaces.excel import exports
from gongwei.interfaces.web import pages, typing_in
from gongwei.interfaces.web.presenters import findings as presenter
from gongwei.places import division_codes, policy
from gongwei.places import queries as places
from gongwei.quality import operations, probes, queries, rules

_MANY_BELOW = {"county_commission", "township_centre", "community_centre", "guidance_centre"}
_DONE = {
    "explain": "说明已记下。",
    "confirm": "已确认，请督促整改。",
    "dismiss": "已排除，以后的核查不再提出。",
    "fix": "已登记整改。记录若仍不符合规则，核查时会再次提出。",
    "reopen": "已重新打开。",
    "assign": "已交办。",
}


@never_cache
@pages.page(action=policy.FINDING_VIEW)
def findings(request: HttpRequest) -> HttpResponse:
    """The list, or with `by` the counts by rule, institution or doctor."""
    filters, today = _filters(request), clock.today()
    by = request.GET.get("by", "")
    context: dict[str, Any] = {
        "filters": filters,
        "by": by if by in queries.GROUPS else "",
        "groups": queries.GROUPS.items(),
        "organizations": places.organizations(request.actor),
        "organization": request.GET.get("organization", ""),
        "rules": sorted(rules.numbered().items()),
        "severities": presenter.SEVERITIES.items(),
        "severity": request.GET.get("severity", ""),
        "states": presenter.STATES.items(),
        "mine": queries.counts(request.actor, today=today),
        "me": request.actor.practitioner_id,
        "may_assign": policy.may(request.actor, policy.FINDING_ASSIGN),
        "may_decide": policy.may(request.actor, policy.FINDING_DECIDE),
        "may_export": policy.may(request.actor, policy.EXPORT),
        "may_run": policy.may(request.actor, policy.FINDING_RUN),
        "most_exported": queries.MOST_EXPORTED,
    }
    if context["by"]:
        rows = queries.grouped(request.actor, filters, by, today=today)
        context |= {
            "rows": [presenter.group(row) for row in rows],
            "column": {"rule": "rule", "organization": "organization", "practitioner": "doctor"}[by],
        }
        return render(request, "web/findings/groups.html", context)
    number = request.GET.get("page", "")
    page = queries.findings(
        request.actor,
        filters,
        number=int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1,
    )
    context |= {"page": page, "rows": [presenter.line(row, today) for row in page.rows]}
    if context["may_assign"]:
        context["staff"] = queries.staff_of(request.actor, page.rows, today=today)
    return render(request, "web/findings/list.html", context)


def _filters(request: HttpRequest) -> queries.Filters:
    """Read the address; nonsense is left out."""
    given: QueryDict = request.GET
    today = clock.today()
    area_from = area_to = exactly = None
    if (key := pages.uuid_of(given.get("organization"))) and (organization := places.organization(key)):
        if organization.kind in _MANY_BELOW:
            area_from, area_to = organization.area_id, division_codes.last(organization.area_id)
        else:
            exactly = organization.id
    return queries.Filters(
        rule=given.get("rule", "").replace("\x00", "")[:100],
        severities=_severities(given.get("severity", "")),
        dimension=given.get("dimension", "") if given.get("dimension") in presenter.DIMENSIONS else "",
        states=tuple(each for each in given.getlist("state") if each in presenter.STATES),
        organization_id=exactly,
        area_from=area_from,
        area_to=area_to,
        practitioner_id=pages.uuid_of(given.get("doctor")),
        assigned_to_id=pages.uuid_of(given.get("assigned")),
        unassigned=given.get("assigned") == "nobody",
        overdue_on=today if given.get("overdue") else None,
        form_code=given.get("form", "").replace("\x00", "")[:60],
        first=_day(given.get("first")),
        last=_day(given.get("last")),
    )


def _severities(asked: str) -> tuple[str, ...]:
    """Notes are many and weigh little: they are left out until somebody asks for them."""
    if asked in presenter.SEVERITIES:
        return (asked,)
    return () if asked == "all" else tuple(key for key in presenter.SEVERITIES if key != rules.Severity.MINOR)


def _day(text: str | None) -> Any:
    try:
        return typing_in.read_date(text or "")
    except ValueError:
        return None


@never_cache
@pages.page(action=policy.FINDING_VIEW, methods=("GET", "POST"))
def finding(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """One finding with what happened to it; the next step is taken here."""
    found = pages.found(queries.finding(request.actor, finding_id))
    problem, note = "", ""
    if request.method == "POST":
        what, note = request.POST.get("what", ""), request.POST.get("note", "")
        step = _STEPS.get(what)
        if step is not None:
            try:
                response = pages.send_once(
                    request,
                    lambda: (step(request, [finding_id], note), reverse("finding", args=[finding_id]))[1],
                )
            except policy.Forbidden:
                raise
            except problems.Refused as refused:
                problem = f"{refused.message}{refused.hint or ''}"
            else:
                messages.success(request, _DONE[what])
                return response
    today = clock.today()
    own = found.practitioner_id is not None and found.practitioner_id == request.actor.practitioner_id
    context = {
        "row": presenter.line(found, today),
        "steps": presenter.steps(queries.steps_of(found)),
        "evidence": found.evidence,
        "problem": problem,
        "note": note,
        "own": own,
        "by_person": found.closed_because == "person" or found.state == "confirmed",
        "may_explain": policy.may(request.actor, policy.FINDING_EXPLAIN),
        "may_assign": policy.may(request.actor, policy.FINDING_ASSIGN),
        "may_decide": policy.may(request.actor, policy.FINDING_DECIDE) and not own,
        "staff": queries.staff_of(request.actor, [found], today=today)
        if policy.may(request.actor, policy.FINDING_ASSIGN)
        else [],
    }
    return render(request, "web/findings/finding.html", context)


def _assign(request: HttpRequest, keys: list[UUID], note: str) -> None:
    who = pages.uuid_of(request.POST.get("practitioner"))
    if who is None:
        raise problems.Refused("请选择承办人。", field="practitioner", code="practitioner")
    typed = request.POST.get("due_on", "").strip()
    due_on = _day(typed)
    if typed and due_on is None:
        raise problems.Refused("期限应为日期，如 2025-03-10。", field="due_on", code="date")
    operations.assign(
        by=request.actor, at=clock.now(), finding_ids=keys, practitioner_id=who, due_on=due_on, note=note
    )


def _dismiss(request: HttpRequest, keys: list[UUID], note: str) -> None:
    operations.dismiss(by=request.actor, at=clock.now(), finding_ids=keys, note=note)


def _alone(operation: Callable[..., Any]) -> Callable[[HttpRequest, list[UUID], str], None]:
    def run(request: HttpRequest, keys: list[UUID], note: str) -> None:
        operation(by=request.actor, at=clock.now(), finding_id=keys[0], note=note)

    return run


_STEPS: dict[str, Callable[[HttpRequest, list[UUID], str], None]] = {
    "explain": _alone(operations.explain),
    "confirm": _alone(operations.confirm),
    "dismiss": _dismiss,
    "fix": _alone(operations.mark_fixed),
    "reopen": _alone(operations.reopen),
    "assign": _assign,
}


@pages.page(action=policy.FINDING_ASSIGN, methods=("POST",))
def act(request: HttpRequest) -> HttpResponse:
    """Assign or dismiss the ticked findings of the list."""
    what, back = request.POST.get("what", ""), pages.local(request.POST.get("back") or reverse("findings"))
    keys = [key for text in request.POST.getlist("finding") if (key := pages.uuid_of(text))]
    step = {"assign": _assign, "dismiss": _dismiss}.get(what)
    if step is None:
        return redirect(back)
    try:
        response = pages.send_once(
            request, lambda: (step(request, keys, request.POST.get("note", "")), back)[1]
        )
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        messages.error(request, f"{refused.message}{refused.hint or ''}")
        return redirect(back)
    messages.success(request, f"{len(set(keys))}条疑点{_DONE[what]}")
    return response


@pages.page(action=policy.EXPORT, methods=("POST",))
def export(request: HttpRequest) -> HttpResponse:
    """The present query as a workbook; who left in it is written to the access log."""
    policy.require(request.actor, policy.FINDING_VIEW)
    today = clock.today()
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the response
    batches = queries.export_batches(request.actor, _filters(request))
    exports.rows_workbook(
        "质量疑点",
        presenter.HEAD,
        (presenter.cells(row, today) for batch in batches for row in batch),
        file=file,
    )
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"质量疑点_{today:%Y%m%d}.xlsx")


@never_cache
@pages.page(action=policy.FINDING_RUN, methods=("GET", "POST"))
def check(request: HttpRequest) -> HttpResponse:
    """Order a bulk run; what the latest runs found."""
    problem = ""
    if request.method == "POST":
        codes = [code for code in request.POST.getlist("form") if code != "files"]
        typed = {name: request.POST.get(name, "").strip() for name in ("first", "last")}
        days = {name: _day(text) for name, text in typed.items()}

        def run() -> str:
            if any(typed[name] and days[name] is None for name in typed):
                raise problems.Refused("日期应如 2025-03-10。", code="date")
            ordered = operations.order_check(
                by=request.actor,
                at=clock.now(),
                form_codes=codes,
                files="files" in request.POST.getlist("form"),
                **days,
            )
            return reverse("job", args=[ordered.id])

        try:
            return pages.send_once(request, run)
        except policy.Forbidden:
            raise
        except problems.Refused as refused:
            problem = f"{refused.message}{refused.hint or ''}"
    context = {
        "forms": [(form.code, form.title) for form in probes.asked_forms()],
        "chosen": request.POST.getlist("form"),
        "problem": problem,
        "runs": [presenter.run(one) for one in queries.runs()],
    }
    return render(request, "web/findings/check.html", context)
