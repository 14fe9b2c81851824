"""A package is taken back as a whole, the last first: records entered in error, managed diseases and families ended, residents
cancelled, staff, organizations and areas closed.

What somebody has worked on since stays, and is listed with the reason; everything taken back stays readable, with its audit.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.base.job_progress import Progress
from gongwei.base.problems import Refused
from gongwei.interfaces.excel import layouts, staging, structure
from gongwei.interfaces.excel.models import Package, Upload, UploadRow
from gongwei.interfaces.excel.parsing import Line
from gongwei.interfaces.packages import acting, order, totals
from gongwei.interfaces.packages.staged import Sheet
from gongwei.places import policy
from gongwei.records import operations as records
from gongwei.records import touched
from gongwei.residents import operations as residents

State = UploadRow.State
REASON = "撤销导入"
#: 注销原因 9 其他.
_OTHER = "9"
PORTION = 100


def run(progress: Progress, package: Package) -> dict[str, Any]:
    """Take a package back. Goes on after a kill with the rows not yet taken back."""
    uploads = sorted(
        Upload.objects.select_related("package").filter(package=package, code__gt=""),
        key=lambda each: (order.place(each.code), each.position),
        reverse=True,
    )
    written = UploadRow.objects.filter(upload__package=package, state=State.APPLIED).count()
    progress.start(progress.run.done + written, "正在撤销")
    for upload in uploads:
        sheet = Sheet(upload)
        doing = _doing(sheet)
        size = None if upload.code in order.STRUCTURE else PORTION
        for rows in _written(upload, size):
            _taken_back(sheet, rows, doing)
            progress.step(len(rows))
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


def _written(upload: Upload, size: int | None) -> Iterator[list[UploadRow]]:
    """The written rows of a sheet, the last first, in portions (all at once without a size)."""
    rows = UploadRow.objects.filter(upload=upload, state=State.APPLIED).order_by("-position")
    before = 2**31 - 1
    while some := list(rows.filter(position__lt=before)[:size]):
        before = some[-1].position
        yield some


#: What takes back rows: for each, "" or why it stays.
Doing = Callable[[Sequence[UploadRow], Sequence[Line]], list[str]]


def _doing(sheet: Sheet) -> Doing:
    if sheet.layout.code == layouts.RESIDENTS:
        return lambda rows, lines: _cancelled(sheet.by, rows)
    if sheet.writer is not None:
        return lambda rows, lines: _by_writer(sheet, rows, lines)
    return lambda rows, lines: [_in_error(sheet.by, row) for row in rows]


def _taken_back(sheet: Sheet, rows: Sequence[UploadRow], doing: Doing) -> None:
    with transaction.atomic():
        lines = staging.lines(rows)
        told = doing(rows, lines)
        for line, row, why in zip(lines, rows, told, strict=True):
            line.resident_id = row.resident_id
            if why:
                line.wrong.append(sheet.parser.wrong(line, "", f"未能撤销：{why}", "", "stays", "warn"))
        staging.set_states(
            [
                (line, State.APPLIED if why else State.UNDONE, row.response_id)
                for line, row, why in zip(lines, rows, told, strict=True)
            ]
        )


def _in_error(by: Actor, row: UploadRow) -> str:
    if row.response_id is None:
        return ""
    return _tried(
        lambda: records.enter_in_error(by=by, at=clock.now(), response_id=row.response_id, reason=REASON)
    )


def _cancelled(by: Actor, rows: Sequence[UploadRow]) -> list[str]:
    stays = touched.touched(row.resident_id for row in rows if row.resident_id)
    found = []
    for row in rows:
        key = row.resident_id
        if key is None or key != row.id:
            found.append("")
        elif key in stays:
            found.append(stays[key])
        else:
            found.append(_tried(lambda key=key: _cancel(by, key)))
    return found


def _cancel(by: Actor, key: UUID) -> None:
    residents.cancel(by=by, at=clock.now(), resident_id=key, reason=_OTHER, note=REASON)


def _tried(doing: Callable[[], Any]) -> str:
    """Do it in a savepoint: "" or, where the rules refuse, their reason."""
    try:
        with transaction.atomic():
            doing()
    except policy.Forbidden as forbidden:
        return forbidden.message.rstrip("。")
    except Refused as refused:
        return refused.message.rstrip("。")
    return ""


def _by_writer(sheet: Sheet, rows: Sequence[UploadRow], lines: Sequence[Line]) -> list[str]:
    assert sheet.writer is not None
    for line in lines:
        if sheet.about_residents:
            sheet.parser.parse_who(line)
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
