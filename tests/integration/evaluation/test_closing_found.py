"""Problems of a round nobody was notified of yet, closed together with one reason (问题整改：对账销号)."""

import pytest

from gongwei.base import clock
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused
from gongwei.evaluation import issues
from gongwei.evaluation.models import Issue
from gongwei.places import policy

pytestmark = pytest.mark.django_db
WHY = "已并入本轮评价的整改要求，另行督办"


@pytest.fixture
def opened(staff, at, round_):
    """Three problems of the round, the last of them notified, and one of no round."""

    def one(item, **given):
        return issues.register(
            by=staff.evaluator, at=at, organization_id=staff.centre.id, year=2025, source="assessment",
            description="未按期更换", item=item, **given,
        )  # fmt: skip

    found = [one(item, round_id=round_.id) for item in ("1.1", "1.2", "1.3")]
    issues.move(by=staff.evaluator, at=at, issue_id=found[2].id, to="notified")
    return [*found, one("1.4")]


def states(opened):
    """Where each problem stands, and the day it was closed."""
    return [Issue.objects.values_list("state", "closed_on").get(id=each.id) for each in opened]


def test_those_found_are_closed_with_one_reason_the_others_stay(staff, at, round_, opened):
    asked = [each.id for each in opened]
    assert (
        issues.close_found(by=staff.evaluator, at=at, round_id=round_.id, issue_ids=asked, note=f" {WHY} ")
        == 2
    )
    today = clock.day_of(at)
    assert states(opened) == [("closed", today), ("closed", today), ("notified", None), ("found", None)]
    for each in opened[:2]:
        step = each.steps.order_by("at", "id").last()
        assert (step.state, step.note, step.at, step.by) == ("closed", WHY, at, staff.evaluator.account_id)
    line = AuditEntry.objects.get(subject_kind="evaluation_round", subject_id=str(round_.id), detail__count=2)
    assert (line.detail["state"], line.detail["reason"]) == ("closed", WHY)


def test_it_leaves_what_closing_one_by_one_leaves(staff, at, round_, opened):
    together, single = opened[:2]
    issues.close_found(by=staff.evaluator, at=at, round_id=round_.id, issue_ids=[together.id], note=WHY)
    issues.move(by=staff.evaluator, at=at, issue_id=single.id, to="closed", note=WHY)

    def kept(issue):
        own = {"id", "item", "description"}
        row = {
            name: value for name, value in Issue.objects.values().get(id=issue.id).items() if name not in own
        }
        return row, list(issue.steps.order_by("at", "id").values_list("state", "note", "at", "by"))

    assert kept(together) == kept(single)


def test_twice_closes_nothing_more(staff, at, round_, opened):
    asked = [each.id for each in opened]
    issues.close_found(by=staff.evaluator, at=at, round_id=round_.id, issue_ids=asked, note=WHY)
    before = states(opened)
    assert issues.close_found(by=staff.evaluator, at=at, round_id=round_.id, issue_ids=asked, note=WHY) == 0
    assert states(opened) == before
    assert [each.steps.filter(state="closed").count() for each in opened] == [1, 1, 0, 0]


def test_a_reason_is_asked_for(staff, at, round_, opened):
    with pytest.raises(Refused) as refused:
        issues.close_found(by=staff.evaluator, at=at, round_id=round_.id, issue_ids=[opened[0].id], note=" ")
    assert (refused.value.field, refused.value.code) == ("note", "required")
    assert states(opened)[0] == ("found", None)


@pytest.mark.parametrize("who", ["director", "clinic", "far_officer"])
def test_the_institution_and_others_may_not(staff, at, round_, opened, who):
    with pytest.raises(policy.Forbidden):
        issues.close_found(
            by=getattr(staff, who), at=at, round_id=round_.id, issue_ids=[opened[0].id], note=WHY
        )
    assert states(opened)[0] == ("found", None)
