"""Strict reading (reliability.md §4): what is no answer is refused, what is meant is normalised, nothing is guessed."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongwei.language import fields
from gongwei.language.forms import Form
from gongwei.programmes.health_record.check_up import CheckUp
from gongwei.records import answers

ONE = fields.Quantity("体重", decimals=1, between=(2, 300))
WHOLE = fields.Quantity("收缩压", between=(40, 300))
DAY = fields.Date("日期")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("138", 138),
        (" １３８ ", 138),
        ("138.0", 138),
        (138, 138),
        (Decimal("138.0"), 138),
        ("", None),
        ("-5", -5),
    ],
)
def test_whole_numbers(raw, value):
    assert answers.value_of(WHOLE, raw) == value


@pytest.mark.parametrize(
    "raw", ["１３８。", "1e3", "1_000", "NaN", "∞", "12 0", "八十", "0x10", "1" * 30, 138.0, True, [1], b"1"]
)
def test_what_is_no_number(raw):
    with pytest.raises(answers.Unreadable):
        answers.value_of(WHOLE, raw)


def test_a_fraction_where_a_whole_number_belongs_is_a_wrong_shape():
    class F(Form):
        """A form with a whole number."""

        code, title, source = "unit_f", "试验表", "tests"
        done_on = fields.Date("日期")
        systolic = fields.Quantity("收缩压")

    values, problems = answers.read(F, {"systolic": "138.5"})
    assert (values, [each.code for each in problems]) == ({}, ["shape"])


@pytest.mark.parametrize(
    "raw", ["2025-02-30", "2025-3-1", "20250301", 0, 20250301, 45000.0, "2025-03-01T00:00:00", "昨天"]
)
def test_what_is_no_day(raw):
    with pytest.raises(answers.Unreadable):
        answers.value_of(DAY, raw)


def test_days():
    assert answers.value_of(DAY, "２０２５-０３-０１") == dt.date(2025, 3, 1)
    assert answers.value_of(DAY, "") is None


def test_a_time_without_a_zone_is_shanghai_time():
    moment = answers.value_of(fields.Moment("时刻"), "2025-03-01 08:30")
    assert moment.astimezone(dt.UTC) == dt.datetime(2025, 3, 1, 0, 30, tzinfo=dt.UTC)


def test_unknown_fields_and_nul_are_refused_by_name():
    values, problems = answers.read(
        CheckUp, {"colour": "红", "exam_other": "a\x00b", "exercise_type": "散步"}
    )
    assert values == {"exercise_type": "散步"}
    assert {each.field: each.code for each in problems} == {"colour": "unknown_field", "exam_other": "shape"}


def test_empty_answers_are_no_answers():
    assert answers.read(CheckUp, {"exercise_type": " ", "symptoms": [], "height": "", "lips": None}) == (
        {},
        [],
    )


@given(
    st.dictionaries(
        st.sampled_from(sorted(CheckUp.fields)),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates(),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
            ),
            max_leaves=6,
        ),
        max_size=6,
    )
)
def test_whatever_comes_is_read_or_refused(raw):
    """No input raises anything but says a Chinese reason; what was read has the shape its field wants."""
    values, problems = answers.read(CheckUp, raw)
    assert not set(values) & {each.field for each in problems}
    for name, value in values.items():
        assert CheckUp.fields[name].shape_problem(value) is None
