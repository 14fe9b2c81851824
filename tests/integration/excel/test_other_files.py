"""A clerk may upload delimited text and old workbooks as well: the same rows, the same states, the same file back."""

import datetime as dt

from tests.integration.excel import workbooks
from tests.integration.excel.test_uploads import applied, row_of, states, told, uploaded
from tests.unit.excel import old_books

from gongwei.interfaces.excel import cells, layouts
from gongwei.interfaces.excel.models import UploadRow
from gongwei.records import columns as tables
from gongwei.records.models import Response

FORM = workbooks.FORM


def rows_of(scene, people):
    """Headings of the template and three rows: one good, one with cells as the field writes them, one wrong."""
    good = row_of(scene, people["王建国"])
    messy = row_of(
        scene,
        people["李桂兰"],
        done_on="2025年3月11日 08:30",
        systolic="138mmHg",
        diastolic="８８",
        height="/",
        salt="1、轻",
    )
    wrong = row_of(scene, people["张秀英"], systolic="138kPa", done_on="25-3-11")
    columns = [
        each
        for each in layouts.of(FORM).columns
        if any(each.identifier in row for row in (good, messy, wrong))
    ]
    told = [[each.heading for each in columns]]
    told += [[row.get(each.identifier) for each in columns] for row in (good, messy, wrong)]
    return told


def as_text(rows, encoding):
    lines = [",".join('"' + cells.shown(cell).replace('"', '""') + '"' for cell in row) for row in rows]
    return "\r\n".join(lines).encode(encoding)


def check(scene, at, content, people):
    upload = uploaded(scene, at, content)
    assert upload.state == "checked", upload.problem
    assert [each if each == "rejected" else "good" for each in states(upload)] == [
        "good",
        "good",
        "rejected",
    ], told(upload)
    assert {(identifier, rule) for _, identifier, rule in told(upload)} == {
        ("systolic", "unit"),
        ("done_on", "shape"),
    }
    # What was read as nothing is said, not counted as a mistake.
    notes = {(kind["heading"], kind["reason"]) for kind in upload.kinds if kind["severity"] == "note"}
    assert ("身高（cm）", "填的是“/”，按未填读入") in notes
    applied(scene, at, upload)
    row = UploadRow.objects.get(upload=upload, position=2)
    assert row.state == "applied"
    record = tables.model_for(FORM).objects.get(pk=row.response_id)
    assert (record.systolic, record.diastolic, record.salt, record.height) == (138, 88, "1", None)
    assert Response.objects.get(pk=row.response_id).encounter.done_on == dt.date(2025, 3, 11)


def test_delimited_text(scene, at, people):
    check(scene, at, as_text(rows_of(scene, people), "gb18030"), people)


def test_a_broken_row_of_text_is_refused_whole(scene, at, people):
    rows = rows_of(scene, people)[:2]
    content = as_text([*rows, [*rows[1], "又一列"]], "utf-8")
    upload = uploaded(scene, at, content)
    assert states(upload)[1] == "rejected"
    assert ("", "broken_row") in {(identifier, rule) for _, identifier, rule in told(upload)}


def test_an_old_workbook(scene, at, people):
    check(scene, at, old_books.workbook({"随访": (rows_of(scene, people), [])}), people)
