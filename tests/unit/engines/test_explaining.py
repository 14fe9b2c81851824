"""Why a part holds or not, by table: `reasons/reasons.csv` names a worked example (a programme's own, or one of `reasons/*.md`), a
part, what it comes to and the words. The numbers are those of the examples."""

import csv
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path

import pytest
from tests.spec import reading

from gongwei import catalogue
from gongwei.catalogue import discovery
from gongwei.engines import explaining, explaining_words, row
from gongwei.language import (
    AGE,
    PERIOD,
    Choice,
    Choices,
    Date,
    Form,
    Options,
    Quantity,
    Text,
    YesNo,
    case,
    greatest,
    previous,
)
from gongwei.language.episodes import Episode
from gongwei.language.examples import parse
from gongwei.language.intervals import MONTH, QUARTER, YEAR
from gongwei.language.measures import Fact, Measure, all_of
from gongwei.language.parameters import ParameterSet

HERE = Path(__file__).parent / "reasons"
FOUND = {found.programme.code: found for found in discovery.find()}
PARAMETERS = ParameterSet(each for found in FOUND.values() for each in found.parameters)
FORMS = {form.title: form for found in FOUND.values() for form in found.programme.forms}
STATES = {"是": True, "否": False, "不明": None}


def examples(code):
    own = resources.files(FOUND[code].package) / "examples"
    files = [own / "measures.md", own / "use_rate.md", HERE / f"{code}.md"]
    texts = [each.read_text(encoding="utf-8") for each in files if each.is_file()]
    return {example.title: example for text in texts for example in parse(text)}


EXAMPLES = {code: examples(code) for code in FOUND}
FACTS = {
    code: {fact.label: fact for measure in catalogue.programme(code).measures for fact in measure.facts}
    for code in FOUND
}
with (HERE / "reasons.csv").open(encoding="utf-8") as file:
    ROWS = list(csv.DictReader(file))


def subject_of(code, title):
    example, programme = EXAMPLES[code][title], FOUND[code].programme
    form = FORMS[example.settings["表单"]] if "表单" in example.settings else programme.forms[0]
    kind = programme.episodes[0].code if programme.episodes else ""
    subject = reading.subject(example, form, kind, PARAMETERS, FORMS)
    today = example.settings.get("今天")
    return (
        subject,
        reading.period_of(example.settings["期间"]),
        None if today is None else date.fromisoformat(today),
    )


@pytest.mark.parametrize("line", ROWS, ids=lambda each: f"{each['部分']}:{each['例']}")
def test_the_reason_is_said(line):
    subject, period, today = subject_of(line["服务"], line["例"])
    fact = FACTS[line["服务"]][line["部分"]]
    reason = explaining.explain(fact, subject, period, today=today)
    assert (reason.holds, reason.text) == (STATES[line["成立"]], line["理由"])


@pytest.mark.parametrize("code", FOUND)
def test_every_part_of_every_programme_stands_in_the_table_holding_and_not(code):
    for label in FACTS[code]:
        states = {row["成立"] for row in ROWS if (row["服务"], row["部分"]) == (code, label)}
        assert "是" in states, label
        assert states & {"否", "不明"}, label


def test_no_reason_falls_back_to_the_label_or_shows_the_inside_of_a_definition():
    said = 0
    for code, found in EXAMPLES.items():
        for title in found:
            subject, period, today = subject_of(code, title)
            for fact in FACTS[code].values():
                text = explaining.explain(fact, subject, period, today=today).text
                assert not text.startswith(f"{fact.label}：")
                assert "(" not in text
                assert text.isprintable()
                said += 1
    assert said > 400


def test_a_class_that_is_not_the_rules_is_named_with_the_rules():
    programme = FOUND["hypertension"].programme
    form, day = programme.forms[0], date(2025, 4, 10)
    answers = {name: reading.ordinary(field) for name, field in form.fields.items()}
    answers |= {
        "medication_adherence": "3",
        "responsible_doctor": "d",
        "outcome": "1",
        "outcome_reason": None,
        "next_due_on": day,
    }
    answers |= {
        "systolic": 150,
        "diastolic": 85,
        "adverse_reaction": "1",
        "complication": "0",
        "danger_signs": frozenset(),
    }
    filled = row.Record(form, day, {**answers, "done_on": day}, "1", day)
    spans = (row.EpisodeSpan("hypertension", date(2024, 1, 1)),)
    subject = row.Subject({"birth_date": date(1965, 1, 1)}, (filled,), spans, PARAMETERS)
    reason = explaining.explain(FACTS["hypertension"]["随访填写完整且分类正确"], subject, YEAR_2025)
    assert reason.text == "4月10日随访此次随访分类为“控制满意”，应为“控制不满意”；缺：与自动分类不同的理由"


# ---- shapes no programme has yet ------------------------------------------------------------------------------------

GRADES = Options("等级", {"1": "甲", "2": "乙"})
EP = Episode("reason_ep", "试验管理", source="tests")


class Note(Form):
    """A form with one field of each kind a reason may name."""

    code, title, source = "reason_note", "试验表", "tests"
    done_on = Date("日期", required=True)
    n = Quantity("数值", decimals=1)
    m = Quantity("另一数值")
    t = Text("文字")
    grade = Choice("等级", GRADES)
    grades = Choices("各等级", GRADES)
    yes = YesNo("是否")
    sent_on = Date("寄出日期")


YEAR_2025 = row.DateRange(date(2025, 1, 1), date(2025, 12, 31))
TWO_YEARS = row.DateRange(date(2024, 1, 1), date(2025, 12, 31))


def note(on, **answers):
    return row.Record(Note, on, {"done_on": on, **answers}, str(on))


def said(value, *records, period=YEAR_2025, episodes=(), today=None, **attributes):
    subject = row.Subject(attributes, records, episodes, lambda code, day: 3)
    return explaining.explain(Fact("部分", value), subject, period, today=today).text


MARCH, JUNE = date(2025, 3, 5), date(2025, 6, 7)
MANAGED = (row.EpisodeSpan(EP.code, date(2024, 1, 1)),)


@pytest.mark.parametrize(
    ("value", "records", "text"),
    [
        (Note.any_in(PERIOD, Note.n > 5), [note(MARCH, n=5)], "《试验表》（3月5日）数值为5，应大于5"),
        (Note.any_in(PERIOD, ~(Note.n > 5)), [note(MARCH, n=6)], "《试验表》（3月5日）数值为6，应不大于5"),
        (Note.any_in(PERIOD, Note.n > Note.m), [note(MARCH, n=6)], "《试验表》（3月5日）缺：另一数值"),
        (Note.any_in(PERIOD, Note.t == "x"), [note(MARCH, t="y")], "《试验表》（3月5日）文字为y"),
        (Note.any_in(PERIOD, Note.yes), [note(MARCH, yes=False)], "《试验表》（3月5日）是否为否"),
        (Note.any_in(PERIOD, Note.yes), [note(MARCH)], "《试验表》（3月5日）缺：是否"),
        (Note.any_in(PERIOD, Note.grades.has("1")), [note(MARCH, grades={"2"})], "《试验表》（3月5日）各等级为“乙”"),
        (Note.any_in(PERIOD, Note.grade.is_in("1")), [note(MARCH)], "《试验表》（3月5日）缺：等级"),
        (Note.any_in(PERIOD, Note.n.is_missing()), [note(MARCH, n=1)], "《试验表》（3月5日）已填数值"),
        (
            Note.any_in(PERIOD, (Note.n > 5) | (Note.m > 5)),
            [note(MARCH, n=1, m=2)],
            "《试验表》（3月5日）数值为1，应大于5；另一数值为2，应大于5",
        ),
        (
            Note.never_in(PERIOD, (Note.n > 5) | (Note.m > 5)),
            [note(MARCH, n=1, m=7)],
            "3月5日《试验表》另一数值为7，应不大于5",
        ),
        (Note.never_in(PERIOD, Note.n > 5), [note(MARCH, n=1)], "没有不符合要求的《试验表》"),
        (Note.never_in(PERIOD), [note(MARCH)], "《试验表》1次（3月5日）"),
        (
            Note.any_in(PERIOD, case((Note.m.is_known(), Note.n > 5))),
            [note(MARCH, n=1)],
            "《试验表》（3月5日）缺：另一数值",
        ),
        (Note.any_in(PERIOD, (Note.n > 5).if_missing(False)), [note(MARCH)], "《试验表》（3月5日）缺：数值"),
        (Note.any_in(PERIOD, AGE >= 65), [note(MARCH)], "《试验表》（3月5日）出生日期不详"),
        (Note.any_in(PERIOD, previous(Note.n > 5)), [note(MARCH)], "部分：否"),
        (Note.count_in(PERIOD) >= 3, [note(MARCH), note(JUNE)], "《试验表》2次，应3次"),
        (Note.latest_in(PERIOD, Note.n > Note.m), [note(MARCH, n=9, m=10)], "最近一次数值9、另一数值10（3月5日），未达标"),
        (Note.latest_in(PERIOD, Note.n > Note.m), [note(MARCH, n=9)], "最近一次数值9（3月5日），不能判断，缺：另一数值"),
        (Note.latest_in(PERIOD, Note.yes), [note(MARCH, yes=True)], "《试验表》（3月5日）符合"),
        (Note.latest_in(PERIOD, Note.sent_on <= Note.done_on), [note(MARCH, sent_on=JUNE)], "《试验表》（3月5日）寄出日期为2025-06-07，应不晚于2025-03-05"),
        (Note.any_in(PERIOD) | Note.any_in(PERIOD, Note.n > 1), [], "年内没有《试验表》"),
        (case((Note.any_in(PERIOD), Note.any_in(PERIOD, Note.n > 1)), otherwise=Note.any_in(PERIOD)), [note(MARCH, n=2)], "《试验表》1次（3月5日）"),
        (greatest(Note.latest_in(PERIOD, Note.n), 1) > 3, [note(MARCH, n=2)], "部分：否"),
    ],
)  # fmt: skip
def test_other_shapes_have_words_or_fall_back_to_the_label(value, records, text):
    assert said(value, *records) == text


@pytest.mark.parametrize(
    ("unit", "period", "today", "text"),
    [
        (MONTH, YEAR_2025, None, "缺1～2月、4～12月"),
        (QUARTER, TWO_YEARS, None, "缺2024年1～12月、2025年4～12月"),
        (YEAR, TWO_YEARS, None, "缺2024年"),
        (QUARTER, YEAR_2025, date(2025, 2, 1), "待做4～12月"),
        (QUARTER, YEAR_2025, date(2025, 6, 30), "待做4～12月"),
        (QUARTER, YEAR_2025, date(2025, 7, 1), "缺4～6月；待做7～12月"),
    ],
)
def test_gaps_are_spans_of_months(unit, period, today, text):
    value = Note.count_in(PERIOD) >= EP.units_in(PERIOD, unit)
    assert said(value, note(MARCH), period=period, episodes=MANAGED, today=today).split("；", 1)[1] == text


@pytest.mark.parametrize(
    ("base", "excluded", "parts", "labels"),
    [
        (False, False, False, ["对象"]),
        (True, True, False, ["除外"]),
        (True, False, False, ["分子甲", "分子乙"]),
        (True, False, True, []),
    ],
)
def test_why_not_names_what_decides(base, excluded, parts, labels):
    conditions = {True: Note.any_in(PERIOD), False: Note.never_in(PERIOD)}
    measure = Measure(
        "T.1", "试验", Fact("对象", conditions[base]),
        all_of({"分子甲": conditions[parts], "分子乙": conditions[parts]}),
        all_of({"除外": conditions[excluded]}),
        source="tests",
    )  # fmt: skip
    subject = row.Subject(records=[note(MARCH)])
    assert [each.label for each in explaining.why_not(measure, subject, YEAR_2025)] == labels
    counted = replace(measure, numerator=None)
    assert (
        explaining.why_not(counted, row.Subject(records=[]), YEAR_2025)[0].label in ("对象", "除外") or base
    )


def test_a_long_list_is_cut_and_counted():
    assert explaining_words.listed([str(each) for each in range(9)]) == "0、1、2、3、4、5、6、7等9项"
