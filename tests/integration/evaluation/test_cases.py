"""Problems put right, and files that prove something."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction

from gongwei.base import clock, scope
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused, Several
from gongwei.evaluation import case_queries, evidence, issues
from gongwei.evaluation.models import Evidence, IssueStep
from gongwei.places import policy

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def registered(staff, at, **given):
    """A problem at the centre."""
    return issues.register(
        **{
            "by": staff.evaluator,
            "at": at,
            "organization_id": staff.centre.id,
            "year": 2025,
            "source": "assessment",
            "description": "宣传栏未按期更换",
            "item": "3.2.1",
        }
        | given
    )


def moved(staff, at, issue, *steps):
    """Steps as (who, to, note)."""
    for who, to, note in steps:
        issue = issues.move(by=getattr(staff, who), at=at, issue_id=issue.id, to=to, note=note)
    return issue


ALL_THE_WAY = (
    ("evaluator", "notified", ""),
    ("director", "accepted", ""),
    ("director", "planning", "本月更换"),
    ("director", "rectifying", ""),
    ("director", "submitted", "已更换"),
    ("evaluator", "rejected", "照片不清"),
    ("director", "rectifying", ""),
    ("director", "submitted", "重拍"),
    ("evaluator", "verified", ""),
    ("evaluator", "closed", "现场看过"),
)


def test_a_problem_is_put_right_and_closed(staff, at):
    """Thirty days; rejected once on the way; every step kept."""
    made = registered(staff, at)
    assert made.due_on == clock.day_of(at) + dt.timedelta(days=30)
    closed = moved(staff, at, made, *ALL_THE_WAY)
    assert (closed.state, closed.closed_on) == ("closed", clock.day_of(at))
    assert [each.state for each in closed.steps.order_by("id")] == [
        "found",
        *(to for _, to, _ in ALL_THE_WAY),
    ]
    counts = case_queries.rectified(case_queries.issue_list(staff.officer, 2025), clock.day_of(at))
    assert counts == {"all": 1, "closed": 1, "in_time": 1, "overdue": 0}
    with pytest.raises(DatabaseError), transaction.atomic():
        IssueStep.objects.update(note="改")


def test_a_repeat_is_one_step_graver_and_due_sooner(staff, at):
    """Within twelve months, the same item at the same place; fifteen days."""
    first = registered(staff, at)
    again = registered(staff, at + dt.timedelta(days=300))
    assert (again.repeat_of, again.severity) == (first, issues.Severity.MAJOR)
    assert (again.due_on - again.found_on).days == 15
    later = registered(staff, at + dt.timedelta(days=300 + 370))
    assert (later.repeat_of, later.severity) == (None, issues.Severity.MINOR)


def test_steps_are_taken_in_order_by_those_they_belong_to(staff, at):
    """The institution does not verify itself; another's director sees nothing."""
    made = registered(staff, at)
    with pytest.raises(Refused, match="状态已经变更"):
        issues.move(by=staff.evaluator, at=at, issue_id=made.id, to="verified", note="完")
    with pytest.raises(Refused, match="请填写说明"):
        issues.move(by=staff.evaluator, at=at, issue_id=made.id, to="closed")
    moved(staff, at, made, *ALL_THE_WAY[:4])
    with pytest.raises(Refused, match="请填写说明"):
        issues.move(by=staff.director, at=at, issue_id=made.id, to="submitted")
    made = moved(staff, at, made, ALL_THE_WAY[4])
    with pytest.raises(policy.Forbidden):
        issues.move(by=staff.director, at=at, issue_id=made.id, to="verified")
    assert case_queries.issue(staff.clinic, made.id) is None
    assert issues.next_steps(staff.director, made) == []
    assert issues.next_steps(staff.evaluator, made) == ["verified", "rejected"]


def test_overdue_problems_are_listed(staff, at):
    """Until they are handed in."""
    made = registered(staff, at)
    day = made.due_on + dt.timedelta(days=1)
    assert list(case_queries.issue_list(staff.officer, 2025, overdue_on=day)) == [made]
    assert list(case_queries.issue_list(staff.officer, 2025, overdue_on=made.due_on)) == []


def kept(staff, at, issue, name="照片.png", content=PNG):
    """A file that belongs to a problem."""
    return evidence.keep(
        by=staff.director,
        at=at,
        about="issue",
        subject_id=issue.id,
        organization_id=issue.organization_id,
        seat_key=issue.seat_key,
        name=name,
        content=content,
    )


def test_grave_problems_need_evidence(staff, at):
    """A file before it is handed in."""
    made = moved(staff, at, registered(staff, at, severity=2), *ALL_THE_WAY[:4])
    with pytest.raises(Refused, match="佐证材料"):
        issues.move(by=staff.director, at=at, issue_id=made.id, to="submitted", note="已更换")
    kept(staff, at, made)
    assert (
        issues.move(by=staff.director, at=at, issue_id=made.id, to="submitted", note="已更换").state
        == "submitted"
    )


def test_files_are_sealed_digested_and_audited(staff, at):
    """The row holds no picture; who may not see the institution finds none."""
    made = kept(staff, at, registered(staff, at))
    assert PNG not in bytes(Evidence.objects.get().content_cipher)
    opened = evidence.opened(staff.evaluator, made.id)
    assert (opened.content, opened.content_type) == (PNG, "image/png")
    assert AuditEntry.objects.filter(action="download", subject_id=str(made.id)).count() == 1
    with pytest.raises(Refused, match="没有这个文件"):
        evidence.opened(staff.far_officer, made.id)
    with scope.acting(staff.far_officer):
        assert not Evidence.objects.exists()
    with pytest.raises(DatabaseError), transaction.atomic():
        Evidence.objects.update(name="改.png")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("空.png", b"", "文件是空的"),
        ("程序.exe", b"MZ123", "只接收照片"),
        ("假.png", b"<html>", "只接收照片"),
        ("图.pdf", PNG, "只接收照片"),
        ("大.png", PNG + bytes(5 * 1024 * 1024), "不能超过5MB"),
    ],
)
def test_files_of_other_kinds_are_refused(staff, at, name, content, words):
    """By what is in them, not by what they are called."""
    with pytest.raises(Refused, match=words):
        kept(staff, at, registered(staff, at), name, content)


def test_what_is_lacking_is_said_at_once(staff, at):
    """All of it."""
    with pytest.raises(Several) as refused:
        registered(staff, at, source="hearsay", severity=7, description=" ")
    assert {each.field for each in refused.value.problems} == {"source", "severity", "description"}
