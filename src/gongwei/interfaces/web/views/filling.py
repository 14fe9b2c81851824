"""A filled form read, corrected, withdrawn."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.interfaces.print import gathering
from gongwei.interfaces.web import errors, pages, questionnaires
from gongwei.interfaces.web.presenters import places as places_presenter
from gongwei.interfaces.web.views import drafting, files, serving
from gongwei.places import policy
from gongwei.records import drafts, operations
from gongwei.records import queries as records


class CorrectionForm(forms.Form):
    """Why a filled form is corrected or withdrawn."""

    reason = forms.CharField(label="原因", max_length=200, required=False)


def _filled(request: HttpRequest, response_id: UUID) -> Any:
    try:
        return records.response(request.actor, response_id)
    except problems.Refused as refused:
        raise Http404 from refused


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def response(request: HttpRequest, response_id: UUID) -> HttpResponse:
    """A filled form as it was filled, with what the server made of it."""
    filled = _filled(request, response_id)
    resident = files.opened(request, filled.response.resident_id)
    area = resident.area_id
    final = filled.response.status == "final"
    context = {
        **files.frame(request, resident, "timeline"),
        "title": filled.worded.title,
        "has_report": gathering.reportable(filled.form),
        "answers": questionnaires.shown(
            filled.worded,
            filled.answers,
            filled.carried,
            questionnaires.names_in(filled.worded, filled.answers),
        ),
        "carried": len(filled.carried),
        "older": filled.worded is not filled.form,
        "response": {
            "id": filled.response.pk,
            "status": filled.response.status,
            "status_title": filled.response.get_status_display(),
            "version": filled.response.form_version,
            "entered_at": filled.response.entered_at,
            "reason": filled.response.reason,
            "error_reason": filled.response.error_reason,
            "outcome": filled.response.outcome,
            "questions": filled.response.questions,
            "supersedes": filled.response.supersedes_id,
            "superseded_by": filled.superseded_by,
        },
        "encounter": {
            "mode": filled.encounter.get_mode_display(),
            "organization": filled.encounter.organization.name,
            "practitioner": filled.encounter.practitioner.name if filled.encounter.practitioner_id else "",
            "source": filled.encounter.get_source_display(),
        },
        "may_correct": final and policy.may(request.actor, policy.RECORD_SUPERSEDE, area_key=area),
        "may_withdraw": final and policy.may(request.actor, policy.RECORD_ERROR, area_key=area),
    }
    return render(request, "web/response.html", context)


@never_cache
@pages.page(action=policy.RECORD_SUPERSEDE, methods=("GET", "POST"))
def correct(request: HttpRequest, response_id: UUID) -> HttpResponse:
    """Correct a filled form: a new one takes its place, the old one stays readable; what is typed is kept meanwhile."""
    filled = _filled(request, response_id)
    resident = files.opened(request, filled.response.resident_id)
    policy.require(request.actor, policy.RECORD_SUPERSEDE, area_key=resident.area_id)
    sent = request.POST if request.method == "POST" else None
    taken_up = _taken_up(request, filled) if sent is None else None
    data = sent if sent is not None else taken_up
    form = questionnaires.questionnaire(filled.form, people=_offered(request, filled))(
        data, initial=questionnaires.initial_values(filled.answers)
    )
    reason = places_presenter.styled(CorrectionForm(data, prefix="why"))
    if taken_up is not None:
        form.unjudged()
    if sent is not None and all([form.is_valid(), reason.is_valid()]):
        answers = form.answers()

        def run() -> str:
            made = operations.supersede_response(
                by=request.actor,
                at=clock.now(),
                response_id=response_id,
                answers=answers,
                reason=reason.cleaned_data["reason"],
                done_on=answers.get("done_on"),
            )
            drafts.finish(
                by=request.actor,
                resident_id=resident.id,
                form_codes=[filled.form.code],
                corrects=response_id,
            )
            return reverse("response", args=[made.pk])

        try:
            done = pages.send_once(request, run)
        except policy.Forbidden:
            raise
        except problems.Refused as refused:
            pages.show_problems(refused, form, reason)
        else:
            messages.success(request, "已更正，原记录仍可查看。")
            return done
    context = {
        **files.frame(request, resident, "timeline"),
        "definition": filled.form,
        "questionnaire": form,
        "above": [reason],
        "response_id": response_id,
        "waiting": _waiting(request, filled) if data is None else None,
        "taken_up": taken_up is not None,
        "summary": errors.summary(form, reason),
    }
    return render(request, "web/correct.html", context)


def _offered(request: HttpRequest, filled: Any) -> list[tuple[str, str]]:
    """The practitioners of the actor's organization, and before them those the record names: a correction by the centre
    leaves a village doctor's signature, and with it the pay, where it was."""
    own = serving.people_of(request)
    known = {key for key, _ in own}
    named = questionnaires.names_in(filled.form, filled.answers)
    people = [
        str(filled.answers[each])
        for each in questionnaires.people_of(filled.form)
        if filled.answers.get(each)
    ]
    return [*((key, named[key]) for key in dict.fromkeys(people) if key in named and key not in known), *own]


def _waiting(request: HttpRequest, filled: Any) -> dict[str, Any] | None:
    """What this person began to correct here and did not save, to be offered."""
    response = filled.response
    found = drafts.waiting_correction(request.actor, response.resident_id, response.pk, clock.now())
    return None if found is None else {"when": drafting.when(found.kept_at), "url": "?draft=1"}


def _taken_up(request: HttpRequest, filled: Any) -> QueryDict | None:
    """What was typed before, when it was asked for."""
    if not request.GET.get("draft"):
        return None
    response = filled.response
    content = drafts.content(
        request.actor, response.resident_id, response.form_code, clock.now(), corrects=response.pk
    )
    return None if content is None else drafting.kept(content)


@pages.page(action=policy.RECORD_ERROR, methods=("POST",))
def withdraw(request: HttpRequest, response_id: UUID) -> HttpResponse:
    """作废: a filled form that should not be there."""
    try:
        done = pages.send_once(
            request,
            lambda: (
                operations.enter_in_error(
                    by=request.actor,
                    at=clock.now(),
                    response_id=response_id,
                    reason=request.POST.get("reason", ""),
                )
                and reverse("response", args=[response_id])
            ),
        )
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        messages.error(request, f"{refused.message}{refused.hint or ''}")
        return redirect("response", response_id)
    messages.success(request, "已作废。记录仍可查看，不再计入任何统计。")
    return done
