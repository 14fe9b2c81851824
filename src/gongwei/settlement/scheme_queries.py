"""Reads of schemes of settlement for pages: a county's own by year, and one of them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from gongwei.base.actors import Actor
from gongwei.places import policy
from gongwei.settlement import county_codes, fund_parameters, schemes
from gongwei.settlement.fund_approval import State
from gongwei.settlement.run_models import SettlementScheme


def listed(actor: Actor, county_key: int, year: int) -> QuerySet[SettlementScheme]:
    """The schemes of a county and year, the latest first; drafts only for who edits or approves funds."""
    books = county_codes.all_of(county_key)
    rows = SettlementScheme.objects.filter(area_key__in=books, year=year).order_by(
        "pot", "-recorded_at", "-version"
    )
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
    row = SettlementScheme.objects.filter(area_key__in=county_codes.all_of(county_key), id=scheme_id).first()
    return row if row is not None and listed(actor, county_key, row.year).filter(id=row.id).exists() else None


def usual(county_key: int, on: dt.date) -> dict[str, Any]:
    """The scheme of a county that has none of its own: the national default with the parameters the county set itself."""
    content = schemes.national(on)
    own = fund_parameters.frozen(on, county_key)
    names = {"fund.village_share": "village_share", "fund.prepay_share": "prepaid_share"}
    return content | {names[code]: said["value"] for code, said in own.items() if code in names}
