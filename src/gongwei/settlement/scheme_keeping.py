"""A county's own schemes of settlement: begun from the national default or the year before, approved by another person, frozen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.settlement import county_codes, fund_approval, scheme_queries, schemes, standards
from gongwei.settlement.fund_approval import State
from gongwei.settlement.run_models import SettlementScheme


def beginning(county_key: int, year: int, pot: str = standards.ORIGINAL) -> dict[str, Any]:
    """What a new scheme begins with: the county's latest approved one, else the national default."""
    former = (
        SettlementScheme.objects.filter(
            area_key__in=county_codes.all_of(county_key), pot=pot, state=State.APPROVED, year__lte=year
        )
        .order_by("-year", "-approved_at")
        .first()
    )
    return (
        scheme_queries.usual(county_key, dt.date(year, 12, 31))
        if former is None
        else deepcopy(former.content)
    )


@transaction.atomic
def draft(
    *,
    by: Actor,
    at: dt.datetime,
    county_key: int,
    year: int,
    title: str,
    document: str,
    content: Mapping[str, Any],
    pot: str = standards.ORIGINAL,
    note: str = "",
) -> SettlementScheme:
    """Prepare a scheme of a year. Raises Refused: what is wrong with it (shares that do not add to 100 % ...), no document;
    policy.Forbidden."""
    policy.require(by, policy.FUND_EDIT, area_key=county_key)
    if not document.strip():
        raise Refused("请填写方案依据的文件（文号）。", field="document", code="required")
    if not title.strip():
        raise Refused("请填写方案名称。", field="title", code="required")
    whole = {**content, "title": title.strip()[:100], "document": document.strip()[:200]}
    read = schemes.read(whole)
    rows = SettlementScheme.objects.select_for_update().filter(area_key=county_key, year=year, pot=pot)
    latest = rows.aggregate(Max("version"))["version__max"] or 0
    made = SettlementScheme.objects.create(
        area_key=county_key,
        year=year,
        pot=pot,
        version=latest + 1,
        title=whole["title"],
        document=whole["document"],
        content=whole,
        digest=read.digest,
        note=note.strip()[:200],
        recorded_at=at,
        recorded_by=by.account_id,
    )
    fund_approval.audited(made, "create", by=by, at=at)
    return made


@transaction.atomic
def approve(*, by: Actor, at: dt.datetime, scheme_id: UUID) -> SettlementScheme:
    """Put a scheme into force; the one before it is replaced. Raises as `fund_approval.approve`."""
    row = fund_approval.locked(SettlementScheme, scheme_id)
    schemes.read(row.content)
    for former in SettlementScheme.objects.select_for_update().filter(
        area_key__in=county_codes.all_of(county_codes.now(row.area_key)),
        year=row.year,
        pot=row.pot,
        state=State.APPROVED,
    ):
        policy.require(by, policy.FUND_APPROVE, area_key=county_codes.now(row.area_key))
        fund_approval.end(former, State.REPLACED, by=by, at=at)
    fund_approval.approve(row, by=by, at=at)
    return row


@transaction.atomic
def withdraw(*, by: Actor, at: dt.datetime, scheme_id: UUID, reason: str) -> SettlementScheme:
    """Take a draft back. Raises as `fund_approval.withdraw`."""
    row = fund_approval.locked(SettlementScheme, scheme_id)
    fund_approval.withdraw(row, by=by, at=at, reason=reason)
    return row
