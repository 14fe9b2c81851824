"""The web face of forms: every field type is read and drawn, and stored answers come back in words."""

import datetime as dt
from decimal import Decimal

import pytest
from django.template.loader import get_template

from gongwei.interfaces.web import fields as faces
from gongwei.interfaces.web import questionnaires
from gongwei.language import (
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
)
from gongwei.language.fields import FIELD_TYPES

SYMPTOMS = Options("症状", {"1": "无症状", "2": "头痛", "3": "恶心"}, exclusive=("1",))


class Medicine(RowGroup):
    """One line of a table in the form."""

    drug = Text("药物名称", required=True)
    dose = Quantity("每次剂量", unit="mg", decimals=1)


class Sample(Form):
    """A form with each of the ten field types."""

    code, title, source = "web_sample", "样表", "测试"
    done_on = Date("日期", required=True)
    words = Text("说明", max_length=20)
    at = Moment("时间")
    smokes = YesNo("吸烟")
    temperature = Quantity("体温", unit="℃", decimals=1, between=(Decimal("34.0"), Decimal("42.0")))
    mood = Choice("心情", Options("心情", {"1": "好", "2": "不好"}))
    symptoms = Choices("症状", SYMPTOMS)
    other = Text("其他症状", only_if=symptoms.has("3"))
    disease = Code("疾病", "icd10")
    doctor = Person("医生")
    medicines = Rows("用药", Medicine, at_most=3)


TYPED = {
    "done_on": "20250310",
    "words": "好",
    "at": "2025-03-10 08:30",
    "smokes": "0",
    "temperature": "３６.５",
    "mood": "2",
    "symptoms": ["2", "3"],
    "disease": "I10",
    "doctor": "00000000-0000-0000-0000-000000000001",
    "medicines-0-drug": "硝苯地平",
    "medicines-0-dose": "10",
    "medicines-2-drug": "二甲双胍",
}


def form(data=TYPED):
    made = questionnaires.questionnaire(Sample, people=[("00000000-0000-0000-0000-000000000001", "刘志强")])
    return made(data)


@pytest.mark.parametrize("kind", FIELD_TYPES)
def test_every_field_type_has_a_face_with_a_template_that_exists(kind):
    field = next(each for each in Sample.fields.values() if type(each) is kind)
    face = faces.face(field)
    assert face.field.label == field.label
    assert get_template(face.template)


def test_a_field_type_without_a_face_is_an_error():
    class Unknown:
        """Not one of the ten."""

    with pytest.raises(NotImplementedError, match="no web face for Unknown"):
        faces.face(Unknown())


def test_what_was_typed_becomes_values_of_the_language():
    read = form()
    assert read.is_valid(), read.errors
    assert read.answers() == {
        "done_on": dt.date(2025, 3, 10),
        "words": "好",
        "at": dt.datetime(2025, 3, 10, 0, 30, tzinfo=dt.UTC),
        "smokes": False,
        "temperature": Decimal("36.5"),
        "mood": "2",
        "symptoms": frozenset({"2", "3"}),
        "disease": "I10",
        "doctor": "00000000-0000-0000-0000-000000000001",
        "medicines": ({"drug": "硝苯地平", "dose": Decimal("10")}, {"drug": "二甲双胍"}),
    }


def test_an_option_nobody_offered_is_refused():
    read = form({**TYPED, "mood": "9"})
    assert not read.is_valid()
    assert list(read.errors) == ["mood"]


def test_a_fault_in_a_table_names_line_and_column():
    read = form({**TYPED, "medicines-2-dose": "很多"})
    assert not read.is_valid()
    assert read.errors["medicines"] == ["第3行“每次剂量”：请填写数字。"]


def test_the_page_learns_when_a_question_is_asked():
    script = form().script()["fields"]
    assert script["words"]["asked"] is None
    assert script["other"]["asked"][0] == "Has"
    assert script["symptoms"]["kind"] == "codes"


def test_a_filled_form_is_shown_in_the_words_of_the_form():
    read = form()
    assert read.is_valid()
    shown = {each.label: each.words for each in questionnaires.shown(Sample, read.answers())}
    assert shown["症状"] == "头痛、恶心"
    assert shown["吸烟"] == "否"
    assert shown["体温"] == "36.5 ℃"
    assert shown["用药"] == "硝苯地平 10 mg；二甲双胍"


def test_exclusive_options_are_told_to_the_page():
    items = {item["field"].name: item for _, found in form().sections() for item in found}
    assert items["symptoms"]["exclusive"] == "1"
    assert items["mood"]["exclusive"] == ""
