"""Whose money the database shows, whatever a page asks: the county's offices all of their county, an institution its own (reliability.md §1.6)."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from tests.integration.settlement import money_year as scene
from tests.integration.settlement.conftest import COUNTY, YEAR, arrival
from tests.integration.settlement.test_successions import published, taken_over

from gongwei.base import scope
from gongwei.settlement import ledger_accounts as accounts
from gongwei.settlement.models import (
    AllocationLine,
    Book,
    Budget,
    BudgetLine,
    Entry,
    PaymentLine,
    Posting,
    RunUnit,
    SettlementRun,
    Spending,
)

__all__ = ["published", "taken_over"]
TABLES = (Budget, BudgetLine, AllocationLine, PaymentLine, Posting, Entry, RunUnit, SettlementRun, Book)


def seen(office, name, *tables):
    """How many rows of each table somebody sees."""
    with scope.acting(office.world.actor(name)):
        return [table.objects.count() for table in tables]


@pytest.fixture
def year(published):
    """Budget, allocation, prepayment, one succession, a published settlement; and something spent."""
    return published


def test_the_offices_of_the_county_see_all_of_it(year):
    whole = [table.objects.count() for table in TABLES]
    assert min(whole) > 0
    for office in ("finance_officer@commission", "county_officer@commission"):
        assert seen(year, office, *TABLES) == whole


def test_another_county_and_nobody_see_nothing(year):
    nothing = [0] * len(TABLES)
    assert seen(year, "county_officer@far_commission", *TABLES) == nothing
    with scope.acting(None):
        assert [table.objects.count() for table in TABLES] == nothing


def test_a_clinic_of_another_township_sees_neither_entry_nor_statement(year):
    assert (
        seen(year, "village_doctor@other_village", AllocationLine, PaymentLine, Posting, Entry, RunUnit)
        == [0] * 5
    )
    with scope.acting(year.world.actor("village_doctor@other_village")):
        assert SettlementRun.objects.count() == 1, "that there was a settlement is published"


def test_a_clinic_sees_its_statement_and_that_of_whom_it_took_over(year):
    with scope.acting(year.world.actor("village_doctor@village_a")):
        assert set(RunUnit.objects.values_list("organization_id", flat=True)) == {year.heir, year.former}
        assert not Entry.objects.exists(), "the ledger is the director's and the county's"


def test_a_director_sees_the_money_of_the_institutions_below(year):
    with scope.acting(year.world.actor("township_director@centre")):
        own = {year.centre, *year.clinics[:2]}
        assert set(Entry.objects.values_list("organization_id", flat=True)) == own
        assert set(AllocationLine.objects.values_list("organization_id", flat=True)) == own
        postings = Posting.objects.all()
        assert postings.exists()
        assert all(set(each.entries.values_list("organization_id", flat=True)) <= own for each in postings)
        assert not Posting.objects.filter(kind=accounts.BUDGET).exists()


def test_before_it_is_published_a_settlement_is_the_offices_own(year):
    SettlementRun.objects.filter(id=year.run.id).update(state="posted")
    assert seen(year, "village_doctor@village_a", SettlementRun, RunUnit) == [0, 0]
    assert seen(year, "finance_officer@commission", SettlementRun, RunUnit) == [1, 2]


@pytest.mark.parametrize("name", ["village_doctor@village_a", "township_director@centre", "evaluator@commission", "county_officer@far_commission"])  # fmt: skip
def test_only_the_offices_of_the_county_write_its_money(year, name):
    actor = year.world.actor(name)
    with pytest.raises(DatabaseError), transaction.atomic(), scope.acting(actor):
        Spending.objects.create(
            organization_id=year.heir, area_key=COUNTY, year=YEAR, pot=scene.POT, spent_on=dt.date(2025, 6, 30), amount_fen=1,
            expense_class="labour", voucher="记9", recorded_at=year.at,
        )  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic(), scope.acting(actor):
        Posting.objects.create(
            book_id=COUNTY, posted_on=dt.date(2025, 6, 30), month=dt.date(2025, 6, 1), number=99, kind="arrival", cause_kind="test",
            cause_id="x", key="forged", digest=b"x", at=year.at,
        )  # fmt: skip


def test_under_the_guards_the_finance_officer_posts(office):
    with transaction.atomic(), scope.acting(office.finance):
        made = arrival(office, 12_300)
    assert made.entries.count() == 2


def test_a_guard_is_asked_once_a_statement(year):
    """The functions stand in sub-selects: PostgreSQL plans them as an InitPlan, not once a row."""
    with scope.acting(year.finance), connection.cursor() as cursor:
        cursor.execute("explain (format text) select * from settlement_budget")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "InitPlan" in plan
