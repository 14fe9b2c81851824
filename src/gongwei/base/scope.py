"""In whose name the database is asked: the second of the two defences (reliability.md §1.6).

`acting(actor)` lowers the transaction to the restricted role and tells the policies of `rls` which areas the
actor reaches. It holds inside one transaction only; when that ends, so do the settings, even if the connection
goes back to the pool.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, connection, transaction

from gongwei.base import prepared
from gongwei.base.actors import NOBODY, Actor
from gongwei.base.rls import APP_ROLE

_SET = (
    "select set_config('role', %s, true), set_config('gongwei.lo', %s, true), set_config('gongwei.hi', %s, true), "
    "set_config('gongwei.areas', %s, true), set_config('gongwei.account', %s, true), "
    "set_config('gongwei.role', %s, true)"
)
_SET_LIMITED = f"{_SET}, set_config('statement_timeout', %s, true)"
_OWNER = ("none", "", "", "", "", "")


def _settings(actor: Actor) -> tuple[str, ...]:
    areas = "{" + ",".join(f"[{low},{high}]" for low, high in actor.areas) + "}"
    account = str(actor.account_id) if actor.account_id else ""
    return (APP_ROLE, str(actor.lowest), str(actor.highest), areas, account, actor.role)


@contextmanager
def _applied(
    settings: tuple[str, ...], actor: Actor | None, limit_ms: int | None = None, *, to_the_end: bool = False
) -> Iterator[None]:
    if not connection.in_atomic_block:
        # Settings that are local to a transaction would vanish at once and leave the owner's rights.
        with transaction.atomic(), _applied(settings, actor, limit_ms, to_the_end=to_the_end):
            yield
        return
    before = getattr(connection, "gongwei_scope", (_OWNER, None))
    if limit_ms is None:
        _execute(settings)
    else:
        prepared.execute(_SET_LIMITED, (*settings, str(limit_ms)))
    connection.gongwei_scope = (settings, actor)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        connection.gongwei_scope = before  # type: ignore[attr-defined]
        # With a savepoint around it the transaction goes on.
        if not to_the_end or connection.savepoint_ids:
            _restore(before[0])


def _execute(settings: tuple[str, ...]) -> None:
    prepared.execute(_SET, settings)


def _restore(settings: tuple[str, ...]) -> None:
    """Put the former settings back, unless the transaction is broken: then its rollback does."""
    if connection.needs_rollback or connection.connection is None or connection.connection.closed:
        return
    # Status 3 is INERROR: nothing but a rollback is accepted any more.
    if connection.connection.info.transaction_status == 3:
        return
    try:
        _execute(settings)
    except DatabaseError:
        # The connection was lost on the way; its transaction, and the settings with it, are gone.
        if connection.connection is not None and not connection.connection.closed:
            raise


@contextmanager
def acting(actor: Actor | None, *, limit_ms: int | None = None, to_the_end: bool = False) -> Iterator[None]:
    """Ask the database in the name of an actor, under row-level security; nests, and opens a transaction if none is.

    None means nobody: no row that belongs to an area is seen. `limit_ms`: no statement of the transaction runs longer.
    `to_the_end`: the transaction ends with the block, so its settings need not be put back: the commit itself is made in
    the actor's name. Only for what just reads: deferred checks of what was written must see every row.
    """
    someone = actor or NOBODY
    with _applied(_settings(someone), someone, limit_ms, to_the_end=to_the_end):
        yield


@contextmanager
def as_owner(reason: str) -> Iterator[None]:
    """Ask the database without row-level security, for the few lines where an operation has checked the right itself.

    The reason (English, for the reader of the code) is compulsory: each use is a hole in the second defence.
    """
    if not reason:
        raise ValueError("say why row-level security does not apply here")
    _, actor = getattr(connection, "gongwei_scope", (_OWNER, None))
    with _applied(_OWNER, actor):
        yield


def present_actor() -> Actor | None:
    """Return the actor of the innermost scope, or None outside any."""
    return getattr(connection, "gongwei_scope", (_OWNER, None))[1]


def limit_statements(milliseconds: int) -> None:
    """Let no statement of the present transaction run longer than this."""
    prepared.execute("select set_config('statement_timeout', %s, true)", [str(milliseconds)])


def unscoped(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view that runs without scope and transaction: it must not read anything about persons."""
    view.unscoped = True  # type: ignore[attr-defined]
    return view
