"""From standard and population to budget, arrival, allotment and prepayment: evaluation_and_funds.md §1–§4."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests.integration.places import worlds
from tests.integration.settlement import money_year as scene
from tests.integration.settlement.conftest import COUNTY, FAR_COUNTY, TOWN, YEAR

from gongwei.base import ids, scope
from gongwei.base.problems import Refused, Several
from gongwei.places import policy
from gongwei.settlement import (
    budget_allocating,
    budget_keeping,
    fund_keeping,
    ledger_balances,
    ledger_posting,
    money,
    prepay,
    spending,
    standards_keeping,
    standards_queries,
)
from gongwei.settlement import ledger_accounts as accounts
from gongwei.settlement.models import Allocation, Budget, LocalStandard

F, POT = money.fen, scene.POT


def standard(office, yuan, area=COUNTY, **changes):
    values = {"by": office.finance, "at": office.at, "area_key": area, "year": YEAR, "value_fen": F(yuan)}
    return standards_keeping.set_standard(**(values | {"document": "县财社〔2025〕2号"} | changes))


def balance(code, **asked):
    found = ledger_balances.balances(COUNTY, **asked).get(code)
    return "0.00" if found is None else money.yuan(found.balance_fen)


class TestStandards:
    def test_the_national_one_holds_where_nobody_set_one(self, office):
        found = standards_queries.standard(TOWN, YEAR)
        assert (found.value_fen, found.transferred_fen, found.own) == (9900, 900, False)
        assert standards_queries.standard(TOWN, 2026) is None

    def test_the_higher_holds_and_reaches_down(self, office):
        standard(office, "102.50")
        town = standards_queries.standard(TOWN, YEAR)
        assert (town.value_fen, town.own, town.source) == (10_250, False, "县财社〔2025〕2号")
        assert standards_queries.standard(FAR_COUNTY, YEAR).value_fen == 9900
        standard(office, "105", TOWN)
        assert standards_queries.standard(TOWN, YEAR).own
        standard(office, "110")
        assert standards_queries.standard(TOWN, YEAR).value_fen == 11_000

    def test_below_what_holds_above_is_refused(self, office):
        with pytest.raises(Refused, match=r"不得低于上级标准99\.00元"):
            standard(office, "98.99")
        standard(office, "102.50")
        with pytest.raises(Refused, match=r"不得低于上级标准102\.50元"):
            standard(office, "100", TOWN)

    def test_a_new_one_ends_the_old_one_which_stays(self, office):
        standard(office, "100")
        standard(office, "101")
        assert LocalStandard.objects.count() == 2
        assert LocalStandard.objects.get(ended_at=None).value_fen == 10_100

    @pytest.mark.parametrize(
        ("changes", "code"),
        [({"document": " "}, "required"), ({"year": 1999}, "year"), ({"transferred_fen": 20_000}, "value")],
    )
    def test_nonsense(self, office, changes, code):
        with pytest.raises(Refused) as caught:
            standard(office, "100", **changes)
        assert caught.value.code == code

    def test_who_pays(self, office):
        assert standards_queries.sharing(COUNTY, YEAR) is None, "66 is no province"
        scene.sharing(office)
        found = standards_queries.sharing(TOWN, YEAR)
        assert (found.central, found.local, found.tier) == (Decimal("0.6"), scene.LOCAL, None)
        assert standards_queries.sharing(COUNTY, 2018) is None

    def test_only_the_finance_officer_of_the_county_sets(self, office):
        with pytest.raises(policy.Forbidden):
            standard(office, "100", by=office.officer)
        with pytest.raises(policy.Forbidden):
            standard(office, "100", FAR_COUNTY)


@pytest.fixture
def ready(office):
    """Residents and who pays are known."""
    scene.residents(office)
    scene.sharing(office)
    return office


class TestBudgets:
    def test_worked_out_from_population_standard_and_shares(self, ready):
        """12 000 residents × 90 yuan of the first pot: 60 % central, 50:20:30 of the rest."""
        found = budget_keeping.propose(area_key=TOWN, year=YEAR, pot=POT)
        assert (found.area_key, found.population, found.population_year) == (COUNTY, 12_000, YEAR - 1)
        assert [money.yuan(each) for each in found.parts.values()] == [
            "648,000.00",
            "216,000.00",
            "86,400.00",
            "129,600.00",
        ]
        assert money.yuan(found.total_fen) == "1,080,000.00"
        other = budget_keeping.propose(area_key=COUNTY, year=YEAR, pot="transferred")
        assert money.yuan(other.total_fen) == "108,000.00"

    def test_nothing_is_guessed(self, office):
        with pytest.raises(Refused, match="常住人口"):
            budget_keeping.propose(area_key=COUNTY, year=YEAR, pot=POT)
        scene.residents(office)
        with pytest.raises(Refused, match="分担比例"):
            budget_keeping.propose(area_key=COUNTY, year=YEAR, pot=POT)
        with pytest.raises(Refused, match="2026年的人均补助标准"):
            budget_keeping.propose(area_key=COUNTY, year=2026, pot=POT)

    def test_approved_by_another_person_it_is_posted(self, ready):
        made = scene.budget(ready, increments={("province", "疫情防控"): F("12,000.00")})
        assert (made.state, money.yuan(made.total_fen)) == ("approved", "1,092,000.00")
        assert balance(accounts.RECEIVABLE) == balance(accounts.FUND) == "1,092,000.00"
        assert made.lines.filter(source="province").count() == 2

    def test_four_eyes(self, ready):
        proposal = budget_keeping.propose(area_key=COUNTY, year=YEAR, pot=POT)
        made = budget_keeping.draft(by=ready.finance, at=ready.at, proposal=proposal, document="x")
        with pytest.raises(policy.Forbidden):
            budget_keeping.approve(by=ready.second, at=ready.at, budget_id=made.id)
        Budget.objects.filter(id=made.id).update(recorded_by=ready.officer.account_id)
        with pytest.raises(Refused, match="不能是同一个人"):
            budget_keeping.approve(by=ready.officer, at=ready.at, budget_id=made.id)
        with pytest.raises(IntegrityError), transaction.atomic():
            Budget.objects.filter(id=made.id).update(
                state="approved", approved_at=ready.at, approved_by=ready.officer.account_id
            )

    def test_a_new_version_takes_the_old_one_back(self, ready):
        first = scene.budget(ready)
        second = scene.budget(ready, increments={("county", "设备维护"): 100})
        first.refresh_from_db()
        assert (first.state, second.version) == ("replaced", 2)
        assert balance(accounts.RECEIVABLE) == "1,080,001.00"

    def test_a_draft_is_replaced_or_withdrawn_with_a_reason(self, ready):
        proposal = budget_keeping.propose(area_key=COUNTY, year=YEAR, pot=POT)
        first, second = [
            budget_keeping.draft(by=ready.finance, at=ready.at, proposal=proposal, document="x") for _ in "ab"
        ]
        first.refresh_from_db()
        assert first.state == "withdrawn"
        with pytest.raises(Refused, match="理由"):
            budget_keeping.withdraw(by=ready.finance, at=ready.at, budget_id=second.id, reason=" ")
        budget_keeping.withdraw(by=ready.officer, at=ready.at, budget_id=second.id, reason="文号有误")
        with pytest.raises(Refused):
            budget_keeping.approve(by=ready.officer, at=ready.at, budget_id=second.id)
        assert balance(accounts.FUND) == "0.00"

    @pytest.mark.parametrize("increment", [{("x", "用途"): 1}, {("city", " "): 1}, {("city", "用途"): 0}])
    def test_an_increment_without_source_purpose_or_amount(self, ready, increment):
        with pytest.raises(Refused, match="专项增量"):
            scene.budget(ready, increments=increment)

    def test_a_request_cannot_rewrite_one(self, ready):
        made = scene.budget(ready)
        with pytest.raises(DatabaseError, match="permission denied"), scope.acting(ready.officer):
            Budget.objects.filter(id=made.id).update(total_fen=1)


class TestArrivals:
    def test_money_arrives_by_document(self, ready):
        scene.budget(ready)
        row = scene.document(ready)
        assert (row.expenditure_item, row.income_item, row.direct) == ("2100408", "1100249", True)
        made = scene.arrive(ready, row, "500,000.00", arrival_id=ids.uuid7())
        assert scene.arrive(ready, row, "500,000.00", arrival_id=made.id) == made, "sent twice"
        assert (balance(accounts.TREASURY), balance(accounts.RECEIVABLE)) == ("500,000.00", "580,000.00")
        with pytest.raises(Refused, match=r"尚未到账148,000\.00元"):
            scene.arrive(ready, row, "148,000.01")

    def test_a_reversed_arrival_counts_no_more(self, ready):
        row = scene.document(ready)
        made = scene.arrive(ready, row)
        posting = ledger_balances.of_cause("arrival", [made.id]).get()
        ledger_posting.reverse(
            posting_id=posting.id, on=dt.date(2025, 6, 30), reason="入错专户", by=ready.finance, at=ready.at
        )
        assert fund_keeping.arrived_fen(row) == 0
        fund_keeping.withdraw(by=ready.finance, at=ready.at, document_id=row.id, reason="作废")
        assert scene.document(ready).number == row.number

    def test_a_document_with_money_stays(self, ready):
        row = scene.document(ready)
        scene.arrive(ready, row)
        with pytest.raises(Refused, match="已有到账"):
            fund_keeping.withdraw(by=ready.finance, at=ready.at, document_id=row.id, reason="作废")
        with pytest.raises(Refused, match="已经登记"):
            scene.document(ready)

    @pytest.mark.parametrize(
        ("changes", "codes"),
        [
            ({"number": "", "title": " ", "issuer": ""}, {"required"}),
            ({"amount_fen": 0}, {"amount"}),
            ({"issued_on": dt.date(2025, 7, 2)}, {"future"}),
            ({"pot": "x", "source": "y"}, {"pot", "source"}),
        ],
    )
    def test_nonsense(self, ready, changes, codes):
        with pytest.raises(Several) as caught:
            scene.document(ready, **changes)
        assert {each.code for each in caught.value.problems} == codes

    @pytest.mark.parametrize("day", [dt.date(2025, 1, 9), dt.date(2025, 7, 2)])
    def test_days_that_cannot_be(self, ready, day):
        row = scene.document(ready)
        with pytest.raises(Refused, match="到账日期"):
            scene.arrive(ready, row, on=day)
        with pytest.raises(Refused, match="报送日期"):
            fund_keeping.file_targets(by=ready.finance, at=ready.at, document_id=row.id, filed_on=day)

    def test_targets_are_filed(self, ready):
        row = scene.document(ready)
        filed = fund_keeping.file_targets(
            by=ready.finance, at=ready.at, document_id=row.id, filed_on=dt.date(2025, 3, 1)
        )
        assert filed.targets_filed_on == dt.date(2025, 3, 1)


class TestAllocations:
    def test_forty_per_cent_to_the_villages_and_all_adds_up(self, ready):
        scene.budget(ready)
        shares = {
            each.organization_id: each
            for each in budget_allocating.propose(area_key=COUNTY, year=YEAR, pot=POT)
        }
        assert sum(each.amount_fen for each in shares.values()) == F("1,080,000.00")
        clinics = [shares[key] for key in ready.clinics]
        # Of the first township's 5 617 × 90 = 505 530: 40 % by 3 000 and 2 617.
        assert [money.yuan(each.amount_fen) for each in clinics[:2]] == ["108,000.00", "94,212.00"]
        assert money.yuan(shares[ready.centre].amount_fen) == "303,318.00"
        # The second township has a clinic in one of its villages only: it gets all of the villages' part.
        assert money.yuan(clinics[2].amount_fen) == "229,788.00"
        assert all(each.first_fen + each.second_fen == each.amount_fen for each in shares.values())

    def test_institutions_without_residents_are_named(self, ready):
        scene.budget(ready)
        ready.world.organizations["village_b"].served_areas.update(area_id=worlds.key(660101, 101))
        ready.world.organizations["village_a"].served_areas.all().update(from_on=dt.date(2030, 1, 1))
        with pytest.raises(Refused, match="village_a单位"):
            budget_allocating.propose(area_key=COUNTY, year=YEAR, pot=POT)

    def test_another_sum_than_the_budget_is_refused(self, ready):
        scene.budget(ready)
        shares = budget_allocating.propose(area_key=COUNTY, year=YEAR, pot=POT)
        with pytest.raises(Refused, match=r"相差303,318\.00元"):
            budget_allocating.draft(
                by=ready.finance,
                at=ready.at,
                area_key=COUNTY,
                year=YEAR,
                pot=POT,
                shares=[each for each in shares if each.organization_id != ready.centre],
                document="x",
            )

    def test_without_a_budget_there_is_nothing_to_allot(self, ready):
        with pytest.raises(Refused, match="没有批准的预算"):
            scene.allotted(ready)


class TestPrepayments:
    @pytest.fixture
    def begun(self, ready):
        scene.budget(ready)
        scene.arrive(ready, scene.document(ready))
        scene.allotted(ready)
        return ready

    def test_seventy_per_cent_by_half_years(self, begun):
        """V1's shape: 70 % of the year in two halves."""
        for kind in ("first", "second"):
            made = scene.paid(begun, kind)
            line = made.lines.get(organization_id=begun.clinics[0])
            assert (money.yuan(line.task_fen), money.yuan(line.amount_fen)) == ("54,000.00", "37,800.00")
        assert [prepay.due_day(kind, YEAR, COUNTY) for kind in ("first", "second")] == [
            dt.date(2025, 6, 30),
            dt.date(2025, 12, 31),
        ]
        assert balance(accounts.PREPAID, organization_id=begun.clinics[0]) == "75,600.00"
        assert balance(accounts.HELD, organization_id=begun.clinics[0]) == "75,600.00"
        assert accounts.PREPAID not in ledger_balances.balances(COUNTY, organization_id=begun.centre)

    def test_uneven_halves(self, begun):
        """V5: tasks of 50 000.00 and 44 212.00 are prepaid at 70 % each."""
        clinic = begun.clinics[1]
        former = Allocation.objects.get(state="approved")
        scene.allotted(begun, firsts={clinic: F("50,000.00")})
        former.refresh_from_db()
        assert former.state == "replaced"
        assert balance(accounts.ALLOTTED) == "1,080,000.00", "the first was taken back"
        paid = [
            scene.paid(begun, kind).lines.get(organization_id=clinic).amount_fen
            for kind in ("first", "second")
        ]
        assert [money.yuan(each) for each in paid] == ["35,000.00", "30,948.40"]

    def test_a_half_is_prepaid_once(self, begun):
        scene.paid(begun, "first")
        with pytest.raises(Refused, match="已经预拨"):
            scene.paid(begun, "first")

    def test_no_money_no_payment(self, ready):
        scene.budget(ready)
        scene.allotted(ready)
        with pytest.raises(Refused, match=r"专户余额0\.00元"):
            scene.paid(ready, "first")

    def test_what_changed_in_between_is_prepared_again(self, begun):
        made = prepay.draft(
            by=begun.finance,
            at=begun.at,
            area_key=COUNTY,
            year=YEAR,
            pot=POT,
            kind="first",
            paid_on=dt.date(2025, 6, 20),
            document="x",
        )
        scene.allotted(begun, village_share=Decimal("0.45"))
        with pytest.raises(Refused, match="已经变化"):
            prepay.approve(by=begun.officer, at=begun.at, payment_id=made.id)

    def test_nothing_due_and_no_document(self, begun):
        with pytest.raises(Refused, match="没有应拨付的金额"):
            scene.paid(begun, "settlement")
        with pytest.raises(Refused, match="文件"):
            scene.paid(begun, "first", document=" ")


class TestSpending:
    @pytest.fixture
    def paid(self, ready):
        scene.budget(ready)
        scene.arrive(ready, scene.document(ready))
        scene.allotted(ready)
        scene.paid(ready, "first")
        return ready

    def spend(self, office, amount="1,000.00", **changes):
        values = {
            "by": office.finance,
            "at": office.at,
            "organization_id": office.clinics[0],
            "year": YEAR,
            "pot": POT,
            "spent_on": dt.date(2025, 6, 25),
            "amount_fen": F(amount),
            "expense_class": "labour",
            "voucher": "记-12",
        }
        return spending.record(**(values | changes))

    def test_it_comes_out_of_what_the_institution_holds(self, paid):
        self.spend(paid)
        assert balance(accounts.SPENT, organization_id=paid.clinics[0]) == "1,000.00"
        assert balance(accounts.HELD, organization_id=paid.clinics[0]) == "36,800.00"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"expense_class": "building"}, "forbidden_class"),
            ({"expense_class": "large_equipment"}, "forbidden_class"),
            ({"expense_class": "holidays"}, "class"),
            ({"amount": "37,800.01"}, "more"),
            ({"amount": "0"}, "amount"),
            ({"voucher": " "}, "required"),
            ({"spent_on": dt.date(2025, 7, 2)}, "future"),
            ({"pot": "x"}, "pot"),
        ],
    )
    def test_what_the_money_is_not_for(self, paid, changes, code):
        with pytest.raises(Refused) as caught:
            self.spend(paid, **changes)
        assert caught.value.code == code

    def test_a_voucher_is_registered_once(self, paid):
        self.spend(paid)
        with pytest.raises(Refused, match="已经登记"):
            self.spend(paid)
