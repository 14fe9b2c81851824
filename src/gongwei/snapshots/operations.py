"""Snapshots written, kept and removed. Whether a duty may is asked by the page or command, for duties live above.

`take` is no single transaction: the row stands while the files are written, so that a killed writer is known by it.
"""

import datetime as dt
import logging
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.base.job_progress import Cancelled
from gongwei.base.problems import Problem, Refused
from gongwei.snapshots import cutting, exports, folders, keeping, parameters, queries, writing
from gongwei.snapshots.models import Snapshot
from gongwei.snapshots.pinning import pin, unpin

__all__ = ["INTERRUPTED", "pin", "remove_old", "take", "unpin"]

log = logging.getLogger(__name__)
State, Kind = Snapshot.State, Snapshot.Kind
INTERRUPTED = "写快照的进程中断，已作废；可重新建立。"


def take(
    *,
    by: Actor,
    at: dt.datetime,
    reason: str,
    base: Snapshot | None = None,
    progress: writing.Progress | None = None,
) -> Snapshot:
    """Write a snapshot of everything committed by now, whole or not at all; with `base` only what changed since it.

    It is complete all the same when an increment cannot be made: the base is gone or of another database, the chain is
    as long as it may be, other tables or columns are asked for, too many residents changed, or a change concerned all.
    Run as the owner of the tables and outside a transaction. Waits while another one is being written. Raises Refused:
    that took too long; the disk is full.
    """
    if not reason.strip():
        raise Refused("请写明快照的用途。", field="reason", code="required")
    if connection.in_atomic_block:
        raise RuntimeError("a snapshot shows what is committed: take it outside a transaction")

    def waiting() -> None:
        if progress is not None:
            progress("等另一个数据快照写完", 0, None)

    with cutting.alone(waiting) as session:
        _clear_away(at)
        wanted = exports.every()
        snapshot = Snapshot.objects.create(
            kind=Kind.COMPLETE,
            state=State.WRITING,
            reason=reason.strip()[:200],
            started_at=at,
            by=by.account_id,
        )
        try:
            folder = folders.begin(snapshot.id)
            with cutting.held(session) as holder:
                _cut(snapshot, holder.cut)
                only = _changed(snapshot, base, wanted, holder, clock.day_of(at))
                content = writing.write(folder, wanted, holder, only=only, progress=progress)
            snapshot.tables, snapshot.rows, snapshot.bytes = content.tables, content.rows, content.bytes
            snapshot.digest = folders.finish(folder, snapshot.id, _manifest(snapshot))
        except BaseException as failure:
            _fail(snapshot, failure)
            if "磁盘" in (words := _words(failure)):
                raise Refused(words, code="disk_full") from failure
            raise
        with transaction.atomic():
            snapshot.state, snapshot.finished_at = State.COMPLETE, clock.now()
            snapshot.save(force_update=True)
            audit.record(
                by=by,
                action="create",
                subject_kind="snapshot",
                subject_id=snapshot.id,
                detail={"kind": snapshot.kind, "rows": snapshot.rows, "reason": snapshot.reason},
                at=at,
            )
    return snapshot


def _cut(snapshot: Snapshot, cut: cutting.Cut) -> None:
    snapshot.cut_at, snapshot.cut_xid = cut.at, cut.xid
    snapshot.cut_snapshot, snapshot.cut_server = cut.snapshot, cut.server


def _changed(
    snapshot: Snapshot,
    base: Snapshot | None,
    wanted: tuple[exports.Export, ...],
    holder: cutting.Holder,
    today: dt.date,
) -> list[UUID] | None:
    """The residents an increment has to bring anew, with the snapshot made one; None when it has to be complete."""
    if base is None or not _fits(base, wanted, holder.cut, today):
        return None
    assert base.cut_xid is not None
    found = holder.changed_since(base.cut_xid, base.cut_snapshot)
    if found is None or len(found) > parameters.number("increment_residents", today):
        return None
    snapshot.kind, snapshot.base, snapshot.depth = Kind.INCREMENT, base, base.depth + 1
    snapshot.changed = len(found)
    return found


def _fits(base: Snapshot, wanted: tuple[exports.Export, ...], cut: cutting.Cut, today: dt.date) -> bool:
    base.refresh_from_db()
    asked = {name: table["asked"] for name, table in base.tables.items() if name != writing.CHANGED}
    return (
        all(each.state == State.COMPLETE for each in queries.chain(base))
        and base.cut_server == cut.server
        and base.cut_xid is not None
        and base.cut_xid <= cut.xid
        and base.depth < parameters.number("chain", today)
        and asked == {each.name: each.digest for each in wanted}
    )


def _manifest(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "id": snapshot.id,
        "kind": str(snapshot.kind),
        "base": snapshot.base_id,
        "cut_at": snapshot.cut_at,
        "cut_xid": snapshot.cut_xid,
        "cut_snapshot": snapshot.cut_snapshot,
        "cut_server": snapshot.cut_server,
        "changed": snapshot.changed,
        "tables": snapshot.tables,
    }


def _clear_away(at: dt.datetime) -> None:
    """What is still being written while nobody holds the lock was left by a killed process."""
    Snapshot.objects.filter(state=State.WRITING).update(
        state=State.FAILED, error_zh=INTERRUPTED, finished_at=at
    )
    folders.sweep(Snapshot.objects.filter(state=State.COMPLETE).values_list("id", flat=True))


def _fail(snapshot: Snapshot, failure: BaseException) -> None:
    log.warning("snapshot %s failed: %s", snapshot.id, type(failure).__name__)
    folders.sweep(Snapshot.objects.filter(state=State.COMPLETE).values_list("id", flat=True))
    Snapshot.objects.filter(id=snapshot.id).update(
        state=State.FAILED, error_zh=_words(failure), finished_at=clock.now()
    )


def _words(failure: BaseException) -> str:
    if isinstance(failure, Problem):
        return failure.message
    if isinstance(failure, Cancelled | KeyboardInterrupt):
        return "已取消。"
    if "No space left" in str(failure) or getattr(failure, "errno", None) == 28:
        return "磁盘空间不足，快照没有写成。请清理后重试。"
    return "写数据快照时出错，没有写成。请重试；再次出错请告诉管理员。"


def remove_old(*, by: Actor, at: dt.datetime, policy: keeping.Policy | None = None) -> list[UUID]:
    """Remove what need not be kept any longer (the dated policy when none is given); returns their ids.

    The row goes first, so that a reader never finds half a snapshot. Waits while one is being written.
    """
    today = clock.day_of(at)
    with cutting.alone():
        _clear_away(at)
        standing = [
            keeping.Line(each.id, each.cut_at, clock.day_of(each.cut_at), each.pinned, each.base_id)
            for each in Snapshot.objects.filter(state=State.COMPLETE)
            if each.cut_at is not None
        ]
        gone = keeping.superfluous(standing, today, policy or _present_policy(today))
        for snapshot_id in gone:
            with transaction.atomic():
                Snapshot.objects.filter(id=snapshot_id).update(state=State.REMOVED, removed_at=at)
                audit.record(by=by, action="expire", subject_kind="snapshot", subject_id=snapshot_id, at=at)
            folders.remove(snapshot_id)
    return gone


def _present_policy(today: dt.date) -> keeping.Policy:
    return keeping.Policy(parameters.number("keep_days", today), parameters.number("keep_month_ends", today))
