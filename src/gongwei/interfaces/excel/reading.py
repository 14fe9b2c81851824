"""The rows of a workbook: every row that holds anything, with its sheet and number, and the plan of each sheet."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from python_calamine import CalamineError, CalamineWorkbook

from gongwei.base.problems import Refused
from gongwei.interfaces.excel import cells, files, headings
from gongwei.interfaces.excel.cells import Raw
from gongwei.interfaces.excel.headings import Plan
from gongwei.interfaces.excel.layouts import Layout

#: What stands in a cell whose formula failed; the reader itself would give an empty cell and lose it silently.
FAILED_FORMULA = "#VALUE!"


@dataclass(slots=True)
class RawRow:
    """One row as it stands in the sheet. `number` counts from 1 as Excel does."""

    sheet: int
    number: int
    cells: list[Raw]


@dataclass
class Book:
    """A workbook that was read: plans of the sheets that hold data, their rows, what the uploader should know."""

    plans: list[Plan] = field(default_factory=list)
    rows: list[RawRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unknown: list[Plan] = field(default_factory=list)


def read(content: bytes, layout: Layout, mapping: Mapping[str, str] | None = None) -> Book:
    """Read a workbook. `unknown` are sheets whose columns a person must name first.

    Raises Refused for a file that cannot be read, is another form's template or holds no row.
    """
    sheets = files.examine(content)
    book = Book()
    try:
        opened = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for sheet in sheets:
            if not sheet.visible or headings.is_ours_to_skip(sheet.name):
                continue
            rows = opened.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            _sheet(book, sheet, rows, layout, mapping)
    except (CalamineError, OSError, ValueError) as error:
        raise Refused(
            "文件已损坏，不能读取。",
            field="file",
            code="damaged",
            hint="请用Excel或WPS重新打开并另存为 .xlsx 后再上传。",
        ) from error
    if not book.rows and not book.unknown:
        raise Refused(
            "没有可以导入的行。",
            field="file",
            code="no_rows",
            hint="请从模板第3行起填写；数据应在未隐藏的工作表中。",
        )
    return book


def _sheet(
    book: Book, sheet: files.Sheet, rows: list[list[Raw]], layout: Layout, mapping: Mapping[str, str] | None
) -> None:
    if not any(not cells.is_empty(cell) for row in rows for cell in row):
        return
    for place in sheet.errors:
        _put_error(rows, place)
    plan = headings.read(sheet.name, sheet.place, rows, layout, mapping)
    if plan is None or headings.missing(plan, layout):
        book.unknown.append(plan or _first_row(sheet, rows))
        return
    book.plans.append(plan)
    if plan.unused:
        book.notes.append(f"工作表“{sheet.name}”的以下列没有对应的数据项，未导入：{'、'.join(plan.unused)}。")
    book.rows += _rows(plan, rows)


def _first_row(sheet: files.Sheet, rows: list[list[Raw]]) -> Plan:
    """The fullest of the first rows is most likely the heading of a sheet nobody knows."""
    first = rows[: headings.SEARCHED_ROWS]
    place = max(
        range(len(first)), key=lambda n: (sum(isinstance(c, str) and bool(c.strip()) for c in first[n]), -n)
    )
    said = [cells.shown(each).strip() for each in rows[place]]
    return Plan(sheet.name, sheet.place, place, place + 1, [""] * len(said), said, False)


def _rows(plan: Plan, rows: list[list[Raw]]) -> Iterator[RawRow]:
    used = [column for column, heading in enumerate(plan.columns) if heading]
    width = len(plan.columns)
    for number in range(plan.first_row, len(rows)):
        row = rows[number]
        # What stands beside the known columns makes no row by itself, neither does a running number.
        if any(column < len(row) and not cells.is_empty(row[column]) for column in used):
            yield RawRow(plan.place, number + 1, row[:width])


def _put_error(rows: list[list[Raw]], place: str) -> None:
    letters = place.rstrip("0123456789")
    column = 0
    for each in letters:
        column = column * 26 + ord(each) - 64
    number = int(place[len(letters) :])
    if number <= len(rows) and column <= len(rows[number - 1]):
        rows[number - 1][column - 1] = FAILED_FORMULA
