"""待办: the worklist with its query bar, by person or by household; an attempt; one task; the day's plan; export."""

import datetime as dt
import tempfile
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei import catalogue
from gongwei.base import audit, clock, problems
from gongwei.interfaces.excel import exports
from gongwei.interfaces.web import options, pages, query_bar, typing_in, work_counts, work_rows
from gongwei.interfaces.web.presenters import tasks as presenter
from gongwei.interfaces.web.views import files
from gongwei.places import division_codes, policy
from gongwei.places import queries as places
from gongwei.tasks import choices, grouping, operations, plans, queries

SIZE, HOUSES = 50, 20
#: How long the villages, doctors and grids offered are remembered.
BAR_SECONDS = 60
MOST_EXPORTED, BATCH = 20_000, 500
PLAIN = ("village", "doctor", "grid", "programme", "urgency", "tried", "by")


@dataclass(frozen=True)
class Bar:
    """The query bar as asked for."""

    filters: queries.Filters
    by_house: bool
    query: str


def asked_for(request: HttpRequest) -> Bar:
    """Read the address and the sealed name; nonsense is left out."""
    given = request.GET
    village = given.get("village", "")
    low = int(village) if village.isascii() and village.isdigit() and len(village) == 12 else None
    programmes = {each.code for each in catalogue.programmes()}
    filters = queries.Filters(
        doctor_id=pages.uuid_of(given.get("doctor")),
        area_from=low,
        area_to=division_codes.last(low) if low is not None else None,
        grid_id=pages.uuid_of(given.get("grid")),
        programmes=tuple(each for each in given.getlist("programme") if each in programmes),
        urgencies=tuple(each for each in given.getlist("urgency") if each in queries.URGENCIES),
        name=query_bar.opened(request).get("name", ""),
        tried=given.get("tried") == "1",
    )
    return Bar(filters, given.get("by") == "house", given.urlencode())


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def worklist(request: HttpRequest) -> HttpResponse:
    """The worklist: the most urgent first, or house by house."""
    bar, today = asked_for(request), clock.today()
    back = request.get_full_path()
    number = request.GET.get("page", "")
    try:
        if bar.by_house:
            found = grouping.houses(
                request.actor, bar.filters, int(number) if number.isdecimal() else 1, HOUSES
            )
            rows, following = [], None
            counts = queries.counts(request.actor, replace(bar.filters, urgencies=()))
        else:
            page = queries.worklist(request.actor, bar.filters, request.GET.get("after") or None, SIZE)
            found, rows, following, counts = None, page.rows, page.next, page.counts
    except problems.Refused as refused:
        messages.error(request, refused.message)
        return redirect("worklist")
    if not bar.query:
        work_counts.remember(request, counts)
    context = {
        "bar": bar,
        "rows": work_rows.drawn(presenter.lines(rows, on=today, back=back), request, today=today),
        "houses": _houses(request, found, today, back) if found else [],
        "house_page": found,
        "following": following,
        "counts": counts,
        "urgencies": [(code, title, counts[code]) for code, title in queries.URGENCIES.items()],
        "may_export": policy.may(request.actor, policy.EXPORT),
        "most_exported": MOST_EXPORTED,
        **_choices(request, bar),
    }
    return render(request, "web/worklists/worklist.html", context)


def _houses(request: HttpRequest, found: grouping.Houses, today: dt.date, back: str) -> list[dict[str, Any]]:
    return [
        {**house, "drawn": work_rows.drawn(house["lines"], request, today=today, hide_place=True)}
        for house in presenter.houses(found.houses, on=today, back=back)
    ]


def _choices(request: HttpRequest, bar: Bar) -> dict[str, Any]:
    """The options of the query bar as HTML, with what was asked for chosen; empty where there is nothing to choose."""
    key = f"gongwei.worklist.bar.{request.actor.duty_id}.{bar.filters.area_from}"
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        found = {name: options.drawn(pairs) for name, pairs in _offered(request, bar).items()}
        cache.set(key, found, BAR_SECONDS)
    return {
        "villages": options.chosen(found["villages"], request.GET.get("village")),
        "doctors": options.chosen(found["doctors"], bar.filters.doctor_id),
        "grids": options.chosen(found["grids"], bar.filters.grid_id),
        "programmes": options.chosen(found["programmes"], *bar.filters.programmes),
    }


def _offered(request: HttpRequest, bar: Bar) -> dict[str, list[tuple[Any, str]]]:
    villages = places.areas_in(places.ranges(request.actor)).filter(level="village").order_by("key")
    named = [(f"{each.key:012d}", each.name) for each in villages[:400]]
    return {
        "villages": named if len(named) > 1 else [],
        "doctors": places.doctors_near(request.actor)[:400],
        "grids": [
            (each.pk, each.name) for each in places.grids_of(request.actor, bar.filters.area_from)[:200]
        ],
        "programmes": [(each.code, each.title) for each in catalogue.programmes() if each.schedules],
    }


@pages.page(action=policy.RESIDENT_VIEW, methods=("POST",))
def find(request: HttpRequest) -> HttpResponse:
    """Take the query bar: the name goes sealed into the session, the rest into the address."""
    return redirect(f"{reverse('worklist')}?{query_bar.address(request, PLAIN)}")


@pages.page(action=policy.RECORD_WRITE, methods=("POST",))
def attempt(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Keep an attempt that did not come to the contact, and go back to the list."""
    back = pages.local(request.POST.get("back") or reverse("worklist"))
    typed = typing_in.DateField(required=False)

    def run() -> str:
        operations.record_attempt(
            by=request.actor,
            at=clock.now(),
            task_id=task_id,
            result=request.POST.get("result", ""),
            on=typed.clean(request.POST.get("on", "")) or clock.today(),
            note=request.POST.get("note", ""),
        )
        return back

    return _sent(request, run, back, "已登记未成记录，待办仍保留。")


def _sent(request: HttpRequest, run: Any, back: str, done: str) -> HttpResponse:
    """Send once; what is refused is said on the page one comes back to."""
    try:
        response = pages.send_once(request, run)
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        if refused.code in ("task_not_found", "episode_not_found"):
            raise Http404 from refused
        messages.error(request, refused.message)
        return redirect(back)
    except ValidationError as wrong:
        messages.error(request, "；".join(wrong.messages))
        return redirect(back)
    messages.success(request, done)
    work_counts.forget(request)
    return response


@never_cache
@pages.page(action=policy.RESIDENT_VIEW, methods=("GET", "POST"))
def task(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """One task: its window, why it is due, every attempt; taken off the list or put back with a reason."""
    found = pages.found(queries.task(request.actor, task_id))
    one, tries = found
    here = reverse("task", args=[task_id])
    if request.method == "POST":
        run = operations.reopen_task if request.POST.get("what") == "reopen" else operations.cancel_task

        def act() -> str:
            run(by=request.actor, at=clock.now(), task_id=task_id, reason=request.POST.get("reason", ""))
            return here

        return _sent(request, act, here, "已恢复。" if run is operations.reopen_task else "已取消。")
    resident = files.opened(request, one.resident_id)
    today = clock.today()
    may = policy.may(request.actor, policy.RECORD_WRITE, area_key=one.area_key)
    context = {
        **files.frame(request, resident, "episodes"),
        "line": presenter.line(queries.lines(request.actor, [task_id], today)[0], on=today, back=here),
        "task": one,
        "tries": tries,
        "results": choices.RESULTS,
        "today": today,
        "is_open": one.state in choices.OPEN,
        "may_act": may and one.state in choices.OPEN,
        "may_reopen": may and one.state == "cancelled" and one.cancel_code == choices.BY_PERSON,
    }
    return render(request, "web/worklists/task.html", context)


@never_cache
@pages.page(action=policy.FULL_ID_VIEW, methods=("POST",))
def telephone(request: HttpRequest, resident_id: UUID) -> HttpResponse:
    """The whole telephone number of somebody, in the row; the look is written down."""
    try:
        number = queries.telephone(request.actor, resident_id)
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        raise Http404 from refused
    if not pages.is_fragment(request):
        messages.info(request, f"电话：{number or '未登记'}")
        return redirect(pages.local(request.POST.get("back") or reverse("worklist")))
    return render(request, "web/worklists/telephone.html", {"number": number})


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def day_plan(request: HttpRequest) -> HttpResponse:
    """The day's plan of a village on paper."""
    bar, today = asked_for(request), clock.today()
    plan = plans.day_plan(request.actor, bar.filters)
    rounds = [
        {
            "grid": one.grid,
            "houses": [
                {"address": address, "stops": [presenter.stop(each, on=today) for each in stops]}
                for address, stops in one.houses
            ],
        }
        for one in plan.rounds
    ]
    context = {
        "plan": plan,
        "rounds": rounds,
        "bar": bar,
        "today": today,
        "organization": places.organization(request.actor.organization_id)
        if request.actor.organization_id
        else None,
        **_choices(request, bar),
    }
    return render(request, "web/worklists/plan.html", context)


@pages.page(action=policy.EXPORT, methods=("POST",))
def export(request: HttpRequest) -> HttpResponse:
    """What the query bar asks for as a workbook, numbers masked; the ids that leave are written to the access log."""
    policy.require(request.actor, policy.RESIDENT_VIEW)
    bar, today = asked_for(request), clock.today()
    keys = queries.wanted(request.actor, bar.filters, MOST_EXPORTED)

    def rows() -> Any:
        for start in range(0, len(keys), BATCH):
            batch = queries.lines(request.actor, keys[start : start + BATCH], today)
            audit.record(
                by=request.actor,
                action="export",
                subject_kind="resident",
                detail={
                    "query": {"what": "worklist", **bar.filters.described()},
                    "ids": list(dict.fromkeys(str(each.resident_id) for each in batch)),
                },
                at=clock.now(),
            )
            for each in batch:
                yield presenter.cells(each, on=today)

    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the response
    exports.rows_workbook("待办", presenter.HEAD, rows(), file=file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"待办_{today:%Y%m%d}.xlsx")
