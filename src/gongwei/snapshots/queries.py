"""Which snapshots can be read."""

from uuid import UUID

from django.db.models import QuerySet

from gongwei.snapshots.models import Snapshot

_READABLE = Snapshot.State.COMPLETE


def latest() -> Snapshot | None:
    """The newest snapshot that is whole, by its cut."""
    return Snapshot.objects.filter(state=_READABLE).order_by("-cut_at", "-id").first()


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
