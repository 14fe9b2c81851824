"""Printing a whole village or a list as a job: one PDF for each `SHEETS` sheets, kept in the job centre for a day."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei import catalogue
from gongwei.base import clock, job_files, jobs, scope
from gongwei.base.actors import Actor
from gongwei.base.job_progress import Progress
from gongwei.base.problems import Refused
from gongwei.interfaces.print import gathering, papers, reports, typesetting
from gongwei.language import forms
from gongwei.places import policy
from gongwei.records import printing
from gongwei.residents.queries import printed

#: Sheets in one file: a printer and a reader manage so many, and setting them takes a few seconds.
SHEETS = 300
#: Residents read at a time.
BATCH = 100
#: Residents in one print.
MOST = 5_000
REPORT = "report"
PDF = "application/pdf"


def check(actor: Actor, *, code: str, area_key: int | None) -> None:
    """Raise Refused or Forbidden for a print that may not be asked for."""
    if code != REPORT:
        try:
            catalogue.form(code)
        except KeyError:
            raise Refused("没有这种表单。", field="code", code="unknown_form") from None
    policy.require(actor, policy.EXPORT, **({} if area_key is None else {"area_key": area_key}))


@jobs.job(name="批量打印", queue="print")
def print_many(
    progress: Progress,
    *,
    code: str,
    year: int,
    title: str,
    area_from: int | None = None,
    area_to: int | None = None,
    resident_ids: Sequence[str] = (),
) -> dict[str, Any]:
    """Print the forms (or exam reports) of a year of everybody in an area, or of a list of residents.

    Started again after a kill it begins anew; a file of the same name is replaced, so nothing is there twice.
    """
    check(progress.by, code=code, area_key=area_from)
    form = gathering.report_form() if code == REPORT else catalogue.form(code)
    wanted = [UUID(each) for each in resident_ids] or _residents_of(
        progress.by, form, year, area_from, area_to
    )
    if len(wanted) > MOST:
        raise Refused(f"一次最多打印{MOST}人，请按村或机构分批打印。")
    progress.start(len(wanted), "正在生成打印文件。")
    waiting: list[dict[str, Any]] = []
    volumes = people = 0
    for sheets in _sheets(progress, wanted, form, year, as_report=code == REPORT):
        people += bool(sheets)
        waiting += sheets
        if len(waiting) >= SHEETS:
            volumes += 1
            _keep(progress, f"{title}_第{volumes}册", waiting)
            waiting = []
    if waiting:
        volumes += 1
        _keep(progress, title if volumes == 1 else f"{title}_第{volumes}册", waiting)
    if not volumes:
        raise Refused("所选范围和年度内没有这种表单，没有可打印的内容。")
    progress.step(0, message="打印文件已生成，请在下面打开。")
    return {"打印人数": people, "文件数": volumes}


def _keep(progress: Progress, title: str, sheets: list[dict[str, Any]]) -> None:
    content = typesetting.pdf(title, sheets)
    with transaction.atomic():
        job_files.keep(progress, name=f"{title}.pdf", content_type=PDF, content=content)


def _residents_of(
    actor: Actor, form: type[forms.Form], year: int, area_from: int | None, area_to: int | None
) -> list[UUID]:
    with transaction.atomic(), scope.acting(actor):
        found = printing.residents_with(form, *gathering.days_of(year), area_from, area_to)
        return list(found[: MOST + 1])


def _sheets(
    progress: Progress, wanted: Sequence[UUID], form: type[forms.Form], year: int, *, as_report: bool
) -> Iterator[list[dict[str, Any]]]:
    """The sheets of each resident who has the form, in the order asked for."""
    said = gathering.foot(progress.by, clock.now())
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        with transaction.atomic(), scope.acting(progress.by):
            made = _batch(progress.by, batch, form, year, said, as_report=as_report)
        yield from made
        progress.step(len(batch))


def _batch(
    actor: Actor,
    batch: Sequence[UUID],
    form: type[forms.Form],
    year: int,
    said: str,
    *,
    as_report: bool,
) -> list[list[dict[str, Any]]]:
    found = printing.of_residents(batch, form, *gathering.days_of(year))
    having = [each for each in batch if each in found]
    if not having:
        return []
    numbers = not as_report and papers.paper_of(form).shows_numbers
    what = f"{REPORT} {year}" if as_report else f"{form.code} {year}"
    values = printed.heads(actor, having, what=what, numbers=numbers)
    if as_report:
        return [
            [
                reports.sheet(
                    gathering.report_of(
                        actor,
                        printing.results(actor, found[each][-1].id),
                        gathering.as_head(values[each]),
                        values[each],
                        said,
                    )
                )
            ]
            for each in having
            if each in values
        ]
    names = gathering.names_for([one for each in having for one in found[each]])
    return [
        gathering.sheets_of(found[each], gathering.as_head(values[each]), names=names, foot=said)
        for each in having
        if each in values
    ]
