"""A large workbook is read row by row: the same values as the reader of ordinary ones gives, in bounded memory."""

import datetime as dt
import io
import random
import re
import zipfile

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from gongwei.base.problems import Refused
from gongwei.interfaces.excel import cells, files, large_sheets, reading, sources


def book(inline, rows=60, **options):
    """A workbook with everything a cell can hold: text, rich text, numbers, days, times, formulas, merged cells, gaps."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": inline, **options})
    day = made.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
    moment = made.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    time, length = made.add_format({"num_format": "hh:mm"}), made.add_format({"num_format": "[h]:mm:ss"})
    money, bold = made.add_format({"num_format": '"共"#,##0.00" 元（月）"'}), made.add_format({"bold": True})
    red = made.add_format({"num_format": "[Red]0.0;[Blue]-0.0"})
    sheet = made.add_worksheet("数据 & <一>")
    if not inline:
        sheet.merge_range(0, 0, 0, 3, "高血压患者随访")
        sheet.merge_range(5, 1, 8, 1, "合并的村")
    dice = random.Random(5)
    for row in range(1, rows):
        if row % 7 == 0:
            continue
        sheet.write_string(
            row, 0, dice.choice(["王建国", "  李 桂兰 ", "换\n行", "_x000D_", "<&>", "😀𠮷", "甲\r\n乙"])
        )
        if not 5 <= row <= 8:
            sheet.write_number(row, 1, dice.choice([0, 1, -3.25, 1e17, 6.1e-5, 45000]))
        sheet.write_datetime(row, 2, dt.datetime(1961, 1, 1) + dt.timedelta(days=row * 37), day)
        sheet.write_datetime(row, 3, dt.datetime(2024, 2, 28, 15, 30, 22) + dt.timedelta(hours=row), moment)
        sheet.write_number(row, 4, dice.choice([0.25, 0.0, 0.999]), time)
        sheet.write_number(row, 5, dice.choice([0.5, 1.75]), length)
        sheet.write_boolean(row, 6, row % 2 == 0)
        sheet.write_formula(row, 7, "=B2*2", None, dice.choice([12.5, "文字", True]))
        sheet.write_number(row, 8, 12.5, money)
        sheet.write_number(row, 9, -2, red)
        if not inline and row % 3 == 0:
            sheet.write_rich_string(row, 12, "轻", bold, "重", "轻")
    made.add_worksheet("第二").write_string(3, 2, "低处")
    made.close()
    return out.getvalue()


def both(content):
    """Name, rows of the ordinary reader, rows of the other; and their heads."""
    ordinary = CalamineWorkbook.from_filelike(io.BytesIO(content))
    archive = zipfile.ZipFile(io.BytesIO(content))
    large = large_sheets.Book(archive)
    for sheet, listed in zip(files.examine(content), large.sheets, strict=True):
        assert (sheet.name, sheet.place, sheet.visible) == (listed.name, listed.place, listed.visible)
        one = reading.WorkbookTable(ordinary.get_sheet_by_name(sheet.name), sheet.errors)
        yield one, large.table(listed)


def trimmed(rows):
    """Rows without the empty cells at their ends, and without the empty rows at the end."""
    found = []
    for row in rows:
        row = ["" if each is None else each for each in row]
        while row and row[-1] == "":
            row.pop()
        found.append([(type(each).__name__, each) for each in row])
    while found and not found[-1]:
        found.pop()
    return found


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("options", [{}, {"date_1904": True}])
def test_every_cell_comes_out_the_same(inline, options):
    pairs = list(both(book(inline, **options)))
    assert len(pairs) == 2
    for ordinary, large in pairs:
        assert trimmed(large.rows(0)) == trimmed(ordinary.rows(0))
        assert trimmed(large.rows(7)) == trimmed(ordinary.rows(7))
        assert trimmed(large.head()) == trimmed(ordinary.head())


def read_first(archive):
    """All rows of the first sheet."""
    book = large_sheets.Book(archive)
    return trimmed(book.table(book.sheets[0]).rows(0))


def rewritten(content, path, change):
    """The workbook with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            said = old.read(each)
            new.writestr(each, change(said) if each == path else said)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_formulas_that_failed_or_were_never_worked_out_are_no_empty_cells():
    content = rewritten(
        book(False),
        SHEET,
        lambda text: re.sub(
            rb'<c r="I3"([^>]*)><v>12.5</v>', rb'<c r="I3"\1 t="e"><v>#N/A</v>', text
        ).replace(b"<v>12.5</v></c>", b"<v></v></c>", 3),
    )
    (ordinary, large), _ = both(content)
    rows = trimmed(large.rows(0))
    assert rows == trimmed(ordinary.rows(0))
    assert sum(cell == ("str", reading.FAILED_FORMULA) for row in rows for cell in row) >= 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text[: len(text) // 2], "damaged"),
        (lambda text: text.replace(b"<worksheet", b"<!DOCTYPE x><worksheet", 1), "damaged"),
        (lambda text: text.replace(b'<row r="4"', b'<row r="99999999"', 1), "too_wide"),
        (lambda text: text.replace(b'r="A4"', b'r="XFD4"', 1), "too_wide"),
    ],
)
def test_what_is_broken_is_refused(change, code):
    content = rewritten(book(False), SHEET, change)
    archive = zipfile.ZipFile(io.BytesIO(content))
    with pytest.raises(Refused) as refused:
        read_first(archive)
    assert refused.value.code == code


def test_a_package_reads_a_large_workbook_row_by_row(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGE_FROM", 1000)
    content = book(False)
    (tmp_path / "表.xlsx").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "包.zip", "w") as archive:
        archive.writestr("表.xlsx", content)
    wanted = None
    for place in (tmp_path / "表.xlsx", tmp_path / "包.zip"):
        with sources.opened(place) as package:
            found = list(package)
            assert [(each.sheet, each.alone) for each in found] == [("数据 & <一>", False), ("第二", False)]
            assert isinstance(found[0].table(), large_sheets.LargeTable)
            rows = trimmed(found[0].table().rows(0))
            assert rows[0][0] == ("str", "高血压患者随访")
            assert wanted in (None, rows)
            wanted = rows


def test_number_formats_that_show_days():
    kinds = {
        "General": 0, "0.00": 0, "@": 0, '"日期"0': 0, "[Red]0;[DBNum1]0": 0, "#,##0_);(#,##0)": 0,
        "yyyy-mm-dd": 1, 'm"月"d"日"': 1, "h:mm AM/PM": 1, "[$-F800]dddd, mmmm": 1,
        "[h]:mm": 2, "[ss].0": 2,
    }  # fmt: skip
    assert {code: large_sheets.kind_of_format(code) for code in kinds} == kinds
    assert cells.day(dt.date(2025, 1, 2), "日期") == dt.date(2025, 1, 2)
