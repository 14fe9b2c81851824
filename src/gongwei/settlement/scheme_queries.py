"""Reads of schemes of settlement for pages: a county's own by year, and one of them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from gongwei.base.actors import Actor
from gongwei.places import policy
from gongwei.settlement.fund_approval import State
from gongwei.settlement.run_models import SettlementScheme


def listed(actor: Actor, county_key: int, year: int) -> QuerySet[SettlementScheme]:
    """The schemes of a county and year, the latest first; drafts only for who edits or approves funds."""
    rows = SettlementScheme.objects.filter(area_key=county_key, year=year).order_by("pot", "-version")
    if policy.may(actor, policy.FUND_EDIT, area_key=county_key) or policy.may(
        actor, policy.FUND_APPROVE, area_key=county_key
    ):
        return rows
    return rows.filter(state__in=[State.APPROVED, State.REPLACED])


def of_year(actor: Actor, county_key: int, year: int, pot: str) -> list[SettlementScheme]:
    """Schemes of a pot that may be tried: not withdrawn."""
    return list(listed(actor, county_key, year).filter(pot=pot).exclude(state=State.WITHDRAWN))


def one(actor: Actor, county_key: int, scheme_id: UUID) -> SettlementScheme | None:
    """One scheme of a county an actor may see."""
    row = SettlementScheme.objects.filter(area_key=county_key, id=scheme_id).first()
    return row if row is not None and listed(actor, county_key, row.year).filter(id=row.id).exists() else None
