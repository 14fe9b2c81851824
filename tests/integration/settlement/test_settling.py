"""Settlement runs posted: the cases of evaluation_and_funds.md §6 in the ledger, and the second run that posts only the difference."""

import datetime as dt

import pytest
from tests.integration.settlement.conftest import COUNTY, YEAR, line, posted

from gongwei.base import ids
from gongwei.base.problems import Refused, Several
from gongwei.places import policy
from gongwei.settlement import ledger, ledger_balances, money
from gongwei.settlement import ledger_accounts as accounts
from gongwei.settlement.ledger import RunToPost, Settled
from gongwei.settlement.models import Posting

POT = "original"
F = money.fen


def prepared(office, clinic, base, prepaid):
    """An allotment and what was prepaid of it, straight in the ledger."""
    about = {"organization_id": clinic}
    posted(
        office,
        [line(accounts.FUND, F(base), **about), line(accounts.ALLOTTED, 0, F(base), **about)],
        f"a{clinic}",
        kind=accounts.ALLOCATION,
    )
    if F(prepaid):
        posted(
            office,
            [line(accounts.PREPAID, F(prepaid), **about), line(accounts.TREASURY, 0, F(prepaid), **about)],
            f"p{clinic}",
            kind=accounts.PREPAYMENT,
        )


def run(*lines, number=1, **changes):
    values = {
        "id": ids.uuid7(),
        "area_key": COUNTY,
        "year": YEAR,
        "pot": POT,
        "on": dt.date(2025, 6, 30),
        "document": f"县卫健〔2025〕{20 + number}号",
        "lines": lines,
    }
    return RunToPost(**(values | changes))


def settled(clinic, base, due, prepaid, topup="0", reward="0"):
    return Settled(
        clinic, F(base), F(due), F(base) - F(due), F(prepaid), F(due) - F(prepaid), F(topup), F(reward)
    )


def post(office, a_run):
    return ledger.post_run(a_run, by=office.officer, at=office.at)


def stands(clinic=None):
    """Balances as people read them, noughts left out."""
    found = ledger_balances.balances(COUNTY, organization_id=clinic)
    return {code: money.yuan(each.balance_fen) for code, each in found.items() if each.balance_fen}


@pytest.mark.parametrize(
    ("base", "prepaid", "due", "expected"),
    [
        # V1, V2, V3 and V4: full, 83.5 points, 58 points, odd fen.
        ("94,800.00", "66,360.00", "94,800.00", {accounts.PAYABLE: "28,440.00"}),
        ("94,800.00", "66,360.00", "79,158.00", {accounts.PAYABLE: "12,798.00", accounts.POOL: "15,642.00"}),
        ("94,800.00", "66,360.00", "0.00", {accounts.TO_RECOVER: "66,360.00", accounts.POOL: "94,800.00"}),
        ("82,697.20", "57,888.04", "71,425.57", {accounts.PAYABLE: "13,537.53", accounts.POOL: "11,271.63"}),
    ],
)
def test_vectors(office, base, prepaid, due, expected):
    clinic = office.clinics[0]
    prepared(office, clinic, base, prepaid)
    made = post(office, run(settled(clinic, base, due, prepaid)))
    assert len(made) == 1
    found = stands(clinic)
    assert {code: found.get(code) for code in expected} == expected
    assert accounts.ALLOTTED not in found
    assert accounts.PREPAID not in found
    assert ledger_balances.totals(COUNTY)[0] == ledger_balances.totals(COUNTY)[1]


@pytest.mark.parametrize(
    ("destination", "account"),
    [("reward_pool", accounts.POOL), ("return_upper", accounts.RETURNABLE), ("carry_over", accounts.CARRIED)],
)
def test_withheld_money_goes_where_the_rule_says(office, destination, account):
    clinic = office.clinics[0]
    prepared(office, clinic, "100.00", "0")
    post(office, run(settled(clinic, "100.00", "85.50", "0"), destination=destination))
    assert stands()[account] == "14.50"


def test_top_up_and_reward(office):
    """§5: 46 120 residents × 40 yuan, score 86.4: the local treasury owes 250 892.80; the pool pays the reward."""
    first, second = office.clinics[:2]
    prepared(office, first, "1,844,800.00", "0")
    prepared(office, second, "1,000.00", "0")
    post(
        office,
        run(
            settled(first, "1,844,800.00", "1,593,907.20", "0", topup="250,892.80"),
            settled(second, "1,000.00", "1,000.00", "0", reward="333.34"),
        ),
    )
    assert stands(first) == {
        accounts.PAYABLE: "1,593,907.20",
        accounts.POOL: "250,892.80",
        accounts.TOPUP_DUE: "250,892.80",
        accounts.TOPUP_PAYABLE: "250,892.80",
    } | {accounts.FUND: "-1,844,800.00"}
    assert stands(second)[accounts.PAYABLE] == "1,333.34"
    assert stands()[accounts.POOL] == "250,559.46"


def test_a_base_other_than_what_was_allotted_comes_out_of_the_fund(office):
    clinic = office.clinics[0]
    prepared(office, clinic, "1,000.00", "700.00")
    post(office, run(settled(clinic, "1,200.00", "1,200.00", "700.00")))
    assert stands(clinic)[accounts.PAYABLE] == "500.00"
    assert stands(clinic)[accounts.FUND] == "-1,200.00"


def test_the_same_run_again_posts_nothing(office):
    clinic = office.clinics[0]
    prepared(office, clinic, "1,000.00", "700.00")
    a_run = run(settled(clinic, "1,000.00", "900.00", "700.00"))
    assert [row.id for row in post(office, a_run)] == [row.id for row in post(office, a_run)]
    assert Posting.objects.filter(kind="settlement").count() == 1


def test_a_second_run_posts_the_difference_and_the_first_stays(office):
    """V3 then an appeal granted: 58 points become 92; what was to be recovered is set off."""
    clinic, other = office.clinics[:2]
    prepared(office, clinic, "94,800.00", "66,360.00")
    prepared(office, other, "1,000.00", "700.00")
    unchanged = settled(other, "1,000.00", "1,000.00", "700.00")
    (first, _) = post(office, run(settled(clinic, "94,800.00", "0.00", "66,360.00"), unchanged))
    before = list(first.entries.values_list("account", "debit_fen", "credit_fen"))
    made = post(office, run(settled(clinic, "94,800.00", "94,800.00", "66,360.00"), unchanged, number=2))
    assert len(made) == 1, "nothing changed for the other"
    assert stands(clinic) == {accounts.PAYABLE: "28,440.00", accounts.TREASURY: "66,360.00"} | {
        accounts.TREASURY: "-66,360.00",
        accounts.FUND: "-94,800.00",
    }
    assert list(first.entries.values_list("account", "debit_fen", "credit_fen")) == before


def test_a_second_run_after_payment_takes_back_what_was_too_much(office):
    clinic = office.clinics[0]
    prepared(office, clinic, "1,000.00", "700.00")
    post(office, run(settled(clinic, "1,000.00", "900.00", "700.00")))
    about = {"organization_id": clinic}
    posted(
        office,
        [line(accounts.PAYABLE, F("200.00"), **about), line(accounts.TREASURY, 0, F("200.00"), **about)],
        "pay",
        kind=accounts.PAYMENT,
    )
    assert ledger.paid(COUNTY, YEAR) == {clinic: F("900.00")}
    post(office, run(settled(clinic, "1,000.00", "650.00", "900.00"), number=2))
    assert stands(clinic)[accounts.TO_RECOVER] == "250.00"
    assert accounts.PAYABLE not in stands(clinic)
    assert stands()[accounts.POOL] == "350.00"


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"prepaid_fen": 69_999, "final_fen": 20_001}, {"prepaid"}),
        ({"withheld_fen": 10_001}, {"sum"}),
        ({"final_fen": 20_001}, {"final"}),
        ({"due_fen": -1, "withheld_fen": 100_001}, {"sum", "final"}),
    ],
)
def test_a_run_that_does_not_agree_is_refused_with_the_institution(office, changes, codes):
    clinic = office.clinics[0]
    prepared(office, clinic, "1,000.00", "700.00")
    values = {"base_fen": 100_000, "due_fen": 90_000, "withheld_fen": 10_000, "prepaid_fen": 70_000}
    wrong = Settled(**({"organization_id": clinic, "final_fen": 20_000} | values | changes))
    with pytest.raises(Several) as caught:
        post(office, run(wrong))
    assert {each.code for each in caught.value.problems} == codes
    assert {each.details["organization"] for each in caught.value.problems} == {str(clinic)}
    assert not Posting.objects.filter(kind="settlement").exists()


def test_an_institution_twice_or_a_stranger_is_refused(office):
    clinic = office.clinics[0]
    both = settled(clinic, "1.00", "1.00", "0")
    with pytest.raises(Refused, match="两次"):
        post(office, run(both, both))
    for who in ("evaluator@commission", "township_director@centre", "county_officer@far_commission"):
        with pytest.raises(policy.Forbidden):
            ledger.post_run(run(both), by=office.world.actor(who), at=office.at)
