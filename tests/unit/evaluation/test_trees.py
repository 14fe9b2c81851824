"""Trees of schemes: read, written back, and refused with the branch that is wrong."""

from decimal import Decimal

import pytest

from gongwei.evaluation import trees


def plain(points="100", children="100", **changes):
    """A tree of one branch of each level, as plain values."""
    leaf = {
        "code": "A1a",
        "title": "高血压规范管理",
        "points": children,
        "method": "ratio_to_target",
    } | changes
    section = {"code": "A1", "title": "慢病", "points": points, "children": [leaf]}
    return {
        "total": "100",
        "parts": [{"code": "A", "title": "项目执行", "points": "100", "children": [section]}],
    }


def found(value):
    """The faults of a tree, as (where, message)."""
    return [(each.where, each.message) for each in trees.faults(trees.read(value))]


def test_a_tree_is_read_and_written_back():
    """Word for word."""
    value = plain(settings={"target": "64"}, measure="HTN.2", criteria="达标满分", mark="?")
    tree = trees.read(value)
    assert trees.faults(tree) == []
    assert trees.plain(trees.read(trees.plain(tree))) == trees.plain(tree)
    assert tree.item("A1a").is_system
    assert tree.item("A1a").points == Decimal(100)


@pytest.mark.parametrize(
    ("value", "where", "words"),
    [
        (plain("100", "90"), "A1", "“慢病”下各项分值合计90分，应为100分。"),
        (plain("90", "90"), "A", "“项目执行”下各项分值合计90分，应为100分。"),
        (plain() | {"total": "300"}, "", "一级指标分值合计100分，应为300分。"),
        (plain(code="A1"), "A1", "代码“A1”出现了两次。"),
        (plain(method="guess"), "A1a", "没有“guess”这种评分方法"),
        (plain(method="bands"), "A1a", "计分参数不全"),
        (plain(method="bands", settings={"bands": [["80", "1"], ["100", "2"]]}), "A1a", "从高到低"),
        (plain(method="bands", settings={"bands": [["80", "101"]]}), "A1a", "不能超过"),
        (plain(method="rank", settings={"places": [["3", "1"], ["1", "2"]]}), "A1a", "从前到后"),
        (plain(method="deduct", settings={"units": {}}), "A1a", "每处扣几分"),
        (plain(method="per_n", settings={"step": "0", "minus": "1", "most": "1"}), "A1a", "应大于0"),
        (plain(method="bonus", settings={"per": "1", "most": "1"}), "A1a", "分值应为0"),
        (plain(method="yes_no", measure="HTN.2"), "A1a", "不能取自统计指标"),
        (plain(settings={"target": "六十四"}), "A1a", "不是数"),
        (plain() | {"annual": {"kind": "weights", "weights": {"1": "50", "2": "40"}}}, "", "合计为90％"),
        (plain() | {"annual": {"kind": "mix", "daily": "30", "stage": "60"}}, "", "合计为90％"),
        (plain() | {"annual": {"kind": "median"}}, "", "年度得分的算法"),
        (plain() | {"spread": "somehow"}, "", "不涉及"),
        ({"total": "100", "parts": []}, "", "还没有指标"),
    ],
)
def test_what_does_not_add_up_is_refused_and_named(value, where, words):
    """The branch and the difference."""
    assert any(where == place and words in message for place, message in found(value)), found(value)


@pytest.mark.parametrize("points", [10.0, "十", "NaN", True])
def test_numbers_are_written_as_text(points):
    """No float gets into a scheme."""
    with pytest.raises(ValueError):
        trees.read(plain(points=points))


def test_unknown_keys_are_refused():
    """A misspelt setting does not pass silently."""
    with pytest.raises(ValueError, match="weigth"):
        trees.read(plain(weigth="3"))
