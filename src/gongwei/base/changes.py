"""The change feed: what the stages above follow, each from its own bookmark, missing nothing.

A cursor is `(xid, seq)`, and only rows of transactions older than every running one are given out. Neither a time
stamp nor a bare sequence will do: a slow transaction commits behind such a cursor and its row is lost
(reliability.md §1.3). The price: a long transaction holds the feed back until it ends.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from gongwei.base import clock, prepared

_READ = """
select xid::text::bigint, seq, at, kind, subject_id, resident_id, done_on from base_change
where (xid, seq) > (%s::text::xid8, %s) and xid < pg_snapshot_xmin(pg_current_snapshot())
order by xid, seq limit %s
"""


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in the feed: everything up to and including it has been read."""

    xid: int = 0
    seq: int = 0


START = Cursor()


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change: what kind of thing, which one, whose, and the day the service was done."""

    cursor: Cursor
    at: dt.datetime
    kind: str
    subject_id: UUID
    resident_id: UUID | None
    done_on: dt.date | None


def announce(
    *, kind: str, subject_id: UUID, resident_id: UUID | None = None, done_on: dt.date | None = None
) -> None:
    """Put a change into the feed, in the transaction of the change itself."""
    prepared.execute(
        "insert into base_change (at, kind, subject_id, resident_id, done_on) values (%s, %s, %s, %s, %s)",
        (clock.now(), kind, subject_id, resident_id, done_on),
    )


def read(cursor: Cursor = START, limit: int = 1000) -> tuple[list[ChangeRow], Cursor]:
    """Return the changes after a place, in order, and the new place. Reads as the owner of the table."""
    with connection.cursor() as database:
        database.execute(_READ, (str(cursor.xid), cursor.seq, limit))
        rows = [ChangeRow(Cursor(row[0], row[1]), *row[2:]) for row in database.fetchall()]
    return rows, rows[-1].cursor if rows else cursor


class Bookmark:
    """How far one follower has come. Two processes with the same name wait for one another."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def cursor(self) -> Cursor:
        """The place reached so far."""
        with connection.cursor() as database:
            database.execute(
                "select xid::text::bigint, seq from base_feedbookmark where name = %s", [self.name]
            )
            row = database.fetchone()
        return Cursor(*row) if row else START

    @contextmanager
    def batch(self, limit: int = 1000) -> Iterator[list[ChangeRow]]:
        """Give the next changes and move on when the block ends well, in one transaction.

        The follower's own writes belong inside the block: they and the bookmark are kept or lost together.
        """
        with transaction.atomic():
            place = self.held()
            rows, reached = read(place, limit)
            yield rows
            if reached != place:
                self._move(reached)

    def held(self) -> Cursor:
        """The place reached so far, with the bookmark locked until the transaction ends: no follower moves meanwhile."""
        with connection.cursor() as database:
            database.execute(
                "insert into base_feedbookmark (name, xid, seq, moved_at) values (%s, '0', 0, %s) "
                "on conflict (name) do nothing",
                (self.name, clock.now()),
            )
            database.execute(
                "select xid::text::bigint, seq from base_feedbookmark where name = %s for update",
                [self.name],
            )
            return Cursor(*database.fetchone())

    def advance(self, place: Cursor) -> None:
        """Move on to a place up to which all was derived in another way (in bulk); never back."""
        with transaction.atomic():
            if place > self.held():
                self._move(place)

    def rewind(self) -> None:
        """Go back to the start of the feed, so that everything derived is built again."""
        with transaction.atomic():
            self._move(START)

    def _move(self, place: Cursor) -> None:
        with connection.cursor() as database:
            database.execute(
                "update base_feedbookmark set xid = %s::text::xid8, seq = %s, moved_at = %s where name = %s",
                (str(place.xid), place.seq, clock.now(), self.name),
            )


def reached() -> Cursor:
    """The place up to which the feed is final now: what a bulk derivation that begins now has certainly seen."""
    with connection.cursor() as database:
        database.execute(
            "select xid::text::bigint, seq from base_change where xid < pg_snapshot_xmin(pg_current_snapshot()) "
            "order by xid desc, seq desc limit 1"
        )
        row = database.fetchone()
    return Cursor(*row) if row else START


def residents_between(place: Cursor, until: Cursor, kinds: str = "") -> list[UUID]:
    """The residents changes speak of after one place up to another, each once, in order; `kinds`: a pattern (LIKE)."""
    with connection.cursor() as database:
        database.execute(
            "select distinct resident_id from base_change where (xid, seq) > (%s::text::xid8, %s) "
            "and (xid, seq) <= (%s::text::xid8, %s) and resident_id is not null and kind like %s order by 1",
            (str(place.xid), place.seq, str(until.xid), until.seq, kinds or "%"),
        )
        return [key for (key,) in database.fetchall()]


def many_wait(place: Cursor, residents: int) -> bool:
    """Whether changes after a place speak of at least so many residents (looking no further than ten changes for each)."""
    with connection.cursor() as database:
        database.execute(
            "select count(*) from (select distinct resident_id from (select resident_id from base_change "
            "where (xid, seq) > (%s::text::xid8, %s) and resident_id is not null order by xid, seq limit %s) w) d",
            [str(place.xid), place.seq, 10 * residents],
        )
        return int(database.fetchone()[0]) >= residents
