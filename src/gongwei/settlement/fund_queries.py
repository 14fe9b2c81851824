"""Reads of a county's money of a year: from budget to balance by institution, documents and arrivals, and the checks of the calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from gongwei.base import scope
from gongwei.base.actors import Actor
from gongwei.places import policy, queries, reach
from gongwei.places.models import Account, Organization
from gongwei.settlement import (
    county_codes,
    fund_parameters,
    ledger_balances,
    ratios,
    standards,
    successions,
)
from gongwei.settlement import ledger_accounts as accounts
from gongwei.settlement.budget_models import Allocation, Budget
from gongwei.settlement.fund_approval import State
from gongwei.settlement.fund_papers import (
    allocation,
    allocations,
    arrival,
    budgets,
    documents,
    payment,
    payments,
    postings_of,
    spendings,
    waiting,
)
from gongwei.settlement.ledger_models import Entry

__all__ = [
    "Overview", "Standing", "account_names", "allocation", "allocations", "arrival", "arrived", "budgets", "county_name", "county_of",
    "documents", "latest_year", "monthly", "organization_names", "overview", "payment", "payments", "postings_of", "rate", "seen",
    "spendings", "standings", "waiting",
]  # fmt: skip
_WITHHELD = (accounts.POOL, accounts.RETURNABLE, accounts.CARRIED)
_NET = (accounts.PAYABLE, accounts.PREPAID, accounts.TO_RECOVER)


@dataclass(frozen=True, slots=True)
class Standing:
    """One institution's money of a year, in fen: allotted → prepaid → settled (due, with rewards) → paid → still open.

    heir: what the institution is called that took its money over.

    withheld: what settlement kept back less rewards; open: still to be paid, recover: to be given back; topup: owed by the
    local treasury; held: what it has in its own account, spent: out of it.
    """

    organization_id: UUID
    name: str
    kind: str
    area_key: int
    allotted_fen: int = 0
    prepaid_fen: int = 0
    due_fen: int = 0
    withheld_fen: int = 0
    paid_fen: int = 0
    open_fen: int = 0
    recover_fen: int = 0
    topup_fen: int = 0
    held_fen: int = 0
    spent_fen: int = 0
    heir: str = ""


@dataclass(frozen=True)
class Overview:
    """A county's money of a year (of one pot or both), in fen, with what the calendar asks of it."""

    year: int
    pot: str
    budget_fen: int
    allotted_fen: int
    arrived_fen: int
    arrived_half_fen: int
    half_day: dt.date
    half_share: Decimal
    paid_fen: int
    spent_fen: int
    treasury_fen: int
    pool_fen: int
    topup_fen: int
    by_source: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    rows: Sequence[Standing] = ()

    @property
    def half_kept(self) -> bool:
        """Whether half of the budget had arrived by 30 June, to the fen (V6)."""
        return ratios.arrived_half(self.arrived_half_fen, self.budget_fen, self.half_share)

    @property
    def arrival_rate(self) -> Decimal | None:
        """到位率: arrived of what is due."""
        return rate(self.arrived_fen, self.budget_fen)

    @property
    def execution_rate(self) -> Decimal | None:
        """执行率: paid of what has arrived."""
        return rate(self.paid_fen, self.arrived_fen)

    @property
    def disbursed(self) -> bool:
        """Whether all of the budget has been paid out."""
        return self.budget_fen > 0 and self.paid_fen == self.budget_fen


def rate(part_fen: int, whole_fen: int) -> Decimal | None:
    """A share in per cent with two decimals, cut off and never rounded up: 49.99…% is not 50 %. None of nothing."""
    if whole_fen <= 0:
        return None
    return Decimal(part_fen * 10_000 // whole_fen).scaleb(-2)


def county_of(actor: Actor) -> int | None:
    """The county whose book somebody sees: that of the own organization."""
    seat = reach.seat_of(actor.organization_id)
    return None if seat is None else county_codes.county_of(seat)


def seen(actor: Actor, county: int) -> frozenset[UUID] | None:
    """The institutions somebody sees the money of: None for all of the county (县、财务), else the own one, those below it, and
    whose money they took over."""
    if (
        policy.may(actor, policy.FUND_VIEW, area_key=county)
        and policy.relation(actor.role, policy.FUND_VIEW) is policy.Relation.COUNTY
    ):
        return None
    if actor.organization_id is None or not policy.may(
        actor, policy.FUND_VIEW, organization_id=actor.organization_id
    ):
        return frozenset()
    below = Organization.objects.filter(Q(id=actor.organization_id) | Q(parent_id=actor.organization_id))
    return successions.with_formers(below.values_list("id", flat=True))


def latest_year(county: int) -> int | None:
    """The last year a county's money was allotted."""
    found = Allocation.objects.filter(
        area_key__in=county_codes.all_of(county), state=State.APPROVED
    ).order_by("-year")
    return found.values_list("year", flat=True).first()


def overview(actor: Actor, year: int, *, pot: str = "") -> Overview | None:
    """The year's money as somebody may see it; institutions out of reach are left out. None for people of no county."""
    county = county_of(actor)
    if county is None:
        return None
    visible = seen(actor, county)
    half_day = fund_parameters.day_of_year("half_year_day", year)
    books = county_codes.all_of(county)
    budgets = Budget.objects.filter(area_key__in=books, year=year, state=State.APPROVED)
    allocations = Allocation.objects.filter(area_key__in=books, year=year, state=State.APPROVED)
    if pot:
        budgets, allocations = budgets.filter(pot=pot), allocations.filter(pot=pot)
    held = ledger_balances.balances(county, year=year, pot=pot)
    paid = ledger_balances.paid(county, year, pot=pot)

    def balance(code: str) -> int:
        return held[code].balance_fen if code in held else 0

    return Overview(
        year=year,
        pot=pot,
        budget_fen=_sum(budgets),
        allotted_fen=_sum(allocations),
        arrived_fen=arrived(county, year, pot=pot),
        arrived_half_fen=arrived(county, year, pot=pot, until=half_day),
        half_day=half_day,
        half_share=fund_parameters.number("half_year_share", half_day),
        paid_fen=sum(paid.values()),
        spent_fen=balance(accounts.SPENT),
        treasury_fen=balance(accounts.TREASURY),
        pool_fen=balance(accounts.POOL),
        topup_fen=balance(accounts.TOPUP_DUE),
        by_source=_by_source(county, year, pot),
        rows=standings(county, year, pot=pot, only=visible),
    )


def standings(county: int, year: int, *, pot: str = "", only: Iterable[UUID] | None = None) -> list[Standing]:
    """Where every institution with money in a year stands, in order of its area."""
    moved = _moved(county, year, pot)
    balances = ledger_balances.by_organization(county, year, pot=pot)
    paid = ledger_balances.paid(county, year, pot=pot)
    wanted = set(balances) if only is None else set(balances) & set(only)
    taken_over = successions.heirs(county)
    known = {each.id: each for each in Organization.objects.filter(id__in=wanted | set(taken_over.values()))}

    def order(place: Organization) -> tuple[object, ...]:
        heir = known.get(taken_over.get(place.id, place.id), place)
        return (heir.area_id, heir.kind, heir.name, place.id != heir.id, place.name)

    found = []
    # An institution that was taken over stands right below its heir.
    for place in sorted((known[each] for each in wanted if each in known), key=order):
        held = balances[place.id]
        settled = moved.get((place.id, accounts.SETTLEMENT), {})
        allotted = moved.get((place.id, accounts.ALLOCATION), {})
        prepaid = moved.get((place.id, accounts.PREPAYMENT), {})
        found.append(
            Standing(
                organization_id=place.id,
                name=place.name,
                kind=place.kind,
                area_key=place.area_id,
                allotted_fen=-allotted.get(accounts.ALLOTTED, 0),
                prepaid_fen=prepaid.get(accounts.PREPAID, 0),
                due_fen=-sum(settled.get(code, 0) for code in _NET),
                withheld_fen=-sum(settled.get(code, 0) for code in _WITHHELD),
                paid_fen=paid.get(place.id, 0),
                open_fen=_balance(held, accounts.PAYABLE),
                recover_fen=_balance(held, accounts.TO_RECOVER),
                topup_fen=_balance(held, accounts.TOPUP_PAYABLE),
                held_fen=_balance(held, accounts.HELD),
                spent_fen=_balance(held, accounts.SPENT),
                heir=known[taken_over[place.id]].name if place.id in taken_over else "",
            )
        )
    return found


def arrived(county: int, year: int, *, pot: str = "", source: str = "", until: dt.date | None = None) -> int:
    """What has arrived of a budget year by a day (inclusive); arrivals that were reversed never did."""
    rows = Entry.objects.filter(
        posting__book_id__in=county_codes.all_of(county),
        posting__kind=accounts.ARRIVAL,
        posting__reversed_by=None,
        account=accounts.RECEIVABLE,
        year=year,
    )
    if pot:
        rows = rows.filter(pot=pot)
    if source:
        rows = rows.filter(source=source)
    if until is not None:
        rows = rows.filter(posting__posted_on__lte=until)
    return int(rows.aggregate(total=Coalesce(Sum("credit_fen"), 0))["total"])


def monthly(county: int, year: int, *, pot: str = "") -> list[tuple[int, int, int]]:
    """(month, arrived, paid to institutions) of the calendar year: the monthly dispatch of progress (进度调度)."""
    rows = Entry.objects.filter(
        posting__book_id__in=county_codes.all_of(county),
        account=accounts.TREASURY,
        year=year,
        posting__month__year=year,
    )
    if pot:
        rows = rows.filter(pot=pot)
    found = {month: [0, 0] for month in range(1, 13)}
    grouped = rows.order_by().values_list("posting__month", "posting__kind", "posting__reverses__kind")
    for month, kind, reversed_kind, debit, credit in grouped.annotate(
        debit=Sum("debit_fen"), credit=Sum("credit_fen")
    ):
        if (reversed_kind or kind) == accounts.ARRIVAL:
            found[month.month][0] += int(debit) - int(credit)
        else:
            found[month.month][1] += int(credit) - int(debit)
    return [(month, *amounts) for month, amounts in found.items()]  # type: ignore[misc]


def organization_names(keys: Iterable[UUID | None]) -> dict[UUID, str]:
    """What institutions are called."""
    wanted = {key for key in keys if key is not None}
    return dict(Organization.objects.filter(id__in=wanted).values_list("id", "name"))


def account_names(keys: Iterable[UUID | None]) -> dict[UUID, str]:
    """Who stands behind accounts: who prepared and who approved belongs to every paper of money."""
    wanted = {key for key in keys if key is not None}
    with scope.as_owner("staff names are open to all; which account is whose is told of these accounts only"):
        return dict(Account.objects.filter(id__in=wanted).values_list("id", "practitioner__name"))


def county_name(county: int) -> str:
    """What a county is called."""
    return queries.names_of_areas([county]).get(county, "")


def _sum(rows: QuerySet[Budget] | QuerySet[Allocation]) -> int:
    return int(rows.aggregate(total=Coalesce(Sum("total_fen"), 0))["total"])


def _balance(held: Mapping[str, ledger_balances.Balance], code: str) -> int:
    return held[code].balance_fen if code in held else 0


def _by_source(county: int, year: int, pot: str) -> dict[str, tuple[int, int]]:
    """(budget, arrived) by who pays."""
    books = county_codes.all_of(county)
    rows = Budget.objects.filter(area_key__in=books, year=year, state=State.APPROVED)
    if pot:
        rows = rows.filter(pot=pot)
    budget = dict(rows.order_by().values_list("lines__source").annotate(total=Sum("lines__amount_fen")))
    came = (
        Entry.objects.filter(
            posting__book_id__in=county_codes.all_of(county),
            posting__kind=accounts.ARRIVAL,
            posting__reversed_by=None,
            account=accounts.RECEIVABLE,
            year=year,
            **({"pot": pot} if pot else {}),
        )
        .order_by()
        .values_list("source")
        .annotate(total=Sum("credit_fen"))
    )
    arrived_by = dict(came)
    sources = [each for each in standards.SOURCES if each in budget or each in arrived_by]
    return {each: (int(budget.get(each) or 0), int(arrived_by.get(each) or 0)) for each in sources}


def _moved(county: int, year: int, pot: str) -> dict[tuple[UUID, str], dict[str, int]]:
    """Debit less credit by institution, kind of act (a reversal counts as what it reverses) and account."""
    rows = Entry.objects.filter(posting__book_id__in=county_codes.all_of(county), year=year).exclude(
        organization_id=None
    )
    if pot:
        rows = rows.filter(pot=pot)
    grouped = (
        rows.order_by()
        .values_list("organization_id", "posting__kind", "posting__reverses__kind", "account")
        .annotate(debit=Sum("debit_fen"), credit=Sum("credit_fen"))
    )
    found: dict[tuple[UUID, str], dict[str, int]] = {}
    for organization_id, kind, reversed_kind, code, debit, credit in grouped:
        place = found.setdefault((organization_id, reversed_kind or kind), {})
        place[code] = place.get(code, 0) + int(debit) - int(credit)
    return found
