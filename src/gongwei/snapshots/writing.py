"""The files of one snapshot: two readers share a moment of the database and take one table after the other."""

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb

from gongwei.base import sets
from gongwei.snapshots import cutting, folders, moving
from gongwei.snapshots.exports import Export

READERS = 2
#: Memory each reader's engine may use; what does not fit is sorted on disk.
MEMORY = "600MB"
CHANGED = "changed"
_HEAR_SECONDS = 0.25

Progress = Callable[[str, int, int | None], None]
"""``progress(title, done, total)`` in rows; may raise to stop the work."""


@dataclass
class Content:
    """What was written, by table, as the manifest says it."""

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(each["rows"] for each in self.tables.values())

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(each["bytes"] for each in self.tables.values())


def write(
    folder: Path,
    exports: Sequence[Export],
    holder: cutting.Holder,
    *,
    only: Sequence[UUID] | None = None,
    progress: Progress | None = None,
) -> Content:
    """Write all tables into a folder; with `only` the rows of these residents, and the list of them as `changed`."""
    condition = None if only is None else _among(only)
    queries = {each.name: (each, _asked(each, condition)) for each in exports}
    # The largest first, so that no reader is left alone with one at the end.
    expected = {name: holder.estimated(query) for name, (_, query) in queries.items()}
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for name in sorted(expected, key=lambda name: -expected[name]):
        waiting.put(name)
    work = _Work(folder, queries, waiting, holder.exported)
    total = sum(expected.values())
    readers = [threading.Thread(target=work.read, name=f"snapshot-{n}", daemon=True) for n in range(READERS)]
    for each in readers:
        each.start()
    try:
        while any(each.is_alive() for each in readers):
            readers[0 if readers[0].is_alive() else -1].join(_HEAR_SECONDS)
            if progress:
                progress("写数据快照", work.rows, max(total, work.rows))
    finally:
        work.stopped.set()
        for each in readers:
            each.join()
    if work.failures:
        raise work.failures[0]
    if only is not None:
        work.content.tables[CHANGED] = _changed(folder, only)
    return work.content


def _asked(export: Export, condition: Callable[[str], str] | None) -> str:
    return export.asked(condition(export.resident)) if condition and export.resident else export.asked()


def _among(only: Sequence[UUID]) -> Callable[[str], str]:
    listed = sets.written(only)
    return lambda column: f"{column} = any('{listed}'::uuid[])"


class _Stopped(Exception):
    """Another reader failed, or nobody wants it any more."""


class _Work:
    """What the readers share."""

    def __init__(
        self,
        folder: Path,
        queries: dict[str, tuple[Export, str]],
        waiting: "queue.SimpleQueue[str]",
        exported: str,
    ) -> None:
        self.folder, self.queries, self.waiting, self.exported = folder, queries, waiting, exported
        self.content, self.failures, self.rows = Content(), list[Exception](), 0
        self.stopped, self._lock = threading.Event(), threading.Lock()
        self.address = cutting.address()

    def read(self) -> None:
        """Take one table after the other until none is left."""
        spill = self.folder / ".spill"
        try:
            with (
                moving.source(self.address, self.exported) as source,
                duckdb.connect(
                    config={
                        "threads": 1,
                        "memory_limit": MEMORY,
                        "temp_directory": str(spill / threading.current_thread().name),
                        "preserve_insertion_order": True,
                        "autoinstall_known_extensions": False,
                        "autoload_known_extensions": False,
                    }
                ) as engine,
            ):
                while not self.stopped.is_set():
                    try:
                        name = self.waiting.get_nowait()
                    except queue.Empty:
                        return
                    self._one(name, source, engine)
        except _Stopped:
            return
        except Exception as failure:
            with self._lock:
                if not self.stopped.is_set():
                    self.failures.append(failure)
            self.stopped.set()

    def _one(self, name: str, source: moving.Source, engine: duckdb.DuckDBPyConnection) -> None:
        export, query = self.queries[name]
        (self.folder / name).mkdir(mode=0o700)
        path = self.folder / name / "part-0.parquet"
        with source.rows(query, self._told) as given:
            rows = moving.file_of(given, export, str(path), engine)
        described = _described(path, rows, export.digest, engine)
        with self._lock:
            self.content.tables[name] = described

    def _told(self, rows: int) -> None:
        if self.stopped.is_set():
            raise _Stopped
        with self._lock:
            self.rows += rows


def _described(path: Path, rows: int, asked: str, engine: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    size = path.stat().st_size
    columns = [row[:2] for row in engine.execute(f"describe select * from read_parquet('{path}')").fetchall()]
    return {
        "rows": rows,
        "bytes": size,
        "asked": asked,
        "columns": [list(each) for each in columns],
        "files": [
            {"name": f"{path.parent.name}/{path.name}", "bytes": size, "sha256": folders.digest_of(path)}
        ],
    }


def _changed(folder: Path, only: Sequence[UUID]) -> dict[str, Any]:
    """The residents whose rows an increment brings anew; theirs in the base count no more."""
    (folder / CHANGED).mkdir(mode=0o700)
    path = folder / CHANGED / "part-0.parquet"
    with duckdb.connect() as engine:
        engine.execute(
            "copy (select unnest(?::uuid[]) as subject_id order by 1) "
            f"to '{path}' (format parquet, compression zstd)",
            [[str(each) for each in only]],
        )
        return _described(path, len(only), "", engine)
