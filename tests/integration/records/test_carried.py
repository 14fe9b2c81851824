"""Answers shown from last time and left as they were are kept as such; what is not really last time's is not."""

import datetime as dt

from tests.integration.records.conftest import follow_up, record

from gongwei.records import operations
from gongwei.records.models import Response

FIRST, SECOND = dt.date(2025, 2, 10), dt.date(2025, 5, 12)


def kept(scene, at, answers, carried):
    """What a second follow-up keeps as carried."""
    filled = operations.Filled("htn_follow_up", answers, carried=carried)
    made = operations.record_encounter(
        by=scene.doctor,
        at=at,
        resident_id=scene.resident.pk,
        done_on=SECOND,
        mode="outpatient",
        responses=[filled],
    )
    return Response.objects.get(pk=made.responses[0].pk).carried


def test_what_was_left_as_it_was_is_kept_with_its_source(scene, at):
    before = str(record(scene, at, FIRST).responses[0].pk)
    carried = {"cigarettes": before, "salt": before, "medications": before}
    assert kept(scene, at, follow_up(scene, systolic=132), carried) == carried


def test_what_was_changed_or_cleared_is_an_answer_of_its_own(scene, at):
    before = str(record(scene, at, FIRST).responses[0].pk)
    answers = follow_up(scene, systolic=132, cigarettes=3, salt_goal=None, salt="2")
    said = dict.fromkeys(("cigarettes", "salt", "compliance"), before)
    assert kept(scene, at, {**answers, "salt_goal": "1"}, said) == {"compliance": before}


def test_another_residents_response_is_no_source(scene, at):
    record(scene, at, FIRST)
    stranger = "01980000-0000-7000-8000-000000000000"
    assert kept(scene, at, follow_up(scene, systolic=132), {"cigarettes": stranger}) == {}
