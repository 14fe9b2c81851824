"""Corrections and withdrawals: nothing is overwritten, the second of two gets a clear answer (house.md §7)."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from tests.integration.records.conftest import NOW, follow_up, record, world_of_records

from gongwei.base import clock, scope
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused, Several
from gongwei.places import policy
from gongwei.programmes.hypertension.models import FollowUp
from gongwei.records import operations, queries
from gongwei.records.models import Encounter, Response

DAY = dt.date(2025, 1, 10)


def correct(scene, at, old, **changes):
    """Supersede with a systolic pressure of 150."""
    values = {
        "by": scene.doctor,
        "at": at,
        "response_id": old.pk,
        "answers": follow_up(scene, systolic=150),
        "reason": "血压录错",
    } | changes
    return operations.supersede_response(**values)


def test_a_correction_leaves_the_old_one_readable(scene, at):
    (old,) = record(scene, at, DAY).responses
    new = correct(scene, at, old)
    old.refresh_from_db()
    assert (old.status, new.status, new.supersedes_id, new.reason) == (
        "superseded",
        "final",
        old.pk,
        "血压录错",
    )
    assert FollowUp.objects.get(pk=old.pk).systolic == 138
    assert list(FollowUp.objects.filter(live=True).values_list("response_id", "systolic")) == [(new.pk, 150)]
    assert new.outcome["row"] == "adjust_treatment"
    assert new.encounter_id == old.encounter_id
    entry = AuditEntry.objects.get(action="supersede")
    assert {"systolic", "outcome", "next_due_on"} <= set(entry.detail["fields"])
    assert "done_on" not in entry.detail["fields"]
    read = queries.response(scene.doctor, old.pk)
    assert (read.answers["systolic"], read.superseded_by) == (138, new.pk)


def test_a_corrected_day_gets_its_own_encounter(scene, at):
    (old,) = record(scene, at, DAY).responses
    new = correct(scene, at, old, done_on=dt.date(2025, 1, 12), answers=follow_up(scene))
    assert new.done_on == new.encounter.done_on == dt.date(2025, 1, 12)
    old.refresh_from_db()
    assert old.encounter.done_on == DAY
    assert Encounter.objects.count() == 2


def test_a_correction_needs_a_reason_and_good_answers(scene, at):
    (old,) = record(scene, at, DAY).responses
    with pytest.raises(Refused) as refusal:
        correct(scene, at, old, reason="  ")
    assert refusal.value.field == "reason"
    with pytest.raises(Several):
        correct(scene, at, old, answers=follow_up(scene, systolic=301))
    with pytest.raises(Several):
        correct(scene, at, old, done_on=dt.date(2025, 6, 3))
    old.refresh_from_db()
    assert old.status == "final"
    assert Response.objects.count() == 1


def test_a_correction_sent_twice_is_one(scene, at):
    (old,) = record(scene, at, DAY).responses
    key = uuid.uuid4()
    assert correct(scene, at, old, new_id=key).pk == correct(scene, at, old, new_id=key).pk == key
    assert Response.objects.count() == 2


def test_the_second_correction_of_one_record_is_refused_and_told_why(scene, at):
    (old,) = record(scene, at, DAY).responses
    new = correct(scene, at, old)
    with pytest.raises(Refused, match="已被更正") as refusal:
        correct(scene, at, old, answers=follow_up(scene, systolic=160))
    assert refusal.value.code == "already_superseded"
    assert refusal.value.details == {"superseded_by": str(new.pk)}
    assert Response.objects.count() == 2


def test_withdrawn_records_stay_readable_and_count_nowhere(scene, at):
    first = record(scene, at, dt.date(2025, 3, 10), answers=follow_up(scene, systolic=152)).responses[0]
    second = record(
        scene, at, dt.date(2025, 3, 24), answers=follow_up(scene, systolic=148, referral_to="县医院")
    ).responses[0]
    assert second.outcome["row"] == "refer_uncontrolled"
    withdrawn = operations.enter_in_error(by=scene.centre, at=at, response_id=first.pk, reason="串户")
    assert (withdrawn.status, withdrawn.error_reason, withdrawn.error_by) == (
        "entered_in_error",
        "串户",
        scene.centre.account_id,
    )
    assert list(FollowUp.objects.filter(live=True).values_list("response_id", flat=True)) == [second.pk]
    second.refresh_from_db()
    assert second.outcome["row"] == "adjust_treatment"  # the first of two in a row is gone
    assert (
        operations.enter_in_error(by=scene.centre, at=at, response_id=first.pk, reason="再次").error_reason
        == "串户"
    )
    with pytest.raises(Refused, match="已作废"):
        correct(scene, at, first)


def test_a_village_doctor_may_not_withdraw(scene, at):
    (old,) = record(scene, at, DAY).responses
    with pytest.raises(policy.Forbidden):
        operations.enter_in_error(by=scene.doctor, at=at, response_id=old.pk, reason="串户")
    with pytest.raises(policy.Forbidden):
        correct(scene, at, old, by=scene.far)


@pytest.mark.parametrize(
    "statement",
    [
        "update records_encounter set done_on = '2025-01-11'",
        "update records_response set done_on = '2025-01-11'",
        "update records_response set answers = 'x'",
        "update hypertension_followup set systolic = 120",
        "delete from hypertension_followup",
        "delete from records_response",
        "delete from records_encounter",
    ],
)
@pytest.mark.parametrize("as_owner", [True, False])
def test_the_database_itself_keeps_facts(scene, at, statement, as_owner):
    """Neither a request nor the tables' owner changes or removes what was recorded."""
    record(scene, at, DAY)
    if "answers" in statement:
        statement = "update records_response set form_code = 'x'"

    def run():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    if as_owner:
        with pytest.raises(IntegrityError, match=r"只增不删|不可修改"):
            run()
    else:
        with scope.acting(scene.doctor), pytest.raises(Exception, match="permission denied"):
            run()
    row = FollowUp.objects.get()
    assert (row.systolic, row.done_on) == (138, DAY)


def test_who_when_and_why_go_together(scene, at):
    (old,) = record(scene, at, DAY).responses
    for changed in ({"error_reason": "串户"}, {"status": "entered_in_error"}, {"error_at": at}):
        with pytest.raises(IntegrityError, match="response_error_paired"), transaction.atomic():
            Response.objects.filter(pk=old.pk).update(**changed)
    assert Response.objects.get(pk=old.pk).status == "final"


@pytest.mark.django_db(transaction=True)
def test_two_correct_at_once_and_one_of_them_is_told(settings, tmp_path):
    settings.HOME = tmp_path
    with clock.fixed(NOW):
        scene = world_of_records()
        (old,) = record(scene, NOW, DAY).responses
        together, answers = threading.Barrier(2), []

        def try_it(systolic):
            try:
                together.wait()
                with clock.fixed(NOW):
                    answers.append(correct(scene, NOW, old, answers=follow_up(scene, systolic=systolic)).pk)
            except Refused as refusal:
                answers.append(refusal.code)
            finally:
                connection.close()

        threads = [threading.Thread(target=try_it, args=[value]) for value in (150, 160)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(answers) == 2
    assert answers.count("already_superseded") == 1
    assert Response.objects.filter(status="final").count() == 1
    assert FollowUp.objects.filter(live=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_service_sent_by_four_at_once_is_kept_once(settings, tmp_path):
    settings.HOME = tmp_path
    with clock.fixed(NOW):
        scene = world_of_records()
        key, together, answers = uuid.uuid4(), threading.Barrier(4), []

        def send():
            try:
                together.wait()
                with clock.fixed(NOW):
                    answers.append(record(scene, NOW, DAY, encounter_id=key))
            finally:
                connection.close()

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [each.repeated for each in answers].count(False) == 1
    assert len({each.responses[0].pk for each in answers}) == 1
    assert Encounter.objects.count() == Response.objects.count() == FollowUp.objects.count() == 1
