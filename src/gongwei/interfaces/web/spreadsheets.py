"""A workbook of one sheet, written row by row with little memory."""

from collections.abc import Sequence
from typing import IO


class Sheet:
    """One sheet with a frozen head. Every cell is text: nothing is ever read as a formula or a rounded number."""

    def __init__(self, file: IO[bytes], title: str, head: Sequence[str]) -> None:
        # Here, because only one page of many writes a workbook, and every process of pages would wait for the import.
        import xlsxwriter

        self._book = xlsxwriter.Workbook(file, {"constant_memory": True})
        self._sheet = self._book.add_worksheet(title)
        bold = self._book.add_format({"bold": True, "bg_color": "#E3F0EE"})
        for column, text in enumerate(head):
            self._sheet.write_string(0, column, text, bold)
        self._sheet.set_column(0, len(head), 16)
        self._sheet.freeze_panes(1, 1)
        self._row = 0

    def add(self, cells: Sequence[str]) -> None:
        """Add a row."""
        self._row += 1
        for column, text in enumerate(cells):
            self._sheet.write_string(self._row, column, text)

    def close(self) -> None:
        """Finish the file."""
        self._book.close()
