"""The rows of a sheet: every row that holds anything, with its number, below the heading; and a whole workbook of one form."""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from python_calamine import CalamineError, CalamineWorkbook

from gongwei.base.problems import Refused
from gongwei.interfaces.excel import cells, delimited, files, headings, merged_cells
from gongwei.interfaces.excel.cells import Raw
from gongwei.interfaces.excel.headings import Plan
from gongwei.interfaces.excel.layouts import Layout

#: What stands in a cell whose formula failed; the reader itself would give an empty cell and lose it silently.
FAILED_FORMULA = "#VALUE!"
#: Rows looked at to find the heading: one more than may hold it, since a heading may take two.
HEAD_ROWS = headings.SEARCHED_ROWS + 2
_TOTAL = re.compile(r"(本页|本表|全[县乡镇村])?(合计|总计|小计|共计)([:：]?[\d,.]*[人户份条次名]?)?")
_NUMBER = re.compile(r"[-+]?[\d,]+(\.\d+)?%?")
#: Rows that are no rows are named one by one up to here; beyond they are counted.
NAMED_LEFT_OUT = 1_000


@dataclass(slots=True)
class RawRow:
    """One row as it stands in the sheet. `number` counts from 1 as Excel does; `problem`: why it cannot be split into cells."""

    sheet: int
    number: int
    cells: list[Raw]
    problem: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A row that is no row of data: where it stands, why, what it says."""

    number: int
    reason: str
    text: str


@dataclass
class Aside:
    """Rows that are no rows, as they are met: a sum, a heading that is repeated. `named` holds the first of them."""

    count: int = 0
    named: list[LeftOut] = field(default_factory=list)

    def note(self, number: int, reason: str, row: Sequence[Raw]) -> None:
        """Note a row."""
        self.count += 1
        if len(self.named) < NAMED_LEFT_OUT:
            text = " ".join(cells.shown(each).strip() for each in row if not cells.is_empty(each))
            self.named.append(LeftOut(number, reason, text[:200]))


class Table(Protocol):
    """An opened sheet."""

    #: Whether rows may be broken by a separator nobody quoted.
    splits: bool

    def trims(self, width: int) -> bool:
        """Whether empty cells at the end of a row are left away, under a heading of so many cells."""

    def head(self, count: int = HEAD_ROWS) -> list[list[Raw]]:
        """The first rows; what several cells are merged to stands in each of them."""

    def rows(self, first: int) -> Iterator[list[Raw]]:
        """The rows from one on (from 0); what cells of one column are merged to stands in each of them."""


class WorkbookTable:
    """A sheet of an Excel file. `sheet` is the reader's; `errors` the cells whose formula failed."""

    splits = False

    def __init__(self, sheet: Any, errors: frozenset[str]) -> None:
        self._sheet = sheet
        self._left = sheet.start[1] if sheet.start else 0
        self._merged = sorted(sheet.merged_cell_ranges or [])
        self._errors: dict[int, list[int]] = {}
        for place in errors:
            row, column = merged_cells.place_of(place)
            self._errors.setdefault(row, []).append(column)

    def trims(self, width: int) -> bool:
        """See `Table`: a workbook has no row that is broken."""
        return True

    def _all(self) -> Iterator[list[Raw]]:
        if self._sheet.start is None:
            return
        pad: list[Raw] = [""] * self._left
        for number, row in enumerate(self._sheet.iter_rows()):
            if pad:
                row = [*pad, *row]
            for column in self._errors.get(number, ()):
                if column < len(row):
                    row[column] = FAILED_FORMULA
            yield row

    def head(self, count: int = HEAD_ROWS) -> list[list[Raw]]:
        """See `Table`."""
        return merged_cells.head(list(islice(self._all(), count)), self._merged)

    def rows(self, first: int) -> Iterator[list[Raw]]:
        """See `Table`."""
        return merged_cells.down(self._all(), self._merged, first)


class TextTable:
    """A delimited text file."""

    splits = True

    def __init__(self, opener: delimited.Opener, proof: delimited.Proof) -> None:
        self._opener, self._proof, self.trims = opener, proof, proof.trims
        self.encoding = delimited.TITLES[proof.encoding]

    def _all(self) -> Iterator[list[Raw]]:
        # A first line that only names the separator is still a row to whoever counts in Excel.
        yield from [[] for _ in range(self._proof.skipped)]
        yield from delimited.rows(self._opener, self._proof)

    def head(self, count: int = HEAD_ROWS) -> list[list[Raw]]:
        """See `Table`."""
        return list(islice(self._all(), count))

    def rows(self, first: int) -> Iterator[list[Raw]]:
        """See `Table`."""
        yield from islice(self._all(), first, None)


def data_rows(table: Table, plan: Plan, aside: Aside) -> Iterator[RawRow]:
    """The rows of data below the heading; what is none is noted in `aside`, a row that is broken carries its `problem`."""
    used = [column for column, identifier in enumerate(plan.columns) if identifier]
    width = len(plan.columns)
    beside = [
        column
        for column, heading in enumerate(plan.headings)
        if heading and not plan.columns[column] and not headings.is_empty_word(heading)
    ]
    trims = table.trims(width)
    repeated = {column: _parts(plan.headings[column]) for column in used if plan.headings[column]}
    titles = _titles(table.head(plan.heading_row + 1)[: plan.heading_row])
    # Only rows that begin with one of these words are looked at twice.
    starts = titles | {part.strip() for heading in plan.headings for part in (heading, *heading.split("/"))}
    for number, row in enumerate(table.rows(plan.first_row), plan.first_row + 1):
        first = next((cell for cell in row if not cells.is_empty(cell)), None)
        if first is None:
            continue
        if isinstance(first, str) and ("计" in first or first.strip() in starts):
            why = _no_row(row, first, repeated, titles)
            if why:
                aside.note(number, why, row)
                continue
        # What stands beside the known columns makes no row by itself, neither does a running number.
        if not any(column < len(row) and not cells.is_empty(row[column]) for column in used):
            if any(column < len(row) and not cells.is_empty(row[column]) for column in beside):
                aside.note(number, "各已对应的列都为空", row)
            continue
        yield RawRow(plan.place, number, row[:width], _broken(row, width, trims) if table.splits else "")


def _parts(heading: str) -> set[str]:
    return {headings.plain(each) for each in (heading, *heading.split("/"))}


def _titles(rows: Sequence[Sequence[Raw]]) -> set[str]:
    """What stands alone in a row above the heading: a long export prints it again on each page."""
    found = set()
    for row in rows:
        said = {each.strip() for each in row if isinstance(each, str) and each.strip()}
        if len(said) == 1:
            found |= said
    return found


def _no_row(row: Sequence[Raw], first: str, repeated: Mapping[int, set[str]], titles: set[str]) -> str:
    """Why a row is none: a sum, the heading again, the title again; "" when it is one."""
    others = [cell for cell in row if not cells.is_empty(cell) and cell is not first]
    if _TOTAL.fullmatch(cells.narrow(first, "").replace(" ", "")) and all(
        _is_number(each) for each in others
    ):
        return "合计行"
    if first.strip() in titles and not others:
        return "重复的表名"
    said = [
        (column, row[column]) for column in repeated if column < len(row) and not cells.is_empty(row[column])
    ]
    if said and all(
        isinstance(cell, str) and headings.plain(cell) in repeated[column] for column, cell in said
    ):
        return "重复的标题行"
    return ""


def _is_number(raw: Raw) -> bool:
    return isinstance(raw, int | float) or (
        isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()) is not None and len(raw.strip()) < 15
    )


def _broken(row: Sequence[Raw], width: int, trims: bool) -> str:
    extra = [cell for cell in row[width:] if not cells.is_empty(cell)]
    if extra:
        return f"这一行有{len(row)}列，多于标题的{width}列，可能是单元格内的分隔符没有加引号，各列对不上"
    if len(row) < width and not trims:
        return f"这一行只有{len(row)}列，少于标题的{width}列，可能是单元格内的换行没有加引号，各列对不上"
    return ""


@dataclass
class Book:
    """A workbook that was read: plans of the sheets that hold data, their rows, what the uploader should know."""

    plans: list[Plan] = field(default_factory=list)
    rows: list[RawRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unknown: list[Plan] = field(default_factory=list)


def tables(content: bytes) -> Iterator[tuple[files.Sheet, Callable[[], Table]]]:
    """The visible sheets of a file held in memory that are not our own options and instructions.

    Raises Refused for a file that cannot be read.
    """
    sheets = files.examine(content, text=True)
    if files.kind_of(content[:4000]) == files.TEXT:
        yield sheets[0], lambda: text_table(lambda: io.BytesIO(content))
        return
    with reader_errors():
        opened = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for sheet in sheets:
        if sheet.visible and not headings.is_ours_to_skip(sheet.name):
            yield sheet, _opened(opened, sheet)


def _opened(book: Any, sheet: files.Sheet) -> Callable[[], Table]:
    def table() -> Table:
        with reader_errors():
            return WorkbookTable(book.get_sheet_by_name(sheet.name), sheet.errors)

    return table


def text_table(opener: delimited.Opener) -> TextTable:
    """A delimited text file, proven. Raises Refused."""
    return TextTable(opener, delimited.prove(opener))


class reader_errors:
    """What the reader raises becomes Refused; its own panics too, which are no Exception."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: object) -> None:
        if (
            isinstance(error, CalamineError | OSError | ValueError)
            or type(error).__name__ == "PanicException"
        ):
            raise files.damaged() from error


def read(content: bytes, layout: Layout, mapping: Mapping[str, str] | None = None) -> Book:
    """Read a workbook or a text file of one kind. `unknown` are sheets whose columns a person must name first.

    Raises Refused for a file that cannot be read, is another form's template or holds no row.
    """
    book = Book()
    for sheet, table in tables(content):
        _sheet(book, sheet, table(), layout, mapping)
    if not book.rows and not book.unknown:
        raise Refused(
            "没有可以导入的行。",
            field="file",
            code="no_rows",
            hint="请从模板第3行起填写；数据应在未隐藏的工作表中。",
        )
    return book


def _sheet(
    book: Book, sheet: files.Sheet, table: Table, layout: Layout, mapping: Mapping[str, str] | None
) -> None:
    head = table.head()
    if (
        not any(not cells.is_empty(cell) for row in head for cell in row)
        and next((row for row in table.rows(0) if any(not cells.is_empty(cell) for cell in row)), None)
        is None
    ):
        return
    name = sheet.name or "文本"
    plan = headings.read(name, sheet.place, head, layout, mapping)
    if plan is None or headings.missing(plan, layout):
        book.unknown.append(plan or headings.fullest(name, sheet.place, head))
        return
    book.plans.append(plan)
    if plan.unused:
        book.notes.append(f"工作表“{name}”的以下列没有对应的数据项，未导入：{'、'.join(plan.unused)}。")
    aside = Aside()
    book.rows += data_rows(table, plan, aside)
    for each in aside.named[:20]:
        book.notes.append(
            f"工作表“{name}”第{each.number}行不是数据行，未导入（{each.reason}）：{each.text[:60]}"
        )
    if aside.count > 20:
        book.notes.append(f"工作表“{name}”共有{aside.count}行不是数据行，未导入。")
