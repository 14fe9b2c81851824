"""One contact with a resident: the forms it fills, on one page, opened with what was true last time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei import catalogue
from gongwei.base import clock, problems
from gongwei.engines import phone
from gongwei.interfaces.web import errors, pages, rules, sheets, work_counts
from gongwei.interfaces.web.presenters import places as places_presenter
from gongwei.interfaces.web.presenters import residents as presenter
from gongwei.interfaces.web.views import drafting
from gongwei.interfaces.web.views.registering import MODES
from gongwei.language import types
from gongwei.places import policy
from gongwei.places import queries as places
from gongwei.records import drafts, openings, operations
from gongwei.residents import states, tags
from gongwei.tasks import operations as tasks
from gongwei.tasks import queries as task_queries

#: 随访方式 as the forms number it → how an encounter says it (CV06.00.207).
MODE_OF = {"1": "outpatient", "2": "home", "3": "phone", "4": "online"}
#: More forms than anybody fills in one contact.
MOST_FORMS = 12


class EncounterForm(forms.Form):
    """How the service took place, where no form on the page asks for it."""

    mode = forms.ChoiceField(label="服务方式", choices=MODES)


class Unconfirmed(problems.Refused):
    """Something looks doubtful and nobody has said that it is right. `questions` are (form code, question)."""

    def __init__(self, questions: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        super().__init__("有疑问，请核对后确认保存。", code="unconfirmed")
        self.questions = questions


@dataclass(frozen=True)
class _Wanted:
    """What the page was opened for."""

    forms: list[Any]
    task: UUID | None
    back: str


def _wanted(request: HttpRequest, code: str | None) -> _Wanted:
    asked = request.POST if request.method == "POST" else request.GET
    codes = list(dict.fromkeys(asked.getlist("form"))) or ([code] if code else [])
    try:
        chosen = [catalogue.form(each) for each in codes[:MOST_FORMS]]
    except KeyError as unknown:
        raise Http404 from unknown
    if any(form.about is not types.RESIDENT for form in chosen):
        raise Http404
    back = pages.local(asked["back"]) if asked.get("back") else ""
    return _Wanted(chosen, pages.uuid_of(asked.get("task")), back)


def _also_due(request: HttpRequest, resident_id: UUID, chosen: list[Any], today: Any) -> list[Any]:
    """Other forms of contacts that may be made today, the most urgent first, each once."""
    codes = task_queries.ready_forms(request.actor, resident_id, today)
    return [catalogue.form(code) for code in codes if code not in {form.code for form in chosen}]


def people_of(request: HttpRequest) -> list[tuple[str, str]]:
    """The practitioners of the actor's organization, for fields that name one."""
    if request.actor.organization_id is None:
        return []
    return [(str(each), name) for each, name in places.staff_names(request.actor.organization_id)]


@never_cache
@pages.page(action=policy.RECORD_WRITE, methods=("GET", "POST"))
def serve(request: HttpRequest, resident_id: UUID, code: str | None = None) -> HttpResponse:
    """The page of one contact: `?form=...&form=...&task=...&back=...`; `code`: the one form of the older address."""
    wanted = _wanted(request, code)
    today = clock.today()
    also: list[Any] = []
    if request.method == "GET" and wanted.forms:
        also = _also_due(request, resident_id, wanted.forms, today)
        along = [form for form in also if code is None and sheets.goes_along(form, tuple(wanted.forms))]
        wanted.forms.extend(along)
        also = [form for form in also if form not in along]
    data = request.POST if request.method == "POST" and wanted.forms else None
    taken_up = _taken_up(request, resident_id, wanted) if data is None else None
    found = sheets.sheets(
        wanted.forms, people=people_of(request), data=data if data is not None else taken_up
    )
    form_asks = any("mode" in sheet.definition.fields for sheet in found)
    above = [] if form_asks or not found else [_encounter_form(data)]
    doubts: list[tuple[str, Mapping[str, Any]]] = []
    if data is not None and all([*(sheet.questionnaire.is_valid() for sheet in found), *map(_valid, above)]):
        mode = above[0].cleaned_data["mode"] if above else ""
        try:
            return _sent(request, resident_id, wanted, found, mode)
        except policy.Forbidden:
            raise
        except Unconfirmed as unconfirmed:
            doubts = list(unconfirmed.questions)
        except problems.Refused as refused:
            sheets.show_problems(refused, found)
    # Opened, or to be shown again: only now is the file read, and the look written down.
    try:
        opened = openings.opening(request.actor, resident_id, [form.code for form in wanted.forms])
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        raise Http404 from refused
    sheets.remember(
        found,
        history=opened.history,
        elsewhere=opened.elsewhere,
        first_values={"done_on": today},
        signer=str(request.actor.practitioner_id or ""),
        day=today,
        data=data if data is not None else taken_up,
    )
    if taken_up is not None:
        for sheet in found:
            sheet.questionnaire.unjudged()
    stray = sheets.show_questions(doubts, found)
    resident = opened.resident
    carried_tags = tags.of([resident], today).get(resident.id, [])
    context = {
        "head": presenter.line(resident, on=today, found=carried_tags),
        "file": pages.address("resident", resident.id),
        "draft": pages.address("resident-draft", resident.id),
        "may_write": states.SERVE in states.allowed(resident.status),
        "sheets": found,
        "also": [{"title": form.title, "url": _with(request, wanted, form)} for form in also],
        "above": above,
        "task": wanted.task,
        "back": wanted.back,
        "doubts": [(_key(code, each), each["message"]) for code, each in doubts],
        "stray": stray,
        "summary": errors.summary(*(sheet.questionnaire for sheet in found if data), *above),
        "data": _script_data(opened, found, today),
        "waiting": _waiting(request, resident_id, wanted) if data is None and taken_up is None else None,
        "taken_up": taken_up is not None,
        "forms": [] if found else [form for form in catalogue.forms() if form.about is types.RESIDENT],
    }
    return render(request, "web/serve.html", context)


def _waiting(request: HttpRequest, resident_id: UUID, wanted: _Wanted) -> dict[str, Any] | None:
    """What this person began to type here and did not save, to be offered."""
    found = drafts.waiting(request.actor, resident_id, [form.code for form in wanted.forms], clock.now())
    if found is None:
        return None
    said = request.GET.copy()
    said["draft"] = found.form_code
    return {
        "when": drafting.when(found.kept_at),
        "form": found.form_code,
        "again": request.get_full_path(),
        "url": f"?{said.urlencode()}",
    }


def _taken_up(request: HttpRequest, resident_id: UUID, wanted: _Wanted) -> QueryDict | None:
    """What was typed before, when it was asked for; the page then opens with the forms it was typed on."""
    code = request.GET.get("draft")
    if not code:
        return None
    try:
        content = drafts.content(request.actor, resident_id, code, clock.now())
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        raise Http404 from refused
    if content is None:
        return None
    data = drafting.kept(content)
    known = {form.code for form in catalogue.forms() if form.about is types.RESIDENT}
    codes = [each for each in dict.fromkeys(data.getlist("form")) if each in known][:MOST_FORMS]
    if codes:
        wanted.forms[:] = [catalogue.form(each) for each in codes]
    return data


def _encounter_form(data: QueryDict | None) -> Any:
    return places_presenter.styled(EncounterForm(data, initial={"mode": "outpatient"}))


def _valid(form: forms.Form) -> bool:
    return form.is_valid()


def _sent(
    request: HttpRequest, resident_id: UUID, wanted: _Wanted, found: Sequence[sheets.Sheet], mode: str
) -> HttpResponse:
    """Save once and go on, saying whose what was saved; a repeated sending goes there too."""
    whose: list[str] = []

    def run() -> str:
        to, name = _save(request, resident_id, wanted, found, mode)
        whose.append(f"{name}：")
        return to

    done = pages.send_once(request, run)
    work_counts.forget(request, work_counts.TASKS, work_counts.REFERRALS)
    titles = "、".join(sheet.definition.title for sheet in found)
    messages.success(request, f"{''.join(whose)}{titles}已保存。")
    return done


def _with(request: HttpRequest, wanted: _Wanted, form: Any) -> str:
    """The address of this page with one more form."""
    said = request.GET.copy()
    said.setlist("form", [*(each.code for each in wanted.forms), form.code])
    return f"?{said.urlencode()}"


def _key(code: str, question: Mapping[str, Any]) -> str:
    """What a question is called between the page and here."""
    return f"{code} {question['field']} {question['rule']}"


def _save(
    request: HttpRequest, resident_id: UUID, wanted: _Wanted, found: Sequence[sheets.Sheet], mode: str
) -> tuple[str, str]:
    """Record the contact; where to go, and the name of the resident.

    Raises Unconfirmed when the rules ask something the page has not confirmed; then nothing is kept.
    """
    said = sheets.answers(found)
    carried = sheets.left_as_last_time(found, request.POST)
    first = said[found[0].code]
    at = clock.now()
    recorded = operations.record_encounter(
        by=request.actor,
        at=at,
        resident_id=resident_id,
        done_on=first.get("done_on") or clock.today(),
        mode=next((MODE_OF[each["mode"]] for each in said.values() if each.get("mode") in MODE_OF), "")
        or mode
        or "other",
        responses=[
            operations.Filled(
                sheet.definition,
                said[sheet.code],
                carried=carried[sheet.code],
                claimed=_claimed(request.POST.get(f"{sheet.code}-claimed")),
            )
            for sheet in found
        ],
    )
    confirmed = set(request.POST.getlist("asked")) if request.POST.get("confirmed") else set()
    asked = [
        (code, question)
        for code, questions in recorded.problems.items()
        for question in questions
        if question["severity"] == types.ASK.value
    ]
    if any(_key(code, question) not in confirmed for code, question in asked):
        raise Unconfirmed(asked)
    tasks.replan(resident_ids=[resident_id], at=at)
    drafts.finish(by=request.actor, resident_id=resident_id, form_codes=[sheet.code for sheet in found])
    to = wanted.back or reverse("response", args=[recorded.responses[0].pk])
    return to, recorded.encounter.resident.name


def _claimed(row: str | None) -> dict[str, str] | None:
    """What the page's own rules said."""
    return {"row": row[:60]} if row else None


def _script_data(opened: openings.Opening, found: Sequence[sheets.Sheet], today: Any) -> dict[str, Any]:
    """What the page's script judges with: the person, and of earlier records only what rules look back to."""
    episodes: dict[str, list[Any]] = {}
    for span in opened.episodes:
        episodes.setdefault(span.kind, []).append(
            [phone.value_json(span.started_on), phone.value_json(span.ended_on)]
        )
    return {
        "today": today.isoformat(),
        "attributes": {name: phone.value_json(value) for name, value in opened.attributes.items()},
        "episodes": episodes,
        "sheets": [_sheet_data(sheet) for sheet in found],
    }


def _sheet_data(sheet: sheets.Sheet) -> dict[str, Any]:
    made = rules.of(sheet.code)
    return {
        "code": sheet.code,
        "rules": reverse("form-rules", args=[sheet.code, made.digest]),
        "elsewhere": sheet.elsewhere,
        "history": [
            {
                "id": record.id,
                "doneOn": record.done_on.isoformat(),
                "answers": {
                    name: phone.value_json(value)
                    for name, value in record.answers.items()
                    if name in made.looks_back
                },
            }
            for record in sheet.history
        ],
    }
