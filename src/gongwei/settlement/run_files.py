"""Where the rows behind a settlement are on disk: `<home>/settlements/<id>/services-*.parquet`, one row for each record and service.

Written under another name, synced and renamed, as the files of measure runs are; each file is known by its SHA-256.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from gongwei.base.problems import Refused
from gongwei.measures import run_files

_WRITING = ".writing-"


def home() -> Path:
    """The folder of all settlements."""
    return Path(settings.HOME) / "settlements"


def of(run_id: UUID) -> Path:
    """The folder of a settlement that is computed."""
    return home() / str(run_id)


def begin(run_id: UUID) -> Path:
    """Make the folder a run is written in; what an earlier attempt left is gone."""
    folder = home() / f"{_WRITING}{run_id}"
    home().mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def described(folder: Path, files: Mapping[str, int]) -> dict[str, Any]:
    """What a run keeps of its files: rows, bytes, digest."""
    return {name: run_files.described(folder / name, rows) for name, rows in files.items()}


def finish(run_id: UUID) -> None:
    """Show a folder that is whole under its name."""
    folder = home() / f"{_WRITING}{run_id}"
    shutil.rmtree(folder / ".overflow", ignore_errors=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    folder.rename(of(run_id))


def abandon(run_id: UUID) -> None:
    """Take away what was written of a run that failed."""
    shutil.rmtree(home() / f"{_WRITING}{run_id}", ignore_errors=True)


def remove(run_id: UUID) -> None:
    """Take away what was shown of a run that never came to stand: killed between the last rename and the commit."""
    shutil.rmtree(of(run_id), ignore_errors=True)


def opened(run_id: UUID, files: Mapping[str, Any]) -> list[Path]:
    """The files of a run.

    Raises:
        Refused: they are gone, or not what was written.
    """
    found = []
    for name, said in files.items():
        path = of(run_id) / name
        if not path.exists():
            raise Refused("这次结算的逐条明细已清理。", code="rows_removed")
        stat = path.stat()
        if _digest(str(path), stat.st_size, stat.st_mtime_ns, stat.st_ino) != said["sha256"]:
            raise Refused("逐条明细文件与计算时不一致，请告诉管理员。", code="rows_damaged")
        found.append(path)
    return found


@lru_cache(256)
def _digest(path: str, size: int, changed: int, inode: int) -> str:
    """Read once for each state of the file: a page need not wait for it every time."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
