"""Portions of a package worked off by this process and, when there are many rows, by others beside it.

Whoever gives portions goes on giving while others work; when all are busy it takes one itself. What must be done before
something else begins is waited for with `collected`.
"""

import pickle
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from gongwei.base.job_progress import Progress
from gongwei.interfaces.excel import process, uploading
from gongwei.interfaces.excel.checking import Tally
from gongwei.interfaces.excel.directory import Directory
from gongwei.interfaces.excel.models import Upload
from gongwei.interfaces.excel.parsing import Line
from gongwei.interfaces.packages import helping, histories
from gongwei.interfaces.packages.staged import Sheet

#: From so many rows, or bytes of a package, on a further process is worth the seconds it takes to start.
MANY_ROWS, MANY_BYTES = 10_000, 3 * 2**20


class Worker:
    """What one process does for a package. It keeps one sheet at a time: what a sheet remembers of its cells is large."""

    def __init__(self, names: Directory | None = None, own_villages: frozenset[int] = frozenset()) -> None:
        """names, own_villages: see `preview.Preview`; only for the check."""
        self._names, self._own_villages = names, own_villages
        self._sheet: Sheet | None = None
        self._forms: tuple[tuple[UUID, ...], histories.Forms] | None = None

    def check(self, given: tuple[UUID, Sequence[Line]]) -> Tally:
        """Check and stage lines of a sheet."""
        return self._of(given[0]).check(given[1])

    def write(self, given: tuple[UUID, Sequence[UUID]]) -> Tally:
        """Write staged rows of a sheet."""
        return self._of(given[0]).apply(given[1])

    def write_forms(self, given: tuple[tuple[UUID, ...], histories.Some]) -> Tally:
        """Write the rows of all forms about some residents."""
        keys, some = given
        if self._forms is None or self._forms[0] != keys:
            self._sheet = None
            uploads = Upload.objects.select_related("package").filter(id__in=keys)
            self._forms = keys, histories.Forms(uploads)
        return self._forms[1].apply(some)

    def _of(self, upload_id: UUID) -> Sheet:
        if self._sheet is None or self._sheet.upload.id != upload_id:
            upload = Upload.objects.select_related("package").get(id=upload_id)
            self._sheet = Sheet(upload, self._names, self._own_villages)
        return self._sheet


class Spread:
    """Gives portions away, or does them."""

    def __init__(self, progress: Progress, worker: Worker, pool: process.Pool | None) -> None:
        self._progress, self._worker, self._pool = progress, worker, pool
        self._running: dict[Future[Tally], int] = {}
        self._tally = Tally()

    def give(self, what: str, portion: Any, rows: int) -> None:
        """Have a portion done: `what` is a method of `Worker`, `rows` how many rows it has."""
        if self._pool is not None and len(self._running) <= self._pool.size:
            # One more than there are processes, so that none waits while this one is busy itself.
            self._running[self._pool.submit(what, portion)] = rows
        else:
            self._tally.add(getattr(self._worker, what)(portion))
            self._progress.step(rows)
        self._take(0)

    def collected(self) -> Tally:
        """Wait for everything given; what came of it since the last time."""
        while self._running:
            self._take(None)
        found, self._tally = self._tally, Tally()
        return found

    def _take(self, patience: float | None) -> None:
        done, _ = wait(self._running, patience, FIRST_COMPLETED)
        for each in done:
            self._tally.add(each.result())
            self._progress.step(self._running.pop(each))


@contextmanager
def spread(
    progress: Progress,
    *,
    many: bool,
    names: Directory | None = None,
    own_villages: frozenset[int] = frozenset(),
) -> Iterator[Spread]:
    """A `Spread` for the block; with other processes when there is `many` to do."""
    worker = Worker(names, own_villages)
    if not many or uploading.PROCESSES < 2:
        yield Spread(progress, worker, None)
        return
    # Packed once more: only a process that has set Django up can read it.
    first = pickle.dumps((names, own_villages))
    with process.pool(first, uploading._url(), uploading.PROCESSES - 1, helping.PROGRAM) as pool:
        yield Spread(progress, worker, pool)
