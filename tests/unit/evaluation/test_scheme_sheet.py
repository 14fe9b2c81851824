"""A scheme as a workbook: out and in again the same; what is wrong named by sheet, row and column."""

import pytest

from gongwei.base.problems import Refused, Several
from gongwei.evaluation import national, setting_words, trees
from gongwei.interfaces.excel import exports, scheme_sheet


def bare(tree):
    """A tree as plain values without its marks, which the sheet does not carry."""

    def strip(node):
        return {
            name: [strip(each) for each in value] if name == "children" else value
            for name, value in node.items()
            if name != "mark"
        }

    plain = trees.plain(tree)
    return plain | {"parts": [strip(each) for each in plain["parts"]]}


@pytest.mark.parametrize("level", national.LEVELS)
def test_a_tree_goes_out_and_comes_in_again(level):
    """Every item, every setting."""
    tree = national.default(level, 2025).tree
    assert bare(scheme_sheet.read(scheme_sheet.write(tree), tree)) == bare(tree)


@pytest.mark.parametrize(
    ("method", "text", "settings"),
    [
        ("ratio_to_target", "目标=64；比较=≤；按进度=否", {"target": "64", "op": "<=", "progress": False}),
        ("bands", "100=2；80=1", {"bands": [["100", "2"], ["80", "1"]]}),
        ("rank", "1=5；3=4", {"places": [["1", "5"], ["3", "4"]]}),
        (
            "deduct",
            "空项=1；电话错误=5；可为负=是",
            {"units": {"空项": "1", "电话错误": "5"}, "allow_negative": True},
        ),
        (
            "per_n",
            "目标=95；每差=2；扣=0.5；最多=10；不足也扣=是",
            {"target": "95", "step": "2", "minus": "0.5", "most": "10", "begun": True},
        ),
        ("bonus", "每项=0.2；最多=2", {"per": "0.2", "most": "2"}),
        ("yes_no", "", {}),
    ],
)
def test_settings_in_words(method, text, settings):
    """Both ways."""
    assert setting_words.read(method, text) == settings
    assert setting_words.written(method, settings) == text


GOOD = [
    "A",
    "执行",
    100,
    "A1",
    "慢病",
    100,
    "A1.1",
    "规范管理",
    100,
    "按目标比例",
    "目标=64",
    "HTN.2",
    "",
    "",
    "",
]


def sheet(*rows):
    """A workbook with these rows."""
    return exports.rows_workbook("评价方案", scheme_sheet.HEAD, rows)


def changed(**cells):
    """The good row with other cells."""
    return [cells.get(name, value) for name, value in zip(scheme_sheet.HEAD, GOOD, strict=True)]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (changed(分值="十"), "工作表“评价方案”第2行“分值”：“十”不是数"),
        (changed(评分方法="估计"), "第2行“评分方法”：“估计”不能识别"),
        (changed(计分参数="六十四"), "第2行“计分参数”：计分参数“六十四”应写成“名称=值”"),
        (changed(三级指标=""), "第2行“三级指标”：没有填写"),
    ],
)
def test_what_is_wrong_is_named_by_its_cell(row, words):
    """Sheet, row, column."""
    with pytest.raises(Several) as refused:
        scheme_sheet.read(sheet(row))
    assert words in refused.value.message


def test_rows_of_one_branch_must_agree():
    """A section is said once."""
    with pytest.raises(Several, match="第3行“二级分值”：与前面“A1”的“100”不同"):
        scheme_sheet.read(sheet(GOOD, changed(三级代码="A1.2", 二级分值=90)))


def test_a_workbook_of_something_else_is_refused():
    """With the headings that should be there."""
    with pytest.raises(Refused, match="没有找到标题行"):
        scheme_sheet.read(exports.rows_workbook("表", ("甲", "乙"), [(1, 2)]))
