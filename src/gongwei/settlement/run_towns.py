"""A settlement by township: its centre and clinics together; and what institutions were called in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from gongwei.places.models import Organization
from gongwei.settlement.run_models import RunUnit, SettlementRun

#: The amounts of an institution that are summed.
SUMS = ("base_fen", "due_fen", "withheld_fen", "prepaid_fen", "final_fen", "reward_fen", "topup_fen")


@dataclass(frozen=True, slots=True)
class TownRow:
    """A township together: its centre and clinics."""

    town_id: UUID
    name: str
    units: int
    base_fen: int
    due_fen: int
    withheld_fen: int
    prepaid_fen: int
    final_fen: int
    reward_fen: int
    topup_fen: int
    village_fen: int


def towns(of: SettlementRun) -> list[TownRow]:
    """The townships of a settlement, each with its centre and clinics together."""
    groups: dict[UUID, list[RunUnit]] = defaultdict(list)
    for unit in RunUnit.objects.filter(run=of).order_by("seat_key"):
        groups[unit.town_id].append(unit)
    called = names(of, set(groups))
    found = []
    for town, own in groups.items():
        sums = [sum(getattr(unit, name) for unit in own) for name in SUMS]
        village = sum(unit.base_fen for unit in own if unit.level == "village")
        found.append(TownRow(town, called.get(town, ""), len(own), *sums, village))
    return found


def names(of: SettlementRun, ids: set[UUID]) -> dict[UUID, str]:
    """What institutions were called in a settlement; those out of the asker's reach as they are called now."""
    found = dict(
        RunUnit.objects.filter(run=of, organization_id__in=ids).values_list("organization_id", "name")
    )
    return dict(Organization.objects.filter(id__in=ids - set(found)).values_list("id", "name")) | found
