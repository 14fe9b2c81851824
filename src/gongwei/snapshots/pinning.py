"""Snapshots kept for ever; apart from the writing of them, so that a page need not load the engines."""

import datetime as dt
from uuid import UUID

from django.db import transaction

from gongwei.base import audit
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.snapshots.models import Snapshot


def pin(*, by: Actor, at: dt.datetime, snapshot_id: UUID) -> Snapshot:
    """Keep a snapshot, and what it is based on, for ever. Raises Refused: no such snapshot, or its files are gone."""
    return _keep(by, at, snapshot_id, True)


def unpin(*, by: Actor, at: dt.datetime, snapshot_id: UUID) -> Snapshot:
    """Let a snapshot go when its time comes. Raises Refused: no such snapshot."""
    return _keep(by, at, snapshot_id, False)


def _keep(by: Actor, at: dt.datetime, snapshot_id: UUID, pinned: bool) -> Snapshot:
    with transaction.atomic():
        snapshot = Snapshot.objects.select_for_update(of=("self",)).filter(id=snapshot_id).first()
        if snapshot is None or snapshot.state != Snapshot.State.COMPLETE:
            raise Refused("没有这个数据快照，或已清理。", code="no_such_snapshot")
        if snapshot.pinned != pinned:
            snapshot.pinned = pinned
            snapshot.save(update_fields=["pinned"])
            audit.record(
                by=by,
                action="update",
                subject_kind="snapshot",
                subject_id=snapshot.id,
                detail={"pinned": pinned},
                at=at,
            )
    return snapshot
