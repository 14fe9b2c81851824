"""The workbook to fill: Chinese headings with comments, drop-downs, a hidden row of identifiers, an instruction sheet.

Row 1 (hidden) names the form, its version and the field of each column; row 2 holds the headings; data begin in row 3.
An export is the same workbook with rows in it, so that what goes out comes in again.
"""

import io
from collections.abc import Iterable, Sequence
from typing import IO, Any

from gongwei.interfaces.excel import layouts, sheets
from gongwei.interfaces.excel.directory import Directory
from gongwei.interfaces.excel.layouts import Column, Layout
from gongwei.language import forms

HEADING_ROW, FIRST_ROW = 2, 3  # as Excel counts
NUMBER_HEADING = "序号"
OPTIONS_SHEET, NOTES_SHEET = "值域", "填写说明"
#: Rows the drop-downs and limits are set for; an import takes more.
PREPARED_ROWS = 20_000

NOTES = (
    "一行填写一次服务（建档模板一行填写一位居民），从第3行起填写，请勿改动第1、2行和各列的含义；可以调整列的顺序，也可以删去用不到的选填列。",
    "红色标题为必填。鼠标移到标题上可看到该列的填写要求、单位、范围和代码。",
    "代码项可填代码（1）、名称（控制满意）或“代码 名称”（1 控制满意）；多选项各项之间用“；”分开。",
    "日期可填 2025-03-10、2025.3.10、2025/3/10、20250310、2025年3月10日。",
    "证件号码、档案编号、电话请按文本填写。已变成 1.10101E+17 的号码后几位已丢失，系统会退回，请按原件重新录入。",
    "不填的单元格留空，不要填“无”“/”“0”代替。",
    "上传后系统先检查、不写入；预览无误后再点击“写入”。未通过的行可下载，错误写在“错误说明”列，改好后可直接再次上传。",
    "同一居民同一日期的同一种表已在系统中且内容相同时，显示“已存在”，不会重复写入。",
)
#: What the first lines say on the sheets of structure instead of the first and the last of NOTES.
FIRST_NOTES = {
    layouts.AREAS: "一行填写一个区划，各级均可，行的先后不限（系统先建上级）。已有的区划内容相同时显示“已存在”，不同时退回，不会改动。",
    layouts.ORGANIZATIONS: "一行填写一个机构，行的先后不限（系统先建上级机构）。所在区划、服务区划应已在系统中，或在同一数据包的“行政区划”表中。",
    layouts.PRACTITIONERS: "一行填写一个人的一个岗位；一人有几个岗位的填几行，人员编号相同。填了用户名的建立账号，由安全保密管理员重置密码后才能登录。",
    layouts.HOUSEHOLDS: "一行填写一名家庭成员，家庭编号相同的各行是一家人，其中一人与户主关系为“户主”。",
    layouts.EPISODES: "一行填写一位居民的一种病的管理；已结束的填写结束日期和结束原因。",
}


def notes_of(layout: Layout) -> tuple[str, ...]:
    """The instructions of a template."""
    first = FIRST_NOTES.get(layout.code)
    if first is None:
        return NOTES
    here = "从第3行起填写，请勿改动第1、2行和各列的含义；可以调整列的顺序，也可以删去用不到的选填列。"
    return (first, here, *NOTES[1:-1])


def workbook(code: str | type[forms.Form], names: Directory | None = None) -> bytes:
    """An empty template of a form (or of RESIDENTS), with drop-downs of the places `names` knows."""
    file = io.BytesIO()
    layout = layouts.of(code if isinstance(code, str) else code.code)
    Filled(file, layout, names).close()
    return file.getvalue()


class Filled:
    """A template that rows are added to. Values come by identifier, in the shape of `sheets.Cell`."""

    def __init__(
        self,
        file: IO[bytes],
        layout: Layout,
        names: Directory | None = None,
        *,
        extra: Sequence[str] = (),
        notes: Iterable[str] | None = None,
    ) -> None:
        """`extra`: headings of further columns after the layout's (错误说明); they carry no identifier."""
        # Here, because only one page of many writes a workbook, and every process of pages would wait for the import.
        import xlsxwriter

        from gongwei.interfaces.excel.repeated_cells import RepeatedCells

        self.layout, self.extra = layout, tuple(extra)
        self._places = {column.identifier: place for place, column in enumerate(layout.columns, 1)}
        self._book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
        self._sheet = self._book.add_worksheet(layout.title[:31], RepeatedCells)
        self._text = self._book.add_format({"num_format": "@", "valign": "top"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        self._number = self._book.add_format({"valign": "top"})
        self._wrong = self._book.add_format({"num_format": "@", "valign": "top", "bg_color": "#FBE3E1"})
        self._head(names)
        self._row = HEADING_ROW - 1
        self._notes = notes_of(layout) if notes is None else tuple(notes)

    def _head(self, names: Directory | None) -> None:
        plain = self._book.add_format({"bold": True, "bg_color": "#E3F0EE", "text_wrap": True, "valign": "vcenter", "border": 1, "border_color": "#9DB8B3"})  # fmt: skip
        must = self._book.add_format({"bold": True, "bg_color": "#E3F0EE", "font_color": "#B3261E", "text_wrap": True, "valign": "vcenter", "border": 1, "border_color": "#9DB8B3"})  # fmt: skip
        sheet = self._sheet
        sheet.write_string(0, 0, self.layout.mark)
        for place, column in enumerate(self.layout.columns, 1):
            sheet.write_string(0, place, column.identifier)
        sheet.set_row(0, None, None, {"hidden": True})
        sheet.set_row(1, 34)
        sheet.write_string(1, 0, NUMBER_HEADING, plain)
        sheet.set_column(0, 0, 6)
        lists: list[tuple[str, tuple[str, ...]]] = []
        for place, column in enumerate(self.layout.columns, 1):
            sheet.write_string(1, place, column.heading, must if column.required else plain)
            sheet.write_comment(1, place, sheets.text(column.comment)[:2000], {"x_scale": 2, "y_scale": min(4, 1 + column.comment.count("\n") * 0.25), "font_size": 10, "author": ""})  # fmt: skip
            sheet.set_column(place, place, _width(column), self._text if column.is_text else self._number)
            self._limit(place, column, names, lists)
        for place, heading in enumerate(self.extra, len(self.layout.columns) + 1):
            sheet.write_string(1, place, heading, must)
            sheet.set_column(place, place, 48, self._wrong)
        sheet.freeze_panes(2, 3)
        self._lists = lists

    def _limit(
        self, place: int, column: Column, names: Directory | None, lists: list[tuple[str, tuple[str, ...]]]
    ) -> None:
        offered = column.limits.options or _offered(column, names)
        area = (HEADING_ROW, place, HEADING_ROW + PREPARED_ROWS - 1, place)
        if offered:
            letter = _letters(len(lists))
            lists.append((column.heading, offered))
            source = f"='{OPTIONS_SHEET}'!${letter}$2:${letter}${len(offered) + 1}"
            # A warning, not a stop: the code or the name alone is taken too.
            self._sheet.data_validation(*area, {"validate": "list", "source": source, "error_type": "information", "error_title": column.heading[:32], "error_message": "可填代码、名称或从列表中选择。"})  # fmt: skip
        elif column.limits.between is not None:
            low, high = column.limits.between
            kind = "integer" if column.limits.whole else "decimal"
            self._sheet.data_validation(*area, {"validate": kind, "criteria": "between", "minimum": float(low), "maximum": float(high), "error_title": column.heading[:32], "error_message": f"应在{low}～{high}之间。"})  # fmt: skip

    def add(
        self, values: dict[str, Any], *, extra: Sequence[str] = (), wrong: frozenset[str] = frozenset()
    ) -> None:
        """Add a row; `wrong` are the identifiers of cells to mark."""
        self._row += 1
        sheet, row = self._sheet, self._row
        sheet.write_number(row, 0, row - HEADING_ROW + 1)
        for identifier, value in values.items():
            place = self._places.get(identifier)
            if place is not None:
                marked = self._wrong if identifier in wrong else self._text
                sheets.write(sheet, row, place, value, self._day, marked)
        for identifier in wrong:
            place = self._places.get(identifier)
            if place is not None and values.get(identifier) in (None, ""):
                sheet.write_blank(row, place, None, self._wrong)
        for place, text in enumerate(extra, len(self.layout.columns) + 1):
            sheet.write_string(row, place, sheets.text(text), self._wrong)

    def close(self) -> None:
        """Write the option lists and the instructions, and finish the file."""
        lists = self._book.add_worksheet(OPTIONS_SHEET)
        # Row by row: the workbook keeps one row in memory.
        for place, (heading, _) in enumerate(self._lists):
            lists.write_string(0, place, heading)
        for row in range(max((len(options) for _, options in self._lists), default=0)):
            for place, (_, options) in enumerate(self._lists):
                if row < len(options):
                    lists.write_string(row + 1, place, options[row])
        lists.hide()
        notes = self._book.add_worksheet(NOTES_SHEET)
        notes.set_column(0, 0, 110)
        wrap = self._book.add_format({"text_wrap": True, "valign": "top"})
        bold = self._book.add_format({"bold": True, "font_size": 14})
        notes.write_string(0, 0, f"{self.layout.title}：填写说明", bold)
        for row, line in enumerate(self._notes, 1):
            notes.write_string(row, 0, f"{row}. {line}", wrap)
        self._book.close()


def _width(column: Column) -> float:
    if column.identifier in (layouts.ID_NUMBER, layouts.RECORD_NO, "=id_number"):
        return 22
    return max(10, min(24, len(column.heading) * 2 + 2))


def _offered(column: Column, names: Directory | None) -> tuple[str, ...]:
    if names is None or not column.offers:
        return ()
    if column.offers == "doctors":
        return names.doctors
    if column.offers == "villages":
        return tuple(names.village_titles.values())[:1000]
    return tuple(sorted(names.organization_titles.values()))[:500]


def _letters(place: int) -> str:
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text
