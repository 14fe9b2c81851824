"""Cells as people and Excel write them (reliability.md §4, users_and_peers.md §1)."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongwei.interfaces.excel import cells

DAY = dt.date(1977, 11, 25)


@pytest.mark.parametrize(
    "raw",
    [
        "1977-11-25", "1977.11.25", "1977/11/25", "19771125", "1977年11月25日", " 1977-11-25 ", "１９７７．１１．２５", "1977年11月25号",
        19771125, 19771125.0, "19771125.0", 28454, 28454.0, 28454.375, "28454", "28454.375", DAY, dt.datetime(1977, 11, 25),
        # With a time of day, as systems that keep moments write it.
        "1977-11-25 00:00:00", "1977-11-25 0:00", "1977/11/25 8:30:15", "1977-11-25T08:30:15.123", "1977年11月25日 8时30分",
        "1977-11-25 23:59:59.9", dt.datetime(1977, 11, 25, 8), "19771125083015", 19771125083015,
        # A moment with a zone is the day it was in China.
        "1977-11-24T16:00:00Z", "1977-11-25T00:00:00+08:00", "1977-11-24T16:00:00.000+0000", "/Date(249235200000)/",
        "/Date(249235200000+0800)/", "Date(249235200000)",
    ],
)  # fmt: skip
def test_days(raw):
    assert cells.day(raw, "日期") == DAY


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (0, "不是日期"), (1, "不是日期"), (1977, "不是日期"), (2025, "不是日期"), (45.5, "不是日期"), (200_000, "不是日期"),
        ("77-11-25", "只有两位"), ("77.11.25", "只有两位"), ("771125", "只有两位"), ("77年11月25日", "只有两位"),
        ("25/11/1977", "年份应写在最前"), ("11-25-1977", "年份应写在最前"), ("1977-11", "没有写到日"), ("1977年11月", "没有写到日"),
        ("1977", "没有写到日"), ("20241", "不能确定"), ("19991", "不能确定"), ("1977-13-01", "日历"), ("1977-02-29", "日历"),
        ("1977-11-25 25:00", "不是日期"), ("19771125256060", "不是日期"), ("昨天", "不是日期"), (True, "应为文字"), ("#VALUE!", "公式"), ("Nov 25, 1977", "不是日期"),
        ("1977-11-25~26", "不是日期"),
    ],
)  # fmt: skip
def test_no_days(raw, word):
    with pytest.raises(cells.Unreadable) as told:
        cells.day(raw, "日期")
    assert word in told.value.message


@given(st.dates(dt.date(1930, 1, 1), dt.date(2099, 12, 31)), st.times())
def test_every_spelling_of_a_day_is_that_day(day, time):
    serial = (day - dt.date(1899, 12, 30)).days
    spellings = [
        day.isoformat(), f"{day:%Y%m%d}", f"{day:%Y.%m.%d}", f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日",
        serial, float(serial), f"{day.isoformat()} {time:%H:%M:%S}", f"{day.isoformat()}T{time.isoformat()}", dt.datetime.combine(day, time),
        day.isoformat().translate(str.maketrans("0123456789-", "０１２３４５６７８９－")),
    ]  # fmt: skip
    assert [cells.day(each, "日期") for each in spellings] == [day] * len(spellings)


@given(st.text(max_size=20))
def test_a_text_is_a_day_or_refused_never_something_else(text):
    try:
        found = cells.day(text, "日期")
    except cells.Unreadable:
        return
    digits = "".join(each for each in text if each.isdecimal())
    assert isinstance(found, dt.date)
    assert len(digits) >= 5, "no day comes from less"


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


@pytest.mark.parametrize(
    ("raw", "unit", "value"),
    [
        ("130mmHg", "mmHg", "130"), ("130 mmhg", "mmHg", "130"), ("130毫米汞柱", "mmHg", "130"), ("１３０ｍｍＨｇ", "mmHg", "130"),
        ("65 kg", "kg", "65"), ("65.5公斤", "kg", "65.5"), ("72次/分", "次/分钟", "72"), ("72", "次/分钟", "72"), ("36.5℃", "℃", "36.5"),
        ("95％", "%", "95"), ("23.1kg/m2", "kg/m²", "23.1"), ("5.6 mmol/L", "mmol/L", "5.6"), (130, "mmHg", "130"), ("1,200次", "次", "1200"),
    ],
)  # fmt: skip
def test_amounts_with_the_unit_of_the_field(raw, unit, value):
    assert cells.amount(raw, "数量", unit) == Decimal(value)


@pytest.mark.parametrize(
    ("raw", "unit"),
    [
        ("17.3kPa", "mmHg"), ("130斤", "kg"), ("1.7m", "cm"), ("100mg/dL", "mmol/L"), ("130/85", "mmHg"), ("130mmHg左右", "mmHg"),
        ("约130mmHg", "mmHg"), ("mmHg", "mmHg"), ("130-140", "mmHg"), (">130", "mmHg"), ("130mmHg", ""),
    ],
)  # fmt: skip
def test_no_amounts_with_another_unit(raw, unit):
    with pytest.raises(cells.Unreadable):
        cells.amount(raw, "数量", unit)


@given(st.decimals(-(10**6), 10**6, places=2), st.sampled_from(["mmHg", "kg", "次/分钟", "%"]))
def test_a_number_is_itself_however_it_is_written(number, unit):
    for raw in (str(number), f"{number}{unit}", f" {number} {unit} ", float(number)):
        assert cells.amount(raw, "数量", unit) == number


@pytest.mark.parametrize("raw", ["王\ufffd某", "王\x00某", "a\x07b", True, 1e20, "#REF!"])
def test_words_that_cannot_be_kept(raw):
    with pytest.raises(cells.Unreadable):
        cells.words(raw, "备注")


@pytest.mark.parametrize("raw", [None, "", "x", 1.5, True, DAY, dt.datetime(2025, 3, 1, 8, 30)])
def test_raw_cells_survive_staging(raw):
    assert cells.from_json(cells.as_json(raw)) == raw
