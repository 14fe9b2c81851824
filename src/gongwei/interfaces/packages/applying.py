"""An approved package is written: structure, residents, families, managed diseases, then the forms of some residents at a time.

Each portion is one transaction with the states of its rows, so that a killed import goes on where it stopped and writes no row
twice. Rows about somebody whose own row was refused are refused, those about somebody who waits for a person wait too.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from gongwei.base import audit, clock, commits
from gongwei.base.garbage import seldom_collected
from gongwei.base.job_progress import Progress
from gongwei.interfaces.excel import layouts, staging
from gongwei.interfaces.excel.models import Package, Upload, UploadRow
from gongwei.interfaces.packages import acting, histories, order, people, spreading, staged, totals
from gongwei.interfaces.packages.staged import Sheet

State = UploadRow.State
READY = histories.READY
#: Rows of one transaction.
PORTION, PORTION_OF_RESIDENTS = 1_000, 1_000


def run(progress: Progress, package: Package) -> dict[str, Any]:
    """Write a package, or what of it is ready now. Raises RowsLost for a sum that does not come out."""
    Package.objects.filter(id=package.id).update(state=Package.State.APPLYING, problem="")
    uploads = sorted(
        Upload.objects.select_related("package").filter(package=package, code__gt=""),
        key=lambda each: (order.place(each.code), each.position),
    )
    waiting = UploadRow.objects.filter(upload__package=package, state__in=READY).count()
    progress.start(progress.run.done + waiting, "正在写入")
    with seldom_collected(), commits.flushed_together():
        for upload in uploads:
            if upload.code in order.STRUCTURE:
                _whole(progress, upload)
        # Only now: what the other processes read first are the places and the staff just written.
        with spreading.spread(progress, many=waiting >= spreading.MANY_ROWS) as work:
            for upload in uploads:
                if upload.code == layouts.RESIDENTS:
                    _residents(progress, work, upload)
            pass_on(uploads)
            for upload in uploads:
                if upload.code in order.ATTACHED:
                    _attached(progress, work, upload)
            _forms(progress, work, [each for each in uploads if each.code not in order.NOT_FORMS])
    counts = totals.settle(package)
    at = clock.now()
    with transaction.atomic():
        Upload.objects.filter(package=package, state=Upload.State.CHECKED).update(
            state=Upload.State.APPLIED, applied_at=at
        )
        Package.objects.filter(id=package.id).update(state=Package.State.APPLIED, applied_at=at)
        audit.record(
            by=acting.writer(package),
            action="import",
            subject_kind="package",
            subject_id=package.id,
            area_key=package.area_key,
            detail={"counts": counts, "approved_by": (package.approver or {}).get("account_id")},
        )
    return {totals.TITLES[name]: number for name, number in counts.items()}


def _ready(upload: Upload) -> list[UUID]:
    rows = UploadRow.objects.filter(upload=upload, state__in=READY).order_by("position")
    return list(rows.values_list("id", flat=True))


def _whole(progress: Progress, upload: Upload) -> None:
    keys = _ready(upload)
    if keys:
        progress.start(progress.run.total, f"正在写入：{order.title(upload.code)}")
        Sheet(upload).apply(keys)
        progress.step(len(keys))


def _residents(progress: Progress, work: spreading.Spread, upload: Upload) -> None:
    rows = UploadRow.objects.filter(upload=upload, state__in=READY).order_by("position")
    if not rows.exists():
        return
    progress.start(progress.run.total, "正在写入：居民建档")
    _given(work, upload, rows.values_list("id", "position"), PORTION_OF_RESIDENTS)


def _given(work: spreading.Spread, upload: Upload, rows: Iterable[tuple[UUID, object]], size: int) -> None:
    """Rows, with what they are about, written by this process and by others."""
    for keys in staging.parts(list(rows), size):
        work.give("write", (upload.id, keys), len(keys))
    work.collected()


def _attached(progress: Progress, work: spreading.Spread, upload: Upload) -> None:
    """Families and managed diseases; rows of one family in one transaction."""
    sheet = Sheet(upload)
    key = order.together(upload.code, sheet.plans[0])
    progress.start(progress.run.total, f"正在写入：{order.title(upload.code)}")
    if key is None:
        rows = UploadRow.objects.filter(upload=upload, state__in=READY).order_by("resident_id", "position")
        _given(work, upload, rows.values_list("id", "resident_id"), PORTION)
        return
    rows = UploadRow.objects.filter(upload=upload, state__in=READY).order_by("position")
    for rows_of_some in _by_position(rows):
        for some in staged.portions(staging.lines(rows_of_some), PORTION, key):
            sheet.apply([line.key for line in some if line.key])
            progress.step(len(some))


def _by_position(rows: Any, size: int = 20_000) -> Iterator[list[UploadRow]]:
    """Rows in large parts, so that a county's families are never all in memory."""
    after = 0
    while some := list(rows.filter(position__gt=after)[:size]):
        after = some[-1].position
        yield some


# ---- what becomes of rows whose person is not filed ------------------------------------------------------------------

_POINT_ELSEWHERE = """
update excel_uploadrow d set resident_id = r.resident_id from excel_uploadrow r
where d.upload_id = any(%s::uuid[]) and r.upload_id = any(%s::uuid[]) and r.id = d.resident_id
  and r.resident_id is not null and r.resident_id <> r.id
"""
_WAIT = """
update excel_uploadrow d set state = 'waiting' from excel_uploadrow r
where d.upload_id = any(%s::uuid[]) and r.upload_id = any(%s::uuid[]) and r.id = d.resident_id
  and r.state = 'waiting' and d.state in ('accepted', 'questioned')
"""
_GO_ON = """
update excel_uploadrow d set state = 'accepted' from excel_uploadrow r
where d.upload_id = any(%s::uuid[]) and r.upload_id = any(%s::uuid[]) and r.id = d.resident_id
  and r.state in ('applied', 'existing') and d.state = 'waiting' and d.candidates is null
"""
_NOT_FILED = """
select d.id, d.upload_id, r.number from excel_uploadrow d join excel_uploadrow r on r.id = d.resident_id
where d.upload_id = any(%s::uuid[]) and r.upload_id = any(%s::uuid[])
  and r.state = 'rejected' and d.state in ('accepted', 'questioned', 'waiting')
"""


def pass_on(uploads: Sequence[Upload]) -> None:
    """What became of the rows of 建档 becomes of the rows about these people; whoever was on file already is meant."""
    residents = [each for each in uploads if each.code == layouts.RESIDENTS]
    others = [each for each in uploads if each.code not in (*order.STRUCTURE, layouts.RESIDENTS)]
    keys = [[str(each.id) for each in some] for some in (others, residents)]
    if not all(keys):
        return
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (_WAIT, _GO_ON):
            cursor.execute(statement, keys)
        cursor.execute(_NOT_FILED, keys)
        refused = cursor.fetchall()
        cursor.execute(_POINT_ELSEWHERE, keys)
    sheets: dict[UUID, Sheet] = {}
    by_id = {each.id: each for each in others}
    for start in range(0, len(refused), PORTION):
        _refuse(sheets, by_id, refused[start : start + PORTION])


def _refuse(
    sheets: dict[UUID, Sheet], by_id: dict[UUID, Upload], refused: Sequence[tuple[UUID, UUID, int]]
) -> None:
    numbers = {key: number for key, _, number in refused}
    rows = UploadRow.objects.filter(id__in=numbers)
    by_upload: dict[UUID, list[UploadRow]] = {}
    for row in rows:
        by_upload.setdefault(row.upload_id, []).append(row)
    for upload_id, mine in by_upload.items():
        sheet = sheets.setdefault(upload_id, Sheet(by_id[upload_id]))
        lines = staging.lines(mine)
        for line in lines:
            sheet.parser.parse_who(line)
            assert line.key is not None
            people.not_filed(sheet.parser, line, numbers[line.key])
        with transaction.atomic():
            sheet.note(lines, [(State.REJECTED, None)] * len(lines))
            sheet.keep_reasons()


# ---- forms -----------------------------------------------------------------------------------------------------------


def _forms(progress: Progress, work: spreading.Spread, uploads: Sequence[Upload]) -> None:
    if not uploads:
        return
    progress.start(progress.run.total, "正在写入：服务记录")
    keys = tuple(each.id for each in uploads)
    for some in histories.cut(uploads):
        work.give("write_forms", (keys, some), some.rows)
    work.collected()
