"""An institution's money goes on with another (机构撤并): who is whose heir, as pages and operations ask it (ADR 0019).

    heir(organization_id); formers(organization_id); names({...})

What was posted stays with the institution it was posted for: its services, its score, what is owed to it and what it owes. Only what
it had in its own account is transferred by a posting. The heir sees both statements, is paid what is payable for both, and spends both.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from gongwei.settlement import county_codes
from gongwei.settlement.fund_approval import State
from gongwei.settlement.succession_models import Succession


def heirs(county: int | None = None) -> dict[UUID, UUID]:
    """Whoever took over, by the institution that was taken over; through several steps to the one that is there now."""
    rows = Succession.objects.filter(state=State.APPROVED)
    if county is not None:
        rows = rows.filter(area_key__in=county_codes.all_of(county))
    steps = dict(rows.values_list("former_id", "heir_id"))
    return {former: _last(former, steps) for former in steps}


def heir(organization_id: UUID) -> UUID:
    """Who has the money of an institution now: itself where nobody took over."""
    return heirs().get(organization_id, organization_id)


def formers(organization_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """The institutions whose money went to some of these: former → heir."""
    wanted = set(organization_ids)
    return {former: now for former, now in heirs().items() if now in wanted}


def with_formers(organization_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Institutions together with those whose money went to them."""
    wanted = frozenset(organization_ids)
    return wanted | frozenset(formers(wanted))


def of(county: int) -> list[Succession]:
    """The successions of a county that hold, the latest first."""
    return list(listed(county).filter(state=State.APPROVED))


def listed(county: int) -> QuerySet[Succession]:
    """All successions of a county in every state, the latest day first."""
    rows = Succession.objects.filter(area_key__in=county_codes.all_of(county))
    return rows.order_by("-on", "-recorded_at")


def _last(former: UUID, steps: dict[UUID, UUID]) -> UUID:
    """The end of a chain; operations refuse a ring."""
    now = former
    while now in steps:
        now = steps[now]
    return now
