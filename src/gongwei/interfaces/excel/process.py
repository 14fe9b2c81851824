"""A process that checks or writes portions of an upload beside the others.

Imports nothing of Django at the top: a spawned interpreter must set it up, for the right database, before it can read what it
is to do.
"""

from __future__ import annotations

import os
import pickle
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any
from uuid import UUID

from gongwei.base import bound

_work: Any = None


def start(upload_id: str, url: str, parent: int) -> None:
    """Set Django up and read what all portions need. The process ends with the worker that started it."""
    global _work
    bound.die_with(parent, signal.SIGKILL)
    os.environ["DATABASE_URL"] = url
    os.environ["GONGWEI_POOL"] = "0"
    import django

    django.setup()
    from gongwei.interfaces.excel import checking, models

    _work = checking.Work(models.Upload.objects.select_related("mapping").get(id=UUID(upload_id)))


def do(what: str, packed: bytes) -> Any:
    """Check or apply one pickled portion; returns its tally."""
    return getattr(_work, what)(pickle.loads(packed))


def pool(upload_id: UUID, url: str, processes: int) -> ProcessPoolExecutor:
    """Processes that stand ready for an upload."""
    return ProcessPoolExecutor(
        processes, get_context("spawn"), initializer=start, initargs=(str(upload_id), url, os.getpid())
    )
