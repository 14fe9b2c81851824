"""What fields demand by themselves: one order, one wording, for every surface."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from gongwei.engines.judging import computed_answers, problems
from gongwei.engines.row import Record, Subject
from gongwei.language import (
    ASK,
    BLOCK,
    LOINC,
    WARN,
    Choice,
    Choices,
    Code,
    Date,
    Form,
    Moment,
    Options,
    Person,
    Quantity,
    RowGroup,
    Rows,
    Text,
    YesNo,
    bmi,
    conditions,
)
from gongwei.language.checks import RecordCheck
from gongwei.language.fields import FIELD_TYPES

MODES = Options(
    "方式",
    {"1": "门诊", "4": "网络", "5": "信件"},
    since={"4": date(2020, 1, 1)},
    until={"5": date(2019, 12, 31)},
)
SYMPTOMS = Options(
    "症状", {"1": "无症状", "2": "头痛", "9": "其他"}, exclusive=("1",), since={"9": date(2020, 1, 1)}
)


class Line(RowGroup):
    """A row."""

    name = Text("药名", required=True)
    times = Quantity("次数", between=(1, 6))


class Sample(Form):
    """A form with every kind of condition."""

    code, title, source = "unit_form", "表", "tests"

    done_on = Date("日期", required=True)
    mode = Choice("方式", MODES, required=True)
    symptoms = Choices("症状", SYMPTOMS, required=True)
    other = Text("其他症状", only_if=symptoms.has("9"), required=True, max_length=5)
    systolic = Quantity("收缩压", unit="mmHg", between=(40, 300), expected=(90, 179), code=LOINC("8480-6"))
    weight = Quantity("体重", decimals=1, between=(2, 300))
    height = Quantity("身高", decimals=1)
    bmi = Quantity("体质指数", decimals=1, computed=bmi(weight, height))
    old = Text("旧项", until=date(2019, 12, 31), required=True)
    new = Text("新项", since=date(2020, 1, 1), required=True)
    reason = Text("理由", required=mode == "4")
    telephone = Text("电话", pattern=r"1\d{10}", pattern_hint="应为11位手机号")
    seen_on = Date("检查日", past=True)
    lines = Rows("用药", Line, at_most=2)
    agreed = YesNo("同意")
    at = Moment("时刻")
    disease = Code("诊断", "icd10")
    doctor = Person("医生")


GOOD = {
    "done_on": date(2025, 3, 10),
    "mode": "1",
    "symptoms": frozenset({"1"}),
    "systolic": 120,
    "weight": Decimal("62.5"),
    "height": Decimal("158.1"),
    "bmi": Decimal("25.0"),
    "new": "有",
}


def found(changes, entered_on=date(2025, 3, 10), checks=()):
    answers = {**GOOD, **changes}
    answers = {name: value for name, value in answers.items() if value is not None}
    day = answers.get("done_on")
    record = Record(
        Sample, day if isinstance(day, date) else date(2025, 3, 10), answers, entered_on=entered_on
    )
    return [(p.field, p.message, p.severity) for p in problems(record, Subject(), checks)]


def test_a_good_record_has_no_problem():
    assert found({}) == []


CASES = [
    ({"mode": None}, ("mode", "请选择“方式”", BLOCK)),
    ({"symptoms": frozenset()}, ("symptoms", "请选择“症状”", BLOCK)),
    ({"symptoms": frozenset({"1", "2"})}, ("symptoms", "“症状”选了“无症状”，不能再选其他项", BLOCK)),
    ({"symptoms": frozenset({"9"})}, ("other", "请填写“其他症状”", BLOCK)),
    ({"other": "咳"}, ("other", "按其他填报内容，“其他症状”不需填写", WARN)),
    ({"systolic": 301}, ("systolic", "“收缩压”应在40～300 mmHg之间", BLOCK)),
    ({"systolic": 180}, ("systolic", "“收缩压”一般在90～179 mmHg之间，请核对", ASK)),
    ({"systolic": 89}, ("systolic", "“收缩压”一般在90～179 mmHg之间，请核对", ASK)),
    ({"bmi": Decimal("24.9")}, ("bmi", "“体质指数”与计算结果不符，请核对", ASK)),
    ({"new": None}, ("new", "请填写“新项”", BLOCK)),
    ({"old": "x"}, ("old", "“旧项”填写到2019-12-31为止", WARN)),
    ({"mode": "4"}, ("reason", "请填写“理由”", BLOCK)),
    ({"mode": "5"}, ("mode", "“方式”的“信件”可选到2019-12-31为止", BLOCK)),
    ({"seen_on": date(2025, 3, 11)}, ("seen_on", "“检查日”不能晚于今天", BLOCK)),
    # shapes
    ({"systolic": "120"}, ("systolic", "“收缩压”应为数字", BLOCK)),
    ({"systolic": True}, ("systolic", "“收缩压”应为数字", BLOCK)),
    ({"systolic": Decimal("NaN")}, ("systolic", "“收缩压”应为数字", BLOCK)),
    ({"systolic": Decimal("120.5")}, ("systolic", "“收缩压”应为整数", BLOCK)),
    ({"mode": "7"}, ("mode", "“方式”没有“7”这个选项", BLOCK)),
    ({"symptoms": frozenset({"7"})}, ("symptoms", "“症状”没有“7”这个选项", BLOCK)),
    ({"symptoms": 7}, ("symptoms", "“症状”应为若干选项", BLOCK)),
    ({"new": 5}, ("new", "“新项”应为文字", BLOCK)),
    ({"symptoms": frozenset({"9"}), "other": "一二三四五六"}, ("other", "“其他症状”最多5个字", BLOCK)),
    ({"telephone": "123"}, ("telephone", "“电话”应为11位手机号", BLOCK)),
    ({"seen_on": "2025-03-01"}, ("seen_on", "“检查日”应为日期，如 2025-03-10", BLOCK)),
    ({"seen_on": datetime(2025, 3, 1, tzinfo=UTC)}, ("seen_on", "“检查日”应为日期，如 2025-03-10", BLOCK)),
    ({"at": datetime(2025, 3, 1)}, ("at", "“时刻”应为日期和时间，如 2025-03-10 08:30", BLOCK)),
    ({"agreed": "是"}, ("agreed", "“同意”应为是或否", BLOCK)),
    ({"disease": 10}, ("disease", "“诊断”应为代码", BLOCK)),
    ({"doctor": 10}, ("doctor", "“医生”应选医务人员", BLOCK)),
    ({"lines": "x"}, ("lines", "“用药”应为若干行", BLOCK)),
    ({"lines": ({}, {}, {})}, ("lines", "“用药”最多2行", BLOCK)),
    ({"lines": ({"name": "a"}, {"times": 3})}, ("name", "第2行：请填写“药名”", BLOCK)),
    ({"lines": ({"name": "a", "times": 9},)}, ("times", "第1行：“次数”应在1～6之间", BLOCK)),
]


@pytest.mark.parametrize(("changes", "problem"), CASES)
def test_one_problem(changes, problem):
    assert problem in found(changes)


def test_decimals():
    assert found({"weight": Decimal("62.55"), "bmi": None}) == [("weight", "“体重”最多1位小数", BLOCK)]


def test_before_a_question_or_an_option_began():
    changes = {"done_on": date(2019, 6, 1), "mode": "4", "reason": "x", "new": "有", "old": "有"}
    assert found(changes) == [
        ("mode", "“方式”的“网络”自2020-01-01起可选", BLOCK),
        ("new", "“新项”自2020-01-01起填写", WARN),
    ]
    early = {
        "done_on": date(2019, 6, 1),
        "symptoms": frozenset({"9"}),
        "other": "咳",
        "new": None,
        "old": "有",
    }
    assert found(early) == [("symptoms", "“症状”的“其他”自2020-01-01起可选", BLOCK)]


def test_the_day_is_not_in_the_future():
    assert found({}, entered_on=date(2025, 3, 9)) == [("done_on", "“日期”不能晚于今天", BLOCK)]


def test_nothing_is_said_of_an_unknown_day_of_entry():
    assert found({}, entered_on=None) == []


def test_values_of_the_right_shape_and_missing_ones():
    changes = {
        "agreed": True,
        "at": datetime(2025, 3, 1, tzinfo=UTC),
        "disease": "I10",
        "doctor": "d1",
        "telephone": "13800000000",
        "seen_on": date(2025, 3, 10),
        "lines": ({"name": "氨氯地平", "times": 1},),
    }
    assert found(changes) == []


def test_order_is_the_order_of_the_form_then_of_the_checks():
    check = RecordCheck("太高", on=Sample, holds=Sample.systolic < 200, then=ASK, fields=("systolic",))
    plain = RecordCheck("说不清", on=Sample, holds=Sample.weight < 10, then=ASK, message="体重？")
    order = [
        field for field, _, _ in found({"systolic": 250, "mode": None, "done_on": "x"}, checks=(check, plain))
    ]
    assert order == ["done_on", "mode", "systolic", "systolic", ""]


def test_a_problem_of_a_row_says_where():
    record = Record(Sample, date(2025, 3, 10), {**GOOD, "lines": ({"name": "a"}, {"times": 3})})
    (problem,) = problems(record, Subject())
    assert (problem.within, problem.row, problem.field, problem.rule) == ("lines", 1, "name", "required")


def test_computed():
    record = Record(Sample, date(2025, 3, 10), GOOD)
    assert computed_answers(record, Subject()) == {"bmi": Decimal("25.0")}


def test_conditions_in_order():
    rules = [(condition.field.name, condition.rule) for condition in conditions(Sample)]
    assert rules[:8] == [
        ("done_on", "required"),
        ("done_on", "past"),
        ("mode", "required"),
        ("mode", "dated_option"),
        ("mode", "dated_option"),
        ("symptoms", "required"),
        ("symptoms", "exclusive"),
        ("symptoms", "dated_option"),
    ]


def test_ten_field_types():
    assert [each.__name__ for each in FIELD_TYPES] == [
        "Text",
        "Date",
        "Moment",
        "YesNo",
        "Quantity",
        "Choice",
        "Choices",
        "Code",
        "Person",
        "Rows",
    ]
    used = {type(each) for each in Sample.fields.values()}
    assert used == set(FIELD_TYPES)


def test_labels_of_options():
    assert MODES.label("1") == "门诊"
    assert MODES.label("77") == "77"
    assert MODES.codes == ("1", "4", "5")
