"""The three jobs of a package: check it, write it, take it back. Each goes on where a killed one stopped."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from gongwei.base import job_files, jobs
from gongwei.base.job_progress import Progress
from gongwei.base.problems import Refused
from gongwei.interfaces.excel import sheets
from gongwei.interfaces.excel.models import Package
from gongwei.interfaces.packages import applying, checking, contents, refused, undoing

State = Package.State


@jobs.job(name="检查数据包", queue="excel")
def check(progress: Progress, *, package_id: str) -> dict[str, Any]:
    """See `checking`."""
    return _done(progress, package_id, (State.RECEIVED, State.CHECKING), State.RECEIVED, checking.run)


@jobs.job(name="写入数据包", queue="excel")
def apply(progress: Progress, *, package_id: str) -> dict[str, Any]:
    """See `applying`."""
    return _done(progress, package_id, (State.APPLYING,), State.APPROVED, applying.run)


@jobs.job(name="撤销数据包", queue="excel")
def undo(progress: Progress, *, package_id: str) -> dict[str, Any]:
    """See `undoing`."""
    return _done(progress, package_id, (State.UNDOING,), State.APPLIED, undoing.run)


def _done(
    progress: Progress,
    package_id: str,
    wanted: tuple[State, ...],
    back_to: State,
    doing: Callable[[Progress, Package], dict[str, Any]],
) -> dict[str, Any]:
    """Do it; what fails leaves the package where it can be asked for again, with the reason."""
    package = Package.objects.get(id=UUID(package_id))
    if package.state not in wanted:
        return {}
    try:
        return doing(progress, package)
    except Refused as refused:
        problem = f"{refused.message}{refused.hint or ''}"
        if back_to == State.RECEIVED:
            contents.forget(package.id)
            back_to = State.REFUSED
        Package.objects.filter(id=package.id).update(state=back_to, problem=problem)
        raise
    except Exception:
        # Cancelled, or a fault of the program: what was done stays, the rest can be asked for again.
        Package.objects.filter(id=package.id).update(state=back_to, problem="没有完成，可以接着办理。")
        raise


@jobs.job(name="导出数据包未写入的行", queue="excel")
def return_rows(progress: Progress, *, package_id: str) -> dict[str, Any]:
    """Make the workbook of the rows that were not written and keep it for whoever asked."""
    package = Package.objects.get(id=UUID(package_id))
    progress.start(None, "正在生成文件")
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "refused.xlsx"
        rows = refused.write(progress.by, package, path)
        job_files.keep(
            progress,
            name=f"{package.name}_未写入的行.xlsx",
            content_type=sheets.CONTENT_TYPE,
            content=path.read_bytes(),
        )
    return {"行数": rows}
