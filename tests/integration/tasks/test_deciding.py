"""What people do to tasks (attempts, cancelling, putting back), what follows the resident, and building anew."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from tests.integration.tasks.conftest import enrol, record, replan, standing

from gongwei.base import clock, scope
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.places.models import Practitioner
from gongwei.residents.models import Resident
from gongwei.tasks import grouping, operations, plans, queries, rebuilding, turning
from gongwei.tasks.models import Attempt, Task

D = dt.date
FOLLOW_UP = "start:2025-01-10"


@pytest.fixture
def task(scene, at):
    enrol(scene, at)
    return Task.objects.get(anchor=FOLLOW_UP)


def attempt(scene, at, task, **changes):
    values = {"by": scene.doctor, "at": at, "task_id": task.pk, "result": "1", "on": D(2025, 6, 1)} | changes
    with scope.acting(values["by"]):
        return operations.record_attempt(**values)


def test_an_attempt_is_kept_and_the_task_stays_open(scene, at, task):
    attempt(scene, at, task)
    attempt(scene, at, task, result="4", on=D(2025, 5, 20), note="空号")
    task.refresh_from_db()
    assert (task.state, task.attempts, task.last_attempt_on, task.last_attempt_result) == (
        "ready",
        2,
        D(2025, 6, 1),
        "1",
    )
    record(scene, at, D(2025, 6, 2))
    replan(scene, at)
    task.refresh_from_db()
    assert (task.state, task.attempts) == ("completed", 2)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"result": "7"}, "result"),
        ({"on": D(2025, 6, 3)}, "on"),
        ({"on": D(2023, 1, 1)}, "on"),
        ({"result": "9"}, "note"),
        ({"note": "长" * 201}, "note"),
    ],
)
def test_an_impossible_attempt_is_refused_beside_its_box(scene, at, task, changes, field):
    with pytest.raises(Refused) as refused:
        attempt(scene, at, task, **changes)
    assert refused.value.field == field
    assert not Attempt.objects.exists()


def test_an_attempt_is_never_changed_or_removed(scene, at, task):
    kept = attempt(scene, at, task)
    for change in (
        lambda: Attempt.objects.filter(pk=kept.pk).update(note="改"),
        lambda: Attempt.objects.filter(pk=kept.pk).delete(),
    ):
        with pytest.raises(IntegrityError, match=r"只增不删|不可修改"), transaction.atomic():
            change()


def test_somebody_elsewhere_finds_no_task(scene, at, task):
    with pytest.raises(Refused) as refused:
        attempt(scene, at, task, by=scene.far)
    assert refused.value.code == "task_not_found"
    with pytest.raises(policy.Forbidden):
        operations.cancel_task(
            by=scene.world.actor("township_director@centre"), at=at, task_id=task.pk, reason="重复"
        )


def test_what_a_person_cancelled_stays_cancelled_until_put_back(scene, at, task):
    operations.cancel_task(by=scene.doctor, at=at, task_id=task.pk, reason="长期住院")
    replan(scene, at)
    task.refresh_from_db()
    assert (task.state, task.cancel_reason) == ("cancelled", "长期住院")
    operations.reopen_task(by=scene.doctor, at=at, task_id=task.pk, reason="已出院")
    task.refresh_from_db()
    assert (task.state, task.cancel_code, task.cancel_reason) == ("ready", "", "")


def test_a_record_completes_what_a_person_cancelled(scene, at, task):
    operations.cancel_task(by=scene.doctor, at=at, task_id=task.pk, reason="长期住院")
    record(scene, at, D(2025, 6, 1))
    replan(scene, at)
    task.refresh_from_db()
    assert task.state == "completed"


def test_an_open_task_follows_the_responsible_doctor_and_the_village(scene, at, task):
    doctor = Practitioner.objects.exclude(pk=scene.practitioner.pk).first()
    Resident.objects.filter(pk=scene.resident.pk).update(responsible_doctor=doctor)
    task.refresh_from_db()
    assert task.doctor_id == doctor.pk
    sibling = scene.world.organizations["village_b"].area_id
    Resident.objects.filter(pk=scene.resident.pk).update(area=sibling)
    task.refresh_from_db()
    assert task.area_key == sibling


def test_building_anew_gives_the_same_and_keeps_attempts(scene, at, task):
    record(scene, at, D(2025, 4, 3))
    replan(scene, at)
    opened = Task.objects.get(anchor="after:2025-04-03")
    attempt(scene, at, opened)
    before = standing(scene)
    ranges, people = rebuilding.all_ranges()
    assert people == 1
    assert rebuilding.rebuild_range(ranges[0], at) == (1, 0)
    assert standing(scene) == before
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("truncate tasks_attempt, tasks_task")
    assert rebuilding.rebuild_range(ranges[0], at)[1] == len(before)
    assert standing(scene) == before


def test_a_task_is_ready_when_its_first_day_comes(scene, at, task):
    record(scene, at, D(2025, 4, 3))
    replan(scene, at)
    following = Task.objects.get(anchor="after:2025-04-03")
    assert (following.state, following.earliest) == ("draft", D(2025, 6, 18))
    with clock.fixed(D(2025, 6, 17)):
        assert turning.make_ready(clock.now()) == 0
    with clock.fixed(D(2025, 6, 18)):
        assert turning.make_ready(clock.now()) == 1
    following.refresh_from_db()
    assert following.state == "ready"


def test_a_year_without_a_check_up_has_failed_when_the_next_begins(scene, at, task):
    with clock.fixed(D(2026, 1, 1)):
        assert turning.end_periods(clock.now()) == 1
        assert turning.end_periods(clock.now()) == 0
    yearly = dict(Task.objects.filter(contact="htn.check_up").values_list("anchor", "state"))
    assert yearly == {"year:2025": "failed", "year:2026": "ready"}
    # A follow-up has no last day of its year: it stays overdue.
    assert Task.objects.get(anchor=FOLLOW_UP).state == "ready"


def test_a_house_and_the_days_plan(scene, at, task):
    with scope.acting(scene.doctor):
        found = grouping.houses(scene.doctor, queries.Filters())
        plan = plans.day_plan(scene.doctor, queries.Filters())
    assert [len(house.rows) for house in found.houses] == [2]
    assert (plan.people, plan.tasks, plan.cut) == (1, 2, False)
    with scope.acting(scene.far):
        assert grouping.houses(scene.far, queries.Filters()).houses == []
        assert plans.day_plan(scene.far, queries.Filters()).people == 0


@pytest.mark.parametrize(
    ("due", "latest", "urgency"),
    [
        (D(2025, 6, 1), D(2025, 6, 1), "overdue"),
        (D(2025, 6, 1), D(2025, 6, 2), "due"),
        (D(2025, 6, 2), D(2025, 6, 2), "due"),
        (D(2025, 6, 3), D(2025, 6, 20), "soon"),
        (D(2025, 6, 9), D(2025, 6, 20), "soon"),
        (D(2025, 6, 10), D(2025, 6, 20), "later"),
    ],
)
def test_urgency_in_words_and_in_sql_agree(scene, at, task, due, latest, urgency):
    today = D(2025, 6, 2)
    assert queries.urgency(D(2025, 5, 1), due, latest, today) == urgency
    Task.objects.filter(pk=task.pk).update(earliest=D(2025, 5, 1), due=due, latest=latest)
    for name in queries.URGENCIES:
        found = Task.objects.filter(queries.of_urgency((name,), today), pk=task.pk)
        assert found.exists() is (name == urgency)


@pytest.mark.parametrize(
    ("earliest", "due", "latest"),
    [
        (D(2025, 5, 1), D(2025, 6, 1), D(2025, 6, 1)),
        (D(2025, 6, 2), D(2025, 6, 20), D(2025, 6, 30)),
        (D(2025, 6, 3), D(2025, 6, 9), D(2025, 6, 30)),
        (D(2025, 6, 3), D(2025, 6, 10), D(2025, 6, 30)),
    ],
)
def test_what_is_written_out_for_every_page_says_what_the_query_bar_says(
    scene, at, task, earliest, due, latest
):
    Task.objects.filter(pk=task.pk).update(
        earliest=earliest, due=due, latest=latest, doctor=scene.practitioner
    )
    # Every task of the scene is its doctor's: asking for the doctor narrows nothing and goes the other way.
    Task.objects.update(doctor=scene.practitioner)
    same = queries.Filters(doctor_id=scene.practitioner.pk)
    for actor in (scene.doctor, scene.centre, scene.far):
        with scope.acting(actor):
            written_out, asked = queries.worklist(actor), queries.worklist(actor, same)
        assert [each.id for each in written_out.rows] == [each.id for each in asked.rows]
        assert written_out.counts == asked.counts
    assert any(queries.worklist(scene.doctor).counts.values())
