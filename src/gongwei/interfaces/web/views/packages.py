"""数据包: a county's old data received, checked, approved by a second person, written, taken back."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import audit, clock, jobs, problems
from gongwei.interfaces.excel import layouts, sheets, templates
from gongwei.interfaces.excel import queries as uploads
from gongwei.interfaces.packages import deciding, operations, queries, refused
from gongwei.interfaces.packages import jobs as package_jobs
from gongwei.interfaces.web import pages, sent_files
from gongwei.interfaces.web.presenters import packages as presenter
from gongwei.interfaces.web.presenters import running
from gongwei.places import policy

#: A workbook of more rows is made by a job.
MOST_AT_ONCE = 3_000


@never_cache
@pages.page(action=policy.PACKAGE_PREPARE, methods=("GET", "POST"))
def package_list(request: HttpRequest) -> HttpResponse:
    """The county's packages and the box to send one."""
    return sent_files.list_page(
        request,
        "web/packages/list.html",
        receive=_received,
        sent_before=lambda: queries.package_list(request.actor),
        shown=presenter.listed,
        besides=lambda: {"templates": layouts.every()},
    )


@pages.page(action=policy.PACKAGE_PREPARE)
def package_template(request: HttpRequest, code: str) -> HttpResponse:
    """An empty template of any kind of sheet a package may hold."""
    title = pages.found(dict(layouts.every()).get(code))
    return sent_files.download(templates.workbook(code), sheets.CONTENT_TYPE, f"{title}_模板.xlsx")


def _received(request: HttpRequest) -> str:
    file, mapping = request.FILES.get("file"), request.FILES.get("mapping")
    if file is None:
        raise problems.Refused("请选择要上传的数据包。", field="file", code="required")
    try:
        text = mapping.read().decode("utf-8-sig") if mapping else ""
    except UnicodeDecodeError:
        raise problems.Refused("对应文件应为UTF-8编码。", field="mapping", code="mapping_file") from None
    at = clock.now()
    found = operations.receive(
        by=request.actor, at=at, content=file.read(), name=file.name or "", mapping=text
    )
    if found.state in (found.State.RECEIVED, found.State.CHECKING):
        operations.check(by=request.actor, at=at, package_id=found.id)
    return reverse("package", args=[found.id])


@never_cache
@pages.page(action=policy.PACKAGE_PREPARE, methods=("GET", "POST"))
def package(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """One package: how far it is, every sheet with its numbers, and what may be done now."""
    found = pages.found(queries.package(request.actor, package_id))
    if request.method == "POST":
        _act(request, package_id)
        return redirect("package", package_id)
    run = queries.run_of(found)
    busy = run is not None and run.state in ("queued", "running")
    shown = presenter.package(request.actor, found, queries.report(found), busy)
    context = {
        "package": shown,
        "job": running.job(run) if busy else None,
        "failed": run.error_zh if run is not None and run.state == "failed" else "",
        "sees_waiting": policy.may(request.actor, policy.RESIDENT_VIEW),
    }
    template = "web/packages/state.html" if pages.is_fragment(request) else "web/packages/package.html"
    return render(request, template, context)


def _act(request: HttpRequest, package_id: UUID) -> None:
    doing: dict[str, Callable[..., Any]] = {
        "check": operations.check,
        "approve": operations.approve,
        "apply": operations.apply,
        "undo": operations.undo,
        "discard": operations.discard,
    }
    what = request.POST.get("what", "")
    more = {"reason": request.POST.get("reason", "")} if what == "undo" else {}
    if what not in doing:
        return
    try:
        doing[what](by=request.actor, at=clock.now(), package_id=package_id, **more)
    except policy.Forbidden:
        raise
    except problems.Refused as error:
        messages.error(request, f"{error.message}{error.hint or ''}")


@never_cache
@pages.page(action=policy.PACKAGE_PREPARE)
def package_sheet(request: HttpRequest, package_id: UUID, upload_id: UUID) -> HttpResponse:
    """The rows of one sheet by what became of them."""
    found = _with_rows(request, package_id)
    upload = pages.found(queries.upload(found, upload_id))
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    if state not in upload.counts:
        state = "rejected" if upload.counts.get("rejected") else ""
    rows, following = uploads.rows(upload, state, int(after) if after.isascii() and after.isdigit() else 0)
    audit.record(
        by=request.actor,
        action="view",
        subject_kind="package",
        subject_id=found.id,
        detail={"rows": len(rows), "state": state, "sheet": str(upload.id)},
    )
    context = {
        "package": presenter.listed(found),
        "sheet": presenter.sheet(upload),
        "tabs": presenter.tabs(upload, state),
        "state": state,
        "columns": uploads.headings_of(upload),
        "rows": rows,
        "following": following,
    }
    return render(request, "web/packages/sheet.html", context)


def _with_rows(request: HttpRequest, package_id: UUID) -> Any:
    found = pages.found(queries.package(request.actor, package_id))
    if not queries.may_see_rows(request.actor, found):
        raise PermissionDenied
    return found


@never_cache
@pages.page(action=policy.PACKAGE_PREPARE, methods=("GET", "POST"))
def package_waiting(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """The rows that wait for a person, each beside whom it may be about."""
    found = pages.found(queries.package(request.actor, package_id))
    deciding.require(request.actor)
    if request.method == "POST":
        _decide(request)
        return redirect("package-waiting", package_id)
    rows, following = queries.waiting(request.actor, found, pages.uuid_of(request.GET.get("after")))
    audit.record(
        by=request.actor,
        action="view",
        subject_kind="package",
        subject_id=found.id,
        area_key=found.area_key,
        detail={"rows": len(rows), "state": "waiting"},
    )
    context = {"package": presenter.listed(found), "rows": rows, "following": following}
    return render(request, "web/packages/waiting.html", context)


def _decide(request: HttpRequest) -> None:
    row, said = pages.uuid_of(request.POST.get("row")), request.POST.get("said", "")
    if row is None:
        return
    resident = pages.uuid_of(said)
    try:
        deciding.decide(
            by=request.actor,
            at=clock.now(),
            row_id=row,
            decision="same" if resident else said,
            resident_id=resident,
        )
    except policy.Forbidden:
        raise
    except problems.Refused as error:
        messages.error(request, error.message)


@pages.page(action=policy.PACKAGE_PREPARE, methods=("POST",))
def package_refused(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """The workbook of the rows that were not written; by a job when it is long."""
    found = _with_rows(request, package_id)
    if refused.count(found) > MOST_AT_ONCE:
        run = jobs.enqueue(package_jobs.return_rows, by=request.actor, package_id=str(package_id))
        return redirect("job", run.id)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "refused.xlsx"
        refused.write(request.actor, found, path)
        content = path.read_bytes()
    return sent_files.download(content, sheets.CONTENT_TYPE, f"{found.name}_未写入的行.xlsx")


@pages.page(action=policy.PACKAGE_PREPARE)
def package_mapping(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """The first draft of a mapping file for the sheets nobody could tell."""
    found = pages.found(queries.package(request.actor, package_id))
    text = queries.proposed_mapping(found)
    return sent_files.download(text.encode(), "application/yaml; charset=utf-8", "mapping.yaml")
