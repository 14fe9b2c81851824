"""Tasks follow the change feed: what was imported, sent by a phone, merged or ended is planned again within seconds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from uuid import UUID

from gongwei.base import changes
from gongwei.records import succession
from gongwei.tasks import operations, suspecting

BOOKMARK = "tasks"
AT_ONCE = 500
#: What may show a sign: a filled form; and an end of management, after which later records count again.
LOOKED_AT = ("response", "episode")


def follow(at: dt.datetime, *, batches: int = 200) -> int:
    """Take everything the feed tells since last time; returns how many residents. Runs as the owner of the tables.

    Each batch and its bookmark are kept or lost together, so a killed worker loses nothing and repeats nothing.
    """
    planned = 0
    for _ in range(batches):
        with changes.Bookmark(BOOKMARK).batch(AT_ONCE) as rows:
            planned += take(rows, at)
        if len(rows) < AT_ONCE:
            break
    return planned


def take(rows: Sequence[changes.ChangeRow], at: dt.datetime) -> int:
    """What some changes mean: episodes that end with a file or come back, new suspicions, tasks. Twice is harmless."""

    def whose(wanted: Callable[[str], bool]) -> list[UUID]:
        return sorted({row.resident_id for row in rows if row.resident_id is not None and wanted(row.kind)})

    for resident_id in whose(lambda kind: kind.startswith("resident.")):
        succession.settle(resident_id=resident_id, at=at)
    suspecting.find(whose(lambda kind: kind in LOOKED_AT), at)
    everybody = whose(lambda kind: True)
    operations.replan(resident_ids=everybody, at=at)
    return len(everybody)
