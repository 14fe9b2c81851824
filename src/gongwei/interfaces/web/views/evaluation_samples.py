"""抽查名单: the persons drawn at an institution, what was found about each, and the files that prove something."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from gongwei.base import audit, clock, problems
from gongwei.evaluation import appeals, case_queries, drawing, evidence, queries
from gongwei.interfaces.excel import exports
from gongwei.interfaces.print import gathering, sample_papers
from gongwei.interfaces.web import evaluating, pages
from gongwei.interfaces.web.presenters import evaluation as presenter
from gongwei.interfaces.web.presenters import evaluation_cases as cases
from gongwei.places import policy
from gongwei.places import queries as places

_HEAD = ("人群", "序号", "方式", "姓名", "性别", "年龄", "村（居）委会", "住址", "途径", "结果", "判定", "复测收缩压", "复测舒张压", "复测血糖", "说明")  # fmt: skip


@never_cache
@pages.page(action=policy.EVALUATION_VIEW, methods=("GET", "POST"))
def sample(request: HttpRequest, round_id: UUID, organization_id: UUID) -> HttpResponse:
    """The persons drawn at an institution, list by list; here they are drawn, and the list is taken along as a workbook."""
    row = pages.found(queries.round_of(request.actor, round_id))
    place = pages.found(places.organization(organization_id))
    pages.found(queries.sheet_list(request.actor, row).filter(organization=organization_id).first())
    wrong: list[str] = []
    if request.method == "POST":
        answer, wrong = evaluating.tried(request, lambda: _draw(request, row, place))
        if answer is not None:
            return answer
    people = case_queries.people_drawn(request.actor, row, organization_id)
    rows = [cases.person(each) for each in people]
    if request.method == "GET" and "export" in request.GET:
        return _export(request, row, place, people, rows)
    drawn = list(case_queries.samples(request.actor, row, organization_id))
    if request.method == "GET" and "print" in request.GET and rows:
        return _printed(request, row, place, drawn, rows)
    context = {
        "row": presenter.round_(row),
        "place": place,
        "rows": rows,
        "samples": [(each, drawing.title_of(each.population)) for each in drawn],
        "truth": cases.truth(case_queries.truth(people)),
        "populations": [
            (code, drawing.title_of(code), size) for code, size in drawing.usual_sizes(clock.today()).items()
        ],
        "may_edit": policy.may(request.actor, policy.EVALUATION_EDIT, area_key=row.county_key)
        and row.state not in ("published", "final"),
        "wrong": wrong,
    }
    return render(request, "web/evaluation/sample.html", context)


def _draw(request: HttpRequest, row: Any, place: Any) -> str:
    sizes = {
        code: evaluating.number_of(request.POST.get(f"size:{code}")) or 0 for code in drawing.populations()
    }
    made = drawing.draw(
        by=request.actor,
        at=clock.now(),
        round_id=row.id,
        organization_id=place.id,
        sizes=sizes,
        risk_share=evaluating.number_of(request.POST.get("risk")),
    )
    messages.success(request, f"已抽取{sum(each.people.count() for each in made)}人。")
    return request.get_full_path()


def _export(
    request: HttpRequest, row: Any, place: Any, people: Any, rows: list[dict[str, Any]]
) -> HttpResponse:
    audit.record(
        by=request.actor,
        action="export",
        subject_kind="resident",
        area_key=place.area_id,
        detail={"round": str(row.id), "ids": [str(each.person.resident_id) for each in people]},
    )
    columns = ("population", "position", "how", "name", "sex", "age", "village", "address")
    cells = [
        [
            *(each[name] for name in columns),
            each["contact"],
            each["result"],
            each["verdict"],
            *(None, None, None),
            "",
        ]
        for each in rows
    ]
    return evaluating.sent(
        f"抽查名单_{place.name}_{row.period}.xlsx", exports.rows_workbook("抽查名单", _HEAD, cells)
    )


def _printed(
    request: HttpRequest, row: Any, place: Any, drawn: list[Any], rows: list[dict[str, Any]]
) -> HttpResponse:
    """The list on paper, for where there is no network."""
    paper = sample_papers.SamplePaper(
        presenter.round_(row)["title"],
        place.name,
        row.seed,
        clock.day_of(drawn[0].drawn_at) if drawn else None,
        rows,
    )
    audit.record(
        by=request.actor,
        action="print",
        subject_kind="resident",
        area_key=place.area_id,
        detail={
            "round": str(row.id),
            "ids": [str(each["resident_id"]) for each in rows if each["resident_id"]],
        },
    )
    content = sample_papers.sample_pdf(paper, foot=gathering.foot(request.actor, clock.now()))
    return evaluating.sent(f"现场核查表_{place.name}_{row.period}.pdf", content, "application/pdf")


@never_cache
@pages.page(action=policy.EVALUATION_VIEW, methods=("GET", "POST"))
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """One person drawn: what was found is written here, without what was recorded; who is dead or gone is replaced."""
    row = pages.found(case_queries.person_drawn(request.actor, person_id))
    wrong: list[str] = []
    if request.method == "POST":
        answer, wrong = evaluating.tried(request, lambda: _check(request, row))
        if answer is not None:
            return answer
    round_ = row.sample.round
    people = case_queries.people_drawn(request.actor, round_, row.sample.organization_id)
    line = next((each for each in people if each.person.id == row.id), None)
    pages.found(line)
    checks = case_queries.checks_of(row)
    names = queries.account_names({each.by for each in checks})
    open_now = round_.state not in ("published", "final")
    may_edit = open_now and policy.may(request.actor, policy.EVALUATION_EDIT, area_key=round_.county_key)
    reached = line is not None and line.shown is not None
    context = {
        "row": cases.person(line),
        "round": presenter.round_(round_),
        "place": row.sample.organization,
        "checks": [
            {
                "row": each,
                "by": names.get(each.by, ""),
                "measured": "，".join(
                    f"{drawing.MEASURED[name].partition('（')[0]}{value}"
                    for name, value in each.measured.items()
                ),
            }
            for each in checks
        ],
        "files": list(evidence.of("person", row.id)),
        "accepted": evidence.ACCEPTED,
        "contacts": drawing.SampleCheck.Contact.choices,
        "results": drawing.Result.choices,
        "verdicts": drawing.Verdict.choices,
        "measured": drawing.MEASURED.items(),
        "reasons": drawing.REASONS.items(),
        "replaced": hasattr(row, "replaced_by"),
        "may_edit": may_edit,
        "numbers": case_queries.numbers_to_call(request.actor, row) if may_edit and reached else (),
        "may_appeal": bool(checks)
        and appeals.may_appeal(request.actor, round_, row.sample.organization_id, clock.today()),
        "wrong": wrong,
        "typed": request.POST,
    }
    return render(request, "web/evaluation/person.html", context)


def _check(request: HttpRequest, row: Any) -> str:
    post, by, now = request.POST, request.actor, clock.now()
    here = reverse("evaluation-person", args=[row.id])
    match post.get("what"):
        case "replace":
            made = drawing.replace(by=by, at=now, person_id=row.id, reason=post.get("reason", ""))
            messages.success(request, "已由抽样框中的下一位替补。")
            return reverse("evaluation-person", args=[made.id])
        case "appeal":
            appeals.about_person(by=by, at=now, person_id=row.id, text=post.get("text", ""))
            messages.success(request, "申诉已提出。")
        case "upload":
            name, content = evaluating.uploaded(request)
            evidence.keep(
                by=by,
                at=now,
                about="person",
                subject_id=row.id,
                organization_id=row.sample.organization_id,
                seat_key=row.sample.area_key,
                name=name,
                content=content,
            )
            messages.success(request, "佐证材料已上传。")
        case _:
            drawing.check(
                by=by,
                at=now,
                person_id=row.id,
                contact=post.get("contact", ""),
                result=post.get("result", ""),
                verdict=post.get("verdict", ""),
                measured={name: post.get(name, "") for name in drawing.MEASURED},
                note=post.get("note", ""),
            )
            messages.success(request, "核查结果已保存。")
    return here


@never_cache
@pages.page(action=policy.EVALUATION_VIEW)
def evidence_file(request: HttpRequest, evidence_id: UUID) -> HttpResponse:
    """One file that proves something."""
    try:
        found = evidence.opened(request.actor, evidence_id)
    except problems.Refused as refused:
        if refused.code == "damaged":
            raise
        return pages.found(None)  # type: ignore[no-any-return]
    return evaluating.sent(found.name, found.content, found.content_type)
