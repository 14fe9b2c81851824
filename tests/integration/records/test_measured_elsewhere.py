"""Beside a measurement stand its last values from other forms too: an exam's and a first measurement's pressure."""

import datetime as dt
from decimal import Decimal

from tests.integration.print.conftest import exam
from tests.integration.records.conftest import record

from gongwei.base import scope
from gongwei.records import measured_elsewhere, openings, operations

PRESSURE, WEIGHT = ("8480-6", "mmHg"), ("29463-7", "kg")
D = dt.date


def test_values_of_other_forms_newest_first_with_their_form(scene, at):
    exam(scene, on=D(2025, 4, 2), systolic_right=148, diastolic_right=96)
    record(
        scene,
        at,
        D(2025, 5, 9),
        form="htn_first_pressure",
        answers={
            "occasion": "1",
            "known_hypertension": "1",
            "systolic": 139,
            "diastolic": 80,
            "responsible_doctor": str(scene.practitioner.pk),
        },
    )
    record(scene, at, D(2025, 5, 10))  # the form itself is no other form
    with scope.acting(scene.doctor):
        found = openings.opening(scene.doctor, scene.resident.pk, ["htn_follow_up"]).elsewhere
    assert [(each.words, each.on, each.form) for each in found[PRESSURE]] == [
        ("139", D(2025, 5, 9), "首诊测血压"),
        ("152", D(2025, 4, 2), "健康体检"),  # the higher of two arms
    ]
    assert [Decimal(each.words) for each in found[WEIGHT]] == [Decimal("54.0")]


def test_a_withdrawn_record_and_somebody_elses_are_not_shown(scene, at):
    kept = exam(scene)
    operations.enter_in_error(by=scene.centre, at=at, response_id=kept, reason="填错居民")
    assert measured_elsewhere.latest(scene.resident.pk, ["htn_follow_up"]) == {}


def test_a_form_that_measures_nothing_asks_nobody(scene):
    assert measured_elsewhere._asked(("self_care_assessment",)) is None
