"""From budget to balance by institution, and what the calendar asks: evaluation_and_funds.md §4, V6."""

import datetime as dt
from decimal import Decimal

import pytest
from tests.integration.settlement import money_year as scene
from tests.integration.settlement.conftest import COUNTY, YEAR

from gongwei.base import ids
from gongwei.base.problems import Refused
from gongwei.settlement import fund_queries, ledger, ledger_balances, ledger_posting, money
from gongwei.settlement.ledger import RunToPost, Settled

F, Y = money.fen, money.yuan


@pytest.mark.parametrize(("part", "whole", "expected"), [("11,615.21", "12,500.00", "92.92"), ("592,499.99", "1,185,000.00", "49.99"), ("592,500.00", "1,185,000.00", "50.00")])  # fmt: skip
def test_rates(part, whole, expected):
    assert fund_queries.rate(F(part), F(whole)) == Decimal(expected)


def test_a_rate_of_nothing_is_none():
    assert fund_queries.rate(0, 0) is None


@pytest.fixture
def year(office):
    """A year up to the first prepayment, settled with one clinic below the line."""
    scene.begun(office)
    scene.paid(office, "first")
    return office


def settle(office, due="86,400.00"):
    clinic = office.clinics[0]
    base, paid = F("108,000.00"), ledger.paid(COUNTY, YEAR).get(clinic, 0)
    line = Settled(clinic, base, F(due), base - F(due), paid, F(due) - paid)
    run = RunToPost(ids.uuid7(), COUNTY, YEAR, scene.POT, dt.date(2025, 6, 30), "县卫健〔2025〕20号", [line])
    return ledger.post_run(run, by=office.officer, at=office.at)


def row(office, who="finance", clinic=0):
    found = fund_queries.overview(getattr(office, who), YEAR)
    return next(each for each in found.rows if each.organization_id == office.clinics[clinic])


def test_from_budget_to_balance(year):
    settle(year)
    scene.paid(year, "settlement")
    found = fund_queries.overview(year.finance, YEAR)
    assert (Y(found.budget_fen), Y(found.allotted_fen), Y(found.arrived_fen)) == (
        "1,080,000.00",
        "1,080,000.00",
        "648,000.00",
    )
    assert {key: (Y(a), Y(b)) for key, (a, b) in found.by_source.items()} == {
        "central": ("648,000.00", "648,000.00"),
        "province": ("216,000.00", "0.00"),
        "city": ("86,400.00", "0.00"),
        "county": ("129,600.00", "0.00"),
    }
    clinic = row(year)
    told = [clinic.allotted_fen, clinic.prepaid_fen, clinic.due_fen, clinic.withheld_fen, clinic.paid_fen]
    assert [Y(each) for each in told] == ["108,000.00", "37,800.00", "86,400.00", "21,600.00", "86,400.00"]
    assert (clinic.open_fen, clinic.recover_fen, Y(clinic.held_fen)) == (0, 0, "86,400.00")
    assert found.arrival_rate == Decimal("60.00")
    assert Y(found.pool_fen) == "21,600.00"
    assert found.treasury_fen == found.arrived_fen - found.paid_fen
    assert (found.half_kept, found.disbursed) == (True, False)
    months = {month: (Y(came), Y(went)) for month, came, went in fund_queries.monthly(COUNTY, YEAR)}
    assert months[3] == ("648,000.00", "0.00")
    assert sum(F(went) for _, went in months.values()) == found.paid_fen


def test_what_is_settled_is_not_allotted_anew(year):
    settle(year)
    with pytest.raises(Refused, match="已经结算入账"):
        scene.allotted(year)


def test_fifty_per_cent_to_the_fen(office):
    """V6 in this county: half of 1 080 000.00 is 540 000.00; one fen less by 30 June fails, whatever comes in July."""
    scene.residents(office)
    scene.sharing(office)
    scene.budget(office)
    document = scene.document(office)
    scene.arrive(office, document, "539,999.99", dt.date(2025, 6, 30))
    scene.arrive(office, document, "0.01", dt.date(2025, 7, 1))
    assert not fund_queries.overview(office.finance, YEAR).half_kept
    scene.arrive(office, document, "0.01", dt.date(2025, 6, 30), voucher="补")
    assert fund_queries.overview(office.finance, YEAR).half_kept


def test_a_reversed_arrival_never_came(year):
    posting = ledger_balances.entries(COUNTY, kind="arrival").first().posting
    ledger_posting.reverse(
        posting_id=posting.id, on=dt.date(2025, 7, 1), reason="退票", by=year.finance, at=year.at
    )
    found = fund_queries.overview(year.finance, YEAR)
    assert (found.arrived_fen, found.arrived_half_fen) == (0, 0)


def test_a_director_sees_the_own_institutions_and_a_village_doctor_none(year):
    director = year.world.actor("township_director@centre")
    found = fund_queries.overview(director, YEAR)
    assert {each.organization_id for each in found.rows} == {year.centre, *year.clinics[:2]}
    assert fund_queries.overview(year.world.actor("village_doctor@village_a"), YEAR).rows == []
    assert fund_queries.overview(year.world.actor("county_officer@far_commission"), YEAR).rows == []
    assert len(fund_queries.overview(year.officer, YEAR).rows) == 5


def test_pots_stand_apart(year):
    assert fund_queries.overview(year.finance, YEAR, pot="transferred").rows == []
    assert len(fund_queries.overview(year.finance, YEAR, pot="original").rows) == 5
