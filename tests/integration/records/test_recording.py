"""Recording an encounter: kept whole or not at all, once only, judged by the server (issue 2, item 7)."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from tests.integration.records.conftest import FAR, follow_up, record, resident

from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused, Several
from gongwei.places import policy
from gongwei.programmes.hypertension.models import FollowUp
from gongwei.records import answers as answering
from gongwei.records import deciding, definitions, judgement, operations, writing
from gongwei.records.models import Encounter, FormVersion, Response

DAY = dt.date(2025, 1, 10)


def nothing_written():
    """No encounter, response or typed row is there."""
    return not (Encounter.objects.exists() or Response.objects.exists() or FollowUp.objects.exists())


def codes(refusal):
    """The codes of all problems of a refusal."""
    return {problem.code for problem in refusal.value.problems}


def test_a_follow_up_is_kept_classified_and_announced(scene, at):
    kept = record(scene, at, DAY)
    (response,) = kept.responses
    row = FollowUp.objects.get(pk=response.pk)
    assert (row.systolic, row.diastolic, row.symptoms, row.live, row.done_on) == (138, 88, ["1"], True, DAY)
    assert row.mode == "1"  # 门诊, taken from the encounter
    # Vector 1 of hypertension.md §4: 138/88 at 64 (below 65) → 1, continue, 2025-04-10.
    assert response.outcome["row"] == "satisfactory"
    assert response.outcome["next_due"]["due"] == "2025-04-10"
    assert row.outcome == "1"
    assert row.bmi * 10 == 225  # 65.0 / 1.70² = 22.49
    assert kept.encounter.area_key == scene.resident.area_id
    assert kept.encounter.entered_by == scene.doctor.account_id
    with connection.cursor() as cursor:
        cursor.execute("select kind, subject_id, resident_id, done_on from base_change")
        assert cursor.fetchall() == [("response", response.pk, scene.resident.pk, DAY)]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_id) == ("create", str(scene.resident.pk))
    # What was done and the ids, no value of an answer. (Not a search for "138": an id may hold these digits.)
    assert entry.detail.keys() == {"what", "encounter", "done_on", "forms", "responses", "source"}
    assert entry.detail["forms"] == ["htn_follow_up"]


def test_two_forms_in_one_encounter(scene, at):
    care = dict.fromkeys(("eating", "grooming", "dressing", "toileting", "mobility"), "0")
    care |= {"eating": "3", "grooming": "1", "assessor": str(scene.practitioner.pk)}
    kept = record(
        scene, at, DAY, responses=[("htn_follow_up", follow_up(scene)), ("self_care_assessment", care)]
    )
    assert [each.form_code for each in kept.responses] == ["htn_follow_up", "self_care_assessment"]
    from gongwei.programmes.older_people.models import SelfCareAssessment

    row = SelfCareAssessment.objects.get()
    assert (row.total, row.level) == (4, "2")  # elderly.md §4, third vector


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"systolic": 301}, "systolic", "between"),
        ({"systolic": None}, "systolic", "required"),
        ({"systolic": 90, "diastolic": 150}, "systolic", "QB003"),  # vector 19: refused
        ({"systolic": 20250110.5}, "systolic", "shape"),
        ({"symptoms": ["1", "2"]}, "symptoms", "exclusive"),
        ({"symptoms": ["77"]}, "symptoms", "shape"),
        ({"no_such_item": 1}, "no_such_item", "unknown_field"),
        ({"next_due_on": 0}, "next_due_on", "shape"),
        ({"note": "a\x00b"}, "note", "shape"),
        ({"medications": [{"name": "甲", "colour": "红"}]}, "medications", "shape"),
    ],
)
def test_bad_answers_are_refused_by_field_and_nothing_is_written(scene, at, changes, field, code):
    with pytest.raises(Several) as refusal:
        record(scene, at, DAY, answers=follow_up(scene, **changes))
    assert (field, code) in {(problem.field, problem.code) for problem in refusal.value.problems}
    assert all(problem.details["form"] == "htn_follow_up" for problem in refusal.value.problems)
    assert nothing_written()


def test_one_bad_form_keeps_the_good_one_out_too(scene, at):
    with pytest.raises(Several):
        record(
            scene,
            at,
            DAY,
            responses=[("htn_follow_up", follow_up(scene)), ("self_care_assessment", {"eating": "1"})],
        )
    assert nothing_written()


def test_future_service_and_service_before_birth(scene, at):
    with pytest.raises(Several) as refusal:
        record(scene, at, dt.date(2025, 6, 3))
    assert codes(refusal) == {"future"}
    with pytest.raises(Several) as refusal:
        record(scene, at, dt.date(1960, 12, 31))
    assert "before_birth" in codes(refusal)
    assert nothing_written()


def test_no_service_after_death_and_late_entry_before_it(scene, at):
    """records.md §12.3: death on 2024-05-01; 2024-05-02 is rejected, 2024-04-30 stays."""
    scene.resident.status, scene.resident.cancel_reason = "cancelled", "1"
    scene.resident.death_on = scene.resident.status_since = dt.date(2024, 5, 1)
    scene.resident.save()
    with pytest.raises(Several) as refusal:
        record(scene, at, dt.date(2024, 5, 2))
    assert "after_death" in codes(refusal)
    assert nothing_written()
    for day in (dt.date(2024, 4, 30), dt.date(2024, 5, 1)):
        assert record(scene, at, day).responses[0].status == "final"


def test_full_width_digits_are_read(scene, at):
    kept = record(scene, at, DAY, answers=follow_up(scene, systolic="１３８", diastolic=" 88 "))
    assert FollowUp.objects.get(pk=kept.responses[0].pk).systolic == 138


def test_a_double_click_makes_one_record(scene, at):
    key = uuid.uuid4()
    first = record(scene, at, DAY, encounter_id=key)
    second = record(scene, at, DAY, encounter_id=key)
    assert second.repeated
    assert not first.repeated
    assert [each.pk for each in second.responses] == [each.pk for each in first.responses]
    assert second.outcomes == first.outcomes
    assert Encounter.objects.count() == Response.objects.count() == 1


def test_a_retry_after_death_still_gets_its_first_answer(scene, at):
    key = uuid.uuid4()
    first = record(scene, at, DAY, encounter_id=key)
    scene.resident.status, scene.resident.cancel_reason = "cancelled", "1"
    scene.resident.death_on = scene.resident.status_since = dt.date(2024, 5, 1)
    scene.resident.save()
    assert record(scene, at, DAY, encounter_id=key).responses == first.responses


def test_a_retry_of_a_device_is_told_by_its_number(scene, at):
    first = record(scene, at, DAY, device_id="d1", op_seq=7, source="phone")
    again = record(scene, at, DAY, device_id="d1", op_seq=7, source="phone")
    assert again.repeated
    assert again.encounter.pk == first.encounter.pk
    with pytest.raises(Refused, match="已用于另一份服务记录"):
        record(
            scene, at, DAY, answers=follow_up(scene, systolic=120), device_id="d1", op_seq=7, source="phone"
        )
    assert Encounter.objects.count() == 1


def test_one_id_for_two_services_is_refused(scene, at):
    key = uuid.uuid4()
    record(scene, at, DAY, encounter_id=key)
    with pytest.raises(Refused) as refusal:
        record(scene, at, DAY, answers=follow_up(scene, systolic=120), encounter_id=key)
    assert refusal.value.code == "id_reused"
    other = resident(scene.world, number=2)
    with pytest.raises(Refused) as refusal:
        record(scene, at, DAY, encounter_id=key, resident_id=other.pk)
    assert refusal.value.code == "id_reused"


def test_the_doctor_may_say_otherwise_and_it_is_kept_as_a_difference(scene, at):
    kept = record(scene, at, DAY, answers=follow_up(scene, outcome="2", outcome_reason="家庭自测偏高"))
    (response,) = kept.responses
    assert response.differs
    assert response.outcome["proposes"]["outcome"] == "1"
    assert FollowUp.objects.get(pk=response.pk).outcome == "2"
    filled = operations.Filled("htn_follow_up", follow_up(scene), claimed={"row": "adjust_treatment"})
    phone = record(scene, at, dt.date(2025, 2, 10), responses=[filled], source="phone")
    assert phone.responses[0].differs
    assert phone.responses[0].claimed == {"row": "adjust_treatment"}


def test_measured_values_say_which_device(scene, at):
    measured = {"systolic": {"device": "bp-3", "at": "2025-01-10T02:00:00+00:00", "raw": 138}}
    filled = operations.Filled("htn_follow_up", follow_up(scene), measured=measured)
    assert record(scene, at, DAY, responses=[filled]).responses[0].measured == measured


def test_questions_are_kept_and_do_not_forbid(scene, at):
    kept = record(scene, at, DAY, answers=follow_up(scene, heart_rate=115))
    rules = {question["rule"] for question in kept.problems["htn_follow_up"]}
    assert "expected" in rules


def test_a_response_keeps_the_version_of_its_form(scene, at, monkeypatch):
    # What this process has kept already was perhaps kept in a database that was emptied since.
    monkeypatch.setattr(writing, "_known_versions", set())
    (response,) = record(scene, at, DAY).responses
    version = FormVersion.objects.get(digest=response.definition_digest)
    assert (version.form_code, version.version) == ("htn_follow_up", response.form_version)
    labels = [each["label"] for each in version.definition["fields"]]
    assert "收缩压" in labels


def test_a_late_record_corrects_what_came_after_it(scene, at):
    """Vectors 4 and 5: 152/94, then 148/88 two weeks on is the second time; entered in the wrong order."""
    second = record(scene, at, dt.date(2025, 3, 24), answers=follow_up(scene, systolic=148)).responses[0]
    assert second.outcome["row"] == "adjust_treatment"
    record(scene, at, dt.date(2025, 3, 10), answers=follow_up(scene, systolic=152, diastolic=94))
    second.refresh_from_db()
    assert second.outcome["row"] == "refer_uncontrolled"
    assert second.outcome["next_due"]["due"] == "2025-04-07"


def test_only_those_who_serve_the_place_may_write(scene, at):
    with pytest.raises(policy.Forbidden):
        record(scene, at, DAY, by=scene.far)
    with pytest.raises(policy.Forbidden):
        record(scene, at, DAY, by=scene.world.actor("evaluator@commission"))
    assert nothing_written()


def test_unknown_resident_and_merged_record(scene, at):
    with pytest.raises(Refused) as refusal:
        record(scene, at, DAY, resident_id=uuid.uuid4())
    assert refusal.value.code == "resident_not_found"
    survivor = resident(scene.world, area_key=FAR, organization="far_village", number=3)
    scene.resident.status, scene.resident.merged_into = "merged", survivor
    scene.resident.save()
    with pytest.raises(Refused) as refusal:
        record(scene, at, DAY)
    assert refusal.value.code == "resident_merged"


@pytest.mark.parametrize("claimed", [None, {"row": "satisfactory"}, {"row": "refer"}])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"systolic": 162, "diastolic": 96},
        {"systolic": 185, "symptoms": ["2", "3"]},
        {"systolic": 88, "diastolic": 92},
        {"systolic": 500},
        {"outcome": "2", "weight": None},
        {"medications": [{"name": "硝苯地平", "dose": "10"}, {"times_a_day": 2}]},
    ],
)
def test_the_compiled_judge_of_a_page_server_says_what_the_reference_says(scene, at, changes, claimed):
    record(scene, at, dt.date(2024, 10, 10), answers=follow_up(scene, systolic=150, diastolic=95))
    definition = definitions.of("htn_follow_up")
    given = {
        name: value
        for name, value in {**follow_up(scene), "mode": "1", **changes}.items()
        if value is not None
    }
    values, _ = answering.read(definition.form, given)
    said = {
        "id": uuid.UUID(int=7),
        "values": values,
        "done_on": DAY,
        "entered_on": DAY,
        "subject": judgement.subject_of(scene.resident, "htn_follow_up"),
        "claimed": claimed,
    }
    deciding.make_ready(["htn_follow_up"])
    try:
        assert deciding.judge(definition, **said) == judgement.judge(definition, **said)
    finally:
        deciding._ready.clear()
