"""Tasks follow the records of a resident: made, closed, reopened and cancelled by rule (hypertension.md §2)."""

import datetime as dt

import pytest
from tests.integration.tasks.conftest import STARTED, enrol, follow_up, record, replan, standing

from gongwei.base import scope
from gongwei.records import operations as records
from gongwei.residents import operations as residents
from gongwei.tasks import queries
from gongwei.tasks.models import Task

D = dt.date


def test_enrolled_is_due_for_a_follow_up_and_a_check_up(scene, at):
    enrol(scene, at)
    assert standing(scene) == [
        ("htn.check_up", "year:2025", "ready", D(2025, 12, 31)),
        ("htn.follow_up", "start:2025-01-10", "ready", D(2025, 4, 10)),
    ]


def test_planning_twice_writes_nothing(scene, at):
    enrol(scene, at)
    assert replan(scene, at) == 0


def test_a_follow_up_closes_its_task_and_makes_the_next(scene, at):
    enrol(scene, at)
    kept = record(scene, at, D(2025, 4, 3))
    replan(scene, at)
    assert standing(scene)[1:] == [
        ("htn.follow_up", "start:2025-01-10", "completed", D(2025, 4, 10)),
        ("htn.follow_up", "after:2025-04-03", "draft", D(2025, 7, 3)),
    ]
    done = Task.objects.get(anchor="start:2025-01-10")
    assert (done.response_id, done.completed_on) == (kept.responses[0].pk, D(2025, 4, 3))


def test_uncontrolled_is_due_again_within_two_weeks(scene, at):
    enrol(scene, at)
    record(scene, at, D(2025, 5, 20), answers=follow_up(scene, systolic=152, diastolic=94))
    replan(scene, at)
    task = Task.objects.get(anchor="after:2025-05-20")
    assert (task.reason, task.due, task.state) == ("advice", D(2025, 6, 3), "ready")


def test_a_record_withdrawn_reopens_the_task(scene, at):
    enrol(scene, at)
    kept = record(scene, at, D(2025, 4, 3))
    replan(scene, at)
    records.enter_in_error(by=scene.centre, at=at, response_id=kept.responses[0].pk, reason="录错人")
    replan(scene, at)
    rows = {(each.anchor, each.state) for each in Task.objects.filter(contact="htn.follow_up")}
    assert rows == {("start:2025-01-10", "ready"), ("after:2025-04-03", "cancelled")}


@pytest.mark.parametrize(("reason", "words"), [("1", "死亡"), ("2", "迁出")])
def test_end_of_management_cancels_what_is_open_and_keeps_what_is_done(scene, at, reason, words):
    episode = enrol(scene, at)
    record(scene, at, D(2025, 4, 3))
    replan(scene, at)
    records.end_episode(
        by=scene.doctor, at=at, episode_id=episode.pk, ended_on=D(2025, 5, 1), end_reason=reason
    )
    replan(scene, at)
    states = dict(Task.objects.values_list("anchor", "state"))
    assert states == {
        "year:2025": "cancelled",
        "start:2025-01-10": "completed",
        "after:2025-04-03": "cancelled",
    }
    assert words in Task.objects.get(anchor="after:2025-04-03").cancel_reason


def test_death_cancels_and_restoring_brings_back(scene, at):
    enrol(scene, at)
    residents.record_death(
        by=scene.doctor,
        at=at,
        resident_id=scene.resident.pk,
        death_on=D(2025, 5, 30),
        cause="脑卒中",
        source="family",
    )
    replan(scene, at)
    assert {row[2] for row in standing(scene)} == {"cancelled"}
    assert set(Task.objects.values_list("cancel_reason", flat=True)) == {"居民已死亡"}
    residents.restore(
        by=scene.world.actor("township_clerk@centre"), at=at, resident_id=scene.resident.pk, reason="误登记"
    )
    replan(scene, at)
    assert {row[2] for row in standing(scene)} == {"ready"}


def test_due_of_shows_the_village_doctor_what_is_due(scene, at):
    enrol(scene, at, started_on=STARTED)
    with scope.acting(scene.doctor):
        rows = queries.due_of(scene.doctor, scene.resident.pk)
    assert [(row.contact, row.urgency, row.days_over, row.may_start) for row in rows] == [
        ("htn.follow_up", "overdue", 38, True),
        ("htn.check_up", "later", 0, True),
    ]
    with scope.acting(scene.far):
        assert queries.due_of(scene.far, scene.resident.pk) == []


def test_worklist_shows_name_reason_and_counts(scene, at):
    enrol(scene, at)
    with scope.acting(scene.doctor):
        page = queries.worklist(scene.doctor)
    first = page.rows[0]
    assert (first.name, first.title, first.reason_title, first.village) == (
        "王某",
        "高血压随访",
        "纳入管理后首次",
        scene.resident.area.name,
    )
    assert page.counts == {"open": 2, "overdue": 1, "due": 0, "soon": 0, "later": 1}
    assert page.next is None
