"""One moment of the database that several readers share, and what has changed since an earlier one.

The cut is a REPEATABLE READ snapshot, exported. What an increment must read anew is what the change feed shows in this
snapshot and did not show in the base's: asked by `pg_visible_in_snapshot`, so that a slow transaction which began before
the base and ended after it is neither missed nor counted twice (reliability.md §1.3).
"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import psycopg
from django.db import connection

from gongwei.base.problems import Refused

#: The advisory lock of whoever writes a snapshot.
_LOCK = 0x736E6170
#: How long one who would write waits for the one who does: a complete snapshot of a city takes minutes.
PATIENCE_S = 1800
_SERVER = """(select system_identifier from pg_control_system())::text || '/' ||
  (select oid from pg_database where datname = current_database())::text"""
_CUT = f"""
select clock_timestamp(), pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_current_snapshot()::text, {_SERVER}
"""
_SINCE = """from base_change
where xid >= %s::text::xid8 and not pg_visible_in_snapshot(xid, %s::text::pg_snapshot)"""
_CHANGED = f"select distinct resident_id {_SINCE}"
#: Asked with the server, xid and snapshot of a cut: whether it is of this database and nothing was announced since.
UP_TO_DATE = f"select {_SERVER} = %s and not exists (select {_SINCE})"


@dataclass(frozen=True)
class Cut:
    """A moment of the database: when, which transactions it saw, and whose transaction numbers these are."""

    at: dt.datetime
    xid: int
    snapshot: str
    server: str


class Holder:
    """The session that keeps the moment open for the readers."""

    def __init__(self, session: psycopg.Connection[Any]) -> None:
        self._session = session
        at, xid, snapshot, server = session.execute(_CUT).fetchone()  # type: ignore[misc]
        self.cut = Cut(at.astimezone(dt.UTC), xid, snapshot, server)
        self.exported = str(session.execute("select pg_export_snapshot()").fetchone()[0])  # type: ignore[index]

    def changed_since(self, xid: int, snapshot: str) -> list[UUID] | None:
        """The residents something was announced about since an earlier cut; None when it concerned everybody."""
        found = [row[0] for row in self._session.execute(_CHANGED, [str(xid), snapshot])]
        return None if None in found else sorted(found)

    def estimated(self, query: str) -> int:
        """How many rows the planner expects of a query."""
        row = self._session.execute(f"explain (format json) {query}").fetchone()  # type: ignore[call-overload]
        return int(row[0][0]["Plan"]["Plan Rows"])


def address() -> str:
    """The address of the database for other libraries, as Django is connected to it."""
    place = connection.settings_dict
    user, secret = quote(place["USER"], safe=""), quote(place.get("PASSWORD") or "", safe="")
    host = quote(place["HOST"], safe="") if place["HOST"].startswith("/") else place["HOST"]
    port = f":{place['PORT']}" if place.get("PORT") else ""
    options = {name: text for name, text in place.get("OPTIONS", {}).items() if isinstance(text, str)}
    given = f"?{urlencode(options, quote_via=quote)}" if options else ""
    name = quote(place["NAME"], safe="")
    return f"postgresql://{user}{':' + secret if secret else ''}@{host}{port}/{name}{given}"


@contextmanager
def alone(waiting: Callable[[], None] = lambda: None) -> Iterator[psycopg.Connection[Any]]:
    """A session of its own that only one writer has at a time; it ends, and the lock with it, when the writer is killed.

    Who comes second calls `waiting` and waits: those who write are jobs and commands, several of which may fall due at
    once at night, and none of them is done by being told to come back.

    Raises:
        Refused: the other one is still writing after `PATIENCE_S`.
    """
    with psycopg.connect(address(), autocommit=True) as session:
        row = session.execute("select pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
        if row is None or not row[0]:
            waiting()
            session.execute("select set_config('lock_timeout', %s, false)", [f"{int(PATIENCE_S * 1000)}ms"])
            try:
                session.execute("select pg_advisory_lock(%s)", [_LOCK])
            except psycopg.errors.LockNotAvailable as late:
                raise Refused("正在写另一个数据快照，请等它写完再试。", code="snapshot_running") from late
            session.execute("reset lock_timeout")
        yield session


@contextmanager
def held(session: psycopg.Connection[Any]) -> Iterator[Holder]:
    """Hold one moment of the database open while the block runs."""
    session.execute("begin isolation level repeatable read read only")
    try:
        yield Holder(session)
    finally:
        if not session.closed:
            session.execute("rollback")
