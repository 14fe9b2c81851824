"""What waits for somebody's decision, for the pages 迁移确认 and 修改冲突."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q

from gongwei.base import audit
from gongwei.base.actors import Actor
from gongwei.base.scope import as_owner
from gongwei.residents import codes
from gongwei.residents.models import Resident, Transfer
from gongwei.residents.queries import masking, people


@dataclass(frozen=True)
class Mover:
    """The person a transfer is about: whole to those who hold the file, masked to the other side."""

    name: str
    sex: str
    birth_date: dt.date | None
    resident_id: UUID | None


def movers(actor: Actor, transfers: Iterable[Transfer]) -> dict[UUID, Mover]:
    """Return the person of each transfer the actor was given by `transfers_inbox`; the look is written down."""
    asked = {transfer.resident_id: transfer.id for transfer in transfers}
    if not asked:
        return {}
    with as_owner("the receiving side must know whom it is asked to take; it is told a masked name"):
        rows = list(Resident.objects.filter(id__in=asked).only("id", "name", "sex", "birth_date", "area_id"))
    audit.read(by=actor, subject_kind="resident", subject_ids=list(asked), query={"transfers": len(asked)})
    found = {}
    for row in rows:
        mine = actor.covers(row.area_id)
        found[asked[row.id]] = Mover(
            row.name if mine else masking.masked_name(row.name),
            codes.name("sex", row.sex),
            row.birth_date,
            row.id if mine else None,
        )
    return found


def with_conflicts(actor: Actor, limit: int = 100) -> list[Resident]:
    """Return the residents with items two people changed differently (`open_count` of them each), the look written down."""
    rows = list(
        people.visible_to(actor)
        .filter(conflicts__resolved_at=None, conflicts__isnull=False)
        .annotate(open_count=Count("conflicts", filter=Q(conflicts__resolved_at=None)))
        .select_related("area", "responsible_doctor")
        .order_by("name_sort", "id")[:limit]
    )
    if rows:
        audit.read(
            by=actor,
            subject_kind="resident",
            subject_ids=[row.id for row in rows],
            query={"conflicts": len(rows)},
        )
    return rows
