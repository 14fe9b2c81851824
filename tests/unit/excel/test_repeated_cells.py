"""Cells written out once and used again are, byte for byte, the cells the library writes."""

import datetime as dt
import io
import random
import zipfile
from collections import namedtuple
from decimal import Decimal

import pytest
import xlsxwriter
from xlsxwriter import worksheet

from gongwei.interfaces.excel import repeated_cells, sheets

VALUES = [
    "1 控制满意", "a<b & \"c\"", " 前后有空格 ", "_x0041_", "=1+1", "多\n行", "", None, 0, 0.0, Decimal("0.0"), 1,
    138, 1.5, Decimal("65.5"), 10**16,
    dt.date(2025, 3, 10), "<r>不是富文本</r>", "长" * 300,
]  # fmt: skip


def written(worksheet_class):
    """The sheet's XML for rows in which everything repeats itself, in formats of cells, columns and rows."""
    file, dice = io.BytesIO(), random.Random(1)
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("表", worksheet_class)
    day, wrong = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"bg_color": "#FBE3E1"})
    sheet.set_column(2, 2, 20, wrong)
    for row in range(60):
        if row in (7, 30):
            sheet.set_row(row, 30, wrong)
        for column in range(12):
            text = dice.choice([None, wrong])
            if dice.random() < 0.05:
                sheet.write_blank(row, column, None, wrong)
            else:
                sheets.write(sheet, row, column, dice.choice(VALUES), day, text)
    book.close()
    with zipfile.ZipFile(file) as content:
        return content.read("xl/worksheets/sheet1.xml")


def test_the_sheet_is_the_one_the_library_writes():
    plain = written(None)
    assert len(plain) > 10_000
    assert written(repeated_cells.RepeatedCells) == plain


def test_a_library_that_writes_otherwise_is_noticed(monkeypatch):
    monkeypatch.setattr(
        worksheet.Worksheet, "_write_cell", lambda self, row, col, cell: self.fh.write("<cell/>")
    )
    cell = namedtuple("Number", "number format")(5, None)
    with pytest.raises(RuntimeError, match="another way"):
        repeated_cells.RepeatedCells()._write_cell(0, 0, cell)
