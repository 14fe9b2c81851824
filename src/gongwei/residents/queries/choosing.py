"""Residents chosen on a list, before something is done to all of them at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.residents.models import Resident
from gongwei.residents.queries import lists, people

#: So many are named before one confirms; the others are counted.
NAMED = 30


@dataclass(frozen=True)
class Chosen:
    """Who was chosen: those the actor may see, how many each doctor has now (None: nobody), the first of them."""

    ids: tuple[UUID, ...]
    by_doctor: tuple[tuple[str | None, int], ...]
    first: tuple[Resident, ...]


def chosen(actor: Actor, resident_ids: Sequence[UUID]) -> Chosen:
    """Return what is known of chosen residents; those the actor may not see are left out, the look is written down."""
    rows = list(
        people.visible_to(actor)
        .filter(id__in=resident_ids)
        .select_related("area", "responsible_doctor")
        .only("name", "sex", "birth_date", "record_no", "area", "responsible_doctor__name")
        .order_by("name_sort", "id")
    )
    audit.read(
        by=actor,
        subject_kind="resident",
        subject_ids=[row.id for row in rows],
        query={"chosen": len(rows)},
    )
    doctors = Counter(row.responsible_doctor.name if row.responsible_doctor else None for row in rows)
    return Chosen(tuple(row.id for row in rows), tuple(doctors.most_common()), tuple(rows[:NAMED]))


def matching(actor: Actor, filters: lists.Filters, limit: int) -> list[UUID]:
    """Return the ids of those a query bar asks for, at most `limit`."""
    wanted = lists.filtered(actor, filters, on=clock.today())
    return list(wanted.order_by("name_sort", "id").values_list("id", flat=True)[:limit])
