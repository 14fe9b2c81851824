"""打印: blank forms, one filled form, a resident's year, cover, card and exam report, a whole village as a job."""

import datetime as dt
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei import catalogue
from gongwei.base import audit, clock, jobs, problems
from gongwei.interfaces.print import documents, gathering, village
from gongwei.interfaces.web import pages, shell
from gongwei.interfaces.web.presenters import residents as presenter
from gongwei.interfaces.web.views import worklists
from gongwei.language import types
from gongwei.places import policy
from gongwei.places import queries as places
from gongwei.tasks import queries as tasks

#: The printed worklist: at most so many lines, and its columns with their share of the width.
MOST_LINES = 300
LIST_COLUMNS = (
    ("姓名", 2.0),
    ("年龄", 1.3),
    ("应开展的服务", 4.0),
    ("应办日期", 2.3),
    ("最迟日期", 2.3),
    ("紧急程度", 1.8),
    ("住址", 4.5),
    ("责任医生", 1.8),
    ("上次未成", 2.6),
    ("办理情况", 3.6),
)


def _shown(document: gathering.Document) -> HttpResponse:
    """A PDF for the browser's own viewer; it is not kept by caches."""
    response = HttpResponse(document.content, content_type="application/pdf")
    response["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(document.name)}"
    response._csp_exempt = True  # the browser's own viewer is a plug-in, which the policy of pages forbids
    return response


@never_cache
@pages.page()
def print_forms(request: HttpRequest) -> HttpResponse:
    """All forms to print empty, and the choice of a whole village."""
    found = [
        {
            "title": programme.title,
            "forms": [form for form in programme.forms if form.about is types.RESIDENT],
        }
        for programme in catalogue.programmes()
    ]
    may_print = policy.may(request.actor, policy.EXPORT) and policy.may(request.actor, policy.RESIDENT_VIEW)
    year = shell.year_of(request)
    context = {
        "programmes": [each for each in found if each["forms"]],
        "cards": list(gathering.BLANK_CARDS.items()),
        "may_print": may_print,
        "areas": _areas(request) if may_print else [],
        "kinds": [
            (village.REPORT, "体检结果反馈（居民报告）"),
            *((form.code, form.title) for form in gathering.printable_forms()),
        ],
        "year": year,
        "years": range(clock.today().year, clock.today().year - 6, -1),
    }
    return render(request, "web/printing/forms.html", context)


@never_cache
@pages.page()
def print_form(request: HttpRequest, code: str) -> HttpResponse:
    """An empty form; with `?notes=1` its 填表说明."""
    if code in gathering.BLANK_CARDS:
        return _shown(gathering.blank_card(code))
    try:
        form = catalogue.form(code)
    except KeyError as unknown:
        raise Http404 from unknown
    return _shown(gathering.blank(form, request.actor, clock.now(), notes=request.GET.get("notes") == "1"))


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def print_response(request: HttpRequest, response_id: UUID) -> HttpResponse:
    """A filled form; with `?year=1` all of its kind in that year side by side."""
    try:
        return _shown(
            gathering.response(
                request.actor,
                response_id,
                clock.now(),
                whole_year=request.GET.get("year") == "1",
                notes=request.GET.get("notes") == "1",
            )
        )
    except problems.Refused as refused:
        raise Http404 from refused


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def print_report(request: HttpRequest, response_id: UUID) -> HttpResponse:
    """体检结果反馈 of a filled exam."""
    try:
        return _shown(gathering.report(request.actor, response_id, clock.now()))
    except problems.Refused as refused:
        raise Http404 from refused


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def print_resident(request: HttpRequest, resident_id: UUID, what: str) -> HttpResponse:
    """封面, 信息卡, or everything of the year chosen."""
    try:
        if what == gathering.COVER:
            return _shown(gathering.cover(request.actor, resident_id, clock.now()))
        if what == gathering.CARD:
            return _shown(gathering.card(request.actor, resident_id, clock.now()))
        if what == gathering.YEAR:
            return _shown(gathering.year(request.actor, resident_id, shell.year_of(request), clock.now()))
    except problems.Refused as refused:
        raise Http404 from refused
    raise Http404


@never_cache
@pages.page(action=policy.RESIDENT_VIEW)
def print_worklist(request: HttpRequest) -> HttpResponse:
    """The worklist as it is asked for, on paper; who stands on it is written down."""
    bar, today = worklists.asked_for(request), clock.today()
    wanted = tasks.wanted(request.actor, bar.filters, MOST_LINES + 1)
    rows = tasks.lines(request.actor, wanted[:MOST_LINES], today)
    audit.record(
        by=request.actor,
        action="print",
        subject_kind="resident",
        detail={
            "what": "worklist",
            "query": bar.filters.described(),
            "ids": list(dict.fromkeys(str(each.resident_id) for each in rows)),
        },
    )
    more = f"，只印最急的{MOST_LINES}条" if len(wanted) > MOST_LINES else f"，共{len(rows)}条"
    content = documents.list_pdf(
        "待办清单",
        LIST_COLUMNS,
        [_line(each, today) for each in rows],
        lead=f"截至{today:%Y-%m-%d}{more}",
        foot=gathering.foot(request.actor, clock.now()),
    )
    return _shown(gathering.Document("待办清单.pdf", content))


def _line(row: tasks.Due, today: dt.date) -> list[str]:
    """One line of the printed worklist; the last column is to write in."""
    tried = f"{row.last_attempt.on:%m-%d} {row.last_attempt.note}" if row.last_attempt else ""
    return [
        row.name,
        presenter.age_words(row.birth_date, today),
        row.title,
        f"{row.due:%Y-%m-%d}",
        f"{row.latest:%Y-%m-%d}",
        tasks.URGENCIES[row.urgency],
        f"{row.village}{row.address}",
        row.doctor,
        tried.strip(),
        "",
    ]


@pages.page(action=policy.EXPORT, methods=("POST",))
def print_village(request: HttpRequest) -> HttpResponse:
    """The forms of a year of a whole village, township or list of residents, as a job."""
    code, said = request.POST.get("form", ""), request.POST.get("area", "")
    year = request.POST.get("year", "")
    chosen = [str(each) for each in map(pages.uuid_of, request.POST.getlist("resident")) if each]
    area = places.area(int(said)) if said.isascii() and said.isdigit() else None

    def run() -> str:
        village.check(request.actor, code=code, area_key=area.key if area else None)
        if not (year.isascii() and year.isdigit() and len(year) == 4):
            raise problems.Refused("请选择年度。", field="year")
        if area is None and not chosen:
            raise problems.Refused("请选择要打印的村或乡镇。", field="area")
        title = "体检结果反馈" if code == village.REPORT else catalogue.form(code).title
        job = jobs.enqueue(
            village.print_many,
            by=request.actor,
            code=code,
            year=int(year),
            title=f"{title}_{area.name if area else '名单'}_{year}年",
            area_from=area.key if area and not chosen else None,
            area_to=area.last_key if area and not chosen else None,
            resident_ids=chosen[: village.MOST],
        )
        return reverse("job", args=[job.id])

    try:
        return pages.send_once(request, run)
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        messages.error(request, f"{refused.message}{refused.hint or ''}")
        return redirect("print-forms")


def _areas(request: HttpRequest) -> list[tuple[int, str]]:
    """The townships and villages to choose from, those above left out."""
    found = []
    for area in places.areas_in(places.ranges(request.actor)).order_by("key"):
        if area.level in ("township", "village"):
            indent = "　" if area.level == "village" else ""
            found.append((area.key, f"{indent}{area.name}"))
    return found
