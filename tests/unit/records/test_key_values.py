"""What a line of the timeline says: the higher arm and what is wrong with it, once (physical_exam.md §3, vector 4)."""

import datetime as dt
from decimal import Decimal

from gongwei.engines.row import Record
from gongwei.programmes.health_record.forms import CheckUp
from gongwei.programmes.hypertension.forms import FollowUp
from gongwei.records import key_values
from gongwei.residents.models import Resident

MAN = Resident(birth_date=dt.date(1960, 1, 1), sex="1", residence_type="1")
DAY = dt.date(2025, 5, 1)


def line(form, **answers):
    return key_values._line(MAN, Record(form, DAY, {"done_on": DAY, **answers}, "1"))


def test_the_higher_arm_is_said_with_its_own_finding():
    said = line(CheckUp, systolic_left=138, diastolic_left=88, systolic_right=152, diastolic_right=84)
    assert [(each.label, each.words, each.abnormal) for each in said.values] == [
        ("血压", "152/84 mmHg", "血压偏高")
    ]
    assert said.abnormal == (("血压偏高", False),)
    assert said.other_abnormal == ()


def test_an_emergency_is_grave():
    said = line(CheckUp, systolic_left=182, diastolic_left=100)
    assert (said.values[0].abnormal, said.values[0].grave) == ("血压危急", True)


def test_what_is_no_measurement_stands_apart():
    said = line(CheckUp, weight=Decimal("80.0"), ecg="2", ecg_other="房颤")
    assert ("体重", "80 kg") in [(each.label, each.words) for each in said.values]
    assert [name for name, _ in said.other_abnormal] == ["心电图异常"]


def test_a_follow_up_says_its_class():
    assert line(FollowUp, outcome="1").said == ("控制满意",)
    assert line(FollowUp, outcome="1").good
    assert line(FollowUp, outcome="2").good is False
    assert line(FollowUp, result="2", outcome="2").said == ("失访", "控制不满意")
