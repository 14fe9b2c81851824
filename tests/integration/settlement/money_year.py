"""A year of money for tests: residents known, a standard, who pays, a budget approved, documents, arrivals, allotted."""

import datetime as dt
from decimal import Decimal

from tests.integration.places import worlds
from tests.integration.settlement.conftest import COUNTY, YEAR

from gongwei.base import ids
from gongwei.measures.models import Population
from gongwei.settlement import (
    budget_allocating,
    budget_keeping,
    fund_keeping,
    money,
    prepay,
    standards,
    standards_keeping,
)

#: Residents by village: those of V1 (3 000) and V4 (2 617) of evaluation_and_funds.md §6, and the rest.
RESIDENTS = {
    worlds.key(660101, 101, 201): 3_000,
    worlds.key(660101, 101, 202): 2_617,
    worlds.key(660101, 102, 201): 1_383,
    worlds.key(660101, 102, 202): 5_000,
}
POT = standards.ORIGINAL
LOCAL = standards.LocalSplit(Decimal("0.5"), Decimal("0.2"), Decimal("0.3"))


def residents(office, year=YEAR - 1, **changes):
    """Approved numbers of every village, so that all above have sums."""
    for key, value in (RESIDENTS | changes).items():
        Population.objects.create(
            code="resident_population",
            area_key=key,
            year=year,
            value=value,
            source="统计局",
            document="统计公报",
            version=1,
            state="approved",
            recorded_at=office.at,
            approved_at=office.at,
            id=ids.uuid7(),
        )


def sharing(office):
    """60 % central; province, city and county divide the rest 50:20:30."""
    return standards_keeping.set_sharing(
        by=office.finance,
        at=office.at,
        area_key=COUNTY,
        since_year=2019,
        central=Decimal("0.60"),
        local=LOCAL,
        document="省财政厅〔2019〕9号",
    )


def budget(office, pot=POT, year=YEAR, **changes):
    """A budget approved by the county officer."""
    proposal = budget_keeping.propose(area_key=COUNTY, year=year, pot=pot)
    values = {"by": office.finance, "at": office.at, "proposal": proposal, "document": "县财社〔2025〕3号"}
    made = budget_keeping.draft(**(values | changes))
    return budget_keeping.approve(by=office.officer, at=office.at, budget_id=made.id)


def notice(**changes):
    """A document of the central government."""
    values = {
        "number": "财社〔2025〕1号",
        "title": "提前下达2025年基本公共卫生服务补助资金预算的通知",
        "issuer": "财政部",
        "issued_on": dt.date(2025, 1, 10),
        "year": YEAR,
        "pot": POT,
        "source": "central",
        "amount_fen": money.fen("648,000.00"),
        "direct": True,
    }
    return fund_keeping.Notice(**(values | changes))


def document(office, **changes):
    """A document registered."""
    return fund_keeping.register(by=office.finance, at=office.at, area_key=COUNTY, notice=notice(**changes))


def arrive(office, row, amount="648,000.00", on=dt.date(2025, 3, 5), **changes):
    """Money of it arrived."""
    return fund_keeping.arrive(
        by=office.finance,
        at=office.at,
        document_id=row.id,
        arrived_on=on,
        amount_fen=money.fen(amount),
        **changes,
    )


def allotted(office, village_share=Decimal("0.40"), firsts=None, pot=POT):
    """The budget allotted to institutions and approved."""
    shares = budget_allocating.propose(area_key=COUNTY, year=YEAR, pot=pot, village_share=village_share)
    made = budget_allocating.draft(
        by=office.finance,
        at=office.at,
        area_key=COUNTY,
        year=YEAR,
        pot=pot,
        shares=budget_allocating.with_halves(shares, firsts or {}),
        document="县卫健〔2025〕5号",
        village_share=village_share,
    )
    return budget_allocating.approve(by=office.officer, at=office.at, allocation_id=made.id)


def paid(office, kind, on=dt.date(2025, 6, 20), pot=POT, document="县卫健〔2025〕8号", **changes):
    """A payment prepared and approved."""
    made = prepay.draft(
        by=office.finance,
        at=office.at,
        area_key=COUNTY,
        year=YEAR,
        pot=pot,
        kind=kind,
        paid_on=on,
        document=document,
        **changes,
    )
    return prepay.approve(by=office.officer, at=office.at, payment_id=made.id)


def begun(office):
    """Everything up to the allocation, with the central money arrived."""
    residents(office)
    sharing(office)
    budget(office)
    arrive(office, document(office))
    return allotted(office)
