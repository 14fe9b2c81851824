"""纳入管理: the list of the suspected to verify and enrol, and one resident's episodes with every step and its reason."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, problems
from gongwei.interfaces.web import pages, typing_in, work_counts
from gongwei.interfaces.web.presenters import residents as presenter
from gongwei.interfaces.web.views import files
from gongwei.places import division_codes, policy
from gongwei.places import queries as places
from gongwei.records import episode_steps
from gongwei.residents import codes
from gongwei.tasks import management, suspects
from gongwei.tasks import operations as tasks

SIZE = 50


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def suspect_list(request: HttpRequest) -> HttpResponse:
    """疑似名单: who may belong under management, why, and the decision."""
    given, today = request.GET, clock.today()
    village = given.get("village", "")
    low = int(village) if village.isascii() and village.isdigit() and len(village) == 12 else None
    kinds = {each.code: each.title for each in suspects.watched_kinds()}
    filters = suspects.Filters(
        kinds=tuple(each for each in given.getlist("kind") if each in kinds),
        states=tuple(each for each in given.getlist("state") if each in suspects.STATES),
        area_from=low,
        area_to=division_codes.last(low) if low is not None else None,
        doctor_id=pages.uuid_of(given.get("doctor")),
    )
    try:
        page = suspects.page(request.actor, filters, given.get("after") or None, SIZE)
    except problems.Refused as refused:
        messages.error(request, refused.message)
        return redirect("suspects")
    villages = places.areas_in(places.ranges(request.actor)).filter(level="village").order_by("key")[:400]
    context = {
        "rows": [_line(row, today) for row in page.rows],
        "page": page,
        "filters": filters,
        "kinds": kinds.items(),
        "states": [(state.value, state.label) for state in suspects.STATES],
        "villages": [(f"{each.key:012d}", each.name) for each in villages] if len(villages) > 1 else [],
        "doctors": places.doctors_near(request.actor)[:400],
        "today": today,
        "may_write": policy.may(request.actor, policy.RECORD_WRITE),
    }
    return render(request, "web/episodes/suspects.html", context)


def _line(row: suspects.Suspect, today: dt.date) -> dict[str, Any]:
    return {
        "id": row.episode_id,
        "resident_id": row.resident_id,
        "name": row.name,
        "sex": codes.name("sex", row.sex).removesuffix("性"),
        "age": presenter.age_words(row.birth_date, today),
        "tags": presenter.tags(row.tags),
        "village": row.village,
        "doctor": row.doctor,
        "title": row.title,
        "state": row.state,
        "state_title": row.state_title,
        "since": row.since,
        "found_by": row.found_by,
        "signs": row.signs,
    }


def _date(request: HttpRequest, name: str) -> dt.date | None:
    return typing_in.DateField(required=False).clean(request.POST.get(name, ""))


def _verify(request: HttpRequest, episode_id: UUID, at: dt.datetime) -> str:
    _change(request, episode_id, at, "verified")
    return "已核实，等待纳入管理。"


def _suspect(request: HttpRequest, episode_id: UUID, at: dt.datetime) -> str:
    _change(request, episode_id, at, "suspected")
    return "已退回疑似。"


def _dismiss(request: HttpRequest, episode_id: UUID, at: dt.datetime) -> str:
    _change(request, episode_id, at, "dismissed")
    return "已排除。同样的记录不会再次提示，以后有新的记录时再提示。"


def _error(request: HttpRequest, episode_id: UUID, at: dt.datetime) -> str:
    _change(request, episode_id, at, "entered_in_error")
    return "已标为录入有误。"


def _change(request: HttpRequest, episode_id: UUID, at: dt.datetime, state: str) -> None:
    episode_steps.change_episode(
        by=request.actor,
        at=at,
        episode_id=episode_id,
        state=state,
        on_date=_date(request, "on") or clock.day_of(at),
        reason=request.POST.get("reason", ""),
    )


def _enrol(request: HttpRequest, episode_id: UUID, at: dt.datetime) -> str:
    episode_steps.enrol_episode(
        by=request.actor,
        at=at,
        episode_id=episode_id,
        started_on=_date(request, "on") or clock.day_of(at),
        diagnosed_on=_date(request, "diagnosed_on"),
        reason=request.POST.get("reason", ""),
    )
    return "已纳入管理，待办已生成。"


def _end(request: HttpRequest, episode_id: UUID, at: dt.datetime) -> str:
    episode_steps.end_episode(
        by=request.actor,
        at=at,
        episode_id=episode_id,
        ended_on=_date(request, "on") or clock.day_of(at),
        end_reason=request.POST.get("end_reason", ""),
        reason=request.POST.get("reason", ""),
    )
    return "已结束管理，未完成的待办已取消。"


def _reopen(request: HttpRequest, episode_id: UUID, at: dt.datetime) -> str:
    episode_steps.reopen_episode(
        by=request.actor,
        at=at,
        episode_id=episode_id,
        on_date=_date(request, "on") or clock.day_of(at),
        reason=request.POST.get("reason", ""),
    )
    return "已重新纳入管理。"


STEPS: dict[str, Callable[[HttpRequest, UUID, dt.datetime], str]] = {
    "verify": _verify,
    "suspect": _suspect,
    "enrol": _enrol,
    "dismiss": _dismiss,
    "end": _end,
    "reopen": _reopen,
    "error": _error,
}


@pages.page(action=policy.RECORD_WRITE, methods=("POST",))
def decide(request: HttpRequest, episode_id: UUID) -> HttpResponse:
    """One step of an episode; tasks follow in the same transaction."""
    back = pages.local(request.POST.get("back") or reverse("suspects"))
    step = STEPS.get(request.POST.get("what", ""))
    if step is None:
        raise Http404
    try:
        # Asked first, so that what is elsewhere and what does not exist get the same answer.
        resident_id = suspects.resident_of(request.actor, episode_id)
    except problems.Refused as refused:
        raise Http404 from refused
    said: list[str] = []

    def run() -> str:
        at = clock.now()
        said.append(step(request, episode_id, at))
        tasks.replan(resident_ids=[resident_id], at=at)
        return back

    return _sent(request, run, back, said, "这一步已经办过。")


@never_cache
@pages.page(action=policy.RESIDENT_VIEW, methods=("GET", "POST"))
def resident_episodes(request: HttpRequest, resident_id: UUID) -> HttpResponse:
    """What a resident is, was or may be under management for; a new one begins here too."""
    resident = files.opened(request, resident_id)
    here = reverse("resident-episodes", args=[resident_id])
    may_write = policy.may(request.actor, policy.RECORD_WRITE, area_key=resident.area_id)
    if request.method == "POST":
        policy.require(request.actor, policy.RECORD_WRITE, area_key=resident.area_id)

        def run() -> str:
            at = clock.now()
            episode_steps.start_episode(
                by=request.actor,
                at=at,
                resident_id=resident_id,
                kind=request.POST.get("kind", ""),
                started_on=_date(request, "on") or clock.day_of(at),
                diagnosed_on=_date(request, "diagnosed_on"),
                state=request.POST.get("state", "active"),
                found_by="doctor",
                reason=request.POST.get("reason", ""),
            )
            tasks.replan(resident_ids=[resident_id], at=at)
            return here

        return _sent(request, run, here, [], "已登记，待办已生成。")
    context = {
        **files.frame(request, resident, "episodes"),
        "episodes": management.managed(request.actor, resident_id),
        "startable": management.startable(request.actor, resident_id),
        "may_decide": may_write and resident.status in ("active", "transferring_out", "lost", "pending"),
        "today": clock.today(),
    }
    return render(request, "web/episodes/resident.html", context)


def _sent(
    request: HttpRequest, run: Callable[[], str], back: str, said: list[str], otherwise: str
) -> HttpResponse:
    try:
        response = pages.send_once(request, run)
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        if refused.code in ("episode_not_found", "resident_not_found"):
            raise Http404 from refused
        messages.error(request, refused.message)
        return redirect(back)
    except ValidationError as wrong:
        messages.error(request, "；".join(wrong.messages))
        return redirect(back)
    messages.success(request, said[0] if said else otherwise)
    work_counts.forget(request)
    return response
