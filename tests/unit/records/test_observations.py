"""Values of forms as points of curves: the higher arm counts (physical_exam.md §3, vector 4), arrows since the last value."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

import pytest

from gongwei.records import observations
from gongwei.residents.models import Resident

MAN = Resident(birth_date=dt.date(1960, 1, 1), sex="1")
FIRST, SECOND = UUID(int=1), UUID(int=2)


def row(day=dt.date(2025, 3, 10), key=FIRST, **answers):
    return {"response_id": key, "done_on": day, **answers}


def values(form, *rows, resident=MAN):
    return {(each.line, each.on): each.value for each in observations.read(resident, form, rows)}


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ((138, 88), (152, 84), (152, 84)),
        ((152, 84), (138, 88), (152, 84)),
        ((150, 80), (None, None), (150, 80)),
        ((None, None), (140, 90), (140, 90)),
    ],
)
def test_the_arm_with_the_higher_systolic_value_counts(left, right, expected):
    found = values(
        "check_up",
        row(systolic_left=left[0], diastolic_left=left[1], systolic_right=right[0], diastolic_right=right[1]),
    )
    day = dt.date(2025, 3, 10)
    assert (found["systolic", day], found["diastolic", day]) == expected


def test_a_test_with_a_day_of_its_own_stands_on_that_day():
    found = values("dm_follow_up", row(hba1c=Decimal("7.2"), hba1c_date=dt.date(2025, 2, 1)))
    assert found == {("hba1c", dt.date(2025, 2, 1)): Decimal("7.2")}


def test_kidney_function_is_worked_out_from_creatinine_for_adults():
    # CKD-EPI 2009, man of 65, 88.4 μmol/L = 1.0 mg/dL: 141 × (1/0.9)^-1.209 × 0.993^65 = 78.6
    found = values("check_up", row(creatinine=Decimal("88.4")))
    assert found["egfr", dt.date(2025, 3, 10)] == Decimal("78.6")
    child = Resident(birth_date=dt.date(2015, 1, 1), sex="1")
    assert values("check_up", row(creatinine=Decimal("40")), resident=child) == {}


def test_every_follow_up_and_check_up_gives_blood_pressure_weight_and_glucose():
    wanted = {
        "htn_follow_up": {"systolic", "diastolic", "weight", "bmi"},
        "dm_follow_up": {"systolic", "diastolic", "weight", "bmi", "fasting", "random", "hba1c"},
        "check_up": {"systolic", "diastolic", "weight", "bmi", "waist", "fasting", "hba1c", "egfr", "ldl_c"},
    }
    from gongwei.records import definitions

    for code, lines in wanted.items():
        asked = {each.line for each in observations.asked_by(definitions.of(code).form)}
        assert lines <= asked, code


def test_the_last_value_has_an_arrow_since_the_one_before():
    found = observations.read(
        MAN,
        "htn_follow_up",
        [
            row(dt.date(2025, 1, 1), FIRST, systolic=150, diastolic=90, weight=Decimal("70.0")),
            row(dt.date(2025, 4, 1), SECOND, systolic=138, diastolic=92, weight=Decimal("70.0")),
        ],
    )
    pressure, weight = observations.latest(found)
    assert (pressure.words, pressure.before, pressure.change) == ("138/92", "150/90", "down")
    assert pressure.response_id == SECOND
    assert (weight.words, weight.change) == ("70", "")


@pytest.mark.parametrize(
    ("value", "words"), [("7.0", "7"), ("7.10", "7.1"), ("0.005", "0.01"), ("120", "120"), ("100", "100")]
)
def test_numbers_are_read_without_empty_decimals(value, words):
    assert observations.shown(Decimal(value)) == words
