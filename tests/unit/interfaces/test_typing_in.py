"""What people type in the boxes of a page. The spellings of a date are those of users_and_peers.md §1."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from gongwei.interfaces.web import typing_in


@pytest.mark.parametrize(
    "text",
    [
        "1977-11-25",
        "1977.11.25",
        "1977/11/25",
        "19771125",
        "１９７７－１１－２５",
        "1977年11月25日",
        " 1977-11-25 ",
    ],
)
def test_a_date_is_read_in_every_usual_spelling(text):
    assert typing_in.read_date(text) == dt.date(1977, 11, 25)


@pytest.mark.parametrize(
    "text", ["", "0", "1977", "2019-02-29", "77-11-25", "1977-13-01", "197711251", "1977-11-25x"]
)
def test_nonsense_and_days_that_do_not_exist_are_no_dates(text):
    with pytest.raises(ValueError):
        typing_in.read_date(text)


def test_a_date_box_says_in_chinese_what_it_wants():
    with pytest.raises(ValidationError) as told:
        typing_in.DateField().clean("2019-02-29")
    assert told.value.messages == ["请填写有效日期，如 1977-11-25 或 19771125。"]


def test_full_width_digits_are_digits_and_spaces_go():
    box = typing_in.DigitsField(required=False)
    assert box.clean("６６０１０１ 1969 0514 001x") == "66010119690514001x"


@pytest.mark.parametrize(
    ("text", "decimals", "number"), [("１２０", 0, "120"), ("5.6", 1, "5.6"), ("36.5", 0, "36.5")]
)
def test_numbers_are_read_and_not_rounded(text, decimals, number):
    assert str(typing_in.NumberField(decimals=decimals, required=False).clean(text)) == number


def test_a_moment_is_in_shanghai():
    read = typing_in.MomentField(required=False).clean("2025-03-10 08:30")
    assert read.astimezone(dt.UTC) == dt.datetime(2025, 3, 10, 0, 30, tzinfo=dt.UTC)
