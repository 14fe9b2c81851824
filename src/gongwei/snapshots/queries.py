"""Which snapshots can be read."""

from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from gongwei.snapshots import cutting
from gongwei.snapshots.models import Snapshot

_READABLE = Snapshot.State.COMPLETE


def latest() -> Snapshot | None:
    """The newest snapshot that is whole, by its cut."""
    return Snapshot.objects.filter(state=_READABLE).order_by("-cut_at", "-id").first()


def up_to_date(snapshot: Snapshot) -> bool:
    """Whether nothing was announced in this database since its cut."""
    with connection.cursor() as cursor:
        cursor.execute(
            cutting.UP_TO_DATE, [snapshot.cut_server, str(snapshot.cut_xid), snapshot.cut_snapshot]
        )
        return bool(cursor.fetchone()[0])


def of(snapshot_id: UUID) -> Snapshot | None:
    """One snapshot that is whole, or None."""
    return Snapshot.objects.filter(state=_READABLE, id=snapshot_id).first()


def listed() -> "QuerySet[Snapshot]":
    """All of them, the newest first, those that failed or were removed too."""
    return Snapshot.objects.order_by("-started_at", "-id")


def chain(snapshot: Snapshot) -> list[Snapshot]:
    """The snapshots one is made of: the complete one first, then the increments, itself last."""
    found = [snapshot]
    while (base := found[0].base) is not None:
        found.insert(0, base)
    return found
