"""Files as other systems write them, made for a test, and what the reading of packages finds in them."""

import io
import zipfile

import openpyxl

from gongwei.interfaces.excel import sources

FORM = "htn_follow_up"

HEAD = ["档案编号", "姓名", "证件号码", "随访日期", "收缩压（mmHg）", "舒张压（mmHg）", "随访医生签名"]

ROW = ["660101101101000123", "王建国", "660101196101010011", "2025-03-10", "138", "88", "李医生"]


def csv_of(rows, encoding="utf-8", separator=",", end="\r\n"):
    return end.join(separator.join(row) for row in rows).encode(encoding)


def book(sheets, change=None):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    if change:
        change(made)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def zipped(names, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return file.getvalue()


def folder(tmp_path, names):
    for name, content in names.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def read(package, name="", mapping=None):
    """[(path, sheet, kind or why not, rows as {identifier: shown}, what was set aside)] of a package, and its notes."""
    found = []
    with sources.opened(package, name=name, mapping=mapping) as opened:
        for source in opened:
            if source.problem:
                found.append((source.path, source.sheet, source.problem.code, [], []))
                continue
            said = sources.told(source, opened.mapping)
            if not isinstance(said, sources.Told):
                found.append((source.path, source.sheet, said, [], []))
                continue
            rows = []
            for row in source.rows(said.plan):
                pairs = zip(said.plan.columns, row.cells, strict=False)
                values = {
                    identifier: cell for identifier, cell in pairs if identifier and cell not in (None, "")
                }
                rows.append(values | ({"!": row.problem} if row.problem else {}))
            aside = [(each.number, each.reason) for each in source.aside.named]
            found.append((source.path, source.sheet, said.kind, rows, aside))
        return found, opened.notes


def only(package, name=f"{FORM}.csv", mapping=None):
    found, _ = read(package, name, mapping)
    assert len(found) == 1
    return found[0]
