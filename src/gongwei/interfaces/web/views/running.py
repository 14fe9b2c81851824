"""后台任务 and 审计日志: what the system is doing, and what people did."""

import datetime as dt
import io
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from gongwei.base import audit_log, clock, job_files, jobs, problems, seals
from gongwei.base.audit_actions import ACTIONS
from gongwei.interfaces.web import lists, pages, typing_in
from gongwei.interfaces.web.presenters import running as presenter
from gongwei.places import policy, queries


@never_cache
@pages.page(action=policy.JOB_VIEW)
def job_list(request: HttpRequest) -> HttpResponse:
    """One's own jobs, the latest first."""
    page = lists.numbered(request, jobs.runs(request.actor), size=30)
    context = {"page": page, "rows": [presenter.job(run) for run in page.rows]}
    template = "web/parts/job_rows.html" if pages.is_fragment(request) else "web/jobs.html"
    return render(request, template, context)


@never_cache
@pages.page(action=policy.JOB_VIEW, methods=("GET", "POST"))
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """One job with its progress; it can be ended here."""
    if request.method == "POST":
        try:
            jobs.cancel(by=request.actor, run_id=job_id)
            messages.success(request, "已请求取消。")
        except problems.Refused as refused:
            messages.error(request, refused.message)
        return redirect("job", job_id)
    run = pages.found(jobs.runs(request.actor).filter(id=job_id).first())
    template = "web/parts/job_state.html" if pages.is_fragment(request) else "web/job.html"
    return render(
        request,
        template,
        {"job": presenter.job(run), "files": presenter.files(job_files.of(request.actor, job_id))},
    )


@never_cache
@pages.page(action=policy.JOB_VIEW)
def job_file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """A file a job of one's own made."""
    try:
        found = job_files.opened(request.actor, file_id)
    except problems.Refused as refused:
        raise Http404 from refused
    response = FileResponse(
        io.BytesIO(found.content),
        content_type=found.content_type,
        as_attachment=found.content_type != "application/pdf",
        filename=found.name,
    )
    # The browser's own PDF viewer is a plug-in, which the policy of pages forbids.
    response._csp_exempt = found.content_type == "application/pdf"
    return response


@never_cache
@pages.page(action=policy.AUDIT_VIEW)
def audit_entries(request: HttpRequest) -> HttpResponse:
    """The audit trail, newest first, with how far it is sealed."""
    wanted = audit_log.Wanted(
        first=_day(request.GET.get("first")),
        last=_day(request.GET.get("last")),
        action=request.GET.get("action", "") if request.GET.get("action") in ACTIONS else "",
        account_id=pages.uuid_of(request.GET.get("account")),
        subject_id=str(pages.uuid_of(request.GET.get("subject")) or ""),
    )
    entries = audit_log.entries(
        by=request.actor,
        wanted=wanted,
        areas=request.actor.areas,
        before=pages.uuid_of(request.GET.get("before")),
        limit=51,
    )
    more = entries[50].id if len(entries) > 50 else None
    shown = entries[:50]
    known = queries.accounts(request.actor).filter(id__in={each.account_id for each in shown})
    context = {
        "rows": presenter.audit_entries(shown, {account.id: account for account in known}),
        "before": shown[-1].id if more else None,
        "wanted": wanted,
        "actions": sorted(ACTIONS.items(), key=lambda pair: pair[1]),
        "seal": presenter.seal(seals.head()),
        "today": clock.today(),
    }
    return render(request, "web/audit.html", context)


def _day(text: str | None) -> dt.date | None:
    try:
        return typing_in.read_date(text or "")
    except ValueError:
        return None
