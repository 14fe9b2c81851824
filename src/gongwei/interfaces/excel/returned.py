"""The file that goes back: the rows as they were sent, each with what is wrong in a column of its own, wrong cells marked."""

import io
from collections.abc import Iterator
from typing import Any

from gongwei.base.actors import Actor
from gongwei.interfaces.excel import headings, layouts, sheets, staging, templates
from gongwei.interfaces.excel.directory import Directory
from gongwei.interfaces.excel.models import Upload, UploadRow

WHERE, WHAT = "原表行号", "错误说明"


def workbook(by: Actor, upload: Upload, *, everything: bool = False) -> bytes:
    """The rejected rows (or all) of an upload in the columns of the template: mended, it can be uploaded again as it is."""
    file = io.BytesIO()
    layout = layouts.of(upload.code)
    filled = templates.Filled(file, layout, Directory(by), extra=(WHERE, WHAT))
    plans = {plan["place"]: headings.Plan(**plan) for plan in upload.sheets}
    many = len(plans) > 1
    for row in rows(upload, everything=everything):
        line = staging.lines([row])[0]
        plan = plans[row.sheet]
        values = {
            identifier: _cell(line.cells[place])
            for place, identifier in enumerate(plan.columns)
            if identifier and place < len(line.cells)
        }
        problems = staging.problems_of(row)
        wrong = frozenset(each["identifier"] for each in problems if each["severity"] == "block")
        where = f"{plan.name} 第{row.number}行" if many else f"第{row.number}行"
        filled.add(values, extra=(where, told(row, problems)), wrong=wrong)
    filled.close()
    return file.getvalue()


def rows(upload: Upload, *, everything: bool) -> Iterator[UploadRow]:
    """The rows that go back, in the order of the file."""
    found = UploadRow.objects.filter(upload=upload).order_by("position")
    if not everything:
        found = found.filter(state=UploadRow.State.REJECTED)
    return found.iterator(chunk_size=2000)


def told(row: UploadRow, problems: list[dict[str, str]]) -> str:
    """What is wrong with a row, in one cell: heading, reason, what to do; for a row without problems its state."""
    lines = []
    for each in problems:
        where = f"{each['column']}列“{each['heading']}”：" if each["column"] else ""
        end = f"。{each['hint']}" if each["hint"] else ""
        lines.append(f"{where}{each['reason']}{end}")
    return "\n".join(lines) or row.get_state_display()


def _cell(raw: Any) -> sheets.Cell:
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    return raw
