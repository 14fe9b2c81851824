"""A loading process: what `build` starts for each county of a large world.

Imports nothing of Django at the top, and takes its task as bytes: a spawned interpreter must set Django up before it
can even read what it is to do.
"""

from __future__ import annotations

import os
import pickle
from typing import Any

from gongwei.base import bound


def load_county(packed: bytes, url: str, answers: Any, parent: int) -> None:
    """Load the county of the pickled `county.Task` into the database at `url` and report through the queue.

    Puts (people, rows, error) for each part that was written; error is None unless the work ended with it.
    The process ends with its parent.
    """
    bound.die_with(parent)
    import django

    os.environ["DATABASE_URL"] = url
    django.setup()
    from gongwei.site.simulation import county

    try:
        for people, written in county.load(pickle.loads(packed), url):
            answers.put((people, written, None))
    except Exception as error:  # the parent tells it; a silent child would look like success
        answers.put((0, 0, f"{type(error).__name__}: {error}"))
        raise
