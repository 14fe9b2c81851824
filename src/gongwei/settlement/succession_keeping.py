"""Putting on record that an institution's money goes on with another: prepared, approved by a second person, its cash transferred."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction

from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import division_codes, policy
from gongwei.places.models import Organization
from gongwei.settlement import (
    county_codes,
    fund_approval,
    ledger_accounts,
    ledger_balances,
    ledger_posting,
    successions,
)
from gongwei.settlement.fund_approval import State
from gongwei.settlement.ledger_posting import Draft, Line
from gongwei.settlement.succession_models import Succession


@transaction.atomic
def draft(
    *,
    by: Actor,
    at: dt.datetime,
    area_key: int,
    former_id: UUID,
    heir_id: UUID,
    on: dt.date,
    document: str,
    note: str = "",
) -> Succession:
    """Prepare that one institution takes over the money of another; a draft about the same institution that waited is replaced.

    Raises Refused: the same twice, one of another county, one that is in use on the day, one taken over already, an heir whose own
    money went on to somebody, no document, a day to come; policy.Forbidden.
    """
    county = county_codes.county_of(area_key)
    policy.require(by, policy.FUND_EDIT, area_key=county)
    if not document.strip():
        raise Refused("请填写依据的文件。", field="document", code="required")
    if on > clock.day_of(at):
        raise Refused("承继日期不能晚于今天。", field="on", code="future")
    if former_id == heir_id:
        raise Refused("承继机构不能是原机构自己。", field="heir", code="same")
    _here(county, former_id, heir_id, on)
    for waiting in Succession.objects.select_for_update().filter(former_id=former_id, state=State.DRAFT):
        fund_approval.end(waiting, State.WITHDRAWN, by=by, at=at, reason="重新编制")
    made = Succession.objects.create(
        area_key=county,
        former_id=former_id,
        heir_id=heir_id,
        on=on,
        document=document.strip(),
        note=note.strip()[:200],
        recorded_at=at,
        recorded_by=by.account_id,
    )
    fund_approval.audited(made, "create", by=by, at=at)
    return made


@transaction.atomic
def approve(*, by: Actor, at: dt.datetime, succession_id: UUID) -> Succession:
    """Approve a succession and transfer what the former institution has in its account, year by year and pot by pot.

    Raises Refused as `fund_approval.approve` and as `draft` for what has changed since; policy.Forbidden.
    """
    row = fund_approval.locked(Succession, succession_id)
    county = county_codes.now(row.area_key)
    ledger_posting.held(county)
    if row.state == State.DRAFT:
        _here(county, row.former_id, row.heir_id, row.on)
    fund_approval.approve(row, by=by, at=at)
    day = ledger_posting.day_for(county, clock.day_of(at), at)
    drafts = []
    for (year, pot), fen in sorted(ledger_balances.cash(county, row.former_id).items()):
        about = {"year": year, "pot": pot}
        drafts.append(
            Draft(
                kind=ledger_accounts.SUCCESSION,
                on=day,
                entries=[
                    Line(ledger_accounts.HELD, debit_fen=fen, organization_id=row.heir_id, **about),
                    Line(ledger_accounts.HELD, credit_fen=fen, organization_id=row.former_id, **about),
                ],
                cause_kind="succession",
                cause_id=str(row.id),
                key=f"succession:{row.id}:{year}:{pot}",
                document=row.document,
                note=f"{year}年专户结存转入承继机构",
            )
        )
    if drafts:
        ledger_posting.post_many(area_key=county, drafts=drafts, by=by, at=at)
    return row


@transaction.atomic
def withdraw(*, by: Actor, at: dt.datetime, succession_id: UUID, reason: str) -> Succession:
    """Take a draft back. Raises as `fund_approval.withdraw`."""
    row = fund_approval.locked(Succession, succession_id)
    fund_approval.withdraw(row, by=by, at=at, reason=reason)
    return row


def _here(county: int, former_id: UUID, heir_id: UUID, on: dt.date) -> None:
    """That both are of the county, the former has ended, and the chain has no ring. Raises Refused."""
    low, high = division_codes.county_range(county)
    found = {
        each.id: each
        for each in Organization.objects.filter(
            id__in=[former_id, heir_id], area_id__gte=low, area_id__lte=high
        )
    }
    if len(found) != 2:
        raise Refused("请选择本县区的两个机构。", field="heir", code="organization")
    until = found[former_id].active_until
    if until is None or until > on:
        raise Refused(
            f"“{found[former_id].name}”在承继日期仍在用。",
            field="former",
            code="active",
            hint="请先在“机构”中停用该机构。",
        )
    if found[heir_id].active_until is not None:
        raise Refused("承继机构已经停用。", field="heir", code="ended")
    standing = successions.heirs()
    if former_id in standing:
        raise Refused("这个机构的资金已经由其他机构承继。", field="former", code="twice")
    if heir_id in standing:
        raise Refused("承继机构自己的资金已由其他机构承继。", field="heir", code="ended")


def choices(county: int) -> tuple[list[Organization], list[Organization]]:
    """Institutions of a county that could take over (in use), and those ended ones nobody has taken over yet."""
    low, high = division_codes.county_range(county)
    rows = Organization.objects.filter(area_id__gte=low, area_id__lte=high, kind__in=_PAID)
    taken = set(successions.heirs(county))
    places = list(rows.order_by("area_id", "name"))
    return (
        [each for each in places if each.active_until is None],
        [each for each in places if each.active_until is not None and each.id not in taken],
    )


#: Kinds of institutions that are paid for services.
_PAID = ("township_centre", "community_centre", "community_station", "village_clinic")
