"""Long lists made into workbooks by the job worker."""

import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from typing import IO, Any
from uuid import UUID

from gongwei.base import audit, clock, job_files, jobs, scope
from gongwei.base.actors import Actor
from gongwei.base.job_progress import Progress
from gongwei.interfaces.excel import sheets
from gongwei.interfaces.web import query_bar
from gongwei.interfaces.web.measure_reporting import export_figures as export_figures
from gongwei.interfaces.web.presenters import residents as presenter
from gongwei.places import policy
from gongwei.residents import tags
from gongwei.residents.queries import lists
from gongwei.residents.queries.lists import Filters

MOST_EXPORTED = 50_000
#: A longer list is made by the worker: no page lets anybody wait so long.
AT_ONCE = 5_000
_BATCH = 1_000


@jobs.job(name="导出居民档案", queue="excel")
def export_residents(progress: Progress, *, filters: dict[str, Any], sort: str) -> dict[str, Any]:
    """The residents a query asked for, as a workbook in the job centre."""
    file = io.BytesIO()
    wanted = unpacked(filters)
    with scope.acting(progress.by):
        count = lists.filtered(progress.by, wanted, on=clock.today()).count()
        progress.start(min(count, MOST_EXPORTED), "正在导出")
        rows = write_residents(progress.by, file, wanted, sort, progress.step)
    job_files.keep(progress, name=file_name(), content_type=sheets.CONTENT_TYPE, content=file.getvalue())
    return {"行数": rows}


def file_name() -> str:
    """What the browser saves the list as."""
    return f"居民档案_{clock.today():%Y%m%d}.xlsx"


def may_be_packed(filters: Filters) -> bool:
    """Whether a query can be an argument of a job: names and numbers of persons cannot."""
    return not (filters.name or filters.id_number)


def packed(filters: Filters) -> dict[str, Any]:
    """A query as plain values; `unpacked` gives it back."""
    plain = {name: value for name, value in asdict(filters).items() if value not in (None, "", ())}
    return {
        name: str(value)
        if isinstance(value, UUID | dt.date)
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in plain.items()
    }


def unpacked(values: dict[str, Any]) -> Filters:
    """See `packed`."""
    found = dict(values)
    for name, value in values.items():
        if name.endswith("_id") or name == "grid_id":
            found[name] = UUID(value)
        elif name in ("filed_from", "filed_to"):
            found[name] = dt.date.fromisoformat(value)
        elif isinstance(value, list):
            found[name] = tuple(value)
    return Filters(**found)


def write_residents(
    by: Actor, file: IO[bytes], filters: Filters, sort: str, step: Callable[[int], None] | None = None
) -> int:
    """Write the residents of a query, numbers masked; the ids that leave are written to the access log."""
    policy.require(by, policy.EXPORT)
    today = clock.today()
    wanted = (
        lists.filtered(by, filters, on=today)
        .select_related("area", "managing_organization", "responsible_doctor")
        .order_by(sort, "id")[:MOST_EXPORTED]
    )
    head = ["姓名", "性别", "出生日期", "年龄", *query_bar.COLUMNS.values()]
    sheet = sheets.Sheet(file, "居民档案", head)
    count = 0
    for batch in _batched(wanted.iterator(chunk_size=_BATCH), _BATCH):
        found = tags.of(batch, today)
        for row in batch:
            sheet.add(_cells(presenter.line(row, on=today, found=found.get(row.id, ()))))
        count += len(batch)
        audit.record(
            by=by,
            action="export",
            subject_kind="resident",
            detail={"query": filters.described(), "ids": [str(row.id) for row in batch]},
            at=clock.now(),
        )
        if step is not None:
            step(len(batch))
    sheet.close()
    return count


def _cells(line: dict[str, Any]) -> list[str]:
    first = [line["name"], line["sex"], line["birth_date"].isoformat(), line["age"]]
    rest = [
        "、".join(tag["title"] for tag in line["tags"])
        if name == "tags"
        else line["status_title"]
        if name == "status"
        else str(line[name] or "")
        for name in query_bar.COLUMNS
    ]
    return first + rest


def _batched(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch
