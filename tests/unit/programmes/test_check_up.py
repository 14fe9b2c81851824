"""健康体检表: the vectors of physical_exam.md §3 that belong to the form itself."""

import datetime as dt
from decimal import Decimal

import pytest

from gongwei import catalogue
from gongwei.engines import judging, row
from gongwei.language import types
from gongwei.programmes.health_record import checks
from gongwei.programmes.health_record.check_up import CheckUp
from gongwei.programmes.health_record.chronic_care import examination

DAY = dt.date(2025, 3, 1)


def subject(age=50, sex="1"):
    """A resident of that age."""
    return row.Subject({"birth_date": DAY.replace(year=DAY.year - age), "sex": sex}, parameters=parameter)


def parameter(code, day):
    """The national value."""
    return catalogue.current().parameters(code, day)


def record(**answers):
    """A check-up with these answers."""
    return row.Record(CheckUp, DAY, {"done_on": DAY, **answers}, entered_on=DAY)


@pytest.mark.parametrize(
    ("height", "weight", "bmi", "overweight"),
    [("160.0", "61.4", "24.0", True), ("170", "69.3", "24.0", True), ("170", "69.2", "23.9", False)],
)
def test_body_mass_index_decides_on_one_decimal(height, weight, bmi, overweight):
    given = record(height=Decimal(height), weight=Decimal(weight))
    found = judging.computed_answers(given, subject())["bmi"]
    assert found == Decimal(bmi)
    judged = record(height=Decimal(height), weight=Decimal(weight), bmi=found)
    assert row.evaluate(examination.overweight, judged, subject()) is overweight


def test_the_higher_arm_counts():
    given = record(systolic_left=138, diastolic_left=88, systolic_right=152, diastolic_right=84)
    assert row.evaluate(examination.systolic, given, subject()) == 152
    assert row.evaluate(examination.raised_pressure, given, subject()) is True
    one_arm = record(systolic_left=138, diastolic_left=88)
    assert row.evaluate(examination.raised_pressure, one_arm, subject()) is False


@pytest.mark.parametrize(
    ("sex", "waist", "wide"), [("1", "90.0", True), ("2", "84.9", False), ("2", "85.0", True)]
)
def test_waist(sex, waist, wide):
    assert row.evaluate(examination.wide_waist, record(waist=Decimal(waist)), subject(sex=sex)) is wide


def test_healthy_by_assessment_and_raised_by_measurement_warns():
    given = record(assessment="1", systolic_left=150, diastolic_left=80)
    found = judging.problems(given, subject(), checks.CHECKS)
    assert ("assessment", types.WARN) in {(each.field, each.severity) for each in found}
    normal = record(assessment="1", systolic_left=135, diastolic_left=85)  # vector 12: accepted
    assert "assessment" not in {each.field for each in judging.problems(normal, subject(), checks.CHECKS)}


def test_four_items_are_asked_of_older_people_only():
    needed = {"elderly_self_rated_health", "elderly_self_care", "elderly_cognition", "elderly_emotion"}
    for age, expected in ((64, set()), (65, needed)):
        found = judging.problems(record(), subject(age=age))
        assert {each.field for each in found if each.rule == "required"} & needed == expected
