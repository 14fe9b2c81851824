"""Tasks follow the change feed: what was imported, sent by a phone, merged or ended is planned again within seconds."""

from __future__ import annotations

import datetime as dt

from gongwei.base import changes
from gongwei.tasks import operations

BOOKMARK = "tasks"
AT_ONCE = 500


def follow(at: dt.datetime, *, batches: int = 200) -> int:
    """Plan everybody the feed names since last time; returns how many residents. Runs as the owner of the tables.

    Each batch and its bookmark are kept or lost together, so a killed worker loses nothing and repeats nothing.
    """
    planned = 0
    for _ in range(batches):
        with changes.Bookmark(BOOKMARK).batch(AT_ONCE) as rows:
            residents = {row.resident_id for row in rows if row.resident_id is not None}
            operations.replan(resident_ids=sorted(residents), at=at)
        planned += len(residents)
        if len(rows) < AT_ONCE:
            break
    return planned
