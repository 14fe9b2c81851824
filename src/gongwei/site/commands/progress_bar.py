"""How far a job of this command is, on the terminal's own line: asked beside the work, with a connection of its own."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection

from gongwei.base import jobs
from gongwei.base.actors import SYSTEM

EVERY_SECONDS = 0.5
WIDTH = 30


@contextmanager
def shown(run_id: UUID | None, quiet: bool = False) -> Iterator[None]:
    """Draw the progress of a run while the block carries it out; nothing where nobody looks (no terminal)."""
    if run_id is None or quiet or not sys.stderr.isatty():
        yield
        return
    over = threading.Event()
    drawing = threading.Thread(target=_draw, args=(run_id, over), daemon=True)
    drawing.start()
    try:
        yield
    finally:
        over.set()
        drawing.join()


def _draw(run_id: UUID, over: threading.Event) -> None:
    try:
        while not over.wait(EVERY_SECONDS):
            run = jobs.runs(SYSTEM).filter(id=run_id).first()
            if run is not None:
                sys.stderr.write(f"\r\x1b[K{line(run)}")
                sys.stderr.flush()
    finally:
        connection.close()
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def line(run: Any) -> str:
    """One line: what is done, a bar, numbers, how fast, how long still."""
    if not run.total:
        return f"{run.message} {run.done:,} 行"
    share = min(1.0, run.done / run.total)
    bar = "█" * round(share * WIDTH) + "░" * (WIDTH - round(share * WIDTH))
    said = f"{run.message} {bar} {run.done:,}/{run.total:,}"
    if run.rate:
        said += f"，{run.rate:,.0f} 行/秒"
    left = jobs.remaining_seconds(run)
    return said if left is None else f"{said}，还需 {left // 60:.0f} 分 {left % 60:.0f} 秒"
