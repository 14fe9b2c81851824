"""What chronic diseases share: the papers keep their order, the classifications their rows, and a third disease fits in.

Sources: the item lists of hypertension.md §3 and diabetes.md §3, the decision tables H1–H8 and D1–D8 of their §4, and the
items of copd.md §3.2, a disease without blood pressure, drinking or weight aimed at.
"""

import csv
from pathlib import Path

import pytest

from gongwei.language import Choice, Date, Form, Options, Quantity, Text
from gongwei.language.decisions import DecisionTable, Refer
from gongwei.language.errors import DefinitionError
from gongwei.programmes.diabetes import forms as diabetes
from gongwei.programmes.diabetes import rules as diabetes_rules
from gongwei.programmes.health_record.chronic_care import checks, items, rules, schedule
from gongwei.programmes.health_record.chronic_care import options as chronic
from gongwei.programmes.hypertension import forms as hypertension
from gongwei.programmes.hypertension import rules as hypertension_rules

ITEMS = Path(__file__).parent / "items"
PAPERS = {"htn_follow_up": hypertension.FollowUp, "dm_follow_up": diabetes.FollowUp}
TABLES = [hypertension_rules.CLASSIFY, diabetes_rules.CLASSIFY]
#: hypertension.md §3: what follows the signature on the list stands elsewhere on the newer forms.
LAST_ON_PAPER = "responsible_doctor"


@pytest.mark.parametrize("paper", PAPERS)
def test_items_stand_in_the_order_of_the_paper(paper):
    with (ITEMS / f"{paper}.csv").open(encoding="utf-8") as file:
        listed = [name for line in csv.DictReader(file) for name in line["identifiers"].split()]
    if LAST_ON_PAPER in listed:
        listed = listed[: listed.index(LAST_ON_PAPER) + 1]
    places = [list(PAPERS[paper].fields).index(name) for name in listed]
    assert places == sorted(places)
    assert len(places) > 10


@pytest.mark.parametrize(
    ("name", "unit", "hard", "soft", "code"),
    [
        ("systolic", "mmHg", (40, 300), (90, 179), "8480-6"),
        ("diastolic", "mmHg", (20, 200), (50, 109), "8462-4"),
        ("weight", "kg", (2, 300), (30, 150), "29463-7"),
        ("weight_goal", "kg", (2, 300), (30, 150), "weight_goal"),
        ("bmi", "kg/m²", (8, 80), (15, 40), "39156-5"),
        ("bmi_goal", "kg/m²", (8, 80), (15, 40), "bmi_goal"),
        ("cigarettes", "支", (0, 200), (0, 60), "cigarettes"),
        ("alcohol_liang", "两", (0, 50), (0, 10), "alcohol_liang"),
        ("exercise_per_week", "次/周", (0, 50), (0, 14), "exercise_per_week"),
    ],
)
def test_an_item_is_one_question_on_both_papers(name, unit, hard, soft, code):
    for form in PAPERS.values():
        item = form.fields[name]
        assert (item.unit, item.between, item.expected) == (unit, hard, soft)
        assert item.code.code == code
        assert item.owner is form


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.code)
def test_rows_stand_in_the_order_of_the_decision_table(table):
    """Rows 1 to 8: who is referred (1 urgently), who is seen again in two weeks (1 to 6)."""
    assert len(table.rows) == 8
    urgent = [[each.urgent for each in row.advice if isinstance(each, Refer)] for row in table.rows]
    assert urgent == [[True], [False], [False], [False], [], [], [], []]
    assert rules.two_week_rows(table) == tuple(row.code for row in table.rows[:6])


class ThirdDisease(Form):
    """The items of 慢阻肺病患者随访服务记录表 that the vocabulary has, and one of its own."""

    code, title, source = "third_follow_up", "第三种慢性病随访", "copd.md §3.2"

    done_on = Date("随访日期", required=True)
    result = items.result("随访结果")
    completed = items.was_completed(result)
    mode = items.mode("随访方式", required=completed)
    spo2 = Quantity("血氧饱和度", unit="%", between=(40, 100), required=completed)
    adverse_reaction = Choice("药物不良反应", chronic.NONE_OR_SOME, required=completed)
    complication = Choice("并发症", chronic.COMPLICATIONS)
    outcome = Choice("此次随访分类", chronic.OUTCOMES, required=completed)
    outcome_reason = Text("与自动分类不同的理由")
    next_step = Choice("下一步管理措施", chronic.NEXT_STEPS)
    referral_reason = Choice("转诊原因", chronic.referral_reasons("转诊原因", "连续两次控制不满意"))
    next_due_on = Date("下次随访日期", required=completed)


FOUND = rules.Findings(
    ThirdDisease,
    parameters="third",
    measured=ThirdDisease.spo2.is_known(),
    controlled=ThirdDisease.spo2 >= 92,
    reacted=ThirdDisease.adverse_reaction == chronic.SOME,
    emergency=ThirdDisease.spo2 < 88,
)


def table(*rows):
    return DecisionTable("第三种慢性病", on=ThirdDisease, source="tests", rows=(*rows, rules.CANNOT_CLASSIFY))


def test_a_third_disease_takes_up_what_it_has():
    classify = table(FOUND.refer_urgently("by_spo2"), FOUND.refer_uncontrolled(), FOUND.satisfactory())
    assert rules.two_week_rows(classify) == ("refer_urgently", "refer_uncontrolled")
    assert checks.class_as_proposed(ThirdDisease, classify).code == "QC005"
    contact = schedule.follow_ups("随访", ThirdDisease, parameters="third")
    assert contact.code == "third.follow_up"
    assert repr(contact.every.amount.code) == "'third.routine_months'"


def test_what_a_form_has_not_is_refused_when_it_is_defined():
    """A check on an item that is not on the paper fails at import, not on the first record."""
    with pytest.raises(AttributeError, match="alcohol_liang"):
        checks.drinking_goal_not_above_present(ThirdDisease)


def test_findings_of_one_disease_do_not_classify_another():
    with pytest.raises(DefinitionError, match="names"):
        DecisionTable(
            "错表",
            on=hypertension.FollowUp,
            source="tests",
            rows=(FOUND.satisfactory(), rules.CANNOT_CLASSIFY),
        )


def test_reasons_are_numbered_alike_whatever_the_disease_is_called():
    reasons = [form.referral_reason.options for form in (*PAPERS.values(), ThirdDisease)]
    assert all(isinstance(each, Options) and each.codes == ("1", "2", "3", "4", "5") for each in reasons)
    assert [each.label("5") for each in reasons] == ["危急情况"] * 3
    assert reasons[1].label("1") == "连续两次空腹血糖控制不满意"
