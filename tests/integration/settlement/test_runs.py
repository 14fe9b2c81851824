"""Settlements of a small county: what is counted and why not, fen that add up, the way through the offices, differences."""

import csv
import io
import json
from decimal import Decimal

import pytest
from click.testing import CliRunner
from django.db import DatabaseError, connection
from tests.integration.settlement.settled_village import (  # fixtures among them
    COUNTY,
    at,
    organization,
    own_home,
    price_list,
    response,
    scene,
    settle,
    taken,
    village,
)

from gongwei.base import scope
from gongwei.base.actors import SYSTEM
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.quality.models import Finding, State
from gongwei.records import operations as records
from gongwei.settlement import (
    ledger_balances,
    payers,
    queries,
    reasons,
    run_operations,
    scheme_keeping,
)
from gongwei.settlement.models import RunLine, RunUnit, SettlementRun
from gongwei.site.commands import settle as settle_command

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["at", "own_home", "scene", "village"]  # fixtures


def test_each_record_is_counted_or_says_why_not(village, at):
    made = settle(at)
    found = {}
    for service in ("htn.follow_up", "htn.follow_up_home"):
        for name in ("village_a", "village_b"):
            for counted in (True, False):
                page = queries.encounters(SYSTEM, made, organization(village, name), service, counted=counted)
                found |= {each.record_id: each.reason for each in page.lines}
    said = {name: found[response(village, name).id] for name in village.kept}
    assert said == {
        "counted": "", "too_early": "too_early", "telephone": "not_face_to_face", "at_home": "", "same_day": "duplicate",
        "second": "", "not_enrolled": "not_enrolled",
    }  # fmt: skip
    (line,) = queries.line_of_record(SYSTEM, made, response(village, "too_early").id)
    assert line.words == reasons.REASONS["too_early"]
    assert AuditEntry.objects.filter(action="list", subject_kind="resident").exists()


def test_fen_add_up_at_every_level_and_a_second_run_is_the_first(village, at):
    snapshot = taken(at)
    made = settle(at, snapshot=snapshot)
    units = list(RunUnit.objects.filter(run=made))
    assert made.total_fen == made.base_fen == sum(unit.base_fen for unit in units) == 1_000_000
    assert made.due_fen + made.withheld_fen == made.base_fen
    for unit in units:
        found = queries.statement(SYSTEM, made, unit.organization_id)
        assert found.total_fen == unit.base_fen
        if unit.base_fen:
            assert sum(each.due_fen for each in found.staff) == unit.due_fen
    assert sum(town.base_fen for town in queries.towns(made)) == made.base_fen
    again = settle(at, snapshot=snapshot)
    assert again.id == made.id
    assert SettlementRun.objects.count() == 1
    # The same over another snapshot of the same records: another run of the same fen.
    other = settle(at)
    assert (other.id != made.id, other.result_digest == made.result_digest) == (True, True)
    assert queries.difference(made, other) == []


def test_a_statement_goes_from_service_to_amount(village, at):
    scheme = price_list(at, village)
    made = settle(at, total_fen=None, scheme_id=scheme.id)
    clinic, centre = organization(village, "village_a"), organization(village, "centre")
    found = queries.statement(SYSTEM, made, clinic)
    lines = {each.service_code: each for each in found.services}
    follow_ups = lines["htn.follow_up"]
    assert (follow_ups.records, follow_ups.unit_fen, follow_ups.share, follow_ups.amount_fen) == (
        2, Decimal(1500), Decimal("0.6"), 1350,
    )  # fmt: skip
    assert follow_ups.quantity == Decimal("1.5")  # that of January was entered in June: half
    assert follow_ups.declined == {"too_early": 1, "not_face_to_face": 1, "duplicate": 1}
    assert lines["htn.follow_up_home"].amount_fen == 900
    assert found.unit.base_fen == found.unit.due_fen == found.total_fen == 2250
    assert found.not_counted == {"not_face_to_face": 1, "duplicate": 1, "too_early": 1}
    (staff,) = found.staff
    assert (staff.practitioner_id, staff.due_fen) == (village.practitioner.pk, 2250)
    # The centre has its 40 %, and each of its lines says whose service it was.
    shared = queries.statement(SYSTEM, made, centre)
    assert {(each.origin_id, each.amount_fen) for each in shared.services} == {(clinic, 900), (clinic, 600)}
    assert found.document == "示卫〔2025〕1号"
    whole, own, declined = queries.doctor_statement(SYSTEM, made, clinic, village.practitioner.pk)
    assert (whole.unit.base_fen, sum(each.amount_fen for each in own), sum(declined.values())) == (
        2250,
        2250,
        3,
    )


def test_what_other_money_paid_is_not_paid_again(village, at):
    paid = response(village, "counted")
    doctor = village.world.actor("township_doctor@centre")
    mark = payers.mark(by=doctor, at=at, response_id=paid.id, payer="职工体检", reason="单位统一体检")
    before = settle(at)
    (line,) = queries.line_of_record(SYSTEM, before, paid.id)
    assert (line.counted, line.reason) == (False, "other_fund")
    # Not counted, it leaves no window: the one that was too early is now in time.
    (next_one,) = queries.line_of_record(SYSTEM, before, response(village, "too_early").id)
    assert next_one.counted
    with pytest.raises(Refused, match="已登记为由其他经费支付"):
        payers.mark(by=SYSTEM, at=at, response_id=paid.id, payer="医保", reason="重复")
    payers.take_back(by=SYSTEM, at=at, mark_id=mark.id, reason="登记有误")
    after = settle(at)
    (line,) = queries.line_of_record(SYSTEM, after, paid.id)
    assert line.counted
    assert before.inputs["held"]["records"] == 1
    assert payers.of_response(paid.id) is None


def test_a_finding_holds_a_record_until_somebody_decides(village, at):
    asked = response(village, "second")
    finding = Finding.objects.create(
        rule="QD001", title="试", severity="blocker", dimension="T", resident_id=asked.resident_id,
        area_key=asked.encounter.area_key, response=asked, form_code="htn_follow_up", done_on=asked.done_on, digest="x",
        state=State.OPEN, detected_at=at,
    )  # fmt: skip
    told = []
    for state, severity in (
        (State.OPEN, "blocker"),
        (State.CONFIRMED, "major"),
        (State.DISMISSED, "blocker"),
        (State.OPEN, "suspect"),
    ):
        closed = {"closed_at": at, "closed_because": "person"} if state == State.DISMISSED else {}
        left = {"closed_at": None, "closed_because": ""} | closed
        Finding.objects.filter(pk=finding.pk).update(state=state, severity=severity, **left)
        (line,) = queries.line_of_record(SYSTEM, settle(at), asked.id)
        told.append(line.reason)
    assert told == ["finding_open", "finding_confirmed", "", ""]


def test_a_correction_moves_money_and_the_difference_says_why(village, at):
    scheme = price_list(at, village)
    before = settle(at, total_fen=None, scheme_id=scheme.id)
    records.enter_in_error(
        by=village.world.actor("township_doctor@centre"),
        at=at,
        response_id=response(village, "second").id,
        reason="误录",
    )
    after = settle(at, total_fen=None, scheme_id=scheme.id)
    assert after.follows_id == before.id
    changed = queries.difference(before, after)
    assert {(each.service_code, each.before_fen, each.after_fen, each.causes) for each in changed} == {
        ("htn.follow_up", 1350, 450, ("records",)),
        ("htn.follow_up", 900, 300, ("records",)),
    }
    (line,) = queries.line_of_record(SYSTEM, after, response(village, "second").id)
    assert line.reason == "entered_in_error"
    # The earlier statement stays as it was.
    assert queries.statement(SYSTEM, before, organization(village, "village_a")).unit.base_fen == 2250


def test_through_the_offices_into_the_ledger(village, at):
    scheme = price_list(at, village)
    made = settle(at, total_fen=None, scheme_id=scheme.id)
    finance, officer = (
        village.world.actor(f"{role}@commission") for role in ("finance_officer", "county_officer")
    )
    clinic = organization(village, "village_a")
    with pytest.raises(policy.Forbidden):
        run_operations.submit(by=village.doctor, at=at, run_id=made.id)
    run_operations.submit(by=finance, at=at, run_id=made.id)
    with pytest.raises(policy.Forbidden):
        run_operations.approve(by=finance, at=at, run_id=made.id)
    run_operations.approve(by=officer, at=at, run_id=made.id)
    run_operations.post(by=officer, at=at, run_id=made.id)
    with pytest.raises(Refused, match="已入账"):
        run_operations.post(by=officer, at=at, run_id=made.id)
    assert ledger_balances.by_organization(COUNTY, 2025)[clinic]["2101"].balance_fen == 2250
    debit, credit = ledger_balances.totals(COUNTY)
    assert debit == credit
    with scope.acting(village.doctor):
        assert list(queries.runs(village.doctor, 2025)) == []
    run_operations.publish(by=officer, at=at, run_id=made.id)
    with scope.acting(village.doctor):
        (seen,) = queries.runs(village.doctor, 2025)
        (unit,) = queries.units(village.doctor, seen)
        assert queries.statement(village.doctor, seen, unit.organization_id).unit.base_fen == 2250
        page = queries.encounters(village.doctor, seen, clinic, "htn.follow_up", counted=False)
        assert {each.resident for each in page.lines} == {"王*"}
        with pytest.raises(policy.Forbidden):
            queries.statement(village.doctor, seen, organization(village, "village_b"))
        with pytest.raises(policy.Forbidden):
            queries.encounters(village.doctor, seen, organization(village, "village_b"), "htn.follow_up")
    with scope.acting(finance):
        page = queries.encounters(finance, seen, clinic, "htn.follow_up")
        assert {each.reached for each in page.lines} == {
            False
        }  # who keeps money sees that it was done, not for whom


def test_without_scores_a_settlement_by_score_is_not_submitted(village, at):
    made = settle(at)
    with pytest.raises(Refused, match="还没有可以用于结算的年度得分"):
        run_operations.submit(by=SYSTEM, at=at, run_id=made.id)
    with pytest.raises(Refused, match="请填写退回的理由"):
        run_operations.send_back(by=SYSTEM, at=at, run_id=made.id, reason=" ")
    run_operations.send_back(by=SYSTEM, at=at, run_id=made.id, reason="等评价结果")
    assert SettlementRun.objects.get(id=made.id).state == "returned"


def test_what_was_computed_stays_whoever_asks(village, at):
    made = settle(at)
    line = RunLine.objects.filter(run=made).first()
    with pytest.raises(DatabaseError):
        RunLine.objects.filter(pk=line.pk).update(amount_fen=line.amount_fen + 1)
    with pytest.raises(DatabaseError):
        SettlementRun.objects.filter(pk=made.pk).update(due_fen=1, withheld_fen=made.base_fen - 1)
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("delete from settlement_settlementrun")


def test_a_scheme_needs_two_people_and_a_whole(village, at):
    finance, officer = (
        village.world.actor(f"{role}@commission") for role in ("finance_officer", "county_officer")
    )
    values = {
        "by": finance,
        "at": at,
        "county_key": COUNTY,
        "year": 2025,
        "title": "试",
        "document": "示卫〔2025〕2号",
    }
    content = scheme_keeping.beginning(COUNTY, 2025)
    with pytest.raises(Refused, match="村级比例应在0%至100%之间"):
        scheme_keeping.draft(**values, content=content | {"village_share": "1.2"})
    with pytest.raises(Refused, match="请填写方案依据的文件"):
        scheme_keeping.draft(**values | {"document": " "}, content=content)
    first = scheme_keeping.draft(**values, content=content)
    with pytest.raises(Refused, match="没有批准"):
        settle(at, scheme_id=first.id)
    with pytest.raises(policy.Forbidden):
        scheme_keeping.approve(by=finance, at=at, scheme_id=first.id)
    scheme_keeping.approve(by=officer, at=at, scheme_id=first.id)
    second = scheme_keeping.draft(**values, content=content | {"village_share": "0.45"})
    scheme_keeping.approve(by=officer, at=at, scheme_id=second.id)
    first.refresh_from_db()
    assert (first.state, second.version) == ("replaced", 2)
    with pytest.raises(DatabaseError):
        type(first).objects.filter(pk=second.pk).update(title="改")
    assert scheme_keeping.beginning(COUNTY, 2026)["village_share"] == "0.45"


def test_without_money_there_is_nothing_to_settle(village, at):
    with pytest.raises(Refused, match="还没有批准的预算或分配方案"):
        settle(at, total_fen=None)
    assert SettlementRun.objects.count() == 0


def test_the_command_settles_shows_and_exports(village, at):
    def asked(*words):
        return CliRunner().invoke(settle_command.command, ["--year", "2025", *words])

    missing = asked("--total", "10000")
    assert (missing.exit_code, "请用 --county" in missing.output) == (2, True)  # there are two counties
    refused = asked("--county", str(COUNTY))
    assert (refused.exit_code, "还没有批准的预算或分配方案" in refused.output) == (1, True)
    told = json.loads(asked("--county", str(COUNTY), "--total", "10,000.00", "--json", "--lines").stdout)
    assert told["total_fen"] == sum(unit["base_fen"] for unit in told["units"]) == 1_000_000
    assert sum(line["amount_fen"] for line in told["lines"]) == 1_000_000
    shown = asked("--show", told["settlement"], "--csv")
    rows = list(csv.reader(io.StringIO(shown.stdout)))
    assert rows[0] == list(settle_command.HEADINGS)
    assert len(rows) == 1 + len(told["units"])
    lines = asked("--show", told["settlement"], "--lines").output
    assert "高血压随访（门诊）" in lines
    assert "总额 10,000.00 元" in lines
    assert SettlementRun.objects.filter(state="computed").count() == 1
