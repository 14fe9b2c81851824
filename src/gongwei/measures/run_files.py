"""Where the person rows of a run are on disk: `<home>/runs/<id>/<period>/<programme>.parquet`, sorted by place.

A run's folder is written under another name, synced to the disk and renamed: it is there whole or not at all. Each file is
known by its SHA-256, looked at again before the file is read.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from gongwei.base.problems import Refused

_WRITING, _REMOVING = ".writing-", ".removing-"


def home() -> Path:
    """The folder of all runs."""
    return Path(settings.HOME) / "runs"


def of(run_id: UUID) -> Path:
    """The folder of a run that is complete."""
    return home() / str(run_id)


def begin(run_id: UUID) -> Path:
    """Make the folder a run is written in; what an earlier attempt left is gone."""
    folder = home() / f"{_WRITING}{run_id}"
    home().mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def described(path: Path, rows: int) -> dict[str, Any]:
    """What a run keeps of a file."""
    path.chmod(0o400)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    _sync(path)
    return {"rows": rows, "bytes": path.stat().st_size, "sha256": digest}


def finish(run_id: UUID) -> None:
    """Show a folder that is whole under its name."""
    folder = home() / f"{_WRITING}{run_id}"
    for path in [*folder.iterdir(), folder]:
        _sync(path)
    folder.rename(of(run_id))
    _sync(home())


def abandon(run_id: UUID) -> None:
    """Take away what was written of a run that failed."""
    shutil.rmtree(home() / f"{_WRITING}{run_id}", ignore_errors=True)


def remove(run_id: UUID) -> None:
    """Take a run's files away; renamed first, so that nobody finds half of them."""
    if (folder := of(run_id)).exists():
        leaving = home() / f"{_REMOVING}{run_id}"
        folder.rename(leaving)
        shutil.rmtree(leaving)


def sweep(standing: Iterable[UUID]) -> None:
    """Take away whatever belongs to no run that stands: what a killed process left."""
    kept = {str(each) for each in standing}
    for path in home().glob("*") if home().exists() else ():
        if path.is_dir() and path.name.removeprefix(_WRITING).removeprefix(_REMOVING) not in kept:
            shutil.rmtree(path)


def opened(run_id: UUID, files: dict[str, Any], period: str, programme: str) -> Path:
    """The file of a programme's persons in a period.

    Raises:
        Refused: the run has none, its files were removed, or the file is not what was written.
    """
    said = files.get(period, {}).get(programme)
    if said is None:
        raise Refused("这次计算没有该指标在该统计期的逐人明细。", code="no_such_persons")
    path = of(run_id) / period / f"{programme}.parquet"
    if not path.exists():
        raise Refused("这次计算的逐人明细已清理。", code="persons_removed")
    stat = path.stat()
    if _digest(str(path), stat.st_size, stat.st_mtime_ns, stat.st_ino) != said["sha256"]:
        raise Refused("逐人明细文件与计算时不一致，请告诉管理员。", code="persons_damaged")
    return path


@lru_cache(256)
def _digest(path: str, size: int, changed: int, inode: int) -> str:
    """Read once for each state of the file: a page need not wait for it every time."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
