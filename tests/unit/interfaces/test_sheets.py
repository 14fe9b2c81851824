"""Several forms of one contact on one page: asked once, carried from last time, drawn once and filled in."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.template.loader import get_template

from gongwei import catalogue
from gongwei.engines import row
from gongwei.interfaces.web import plates, questionnaires, sheets
from gongwei.language import fields, types
from gongwei.records import measured_elsewhere

DAY, TODAY = dt.date(2026, 8, 1), dt.date(2026, 11, 1)
PEOPLE = [("0198-a", "刘志强"), ("0198-b", "陈<晓>梅")]


def page(*codes, data=None, **history):
    """The sheets of a page, with earlier records by form code."""
    found = sheets.sheets([catalogue.form(code) for code in codes], people=PEOPLE, data=data)
    past = {
        code: [row.Record(catalogue.form(code), day, {**answers, "done_on": day}, f"{code}-{day}")]
        for code, (day, answers) in history.items()
    }
    sheets.remember(
        found, history=past, first_values={"done_on": TODAY}, signer="0198-a", day=TODAY, data=data
    )
    return found


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("done_on", True),
        ("systolic", True),
        ("weight", True),
        ("cigarettes", True),
        ("medication_adherence", True),
        ("responsible_doctor", True),
        # what may differ from disease to disease is asked of each
        ("outcome", False),
        ("next_due_on", False),
        ("adverse_reaction", False),
        ("medications", False),
        ("fasting_glucose", False),
    ],
)
def test_what_two_follow_ups_ask_alike_is_asked_by_the_first(name, asked):
    first, second = page("htn_follow_up", "dm_follow_up")
    assert first.elsewhere == {}
    assert (name in second.elsewhere) is asked
    drawn = "".join(str(part["html"]) for part in second.parts)
    assert (f'data-item="dm_follow_up-{name}"' in drawn) is not asked


def test_a_second_follow_up_goes_along_and_a_check_up_does_not():
    follow_up = (catalogue.form("htn_follow_up"),)
    assert sheets.goes_along(catalogue.form("dm_follow_up"), follow_up)
    assert not sheets.goes_along(catalogue.form("check_up"), follow_up)


def test_habits_carry_over_with_their_day_and_measurements_do_not():
    (sheet,) = page("htn_follow_up", htn_follow_up=(DAY, {"cigarettes": 5, "salt": "2", "systolic": 150}))
    assert sheet.initial["cigarettes"] == 5
    assert sheet.beside["cigarettes"]["carried"]["on"] == DAY
    assert "systolic" not in sheet.initial
    assert sheet.beside["systolic"]["earlier"] == [{"words": "150", "on": DAY}]


def test_of_two_forms_the_newer_habit_is_shown():
    first, _ = page(
        "htn_follow_up",
        "dm_follow_up",
        htn_follow_up=(DAY, {"cigarettes": 5}),
        dm_follow_up=(DAY + dt.timedelta(days=30), {"cigarettes": 2}),
    )
    assert first.initial["cigarettes"] == 2


def test_what_was_left_as_it_came_is_known_for_both_forms():
    data = QueryDict(mutable=True)
    data.setlist("carried", ["htn_follow_up cigarettes abc", "htn_follow_up salt abc", "other x y"])
    found = page("htn_follow_up", "dm_follow_up", data=data)
    said = sheets.left_as_last_time(found, data)
    assert said["htn_follow_up"] == {"cigarettes": "abc", "salt": "abc"}
    assert said["dm_follow_up"] == {"cigarettes": "abc"}


def sample(field):
    """An answer of the field's kind."""
    if isinstance(field, fields.Choice):
        return field.options.codes[-1]
    if isinstance(field, fields.Choices):
        return frozenset(field.options.codes[1:3] or field.options.codes)
    if isinstance(field, fields.Quantity):
        return 7 if field.decimals == 0 else Decimal(7).quantize(Decimal(1).scaleb(-field.decimals))
    if isinstance(field, fields.Date):
        return DAY
    if isinstance(field, fields.Moment):
        return dt.datetime(2026, 8, 1, 3, 0, tzinfo=dt.UTC)
    if isinstance(field, fields.YesNo):
        return False
    if isinstance(field, fields.Person):
        return PEOPLE[1][0]
    if isinstance(field, fields.Rows):
        return ({name: sample(each) for name, each in field.row.fields.items()},)
    return '甲"乙<丙&丁'


def answered(html):
    """What stands in the boxes of some HTML: (kind, name or value, value)."""
    found = []
    for tag in re.findall(r"<input[^>]*>", html):
        said = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if said.get("type") in ("radio", "checkbox"):
            found.append((said["type"], said["value"], " checked" in tag))
        else:
            found.append(("box", said.get("name"), said.get("value", "")))
    found += [
        ("option", value, bool(chosen))
        for value, chosen in re.findall(r'<option value="([^"]*)"( selected)?', html)
    ]
    found += [("words", text.strip(), "") for text in re.findall(r"<textarea[^>]*>([^<]*)</textarea>", html)]
    return sorted(found)


@pytest.mark.parametrize(
    "form", [form for form in catalogue.forms() if form.about is types.RESIDENT], ids=lambda form: form.code
)
def test_a_filled_plate_says_what_the_partial_would(form):
    values = {name: sample(field) for name, field in form.fields.items()}
    drawn = questionnaires.questionnaire(form, people=PEOPLE)(
        None, initial=questionnaires.initial_values(values), prefix=form.code
    )
    found = [plate for part in plates.parts(form) for plate in part.plates]
    assert [plate.name for plate in found] == list(form.fields)
    for plate in found:
        item = drawn.item(plate.name)
        wanted = get_template(item["template"]).render({"item": item})
        assert answered(plates.filled(plate, values[plate.name], {}, PEOPLE)) == answered(wanted), plate.name


def test_what_other_forms_measured_stands_beside_with_their_name():
    found = sheets.sheets([catalogue.form("htn_follow_up")], people=PEOPLE, data=None)
    form = catalogue.form("htn_follow_up")
    history = [
        row.Record(form, day, {"systolic": value, "done_on": day}, str(day))
        for day, value in ((DAY, 138), (dt.date(2026, 5, 1), 142), (dt.date(2026, 2, 1), 150))
    ]
    value = measured_elsewhere.Value
    sheets.remember(
        found,
        history={"htn_follow_up": history},
        first_values={},
        signer="",
        day=TODAY,
        data=None,
        elsewhere={
            ("8480-6", "mmHg"): [
                value("152", dt.date(2026, 9, 3), "健康体检"),
                value("138", DAY, "2型糖尿病患者随访"),  # the same contact filled both forms
                value("160", dt.date(2025, 9, 3), "健康体检"),
            ],
            ("8480-6", "kPa"): [value("20", TODAY, "旧表")],
        },
    )
    beside = found[0].beside["systolic"]["earlier"]
    assert [(each["words"], each.get("form", "")) for each in beside] == [
        ("152", "健康体检"),
        ("138", ""),
        ("142", ""),
    ]
    drawn = "".join(str(part["html"]) for part in found[0].parts)
    assert "<b>152</b> 26-09-03 <i>健康体检</i>" in drawn
