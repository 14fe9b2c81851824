"""Field types × faces (house.md §6): each of the ten types has each face, and values survive the faces that store them.

A face that comes later (Excel, paper, FHIR) adds a line to FACES; a new field type fails here until every
face knows it.
"""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django import forms as django_forms
from django.db import models
from django.template.loader import get_template

from gongwei.engines import columnar, judging, phone, phone_definitions, row
from gongwei.interfaces.excel import columns as excel
from gongwei.interfaces.print import layout
from gongwei.interfaces.web import fields as web
from gongwei.language import fields
from gongwei.language.forms import Form, RowGroup, conditions
from gongwei.language.types import Options
from gongwei.records import answers, columns
from gongwei.site.documents import dictionary as data_dictionary
from gongwei.site.documents import phrases

OPTIONS = Options("选项", {"1": "甲", "2": "乙"})


class Line(RowGroup):
    """A row with a field of several types."""

    name = fields.Text("名称", required=True)
    amount = fields.Quantity("数量", decimals=1, between=(0, 10))
    given_on = fields.Date("日期")


class Everything(Form):
    """One field of each type, with everything conditions are made from."""

    code, title, source = "everything", "各类数据项", "tests"
    done_on = fields.Date("服务日期", required=True)
    text = fields.Text("文字", required=True, max_length=20)
    date = fields.Date("日期", past=True, required=True)
    moment = fields.Moment("时刻", required=True)
    yes_no = fields.YesNo("是否", required=True)
    quantity = fields.Quantity(
        "数量", unit="%", decimals=1, between=(0, 100), expected=(1, 50), required=True
    )
    choice = fields.Choice("单选", OPTIONS, required=True)
    choices = fields.Choices("多选", OPTIONS, required=True)
    code_ = fields.Code("代码", "icd10", required=True)
    person = fields.Person("人员", required=True)
    rows = fields.Rows("明细", Line, required=True)


#: A good value of each type and one of the wrong shape.
VALUES = {
    fields.Text: ("王某", 5),
    fields.Date: (dt.date(2025, 3, 10), dt.datetime(2025, 3, 10, tzinfo=dt.UTC)),
    fields.Moment: (dt.datetime(2025, 3, 10, 8, 30, tzinfo=dt.UTC), dt.date(2025, 3, 10)),
    fields.YesNo: (True, 1),
    fields.Quantity: (Decimal("36.5"), 36.5),
    fields.Choice: ("1", "9"),
    fields.Choices: (frozenset({"1", "2"}), frozenset({"9"})),
    fields.Code: ("I10", 10),
    fields.Person: ("018f0000-0000-7000-8000-000000000001", 7),
    fields.Rows: (
        ({"name": "阿司匹林", "amount": Decimal("0.5"), "given_on": dt.date(2025, 3, 1)},),
        "阿司匹林",
    ),
}
TYPES = fields.FIELD_TYPES


def field_of(kind):
    """The field of that type in `Everything`."""
    return next(each for each in reversed(Everything.fields.values()) if type(each) is kind)


def database(kind):
    """records/columns.py: a column with a comment, and a CHECK from `between`."""
    column = columns.column(field_of(kind))
    assert isinstance(column, models.Field)
    assert column.null
    assert field_of(kind).label in column.db_comment
    assert "%" not in column.db_comment


def validation(kind):
    """language/forms.py: conditions, and a problem for a value of the wrong shape."""
    each = field_of(kind)
    assert [c.message for c in conditions(Everything) if c.field is each and c.rule == "required"]
    good, bad = VALUES[kind]
    day = dt.date(2025, 4, 1)
    for value, expected in ((good, False), (bad, True)):
        record = row.Record(Everything, day, {each.name: value}, entered_on=day)
        found = judging.problems(record, row.Subject())
        assert any(problem.field == each.name for problem in found) is expected, value


def web_form(kind):
    """interfaces/web/fields.py: a Django form field and a template partial that exists."""
    face = web.face(field_of(kind))
    assert isinstance(face.field, django_forms.Field)
    assert get_template(face.template)


def phone_json(kind):
    """engines/phone.py and phone_definitions.py: values, the field and its conditions as JSON."""
    each = field_of(kind)
    record = row.Record(Everything, dt.date(2025, 4, 1), {each.name: VALUES[kind][0]})
    assert each.name in json.loads(json.dumps(phone.record_json(record)))["answers"]
    described = json.loads(json.dumps(phone_definitions.field_json(each)))
    assert each.label in described.values()
    for condition in conditions(Everything):
        if condition.field is each:
            assert json.dumps(phone.to_json(condition.holds))


def snapshot_column(kind):
    """engines/columnar.py: an Arrow type."""
    assert columnar.arrow_type(field_of(kind)) is not None


def reading(kind):
    """records/answers.py: values and JSON are read back to the same value; a wrong shape is refused."""
    each = field_of(kind)
    good, bad = VALUES[kind]
    assert answers.read(Everything, {each.name: good}) == ({each.name: good}, [])
    sent = json.loads(json.dumps(answers.plain(good)))
    assert answers.read(Everything, {each.name: sent}) == ({each.name: good}, [])
    values, problems = answers.read(Everything, {each.name: bad})
    assert (values, [problem.field for problem in problems]) == ({}, [each.name])


def dictionary(kind):
    """site/documents/dictionary.py: one row of the data dictionary, with the options and limits of the type."""
    each = field_of(kind)
    assert data_dictionary.describe(each).kind
    said = dict(zip(data_dictionary.HEADINGS, data_dictionary.row(each, phrases.Names({}, {})), strict=True))
    assert (said["数据项"], said["标识"], said["填写要求"]) == (each.label, f"`{each.name}`", "必填")
    if kind in (fields.Choice, fields.Choices):
        assert said["值域"] == "1 甲；2 乙"
    if kind is fields.Quantity:
        assert (said["单位"], "0～100" in said["范围"], "1～50" in said["范围"]) == ("%", True, True)


def paper(kind):
    """interfaces/print/layout.py: numbered options, and a box or a blank that the answer fills."""
    each = field_of(kind)
    names = layout.Names({VALUES[fields.Person][0]: "李医生"})
    empty, filled = layout.face(each), layout.face(each, VALUES[kind][0], names=names)
    assert empty.answer
    assert filled.answer != empty.answer
    if kind in (fields.Choice, fields.Choices):
        assert "".join(empty.legend).replace(layout.JOINER, "").split() == ["1甲", "2乙"]


class Nobody:
    """Names for the Excel face: one practitioner."""

    def practitioner(self, text, label):
        """The id of the only one."""
        return VALUES[fields.Person][0]

    def practitioner_title(self, key):
        """The name of the only one."""
        return "刘志强"


def excel_column(kind):
    """interfaces/excel/columns.py: heading, comment, limits; a value written to a cell is read back as the same value."""
    each = field_of(kind)
    assert each.label in excel.heading(each)
    assert "必填" in excel.comment(each)
    assert len(excel.comment(each).splitlines()) > 1
    assert bool(excel.limits(each).options) is (kind in (fields.Choice, fields.YesNo))
    assert (excel.limits(each).between == (0, 100)) is (kind is fields.Quantity)
    good = VALUES[kind][0]
    assert excel.value_of(each, excel.to_cell(each, good, Nobody()), Nobody()) == good
    assert excel.value_of(each, "  ", Nobody()) is None


FACES = (
    excel_column,
    database,
    validation,
    web_form,
    phone_json,
    snapshot_column,
    reading,
    dictionary,
    paper,
)


def test_the_form_has_every_type():
    assert {type(each) for each in Everything.fields.values()} == set(TYPES) == set(VALUES)


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)
@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_type_has_face(kind, face):
    face(kind)


def test_a_type_nobody_knows_has_no_face():
    class Novel(fields.Field):
        """A field type without any face."""

    novel = Novel("新类型")
    for face in (columns.column, web.face, columnar.arrow_type, data_dictionary.describe, layout.face):
        with pytest.raises(NotImplementedError):
            face(novel)
    with pytest.raises(NotImplementedError):
        answers.value_of(novel, "x")
