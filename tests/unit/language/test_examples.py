"""Reading worked examples from Markdown."""

import pytest

from gongwei.language import DefinitionError
from gongwei.language.examples import parse

TEXT = r"""
# 总题
一段说明。
## 甲
居民：64岁，女
期间：2025-01-01 至 2025-12-31
| 日期 | 值 | → 结果 | → a \| b |
|---|:-:|---|---|
| 2025-03-10 | 1 | 是 | — |
| 2025-03-24 | | | 否 |

后面的话：不算设定。
## 乙
没有表
## 丙
| 日期 | → 结果 |
|---|---|
| 2025-03-10 | 否 |
"""


def test_parse():
    first, second = parse(TEXT)
    assert (first.title, second.title) == ("甲", "丙")
    assert first.settings == {"居民": "64岁，女", "期间": "2025-01-01 至 2025-12-31"}
    assert first.given_columns == ("日期", "值")
    assert first.expected_columns == ("结果", "a | b")
    assert [row.given for row in first.rows] == [{"日期": "2025-03-10", "值": "1"}, {"日期": "2025-03-24"}]
    assert [row.expected for row in first.rows] == [{"结果": "是", "a | b": "—"}, {"a | b": "否"}]
    assert first.rows[0].line == 9
    assert second.settings == {}
    assert parse("居民：没有标题") == ()


def test_mistakes_name_the_line():
    with pytest.raises(DefinitionError, match=r"x\.md:2: no column begins with →"):
        parse("## 甲\n| 日期 |\n|---|\n", "x.md")
    with pytest.raises(DefinitionError, match=r"x\.md:4: 1 cells under 2 headings"):
        parse("## 甲\n| 日期 | → 甲 |\n|---|---|\n| 1 |\n", "x.md")
