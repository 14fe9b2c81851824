"""The database face of a form: types, digits, checks, names; no database is asked."""

from decimal import Decimal

import pytest
from django.db import models

from gongwei.language import errors, fields
from gongwei.language.forms import Form
from gongwei.programmes.hypertension.models import FollowUp
from gongwei.records import columns


def column_of(name):
    """A column of the hypertension follow-up."""
    return FollowUp._meta.get_field(name)


def test_columns_carry_label_and_unit():
    assert column_of("systolic").db_comment == "收缩压（mmHg）"
    assert isinstance(column_of("systolic"), models.IntegerField)
    assert (column_of("weight").max_digits, column_of("weight").decimal_places) == (4, 1)
    assert column_of("responsible_doctor").column == "responsible_doctor"


def test_hard_ranges_are_checks_of_the_table():
    names = {constraint.name for constraint in FollowUp._meta.constraints}
    assert "hypertension_followup_systolic_between" in names
    assert "hypertension_followup_note_between" not in names


def test_every_table_has_an_index_for_the_latest_and_a_partial_one_for_the_live():
    for code, model in columns.all_models().items():
        latest, live = model._meta.indexes
        assert len(latest.name) <= 30
        assert latest.name.startswith(code[:20])
        assert live.condition == models.Q(live=True)


@pytest.mark.parametrize("name", ["resident", "live", "save", "id", "two__words"])
def test_names_no_column_can_have(name):
    body = {
        "code": f"bad_{name}",
        "title": "试验表",
        "source": "tests",
        "done_on": fields.Date("日期"),
        name: fields.Text("文字"),
    }
    form = type("Bad", (Form,), body)
    with pytest.raises(errors.DefinitionError, match="no column can be called so"):
        columns.table_for(form, module="gongwei.programmes.hypertension.models")


def test_one_table_for_a_form():
    with pytest.raises(errors.DefinitionError, match="has a table already"):
        columns.table_for(FollowUp.form, module="gongwei.programmes.hypertension.models")


def test_digits_hold_the_whole_range():
    wide = fields.Quantity("量", decimals=2, between=(Decimal("-1000.00"), 5))
    assert (columns.column(wide).max_digits, columns.column(wide).decimal_places) == (6, 2)


def test_unknown_table():
    with pytest.raises(LookupError, match="no table"):
        columns.model_for("flying")
