"""The forms against the item lists of the reference: nothing missing, codes and hard ranges the same.

`items/*.csv` were transcribed from records.md §4, physical_exam.md §2, hypertension.md §3, diabetes.md §3, elderly.md §3
and code_tables.md by script, not from the forms.
"""

import csv
import re
from decimal import Decimal
from pathlib import Path

import pytest

from gongwei import catalogue
from gongwei.language import fields
from gongwei.programmes.diabetes import forms as diabetes
from gongwei.programmes.health_record import forms as health_record
from gongwei.programmes.hypertension import forms as hypertension
from gongwei.programmes.older_people import forms as older_people

FOLDER = Path(__file__).parent / "items"
FORMS = {
    "basic_information": health_record.BasicInformation,
    "check_up": health_record.CheckUp,
    "htn_follow_up": hypertension.FollowUp,
    "dm_follow_up": diabetes.FollowUp,
    "self_care_assessment": older_people.SelfCareAssessment,
}
#: Items 1 to 11 of 个人基本信息表 stand on the resident (residents.models), once.
ON_THE_RESIDENT = {
    "record_no": "record_no",
    "name": "name",
    "sex": "sex",
    "birth_date": "birth_date",
    "id_type": "id_type",
    "id_number": "id_cipher",
    "employer": "employer",
    "phone": "phone_cipher",
    "contact_name": "contact_name",
    "contact_phone": "contact_phone_cipher",
    "residence_type": "residence_type",
}
#: One item of the reference that is several questions here.
SPLIT = {
    "drug_allergy_flag": ("drug_allergies",),  # 1 无 is one of its options
    "family_history": ("family_father", "family_mother", "family_siblings", "family_children"),
}
#: On the diabetes form these two of the common items are left out (diabetes.md §3).
NOT_IN_DIABETES = {"salt", "salt_goal", "heart_rate"}


def items(name):
    """The lines of one item list; those common with hypertension are added for diabetes."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    if name == "dm_follow_up":
        own = {identifier for line in lines for identifier in line["identifiers"].split()}
        lines += [
            line
            for line in items("htn_follow_up")
            if not set(line["identifiers"].split()) & (own | NOT_IN_DIABETES)
        ]
    return lines


CASES = [
    pytest.param(FORMS[name], line, id=f"{name}-{line['identifiers'].split()[0]}")
    for name in FORMS
    for line in items(name)
]


def wanted(line):
    """The field names a line of the reference asks for."""
    return [
        field for identifier in line["identifiers"].split() for field in SPLIT.get(identifier, (identifier,))
    ]


def abbreviates(short, label):
    """Whether the reference's shorter wording stands in the label, letter by letter in order."""
    rest = iter(label)
    return all(letter in rest for letter in short)


def test_the_lists_are_whole():
    assert {name: len(items(name)) for name in FORMS} == {
        "basic_information": 32,
        "check_up": 105,
        "htn_follow_up": 27,
        "dm_follow_up": 30,
        "self_care_assessment": 8,
    }


@pytest.mark.parametrize(("form", "line"), CASES)
def test_no_item_is_missing(form, line):
    from gongwei.residents.models import Resident

    columns = {field.name for field in Resident._meta.get_fields()}
    missing = [
        name
        for name in wanted(line)
        if name not in form.fields and ON_THE_RESIDENT.get(name, "") not in columns
    ]
    assert not missing, f"{form.title}: {line['item']}"


@pytest.mark.parametrize(("form", "line"), [case for case in CASES if case.values[1]["codes"]])
def test_codes_are_those_of_the_form(form, line):
    """Codes by number and by the words the reference gives for them; a second list in the line is another question's."""
    listed = re.findall(r"(\d{1,2})([^\s\d][^\s]*)", line["codes"])
    seen = []
    for code, label in listed:
        if int(code) in [each for each, _ in seen]:
            break
        seen.append((int(code), label))
    for name in wanted(line):
        field = form.fields.get(name)
        if isinstance(field, fields.Rows):
            field = next(each for each in field.row.fields.values() if isinstance(each, fields.Choice))
        if not isinstance(field, fields.Choice | fields.Choices):
            continue
        options = {int(option.code): option.label for option in field.options.items}
        for code, label in seen:
            assert abbreviates(label, options[code]), f"{name} {code}"


@pytest.mark.parametrize(("form", "line"), [case for case in CASES if case.values[1]["hard_range"]])
def test_hard_ranges_are_those_of_the_reference(form, line):
    low, high = (Decimal(limit) for limit in line["hard_range"].split("-"))
    field = form.fields[wanted(line)[0]]
    if isinstance(field, fields.Quantity):
        assert tuple(Decimal(limit) for limit in field.between) == (low, high)
    else:
        assert isinstance(field, fields.Rows)  # the range is of a column inside; checked in test_rows


#: hypertension.md §3 "Managed file" and §1 screening; diabetes.md §1: no paper, so the lists are sentences there.
WITHOUT_PAPER = {
    "htn_managed_file": "diagnosed_on diagnosed_by family_history systolic diastolic height weight medications risk managed_from "
    "managed_until end_reason",
    "dm_managed_file": "diagnosed_on diagnosed_by family_history starting_systolic starting_diastolic starting_height "
    "starting_weight medications managed_from managed_until end_reason",
    "htn_first_pressure": "occasion systolic diastolic causes next_due_on confirmed referral_to referral_arrived guidance",
    "htn_high_risk_contact": "risk_factors systolic diastolic guidance next_due_on",
    "dm_high_risk_check": "risk_factors fasting_glucose postprandial_glucose random_glucose hba1c guidance next_due_on",
}


@pytest.mark.parametrize("code", WITHOUT_PAPER)
def test_forms_without_a_paper_ask_what_the_reference_names(code):
    assert set(WITHOUT_PAPER[code].split()) <= set(catalogue.form(code).fields)


def test_the_six_risks_of_hypertension_are_the_norms():
    risks = catalogue.form("htn_high_risk_contact").fields["risk_factors"].options
    assert len(risks.items) == 6
    for word in ("130～139", "超重", "家族史", "高盐", "饮酒", "55岁"):
        assert sum(word in item.label for item in risks.items) == 1
