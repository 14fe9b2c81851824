"""评价方案 as one sheet: a row for each 三级指标 with its part and section, filled in and sent back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from gongwei.base.problems import Refused, Several
from gongwei.evaluation import schemes, setting_words, trees
from gongwei.evaluation.trees import Branch, Item, Tree
from gongwei.interfaces.excel import cells, exports, files

HEAD = (
    "一级代码",
    "一级指标",
    "一级分值",
    "二级代码",
    "二级指标",
    "二级分值",
    "三级代码",
    "三级指标",
    "分值",
    "评分方法",
    "计分参数",
    "取数指标",
    "统计期",
    "评分标准",
    "佐证材料",
)
NEEDED = HEAD[:10]
SEARCHED, TOLD, MOST_ROWS = 5, 30, 500
_METHODS = {title: code for code, title in trees.METHODS.items()}
_PERIODS = {title: code for code, title in schemes.PERIODS.items()}


def write(tree: Tree) -> bytes:
    """A tree as a sheet that `read` reads back; the template is the sheet of a scheme."""
    return exports.rows_workbook("评价方案", HEAD, [_row(*each) for each in tree.rows()])


def read(content: bytes, like: Tree | None = None) -> Tree:
    """The tree of a filled sheet. Total: the sum of the parts. What the sheet has no cell for is taken from `like`.

    Raises:
        Refused: no workbook, or no sheet with these headings. Several: what is wrong, each with sheet, row and column.
    """
    sheets = files.examine(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for sheet in (each for each in sheets if each.visible):
            rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            columns, first = _heading(rows)
            if columns:
                return _Reader(sheet.name, columns).tree(rows, first, like)
    except (CalamineError, OSError) as error:
        raise Refused("文件已损坏，不能读取。", field="file", code="damaged") from error
    raise Refused(
        f"没有找到标题行，应有：{'、'.join(NEEDED)}。",
        field="file",
        code="no_heading",
        hint="请下载现有方案，在其中修改后上传。",
    )


def _row(part: Branch, section: Branch, item: Item) -> list[str | Decimal]:
    return [
        part.code,
        part.title,
        part.points,
        section.code,
        section.title,
        section.points,
        item.code,
        item.title,
        item.points,
        trees.METHODS.get(item.method, item.method),
        setting_words.written(item.method, item.settings),
        item.measure,
        schemes.PERIODS.get(item.period, item.period),
        item.criteria,
        item.evidence,
    ]


def _heading(rows: Sequence[Sequence[cells.Raw]]) -> tuple[dict[str, int], int]:
    for number, row in enumerate(rows[:SEARCHED]):
        said = [cells.shown(each).strip() for each in row]
        if all(name in said for name in NEEDED):
            return {name: said.index(name) for name in HEAD if name in said}, number + 1
    return {}, 0


class _Reader:
    """Reads the rows of one sheet, keeping what is wrong with its place."""

    def __init__(self, sheet: str, columns: dict[str, int]) -> None:
        self.sheet, self.columns = sheet, columns
        self.wrong: list[Refused] = []

    def tree(self, rows: Sequence[Sequence[cells.Raw]], first: int, like: Tree | None) -> Tree:
        parts: dict[str, dict[str, Any]] = {}
        for number, row in enumerate(rows[first : first + MOST_ROWS], start=first + 1):
            said = {
                name: cells.shown(row[place]).strip() if place < len(row) else ""
                for name, place in self.columns.items()
            }
            if any(said.values()):
                self._take(number, said, parts)
        if self.wrong:
            raise Several(self.wrong[:TOLD])
        if not parts:
            raise Refused("表中没有指标。", field="file", code="no_rows")
        made = tuple(_branch(each) for each in parts.values())
        total = sum((each.points for each in made), Decimal(0))
        if like is None:
            return Tree(total, made)
        return Tree(total, made, like.spread, like.over_total, like.annual)

    def _take(self, number: int, said: dict[str, str], parts: dict[str, dict[str, Any]]) -> None:
        for name in ("一级代码", "一级指标", "二级代码", "二级指标", "三级代码", "三级指标", "评分方法"):
            if not said[name]:
                self._fault(number, name, "没有填写")
        part = self._branch(number, said, "一级", parts)
        section = self._branch(number, said, "二级", part["children"])
        method = _METHODS.get(said["评分方法"], said["评分方法"])
        if said["评分方法"] and method not in trees.METHODS:
            self._fault(number, "评分方法", f"“{said['评分方法']}”不能识别，应为：{'、'.join(_METHODS)}")
        settings: dict[str, Any] = {}
        try:
            settings = setting_words.read(method, said.get("计分参数", ""))
        except ValueError as error:
            self._fault(number, "计分参数", str(error))
        code = said["三级代码"]
        if code in section["children"]:
            self._fault(number, "三级代码", f"“{code}”出现了两次")
        section["children"][code] = Item(
            code,
            said["三级指标"],
            self._points(number, "分值", said["分值"]),
            method,
            settings,
            measure=said.get("取数指标", ""),
            period=_PERIODS.get(said.get("统计期", ""), said.get("统计期", "")),
            criteria=said.get("评分标准", ""),
            evidence=said.get("佐证材料", ""),
        )

    def _branch(
        self, number: int, said: dict[str, str], level: str, known: dict[str, dict[str, Any]]
    ) -> dict[str, Any]:
        code, title = said[f"{level}代码"], said[f"{level}指标"]
        points = self._points(number, f"{level}分值", said[f"{level}分值"])
        found = known.setdefault(code, {"code": code, "title": title, "points": points, "children": {}})
        for name, value in (("title", title), ("points", points)):
            if found[name] != value:
                column = f"{level}{'指标' if name == 'title' else '分值'}"
                self._fault(number, column, f"与前面“{code}”的“{found[name]}”不同")
        return found

    def _points(self, number: int, column: str, text: str) -> Decimal:
        try:
            return trees.number(text.removesuffix("分"), column)
        except ValueError:
            self._fault(number, column, f"“{text}”不是数")
            return Decimal(0)

    def _fault(self, number: int, column: str, words: str) -> None:
        text = f"工作表“{self.sheet}”第{number}行“{column}”：{words}。"
        self.wrong.append(Refused(text, field="file", code="cell", details={"row": number, "column": column}))


def _branch(said: dict[str, Any]) -> Branch:
    below = tuple(each if isinstance(each, Item) else _branch(each) for each in said["children"].values())
    return Branch(said["code"], said["title"], said["points"], below)
