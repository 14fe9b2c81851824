"""Workbooks written row by row with little memory. Text is always written as text: `=1+1` never becomes a formula."""

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import IO, Any

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Characters XML 1.0 cannot hold; a cell with one of them would make a file no program opens.
_UNWRITABLE = dict.fromkeys((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF), "\ufffd")
_TO_REPLACE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]").search
_LONGEST_CELL = 32_767

Cell = str | int | float | Decimal | dt.date | dt.datetime | None


def text(value: str) -> str:
    """A text as a cell can hold it."""
    return (value.translate(_UNWRITABLE) if _TO_REPLACE(value) else value)[:_LONGEST_CELL]


class Sheet:
    """One sheet with a frozen head. Text cells are text whatever they begin with; numbers and days keep their type."""

    def __init__(
        self, file: IO[bytes], title: str, head: Sequence[str], *, widths: Sequence[int] = ()
    ) -> None:
        # Here, because only one page of many writes a workbook, and every process of pages would wait for the import.
        import xlsxwriter

        from gongwei.interfaces.excel.repeated_cells import RepeatedCells

        self._book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
        self._sheet = self._book.add_worksheet(title[:31], RepeatedCells)
        bold = self._book.add_format({"bold": True, "bg_color": "#E3F0EE"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        for column, heading in enumerate(head):
            self._sheet.write_string(0, column, text(heading), bold)
            self._sheet.set_column(column, column, widths[column] if column < len(widths) else 16)
        self._sheet.freeze_panes(1, 1)
        self._row = 0

    def add(self, cells: Sequence[Cell]) -> None:
        """Add a row."""
        self._row += 1
        for column, value in enumerate(cells):
            write(self._sheet, self._row, column, value, self._day)

    def close(self) -> None:
        """Finish the file."""
        self._book.close()


def write(sheet: Any, row: int, column: int, value: Cell, day_format: Any, text_format: Any = None) -> None:
    """Write one cell in the type it has; a number of more than 15 digits as text, since Excel would round it."""
    if value is None or value == "":
        return
    if isinstance(value, str):
        sheet.write_string(row, column, text(value), text_format)
    elif isinstance(value, dt.datetime):
        sheet.write_string(row, column, value.isoformat(" ", "minutes"), text_format)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, column, dt.datetime(value.year, value.month, value.day), day_format)
    elif isinstance(value, bool) or abs(value) >= 10**15:
        sheet.write_string(row, column, str(value), text_format)
    else:
        sheet.write_number(row, column, value, text_format)
