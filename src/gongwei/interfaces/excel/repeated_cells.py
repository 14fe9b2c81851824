"""A worksheet that writes out equal cells once: in a sheet of records the same few texts and numbers stand ten thousand times.

The library writes each cell's XML anew, which takes longer than fetching the records. Here its own text of a cell is kept and
used again with another place; a cell not met before is written by the library itself.
"""

from io import StringIO
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell_fast
from xlsxwriter.worksheet import Worksheet

#: So many different cells of so many characters are remembered.
MOST, LONGEST = 20_000, 100


class RepeatedCells(Worksheet):  # type: ignore[misc]
    """Use as `add_worksheet(name, RepeatedCells)` in a workbook of constant memory, where text stands in the cells."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[tuple[Any, ...], str] = {}

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        kind = cell.__class__.__name__
        if kind == "String":
            value = cell.string
        elif kind in ("Number", "Datetime"):
            # 0, 0.0 and Decimal("0.0") are equal, and each is written otherwise.
            value = repr(cell.number)
        else:
            super()._write_cell(row, col, cell)
            return
        # Without a format of its own a cell has that of its row or column.
        key = (kind, value, cell.format or (col, row in self.row_info and row))
        place = xl_rowcol_to_cell_fast(row, col)
        rest = self._known.get(key)
        if rest is None:
            rest = self._written(row, col, cell, place)
            if len(self._known) < MOST and (kind != "String" or len(value) <= LONGEST):
                self._known[key] = rest
        self.fh.write(f'<c r="{place}"{rest}')

    def _written(self, row: int, col: int, cell: Any, place: str) -> str:
        """What the library writes of a cell behind its place. Raises RuntimeError when it begins otherwise."""
        file, self.fh = self.fh, StringIO()
        try:
            super()._write_cell(row, col, cell)
            text: str = self.fh.getvalue()
        finally:
            self.fh = file
        head = f'<c r="{place}"'
        if not text.startswith(head):
            raise RuntimeError("the library writes cells in another way; see RepeatedCells")
        return text[len(head) :]
