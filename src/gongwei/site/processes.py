"""Runs the processes of a service (pages, jobs) and sees to it that none outlives the other or its starter."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from gongwei.base import bound

STOP_WITHIN_S = 10
LOG_LIMIT_BYTES = 20 * 2**20


class Stopped(Exception):
    """Somebody asked the service to stop (Ctrl-C or SIGTERM)."""


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Turn SIGINT, SIGTERM and SIGHUP into `Stopped` inside the block; later ones are ignored while it is left."""

    def stop(number: int, frame: FrameType | None) -> None:
        for name in names:
            signal.signal(name, signal.SIG_IGN)
        raise Stopped

    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {name: signal.signal(name, stop) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@dataclass
class Crew:
    """The children of one service. Their output goes to ``logs/NAME.log``."""

    logs: Path
    _members: dict[str, tuple[list[str], Mapping[str, str], int, subprocess.Popen[bytes]]] = field(
        default_factory=dict
    )

    def start(
        self, name: str, command: list[str], environment: Mapping[str, str], *, niceness: int = 0
    ) -> None:
        """Start one child in a session of its own (Ctrl-C does not reach it), bound to die with this process.

        niceness: how far it stands back for others when the processors are busy (0–19).
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.log(name)
        with contextlib.suppress(FileNotFoundError):
            if log.stat().st_size > LOG_LIMIT_BYTES:
                log.replace(log.with_suffix(".old.log"))
        parent = os.getpid()

        def before() -> None:
            bound.die_with(parent)
            if niceness:
                os.nice(niceness)

        with open(log, "ab") as output:
            child = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=before,
            )
        self._members[name] = command, environment, niceness, child

    def watch(self, also: Callable[[], None] = lambda: None) -> None:
        """Wait for ever; a child that ends is started again, after a pause that keeps a broken one from spinning.

        ``also`` is called on each round, to see to what is no child.
        """
        while True:
            also()
            for name, (command, environment, niceness, child) in list(self._members.items()):
                if child.poll() is not None:
                    _end_session(child)  # what it left behind would keep its port
                    time.sleep(1)
                    self.start(name, command, environment, niceness=niceness)
            time.sleep(0.2)

    def died(self) -> str | None:
        """The name of a child that has ended, if any."""
        return next((name for name, (*_, child) in self._members.items() if child.poll() is not None), None)

    def stop(self) -> None:
        """End every child: SIGTERM, and after STOP_WITHIN_S SIGKILL for the whole session of it."""
        for *_, child in self._members.values():
            if child.poll() is None:
                child.terminate()
        end = time.monotonic() + STOP_WITHIN_S
        for *_, child in self._members.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, end - time.monotonic()))
            _end_session(child)
            child.wait()
        self._members.clear()

    def log(self, name: str) -> Path:
        """Where the output of a child goes."""
        return self.logs / f"{name}.log"


def _end_session(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
