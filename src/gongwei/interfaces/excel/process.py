"""Processes that check or write portions of an upload beside the one of the job.

Each is an interpreter of its own that gets pickled portions through a pipe: nothing of the worker's threads, connections or
main module is copied. It ends when the pipe does, so none outlives a killed worker by more than the portion in hand.
"""

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from queue import SimpleQueue
from typing import IO, Any
from uuid import UUID

from gongwei.base import clock, garbage

_PROGRAM = "from gongwei.interfaces.excel import process; process.serve()"


def serve() -> None:
    """What a process that helps with an upload does."""

    def work(upload_id: UUID) -> Any:
        from gongwei.interfaces.excel import checking, models

        return checking.Work(models.Upload.objects.select_related("mapping").get(id=upload_id))

    answer(work)


def answer(make: Callable[[Any], Any]) -> None:
    """Set Django up, make from what comes first what does the work, then answer portions until the pipe ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not come among the answers
    import django

    django.setup()
    questions = sys.stdin.buffer
    try:
        held, first = pickle.load(questions)
    except EOFError:  # started ahead, and not needed
        return
    from gongwei.base import commits

    # The process that gives the portions commits last, when all are done.
    with clock.fixed(held) if held else nullcontext(), commits.flushed_together():
        _answer(make(first), questions, answers)


def _answer(work: Any, questions: IO[bytes], answers: IO[bytes]) -> None:
    # What is there now stays; of what portions make almost nothing is circular, so it is looked for seldom.
    gc.collect()
    gc.freeze()
    gc.set_threshold(garbage.MANY, 20, 20)
    while True:
        try:
            what, portion = pickle.load(questions)
        except EOFError:
            return
        try:
            said: tuple[bool, Any] = (True, getattr(work, what)(portion))
        except Exception as error:
            said = (False, f"{type(error).__name__}: {error}")
        pickle.dump(said, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


class Pool:
    """So many processes, to be told once what they work on; each takes the next portion when it is free."""

    def __init__(self, url: str, processes: int, program: str = _PROGRAM) -> None:
        """Start them; they import what they need while this process goes on."""
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "GONGWEI_POOL": "0",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        self.size = processes
        self._all = [
            subprocess.Popen(
                [sys.executable, "-c", program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
            )
            for _ in range(processes)
        ]
        self._free: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._threads = ThreadPoolExecutor(processes)
        self._begun = False

    def begin(self, first: Any) -> None:
        """Tell each process what goes before its first portion (the upload's id); its clock is held where ours is."""
        self._begun = True
        for each in self._all:
            self._tell(each, (clock.held(), first))
            self._free.put(each)

    def submit(self, what: str, portion: Any) -> Future[Any]:
        """Have a portion checked or applied; the future gives its tally."""
        return self._threads.submit(self._do, what, portion)

    def _do(self, what: str, portion: Any) -> Any:
        process = self._free.get()
        try:
            self._tell(process, (what, portion))
            assert process.stdout is not None
            good, answer = pickle.load(process.stdout)
        finally:
            self._free.put(process)
        if not good:
            raise RuntimeError(answer)
        return answer

    @staticmethod
    def _tell(process: subprocess.Popen[bytes], value: Any) -> None:
        assert process.stdin is not None
        pickle.dump(value, process.stdin, pickle.HIGHEST_PROTOCOL)
        process.stdin.flush()

    def close(self) -> None:
        """End the processes: those that work finish their portion first."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for each in self._all:
            if not self._begun:
                each.terminate()  # it holds nothing yet
            for pipe in (each.stdin, each.stdout):
                if pipe is not None:
                    pipe.close()
            each.wait()


@contextmanager
def pool(first: Any, url: str, processes: int, program: str = _PROGRAM) -> Iterator[Pool]:
    """Processes for the block."""
    with ahead(url, processes, program) as started:
        started.begin(first)
        yield started


@contextmanager
def ahead(url: str, processes: int, program: str = _PROGRAM) -> Iterator[Pool]:
    """Processes for the block that are told later what they work on, or never."""
    started = Pool(url, processes, program)
    try:
        yield started
    finally:
        started.close()
