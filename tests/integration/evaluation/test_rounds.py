"""A round lived from draft to final: frozen figures, three columns, publication, appeal, the year."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import DatabaseError, transaction
from tests.integration.evaluation.conftest import (
    COUNTS,
    COUNTY,
    CUT,
    TREE,
    approved,
    opened,
    run_with,
    sheet_of,
)

from gongwei.base import clock
from gongwei.base.problems import Refused, Several
from gongwei.evaluation import appeals, case_queries, closing, frauds, queries, rounds, schemes, sheets
from gongwei.evaluation.models import Round, Score, Sheet
from gongwei.evaluation.sheets import Entry
from gongwei.measures.models import Run
from gongwei.places import policy

pytestmark = pytest.mark.django_db
LATER = dt.timedelta(days=30)


def reviewed(staff, at, round_, points="18", defects=None):
    """Self-evaluated, reviewed, looked at on site."""
    for organization in (staff.centre, staff.other):
        sheet = sheet_of(round_, organization)
        if organization == staff.centre:
            rounds.advance(by=staff.evaluator, at=at, round_id=round_.id, to="self_evaluation")
            sheets.enter(
                by=staff.director,
                at=at,
                sheet_id=sheet.id,
                stage="self",
                entries=[Entry("B1.1", "20"), Entry("B1.2", "20")],
            )
            sheets.submit_self(by=staff.director, at=at, sheet_id=sheet.id)
            rounds.advance(by=staff.evaluator, at=at, round_id=round_.id, to="on_site")
        sheets.enter(
            by=staff.evaluator,
            at=at,
            sheet_id=sheet.id,
            stage="review",
            entries=[Entry("B1.1", points, reason="缺一次会议记录")],
        )
        sheets.enter(
            by=staff.evaluator,
            at=at,
            sheet_id=sheet.id,
            stage="on_site",
            entries=[Entry("B1.2", quantity=defects or {"空项": 7}, reason="抽查十份")],
        )


def finished(staff, at, round_):
    """Published, and final once the window is over."""
    rounds.publish(by=staff.officer, at=at, round_id=round_.id)
    return rounds.finish(by=staff.officer, at=at + LATER, round_id=round_.id)


def test_system_items_are_scored_from_the_frozen_run(staff, at, round_):
    """61.3 of 64 asked for 40 points; EL.2 reached; an institution without older people has its points spread."""
    own, other = sheet_of(round_, staff.centre), sheet_of(round_, staff.other)
    lines = {each.item.code: each for each in queries.lines(own)}
    score = lines["A1.1"].stages["system"]
    assert Fraction(score.exact) == Fraction("61.3") / 64 * 40
    assert score.reading["numerator"] == 613
    assert score.reading["run"] == str(Round.objects.get(id=round_.id).run_id)
    assert own.missing == ["B1.1", "B1.2"]
    assert Fraction(own.exact) == Fraction("61.3") / 64 * 40 + 20
    assert other.not_applicable == ["A1.2"]
    assert Fraction(other.exact) == Fraction(30, 64) * 60
    assert sheets.score_system(by=staff.evaluator, at=at, round_=Round.objects.get(id=round_.id)) == 0


def test_where_nobody_is_counted_a_run_keeps_no_report_and_the_item_does_not_apply(staff, at):
    """evaluation_and_funds.md §10: no such population is removed and re-spread; a measure the run does not hold is missing."""
    approved(staff, at)
    counts = {"centre": COUNTS["centre"], "other_centre": {"HTN.2": (30, 100)}}
    for held, state in (({"HTN.2": "x", "EL.2": "y"}, "not_applicable"), ({"HTN.2": "x"}, "missing")):
        made = opened(staff, at)
        run = run_with(staff.world, counts)
        Run.objects.filter(id=run.id).update(definitions=held)
        rounds.choose_run(by=staff.evaluator, at=at, round_id=made.id, run_id=run.id)
        other = sheet_of(made, staff.other)
        assert other.scores.get(item="A1.2").state == state
        assert Fraction(other.exact) == Fraction(30, 64) * (60 if state == "not_applicable" else 40)


def test_a_snapshot_newer_than_the_cut_is_refused(staff, at):
    """By the operation with both days, and by the database."""
    approved(staff, at)
    made = opened(staff, at)
    late = run_with(staff.world, COUNTS, cut_on=CUT + dt.timedelta(days=2))
    with pytest.raises(Refused, match="晚于本轮评价的截止日2025-04-30") as refused:
        rounds.choose_run(by=staff.evaluator, at=at, round_id=made.id, run_id=late.id)
    assert refused.value.code == "newer_than_cut"
    assert late not in queries.runs_for(made)
    with pytest.raises(DatabaseError, match="evaluation_round_cut"), transaction.atomic():
        Round.objects.filter(id=made.id).update(
            run_id=late.id, run_cut_at=late.cut_at, snapshot_id=late.snapshot_id
        )
    exactly = run_with(staff.world, COUNTS, cut_on=CUT + dt.timedelta(days=1))
    assert exactly in queries.runs_for(made)
    rounds.choose_run(by=staff.evaluator, at=at, round_id=made.id, run_id=exactly.id)


def test_a_run_without_the_period_is_refused(staff, at):
    """Named as people say it."""
    approved(staff, at)
    made = opened(staff, at)
    other = run_with(staff.world, {}, periods=("2024",))
    with pytest.raises(Refused, match="2025年第一季度"):
        rounds.choose_run(by=staff.evaluator, at=at, round_id=made.id, run_id=other.id)


def test_a_level_without_an_approved_scheme_opens_no_round(staff, at):
    """With the reason."""
    with pytest.raises(Refused, match="还没有审定的评价方案"):
        opened(staff, at)


def test_three_columns_and_the_strongest_counts(staff, at, round_):
    """自评 20/20, 复核 18, 现场 7 defects: 18 + 13."""
    reviewed(staff, at, round_)
    own = sheet_of(round_, staff.centre)
    lines = {each.item.code: each for each in queries.lines(own)}
    assert {stage: each.points for stage, each in lines["B1.1"].stages.items()} == {"self": 20, "review": 18}
    assert lines["B1.2"].counting.points == 13
    assert lines["B1.2"].counting.reading["quantity"] == {"空项": 7}
    assert own.missing == []
    assert Fraction(own.exact) == Fraction("61.3") / 64 * 40 + 20 + 18 + 13
    assert own.points == Decimal("89.312500000000")


def test_a_self_evaluation_alone_earns_nothing(staff, at, round_):
    """And is still missing."""
    rounds.advance(by=staff.evaluator, at=at, round_id=round_.id, to="self_evaluation")
    own = sheet_of(round_, staff.centre)
    sheets.enter(by=staff.director, at=at, sheet_id=own.id, stage="self", entries=[Entry("B1.1", "20")])
    rounds.advance(by=staff.evaluator, at=at, round_id=round_.id, to="review")
    with pytest.raises(Refused, match="现在不能自评评分"):
        sheets.enter(by=staff.director, at=at, sheet_id=own.id, stage="self", entries=[Entry("B1.1", "19")])
    own.refresh_from_db()
    assert own.missing == ["B1.1", "B1.2"]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Entry("B1.1", "21"), "0～20分"),
        (Entry("B1.1", "十"), "不是数"),
        (Entry("B1.1"), "请填写得分"),
        (Entry("B1.1", "18"), "写明理由"),
        (Entry("A1.1", "40"), "写明理由"),
        (Entry("B1.3", "0"), "弄虚作假认定"),
        (Entry("Z9", "1"), "没有这个指标"),
        (Entry("B1.2", quantity={"空项": -1}), "不能为负"),
        (Entry("B1.2", quantity={"错别字": 1}, reason="试"), "填写不正确|错别字"),
    ],
)
def test_scores_that_cannot_be_are_refused(staff, at, round_, entry, words):
    """Out of bounds, without a reason, or a veto nobody decided; beside the item."""
    rounds.advance(by=staff.evaluator, at=at, round_id=round_.id, to="review")
    with pytest.raises(Several, match=words) as refused:
        sheets.enter(
            by=staff.evaluator,
            at=at,
            sheet_id=sheet_of(round_, staff.centre).id,
            stage="review",
            entries=[entry],
        )
    assert refused.value.problems[0].field == entry.item
    assert not Score.objects.filter(stage="review").exists()


def test_who_may_score_whom(staff, at, round_):
    """A director his own centre and below; the evaluator nobody's self-evaluation; another county nothing."""
    rounds.advance(by=staff.evaluator, at=at, round_id=round_.id, to="self_evaluation")
    other = sheet_of(round_, staff.other)
    for by, stage in ((staff.director, "self"), (staff.evaluator, "self"), (staff.far_officer, "review")):
        with pytest.raises(policy.Forbidden):
            sheets.enter(by=by, at=at, sheet_id=other.id, stage=stage, entries=[Entry("B1.1", "20")])
    assert queries.sheet(staff.director, other.id) is None
    assert queries.sheet(staff.finance, other.id) == other
    assert queries.round_of(staff.far_officer, round_.id) is None


def test_scores_are_never_changed(staff, at, round_):
    """Not even by the owner of the tables."""
    score = Score.objects.first()
    with pytest.raises(DatabaseError), transaction.atomic():
        Score.objects.filter(id=score.id).update(points=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        score.delete()


def test_publication_window_and_appeal(staff, at, round_):
    """Five working days; a granted appeal writes a new version, the old stays; then final, and nothing moves any more."""
    reviewed(staff, at, round_)
    own = sheet_of(round_, staff.centre)
    with pytest.raises(Refused, match="公示后才能申诉"):
        appeals.about_item(by=staff.director, at=at, sheet_id=own.id, item="B1.1", text="会议记录已补")
    published = rounds.publish(by=staff.officer, at=at, round_id=round_.id)
    assert published.objection_until == dt.date(2025, 6, 9)  # from Monday 2 June, a holiday
    assert queries.annual_score(staff.centre.id, 2025) is None
    appeal = appeals.about_item(by=staff.director, at=at, sheet_id=own.id, item="B1.1", text="会议记录已补")
    with pytest.raises(Refused, match="申诉在办理"):
        appeals.about_item(by=staff.director, at=at, sheet_id=own.id, item="B1.1", text="再来")
    with pytest.raises(policy.Forbidden):
        appeals.decide(by=staff.evaluator, at=at, appeal_id=appeal.id, granted=True, answer="是", points="20")
    with pytest.raises(Refused, match="申诉期到2025-06-09"):
        rounds.finish(by=staff.officer, at=at, round_id=round_.id)
    with pytest.raises(Refused, match="1件申诉"):
        rounds.finish(by=staff.officer, at=at + LATER, round_id=round_.id)
    before = Fraction(Sheet.objects.get(id=own.id).exact)
    appeals.decide(by=staff.officer, at=at, appeal_id=appeal.id, granted=True, answer="属实", points="20")
    own.refresh_from_db()
    assert Fraction(own.exact) == before + 2
    line = next(each for each in queries.lines(own) if each.item.code == "B1.1")
    assert (line.stages["review"].points, line.counting.stage, line.counting.points) == (18, "appeal", 20)
    rounds.finish(by=staff.officer, at=at + LATER, round_id=round_.id)
    for change in (
        lambda: Sheet.objects.filter(id=own.id).update(points=1),
        lambda: Round.objects.filter(id=round_.id).update(title="改"),
        lambda: sheets.after_appeal(
            by=staff.officer, at=at, sheet_id=own.id, item="B1.1", points="1", answer="改", appeal=appeal.id
        ),
    ):
        with pytest.raises(DatabaseError, match="评价已定"), transaction.atomic():
            change()


def test_an_appeal_after_the_window_is_refused(staff, at, round_):
    """On the last day it is taken, on the next it is not."""
    reviewed(staff, at, round_)
    rounds.publish(by=staff.officer, at=at, round_id=round_.id)
    own = sheet_of(round_, staff.centre)
    last = clock.start_of(dt.date(2025, 6, 9)) + dt.timedelta(hours=23)
    made = appeals.about_item(by=staff.director, at=last, sheet_id=own.id, item="B1.1", text="会议记录已补")
    assert appeals.withdraw(by=staff.director, at=last, appeal_id=made.id).state == "withdrawn"
    with pytest.raises(Refused, match="申诉期已于2025-06-09结束"):
        appeals.about_item(
            by=staff.director, at=last + dt.timedelta(hours=2), sheet_id=own.id, item="B1.1", text="再来"
        )


def test_the_score_of_a_year_counts_decided_rounds_alone(staff, at, round_):
    """Two rounds: the mean of what counts, provisional until all do; unrounded."""
    reviewed(staff, at, round_)
    finished(staff, at, round_)
    one = queries.annual_score(staff.centre.id, 2025)
    assert (one.state, one.points, len(one.rounds)) == ("final", Decimal("89.312500000000"), 1)
    second = opened(staff, at, period="2025Q2", cut_on=dt.date(2025, 7, 10))
    assert queries.annual_score(staff.centre.id, 2025).state == "final"  # still in preparation
    rounds.advance(by=staff.evaluator, at=at, round_id=second.id, to="review")
    own = sheet_of(second, staff.centre)
    sheets.enter(by=staff.evaluator, at=at, sheet_id=own.id, stage="review", entries=[Entry("B1.1", "20")])
    provisional = queries.annual_score(staff.centre.id, 2025)
    assert (provisional.state, provisional.points) == ("provisional", Decimal("89.312500000000"))
    rounds.publish(by=staff.officer, at=at, round_id=second.id)
    after = (at + LATER).date()
    both = queries.annual_score(staff.centre.id, 2025, on=after)
    assert (both.state, both.exact) == ("published", (Fraction("89.3125") + 20) / 2)
    assert queries.annual_scores(2025, COUNTY, on=after)[staff.centre.id] == both
    assert [each.counts for each in both.rounds] == [True, True]


def test_a_new_scheme_does_not_change_a_round(staff, at, round_):
    """Rounds keep the scheme they were opened by."""
    reviewed(staff, at, round_)
    finished(staff, at, round_)
    before = queries.annual_score(staff.centre.id, 2025)
    heavier = {**TREE, "parts": [{**TREE["parts"][1], "points": "40"}, TREE["parts"][0]]}
    approved(staff, at, tree=heavier)
    assert queries.annual_score(staff.centre.id, 2025) == before
    assert sheets.tree_for(sheet_of(round_, staff.centre)).parts[0].code == "A"


def test_weights_that_do_not_fit_are_provisional_and_say_so(staff, at, round_):
    """Four weights, one round."""
    reviewed(staff, at, round_)
    finished(staff, at, round_)
    approved(staff, at, annual={"kind": "weights", "weights": {"1": "20", "2": "20", "3": "20", "4": "40"}})
    found = queries.annual_score(staff.centre.id, 2025)
    assert found.state == "provisional"
    assert "第2、3、4轮" in found.problem
    with pytest.raises(Refused, match="第2、3、4轮"):
        closing.close(by=staff.officer, at=at, county_key=COUNTY, year=2025)


def test_only_a_confirmed_decision_vetoes(staff, at, round_):
    """Proposed by one, confirmed by another, with evidence; 0 in the round by the veto item, and on the year's score."""
    reviewed(staff, at, round_)
    own = sheet_of(round_, staff.centre)
    said = {
        "organization_id": staff.centre.id,
        "year": 2025,
        "round_id": round_.id,
        "found": "三名居民的随访记录系编造",
        "evidence": "入户核查表三份",
        "document": "甲卫发〔2025〕9号",
        "unit": "甲县卫生健康局",
        "decided_on": dt.date(2025, 6, 1),
    }
    with pytest.raises(policy.Forbidden):
        frauds.propose(by=staff.officer, at=at, **said)
    with pytest.raises(Several, match="请填写证据"):
        frauds.propose(by=staff.evaluator, at=at, **said | {"evidence": " "})
    made = frauds.propose(by=staff.evaluator, at=at, **said)
    own.refresh_from_db()
    assert not own.vetoed
    assert list(case_queries.fraud_list(staff.director, 2025)) == []
    frauds.confirm(by=staff.officer, at=at, fraud_id=made.id)
    own.refresh_from_db()
    assert (own.vetoed, own.points) == (True, 0)
    finished(staff, at, round_)
    found = queries.annual_score(staff.centre.id, 2025)
    assert (found.veto.document, found.veto.confirmed_by) == ("甲卫发〔2025〕9号", staff.officer.account_id)
    assert queries.annual_score(staff.other.id, 2025).veto is None
    frauds.withdraw(by=staff.officer, at=at, fraud_id=made.id, reason="复核后证据不足")
    assert queries.annual_score(staff.centre.id, 2025).veto is None


def test_the_database_wants_two_people_and_evidence(staff, at, round_):
    """Whatever program writes."""
    made = frauds.propose(
        by=staff.evaluator,
        at=at,
        organization_id=staff.centre.id,
        year=2025,
        found="编造",
        evidence="核查表",
        document="文",
        unit="局",
        decided_on=dt.date(2025, 6, 1),
    )
    rows = type(made).objects.filter(id=made.id)
    with pytest.raises(DatabaseError, match="evaluation_fraud_four_eyes"), transaction.atomic():
        rows.update(state="confirmed", confirmed_by=made.proposed_by, confirmed_at=at)
    with pytest.raises(DatabaseError, match="evaluation_fraud_state"), transaction.atomic():
        rows.update(state="confirmed")
    with pytest.raises(DatabaseError, match="evaluation_fraud_evidence"), transaction.atomic():
        rows.update(evidence="")


def test_a_year_is_closed_once_everything_is_final(staff, at, round_):
    """With a digest; again only when something has changed since."""
    with pytest.raises(Refused, match="第1轮还没有定案"):
        closing.close(by=staff.officer, at=at, county_key=COUNTY, year=2025)
    reviewed(staff, at, round_)
    finished(staff, at, round_)
    made = closing.close(by=staff.officer, at=at, county_key=COUNTY, year=2025)
    assert {each["name"]: each["band"] for each in made.results} == {
        "centre单位": "良好",
        "other_centre单位": "不合格",
    }
    assert closing.is_current(made)
    with pytest.raises(Refused, match="结果与上次定案相同"):
        closing.close(by=staff.officer, at=at, county_key=COUNTY, year=2025)


def test_doctors_are_scored_too(staff, at):
    """A sheet for each doctor with a duty in the county."""
    approved(staff, at, level="doctor")
    made = opened(staff, at, levels=("doctor",))
    names = {each.name.rpartition("（")[2].rstrip("）") for each in made.sheets.all()}
    assert names == {"village_a单位", "village_b单位", "other_village单位", "centre单位"}
    assert all(each.practitioner_id for each in made.sheets.all())
    own = queries.sheet_list(staff.clinic, made).get()
    assert own.organization == staff.world.organizations["village_a"]
    assert queries.sheet(staff.clinic, own.id) is None  # while the round is prepared
    assert schemes.tree_of(made.schemes.get().scheme).total == 100
