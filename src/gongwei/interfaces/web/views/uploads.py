"""Excel导入: templates, uploads with their preview, the columns of old systems' sheets; 导出 of filled forms."""

import datetime as dt
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import audit, clock, jobs, problems
from gongwei.interfaces.excel import (
    directory,
    exporting,
    layouts,
    queries,
    returned,
    sheets,
    templates,
    uploads,
)
from gongwei.interfaces.web import pages, sent_files, typing_in
from gongwei.interfaces.web.presenters import running
from gongwei.interfaces.web.presenters import uploads as presenter
from gongwei.places import policy

#: A file with more rows is made by a job.
MOST_AT_ONCE = 3_000


@never_cache
@pages.page(action=policy.IMPORT, methods=("GET", "POST"))
def upload_list(request: HttpRequest) -> HttpResponse:
    """One's own uploads, the templates to download and the box to upload a file."""
    return sent_files.list_page(
        request,
        "web/uploads/list.html",
        receive=_received,
        sent_before=lambda: queries.upload_list(request.actor),
        shown=presenter.upload,
        besides=lambda: _offered(request),
    )


def _offered(request: HttpRequest) -> dict[str, Any]:
    """The forms there are templates of, and how old systems' sheets are read."""
    available = queries.available(request.actor)
    return {
        "available": available,
        "chosen": request.POST.get("code") or request.GET.get("code") or "",
        "mappings": [
            (mapping.id, f"{mapping.title}（{title}）")
            for code, title in available
            for mapping in uploads.mappings(request.actor, code)
        ],
    }


def _received(request: HttpRequest) -> str:
    file = request.FILES.get("file")
    if file is None:
        raise problems.Refused("请选择要上传的文件。", field="file", code="required")
    code = request.POST.get("code", "")
    if not code:
        raise problems.Refused("请选择表单。", field="code", code="required")
    upload = uploads.receive_upload(
        by=request.actor,
        at=clock.now(),
        code=code,
        file_name=file.name or "",
        content=file.read(),
        mapping_id=pages.uuid_of(request.POST.get("mapping")),
    )
    return reverse("upload", args=[upload.id])


@pages.page(action=policy.IMPORT)
def template(request: HttpRequest, code: str) -> HttpResponse:
    """An empty template with the doctors and villages of whoever asks."""
    if code not in dict(queries.available(request.actor)):
        pages.found(None)
    layout = layouts.of(code)
    content = templates.workbook(code, directory.Directory(request.actor))
    return sent_files.download(content, sheets.CONTENT_TYPE, f"{layout.title}_模板.xlsx")


@never_cache
@pages.page(action=policy.IMPORT, methods=("GET", "POST"))
def upload(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """One upload: how far it is, what was found, and the buttons 写入 and 放弃."""
    found = pages.found(queries.upload(request.actor, upload_id))
    if request.method == "POST":
        doing = {"apply": uploads.apply_upload, "discard": uploads.discard_upload}.get(
            request.POST.get("what", "")
        )
        if doing is not None:
            try:
                doing(by=request.actor, at=clock.now(), upload_id=upload_id)
            except problems.Refused as refused:
                messages.error(request, refused.message)
        return redirect("upload", upload_id)
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    shown = presenter.upload(found)
    rows, following = ([], None)
    if shown["has_rows"]:
        state = state or ("rejected" if found.counts.get("rejected") else "")
        rows, following = queries.rows(found, state, int(after) if after.isascii() and after.isdigit() else 0)
        audit.record(
            by=request.actor,
            action="view",
            subject_kind="upload",
            subject_id=found.id,
            detail={"rows": len(rows), "state": state},
        )
    run = jobs.runs(request.actor).filter(id=found.run_id).first() if found.run_id else None
    context = {
        "upload": shown,
        "job": running.job(run) if run and shown["busy"] else None,
        "failed": run.error_zh if run and run.state == "failed" else "",
        "tabs": presenter.tabs(found, state),
        "state": state,
        "columns": [layouts.of(found.code).by_identifier[each].heading for each in queries.face(found)],
        "rows": rows,
        "following": following,
    }
    template_name = "web/uploads/state.html" if pages.is_fragment(request) else "web/uploads/upload.html"
    return render(request, template_name, context)


@pages.page(action=policy.IMPORT, methods=("POST",))
def send_back(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """The file with the error column: at once when it is short, by a job when it is long."""
    found = pages.found(queries.upload(request.actor, upload_id))
    everything = request.POST.get("rows") == "all"
    counts: dict[str, int] = found.counts
    count = counts.get("total", 0) if everything else counts.get("rejected", 0)
    if count > MOST_AT_ONCE:
        run = jobs.enqueue(
            exporting.return_rows, by=request.actor, upload_id=str(upload_id), everything=everything
        )
        return redirect("job", run.id)
    audit.record(
        by=request.actor,
        action="download",
        subject_kind="upload",
        subject_id=upload_id,
        detail={"rows": count},
    )
    name = PurePath(found.file_name).stem
    content = returned.workbook(request.actor, found, everything=everything)
    return sent_files.download(content, sheets.CONTENT_TYPE, f"{name}_错误说明.xlsx")


@never_cache
@pages.page(action=policy.IMPORT, methods=("GET", "POST"))
def mapping(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Say which column of an old system's sheet is which of ours; saved for the organization."""
    found = pages.found(queries.upload(request.actor, upload_id))
    if found.state != found.State.MAPPING:
        return redirect("upload", upload_id)
    lines = queries.mapping_columns(found)
    title = found.mapping.title if found.mapping_id and found.mapping else ""
    refusal, options_text = "", request.POST.get("options", "")
    if request.method == "POST":
        for place, line in enumerate(lines):
            line["chosen"] = request.POST.get(f"column-{place}", "")
        title = request.POST.get("title", "")
        try:
            uploads.save_mapping(
                by=request.actor,
                at=clock.now(),
                upload_id=upload_id,
                title=title,
                columns={line["heading"]: line["chosen"] for line in lines},
                options=presenter.read_options(options_text, layouts.of(found.code)),
            )
            return redirect("upload", upload_id)
        except problems.Refused as refused:
            refusal = f"{refused.message}{refused.hint or ''}"
    context = {
        "upload": presenter.upload(found),
        "lines": lines,
        "columns": queries.columns(found.code),
        "title": title,
        "options": options_text,
        "refusal": refusal,
    }
    return render(request, "web/uploads/mapping.html", context)


@never_cache
@pages.page(action=policy.EXPORT, methods=("GET", "POST"))
def exports(request: HttpRequest) -> HttpResponse:
    """Export filled forms of one's areas, with the headings of the template; made by a job."""
    refusal = ""
    if request.method == "POST":
        code = request.POST.get("code", "")
        try:
            layouts.available(code)
            first, last = _day(request.POST.get("first")), _day(request.POST.get("last"))
            purpose = _purpose(request, code)
            return pages.send_once(request, lambda: _export(request, code, first, last, purpose))
        except policy.Forbidden:
            raise
        except problems.Refused as refused:
            refusal = refused.message
    context: dict[str, Any] = {
        "available": layouts.codes_with_layout(),
        "refusal": refusal,
        "posted": request.POST,
        "importers": "" if policy.may(request.actor, policy.IMPORT) else queries.importers(),
        "may_whole": policy.may(request.actor, policy.FULL_ID_VIEW),
    }
    return render(request, "web/uploads/exports.html", context)


def _purpose(request: HttpRequest, code: str) -> str:
    """What whole numbers are wanted for; "" when masked ones will do."""
    if code != layouts.RESIDENTS or not request.POST.get("whole"):
        return ""
    policy.require(request.actor, policy.FULL_ID_VIEW)
    purpose = request.POST.get("purpose", "").strip()
    if len(purpose) < 2:
        raise problems.Refused("导出完整号码须写明用途。", field="purpose", code="reason_required")
    return purpose


def _export(
    request: HttpRequest, code: str, first: dt.date | None, last: dt.date | None, purpose: str
) -> str:
    run = jobs.enqueue(
        exporting.export_form,
        by=request.actor,
        code=code,
        first=first.isoformat() if first else None,
        last=last.isoformat() if last else None,
        purpose=purpose,
    )
    return reverse("job", args=[run.id])


def _day(text: str | None) -> dt.date | None:
    if not text or not text.strip():
        return None
    try:
        return typing_in.read_date(text)
    except ValueError:
        raise problems.Refused(f"“{text}”不是日期，请写成 2025-03-10 的样子。", code="day") from None
