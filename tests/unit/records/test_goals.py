"""The line a curve is read against: 140/90, from 65 on 150/90 (hypertension.md §4, vectors 4, 6, 8); waist by sex (physical_exam.md §3)."""

import datetime as dt
from decimal import Decimal

import pytest

from gongwei.records import goals
from gongwei.residents.models import Resident


def goal(line):
    return next(each for each in goals.GOALS if each.line == line)


def born(day, sex="1"):
    return Resident(birth_date=dt.date.fromisoformat(day), sex=sex)


@pytest.mark.parametrize(
    ("birth", "on", "systolic", "diastolic"),
    [
        ("1961-03-11", "2025-03-10", 140, 90),  # 63, the day before the 64th birthday
        ("1960-03-11", "2025-03-10", 140, 90),  # 64 until the day before the birthday
        ("1960-03-10", "2025-03-10", 150, 90),  # 65 on the day itself
        ("1950-01-01", "2025-03-10", 150, 90),
    ],
)
def test_the_goal_of_blood_pressure_goes_by_age(birth, on, systolic, diastolic):
    day = dt.date.fromisoformat(on)
    assert goals.limit(goal("systolic"), born(birth), day) == systolic
    assert goals.limit(goal("diastolic"), born(birth), day) == diastolic


def test_the_line_steps_up_on_the_birthday():
    steps = goals.steps(goal("systolic"), born("1960-06-15"), dt.date(2024, 1, 1), dt.date(2026, 1, 1))
    assert steps == [
        (dt.date(2024, 1, 1), Decimal(140)),
        (dt.date(2025, 6, 15), Decimal(150)),
        (dt.date(2026, 1, 1), Decimal(150)),
    ]


def test_somebody_born_on_29_february_is_65_on_1_march():
    steps = goals.steps(goal("systolic"), born("1960-02-29"), dt.date(2025, 1, 1), dt.date(2025, 12, 31))
    assert steps[1] == (dt.date(2025, 3, 1), Decimal(150))


def test_the_waist_goes_by_sex():
    day = dt.date(2025, 1, 1)
    assert goals.limit(goal("waist"), born("1970-01-01", "1"), day) == 90
    assert goals.limit(goal("waist"), born("1970-01-01", "2"), day) == 85


def test_before_the_norm_there_is_no_line():
    assert goals.limit(goal("systolic"), born("1960-01-01"), dt.date(2016, 12, 31)) is None
    steps = goals.steps(goal("systolic"), born("1980-01-01"), dt.date(2016, 1, 1), dt.date(2018, 1, 1))
    assert steps[0] == (dt.date(2017, 2, 28), Decimal(140))
