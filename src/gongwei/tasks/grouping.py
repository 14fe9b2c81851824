"""The worklist by household: 这一家谁该做什么. One entry of the list is a house, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Min
from django.db.models.functions import Coalesce

from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.tasks import queries
from gongwei.tasks.queries import Due, Filters


@dataclass(frozen=True)
class House:
    """A household, or somebody who belongs to none: where, and who is due for what."""

    id: UUID
    village: str
    address: str
    rows: list[Due]

    @property
    def people(self) -> int:
        """How many different persons."""
        return len({each.resident_id for each in self.rows})


@dataclass(frozen=True)
class Houses:
    """One page of houses, numbered from 1."""

    houses: list[House]
    number: int
    more: bool

    @property
    def rows(self) -> list[Due]:
        """All lines of the page."""
        return [row for house in self.houses for row in house.rows]


def houses(actor: Actor, filters: Filters, number: int = 1, size: int = 20) -> Houses:
    """A page of houses in the order of their most urgent task; shown ids go to the access log."""
    today = clock.today()
    found = (
        queries.filtered(actor, filters, today)
        .filter(queries.shown(filters, today))
        .annotate(house=Coalesce("resident__household_id", "resident_id"))
    )
    start = (max(number, 1) - 1) * size
    groups = list(
        found.values("house").annotate(first=Min("due")).order_by("first", "house")[start : start + size + 1]
    )
    keys = [each["house"] for each in groups[:size]]
    wanted = found.filter(house__in=keys).order_by("due", "id").values_list("id", "house")
    house_of = dict(wanted)
    by_house: dict[UUID, list[Due]] = {key: [] for key in keys}
    for line in queries.lines(actor, list(house_of), today):
        by_house[house_of[line.id]].append(line)
    shown = [House(key, rows[0].village, rows[0].address, _by_person(rows)) for key, rows in by_house.items()]
    audit.read(
        by=actor,
        subject_kind="resident",
        subject_ids=list(dict.fromkeys(row.resident_id for house in shown for row in house.rows)),
        query={"what": "worklist_by_household", **filters.described()},
    )
    return Houses(shown, max(number, 1), len(groups) > size)


def _by_person(rows: list[Due]) -> list[Due]:
    """A person's tasks side by side, the person with the most urgent one first."""
    first: dict[UUID, int] = {}
    for place, each in enumerate(rows):
        first.setdefault(each.resident_id, place)
    return sorted(rows, key=lambda each: first[each.resident_id])
