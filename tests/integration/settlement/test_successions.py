"""One clinic takes over another: nothing posted is changed, its cash is transferred, and the heir sees, gets and owes for both."""

import datetime as dt

import pytest
from tests.integration.settlement import money_year as scene
from tests.integration.settlement.conftest import COUNTY, YEAR

from gongwei.base import ids, scope
from gongwei.base.problems import Refused
from gongwei.places import operations as places
from gongwei.places import policy
from gongwei.settlement import (
    fund_queries,
    gathering,
    ledger,
    ledger_balances,
    money,
    prepay,
    queries,
    spending,
    succession_keeping,
    successions,
)
from gongwei.settlement.apportioning import Judged
from gongwei.settlement.ledger import RunToPost, Settled
from gongwei.settlement.models import Entry, RunUnit, SettlementRun, Succession

F, Y = money.fen, money.yuan
ENDED = dt.date(2025, 6, 25)
DOCUMENT = "县卫健〔2025〕18号"


def prepare(office, **changes):
    heir, former = office.clinics[:2]
    values = {
        "by": office.finance,
        "at": office.at,
        "area_key": COUNTY,
        "former_id": former,
        "heir_id": heir,
        "on": ENDED,
    }
    return succession_keeping.draft(**(values | {"document": DOCUMENT} | changes))


def close(office, which=1):
    places.close_organization(
        by=office.officer, at=office.at, organization_id=office.clinics[which], on=ENDED
    )


def sums(office):
    """Σ over all institutions, by account, in fen."""
    found = {}
    for held in ledger_balances.by_organization(COUNTY, YEAR).values():
        for code, each in held.items():
            found[code] = found.get(code, 0) + each.balance_fen
    return found


@pytest.fixture
def taken_over(office):
    """Both clinics were prepaid the first half; b ends and a takes it over."""
    scene.begun(office)
    scene.paid(office, "first")
    office.heir, office.former = office.clinics[:2]
    close(office)
    office.before, office.entries = sums(office), Entry.objects.count()
    made = prepare(office)
    office.row = succession_keeping.approve(by=office.officer, at=office.at, succession_id=made.id)
    return office


def test_money_before_is_money_after_and_the_cash_is_the_heirs(taken_over):
    office = taken_over
    assert sums(office) == office.before
    assert Entry.objects.count() == office.entries + 2, "one posting, nothing else"
    held = ledger_balances.by_organization(COUNTY, YEAR)
    paid = ledger_balances.paid(COUNTY, YEAR)
    assert held[office.former]["3001"].balance_fen == 0
    assert held[office.heir]["3001"].balance_fen == paid[office.heir] + paid[office.former] > 0
    assert Y(paid[office.former]) == "32,974.20", "what b was paid stays b's: 70 % of half of 94 212.00"
    posting = Entry.objects.order_by("-id").first().posting
    assert (posting.kind, posting.document) == ("succession", DOCUMENT)


def test_approving_twice_posts_once_and_two_persons_do_it(taken_over):
    office = taken_over
    with pytest.raises(Refused, match="已经审批"):
        succession_keeping.approve(by=office.officer, at=office.at, succession_id=office.row.id)
    with pytest.raises(Refused, match="已经由其他机构承继"):
        prepare(office)
    assert Succession.objects.count() == 1
    with pytest.raises(policy.Forbidden):
        succession_keeping.approve(by=office.finance, at=office.at, succession_id=office.row.id)


def test_what_is_due_for_the_former_is_paid_to_the_heir(taken_over):
    office = taken_over
    cash = ledger_balances.cash(COUNTY, office.heir)[YEAR, scene.POT]
    made = scene.paid(office, "second", on=dt.date(2025, 6, 28))
    lines = {each.organization_id: each.amount_fen for each in made.lines.all()}
    assert Y(lines[office.former]) == "32,974.20", "b's task of the second half"
    now = ledger_balances.cash(COUNTY, office.heir)[YEAR, scene.POT]
    assert now - cash == lines[office.heir] + lines[office.former]
    assert ledger_balances.cash(COUNTY, office.former) == {}
    spending.record(
        by=office.finance, at=office.at, organization_id=office.heir, year=YEAR, pot=scene.POT, spent_on=dt.date(2025, 6, 30),
        amount_fen=now, expense_class="labour", voucher="记1",
    )  # fmt: skip
    assert ledger_balances.cash(COUNTY, office.heir) == {}


def test_a_settlement_posts_each_by_itself_and_the_heir_gives_back(taken_over):
    """b earned less than it was paid: 30 000.00 of 32 974.20; what is too much comes out of a's account."""
    office = taken_over
    base, paid = F("30,000.00"), ledger.paid(COUNTY, YEAR)[office.former]
    line = Settled(office.former, base, base, 0, paid, base - paid)
    run = RunToPost(ids.uuid7(), COUNTY, YEAR, scene.POT, dt.date(2025, 6, 30), "县卫健〔2025〕20号", [line])
    ledger.post_run(run, by=office.officer, at=office.at)
    assert {each.organization_id: Y(each.amount_fen) for each in prepay.owed(area_key=COUNTY, year=YEAR, pot=scene.POT, kind="recovery")} == {office.former: "2,974.20"}  # fmt: skip
    cash = ledger_balances.cash(COUNTY, office.heir)[YEAR, scene.POT]
    scene.paid(office, "recovery", on=dt.date(2025, 6, 30))
    assert cash - ledger_balances.cash(COUNTY, office.heir)[YEAR, scene.POT] == F("2,974.20")
    assert ledger_balances.cash(COUNTY, office.former) == {}


def test_the_director_and_the_office_see_both_side_by_side(taken_over):
    office = taken_over
    for who in (office.finance, office.world.actor("township_director@centre")):
        with scope.acting(who):
            rows = fund_queries.overview(who, YEAR).rows
        names = [(each.organization_id, each.heir) for each in rows]
        place = names.index((office.heir, ""))
        assert names[place + 1] == (office.former, "village_a单位")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"document": " "}, "required"),
        ({"on": dt.date(2025, 7, 2)}, "future"),
        ({"on": dt.date(2025, 6, 24)}, "active"),
        ({"heir_id": "former"}, "same"),
        ({"heir_id": "far"}, "organization"),
    ],
)
def test_what_cannot_be(office, changes, code):
    close(office)
    known = {"former": office.clinics[1], "far": office.world.organizations["far_village"].id}
    with pytest.raises(Refused) as caught:
        prepare(office, **{name: known.get(value, value) for name, value in changes.items()})
    assert caught.value.code == code


def test_an_institution_in_use_is_not_taken_over_and_there_is_no_ring(office):
    with pytest.raises(Refused, match="仍在用"):
        prepare(office)
    close(office)
    close(office, 0)
    with pytest.raises(Refused, match="承继机构已经停用"):
        prepare(office)


def test_several_steps_lead_to_who_is_there_now(taken_over):
    office = taken_over
    close(office, 0)
    third = office.clinics[2]
    made = prepare(office, former_id=office.heir, heir_id=third)
    succession_keeping.approve(by=office.officer, at=office.at, succession_id=made.id)
    assert successions.heir(office.former) == third
    assert successions.with_formers([third]) == {office.former, office.heir, third}
    assert ledger_balances.cash(COUNTY, office.heir) == {}


def test_a_score_is_the_heirs_where_nobody_judged_the_former_and_a_veto_stays(taken_over):
    office = taken_over
    heirs = {office.former: office.heir}
    found = gathering.inherited({office.heir: Judged(91), office.former: Judged(None, True)}, heirs)
    assert found == {office.former: Judged(91, True, office.heir)}
    assert gathering.inherited({office.heir: Judged(91, True), office.former: Judged(70)}, heirs) == {}


@pytest.fixture
def published(taken_over):
    """A published settlement with both clinics in it."""
    office = taken_over
    content = {"scheme": {"content": scheme_content(), "id": None}, "services": {}, "scores": {}}
    run = SettlementRun.objects.create(
        title="2025年结算", county_key=COUNTY, year=YEAR, pot=scene.POT, first=dt.date(2025, 1, 1), last=dt.date(2025, 12, 31),
        state="running", snapshot_id=ids.uuid7(), cut_at=office.at, inputs=content, inputs_digest="x", at=office.at,
    )  # fmt: skip
    for key, name, due, prepaid in (
        (office.heir, "甲室", 108_000_00, 37_800_00),
        (office.former, "乙室", 30_000_00, 32_974_20),
    ):
        RunUnit.objects.create(
            run=run, organization_id=key, name=name, seat_key=COUNTY, level="village", town_id=office.centre, persons=1, points=91,
            points_of=key, veto=False, coefficient=1, ratio=1, equivalents=0, base_fen=due, due_fen=due, withheld_fen=0,
            prepaid_fen=prepaid, final_fen=due - prepaid, reward_fen=0, topup_fen=0,
        )  # fmt: skip
    SettlementRun.objects.filter(id=run.id).update(
        state="published", result_digest="x", published_at=office.at
    )
    office.run = SettlementRun.objects.get(id=run.id)
    return office


def scheme_content():
    from gongwei.settlement import schemes

    return schemes.national(dt.date(YEAR, 12, 31))


def test_the_heirs_statement_shows_both(published):
    office, doctor = published, published.world.actor("village_doctor@village_a")
    with scope.acting(doctor):
        found = queries.statement(doctor, office.run, office.heir)
        assert [each.name for each in found.formers] == ["乙室"]
        assert (Y(found.together["due_fen"]), Y(found.together["final_fen"])) == ("138,000.00", "67,225.80")
        own = queries.statement(doctor, office.run, office.former)
        assert (own.unit.name, own.heir) == ("乙室", "village_a单位")
        assert {each.name for each in queries.units(doctor, office.run)} == {"甲室", "乙室"}
    other = published.world.actor("village_doctor@other_village")
    with scope.acting(other), pytest.raises((policy.Forbidden, Refused)):
        queries.statement(other, office.run, office.former)
