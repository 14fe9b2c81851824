"""Check-ups side by side: what changed, what is abnormal and why."""

import datetime as dt
from decimal import Decimal

from gongwei.engines.row import Record
from gongwei.interfaces.web.presenters import comparison
from gongwei.programmes.health_record.forms import CheckUp
from gongwei.residents.models import Resident

MAN = Resident(birth_date=dt.date(1960, 1, 1), sex="1", residence_type="1")


def exam(year, **answers):
    day = dt.date(year, 5, 1)
    return Record(CheckUp, day, {"done_on": day, **answers}, f"{year}")


def lines(records, show="all"):
    return {
        line["label"]: line
        for section in comparison.sections(MAN, records, show)
        for line in section["lines"]
    }


def test_columns_run_from_the_newest_and_a_change_is_marked_against_the_exam_before():
    found = lines(
        [
            exam(2023, weight=Decimal("70.0"), hearing="1"),
            exam(2024, weight=Decimal("70.0"), hearing="1"),
            exam(2025, weight=Decimal("68.5"), hearing="2"),
        ]
    )
    weight = found["体重"]["cells"]
    assert [cell["words"] for cell in weight] == ["68.5 kg", "70.0 kg", "70.0 kg"]
    assert [cell["changed"] for cell in weight] == [True, False, False]
    assert weight[0]["difference"] == "↓1.5"
    assert found["听力"]["cells"][0]["changed"]


def test_an_exam_without_an_answer_does_not_break_the_comparison():
    found = lines([exam(2023, weight=Decimal("70.0")), exam(2024), exam(2025, weight=Decimal("71.0"))])
    assert [cell["changed"] for cell in found["体重"]["cells"]] == [True, False, False]
    assert found["体重"]["cells"][0]["difference"] == "↑1"


def test_what_is_abnormal_says_its_name_and_why():
    found = lines([exam(2025, systolic_left=138, diastolic_left=88, systolic_right=152, diastolic_right=84)])
    # By arm, as the paper has it: 138/88 is 正常高值, 152/84 is raised; the higher one is what the file says.
    assert found["血压左侧收缩压"]["cells"][0]["abnormal"] == "血压正常高值"
    assert found["血压右侧收缩压"]["cells"][0]["abnormal"] == "血压偏高"
    assert "140/90" in found["血压右侧收缩压"]["cells"][0]["why"]


def test_a_result_beyond_the_usual_range_is_marked_with_the_range():
    cell = lines([exam(2025, platelets=90)])["血小板"]["cells"][0]
    assert cell["abnormal"] or cell["beyond"] == "低于参考值（125～350）"


def test_only_what_changed_or_what_is_abnormal():
    records = [
        exam(2024, weight=Decimal("70.0"), pulse_rate=70, waist=Decimal("92.0")),
        exam(2025, weight=Decimal("71.0"), pulse_rate=70, waist=Decimal("92.0")),
    ]
    assert set(lines(records, "changed")) == {"体重"}
    assert set(lines(records, "abnormal")) == {"腰围"}
    assert {"体重", "脉率", "腰围"} <= set(lines(records, "all"))


def test_rows_stand_under_the_headings_of_the_form():
    found = comparison.sections(MAN, [exam(2025, weight=Decimal("70.0"), hearing="1")], "all")
    assert [section["title"] for section in found] == ["一般状况", "脏器功能"]


def test_nothing_filled_gives_nothing():
    assert comparison.sections(MAN, [], "all") == []
