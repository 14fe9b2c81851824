"""When a commit waits for the disk."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def flushed_together() -> Iterator[None]:
    """Commits in the block do not wait until they are on the disk; the first one after it waits for all of them.

    For a job of many small transactions that is gone on with, or begun anew, after a crash: what a crash of the machine
    may undo is the last of them, whole and in order, never one before another. Whoever calls must commit what says that the
    work is done after the block, and tell nobody before. Not for what a person was told is saved.
    """
    with connection.cursor() as cursor:
        cursor.execute("show synchronous_commit")
        before = cursor.fetchone()[0]
        cursor.execute("set synchronous_commit = off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select set_config('synchronous_commit', %s, false)", [before])
