"""A process that rebuilds ranges. Imports nothing of Django at the top: a spawned interpreter sets it up first."""

from __future__ import annotations

import datetime as dt
import gc
import os
from typing import Any

from gongwei.base import bound


def work(parent: int, url: str, at: dt.datetime, wanted: Any, answers: Any) -> None:
    """Take ranges from a queue until it says None; put (number, residents, rows, error). Ends with its parent."""
    bound.die_with(parent)
    import django

    gc.disable()  # a range makes no cycles worth looking for, and looking costs a tenth of the time
    os.environ["DATABASE_URL"] = url
    django.setup()
    from gongwei.tasks import rebuilding

    while (task := wanted.get()) is not None:
        number, bounds = task
        try:
            answers.put((number, *rebuilding.rebuild_range(bounds, at), None))
        except Exception as error:  # the parent tells it; a silent child would look like success
            answers.put((number, 0, 0, f"{type(error).__name__}: {error}"))
            raise
