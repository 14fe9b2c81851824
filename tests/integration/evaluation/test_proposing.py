"""Low scores open problems when a round is published; other weights and targets are tried without touching anything."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from tests.integration.evaluation.conftest import COUNTY, sheet_of
from tests.integration.evaluation.test_rounds import LATER, finished

from gongwei.base import clock
from gongwei.evaluation import annual, issues, proposing, rescoring, rounds, sheets
from gongwei.evaluation.models import Issue, Round, Score
from gongwei.evaluation.sheets import Entry

DAY = clock.day_of(dt.datetime(2025, 7, 30, tzinfo=dt.UTC))


@pytest.fixture
def reviewed(staff, at, round_):
    """The centre: 61.3 of 64 (95.8 %), 20 of 20, 11 of 20 (55 %), 5 of 20 (25 %); the other: 30 of 64 (46.9 %), full."""
    rounds.advance(by=staff.evaluator, at=at, round_id=round_.id, to=Round.State.REVIEW)
    for organization, points in ((staff.centre, ("11", "5")), (staff.other, ("20", "20"))):
        entries = [
            Entry(item, points=each, reason="现场")
            for item, each in zip(("B1.1", "B1.2"), points, strict=True)
        ]
        sheets.enter(
            by=staff.evaluator, at=at, sheet_id=sheet_of(round_, organization).id, stage=Score.Stage.REVIEW,
            entries=entries,
        )  # fmt: skip
    return round_


def test_items_under_the_threshold_become_problems_to_be_looked_at(staff, at, reviewed):
    rounds.publish(by=staff.officer, at=at, round_id=reviewed.id)
    found = {(each.organization_id, each.item): each for each in Issue.objects.all()}
    assert {key: each.severity for key, each in found.items()} == {
        (staff.centre.id, "B1.1"): Issue.Severity.MINOR,
        (staff.centre.id, "B1.2"): Issue.Severity.MAJOR,
        (staff.other.id, "A1.1"): Issue.Severity.MINOR,
    }
    one = found[staff.centre.id, "B1.2"]
    assert (one.state, one.made_by, one.round_id) == (Issue.State.FOUND, None, reviewed.id)
    assert "得5分（满分20分）" in one.description
    assert one.steps.get().note == proposing.SAID
    assert proposing.of_round(by=staff.officer, at=at, round_=Round.objects.get(id=reviewed.id)) == []
    issues.move(by=staff.evaluator, at=at, issue_id=one.id, to="closed", note="系录入差错，已更正")
    assert Issue.objects.get(id=one.id).state == "closed"


def test_exactly_at_the_threshold_opens_none(staff, at, round_):
    rounds.advance(by=staff.evaluator, at=at, round_id=round_.id, to=Round.State.REVIEW)
    for organization in (staff.centre, staff.other):
        sheets.enter(
            by=staff.evaluator, at=at, sheet_id=sheet_of(round_, organization).id, stage=Score.Stage.REVIEW,
            entries=[Entry("B1.1", points="12", reason="现场"), Entry("B1.2", points="20", reason="现场")],
        )  # fmt: skip
    rounds.publish(by=staff.officer, at=at, round_id=round_.id)
    assert set(Issue.objects.values_list("organization_id", "item")) == {(staff.other.id, "A1.1")}


def scores(**changes):
    return rescoring.scores(
        county_key=COUNTY,
        year=2025,
        on=DAY,
        changes={("township_centre", code.replace("_", ".")): each for code, each in changes.items()},
    )


def test_nothing_tried_gives_the_scores_that_stand(staff, at, reviewed):
    finished(staff, at, reviewed)
    stood = annual.annual_scores(2025, COUNTY, on=clock.day_of(at + LATER))
    assert scores() == {key: each.exact for key, each in stood.items()}


def test_another_target_asks_the_same_figure_anew(staff, at, reviewed):
    finished(staff, at, reviewed)
    tried = scores(A1_1=rescoring.Change(target=Decimal(80)))
    assert tried[staff.centre.id] == Fraction("61.3") / 80 * 40 + 20 + 11 + 5
    assert exact_of(reviewed, staff.centre) == Fraction("61.3") / 64 * 40 + 20 + 11 + 5, "nothing is stored"


def test_other_points_are_earned_in_proportion_and_brought_to_the_whole(staff, at, reviewed):
    finished(staff, at, reviewed)
    # B1.2 from 20 to 40 points: 5 of 20 are 10 of 40, and 120 points are brought to 100.
    tried = scores(B1_2=rescoring.Change(points=Decimal(40)))
    assert tried[staff.centre.id] == (Fraction("61.3") / 64 * 40 + 20 + 11 + 10) * 100 / 120


def exact_of(round_, organization):
    return Fraction(sheet_of(round_, organization).exact)
