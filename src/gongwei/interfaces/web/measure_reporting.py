"""What leaves the house from a frozen run: the workbook of every figure, and the Word report for the leader."""

from __future__ import annotations

import io
from typing import IO, Any

from gongwei import catalogue
from gongwei.base import audit, clock, job_files, jobs, scope
from gongwei.base.actors import Actor
from gongwei.base.job_progress import Progress
from gongwei.base.problems import Refused
from gongwei.interfaces.excel import sheets
from gongwei.interfaces.web.presenters import measure_runs
from gongwei.interfaces.web.presenters import measures as presenter
from gongwei.interfaces.web.templatetags.gongwei import moment
from gongwei.interfaces.word import figures as word
from gongwei.measures import figures, progress_standing, queries, targets
from gongwei.measures.figures import Figure, Place
from gongwei.measures.periods import Period, parse
from gongwei.places import policy

#: Places whose figures are read at once.
BATCH = 200
#: Rankings of the report: places in each.
MOST_RANKED = 30
#: Characters of a digest that are printed: enough to tell two apart; an id has 36.
SHORT = 36
NO_RUN = "没有这次计算，或其结果已清理。"


def lines(
    actor: Actor, run: Any, period: Period, places: list[Place], found: list[Figure], *, opens: bool = False
) -> list[dict[str, Any]]:
    """Figures of a run with target, light and what is lacking, and the same a year before where the run has it."""
    goals = targets.for_places(places, period.year)
    at = presenter.Addressing(str(run.id), period.code, figures.AREA)
    before = period.before()
    earlier = queries.at(actor, run, places, period=before.code) if before.code in run.periods else []
    known = {(each.measure_code, each.place.key): each for each in earlier}
    result = []
    for each in found:
        goal = presenter.chosen(goals[each.place.key], catalogue.measure(each.measure_code))
        standing = progress_standing.of(each, goal, period, today=clock.day_of(run.cut_at))
        earlier_one = known.get((each.measure_code, each.place.key))
        result.append(presenter.line(each, goal, standing, at, before=earlier_one, opens=opens))
    return result


@jobs.job(name="导出指标结果", queue="excel")
def export_figures(progress: Progress, *, run_id: str, period: str) -> dict[str, Any]:
    """Every measure at every place of a run in one period, as a workbook in the job centre."""
    file = io.BytesIO()
    with scope.acting(progress.by):
        written = write_figures(progress.by, file, run_id, period, progress)
    run = queries.run_of(run_id)
    name = f"指标结果_{run.title if run else ''}_{period}.xlsx".replace("/", "-")
    job_files.keep(progress, name=name, content_type=sheets.CONTENT_TYPE, content=file.getvalue())
    return {"行数": written}


def write_figures(by: Actor, file: IO[bytes], run_id: Any, period: str, progress: Any = None) -> int:
    """Write the figures an actor may see; how many lines.

    Raises:
        Refused: no such run or period.
    """
    policy.require(by, policy.FIGURE_VIEW)
    run = queries.run_of(run_id)
    if run is None or period not in run.periods:
        raise Refused(NO_RUN, code="no_such_run")
    chosen, places = parse(period), queries.everywhere(by, run)
    if progress is not None:
        progress.start(len(places), "正在导出")
    sheet = sheets.Sheet(file, "指标结果", list(presenter.HEAD))
    count = 0
    for start in range(0, len(places), BATCH):
        some = places[start : start + BATCH]
        found = queries.at(by, run, some, period=period)
        for figure, said in zip(found, lines(by, run, chosen, some, found), strict=True):
            sheet.add(presenter.cells(figure, said, chosen.title))
            count += 1
        if progress is not None:
            progress.step(len(some))
    for name, value in measure_runs.basis(run):
        sheet.add([name, value])
    sheet.close()
    audit.record(
        by=by,
        action="export",
        subject_kind="measure_run",
        subject_id=run.id,
        detail={"query": {"what": "figures", "period": period}, "rows": count},
        at=clock.now(),
    )
    return count


def report(by: Actor, run: Any, period: Period, place: Place) -> bytes:
    """The Word report of a run for one place: its measures, what is lacking, the places below ranked."""
    found = queries.at(by, run, [place], period=period.code)
    own = lines(by, run, period, [place], found)
    below = queries.children(by, run, place)
    asked = [row["code"] for row in own if row["goal"]]
    rankings = []
    if below and asked:
        figures_below = queries.at(by, run, below, measures=asked, period=period.code)
        rows = lines(by, run, period, below, figures_below)
        for code in asked:
            ranked = presenter.ranked([row for row in rows if row["code"] == code], "rate")
            if any(row["value"] is not None for row in ranked):
                rankings.append((f"{catalogue.measure(code).title}（{code}）", ranked[:MOST_RANKED]))
    audit.record(
        by=by,
        action="export",
        subject_kind="measure_run",
        subject_id=run.id,
        detail={"query": {"what": "report", "period": period.code, "place": place.key}},
        at=clock.now(),
    )
    basis = [f"{name}：{value[:SHORT]}" for name, value in measure_runs.basis(run)]
    basis += [
        f"公布数 {each['code']}：{each['value']:,}，来源 {each['source']} {each['document']}"
        for each in measure_runs.numbers_used(run)[:20]
    ]
    return word.written(
        word.Content(place.name, period.title, moment(run.cut_at), presenter.groups(own), rankings, basis)
    )
