"""judging.js says what judging.py and schedules.py say, word for word, on forms, tables and contacts of the house."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.generative import engines

from gongwei.catalogue import discovery
from gongwei.engines import judging, phone, phone_definitions, row
from gongwei.language import (
    DONE_ON,
    Choice,
    Choices,
    Code,
    Date,
    Form,
    Moment,
    Options,
    Parameter,
    Person,
    Quantity,
    RowGroup,
    Rows,
    Text,
    YesNo,
    bmi,
    days,
    months,
    years,
)
from gongwei.language.decisions import DecisionTable, Refer, Revisit, Row
from gongwei.language.parameters import ParameterSet, from_mapping
from gongwei.language.schedules import CALENDAR_YEAR, Contact, next_due

ANSWERED = Options("有无", {"1": "无", "2": "有"})
SYMPTOMS = Options(
    "症状", {"1": "无症状", "2": "头痛", "3": "恶心"}, exclusive=("1",), since={"3": date(2025, 1, 1)}
)


class Medicine(RowGroup):
    drug = Text("药物名称", required=True, max_length=4)
    times = Quantity("每日次数", between=(1, 6))


class FollowUp(Form):
    code, title, source = "unit_follow_up", "随访", "tests"
    done_on = Date("随访日期", required=True)
    systolic = Quantity("收缩压", unit="mmHg", between=(40, 300), expected=(90, 179), required=True)
    weight = Quantity("体重", unit="kg", between=(2, 300), decimals=1)
    height = Quantity("身高", unit="cm", between=(20, 250), decimals=1)
    index = Quantity("体质指数", decimals=1, computed=bmi(weight, height))
    reaction = Choice("药物不良反应", ANSWERED, required=True)
    reaction_text = Text("不良反应说明", only_if=reaction == "2", required=True, max_length=5)
    symptoms = Choices("症状", SYMPTOMS)
    smokes = YesNo("吸烟", since=date(2024, 6, 1))
    telephone = Text("电话", pattern=r"1\d{10}", pattern_hint="应为11位手机号码")
    disease = Code("疾病", "icd10")
    doctor = Person("医生")
    stopped_on = Date("停药日期", past=True)
    measured_at = Moment("测量时间")
    medicines = Rows("用药情况", Medicine, at_most=2)


PARAMETERS = ParameterSet(
    from_mapping(
        {
            "unit.goal": {
                "title": "目标",
                "type": "number",
                "values": [
                    {"since": date(2017, 2, 28), "value": 140, "source": "a"},
                    {"since": date(2025, 1, 1), "value": 130, "source": "b"},
                ],
            },
            "unit.days": {
                "title": "天数",
                "type": "number",
                "values": [{"since": date(2017, 2, 28), "value": 14, "source": "a"}],
            },
        }
    )
)
STEPS = {code: PARAMETERS.steps(code) for code in PARAMETERS.definitions}
HIGH = FollowUp.systolic >= Parameter("unit.goal")
TABLE = DecisionTable(
    "分类",
    on=FollowUp,
    source="tests",
    rows=(
        Row(
            "emergency",
            "危急",
            FollowUp.systolic >= 180,
            (Refer(urgent=True), Revisit(days(14), late=days(3))),
        ),
        Row("high", "不满意", HIGH, (Revisit(days(Parameter("unit.days"))),), {"stopped_on": DONE_ON}),
        Row("good", "满意", ~HIGH, (), {"reaction": "1"}),
        Row("unknown", "资料不全", when=None),
    ),
)
ROUTINE = Contact("随访", FollowUp, every=months(3), early=days(15), late=days(15))
YEARLY = Contact("体检", FollowUp, once_in=CALENDAR_YEAR)
BY_AGE = Contact("满月", FollowUp, at=(months(1), months(3), years(1)), early=days(7), late=days(14))

GOOD = {"done_on": date(2025, 3, 10), "systolic": 128, "reaction": "1"}
CASES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "good": GOOD,
    "too high to be true": {**GOOD, "systolic": 301},
    "unusual": {**GOOD, "systolic": 185},
    "a half where whole numbers belong": {**GOOD, "systolic": Decimal("128.5")},
    "too many decimals": {**GOOD, "weight": Decimal("70.25")},
    "no number": {**GOOD, "weight": True},
    "stray option": {**GOOD, "reaction": "7"},
    "stray options": {**GOOD, "symptoms": frozenset({"9", "2", "8"})},
    "exclusive option": {**GOOD, "symptoms": frozenset({"1", "2"})},
    "an option of later years": {**GOOD, "done_on": date(2024, 3, 10), "symptoms": frozenset({"3"})},
    "a question of later years": {**GOOD, "done_on": date(2024, 3, 10), "smokes": True},
    "reason missing": {**GOOD, "reaction": "2"},
    "reason not asked for": {**GOOD, "reaction_text": "头晕"},
    "too long": {**GOOD, "reaction": "2", "reaction_text": "一二三四五六"},
    "letters outside the basic plane count once": {**GOOD, "reaction": "2", "reaction_text": "𠮷𠮷𠮷𠮷𠮷"},
    "telephone": {**GOOD, "telephone": "1380013800"},
    "future": {**GOOD, "stopped_on": date(2026, 1, 1)},
    "computed otherwise": {**GOOD, "weight": Decimal(70), "height": Decimal(170), "index": Decimal("24.3")},
    "computed": {**GOOD, "weight": Decimal("70.0"), "height": Decimal("170.0"), "index": Decimal("24.2")},
    "rows": {**GOOD, "medicines": ({"times": 7}, {"drug": "硝苯地平片", "times": 1})},
    "too many rows": {**GOOD, "medicines": ({"drug": "a"}, {"drug": "b"}, {"drug": "c"})},
    "no rows": {**GOOD, "medicines": "硝苯地平"},
    "no text": {**GOOD, "disease": 3, "doctor": False, "telephone": 13800138000},
}


def asked(answers: dict[str, Any]) -> tuple[row.Record, row.Subject]:
    day = answers.get("done_on", date(2025, 3, 10))
    record = row.Record(FollowUp, day, answers, "b", date(2025, 6, 1))
    return record, row.Subject({"birth_date": date(1960, 2, 29)}, (record,), (), PARAMETERS)


def told(found: judging.Problem) -> dict[str, Any]:
    return {
        "field": found.field,
        "message": found.message,
        "severity": found.severity.value,
        "rule": found.rule,
        "row": found.row,
        "within": found.within,
    }


def raw(record: row.Record) -> Any:
    """The record as a phone would hold it, wrong shapes and all."""
    kept = {
        name: value
        for name, value in record.answers.items()
        if isinstance(value, str | bool | frozenset | date)
    }
    written = phone.record_json(row.Record(record.form, record.done_on, kept, record.id, record.entered_on))
    for name, value in record.answers.items():
        if name not in kept:
            written["answers"][name] = value if isinstance(value, int | str) else phone.value_json(value)
    return written


@pytest.mark.parametrize("case", CASES)
def test_problems_are_the_same_in_the_same_words(case: str) -> None:
    record, subject = asked(CASES[case])
    if case == "no text":  # a number is one to Python and a text to no one
        record.answers["measured_at"] = "昨天"
    wanted = [told(problem) for problem in judging.problems(record, subject)]
    known = phone.subject_json(row.Subject(subject.attributes, (), (), PARAMETERS), STEPS)
    found = engines.ask_node(
        {"call": "problems", "args": [[phone_definitions.form_json(FollowUp), raw(record), known]]}
    )[0]
    assert found == wanted
    assert (found == []) == (case in ("good", "computed", "letters outside the basic plane count once"))


@pytest.mark.parametrize("systolic", [None, 128, 129, 130, 139, 140, 179, 180])
@pytest.mark.parametrize("day", [date(2024, 11, 30), date(2024, 12, 31), date(2025, 1, 1)])
def test_class_advice_and_next_day_are_the_same(systolic: int | None, day: date) -> None:
    record, subject = asked({"done_on": day, "systolic": systolic, "reaction": "1"})
    wanted = judging.classify(TABLE, record, subject, ROUTINE, date(2024, 1, 1))
    found = engines.ask_node(
        {
            "call": "classify",
            "args": [
                [
                    phone_definitions.table_json(TABLE),
                    phone.record_json(record),
                    phone.subject_json(subject, STEPS),
                    phone_definitions.contact_json(ROUTINE),
                    "2024-01-01",
                ]
            ],
        }
    )[0]
    assert (found["row"], found["label"]) == (wanted.row.code, wanted.row.label)
    assert [each["text"] for each in found["advice"]] == [each.text for each in wanted.advice]
    assert found["proposes"] == {name: phone.value_json(value) for name, value in wanted.proposes.items()}
    assert found["nextDue"] == due_told(wanted.next_due)


def due_told(due: Any) -> dict[str, Any] | None:
    if due is None:
        return None
    days_ = {name: getattr(due, name).isoformat() for name in ("earliest", "due", "latest")}
    return {**days_, "reason": due.reason}


@pytest.mark.parametrize("contact", [ROUTINE, YEARLY, BY_AGE], ids=lambda contact: contact.title)
@pytest.mark.parametrize("started", [date(2024, 2, 29), date(2024, 11, 30), date(2023, 12, 31)])
@pytest.mark.parametrize(
    "last",
    [None, date(2024, 2, 29), date(2024, 3, 30), date(2024, 12, 31), date(2025, 11, 30), date(2026, 3, 1)],
)
def test_next_due_is_the_same(contact: Contact, started: date, last: date | None) -> None:
    wanted = next_due(contact, started, last)
    written = [phone_definitions.contact_json(contact), started.isoformat(), last and last.isoformat(), []]
    found = engines.ask_node(
        {"call": "nextDue", "args": [[*written, {"doneOn": "2025-01-01", "parameters": {}}]]}
    )[0]
    assert found == due_told(wanted)


def test_computed_answers_and_asked_fields() -> None:
    record, subject = asked(CASES["computed"])
    args = [
        phone_definitions.form_json(FollowUp),
        phone.record_json(record),
        phone.subject_json(subject, STEPS),
    ]
    assert engines.ask_node({"call": "computedAnswers", "args": [args]}) == [{"index": "24.2"}]
    names = engines.ask_node({"call": "askedFields", "args": [args]})[0]
    assert "reaction_text" not in names
    assert "smokes" in names


def test_every_definition_of_the_house_can_be_written_for_the_phone() -> None:
    """All forms, tables, checks, abnormal results and contacts of all programmes, on an empty record, without an error."""
    written = 0
    everything = discovery.find()
    parameters = ParameterSet(each for found in everything for each in found.parameters)
    steps = {code: parameters.steps(code) for code in parameters.definitions}
    for found in everything:
        programme = found.programme
        for form in programme.forms:
            record = row.Record(
                form, date(2025, 3, 10), {"done_on": date(2025, 3, 10)}, "a", date(2025, 3, 10)
            )
            subject = row.Subject({}, (record,), (), parameters)
            known = phone.subject_json(subject, steps)
            checks = programme.record_checks(form)
            wanted = [told(problem) for problem in judging.problems(record, subject, checks)]
            args = [
                phone_definitions.form_json(form),
                phone.record_json(record),
                known,
                [phone_definitions.check_json(check) for check in checks],
            ]
            assert engines.ask_node({"call": "problems", "args": [args]})[0] == wanted
            items = [phone_definitions.abnormal_json(each) for each in programme.abnormal_on(form)]
            form_and_record = [args[0], items, args[1], known]
            answer = engines.ask_node({"call": "abnormal", "args": [form_and_record]})[0]
            assert answer == [
                phone_definitions.abnormal_json(each)
                for each in judging.abnormal(record, subject, programme.abnormal_on(form))
            ]
            for table in programme.tables_on(form):
                args = [phone_definitions.table_json(table), phone.record_json(record), known]
                answer = engines.ask_node({"call": "classify", "args": [args]})[0]
                assert answer["row"] == judging.classify(table, record, subject).row.code
                written += 1
    assert written >= 1
