"""人口与任务数 as one sheet: a row for each area with the number in use, filled in and sent back."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from python_calamine import CalamineError, CalamineWorkbook

from gongwei.base.problems import Refused, Several
from gongwei.interfaces.excel import cells, exports, files
from gongwei.measures import populations
from gongwei.measures.populations_keeping import Reported

HEAD = ("区划代码", "区划名称", "年度", "项目", "人数", "来源", "文件")
#: Columns a row cannot do without.
NEEDED = ("区划代码", "年度", "项目", "人数")
#: A heading row is looked for in so many rows; so many wrong rows are told.
SEARCHED, TOLD = 5, 20


def write(rows: Iterable[Sequence[str | int | None]]) -> bytes:
    """The sheet with a line for each area: code, name, year, kind, number in use, source, document."""
    return exports.rows_workbook("人口与任务数", HEAD, rows)


def read(content: bytes) -> list[Reported]:
    """The rows with a number; rows without one are left out.

    Raises:
        Refused: no workbook, or no sheet with these headings. Several: what is wrong, each with its row.
    """
    sheets = files.examine(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for sheet in (each for each in sheets if each.visible):
            rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            columns, first = _heading(rows)
            if columns:
                return _reported(rows, columns, first)
    except (CalamineError, OSError, ValueError) as error:
        raise Refused("文件已损坏，不能读取。", field="file", code="damaged") from error
    raise Refused(
        f"没有找到标题行，应有：{'、'.join(NEEDED)}。",
        field="file",
        code="no_heading",
        hint="请在下载的表中填写后上传。",
    )


def _heading(rows: Sequence[Sequence[cells.Raw]]) -> tuple[dict[str, int], int]:
    for number, row in enumerate(rows[:SEARCHED]):
        said = [cells.shown(each).strip() for each in row]
        if all(name in said for name in NEEDED):
            return {name: said.index(name) for name in HEAD if name in said}, number + 1
    return {}, 0


def _reported(rows: Sequence[Sequence[cells.Raw]], columns: dict[str, int], first: int) -> list[Reported]:
    kinds = {title: code for code, title in populations.KINDS.items()}
    found: list[Reported] = []
    wrong: list[Refused] = []
    for number, row in enumerate(rows[first:], start=first + 1):
        said = {
            name: cells.shown(row[place]).strip() if place < len(row) else ""
            for name, place in columns.items()
        }
        if not said["人数"]:
            continue
        code, year, value = (_whole(said[name]) for name in ("区划代码", "年度", "人数"))
        kind = kinds.get(said["项目"]) or (said["项目"] if said["项目"] in populations.KINDS else None)
        for name, known in (("区划代码", code), ("年度", year), ("人数", value), ("项目", kind)):
            if known is None:
                wrong.append(
                    Refused(f"第{number}行“{name}”为“{said[name]}”，不能识别。", field="file", code="cell")
                )
        if code is not None and year is not None and value is not None and kind is not None:
            source, document = said.get("来源", "")[:100], said.get("文件", "")[:200]
            found.append(Reported(kind, code, year, value, source, document))
    if wrong:
        raise Several(wrong[:TOLD])
    if not found:
        raise Refused("没有填写人数的行。", field="file", code="no_rows")
    return found


def _whole(text: str) -> int | None:
    plain = text.replace(",", "").replace("，", "")
    plain = plain.removesuffix(".0")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 12 else None
