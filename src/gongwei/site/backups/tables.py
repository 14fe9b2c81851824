"""The cut of a backup: one place in the log, and what every table held at exactly that place."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
from psycopg import sql

TRIES, PAUSE_S = 100, 0.05
#: Shorter than PostgreSQL's deadlock_timeout (1 s): it is the backup that gives up, never somebody's page.
LAST_TRY_MS = 500
#: A row's text must not depend on the settings of the session it is read in.
_SAME_TEXT = (
    "set datestyle = 'ISO, YMD'; set timezone = 'UTC'; set intervalstyle = 'postgres';"
    " set bytea_output = 'hex'; set extra_float_digits = 1"
)
_NAMES = (
    "select c.relname from pg_class c where c.relkind = 'r' and c.relpersistence = 'p'"
    " and c.relnamespace = 'public'::regnamespace order by c.relname"
)

Digests = dict[str, list[str | int]]
"""Table name → [rows, digest]."""


@dataclass(frozen=True)
class Cut:
    """``tables`` is None when writers were so busy that no instant without one was found."""

    lsn: str
    at: str
    tables: Digests | None


def cut(url: str, report: Callable[[str, int, int | None], None]) -> Cut:
    """Find an instant at which nobody writes, note its place in the log, and digest every table as it was then.

    SHARE locks on all tables hold writers off for some milliseconds; the digests are made afterwards, from the
    snapshot of that instant, while everybody goes on working. Whoever commits holds its lock until its rows are
    visible, so place and snapshot agree to the row.
    """
    with contextlib.ExitStack() as stack:
        reader = stack.enter_context(psycopg.connect(url))
        present = names(reader)
        reader.rollback()
        with psycopg.connect(url) as locker:
            locked = _locked(locker, present)
            row = locker.execute(
                "select pg_current_wal_insert_lsn()::text, clock_timestamp() at time zone 'UTC', pg_export_snapshot()"
            ).fetchone()
            assert row is not None
            lsn, at, snapshot = row
            if locked:
                reader.execute("set transaction isolation level repeatable read, read only")
                reader.execute(sql.SQL("set transaction snapshot {}").format(sql.Literal(snapshot)))
                reader.execute("select 1")
        _move_on(url)
        tables = digests(reader, present, report) if locked else None
        return Cut(lsn, f"{at.isoformat(timespec='microseconds')}+00:00", tables)


def names(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    """Every table of ours that survives a restart."""
    return [str(name) for (name,) in connection.execute(_NAMES)]


def digests(
    connection: psycopg.Connection[tuple[object, ...]],
    listed: list[str],
    report: Callable[[str, int, int | None], None] = lambda *_: None,
) -> Digests:
    """Rows and digest of each table as the connection's transaction sees it; independent of the order of rows."""
    connection.execute(_SAME_TEXT)
    found: Digests = {}
    for done, name in enumerate(listed):
        report("计算各表摘要", done, len(listed))
        row = connection.execute(
            sql.SQL(
                "select count(*), coalesce(sum(hashtextextended(t::text, 1)), 0)::text"
                " || '/' || coalesce(sum(hashtextextended(t::text, 2)), 0)::text from {} t"
            ).format(sql.Identifier("public", name))
        ).fetchone()
        assert row is not None
        found[name] = [int(str(row[0])), str(row[1])]
    report("计算各表摘要", len(listed), len(listed))
    return found


def differing(kept: Digests, present: Digests) -> Iterator[str]:
    """What is not as the manifest says, in Chinese, table by table."""
    for name in sorted(kept.keys() | present.keys()):
        before, after = kept.get(name), present.get(name)
        if before == after:
            continue
        if before is None or after is None:
            yield f"{name}：{'备份中没有这张表' if before is None else '恢复后没有这张表'}"
        elif before[0] != after[0]:
            yield f"{name}：备份时 {before[0]} 行，恢复后 {after[0]} 行"
        else:
            yield f"{name}：行数相同，内容摘要不同"


def _locked(connection: psycopg.Connection[tuple[object, ...]], listed: list[str]) -> bool:
    """Lock all tables against writers: at once or not at all, so that nobody waits; the last try waits a little."""
    every = sql.SQL(", ").join(sql.Identifier("public", name) for name in listed)
    if not listed:
        return True
    for _ in range(TRIES):
        try:
            connection.execute(sql.SQL("lock table {} in share mode nowait").format(every))
            return True
        except psycopg.errors.LockNotAvailable:
            connection.rollback()
            time.sleep(PAUSE_S)
    try:
        connection.execute(sql.SQL("set local lock_timeout = {}").format(sql.Literal(LAST_TRY_MS)))
        connection.execute(sql.SQL("lock table {} in share mode").format(every))
        return True
    except psycopg.errors.LockNotAvailable:
        connection.rollback()
        return False


def _move_on(url: str) -> None:
    """Write one more record into the log: a recovery stops at the first one after its target."""
    with psycopg.connect(url) as connection:
        connection.execute("set synchronous_commit = on")
        connection.execute("select pg_current_xact_id()")
