"""结果存档: frozen runs, one started, one opened, kept, exported, and two of them beside each other."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache

from gongwei import catalogue
from gongwei.base import clock, jobs, problems, scope
from gongwei.interfaces.web import lists, measure_reporting, measure_sources, pages
from gongwei.interfaces.web.presenters import measure_runs as presenter
from gongwei.interfaces.word import documents
from gongwei.measures import jobs as measure_jobs
from gongwei.measures import queries, tracing
from gongwei.measures.periods import Period, parse
from gongwei.places import policy
from gongwei.residents import queries as residents

SIZE, MOST_PERIODS, MOST_CHANGED = 30, 20, 50


@never_cache
@pages.page(action=policy.FIGURE_VIEW, methods=("GET", "POST"))
def runs(request: HttpRequest) -> HttpResponse:
    """The runs, the latest first; here one is started."""
    if request.method == "POST":
        policy.require(request.actor, policy.FIGURE_RUN)
        try:
            return pages.send_once(request, lambda: _start(request))
        except problems.Refused as refused:
            messages.error(request, refused.message)
            return redirect("runs")
    page = lists.numbered(request, queries.listed(), size=SIZE)
    context = {
        "page": page,
        "rows": [presenter.run(each, request.actor.account_id) for each in page.rows],
        "may_run": policy.may(request.actor, policy.FIGURE_RUN),
        "offered": presenter.offered(clock.today()),
    }
    return render(request, "web/measures/runs.html", context)


def _start(request: HttpRequest) -> str:
    codes = list(dict.fromkeys(request.POST.getlist("period")))
    try:
        chosen = [parse(code) for code in codes]
    except ValueError:
        raise problems.Refused("没有这个统计期。", field="period", code="periods") from None
    if not chosen or len(chosen) > MOST_PERIODS:
        raise problems.Refused(f"请选择统计期，一次最多{MOST_PERIODS}个。", field="period", code="periods")
    title = request.POST.get("title", "").strip()[:100]
    ordered = jobs.enqueue(
        measure_jobs.run,
        by=request.actor,
        periods=codes,
        title=title or f"{'、'.join(each.title for each in chosen[:2])}指标",
        kind="report" if request.POST.get("kind") == "report" else "asked",
        note=request.POST.get("note", "").strip()[:200],
    )
    return reverse("job", args=[ordered.id])


@never_cache
@pages.page(action=policy.FIGURE_VIEW, methods=("GET", "POST"))
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One run: what it rests on, its periods, what can be done with it."""
    one = pages.found(queries.run_of(run_id))
    if request.method == "POST":
        policy.require(request.actor, policy.FIGURE_RUN)
        from gongwei.measures import running  # writes: only who keeps a run wants it

        kept = request.POST.get("what") == "keep"
        try:
            with scope.as_owner("requests only read runs, and the policy was asked"):
                running.keep(by=request.actor, at=clock.now(), run_id=one.id, kept=kept)
            messages.success(request, "已设为长期保存。" if kept else "已取消长期保存，到期后清理明细。")
        except problems.Refused as refused:
            messages.error(request, refused.message)
        return redirect("run", run_id)
    period = _period(request, one)
    others = [
        each for each in queries.runs()[:40] if each.id != one.id and set(each.periods) & set(one.periods)
    ]
    context = {
        "run": presenter.run(one, request.actor.account_id),
        "one": one,
        "period": period,
        "periods": queries.periods_of(one),
        "basis": presenter.basis(one),
        "numbers": presenter.numbers_used(one),
        "others": [(each.id, each.title, each.cut_at) for each in others],
        "may_run": policy.may(request.actor, policy.FIGURE_RUN),
        "may_export": policy.may(request.actor, policy.EXPORT),
    }
    return render(request, "web/measures/run.html", context)


def _period(request: HttpRequest, one: Any) -> Period:
    offered = queries.periods_of(one)
    asked = request.POST.get("period") or request.GET.get("period")
    chosen = next((each for each in offered if each.code == asked), None)
    return chosen or measure_sources.first_choice(offered, clock.today().year)


@pages.page(action=policy.EXPORT, methods=("POST",))
def export(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Every measure at every place of a period as a workbook: a job, since a city has a hundred thousand lines."""
    policy.require(request.actor, policy.FIGURE_VIEW)
    one = pages.found(queries.run_of(run_id))
    period = _period(request, one)

    def order() -> str:
        ordered = jobs.enqueue(
            measure_reporting.export_figures, by=request.actor, run_id=str(one.id), period=period.code
        )
        return reverse("job", args=[ordered.id])

    return pages.send_once(request, order)


@pages.page(action=policy.EXPORT, methods=("POST",))
def report(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The Word report for the leader, from a frozen run, in one click."""
    policy.require(request.actor, policy.FIGURE_VIEW)
    one = pages.found(queries.run_of(run_id))
    period = _period(request, one)
    source = measure_sources.Source(one, period)
    place = measure_sources.place_of(request, source)
    if place is None:
        messages.error(request, "没有您可以查看的单位。")
        return redirect("run", run_id)
    content = measure_reporting.report(request.actor, one, period, place)
    name = f"{place.name}基本公共卫生服务指标情况_{period.title}.docx"
    answer = HttpResponse(content, content_type=documents.CONTENT_TYPE)
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer


@never_cache
@pages.page(action=policy.FIGURE_VIEW)
def compare(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Two runs of one period: each measure's difference, and for one measure the persons with the records that caused it."""
    after = pages.found(queries.run_of(run_id))
    before = pages.found(queries.run_of(key) if (key := pages.uuid_of(request.GET.get("with"))) else None)
    shared = [each for each in queries.periods_of(after) if each.code in before.periods]
    if not shared:
        messages.error(request, "两次计算没有相同的统计期。")
        return redirect("run", run_id)
    period = next((each for each in shared if each.code == request.GET.get("period")), shared[0])
    source = measure_sources.Source(after, period)
    place = pages.found(measure_sources.place_of(request, source))
    address = f"?with={before.id}&period={period.code}&at={measure_sources.said(place)}"
    context = {
        "before": before,
        "after": after,
        "period": period,
        "periods": shared,
        "place": place,
        "at": measure_sources.said(place),
        "path": [
            (each, f"?with={before.id}&period={period.code}&at={measure_sources.said(each)}")
            for each in source.path(request.actor, place)
        ],
        "children": [
            (each, f"?with={before.id}&period={period.code}&at={measure_sources.said(each)}")
            for each in source.children(request.actor, place)
        ],
        "rows": presenter.compared(
            queries.at(request.actor, before, [place], period=period.code),
            queries.at(request.actor, after, [place], period=period.code),
            address,
        ),
    }
    if request.GET.get("measure") and policy.may(request.actor, policy.RESIDENT_VIEW):
        context |= _changed(request, before, after, period, place)
    return render(request, "web/measures/compare.html", context)


def _changed(request: HttpRequest, before: Any, after: Any, period: Period, place: Any) -> dict[str, Any]:
    try:
        measure = catalogue.measure(request.GET["measure"])
        found = tracing.between(
            request.actor,
            before,
            after,
            measure_code=measure.code,
            period_code=period.code,
            place=place,
            cursor=request.GET.get("after") or None,
            limit=MOST_CHANGED,
        )
    except KeyError:
        return pages.found(None)
    except problems.Refused as refused:
        messages.error(request, refused.message)
        return {}
    ids = [each.resident_id for each in found.lines]
    names = dict(residents.visible_to(request.actor).filter(id__in=ids).values_list("id", "name"))
    return {"measure": measure, "difference": presenter.difference(found, names)}
