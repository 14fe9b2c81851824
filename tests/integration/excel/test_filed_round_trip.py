"""R14 for 建档: what is exported and sent back changes nothing, and a system that does not know the residents files the same."""

import datetime as dt
import io
import random

import openpyxl
import pytest
from django.db import transaction
from tests.integration.excel import workbooks
from tests.integration.excel.test_uploads import applied, states, told, uploaded
from tests.integration.records.conftest import SIBLING

from gongwei.base import jobs, scope
from gongwei.base.models import AuditEntry, Change
from gongwei.interfaces.excel import exporting, layouts, staging, templates
from gongwei.interfaces.excel.models import UploadRow
from gongwei.places import policy
from gongwei.residents import identity, operations, profile
from gongwei.residents.models import Resident

HOW_MANY = 40
FILED_ON = dt.date(2024, 5, 6)


def typed(scene, number, dice):
    """A profile as a clerk types it, with everything a sheet can say now and then."""
    born = dt.date(1940 + number % 60, 1 + number % 12, 1 + number % 28)
    digits = f"660101{born:%Y%m%d}{number:03d}"
    said = {
        "name": "孙" + chr(0x4E00 + number),
        "id_number": digits + identity.check_character(digits),
        "area": str(SIBLING),
        "residence_type": dice.choice(["1", "2"]),
        "phone": f"139{number:08d}",
        "address": f"东巷{number}号",
        "contact_name": "孙大",
        "contact_phone": f"138{number:08d}",
        "responsible_doctor": str(scene.practitioner.pk),
    }
    more = {
        "employer": "=第一小学；“东”校",
        "contact_relation": "父子",
        "hukou_area_code": "660101",
        "hukou_address": "西街1号\t二楼",
        "resident_since": "2001-02-03",
    }
    said |= {name: value for name, value in more.items() if dice.random() < 0.5}
    if number % 10 == 7:
        del said["id_number"]
        said |= {"no_id_reason": "正在补办", "sex": "2", "birth_date": born.isoformat()}
    return said


def file_residents(scene, at):
    dice = random.Random(3)
    with scope.acting(scene.clerk):
        for number in range(1, HOW_MANY + 1):
            operations.register_resident(
                by=scene.clerk, at=at, profile=typed(scene, number, dice), filed_on=FILED_ON.isoformat()
            )


def on_file():
    """Every item of everybody filed here, with the day of filing, without ids and record numbers."""
    rows = Resident.objects.filter(name__startswith="孙").order_by("name")
    return [(profile.texts(each), each.filed_on, each.status) for each in rows]


def exported(by, purpose=""):
    file = io.BytesIO()
    count = exporting.write(by, file, layouts.RESIDENTS, FILED_ON, FILED_ON, purpose=purpose)
    return count, file.getvalue()


def test_an_export_sent_back_changes_nothing(scene, at):
    file_residents(scene, at)
    before, changes = on_file(), Change.objects.count()
    count, content = exported(scene.clerk)
    assert count == HOW_MANY
    upload = uploaded(scene, at, content, code=layouts.RESIDENTS)
    assert states(upload) == ["existing"] * HOW_MANY
    assert [staging.problems_of(row) for row in UploadRow.objects.filter(upload=upload)] == [[]] * HOW_MANY
    upload = applied(scene, at, upload)
    assert upload.counts == {"total": HOW_MANY, "existing": HOW_MANY}
    assert on_file() == before
    assert Change.objects.count() == changes


def test_another_system_files_the_same_residents(scene, at):
    with transaction.atomic():
        file_residents(scene, at)
        before = on_file()
        _, content = exported(scene.clerk, purpose="迁移到新系统")
        transaction.set_rollback(True)
    assert len(before) == HOW_MANY
    assert on_file() == []
    upload = uploaded(scene, at, content, code=layouts.RESIDENTS)
    assert told(upload) == []
    assert set(states(upload)) == {"questioned"}  # each is told that it will have a number of this system
    upload = applied(scene, at, upload)
    assert upload.counts == {"total": HOW_MANY, "applied": HOW_MANY}
    assert on_file() == before


def test_what_differs_is_named_and_not_taken_over(scene, at):
    file_residents(scene, at)
    before = on_file()
    book = openpyxl.load_workbook(io.BytesIO(exported(scene.clerk)[1]))
    columns = workbooks.columns_of(layouts.RESIDENTS)
    sheet = book.worksheets[0]
    sheet.cell(templates.FIRST_ROW, columns["=phone"], "13700000000")
    sheet.cell(templates.FIRST_ROW, columns["=address"], "别处")
    sheet.cell(templates.FIRST_ROW + 1, columns["=name"], "李四")
    sheet.cell(templates.FIRST_ROW + 2, columns["=record_no"], "66010100100100001")
    upload = uploaded(scene, at, workbooks.saved(book), code=layouts.RESIDENTS)
    assert states(upload)[:4] == ["existing", "rejected", "rejected", "existing"]
    assert [each[1:] for each in told(upload)] == [("=name", "other_name"), ("=id_number", "masked")]
    said = staging.problems_of(UploadRow.objects.get(upload=upload, position=1))
    assert [each["severity"] for each in said] == ["warn"]
    assert "本人电话、现住址" in said[0]["reason"]
    applied(scene, at, upload)
    assert on_file() == before


def test_numbers_leave_masked_unless_a_purpose_is_given_by_who_may_see_them(scene, at):
    file_residents(scene, at)
    numbers = [each[0] for each in on_file()]

    def said_in(content):
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        return {str(cell.value) for row in sheet.iter_rows(min_row=3) for cell in row if cell.value}

    private = {each[name] for each in numbers for name in ("id_number", "phone", "contact_phone")} - {""}
    assert said_in(exported(scene.clerk)[1]) & private == set()
    assert "reason" not in AuditEntry.objects.filter(action="export").latest("at").detail
    assert said_in(exported(scene.clerk, purpose="迁移到新系统")[1]) >= private
    detail = AuditEntry.objects.filter(action="export").order_by("id").last().detail
    assert (detail["whole_numbers"], detail["reason"]) == (True, "迁移到新系统")
    director = scene.world.actor("township_director@centre")
    assert policy.may(director, policy.EXPORT)
    with pytest.raises(policy.Forbidden):
        exported(director, purpose="看看")


def test_the_purpose_reaches_the_job(scene, at):
    file_residents(scene, at)
    run = jobs.enqueue(
        exporting.export_form, by=scene.clerk, code=layouts.RESIDENTS, first=None, last=None, purpose="迁移"
    )
    assert jobs.run_now(run.id).state == "succeeded"
    assert AuditEntry.objects.filter(action="export").order_by("id").last().detail["reason"] == "迁移"


def test_an_export_has_the_headings_of_the_template(scene, at):
    for code, _ in layouts.codes_with_layout():
        file = io.BytesIO()
        exporting.write(scene.clerk, file, code)
        ours, theirs = (
            openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
            for content in (file.getvalue(), templates.workbook(code))
        )
        heads = [
            [[cell.value for cell in row] for row in sheet.iter_rows(max_row=2)] for sheet in (ours, theirs)
        ]
        assert heads[0] == heads[1]
        assert len(heads[0][0]) > 10
