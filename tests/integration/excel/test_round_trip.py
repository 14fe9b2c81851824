"""R14: what is exported and imported again is the same. Also: text that looks like a formula leaves as text."""

import datetime as dt
import io
import random
from decimal import Decimal

import openpyxl
import pytest
from tests.integration.excel.test_uploads import applied, told, uploaded
from tests.integration.records.conftest import follow_up, resident

from gongwei.base import scope
from gongwei.base.ids import uuid7
from gongwei.interfaces.excel import exporting, exports, layouts, templates
from gongwei.records import answers, bulk, columns, definitions
from gongwei.records.models import Response
from gongwei.residents.models import Resident

FORM = "htn_follow_up"
RESIDENTS = 1_000


def state():
    """Everything the live follow-ups say, without ids."""
    form = definitions.of(FORM).form
    rows = columns.model_for(FORM).objects.filter(live=True).select_related("response__encounter", "resident")
    return sorted(
        (
            (
                row.resident.record_no, row.done_on, answers.from_columns(form, row), row.response.outcome,
                row.response.encounter.mode, row.response.encounter.organization_id,
                row.response.encounter.practitioner_id,
            )
            for row in rows
        ),
        key=lambda each: each[:2],
    )  # fmt: skip


@pytest.mark.timeout(900)
def test_export_then_import_is_the_identity(scene, at):
    dice = random.Random(7)
    people = [resident(scene.world, number=100 + n, name="居民" + chr(0x4E00 + n)) for n in range(RESIDENTS)]
    rows = []
    for person in people:
        told_of = follow_up(
            scene,
            systolic=dice.choice([118, 138, 152, 184]),
            weight=dice.choice([None, Decimal("65.5"), Decimal("80.0")]),
            symptoms=dice.choice([["1"], ["2", "8"], ["10"]]),
            symptoms_other="=cmd|' /C calc'!A0；a：b\\n",
            referral_to="县医院；心内科",
            signs_other=dice.choice([None, "+1", "@x", "-1", "“引号”"]),
            note="第一行\n第二行",
            medications=[
                {"name": "药；名：\\一", "times_a_day": 2, "dose": Decimal("0.50"), "dose_unit": "1"},
                {"name": "=SUM(A1)", "times_a_day": 1, "dose": 10, "dose_unit": "2"},
            ][: dice.choice([1, 2])],
        )
        values, wrong = answers.read(definitions.of(FORM).form, told_of)
        assert wrong == []
        day = dt.date(2024, 1, 1) + dt.timedelta(days=dice.randrange(500))
        mode = dice.choice(["outpatient", "home", "phone"])
        rows.append(
            bulk.Row(
                uuid7(), person.pk, day, mode, values, scene.doctor.organization_id, scene.practitioner.pk
            )
        )
    verdicts = bulk.record(by=scene.clerk, at=at, form_code=FORM, rows=rows)
    assert sum(each.accepted for each in verdicts) > 900, [
        each.refusals for each in verdicts if each.refusals
    ][:2]
    before = state()
    file = io.BytesIO()
    assert exporting.write(scene.clerk, file, FORM) == len(before)
    # Withdrawn as wrong entries, so that the import has to make each of them anew.
    Response.objects.update(status="entered_in_error", error_at=at, error_by=uuid7(), error_reason="往返测试")
    columns.model_for(FORM).objects.update(live=False)
    assert state() == []
    upload = uploaded(scene, at, file.getvalue())
    assert told(upload) == []
    applied(scene, at, upload)
    assert state() == before


def test_what_looks_like_a_formula_leaves_as_text():
    content = exports.rows_workbook(
        "清单", ["姓名", "备注"], [["=1+1", "+86"], ["@a", "-1"], ["王\x00某", 12]]
    )
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        ["=1+1", "+86"],
        ["@a", "-1"],
        ["王\ufffd某", 12],
    ]
    assert {cell.data_type for row in sheet.iter_rows(min_row=2, max_row=3) for cell in row} == {"s"}


def test_every_form_has_a_template_with_headings_lists_and_comments(scene):
    for code, _ in layouts.codes_with_layout():
        book = openpyxl.load_workbook(io.BytesIO(templates.workbook(code)))
        sheet, layout = book.worksheets[0], layouts.of(code)
        assert sheet.row_dimensions[1].hidden
        assert [cell.value for cell in sheet[1]] == [
            layout.mark,
            *(each.identifier for each in layout.columns),
        ]
        assert [cell.value for cell in sheet[2]][1:] == [each.heading for each in layout.columns]
        assert all(cell.comment for cell in sheet[2][1:])
        lists = [each for each in layout.columns if each.limits.options]
        ranges = [each for each in layout.columns if each.limits.between and not each.limits.options]
        assert len(sheet.data_validations.dataValidation) == len(lists) + len(ranges)
        assert book.sheetnames[1:] == [templates.OPTIONS_SHEET, templates.NOTES_SHEET]


def test_an_export_is_written_to_the_access_log_and_shows_no_full_number(scene, at):
    from gongwei.base.models import AuditEntry

    rows = [bulk.Row(uuid7(), scene.resident.pk, dt.date(2025, 3, 1), "home", answers.read(definitions.of(FORM).form, follow_up(scene))[0])]  # fmt: skip
    bulk.record(by=scene.clerk, at=at, form_code=FORM, rows=rows)
    file = io.BytesIO()
    with scope.acting(scene.clerk):
        exporting.write(scene.clerk, file, FORM, dt.date(2025, 1, 1), dt.date(2025, 12, 31))
    entry = AuditEntry.objects.get(action="export")
    assert entry.detail["ids"] == [str(scene.resident.pk)]
    other = io.BytesIO()
    assert exporting.write(scene.far, other, FORM) == 0
    assert Resident.objects.count() >= 1
