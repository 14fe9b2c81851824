"""Allotting a pot to institutions at the start of a year by residents (evaluation_and_funds.md §3 A): town and village 60:40 by
default, in halves of the year; approved by another person, which posts it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.measures import populations
from gongwei.places import division_codes, policy
from gongwei.places.models import Organization, ServedArea
from gongwei.places.reach import on_day
from gongwei.settlement import (
    allocation,
    county_codes,
    fund_approval,
    fund_parameters,
    ledger_accounts,
    ledger_balances,
    ledger_posting,
    money,
    ratios,
    standards,
)
from gongwei.settlement.budget_models import Allocation, AllocationLine, Budget
from gongwei.settlement.fund_approval import State
from gongwei.settlement.ledger_posting import Draft, Line

TOWN, VILLAGE = "town", "village"
LEVELS = {TOWN: "乡镇", VILLAGE: "村级"}
_TOWNS = ("township_centre", "community_centre")
_VILLAGES = ("village_clinic", "community_station")


@dataclass(frozen=True, slots=True)
class Share:
    """One institution's base in fen: what it is for the year, and for each half."""

    organization_id: UUID
    level: str
    population: int
    amount_fen: int
    first_fen: int
    second_fen: int


def propose(*, area_key: int, year: int, pot: str, village_share: Decimal | None = None) -> list[Share]:
    """Divide the approved budget by residents: first among townships, then town and village, then among the clinics of each.

    village_share: the county's (`usual_village_share`) where nothing is said.
    Raises Refused: no approved budget, a share outside 0..1, no institutions, or institutions whose residents nobody reported.
    """
    budget = in_force(area_key, year, pot)
    if budget is None:
        raise Refused("还没有批准的预算。", code="budget")
    county = county_codes.county_of(area_key)
    if village_share is None:
        village_share = usual_village_share(county, year)
    if not village_share.is_finite() or not 0 <= village_share <= 1:
        raise Refused("村级比例应在0～100％之间。", field="village_share", code="share")
    places = list(
        Organization.objects.filter(
            on_day(dt.date(year, 12, 31), "active_from", "active_until"),
            kind__in=(*_TOWNS, *_VILLAGES),
            **_in_county(county),
        ).order_by("area_id", "code")
    )
    towns = [each for each in places if each.kind in _TOWNS]
    if not towns:
        raise Refused("本县区没有承担项目的乡镇卫生院或社区卫生服务中心。", code="nobody")
    persons = _persons(county, budget.population_year, [each.id for each in places])
    lacking = [each.name for each in places if each.id not in persons]
    if lacking:
        raise Refused(
            f"有{len(lacking)}个机构没有服务人口：{'、'.join(lacking[:5])}{'等' if len(lacking) > 5 else ''}。",
            code="population",
            hint=f"请先填报并批准各村{budget.population_year}年常住人口。",
        )
    by_town = allocation.by_population(budget.total_fen, {str(each.id): persons[each.id] for each in towns})
    found: list[Share] = []
    for town in towns:
        clinics = {str(each.id): persons[each.id] for each in places if each.parent_id == town.id}
        own, below = allocation.town_and_village(
            by_town[str(town.id)], village_share, clinics=any(clinics.values())
        )
        found.append(_share(town.id, TOWN, persons[town.id], own))
        if below:
            parts = allocation.by_population(below, clinics)
            found += [_share(UUID(key), VILLAGE, clinics[key], fen) for key, fen in parts.items()]
    return found


def usual_village_share(county: int, year: int) -> Decimal:
    """The part of the money that goes to the village level where an allocation says nothing else (村级40％)."""
    return fund_parameters.number("village_share", dt.date(year, 1, 1), county)


def _share(organization_id: UUID, level: str, persons: int, fen: int) -> Share:
    first, second = ratios.halves(fen)
    return Share(organization_id, level, persons, fen, first, second)


def with_halves(shares: Iterable[Share], firsts: Mapping[UUID, int]) -> list[Share]:
    """The same with other tasks of the first half-year for some; the second half is what remains (V5).

    Raises Refused: a first half outside what the year has.
    """
    found = []
    for each in shares:
        first = firsts.get(each.organization_id, each.first_fen)
        if not 0 <= first <= each.amount_fen:
            raise Refused("上半年任务金额应在0和基数之间。", field=str(each.organization_id), code="half")
        found.append(replace(each, first_fen=first, second_fen=each.amount_fen - first))
    return found


@transaction.atomic
def draft(
    *,
    by: Actor,
    at: dt.datetime,
    area_key: int,
    year: int,
    pot: str,
    shares: Sequence[Share],
    document: str,
    village_share: Decimal | None = None,
    note: str = "",
) -> Allocation:
    """Prepare an allocation; a draft that waited is replaced.

    Raises Refused: no document, nobody, an institution twice or of another county, halves that are not the base, or another sum
    than the budget approved; policy.Forbidden.
    """
    county = ledger_posting.county_of(area_key)
    policy.require(by, policy.FUND_EDIT, area_key=county)
    if not document.strip():
        raise Refused("请填写依据的文件。", field="document", code="required")
    _check(county, year, pot, shares)
    place = {"area_key": county, "year": year, "pot": pot}
    for former in Allocation.objects.select_for_update().filter(**place, state=State.DRAFT):
        fund_approval.end(former, State.WITHDRAWN, by=by, at=at, reason="重新编制")
    last = Allocation.objects.filter(**place).aggregate(Max("version"))["version__max"] or 0
    made = Allocation.objects.create(
        **place,
        version=last + 1,
        village_share=usual_village_share(county, year) if village_share is None else village_share,
        total_fen=sum(each.amount_fen for each in shares),
        document=document.strip(),
        note=note.strip(),
        recorded_at=at,
        recorded_by=by.account_id,
    )
    AllocationLine.objects.bulk_create(
        [
            AllocationLine(allocation=made, **{name: getattr(each, name) for name in Share.__slots__})
            for each in shares
        ]
    )
    fund_approval.audited(made, "create", by=by, at=at)
    return made


@transaction.atomic
def approve(*, by: Actor, at: dt.datetime, allocation_id: UUID) -> Allocation:
    """Approve an allocation and post it, one posting an institution; the one in force before is taken back.

    Raises Refused: as `fund_approval.approve`, or the budget has changed since, or a settlement was posted; policy.Forbidden.
    """
    row = fund_approval.locked(Allocation, allocation_id)
    county = county_codes.now(row.area_key)
    budget = in_force(county, row.year, row.pot)
    if budget is None or budget.total_fen != row.total_fen:
        raise Refused("预算已经调整，分配合计与预算不一致，请重新编制。", code="budget")
    ledger_posting.held(row.area_key)
    if ledger_balances.settled(county, row.year, row.pot):
        raise Refused("这一年的资金已经结算入账，不能再调整分配方案。", code="settled")
    day = ledger_posting.day_for(row.area_key, clock.day_of(at), at)
    for former in Allocation.objects.select_for_update().filter(
        area_key__in=county_codes.all_of(county), year=row.year, pot=row.pot, state=State.APPROVED
    ):
        policy.require(by, policy.FUND_APPROVE, area_key=county)
        for posting in ledger_balances.of_cause("allocation", [former.id]).filter(
            reversed_by=None, reverses=None
        ):
            ledger_posting.mirror(posting, on=day, reason="分配方案调整", by=by, at=at)
        fund_approval.end(former, State.REPLACED, by=by, at=at)
    fund_approval.approve(row, by=by, at=at)
    drafts = []
    for line in row.lines.exclude(amount_fen=0).order_by("id"):
        about = {"year": row.year, "pot": row.pot, "organization_id": line.organization_id}
        drafts.append(
            Draft(
                kind=ledger_accounts.ALLOCATION,
                on=day,
                entries=[
                    Line(ledger_accounts.FUND, debit_fen=line.amount_fen, **about),
                    Line(ledger_accounts.ALLOTTED, credit_fen=line.amount_fen, **about),
                ],
                cause_kind="allocation",
                cause_id=str(row.id),
                key=f"allocation:{row.id}:{line.organization_id}",
                document=row.document,
                note=f"{row.year}年{standards.POTS[row.pot]}分配",
            )
        )
    ledger_posting.post_many(area_key=row.area_key, drafts=drafts, by=by, at=at)
    return row


@transaction.atomic
def withdraw(*, by: Actor, at: dt.datetime, allocation_id: UUID, reason: str) -> Allocation:
    """Take a draft back. Raises as `fund_approval.withdraw`."""
    row = fund_approval.locked(Allocation, allocation_id)
    fund_approval.withdraw(row, by=by, at=at, reason=reason)
    return row


def in_force(area_key: int, year: int, pot: str) -> Budget | None:
    """The approved budget of a county, year and pot, under whatever code the county had.

    Raises Refused: counties that were joined in the year still have one each.
    """
    books = county_codes.all_of(county_codes.county_of(area_key))
    found = list(Budget.objects.filter(area_key__in=books, year=year, pot=pot, state=State.APPROVED)[:2])
    if len(found) > 1:
        raise Refused(
            f"合并前的县区各有一份{year}年的预算。",
            code="budgets",
            hint="请先编制并批准合并后的预算。",
        )
    return found[0] if found else None


def _in_county(county: int) -> dict[str, int]:
    """The condition that an institution has its seat in a county."""
    low, high = division_codes.county_range(county)
    return {"area_id__gte": low, "area_id__lte": high}


def _persons(county: int, year: int, organization_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Residents served by each institution, by the approved numbers of its areas; those without a number are left out."""
    numbers = populations.values("resident_population", year, (division_codes.county_range(county),))
    rows = ServedArea.objects.filter(
        on_day(dt.date(year, 12, 31)), organization_id__in=list(organization_ids)
    ).values_list("organization_id", "area_id")
    found: dict[UUID, int] = {}
    lacking = set()
    for organization_id, key in rows:
        number = numbers.get(key)
        if number is None:
            lacking.add(organization_id)
        else:
            found[organization_id] = found.get(organization_id, 0) + number.value
    return {key: value for key, value in found.items() if key not in lacking}


def _check(county: int, year: int, pot: str, shares: Sequence[Share]) -> None:
    budget = in_force(county, year, pot)
    if budget is None:
        raise Refused("还没有批准的预算。", code="budget")
    if not shares:
        raise Refused("分配方案里没有机构。", code="nobody")
    ids = {each.organization_id for each in shares}
    here = Organization.objects.filter(id__in=ids, **_in_county(county)).count()
    if len(ids) != len(shares) or here != len(ids):
        raise Refused("有的机构重复，或不在本县区。", code="organization")
    if any(
        min(each.amount_fen, each.first_fen, each.second_fen) < 0
        or each.first_fen + each.second_fen != each.amount_fen
        for each in shares
    ):
        raise Refused("上下半年任务金额之和应等于基数。", code="half")
    difference = sum(each.amount_fen for each in shares) - budget.total_fen
    if difference:
        raise Refused(f"分配合计与预算相差{money.yuan(abs(difference))}元，应当相等。", code="sum")
