"""Cells as people and Excel write them (reliability.md §4, users_and_peers.md §1)."""

import datetime as dt
from decimal import Decimal

import pytest

from gongwei.interfaces.excel import cells

DAY = dt.date(1977, 11, 25)


@pytest.mark.parametrize(
    "raw",
    [
        "1977-11-25", "1977.11.25", "1977/11/25", "19771125", "1977年11月25日", " 1977-11-25 ", "１９７７．１１．２５",
        19771125, 19771125.0, 28454, 28454.0, DAY, dt.datetime(1977, 11, 25), "1977-11-25 00:00:00",
    ],
)  # fmt: skip
def test_days(raw):
    assert cells.day(raw, "日期") == DAY


@pytest.mark.parametrize(
    "raw", [0, 1, 1977, 2025, 45.5, 200_000, "77-11-25", "1977-13-01", "昨天", True, "#VALUE!", dt.datetime(1977, 11, 25, 8)]
)  # fmt: skip
def test_no_days(raw):
    with pytest.raises(cells.Unreadable):
        cells.day(raw, "日期")


@pytest.mark.parametrize(
    ("raw", "number"),
    [("110101197711250017", "110101197711250017"), ("１１０１０１１９７７１１２５００１ｘ", "11010119771125001X"), (110101771125001.0, "110101771125001"), (13900001234, "13900001234")],
)  # fmt: skip
def test_long_numbers(raw, number):
    assert cells.long_number(raw, "号码") == number


@pytest.mark.parametrize("raw", [1.10101197711250e17, 110101197711250017, "1.10101E+17", "1.10101e17"])
def test_destroyed_numbers_are_never_repaired(raw):
    with pytest.raises(cells.Unreadable) as told:
        cells.long_number(raw, "号码")
    assert told.value.code == "destroyed_by_spreadsheet"
    assert "丢失" in told.value.message


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (138.0, "138"),
        (36.5, "36.5"),
        (0.1 + 0.2, "0.3"),
        ("１３８", "138"),
        (" 36.5 ", "36.5"),
        ("-2", "-2"),
        ("1,200", "1200"),
    ],
)
def test_amounts(raw, value):
    assert cells.amount(raw, "数量") == Decimal(value)


@pytest.mark.parametrize(
    "raw",
    ["138mmHg", "1e3", "NaN", float("nan"), float("inf"), True, DAY, "一百", "1_000", "#N/A", "", "1.2.3"],
)
def test_no_amounts(raw):
    with pytest.raises(cells.Unreadable):
        cells.amount(raw, "数量")


@pytest.mark.parametrize("raw", ["王\x00某", "a\x07b", True, 1e20, "#REF!"])
def test_words_that_cannot_be_kept(raw):
    with pytest.raises(cells.Unreadable):
        cells.words(raw, "备注")


@pytest.mark.parametrize("raw", [None, "", "x", 1.5, True, DAY, dt.datetime(2025, 3, 1, 8, 30)])
def test_raw_cells_survive_staging(raw):
    assert cells.from_json(cells.as_json(raw)) == raw
