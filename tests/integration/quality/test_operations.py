"""A statistic asks, a person decides: who may do what about a finding, and what is kept of it."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction
from tests.integration.records.conftest import FAR, follow_up, record, resident

from gongwei.base import scope
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.quality import operations, queries
from gongwei.quality.models import Finding, FindingStep
from gongwei.records import operations as records

DAY = dt.date(2025, 3, 10)


@pytest.fixture
def desk(scene, at, follow):
    """A follow-up of the village doctor's that contradicts itself, and the people who deal with it."""
    kept = record(scene, at, DAY, answers=follow_up(scene, medication_adherence="3")).responses[0]
    follow()
    actor = scene.world.actor
    return SimpleNamespace(
        at=at,
        finding=Finding.objects.get(response=kept, rule="QC010"),
        doctor=scene.doctor,
        other=actor("village_doctor@village_b"),
        centre=scene.centre,
        clerk=actor("township_clerk@centre"),
        director=actor("township_director@centre"),
        officer=actor("county_officer@commission"),
        evaluator=actor("evaluator@commission"),
        far=actor("village_doctor@far_village"),
        practitioner=scene.practitioner,
        scene=scene,
    )


def doing(desk, what, who, note="核对过"):
    """One step by somebody, in that actor's own scope."""
    key, said = desk.finding.pk, {"by": who, "at": desk.at}
    with scope.acting(who):
        if what == "assign":
            return operations.assign(
                **said,
                finding_ids=[key],
                practitioner_id=desk.practitioner.pk,
                due_on=dt.date(2025, 6, 30),
                note=note,
            )
        if what == "dismiss":
            return operations.dismiss(**said, finding_ids=[key], note=note)
        return getattr(operations, what)(**said, finding_id=key, note=note)


#: Who may take which step about a follow-up of the village doctor's: quality_rules.md, written by hand.
MAY = {
    "explain": {"doctor", "centre", "clerk", "director"},
    "assign": {"clerk", "director", "officer"},
    "mark_fixed": {"clerk", "director", "officer"},
    "confirm": {"officer"},
    "dismiss": {"officer"},
}


@pytest.mark.parametrize("what", MAY)
def test_who_may_do_what(desk, what):
    for name in ("doctor", "other", "centre", "clerk", "director", "officer", "evaluator", "far"):
        with transaction.atomic():
            allowed = True
            try:
                with transaction.atomic():
                    doing(desk, what, getattr(desk, name))
            except Refused:
                allowed = False
            transaction.set_rollback(True)
        assert allowed is (name in MAY[what]), (what, name)


def test_a_decision_wants_a_reason(desk):
    for what in ("explain", "confirm", "dismiss", "mark_fixed"):
        who = desk.clerk if what in ("explain", "mark_fixed") else desk.officer
        with pytest.raises(Refused, match="请填写"), transaction.atomic():
            doing(desk, what, who, note="  ")


def test_nobody_decides_about_own_work(desk):
    """The clerk served the resident: she may explain and may not call it put right."""
    Finding.objects.filter(pk=desk.finding.pk).update(practitioner=desk.clerk.practitioner_id)
    doing(desk, "explain", desk.clerk)
    with pytest.raises(Refused, match="本人"):
        doing(desk, "mark_fixed", desk.clerk)


def test_the_way_of_a_finding(desk, follow):
    doing(desk, "assign", desk.clerk)
    assert queries.counts(desk.doctor, today=dt.date(2025, 7, 1)) == {"mine": 1, "overdue": 1}
    doing(desk, "explain", desk.doctor, note="当日停药，药名未删")
    doing(desk, "confirm", desk.officer)
    with pytest.raises(Refused, match="已确认"), transaction.atomic():
        doing(desk, "confirm", desk.officer)
    records.supersede_response(
        by=desk.doctor,
        at=desk.at,
        response_id=desk.finding.response_id,
        answers=follow_up(desk.scene),
        reason="更正服药依从性",
    )
    follow()
    steps = queries.steps_of(desk.finding).values_list("what", "by_practitioner")
    assert sorted(steps, key=str) == sorted(
        [
            ("assigned", desk.clerk.practitioner_id),
            ("explained", desk.doctor.practitioner_id),
            ("confirmed", desk.officer.practitioner_id),
            ("fixed", None),
        ],
        key=str,
    )
    assert queries.counts(desk.doctor, today=dt.date(2025, 7, 1)) == {"mine": 0, "overdue": 0}
    with pytest.raises(Refused, match="不能重新打开"):
        doing(desk, "reopen", desk.officer)


def test_a_decision_can_be_taken_back(desk):
    doing(desk, "dismiss", desk.officer)
    assert queries.findings(desk.officer).total == queries.visible_to(desk.officer).count() - 1
    doing(desk, "reopen", desk.officer)
    desk.finding.refresh_from_db()
    assert (desk.finding.state, desk.finding.closed_at, desk.finding.closed_because) == ("open", None, "")


@pytest.mark.parametrize(
    ("what", "action"),
    [
        ("assign", "assign"),
        ("explain", "explain"),
        ("confirm", "confirm"),
        ("dismiss", "dismiss"),
        ("mark_fixed", "mark_fixed"),
    ],
)
def test_every_step_is_in_the_audit_trail(desk, what, action):
    who = desk.officer if what in ("confirm", "dismiss") else desk.clerk
    doing(desk, what, who)
    entry = AuditEntry.objects.filter(subject_kind="finding").get()
    assert (entry.action, entry.account_id, entry.subject_id) == (
        action,
        who.account_id,
        str(desk.finding.pk),
    )


def test_an_assignment_is_all_or_nothing(desk):
    far = resident(desk.scene.world, FAR, "far_village", 7)
    elsewhere = Finding.objects.create(
        rule="QA025",
        title="姓名异常",
        severity="major",
        dimension="N",
        resident=far,
        area_key=far.area_id,
        digest="0",
        detected_at=desk.at,
    )
    with pytest.raises(Refused, match="管辖范围"), transaction.atomic():
        operations.assign(
            by=desk.clerk,
            at=desk.at,
            finding_ids=[desk.finding.pk, elsewhere.pk],
            practitioner_id=desk.practitioner.pk,
        )
    assert not FindingStep.objects.exists()


def test_only_somebody_who_works_there_is_given_a_finding(desk):
    with pytest.raises(Refused, match="没有岗位"):
        operations.assign(
            by=desk.clerk, at=desk.at, finding_ids=[desk.finding.pk], practitioner_id=desk.far.practitioner_id
        )


def test_a_day_in_the_past_is_no_term(desk):
    with pytest.raises(Refused, match="早于今天"):
        operations.assign(
            by=desk.clerk,
            at=desk.at,
            finding_ids=[desk.finding.pk],
            practitioner_id=desk.practitioner.pk,
            due_on=dt.date(2025, 6, 1),
        )


def test_the_list_is_of_ones_own_areas_and_is_logged(desk):
    with scope.acting(desk.far):
        assert queries.findings(desk.far).rows == []
        assert queries.finding(desk.far, desk.finding.pk) is None
    with scope.acting(desk.doctor):
        page = queries.findings(desk.doctor, queries.Filters(rule="QC010"))
    assert [row.pk for row in page.rows] == [desk.finding.pk]
    entry = AuditEntry.objects.filter(action="list", account_id=desk.doctor.account_id).latest("id")
    assert entry.detail["ids"] == [str(desk.finding.resident_id)]
    assert [row.rule for row in queries.of_resident(desk.doctor, desk.finding.resident_id)].count(
        "QC010"
    ) == 1


@pytest.mark.parametrize("by", queries.GROUPS)
def test_counts_add_up(desk, by):
    groups = queries.grouped(desk.officer, queries.Filters(), by, today=DAY)
    assert sum(group.total for group in groups) == queries.visible_to(desk.officer).count()
    assert all(group.total == group.open + group.confirmed for group in groups)


def test_what_the_database_refuses_by_itself(desk):
    with scope.acting(desk.far):
        assert Finding.objects.count() == 0
        assert Finding.objects.filter(pk=desk.finding.pk).update(state="confirmed") == 0
    with scope.acting(desk.doctor):
        for change in ({"rule": "QA001"}, {"found": "无"}, {"severity": "minor"}):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                Finding.objects.filter(pk=desk.finding.pk).update(**change)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            Finding.objects.filter(pk=desk.finding.pk)._raw_delete("default")
    doing(desk, "explain", desk.clerk)
    with pytest.raises(DatabaseError, match="不可修改"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update quality_findingstep set note = '改'")


def test_a_bulk_run_is_ordered_by_the_county(desk):
    with pytest.raises(policy.Forbidden):
        operations.order_check(by=desk.clerk, at=desk.at, form_codes=["check_up"], files=False)
    with pytest.raises(Refused, match="至少选择"):
        operations.order_check(by=desk.officer, at=desk.at, form_codes=[], files=False)
    run = operations.order_check(
        by=desk.officer, at=desk.at, form_codes=["htn_follow_up"], files=True, first=DAY
    )
    assert run.arguments == {
        "form_codes": ["htn_follow_up"],
        "files": True,
        "first": "2025-03-10",
        "last": None,
    }
