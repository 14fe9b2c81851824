"""Codes as code, as label, as code with label, however old systems join them."""

import pytest

from gongwei.interfaces.excel import columns, layouts, option_text, structural_layouts
from gongwei.interfaces.excel.cells import Unreadable
from gongwei.language.fields import Choices
from gongwei.language.types import Options

YES = Options("有无", {"1": "无", "2": "有"})
RACES = Options("民族", {"01": "汉族", "02": "蒙古族", "99": "其他"})


@pytest.mark.parametrize(
    "raw",
    [
        "2", 2, 2.0, "2.0", "02", "２", "有", " 有 ", "2 有", "2.有", "2、有", "2有", "2:有", "2：有", "2-有", "2)有", "（2）有", "2．有", "有（2）",
        "２　有",
    ],
)  # fmt: skip
def test_an_option_by_code_label_or_both(raw):
    assert option_text.option_of(YES, raw, "有无") == "2"


@pytest.mark.parametrize("raw", ["1", 1, 1.0, "01", "汉族", "01汉族", "01 汉族"])
def test_a_zero_that_excel_dropped(raw):
    assert option_text.option_of(RACES, raw, "民族") == "01"


@pytest.mark.parametrize("raw", ["1 有", "2 无", "3", "有有", "12", "是", "002", "2;1", "有/无"])
def test_what_is_no_option_or_two_things_at_once(raw):
    assert option_text.option_of(YES, raw, "有无") is None


def test_a_code_and_its_label_parted_by_the_sign_between_options():
    field = Choices("危险因素控制", Options("危险因素控制", {"1": "戒烟", "3": "饮食", "4": "锻炼"}))
    assert columns.value_of(field, "3、饮食、4、锻炼", None) == {"3", "4"}
    assert columns.value_of(field, "3,饮食,4", None) == {"3", "4"}
    for twice in ("3、3", "饮食、3"):
        with pytest.raises(Unreadable):
            columns.value_of(field, twice, None)


@pytest.mark.parametrize(
    ("identifier", "raw", "code"),
    [
        ("=sex", "男", "1"), ("=sex", "女性", "2"), ("=sex", "1 男性", "1"), ("=sex", 2.0, "2"), ("=id_type", "身份证", "01"), ("=id_type", "1", "01"),
        ("=residence_type", "户籍", "1"), ("=residence_type", "流动人口", "2"),
    ],
)  # fmt: skip
def test_words_of_old_systems_on_the_sheet_of_residents(identifier, raw, code):
    assert layouts.of(layouts.RESIDENTS).by_identifier[identifier].read(raw, None) == code


@pytest.mark.parametrize(
    ("raw", "code"),
    [("02", "02"), ("户主", "02"), ("02 户主", "02"), ("本人", "02"), ("妻子", "12"), ("12", "12"), (12.0, "12"), ("1", "10"), ("0", "02"), ("3 女", "30"), ("儿媳", "38"), ("80.其他", "80")],
)  # fmt: skip
def test_relations_to_the_head(raw, code):
    assert structural_layouts.relation(raw, "与户主关系") == code


@pytest.mark.parametrize("raw", ["2", 2.0, "9", "邻居", "12 夫"])
def test_relations_that_are_none_or_two(raw):
    """2 is 户主 without its zero, or 子 of the one-digit table: nobody guesses."""
    with pytest.raises(Unreadable):
        structural_layouts.relation(raw, "与户主关系")
