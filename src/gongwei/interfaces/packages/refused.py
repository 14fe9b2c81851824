"""The rows of a package that were not written, in one workbook: a sheet for each source, in its own columns, with the reason.

A hidden row names the kind and the fields, so that what was mended can be brought in again as it is; old codes that a mapping
file translates stand there translated.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.interfaces.excel import files, headings, layouts, returned, sheets, staging
from gongwei.interfaces.excel.cells import shown
from gongwei.interfaces.excel.models import Package, Upload, UploadRow

State = UploadRow.State
EXTRA = ("原因", "原文件", "原表行号")
_STATES = [State.REJECTED.value, State.WAITING.value]
_LONGEST_NAME = 31
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def count(package: Package) -> int:
    """How many rows the workbook would hold."""
    return UploadRow.objects.filter(upload__package=package, state__in=_STATES).count()


def write(by: Actor, package: Package, path: Path) -> int:
    """Write the workbook to a file and return how many rows it holds; the act is audited."""
    import xlsxwriter  # here, since only this file of many needs it

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False})
    formats = {
        "head": book.add_format({"bold": True, "bg_color": "#E3F0EE"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "wrong": book.add_format({"bg_color": "#FCE4E4"}),
    }
    names: set[str] = set()
    total = 0
    for upload in Upload.objects.filter(package=package).order_by("position"):
        writer: _Sheet | None = None
        for row in _rows(upload):
            if writer is None or writer.full:
                writer = _Sheet(book, formats, upload, _name(upload, names))
            writer.add(row)
            total += 1
    if not total:
        book.add_worksheet("没有未写入的行")
    book.close()
    audit.record(
        by=by,
        action="download",
        subject_kind="package",
        subject_id=package.id,
        area_key=package.area_key,
        detail={"rows": total},
        at=clock.now(),
    )
    return total


def _rows(upload: Upload) -> Iterator[UploadRow]:
    rows = UploadRow.objects.filter(upload=upload, state__in=_STATES).order_by("position")
    return rows.iterator(chunk_size=2_000)


def _name(upload: Upload, taken: set[str]) -> str:
    """A sheet's name: the kind's title, so that it is told again, with a number where there are several."""
    title = dict(layouts.every()).get(upload.code) or Path(upload.file_name).stem or "未识别"
    title = title.translate(_FORBIDDEN).strip("' ")[: _LONGEST_NAME - 4] or "未识别"
    name, number = title, 1
    while name.lower() in taken:
        number += 1
        name = f"{title}_{number}"
    taken.add(name.lower())
    return name


class _Sheet:
    """One sheet of the workbook, for one source."""

    def __init__(self, book: Any, formats: dict[str, Any], upload: Upload, name: str) -> None:
        self._sheet = book.add_worksheet(name)
        self._formats, self._upload = formats, upload
        self._plan = headings.Plan(**upload.sheets[0])
        self._kept = [n for n, each in enumerate(self._plan.columns) if each or self._plan.headings[n]]
        self._row = 0
        if upload.code:
            known = [self._plan.columns[n] for n in self._kept]
            for column, text in enumerate([layouts.in_package(upload.code).mark, "", "", *known]):
                if text:
                    self._sheet.write_string(0, column, text)
            self._sheet.set_row(0, None, None, {"hidden": True})
            self._row = 1
        for column, text in enumerate([*EXTRA, *(self._heading(n) for n in self._kept)]):
            self._sheet.write_string(self._row, column, sheets.text(text), formats["head"])
        self._sheet.set_column(0, 0, 48)
        self._sheet.set_column(1, len(self._kept) + len(EXTRA) - 1, 16)
        self._sheet.freeze_panes(self._row + 1, 1)

    def _heading(self, column: int) -> str:
        text = self._plan.headings[column]
        if text or not self._upload.code:
            return text
        known = layouts.in_package(self._upload.code).by_identifier.get(self._plan.columns[column])
        return known.heading if known else ""

    @property
    def full(self) -> bool:
        """Whether no further row could be brought in again."""
        return self._row >= files.MOST_ROWS - 2

    def add(self, row: UploadRow) -> None:
        """Add a row with its reasons."""
        self._row += 1
        line = staging.lines([row])[0]
        problems = staging.problems_of(row)
        wrong = {
            each["identifier"] for each in problems if each["severity"] == "block" and each["identifier"]
        }
        told = [
            returned.told(row, problems),
            self._upload.file_name,
            f"{self._plan.name} 第{row.number}行".strip(),
        ]
        for column, text in enumerate(told):
            self._sheet.write_string(self._row, column, sheets.text(text), self._formats["wrap"])
        for column, n in enumerate(self._kept, len(EXTRA)):
            raw = line.cells[n] if n < len(line.cells) else None
            identifier = self._plan.columns[n]
            raw = self._upload.options.get(identifier, {}).get(shown(raw).strip(), raw)
            if isinstance(raw, bool):
                raw = "TRUE" if raw else "FALSE"
            marked = self._formats["wrong"] if identifier in wrong else None
            sheets.write(self._sheet, self._row, column, raw, self._formats["day"], marked)
