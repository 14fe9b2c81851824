"""One resident's file: its frame, timeline, basic information, family, who changed what, who looked."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei import catalogue
from gongwei.base import clock, problems
from gongwei.interfaces.web import pages, questionnaires
from gongwei.interfaces.web.presenters import file as file_presenter
from gongwei.interfaces.web.presenters import residents as presenter
from gongwei.places import policy
from gongwei.records import key_values
from gongwei.records import queries as records
from gongwei.residents import codes, operations, states, tags
from gongwei.residents import queries as residents

PAGE = 20
#: Which duty and which state each button needs; the operations ask again.
_BUTTONS = (
    ("approve", "审核通过", "check", "resident-act", policy.RESIDENT_REVIEW, states.APPROVE),
    ("return", "退回", "rotate", "resident-act", policy.RESIDENT_REVIEW, states.RETURN),
    ("submit", "提交审核", "arrow-right", "resident-act", policy.RESIDENT_REGISTER, states.SUBMIT),
    ("edit", "编辑", "edit", "resident-edit", policy.RESIDENT_EDIT, states.EDIT),
    (
        "transfer",
        "迁出",
        "arrows-exchange",
        "resident-act",
        policy.RESIDENT_TRANSFER,
        states.REQUEST_TRANSFER,
    ),
    ("death", "死亡", "user-off", "resident-act", policy.RESIDENT_END, states.RECORD_DEATH),
    ("attempt", "联系记录", "phone", "resident-act", policy.RESIDENT_END, states.MARK_LOST),
    ("lost", "失访", "ban", "resident-act", policy.RESIDENT_END, states.MARK_LOST),
    ("cancel", "注销", "x", "resident-act", policy.RESIDENT_END, states.CANCEL),
    ("restore", "恢复", "rotate", "resident-act", policy.RESIDENT_RESTORE, states.RESTORE),
    ("merge", "合并", "arrow-merge", "resident-act", policy.RESIDENT_MERGE, states.MERGE),
    ("undo-merge", "撤销合并", "rotate", "resident-act", policy.RESIDENT_MERGE, states.UNDO_MERGE),
)


def opened(request: HttpRequest, resident_id: UUID) -> Any:
    """The resident, the look written down; 404 for what is not there and what may not be seen alike."""
    try:
        return residents.file(request.actor, resident_id)
    except problems.Refused as refused:
        raise Http404 from refused


def frame(request: HttpRequest, resident: Any, tab: str) -> dict[str, Any]:
    """What all tabs of a file share: head, tags, buttons."""
    today = clock.today()
    found = tags.of([resident], today).get(resident.id, [])
    allowed = states.allowed(resident.status)
    buttons = []
    for what, title, icon, url_name, action, step in _BUTTONS:
        if step in allowed and policy.may(request.actor, action, area_key=resident.area_id):
            args = [resident.id] if url_name == "resident-edit" else [resident.id, what]
            buttons.append({"title": title, "icon": icon, "url": reverse(url_name, args=args)})
    pending = (
        resident.transfers.filter(state="pending").first()
        if resident.status == states.TRANSFERRING_OUT
        else None
    )
    conflicts = residents.open_conflicts(request.actor, resident.id)
    return {
        "head": presenter.head(resident, on=today, found=found),
        "tab": tab,
        "buttons": buttons,
        "pending": pending,
        "conflict_count": len(conflicts),
        "may_full_id": policy.may(request.actor, policy.FULL_ID_VIEW, area_key=resident.area_id),
        "may_write": states.SERVE in allowed
        and policy.may(request.actor, policy.RECORD_WRITE, area_key=resident.area_id),
        "forms": [{"code": form.code, "title": form.title} for form in catalogue.forms()],
    }


def with_key_values(resident: Any, moments: list[Any]) -> list[dict[str, Any]]:
    """Entries of the timeline, each filled form with what it measured and what was abnormal."""
    filled = [
        (each["form"], UUID(str(each["id"])))
        for moment in moments
        if moment.kind == "encounter"
        for each in moment.detail["responses"]
    ]
    found = key_values.of(resident, filled)
    return file_presenter.moments(moments, {str(key): value for key, value in found.items()})


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def timeline(request: HttpRequest, resident_id: UUID) -> HttpResponse:
    """Everything that happened, newest first; narrowed to a programme, a form, or the record's own life."""
    resident = opened(request, resident_id)
    kind = request.GET.get("kind", "")
    form_codes = file_presenter.form_codes(kind)
    what = ("encounter",) if form_codes else ("event", "episode") if kind == "events" else records.KINDS
    try:
        moments = records.timeline(
            request.actor,
            resident_id,
            request.GET.get("before"),
            PAGE + 1,
            form_codes=form_codes,
            kinds=what,
        )
    except problems.Refused as refused:
        raise Http404 from refused
    shown = moments[:PAGE]
    context = {
        "moments": with_key_values(resident, shown),
        "before": shown[-1].key if len(moments) > PAGE else None,
        "resident_id": resident_id,
        "kind": kind if form_codes or kind == "events" else "",
        "kinds": file_presenter.kinds(),
    }
    if pages.is_fragment(request):
        return render(request, "web/parts/moments.html", context)
    return render(request, "web/file/timeline.html", {**frame(request, resident, "timeline"), **context})


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def basic(request: HttpRequest, resident_id: UUID) -> HttpResponse:
    """Cover, items 1–11, and the latest 个人基本信息表."""
    resident = opened(request, resident_id)
    form = catalogue.form("basic_information")
    answers = records.latest(request.actor, resident_id, form)
    names = {
        "filed_by": resident.filed_by.name if resident.filed_by_id else "",
        "filed_organization": resident.filed_organization.name if resident.filed_organization_id else "",
    }
    context = {
        "facts": presenter.facts(resident, names),
        "answers": questionnaires.shown(form, answers, names=questionnaires.names_in(form, answers))
        if answers
        else [],
        "form_title": form.title,
    }
    return render(request, "web/file/basic.html", {**frame(request, resident, "basic"), **context})


@never_cache
@pages.page(action=policy.RESIDENT_VIEW, methods=("GET", "POST"))
def family(request: HttpRequest, resident_id: UUID) -> HttpResponse:
    """The household: members, founding one."""
    resident = opened(request, resident_id)
    if request.method == "POST":
        what = request.POST.get("what")

        def run() -> str:
            if what == "leave":
                operations.leave_household(by=request.actor, at=clock.now(), resident_id=resident_id)
            else:
                operations.change_household(
                    by=request.actor,
                    at=clock.now(),
                    resident_id=resident_id,
                    relation="02",
                    address=resident.address,
                )
            return reverse("resident-family", args=[resident_id])

        try:
            return pages.send_once(request, run)
        except problems.Refused as refused:
            messages.error(request, f"{refused.message}{refused.hint or ''}")
            return redirect("resident-family", resident_id)
    household = resident.household
    context = {
        "household": {"number": household.number, "address": household.address} if household else None,
        "relation": codes.name("relation_to_head", resident.relation_to_head)
        if resident.relation_to_head
        else "",
        "members": presenter.members(residents.household_of(request.actor, resident), on=clock.today()),
        "may_edit": states.EDIT in states.allowed(resident.status)
        and policy.may(request.actor, policy.RESIDENT_EDIT, area_key=resident.area_id),
    }
    return render(request, "web/file/family.html", {**frame(request, resident, "family"), **context})


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def history(request: HttpRequest, resident_id: UUID) -> HttpResponse:
    """谁改过什么: item by item, numbers masked."""
    resident = opened(request, resident_id)
    context = {"changes": residents.changes_of(request.actor, resident_id)}
    return render(request, "web/file/history.html", {**frame(request, resident, "history"), **context})


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def readers(request: HttpRequest, resident_id: UUID) -> HttpResponse:
    """谁看过."""
    resident = opened(request, resident_id)
    context = {"readers": residents.readers_of(request.actor, resident_id)}
    return render(request, "web/file/readers.html", {**frame(request, resident, "readers"), **context})


@never_cache
@pages.page(action=policy.FULL_ID_VIEW, methods=("POST",))
def full_id(request: HttpRequest, resident_id: UUID) -> HttpResponse:
    """The whole number, for a stated reason that is written to the access log."""
    try:
        numbers = residents.full_id(request.actor, resident_id, request.POST.get("reason", ""))
        context = {"numbers": numbers}
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        if refused.code == "not_found":
            raise Http404 from refused
        context = {"problem": refused.message, "resident_id": resident_id}
    template = "web/parts/full_id.html" if pages.is_fragment(request) else "web/file/full_id.html"
    return render(request, template, context)
