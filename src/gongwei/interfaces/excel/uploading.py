"""The two jobs of an upload: check it, and, when a person has looked at the result, write it."""

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from gongwei.base import audit, clock, commits, jobs
from gongwei.base.garbage import seldom_collected
from gongwei.base.job_progress import Progress
from gongwei.base.problems import Refused
from gongwei.interfaces.excel import checking, layouts, parsing, process, reading, staging, uploads
from gongwei.interfaces.excel.models import PackagePerson, Upload, UploadPortion, UploadRow
from gongwei.interfaces.excel.parsing import Line

State = Upload.State
#: Rows of one transaction. Filing residents locks the number series of their villages until its end.
PORTION, PORTION_OF_RESIDENTS = 1_000, 1_000
#: From so many rows on, a further process is worth the seconds of work it takes to start.
MANY = 10_000
#: So large a file hardly ever holds fewer rows: the process starts while this one reads it.
MANY_BYTES = 4 * 2**20
#: This one among them; half of a larger machine is left to the pages and the database.
PROCESSES = min(4, max(2, (os.cpu_count() or 1) // 2), os.cpu_count() or 1)
#: How long what was uploaded is kept, sealed, after the last step.
KEPT_FOR = dt.timedelta(days=30)
#: The rows of a package stay longer: by them it is taken back as a whole.
PACKAGES_KEPT_FOR = dt.timedelta(days=180)


@jobs.job(name="检查Excel上传", queue="excel")
def check(progress: Progress, *, upload_id: str) -> dict[str, Any]:
    """Read and check an upload and stage its rows. Started again after a kill it begins anew: nothing is written yet."""
    upload = Upload.objects.select_related("mapping").get(id=UUID(upload_id))
    if upload.state not in (State.WAITING, State.CHECKING):
        return {}
    try:
        with _ahead(upload) as pool:
            return _checked(progress, upload, pool)
    except Exception:
        # Cancelled, or a fault of the program: nothing was written, and the upload must not look busy for ever.
        _set(
            upload,
            state=State.REFUSED,
            problem="检查没有完成，请重新上传；仍不成功时请告诉管理员。",
            content_cipher=None,
        )
        raise


@contextmanager
def _ahead(upload: Upload) -> Iterator[process.Pool | None]:
    """Processes that are ready when the rows of a large file have been read."""
    if upload.size < MANY_BYTES or PROCESSES < 2:
        yield None
        return
    with process.ahead(_url(), PROCESSES - 1) as pool:
        yield pool


def _checked(progress: Progress, upload: Upload, ahead: process.Pool | None = None) -> dict[str, Any]:
    _set(upload, state=State.CHECKING)
    progress.start(None, "正在读取文件")
    layout = layouts.of(upload.code)
    mapping = upload.mapping.columns if upload.mapping_id and upload.mapping else None
    try:
        book = reading.read(uploads.content_of(upload), layout, mapping)
    except Refused as refused:
        _set(
            upload, state=State.REFUSED, problem=f"{refused.message}{refused.hint or ''}", content_cipher=None
        )
        return {"结果": refused.message}
    if book.unknown:
        sheets = [each.as_json for each in book.unknown]
        notes = [f"工作表“{each.name}”缺少必需的列，请为各列指定对应的数据项。" for each in book.unknown]
        _set(upload, state=State.MAPPING, sheets=sheets, notes=notes)
        return {"结果": "需要指定各列对应的数据项"}
    with transaction.atomic():
        UploadRow.objects.filter(upload=upload).delete()
        UploadPortion.objects.filter(upload=upload).delete()
        _set(upload, state=State.CHECKING, sheets=[each.as_json for each in book.plans])
    upload.refresh_from_db()
    progress.start(len(book.rows), "正在核对居民")
    work = checking.Work(upload)
    with (
        seldom_collected(),
        commits.flushed_together(),
        _others(upload, work, len(book.rows), ahead) as pool,
    ):  # they start while this process reads the cells
        tally, total = _read_and_checked(progress, work, book, pool)
    if sum(tally.states.values()) != total or UploadRow.objects.filter(upload=upload).count() != total:
        raise RuntimeError("rows were lost between reading and staging")
    kinds = [
        {"heading": heading, "rule": rule, "severity": severity, "reason": reason, "rows": rows}
        for (heading, rule, severity, reason), rows in tally.kinds.most_common(60)
    ]
    _set(
        upload,
        state=State.CHECKED,
        counts={"total": total, **tally.states},
        kinds=kinds,
        notes=[*book.notes, *upload.notes],
        content_cipher=None,
        checked_at=clock.now(),
    )
    return {
        "行数": total,
        "通过": tally.states["accepted"] + tally.states["questioned"],
        "未通过": tally.states["rejected"],
    }


def _read_and_checked(
    progress: Progress, work: checking.Work, book: Any, pool: process.Pool | None
) -> tuple[checking.Tally, int]:
    lines = [Line(place, row.sheet, row.number, row.cells) for place, row in enumerate(book.rows, 1)]
    for line, row in zip(lines, book.rows, strict=True):
        if row.problem:
            line.wrong.append(parsing.Wrong("", "", "", "", row.problem, "", "broken_row"))
    total = len(lines)
    if work.layout.form is not None:
        for line in lines:
            work.parser.parse_who(line)
        parsing.identify(work.by, work.parser, lines, clock.today())
    progress.start(total, "正在按规则检查")
    portions = _portions(work, lines)
    tasks = (Task("check", each, len(each)) for each in portions)
    return _spread(progress, pool, work, tasks), total


@jobs.job(name="写入Excel上传", queue="excel")
def apply(progress: Progress, *, upload_id: str) -> dict[str, Any]:
    """Write the accepted rows of a checked upload; goes on after a kill with the rows not yet written."""
    upload = Upload.objects.select_related("mapping").get(id=UUID(upload_id))
    if upload.state != State.APPLYING:
        return {}
    try:
        return _applied(progress, upload)
    except Exception:
        # What was written stays; the rest can be asked for again.
        _set(upload, state=State.CHECKED, counts=counted(upload))
        raise


def _applied(progress: Progress, upload: Upload) -> dict[str, Any]:
    waiting = UploadRow.objects.filter(
        upload=upload, state__in=[UploadRow.State.ACCEPTED, UploadRow.State.QUESTIONED]
    )
    total = waiting.count()
    progress.start(progress.run.done + total, "正在写入")
    work = checking.Work(upload)
    with commits.flushed_together(), _others(upload, work, total) as pool:
        if work.layout.form is not None:
            _spread(progress, pool, work, _kept(upload))
        # What is filed without having been judged before, and what another program checked.
        _spread(progress, pool, work, _staged(work, waiting))
    counts = counted(upload)
    with transaction.atomic():
        _set(upload, state=State.APPLIED, counts=counts, applied_at=clock.now())
        audit.record(
            by=work.by,
            action="import",
            subject_kind="upload",
            subject_id=upload.id,
            detail={"form": upload.code, "counts": counts},
        )
    return {
        "写入": counts.get("applied", 0),
        "已存在": counts.get("existing", 0),
        "未通过": counts.get("rejected", 0),
    }


def counted(upload: Upload) -> dict[str, int]:
    """How many rows of an upload stand in each state."""
    found: dict[str, int] = {"total": 0}
    for state in UploadRow.objects.filter(upload=upload).values_list("state", flat=True).iterator(10_000):
        found[state] = found.get(state, 0) + 1
        found["total"] += 1
    return found


def _set(upload: Upload, **values: Any) -> None:
    Upload.objects.filter(id=upload.id).update(**values)


def _portions(work: checking.Work, lines: Sequence[Line]) -> Iterable[list[Line]]:
    return checking.portions(lines, PORTION if work.layout.form else PORTION_OF_RESIDENTS)


class Task(NamedTuple):
    """A piece of work of one transaction: what is done (a method of `checking.Work`), with what, and of how many rows."""

    what: str
    portion: Any
    rows: int


def _kept(upload: Upload) -> Iterator[Task]:
    """The portions of a check that are not written yet."""
    portions = UploadPortion.objects.filter(upload=upload, kept_cipher__isnull=False).order_by("id")
    for key, rows in list(portions.values_list("id", "rows")):
        yield Task("apply_kept", key, rows)


def _staged(work: checking.Work, waiting: Any) -> Iterator[Task]:
    """The rows to write in portions; which rows belong together is known from their residents alone."""
    if work.layout.form is None:
        ordered = list(waiting.order_by("position").values_list("id", "position"))
    else:
        ordered = list(waiting.order_by("resident_id", "position").values_list("id", "resident_id"))
    for keys in staging.parts(ordered, PORTION if work.layout.form else PORTION_OF_RESIDENTS):
        yield Task("apply", keys, len(keys))


@contextmanager
def _others(
    upload: Upload, work: checking.Work, total: int, ahead: process.Pool | None = None
) -> Iterator[process.Pool | None]:
    """Processes that help this one with many rows; none for few. `ahead`: those that were started before, to be ended by
    whoever started them."""
    if total < MANY or PROCESSES < 2 or (work.layout.form is None and work.layout.code != layouts.RESIDENTS):
        yield None
        return
    if ahead is not None:
        ahead.begin(upload.id)
        yield ahead
        return
    with process.pool(upload.id, _url(), PROCESSES - 1) as pool:
        yield pool


def _spread(
    progress: Progress, pool: process.Pool | None, work: checking.Work, tasks: Iterable[Task]
) -> checking.Tally:
    """Work tasks off here, or in other processes."""
    tally = checking.Tally()
    if pool is None:
        for each in tasks:
            tally.add(getattr(work, each.what)(each.portion))
            progress.step(each.rows)
        return tally
    running: dict[Future[Any], int] = {}
    for each in tasks:
        # One more than there are processes, so that none waits while this one is busy with a portion of its own.
        if len(running) <= pool.size:
            running[pool.submit(each.what, each.portion)] = each.rows
        else:
            tally.add(getattr(work, each.what)(each.portion))
            progress.step(each.rows)
        _finished(progress, running, tally, wait_for=0)
    while running:
        _finished(progress, running, tally)
    return tally


def _finished(
    progress: Progress, running: dict[Future[Any], int], tally: checking.Tally, wait_for: float | None = None
) -> None:
    done, _ = wait(running, wait_for, FIRST_COMPLETED)
    for each in done:
        tally.add(each.result())
        progress.step(running.pop(each))


def _url() -> str:
    """The address of the database this process works on (in tests it is not the one of the environment)."""
    here = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(here._replace(path=f"/{connection.settings_dict['NAME']}"))


def delete_old() -> int:
    """Delete the rows and files of uploads nobody has touched for 30 days, and of packages after 180; what they became stays.

    Returns how many uploads lost their rows.
    """
    now = clock.now()
    old = Q(package=None, created_at__lt=now - KEPT_FOR) | Q(package__created_at__lt=now - PACKAGES_KEPT_FOR)
    uploads = Upload.objects.filter(old)
    keys = list(uploads.filter(rows__isnull=False).distinct().values_list("id", flat=True))
    UploadRow.objects.filter(upload__in=keys).delete()
    PackagePerson.objects.filter(package__created_at__lt=now - PACKAGES_KEPT_FOR).delete()
    UploadPortion.objects.filter(upload__in=uploads.values("id")).delete()
    uploads.update(content_cipher=None)
    return len(keys)
