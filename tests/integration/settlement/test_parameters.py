"""A county's own values of the parameters of money: by document, by two persons, from their day on, and never before."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from tests.integration.settlement import money_year as scene
from tests.integration.settlement.conftest import COUNTY, FAR_COUNTY, TOWN, YEAR

from gongwei.base import scope
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.settlement import (
    budget_allocating,
    budget_keeping,
    fund_parameters,
    money,
    parameters_keeping,
    prepay,
    scheme_queries,
)
from gongwei.settlement.models import LocalParameter

F = money.fen
NEW_YEAR = dt.date(YEAR, 1, 1)
DOCUMENT = "县财社〔2025〕6号"


def prepare(office, code="fund.prepay_share", value="0.80", since=NEW_YEAR, **changes):
    values = {"by": office.finance, "at": office.at, "area_key": COUNTY, "document": DOCUMENT}
    return parameters_keeping.draft(**(values | {"code": code, "value": value, "since": since} | changes))


def holds(office, *given, **changes):
    made = prepare(office, *given, **changes)
    return parameters_keeping.approve(by=office.officer, at=office.at, parameter_id=made.id)


def test_it_holds_from_its_day_in_its_county_only_once_approved(office):
    made = prepare(office)
    assert fund_parameters.number("prepay_share", NEW_YEAR, COUNTY) == Decimal("0.70")
    parameters_keeping.approve(by=office.officer, at=office.at, parameter_id=made.id)
    day_before = dt.date(YEAR - 1, 12, 31)
    said = [
        fund_parameters.number("prepay_share", day, county)
        for day, county in ((day_before, COUNTY), (NEW_YEAR, COUNTY), (NEW_YEAR, FAR_COUNTY))
    ]
    assert said == [Decimal("0.70"), Decimal("0.80"), Decimal("0.70")]
    shown = {each.definition.code: each for each in fund_parameters.in_force(NEW_YEAR, COUNTY)}
    own = shown["fund.prepay_share"]
    assert (own.value, own.since, own.source, own.own) == (Decimal("0.80"), NEW_YEAR, DOCUMENT, True)
    assert not shown["fund.village_share"].own


def test_a_later_document_for_the_same_day_replaces_and_both_stay(office):
    holds(office)
    holds(office, value="0.75", document="县财社〔2025〕9号")
    assert fund_parameters.number("prepay_share", NEW_YEAR, COUNTY) == Decimal("0.75")
    assert sorted(LocalParameter.objects.values_list("value", "state")) == [
        ("0.75", "approved"),
        ("0.80", "replaced"),
    ]


def test_who_prepares_does_not_approve(office):
    made = prepare(office)
    with pytest.raises(policy.Forbidden):
        parameters_keeping.approve(by=office.finance, at=office.at, parameter_id=made.id)
    with pytest.raises(policy.Forbidden):
        prepare(office, by=office.world.actor("county_officer@far_commission"))
    with pytest.raises(IntegrityError), transaction.atomic():
        LocalParameter.objects.filter(id=made.id).update(
            state="approved", approved_at=office.at, approved_by=office.finance.account_id
        )


@pytest.mark.parametrize(
    ("code", "value", "wrong"),
    [
        ("fund.expenditure_item", "2100409", "not_local"),
        ("fund.nothing", "1", "not_local"),
        ("fund.prepay_share", "1.01", "value"),
        ("fund.prepay_share", "七成", "value"),
        ("fund.village_share", "-0.1", "value"),
        ("fund.prepay_first_due", "6月30日", "value"),
        ("fund.prepay_first_due", "02-29", "value"),
        ("fund.central_formula", "other", "value"),
    ],
)
def test_what_the_norms_keep_and_nonsense_are_refused(office, code, value, wrong):
    with pytest.raises(Refused) as caught:
        prepare(office, code=code, value=value)
    assert caught.value.code == wrong


def test_without_a_document_nothing_is_set(office):
    with pytest.raises(Refused, match="依据的文件"):
        prepare(office, document=" ")


def test_prepayment_and_its_day_follow(office):
    """V1: 94 800.00 of a clinic's village share at 80 % instead of 70 %; here 108 000.00 → half 54 000.00 → 43 200.00."""
    scene.begun(office)
    holds(office)
    holds(office, "fund.prepay_first_due", "07-15")
    due = {each.organization_id: each.amount_fen for each in prepay.prepayment(area_key=TOWN, year=YEAR, pot=scene.POT, kind="first")}  # fmt: skip
    assert due[office.clinics[0]] == F("43,200.00")
    made = scene.paid(office, "first")
    assert (made.rate, made.due_on) == (Decimal("0.80"), dt.date(YEAR, 7, 15))


def test_a_payment_prepared_before_keeps_its_rate(office):
    scene.begun(office)
    made = prepay.draft(
        by=office.finance, at=office.at, area_key=COUNTY, year=YEAR, pot=scene.POT, kind="first",
        paid_on=dt.date(2025, 6, 20), document="县卫健〔2025〕8号",
    )  # fmt: skip
    holds(office)
    approved = prepay.approve(by=office.officer, at=office.at, payment_id=made.id)
    assert approved.rate == Decimal("0.70")


def test_the_village_share_and_the_factor_follow(office):
    scene.residents(office)
    scene.sharing(office)
    holds(office, "fund.performance_factor", "1.05")
    proposal = budget_keeping.propose(area_key=COUNTY, year=YEAR, pot=scene.POT)
    assert money.yuan(proposal.parts["central"]) == "680,400.00", "648 000.00 × 1.05"
    scene.budget(office)
    holds(office, "fund.village_share", "0.45")
    shares = budget_allocating.propose(area_key=COUNTY, year=YEAR, pot=scene.POT)
    town = next(each.amount_fen for each in shares if each.organization_id == office.centre)
    clinics = sum(each.amount_fen for each in shares if each.organization_id in office.clinics[:2])
    assert abs(clinics * 100 - (clinics + town) * 45) < 100, "45 % but for less than one fen"


def test_a_county_without_a_scheme_settles_by_its_own_values_and_says_so(office):
    assert fund_parameters.frozen(NEW_YEAR, COUNTY) == {}
    before = scheme_queries.usual(COUNTY, dt.date(YEAR, 12, 31))
    holds(office, "fund.village_share", "0.45")
    after = scheme_queries.usual(COUNTY, dt.date(YEAR, 12, 31))
    assert (before["village_share"], after["village_share"]) == ("0.40", "0.45")
    assert {key for key in before if before[key] != after[key]} == {"village_share"}
    assert fund_parameters.frozen(dt.date(YEAR, 12, 31), COUNTY) == {
        "fund.village_share": {"value": "0.45", "since": "2025-01-01", "document": DOCUMENT}
    }


def test_another_county_reads_none_of_it(office):
    holds(office)
    with scope.acting(office.world.actor("county_officer@far_commission")):
        assert not LocalParameter.objects.exists()
    with scope.acting(office.finance):
        assert LocalParameter.objects.count() == 1
