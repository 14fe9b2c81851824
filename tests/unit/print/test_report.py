"""The report for the resident: what is abnormal first, in plain words, beside last year's value and what is usual."""

import datetime as dt
from decimal import Decimal

from tests.unit.print import reading

from gongwei import catalogue
from gongwei.interfaces.print import heads, papers, reports

EXAM = catalogue.form("check_up")
DAY = dt.date(2025, 3, 10)
HEAD = heads.Head(
    name="王秀英", sex="2", record_no="32072310110100042", organization_phone="0518-85500120", doctor="李医生"
)
ANSWERS = {"systolic_left": 152, "diastolic_left": 94, "alt": Decimal("22.0"), "pulse_rate": 72}


def raised():
    """血压偏高 of the left arm, as the programme defines it."""
    return next(each for each in catalogue.abnormal(EXAM) if each.key == "exam.raised_pressure.systolic_left")


def printed(**changes):
    report = reports.Report(EXAM, ANSWERS, DAY, HEAD, age=69, **changes)
    return reading.words(reports.report_pdf(report))


def test_an_abnormal_result_comes_with_value_usual_range_meaning_and_advice():
    found = printed(abnormal=(raised(),))
    first, last = found.index("需要您注意的结果"), found.index("医生给您的建议")
    told = found[first:last]
    for words in ("血压偏高", "152mmHg", "94mmHg", "低于140mmHg", "低于90mmHg"):
        assert words in told
    assert reading.bare(raised().explain) in told
    assert reading.bare(raised().advise) in told


def test_nothing_abnormal_is_said_too():
    assert "没有发现异常" in printed()


def test_last_years_value_stands_beside_with_the_direction():
    found = printed(before={"systolic_left": 146, "pulse_rate": 72}, before_on=dt.date(2024, 5, 6))
    table = found[found.index("主要结果与上次比较") :]
    assert "2024年5月6日" in table
    assert "152mmHg↑146mmHg" in table
    assert "72次/分钟72次/分钟" in table  # as it was: no arrow


def test_who_to_ask_and_when_to_come_again():
    found = printed(appointments=[("高血压随访", "2025年3月24日前后")])
    for words in ("王秀英女士", "69岁", "高血压随访：2025年3月24日前后", "李医生", "0518-85500120"):
        assert words in found


def test_urgent_findings_say_so():
    urgent = next(
        each for each in catalogue.abnormal(EXAM) if each.key == "exam.critical_pressure.systolic_left"
    )
    assert "请立即就医" in printed(abnormal=(urgent,))
    assert "请立即就医" not in printed(abnormal=(raised(),))


# --- what is usual (physical_exam.md §2.7 and §3) -------------------------------------------------------------


def usual(name, sex="1", day=DAY):
    return papers.usual_range(EXAM.fields[name], sex, day)


def test_usual_ranges_are_the_references_and_differ_by_sex():
    assert usual("haemoglobin", "1") == "120～175g/L"
    assert usual("haemoglobin", "2") == "110～150g/L"
    assert usual("alt", "1") == "不超过50U/L"
    assert usual("alt", "2") == "不超过40U/L"
    assert usual("waist", "1") == "低于90cm"
    assert usual("waist", "2") == "低于85cm"
    assert usual("hdl_c") == "不低于1.0mmol/L"
    assert usual("systolic_left") == "低于140mmHg"
    assert usual("bmi") == "18.5～23.9kg/m²"


def test_the_soft_range_of_the_keyboard_is_not_sold_as_usual():
    assert usual("weight") == ""
    assert usual("height") == ""


def test_without_a_known_sex_nothing_is_said_that_differs_by_sex():
    assert usual("waist", "9") == ""
    assert usual("systolic_left", "9") == "低于140mmHg"
