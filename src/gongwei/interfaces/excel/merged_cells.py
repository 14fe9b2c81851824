"""What several cells are merged to, put into each of them: in the heading across and down, among the rows down only."""

from collections.abc import Iterable, Iterator, Sequence

from gongwei.interfaces.excel import cells
from gongwei.interfaces.excel.cells import Raw

#: Top left and bottom right, each as row and column from 0.
Merged = tuple[tuple[int, int], tuple[int, int]]


def place_of(cell: str) -> tuple[int, int]:
    """Row and column from 0 of a cell by its name (B7)."""
    letters = cell.rstrip("0123456789")
    column = 0
    for each in letters:
        column = column * 26 + ord(each) - 64
    return int(cell[len(letters) :]) - 1, column - 1


def head(rows: list[list[Raw]], merged: Iterable[Merged]) -> list[list[Raw]]:
    """The first rows of a sheet, filled in place."""
    for (top, left), (bottom, right) in merged:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        value = rows[top][left]
        for row in rows[top : bottom + 1]:
            for column in range(left, min(right + 1, len(row))):
                if cells.is_empty(row[column]):
                    row[column] = value
    return rows


def down(rows: Iterable[list[Raw]], merged: Sequence[Merged], first: int) -> Iterator[list[Raw]]:
    """The rows from one on (from 0), filled; `merged` sorted."""
    below = [each for each in merged if each[0][0] >= first and each[1][0] > each[0][0]]
    place, open_now = 0, []
    for number, row in enumerate(rows):
        if number < first:
            continue
        while place < len(below) and below[place][0][0] <= number:
            (top, left), (bottom, _) = below[place]
            if top == number and left < len(row) and not cells.is_empty(row[left]):
                open_now.append((bottom, left, row[left]))
            place += 1
        if open_now:
            open_now = [each for each in open_now if each[0] >= number]
            for _, column, value in open_now:
                if column < len(row) and cells.is_empty(row[column]):
                    row[column] = value
        yield row
