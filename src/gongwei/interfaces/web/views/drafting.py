"""What is typed on the page of a contact, or of a correction, is kept while it is typed, and may be taken up again or
thrown away."""

import datetime as dt
from collections.abc import Collection
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from gongwei.base import clock, problems
from gongwei.interfaces.web import pages, typing_in
from gongwei.places import policy
from gongwei.records import drafts

#: What belongs to the sending of a page and not to what was typed on it.
ENVELOPE = {"csrfmiddlewaretoken", "submission", "task", "back", "asked", "confirmed"}


def kept(content: drafts.Content) -> QueryDict:
    """What was kept, as if it had been sent."""
    data = QueryDict(mutable=True)
    for name, value in content:
        data.appendlist(name, value)
    return data


@pages.page(action=policy.RECORD_WRITE, methods=("POST",))
def keep(request: HttpRequest, resident_id: UUID) -> HttpResponse:
    """Keep what stands in the boxes now; the page's script asks for it every few seconds while somebody types."""
    return _kept(request, resident_id, _form_of(request), ENVELOPE)


def _kept(
    request: HttpRequest,
    resident_id: UUID,
    form_code: str,
    envelope: Collection[str],
    corrects: UUID | None = None,
) -> HttpResponse:
    content = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in envelope
        for value in values
        if value
    ]
    try:
        was_kept = drafts.keep_draft(
            by=request.actor,
            at=clock.now(),
            resident_id=resident_id,
            form_code=form_code,
            content=content,
            submission=pages.submission(request) if request.POST.get("submission") else "",
            corrects=corrects,
        )
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        raise Http404 from refused
    return JsonResponse({"kept": was_kept})


@pages.page(action=policy.RECORD_WRITE, methods=("POST",))
def drop(request: HttpRequest, resident_id: UUID) -> HttpResponse:
    """放弃: throw it away and open the page afresh."""
    try:
        drafts.drop_draft(
            by=request.actor, at=clock.now(), resident_id=resident_id, form_code=_form_of(request)
        )
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        raise Http404 from refused
    return redirect(pages.local(request.POST.get("again") or reverse("resident-serve", args=[resident_id])))


@pages.page(action=policy.RECORD_SUPERSEDE, methods=("POST",))
def keep_correction(request: HttpRequest, response_id: UUID) -> HttpResponse:
    """Keep what stands in the boxes of a correction now, as `keep` does for a new form."""
    resident_id, form_code = _corrected(response_id)
    return _kept(request, resident_id, form_code, pages.ENVELOPE, corrects=response_id)


@pages.page(action=policy.RECORD_SUPERSEDE, methods=("POST",))
def drop_correction(request: HttpRequest, response_id: UUID) -> HttpResponse:
    """放弃: throw the half-typed correction away and open the page with the record as it stands."""
    resident_id, form_code = _corrected(response_id)
    try:
        drafts.drop_draft(
            by=request.actor,
            at=clock.now(),
            resident_id=resident_id,
            form_code=form_code,
            corrects=response_id,
        )
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        raise Http404 from refused
    return redirect("response-correct", response_id)


def _corrected(response_id: UUID) -> tuple[UUID, str]:
    try:
        return drafts.corrected(response_id)
    except problems.Refused as refused:
        raise Http404 from refused


def when(kept_at: dt.datetime) -> str:
    """When it was kept, as people say it: 10:42 today, 11-21 10:42 before."""
    local = kept_at.astimezone(typing_in.SHANGHAI)
    return f"{local:%H:%M}" if local.date() == clock.today() else f"{local:%m-%d %H:%M}"


def _form_of(request: HttpRequest) -> str:
    code = next(iter(request.POST.getlist("form")), "")
    if not code or len(code) > 60:
        raise Http404
    return code
