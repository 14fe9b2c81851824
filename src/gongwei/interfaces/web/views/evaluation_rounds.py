"""评价轮次: the rounds of a year, one of them with how far each institution is, and the score sheet of one institution."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import clock, jobs, problems
from gongwei.evaluation import appeals, evidence, national, queries, rounds, seeing, sheets, trees
from gongwei.evaluation import jobs as evaluation_jobs
from gongwei.interfaces.web import evaluating, pages, shell
from gongwei.interfaces.web.presenters import evaluation as presenter
from gongwei.places import policy
from gongwei.places import queries as places


@never_cache
@pages.page(action=policy.EVALUATION_VIEW, methods=("GET", "POST"))
def round_list(request: HttpRequest) -> HttpResponse:
    """The rounds of a year; here one is opened."""
    year = shell.year_asked(request)
    wrong: list[str] = []
    if request.method == "POST":
        answer, wrong = evaluating.tried(request, lambda: _open(request))
        if answer is not None:
            return answer
    county = seeing.county_of(request.actor)
    context = {
        "year": year,
        "years": evaluating.years(),
        "rows": [presenter.round_(each) for each in queries.round_list(request.actor, year)],
        "latest": queries.latest_year(request.actor),
        "levels": national.LEVELS.items(),
        "periods": _periods(year),
        "kinds": rounds.Round.Kind.choices,
        "areas": list(places.areas_below(places.area(county), clock.today())) if county else [],
        "may_edit": policy.may(request.actor, policy.EVALUATION_EDIT),
        "today": clock.today(),
        "wrong": wrong,
        "typed": request.POST,
        "chosen": request.POST.getlist("level") or [national.TOWNSHIP],
    }
    return render(request, "web/evaluation/rounds.html", context)


def _periods(year: int) -> list[tuple[str, str]]:
    ends = [(3, "1～3月"), (6, "1～6月"), (9, "1～9月")]
    to_date = [(f"{year}-01..{year}-{month:02}", f"{year}年{words}") for month, words in ends]
    quarters = [(f"{year}Q{number}", f"{year}年第{'一二三四'[number - 1]}季度") for number in range(1, 5)]
    halves = [(f"{year}H1", f"{year}年上半年"), (f"{year}H2", f"{year}年下半年")]
    return [*to_date, (str(year), f"{year}年"), *quarters, *halves]


def _open(request: HttpRequest) -> str:
    post = request.POST
    made = rounds.open_round(
        by=request.actor,
        at=clock.now(),
        county_key=seeing.county_of(request.actor) or 0,
        year=evaluating.number_of(post.get("year")) or 0,
        period=post.get("period", ""),
        levels=post.getlist("level"),
        cut_on=evaluating.day_of(post.get("cut_on"), "数据截止日", "cut_on"),
        kind=post.get("kind", ""),
        title=post.get("title", ""),
        scope_key=int(post["scope"]) if post.get("scope", "").isdigit() else None,
    )
    messages.success(request, f"已建立，共{made.sheets.count()}张评分表。")
    return reverse("evaluation-round", args=[made.id])


@never_cache
@pages.page(action=policy.EVALUATION_VIEW, methods=("GET", "POST"))
def round_page(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """One round: steps, the frozen run, the seed, progress of each institution; published results with places."""
    row = pages.found(queries.round_of(request.actor, round_id))
    wrong: list[str] = []
    if request.method == "POST":
        answer, wrong = evaluating.tried(request, lambda: _move(request, row))
        if answer is not None:
            return answer
        row = pages.found(queries.round_of(request.actor, round_id))
    level = request.GET.get("level", "")
    level = level if level in row.levels else row.levels[0]
    may_edit = policy.may(request.actor, policy.EVALUATION_EDIT, area_key=row.county_key)
    may_approve = policy.may(request.actor, policy.EVALUATION_APPROVE, area_key=row.county_key)
    run = queries.run_of_round(row)
    public = row.state in (rounds.State.PUBLISHED, rounds.State.FINAL)
    open_now = not public
    context = {
        "row": presenter.round_(row),
        "steps": presenter.steps(row),
        "level": level,
        "levels": [(each, national.LEVELS[each]) for each in row.levels],
        "schemes": [
            (national.LEVELS[each.level], each.scheme) for each in row.schemes.select_related("scheme")
        ],
        "run": run,
        "runs": queries.runs_for(row) if may_edit and open_now else [],
        "rows": [presenter.progress(each, row.year) for each in queries.progress(request.actor, row, level)],
        "ranking": [
            {
                "place": place,
                "name": sheet.name,
                "points": presenter.points_of(sheet, row.year),
                "band": presenter.band_of(sheet, row.year),
            }
            for place, sheet in queries.ranking(row, level)
        ]
        if public
        else [],
        "next": [(each.value, each.label) for each in _following(row)] if may_edit else [],
        "may_edit": may_edit and open_now,
        "may_publish": may_approve and row.state in (rounds.State.REVIEW, rounds.State.ON_SITE),
        "may_finish": may_approve and row.state == rounds.State.PUBLISHED,
        "samples": policy.may(request.actor, policy.RESIDENT_VIEW),
        "doctors": level == national.DOCTOR,
        "public": public,
        "today": clock.today(),
        "wrong": wrong,
    }
    return render(request, "web/evaluation/round.html", context)


def _following(row: Any) -> list[Any]:
    if row.state not in rounds.ORDER:
        return []
    return list(rounds.ORDER[rounds.ORDER.index(rounds.State(row.state)) + 1 :])


def _move(request: HttpRequest, row: Any) -> str:
    here = request.get_full_path()
    given: dict[str, Any] = {"by": request.actor, "at": clock.now(), "round_id": row.id}
    match request.POST.get("what"):
        case "run":
            run_id = pages.uuid_of(request.POST.get("run"))
            if run_id is None:
                raise problems.Refused("请选择指标结果。", field="run", code="run")
            rounds.choose_run(**given, run_id=run_id)
            messages.success(request, "系统取数的指标已评分。")
        case "advance":
            made = rounds.advance(**given, to=request.POST.get("to", ""))
            messages.success(request, f"已进入{made.get_state_display()}。")
        case "seed":
            rounds.publish_seed(**given, seed=request.POST.get("seed", ""))
            messages.success(request, "抽样种子已公布，可以抽样。")
        case "draw":
            policy.require(request.actor, policy.EVALUATION_EDIT, area_key=row.county_key)
            ordered = jobs.enqueue(evaluation_jobs.draw_all, by=request.actor, round_id=str(row.id))
            messages.success(request, "已提交抽样，后台进行。")
            return reverse("job", args=[ordered.id])
        case "publish":
            made = rounds.publish(**given)
            messages.success(request, f"结果已公示，{made.objection_until:%Y-%m-%d}以前可以申诉。")
        case "finish":
            rounds.finish(**given)
            messages.success(request, "本轮评价已定案，不再变动。")
    return here


@never_cache
@pages.page(action=policy.EVALUATION_VIEW, methods=("GET", "POST"))
def sheet(request: HttpRequest, sheet_id: UUID) -> HttpResponse:
    """The score sheet of an institution: self-evaluation, system, review, on-site side by side, with sources and files."""
    row = pages.found(queries.sheet(request.actor, sheet_id))
    stages = _stages(request, row)
    asked = request.POST.get("stage") or request.GET.get("stage", "")
    stage = asked if asked in dict(stages) else (stages[0][0] if stages else "")
    wrong: list[str] = []
    typed: Mapping[str, str] = {}
    if request.method == "POST":
        answer, wrong = evaluating.tried(request, lambda: _score(request, row, stage))
        if answer is not None:
            return answer
        typed = request.POST
        row = pages.found(queries.sheet(request.actor, sheet_id))
    lines = queries.lines(row)
    files = list(evidence.of("sheet", row.id))
    chosen = request.GET.get("item", "")
    item = next((each.item for each in lines if each.item.code == chosen), None)
    past = queries.history(row, item.code) if item else []
    names = queries.account_names({each.by for each in past} | {row.self_submitted_by})
    context = {
        "row": row,
        "round": presenter.round_(row.round),
        "points": presenter.points_of(row, row.round.year),
        "band": presenter.band_of(row, row.round.year),
        "stages": presenter.STAGES,
        "rows": presenter.sheet_rows(row, lines, stage, typed),
        "stage": stage,
        "stage_title": dict(stages).get(stage, ""),
        "open_stages": stages,
        "files": files,
        "items": [(each.item.code, each.item.title) for each in lines if each.item.method != trees.VETO],
        "may_upload": bool(stages),
        "accepted": evidence.ACCEPTED,
        "may_appeal": appeals.may_appeal(request.actor, row.round, row.organization_id, clock.today()),
        "may_submit": stage == "self",
        "submitted_by": names.get(row.self_submitted_by, ""),
        "item": item,
        "past": [(each, names.get(each.by, "系统")) for each in past],
        "wrong": wrong,
        "typed": typed,
    }
    return render(request, "web/evaluation/sheet.html", context)


def _stages(request: HttpRequest, row: Any) -> list[tuple[str, str]]:
    """The stages the actor may enter on this sheet now, the latest first."""
    found = []
    for stage in (sheets.Stage.ON_SITE, sheets.Stage.REVIEW, sheets.Stage.SELF):
        if row.round.state not in sheets.OPEN_FOR[stage]:
            continue
        if stage == sheets.Stage.SELF:
            may = policy.may(request.actor, policy.EVALUATION_SELF, organization_id=row.organization_id)
            if may and row.self_submitted_at is None:
                found.append((stage.value, stage.label))
        elif policy.may(request.actor, policy.EVALUATION_EDIT, area_key=row.seat_key):
            found.append((stage.value, stage.label))
    return found


def _score(request: HttpRequest, row: Any, stage: str) -> str:
    here = request.get_full_path()
    now, by, post = clock.now(), request.actor, request.POST
    match post.get("what"):
        case "submit":
            entries = _entries(post, row)
            if entries:
                sheets.enter(by=by, at=now, sheet_id=row.id, stage="self", entries=entries)
            sheets.submit_self(by=by, at=now, sheet_id=row.id)
            messages.success(request, "自评已提交。")
        case "upload":
            name, content = evaluating.uploaded(request)
            evidence.keep(
                by=by,
                at=now,
                about="sheet",
                subject_id=row.id,
                organization_id=row.organization_id,
                seat_key=row.seat_key,
                name=name,
                content=content,
                item=post.get("item", "")[:40],
            )
            messages.success(request, "佐证材料已上传。")
        case "appeal":
            made = appeals.about_item(
                by=by, at=now, sheet_id=row.id, item=post.get("item", ""), text=post.get("text", "")
            )
            messages.success(request, f"申诉已提出，{made.due_on:%Y-%m-%d}前办结。")
        case _:
            made_scores = sheets.enter(
                by=by, at=now, sheet_id=row.id, stage=stage, entries=_entries(post, row)
            )
            messages.success(
                request, f"已保存{len(made_scores)}项评分。" if made_scores else "没有新的评分。"
            )
    return here


def _entries(post: Any, row: Any) -> list[sheets.Entry]:
    """The boxes that were filled in."""
    found = []
    for item in sheets.tree_for(row).items():
        code, reason = item.code, post.get(f"r:{item.code}", "")
        points, quantity = post.get(f"p:{code}", "").strip(), post.get(f"q:{code}", "").strip()
        if f"a:{code}" in post:
            found.append(sheets.Entry(code, reason=reason, applicable=False))
        elif item.method == trees.DEDUCT and not item.is_system:
            counts = {kind: post.get(f"q:{code}:{kind}", "").strip() for kind in item.settings["units"]}
            if any(counts.values()):
                whole = {kind: _count(value, item.title) for kind, value in counts.items()}
                found.append(sheets.Entry(code, quantity=whole, reason=reason))
        elif item.method == trees.YES_NO and quantity:
            found.append(sheets.Entry(code, quantity=quantity == "1", reason=reason))
        elif points or quantity:
            found.append(sheets.Entry(code, points=points, quantity=quantity or None, reason=reason))
    return found


def _count(text: str, title: str) -> int:
    if not text:
        return 0
    number = evaluating.number_of(text)
    if number is None:
        raise problems.Refused(f"“{title}”的处数应为不小于0的整数。", code="count")
    return number
