"""The papers of a county's money of a year: budgets, allocations, payments, documents, what was spent, and what waits for a second
person. Under whatever code the county had (`county_codes`).
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from gongwei.settlement import county_codes, ledger_balances
from gongwei.settlement.budget_models import Allocation, Budget
from gongwei.settlement.fund_approval import State
from gongwei.settlement.fund_models import Arrival, FundDocument, Payment, Spending
from gongwei.settlement.ledger_models import Posting
from gongwei.settlement.parameter_models import LocalParameter
from gongwei.settlement.run_models import SettlementRun, SettlementScheme
from gongwei.settlement.succession_models import Succession


def waiting(county: int) -> list[tuple[str, str, int]]:
    """What waits for a second person in a county: (page, title, how many)."""
    codes = county_codes.all_of(county)
    place = {"area_key__in": codes, "state": State.DRAFT}
    submitted = SettlementRun.objects.filter(county_key__in=codes, state=SettlementRun.State.SUBMITTED)
    return [
        ("fund-budgets", "预算", Budget.objects.filter(**place).count()),
        ("fund-budgets", "分配方案", Allocation.objects.filter(**place).count()),
        ("fund-payments", "拨付", Payment.objects.filter(**place).count()),
        ("fund-parameters", "资金参数", LocalParameter.objects.filter(**place).count()),
        ("fund-successions", "机构承继", Succession.objects.filter(**place).count()),
        ("settlement-schemes", "结算方案", SettlementScheme.objects.filter(**place).count()),
        (
            "settlements",
            "结算",
            submitted.count(),
        ),
    ]


def budgets(county: int, year: int) -> QuerySet[Budget]:
    """All versions of a year's budgets, drafts first, then by pot and the latest first."""
    rows = Budget.objects.filter(area_key__in=county_codes.all_of(county), year=year).prefetch_related(
        "lines"
    )
    return rows.order_by("pot", "-version")


def allocations(county: int, year: int) -> QuerySet[Allocation]:
    """All versions of a year's allocations, the latest first."""
    return Allocation.objects.filter(area_key__in=county_codes.all_of(county), year=year).order_by(
        "pot", "-version"
    )


def allocation(county: int, allocation_id: UUID) -> Allocation | None:
    """One allocation of a county with its lines."""
    rows = Allocation.objects.filter(area_key__in=county_codes.all_of(county), id=allocation_id)
    return rows.prefetch_related("lines").first()


def payments(county: int, year: int) -> QuerySet[Payment]:
    """A year's payments, the latest first."""
    return Payment.objects.filter(area_key__in=county_codes.all_of(county), year=year).order_by(
        "-recorded_at"
    )


def payment(county: int, payment_id: UUID) -> Payment | None:
    """One payment of a county with its lines."""
    rows = Payment.objects.filter(area_key__in=county_codes.all_of(county), id=payment_id)
    return rows.prefetch_related("lines").first()


def documents(county: int, year: int) -> QuerySet[FundDocument]:
    """A year's documents with their arrivals, the latest first."""
    rows = FundDocument.objects.filter(area_key__in=county_codes.all_of(county), year=year).prefetch_related(
        "arrivals"
    )
    return rows.order_by("-issued_on", "number")


def postings_of(cause_kind: str, cause_ids: Iterable[UUID]) -> dict[str, Posting]:
    """The first posting of each cause that is itself no reversal, by the cause's id, with what reversed it."""
    rows = ledger_balances.of_cause(cause_kind, cause_ids).filter(reverses=None).select_related("reversed_by")
    found: dict[str, Posting] = {}
    for row in rows:
        found.setdefault(row.cause_id, row)
    return found


def arrival(arrival_id: UUID) -> Arrival | None:
    """One arrival with its document."""
    return Arrival.objects.select_related("fund_document").filter(id=arrival_id).first()


def spendings(organization_id: UUID, year: int) -> QuerySet[Spending]:
    """What an institution spent of a year, the latest first."""
    return Spending.objects.filter(organization_id=organization_id, year=year).order_by(
        "-spent_on", "-recorded_at"
    )
