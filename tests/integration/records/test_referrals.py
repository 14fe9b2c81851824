"""Referral loops: opened, answered and withdrawn by records, closed and opened again by a person (hypertension.md §4 H1–H4)."""

import datetime as dt

import pytest
from tests.integration.records.conftest import TODAY, VILLAGE, follow_up, record, resident

from gongwei.base import scope
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.records import columns, operations, referral_list
from gongwei.records.models import Referral
from gongwei.residents import merging

MARCH, LATER, AGAIN = dt.date(2025, 3, 10), dt.date(2025, 3, 24), dt.date(2025, 4, 7)


def measured(scene, systolic=138, diastolic=88, **changes):
    return follow_up(
        scene, **{"systolic": systolic, "diastolic": diastolic, "referral_to": "县人民医院 心内科"} | changes
    )


def states(scene):
    """State and day of each referral of the resident, in order."""
    found = Referral.objects.filter(resident=scene.resident).order_by("advised_on", "id")
    return [(each.advised_on, each.state) for each in found]


def uncontrolled_twice(scene, at):
    record(scene, at, MARCH, answers=measured(scene, 152, 94))
    return record(scene, at, LATER, answers=measured(scene, 152, 88)).responses[0]


def test_one_uncontrolled_follow_up_opens_nothing_the_second_opens_a_referral_due_in_two_weeks(scene, at):
    record(scene, at, MARCH, answers=measured(scene, 152, 94))
    assert states(scene) == []
    response = record(scene, at, LATER, answers=measured(scene, 152, 88)).responses[0]
    opened = Referral.objects.get(resident=scene.resident)
    assert (opened.state, opened.advised_on, opened.due_on) == ("open", LATER, dt.date(2025, 4, 7))
    assert (opened.response_id, opened.urgent) == (response.pk, False)
    assert [each["name"] for each in opened.causes if each["kind"] == "rule"] == ["连续两次不满意，转诊"]
    assert AuditEntry.objects.filter(action="open_referral", subject_id=str(scene.resident.pk)).count() == 1


def test_an_emergency_is_urgent(scene, at):
    record(scene, at, MARCH, answers=measured(scene, 180, 95))
    opened = Referral.objects.get(resident=scene.resident)
    assert opened.urgent
    assert "危急情况，紧急转诊" in [each["name"] for each in opened.causes]


@pytest.mark.parametrize(("said", "state"), [("1", "arrived"), ("2", "not_arrived")])
def test_the_next_follow_up_says_what_came_of_it(scene, at, said, state):
    uncontrolled_twice(scene, at)
    answered = record(scene, at, AGAIN, answers=measured(scene, referral_arrived=said)).responses[0]
    assert states(scene) == [(LATER, state)]
    referral = Referral.objects.get()
    assert (referral.answered_on, referral.answered_by_response_id) == (AGAIN, answered.pk)


def test_a_controlled_follow_up_without_a_result_leaves_it_open(scene, at):
    uncontrolled_twice(scene, at)
    record(scene, at, AGAIN, answers=measured(scene))
    assert states(scene) == [(LATER, "open")]


def test_a_second_advice_takes_the_place_of_the_first_and_remembers_since_when(scene, at):
    uncontrolled_twice(scene, at)
    record(scene, at, AGAIN, answers=measured(scene, 156, 90, referral_arrived="2"))
    assert states(scene) == [(LATER, "continued"), (AGAIN, "open")]
    assert Referral.objects.get(advised_on=AGAIN).first_advised_on == LATER


def test_a_late_record_does_not_take_the_place_of_what_came_after(scene, at):
    record(scene, at, AGAIN, answers=measured(scene, 182, 95))
    record(scene, at, MARCH, answers=measured(scene, 184, 95))
    assert states(scene) == [(MARCH, "continued"), (AGAIN, "open")]
    assert Referral.objects.get(advised_on=AGAIN).first_advised_on == MARCH


def test_withdrawing_the_record_withdraws_its_referral_and_opens_what_it_answered(scene, at):
    first = uncontrolled_twice(scene, at)
    answer = record(scene, at, AGAIN, answers=measured(scene, referral_arrived="1")).responses[0]
    operations.enter_in_error(by=scene.centre, at=at, response_id=answer.pk, reason="填错居民")
    assert states(scene) == [(LATER, "open")]
    operations.enter_in_error(by=scene.centre, at=at, response_id=first.pk, reason="填错居民")
    assert states(scene) == [(LATER, "withdrawn")]


def test_after_the_earlier_record_was_corrected_only_the_doctors_own_words_still_ask_for_it(scene, at):
    earlier = record(scene, at, MARCH, answers=measured(scene, 152, 94)).responses[0]
    record(scene, at, LATER, answers=measured(scene, 152, 88))
    assert states(scene) == [(LATER, "open")]
    operations.supersede_response(
        by=scene.doctor, at=at, response_id=earlier.pk, answers=measured(scene), reason="抄错"
    )
    # The form still says that somebody was sent to a hospital: that stays to be followed.
    assert states(scene) == [(LATER, "open")]
    assert [each["kind"] for each in Referral.objects.get().causes] == ["doctor"]


def test_an_earlier_record_that_comes_late_makes_it_twice_in_a_row(scene, at):
    record(scene, at, LATER, answers=measured(scene, 152, 88))
    assert states(scene) == []
    record(scene, at, MARCH, answers=measured(scene, 152, 94))
    assert states(scene) == [(LATER, "open")]


def test_a_correction_keeps_how_a_person_closed_it(scene, at):
    response = uncontrolled_twice(scene, at)
    referral = Referral.objects.get()
    operations.close_referral(
        by=scene.doctor, at=at, referral_id=referral.pk, reason="refused", on_date=AGAIN, note="本人不愿去"
    )
    operations.supersede_response(
        by=scene.doctor, at=at, response_id=response.pk, answers=measured(scene, 154, 88), reason="抄错"
    )
    assert states(scene) == [(LATER, "withdrawn"), (LATER, "closed")]
    assert Referral.objects.get(state="closed").note == "本人不愿去"


def test_closing_needs_a_reason_a_day_and_words_and_can_be_taken_back(scene, at):
    uncontrolled_twice(scene, at)
    key = Referral.objects.get().pk

    def close(**changes):
        given = {"reason": "other", "on_date": AGAIN, "note": "已住院"} | changes
        return operations.close_referral(by=scene.doctor, at=at, referral_id=key, **given)

    for wrong, code in (
        ({"reason": ""}, "reason"),
        ({"note": " "}, "note"),
        ({"on_date": TODAY + dt.timedelta(days=1)}, "future"),
        ({"on_date": MARCH}, "before_advice"),
    ):
        with pytest.raises(Refused) as refused:
            close(**wrong)
        assert refused.value.code == code
    assert close().state == "closed"
    assert close().state == "closed"  # twice is harmless
    assert AuditEntry.objects.filter(action="close_referral").count() == 1
    operations.reopen_referral(by=scene.doctor, at=at, referral_id=key, note="未住院")
    assert states(scene) == [(LATER, "open")]


def test_others_neither_see_nor_close_it(scene, at):
    uncontrolled_twice(scene, at)
    key = Referral.objects.get().pk
    with scope.acting(scene.far):
        assert Referral.objects.count() == 0
        with pytest.raises(Refused):
            operations.close_referral(
                by=scene.far, at=at, referral_id=key, reason="refused", on_date=AGAIN, note="无"
            )
        assert referral_list.page(scene.far, referral_list.Filters()).total == 0
    with pytest.raises(policy.Forbidden):
        operations.close_referral(
            by=scene.far, at=at, referral_id=key, reason="refused", on_date=AGAIN, note="无"
        )


def test_the_list_shows_what_is_open_the_most_overdue_first(scene, at):
    uncontrolled_twice(scene, at)
    with scope.acting(scene.doctor):
        page = referral_list.page(scene.doctor, referral_list.Filters())
        assert [(each.resident.name, each.due_on) for each in page.rows] == [("王某", dt.date(2025, 4, 7))]
        assert referral_list.page(scene.doctor, referral_list.Filters(overdue=True), on=AGAIN).total == 0
        assert referral_list.page(scene.doctor, referral_list.Filters(overdue=True), on=TODAY).total == 1
        assert referral_list.page(scene.doctor, referral_list.Filters(urgent=True)).total == 0
        assert referral_list.open_count(scene.doctor) == 1
    listed = AuditEntry.objects.filter(action="list", subject_kind="resident").order_by("id").first()
    assert listed.detail["ids"] == [str(scene.resident.pk)]


def test_of_two_open_ones_the_survivor_of_a_merge_keeps_its_own(scene, at):
    twin = resident(scene.world, number=2, name="王某某")
    for one, day in ((scene.resident, MARCH), (twin, LATER)):
        record(scene, at, day, resident_id=one.pk, answers=measured(scene, 182, 95))
    record(scene, at, MARCH, resident_id=twin.pk, form="outpatient_note", answers=_note(scene))
    merging.move(twin.pk, scene.resident.pk, VILLAGE)
    assert states(scene) == [(MARCH, "open")]
    assert Referral.objects.get(resident=twin).state == "open"  # stays with the record that was merged


def _note(scene):
    words = dict.fromkeys(("subjective", "objective", "assessment", "plan"), "无特殊")
    return words | {"doctor": str(scene.practitioner.pk)}


def test_nobody_referred_is_a_defect_and_no_reason_to_refuse(scene, at):
    """QC007: a second uncontrolled pressure without a word of a referral is kept and stands in the list."""
    record(scene, at, MARCH, answers=measured(scene, 152, 84, referral_to=None))
    response = record(scene, at, LATER, answers=measured(scene, 152, 84, referral_to=None)).responses[0]
    assert response.outcome["proposes"]["referral_reason"] == "1"
    kept = columns.model_for("htn_follow_up").objects.get(pk=response.pk)
    assert not kept.referral_reason
    assert not kept.referral_to
    assert Referral.objects.get(resident=scene.resident).response_id == response.pk
