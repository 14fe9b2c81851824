"""Names, dates and telephones as people type them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongwei.residents import telephones, typed_text
from gongwei.residents.typed_text import BadText

DAY = dt.date(1977, 11, 25)


@pytest.mark.parametrize(
    "typed", ["1977-11-25", "1977.11.25", "1977/11/25", "19771125", "1977年11月25日", "１９７７-11-25", DAY]
)
def test_days(typed):
    """The spellings county spreadsheets use."""
    assert typed_text.day(typed, "出生日期") == DAY


@pytest.mark.parametrize(
    "typed", ["1977-13-01", "2019-02-29", "0", 0, 28454, "25/11/1977", "", "1977", None, "19771125000000"]
)
def test_no_days(typed):
    """An integer is no date; nor is a day the calendar does not have."""
    with pytest.raises(BadText):
        typed_text.day(typed, "出生日期")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" 张 三 ", "张三"),
        ("买买提．艾力", "买买提·艾力"),
        ("阿依古丽 • 买买提", "阿依古丽·买买提"),
        ("John  Smith", "John Smith"),
        ("欧阳　娜娜", "欧阳娜娜"),
    ],
)
def test_names(typed, name):
    """One kind of dot, no space inside a Chinese name."""
    assert typed_text.person_name(typed) == name


@pytest.mark.parametrize("typed", ["", "  ", "张3", "张" * 51, "···", "张\x00三", 5])
def test_no_names(typed):
    """QA025 and worse."""
    with pytest.raises(BadText):
        typed_text.person_name(typed)


def test_name_warnings():
    """Test words and single characters are asked about."""
    assert typed_text.name_warnings("测试员")
    assert typed_text.name_warnings("张")
    assert typed_text.name_warnings("张三") == []


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("138 0013 8001", "13800138001"),
        ("+86 138-0013-8001", "13800138001"),
        ("１３８００１３８００１", "13800138001"),
        ("0518-87654321", "051887654321"),
        ("(010)62345678", "01062345678"),
        ("0518-87654321转102", "051887654321x102"),
        ("87654321", "87654321"),
        ("", ""),
        (None, ""),
    ],
)
def test_telephones(typed, stored):
    """Mobile, fixed line, extension."""
    assert telephones.normalise(typed) == stored


@pytest.mark.parametrize(
    "typed", ["1380013800", "12345678901", "11111111111", "138001380011", "abc", "13800000000x", "051812"]
)
def test_no_telephones(typed):
    """QA012."""
    with pytest.raises(BadText):
        telephones.normalise(typed)


def test_telephone_masked_and_warned():
    """138****8001; a fixed line without area code is asked about."""
    assert telephones.masked("13800138001") == "138****8001"
    assert telephones.warnings("87654321")
    assert not telephones.warnings("13800138001")


@given(st.text(max_size=25))
def test_whatever_is_typed(text):
    """R12: accepted or refused in words; what is accepted is normal already."""
    for read in (telephones.normalise, typed_text.person_name):
        try:
            first = read(text)
        except BadText as bad:
            first, message = None, bad.message
        assert (read(first) == first) if first is not None else message.endswith("。")
