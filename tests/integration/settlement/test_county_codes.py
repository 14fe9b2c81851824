"""A county with another code, and counties that are joined: the money is where it was, to the fen, and goes on (ADR 0019)."""

import datetime as dt

import pytest
from tests.integration.places import worlds
from tests.integration.settlement import money_year as scene
from tests.integration.settlement.conftest import COUNTY, FAR_COUNTY, YEAR, arrival

from gongwei.base import scope
from gongwei.base.actors import SYSTEM
from gongwei.base.problems import Refused
from gongwei.places import operations as places
from gongwei.places.models import AreaChange
from gongwei.settlement import (
    budget_allocating,
    budget_keeping,
    county_codes,
    fund_keeping,
    fund_queries,
    ledger_balances,
    ledger_closing,
    ledger_posting,
    money,
    prepay,
    spending,
)
from gongwei.settlement.models import Budget, Entry, FundDocument, Posting

NEW = 660103 * 10**6
DECIDED = dt.date(2025, 6, 25)


def recode(office, key=COUNTY, new=NEW):
    places.recode_area(
        by=SYSTEM, at=office.at, key=key, code=str(new), on=DECIDED, document="国函〔2025〕3号"
    )  # fmt: skip
    office.finance = office.world.actor("finance_officer@commission")
    office.officer = office.world.actor("county_officer@commission")


def join(office):
    """The decision by which two counties are one from a day on (the move of their residents is tried with places)."""
    AreaChange.objects.create(
        kind="merge",
        on_date=DECIDED,
        document="国函〔2025〕4号",
        from_areas=[COUNTY, FAR_COUNTY],
        to_areas=[COUNTY],
        recorded_at=office.at,
    )


def figures(office, county):
    """Everything a finance officer defends: account by account, institution by institution, and the overview."""
    with scope.acting(office.finance):
        found = fund_queries.overview(office.finance, YEAR)
        return (
            {code: each.balance_fen for code, each in ledger_balances.balances(county).items()},
            {
                key: {code: each.balance_fen for code, each in held.items()}
                for key, held in ledger_balances.by_organization(county, YEAR).items()
            },
            ledger_balances.totals(county),
            (found.budget_fen, found.allotted_fen, found.arrived_fen, found.paid_fen, found.treasury_fen),
            [(each.organization_id, each.paid_fen, each.held_fen) for each in found.rows],
            dict(found.by_source),
        )


@pytest.fixture
def recoded(office):
    """A year up to the first prepayment, then the county has another code (撤县设区)."""
    scene.begun(office)
    scene.paid(office, "first")
    office.before = figures(office, COUNTY)
    recode(office)
    return office


def test_money_before_is_money_after_to_the_fen(recoded):
    assert figures(recoded, NEW) == recoded.before
    assert recoded.before[2][0] == recoded.before[2][1] > 0
    assert set(Posting.objects.values_list("book_id", flat=True)) == {COUNTY}, "nothing was rewritten"


def test_the_year_goes_on_under_the_new_code(recoded):
    office = recoded
    row = FundDocument.objects.get()
    with pytest.raises(Refused, match=r"尚未到账0\.00元"):
        fund_keeping.arrive(
            by=office.finance,
            at=office.at,
            document_id=row.id,
            arrived_on=dt.date(2025, 6, 30),
            amount_fen=100,
        )
    made = paid(office, "second")
    assert made.area_key == NEW
    assert set(Posting.objects.values_list("book_id", flat=True)) == {COUNTY, NEW}
    paid_of = ledger_balances.paid(NEW, YEAR)
    assert money.yuan(paid_of[office.clinics[0]]) == "75,600.00", "70 % of both halves of 108 000.00"
    with pytest.raises(Refused, match="已经预拨"):
        paid(office, "first")
    numbers = list(Posting.objects.filter(month=dt.date(2025, 6, 1)).values_list("number", flat=True))
    assert len(numbers) == len(set(numbers)), "a month is numbered through, whatever the code"
    spending.record(
        by=office.finance, at=office.at, organization_id=office.clinics[0], year=YEAR, pot=scene.POT,
        spent_on=dt.date(2025, 6, 30), amount_fen=money.fen("75,600.00"), expense_class="labour", voucher="记1",
    )  # fmt: skip
    held = ledger_balances.balances(NEW, organization_id=office.clinics[0])["3001"]
    assert held.balance_fen == 0, "what came under both codes was spent"


def paid(office, kind):
    made = prepay.draft(
        by=office.finance, at=office.at, area_key=NEW, year=YEAR, pot=scene.POT, kind=kind,
        paid_on=dt.date(2025, 6, 28), document="区卫健〔2025〕2号",
    )  # fmt: skip
    return prepay.approve(by=office.officer, at=office.at, payment_id=made.id)


def test_a_paper_of_the_old_code_is_reversed_and_replaced_under_the_new(recoded):
    office = recoded
    posting = ledger_balances.entries(NEW, kind="arrival").first().posting
    made = ledger_posting.reverse(
        posting_id=posting.id, on=dt.date(2025, 7, 1), reason="退票", by=office.finance, at=office.at
    )
    assert (posting.book_id, made.book_id) == (COUNTY, NEW)
    assert fund_queries.arrived(NEW, YEAR) == 0
    assert {each.area_key for each in fund_queries.budgets(NEW, YEAR)} == {COUNTY}


def test_a_closed_month_stays_closed(office):
    scene.begun(office)
    ledger_closing.close(area_key=COUNTY, month=dt.date(2025, 3, 1), by=office.finance, at=office.at)
    recode(office)
    with pytest.raises(Refused, match="已经结账"):
        ledger_closing.close(area_key=NEW, month=dt.date(2025, 3, 1), by=office.finance, at=office.at)
    document = FundDocument.objects.get()
    assert len(ledger_balances.closings(NEW)) == 1
    with pytest.raises(Refused, match="已经结账"):
        arrival(office, area_key=NEW, on=dt.date(2025, 3, 20), key="late")
    assert document.area_key == COUNTY


def test_two_counties_joined_show_the_sum_of_both(office):
    scene.begun(office)
    arrival(office, 12_345, key="far", area_key=FAR_COUNTY)
    before = [ledger_balances.totals(each) for each in (COUNTY, FAR_COUNTY)]
    join(office)
    assert county_codes.all_of(COUNTY) == (COUNTY, FAR_COUNTY)
    assert county_codes.now(FAR_COUNTY) == COUNTY
    assert county_codes.county_of(worlds.key(660102, 101)) == COUNTY
    assert ledger_balances.totals(COUNTY) == tuple(map(sum, zip(*before, strict=True)))


def test_a_joined_county_with_two_budgets_is_asked_for_one(office):
    scene.begun(office)
    own = Budget.objects.get()
    Budget.objects.create(
        area_key=FAR_COUNTY, year=YEAR, pot=scene.POT, version=1, population=1, population_year=YEAR - 1, population_source="统计局",
        per_head_fen=9000, formula="multiplicative", factor=1, total_fen=9000, document="乙县财社〔2025〕1号", state="approved",
        recorded_at=office.at, approved_at=office.at,
    )  # fmt: skip
    join(office)
    assert {each.id for each in fund_queries.budgets(COUNTY, YEAR)} > {own.id}
    with pytest.raises(Refused, match="合并前的县区各有一份"):
        budget_allocating.in_force(COUNTY, YEAR, scene.POT)
    proposal = budget_keeping.propose(area_key=COUNTY, year=YEAR, pot=scene.POT)
    made = budget_keeping.draft(
        by=office.finance, at=office.at, proposal=proposal, document="县财社〔2025〕30号"
    )
    budget_keeping.approve(by=office.officer, at=office.at, budget_id=made.id)
    assert budget_allocating.in_force(COUNTY, YEAR, scene.POT).id == made.id
    assert Budget.objects.filter(state="replaced").count() == 2
    assert Entry.objects.filter(posting__kind="reversal").exists()
