"""The audit trail as its administrator reads it: newest first, page by page. Reading the trail is itself written down."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.base.models import AuditEntry


@dataclass(frozen=True)
class Wanted:
    """What to look for; days are of Asia/Shanghai and inclusive, None means any."""

    first: dt.date | None = None
    last: dt.date | None = None
    action: str = ""
    account_id: UUID | None = None
    subject_id: str = ""


def counts(
    *, first: dt.date, actions: Sequence[str], areas: tuple[tuple[int, int], ...] = ()
) -> dict[str, int]:
    """How often each action stands in the trail since a day (inclusive), within areas when given; numbers only."""
    since = dt.datetime.combine(first, dt.time(), clock.CHINA)
    found = AuditEntry.objects.filter(_inside(areas), at__gte=since, action__in=actions)
    return dict(found.order_by().values_list("action").annotate(n=Count("id")))


def _inside(areas: tuple[tuple[int, int], ...]) -> Q:
    if not areas:
        return Q()
    inside = Q(area_key=None)
    for low, high in areas:
        inside |= Q(area_key__range=(low, high))
    return inside


def entries(
    *,
    by: Actor,
    wanted: Wanted,
    areas: tuple[tuple[int, int], ...] = (),
    before: UUID | None = None,
    limit: int = 50,
) -> list[AuditEntry]:
    """The newest entries that match, those before an entry for the next page; the look is recorded in the same transaction.

    areas: when given, entries about a place outside these ranges are left out. Whether `by` may read the trail at all
    is asked by the caller (`policy.AUDIT_VIEW`).
    """
    found: QuerySet[AuditEntry] = AuditEntry.objects.order_by("-id")
    if wanted.first:
        found = found.filter(at__gte=dt.datetime.combine(wanted.first, dt.time(), clock.CHINA))
    if wanted.last:
        found = found.filter(
            at__lt=dt.datetime.combine(wanted.last + dt.timedelta(1), dt.time(), clock.CHINA)
        )
    if wanted.action:
        found = found.filter(action=wanted.action)
    if wanted.account_id:
        found = found.filter(account_id=wanted.account_id)
    if wanted.subject_id:
        found = found.filter(subject_id=wanted.subject_id)
    found = found.filter(_inside(areas))
    if before:
        found = found.filter(id__lt=before)
    rows = list(found[:limit])
    query: dict[str, Any] = {name: str(value) for name, value in vars(wanted).items() if value}
    audit.record(by=by, action="list", subject_kind="audit", detail={"query": query, "count": len(rows)})
    return rows
