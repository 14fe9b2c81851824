"""A package is taken back as a whole, the last first: records entered in error, managed diseases and families ended, residents
cancelled, staff, organizations and areas closed.

In sets, some thousand rows a transaction with the states of their rows, so that a killed undo goes on where it stopped. What
somebody has worked on since stays, and is listed with the reason; everything taken back stays readable, with its audit.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import audit, clock
from gongwei.base.garbage import seldom_collected
from gongwei.base.job_progress import Progress
from gongwei.base.sets import any_of
from gongwei.interfaces.excel import staging, structure
from gongwei.interfaces.excel.models import Package, Upload, UploadRow
from gongwei.interfaces.excel.parsing import Line
from gongwei.interfaces.packages import acting, histories, order, totals
from gongwei.interfaces.packages.staged import Sheet
from gongwei.records import touched, withdrawing_many
from gongwei.residents import operations as residents

State = UploadRow.State
REASON = "撤销导入"
#: 注销原因 9 其他.
_OTHER = "9"
#: Rows of one transaction.
PORTION = 1_000
_APPLIED = [State.APPLIED.value]


def run(progress: Progress, package: Package) -> dict[str, Any]:
    """Take a package back. Goes on after a kill with the rows not yet taken back."""
    uploads = sorted(
        Upload.objects.select_related("package").filter(package=package, code__gt=""),
        key=lambda each: (order.place(each.code), each.position),
        reverse=True,
    )
    written = UploadRow.objects.filter(upload__package=package, state=State.APPLIED).count()
    progress.start(progress.run.done + written, "正在撤销：服务记录")
    with seldom_collected():
        _forms(progress, [each for each in uploads if each.code not in order.NOT_FORMS])
        for upload in uploads:
            if upload.code not in order.NOT_FORMS:
                continue
            progress.start(progress.run.total, f"正在撤销：{order.title(upload.code)}")
            if upload.code in order.STRUCTURE:
                _whole(progress, Sheet(upload))
            elif upload.code in order.ATTACHED:
                _attached(progress, Sheet(upload))
            else:
                _residents(progress, Sheet(upload))
    return _over(package)


def _over(package: Package) -> dict[str, Any]:
    counts = totals.settle(package)
    with transaction.atomic():
        Package.objects.filter(id=package.id).update(state=Package.State.UNDONE, undone_at=clock.now())
        audit.record(
            by=acting.writer(package),
            action="withdraw",
            subject_kind="package",
            subject_id=package.id,
            area_key=package.area_key,
            detail={"counts": counts},
        )
    return {totals.TITLES[name]: number for name, number in counts.items()}


# ---- forms: all rows of some residents at a time ---------------------------------------------------------------------


def _forms(progress: Progress, uploads: Sequence[Upload]) -> None:
    if not uploads:
        return
    sheets = {each.id: Sheet(each) for each in uploads}
    by = next(iter(sheets.values())).by
    for some in histories.cut(uploads, _APPLIED):
        with transaction.atomic():
            rows = list(_of(sheets, some).values_list("id", "upload_id", "response_id"))
            told = withdrawing_many.enter_in_error_many(
                by=by,
                at=clock.now(),
                response_ids=[response for _, _, response in rows if response is not None],
                reason=REASON,
            )
            problems = {
                key: problem.message.rstrip("。")
                for key, _, response in rows
                if response is not None and (problem := told[response]) is not None
            }
            _taken_back([key for key, _, _ in rows if key not in problems])
            for upload_id, sheet in sheets.items():
                _stay(
                    sheet, {key: problems[key] for key, of, _ in rows if of == upload_id and key in problems}
                )
        progress.step(len(rows))


def _of(uploads: Mapping[UUID, Any], some: histories.Some) -> Any:
    return UploadRow.objects.select_for_update(of=("self",)).filter(
        upload_id__in=list(uploads),
        state=State.APPLIED,
        resident_id__gte=some.first,
        resident_id__lte=some.last,
    )


# ---- families, managed diseases --------------------------------------------------------------------------------------


def _attached(progress: Progress, sheet: Sheet) -> None:
    """All rows of some residents at a time; they say nothing but whom and what they made."""
    assert sheet.writer is not None
    for some in histories.cut([sheet.upload], _APPLIED):
        with transaction.atomic():
            rows = list(_of({sheet.upload.id: sheet}, some).order_by("-position").defer("cells_cipher"))
            made = [
                structure.Made(
                    row.id,
                    row.response_id,
                    Line(row.position, row.sheet, row.number, [], resident_id=row.resident_id, key=row.id),
                )
                for row in rows
                if row.response_id is not None
            ]
            told = sheet.writer.undo(clock.now(), made)
            problems = {row.row_id: why for row, why in zip(made, told, strict=True) if why}
            _taken_back([row.id for row in rows if row.id not in problems])
            _stay(sheet, problems)
        progress.step(len(rows))


# ---- residents -------------------------------------------------------------------------------------------------------


def _residents(progress: Progress, sheet: Sheet) -> None:
    rows = UploadRow.objects.filter(upload=sheet.upload, state=State.APPLIED).order_by("-position")
    before = 2**31 - 1
    while some := list(
        rows.filter(position__lt=before).values_list("id", "resident_id", "position")[:PORTION]
    ):
        before = some[-1][2]
        with transaction.atomic():
            # Whose row found a file that was there already made none.
            filed = [key for key, resident, _ in some if key == resident]
            problems = dict(touched.touched(filed))
            told = residents.cancel_many(
                by=sheet.by,
                at=clock.now(),
                resident_ids=[key for key in filed if key not in problems],
                reason=_OTHER,
                note=REASON,
            )
            problems |= {
                key: problem.message.rstrip("。") for key, problem in told.items() if problem is not None
            }
            _taken_back([key for key, _, _ in some if key not in problems])
            _stay(sheet, problems)
        progress.step(len(some))


# ---- places and staff ------------------------------------------------------------------------------------------------


def _whole(progress: Progress, sheet: Sheet) -> None:
    """One piece of work, as they were written."""
    rows = list(UploadRow.objects.filter(upload=sheet.upload, state=State.APPLIED).order_by("-position"))
    if not rows:
        return
    with transaction.atomic():
        told = _by_writer(sheet, rows, staging.lines(rows))
        problems = {row.id: why for row, why in zip(rows, told, strict=True) if why}
        _taken_back([row.id for row in rows if row.id not in problems])
        _stay(sheet, problems)
    progress.step(len(rows))


def _by_writer(sheet: Sheet, rows: Sequence[UploadRow], lines: Sequence[Line]) -> list[str]:
    assert sheet.writer is not None
    for line in lines:
        sheet.parser.parse(line)
        line.wrong = []
    made = [
        structure.Made(row.id, row.response_id, line)
        for row, line in zip(rows, lines, strict=True)
        if row.response_id is not None
    ]
    told: dict[UUID, str] = {}
    left = len(made) + 1
    # What stands under another goes first, whatever order the rows stand in: tried again while something goes.
    while made and len(made) < left:
        left = len(made)
        done = sheet.writer.undo(clock.now(), made)
        told |= dict(zip([each.row_id for each in made], done, strict=True))
        made = [each for each in made if told[each.row_id]]
    return [told.get(row.id, "") for row in rows]


# ---- what became of the rows -----------------------------------------------------------------------------------------


def _taken_back(keys: Sequence[UUID]) -> None:
    """What was said of rows when they were written is no longer so."""
    UploadRow.objects.filter(any_of("id", keys)).update(state=State.UNDONE, problems_cipher=None)


def _stay(sheet: Sheet, problems: Mapping[UUID, str]) -> None:
    """Rows that stay as they are, with the reason beside each."""
    rows = list(UploadRow.objects.filter(id__in=list(problems)))
    lines = staging.lines(rows)
    for line, row in zip(lines, rows, strict=True):
        line.wrong.append(sheet.parser.wrong(line, "", f"未能撤销：{problems[row.id]}", "", "stays", "warn"))
    staging.set_states(
        [(line, State.APPLIED, row.response_id) for line, row in zip(lines, rows, strict=True)]
    )
