"""When the old system was told: kept beside the moment of the import, never in its place (ADR 0025)."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from tests.integration.packages import old_data

from gongwei.base import ids
from gongwei.interfaces.excel import headings, layouts, staging
from gongwei.interfaces.excel.models import UploadRow
from gongwei.records import answers, columns, definitions, exports
from gongwei.records import operations as records
from gongwei.records.models import Encounter, Response

FORM = "高血压患者随访服务记录表.csv"


@pytest.fixture
def folder(tmp_path):
    """One person with five follow-ups; of three it is said when they were entered, of one on an impossible day."""
    place = tmp_path / "老系统"
    people = old_data.people(1)
    name = people[0]["姓名"]
    old_data.write(place / "居民建档.csv", people)
    days = {
        "2024-09-10": "2024-09-11 15:30:22",
        "2024-10-10": "2024年11月20日",
        "2024-11-10": "",
        "2024-12-10": "2024-12-01",
        "2025-01-10": "不详",
    }
    old_data.write(
        place / FORM, [old_data.follow_up(1, name, day, 录入时间=entered) for day, entered in days.items()]
    )
    return place


def test_the_day_of_entry_is_kept_beside_the_moment_of_the_import(steps, folder, at):
    package = steps.checked(folder)
    assert steps.counts(package)[FORM] == {"total": 5, "accepted": 3, "questioned": 2}
    steps.applied(package)
    assert steps.counts(package)[FORM] == {"total": 5, "applied": 5}
    assert dict(Encounter.objects.values_list("done_on", "first_entered_on")) == {
        dt.date(2024, 9, 10): dt.date(2024, 9, 11),
        dt.date(2024, 10, 10): dt.date(2024, 11, 20),
        dt.date(2024, 11, 10): None,
        dt.date(2024, 12, 10): None,
        dt.date(2025, 1, 10): None,
    }
    assert set(Encounter.objects.values_list("source", "entered_at")) == {("package", at)}
    told = [
        each["reason"]
        for row in UploadRow.objects.filter(upload__file_name__endswith=FORM).order_by("position")
        for each in staging.problems_of(row)
    ]
    assert [each for each in told if "录入日期未采用" in each] == [
        "早于服务日期，或晚于今天，录入日期未采用",
        "“录入时间”“不详”不是日期，录入日期未采用",
    ]


def test_a_correction_made_here_was_entered_here(scene, steps, folder, at):
    steps.applied(steps.checked(folder))
    first = Response.objects.order_by("done_on").first()
    doctor = scene.world.actor("village_doctor@village_a")
    answers = answers_of(first) | {"systolic": 141}
    records.supersede_response(by=doctor, at=at, response_id=first.pk, answers=answers, reason="笔误")
    select = next(each for each in exports.EXPORTS if each.name == "responses").select
    with connection.cursor() as cursor:
        cursor.execute(select.replace("{only}", "true"))
        names = [each.name for each in exports._RESPONSES]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert sorted((each["done_on"], each["status"], each["moved_in"], each["first_entered_on"]) for each in rows)[:3] == [
        (dt.date(2024, 9, 10), "final", False, None),
        (dt.date(2024, 9, 10), "superseded", True, dt.date(2024, 9, 11)),
        (dt.date(2024, 10, 10), "final", True, dt.date(2024, 11, 20)),
    ]  # fmt: skip


def answers_of(response):
    """The answers of a kept follow-up."""
    form = definitions.of(response.form_code).form
    found = answers.from_columns(form, columns.model_for(response.form_code).objects.get(pk=response.pk))
    return {name: value for name, value in found.items() if name != "done_on"}


def test_only_a_package_may_say_when_something_was_entered(steps, folder):
    steps.applied(steps.checked(folder))
    kept = Encounter.objects.first()
    for source, day in (("import", kept.done_on), ("package", kept.done_on - dt.timedelta(days=1))):
        copy = Encounter.objects.get(pk=kept.pk)
        copy.pk, copy.source, copy.first_entered_on = ids.uuid7(), source, day
        with pytest.raises(IntegrityError, match="encounter_first_entered"), transaction.atomic():
            copy.save(force_insert=True)


def test_an_ordinary_upload_leaves_the_column_aside():
    rows = [["姓名", "证件号码", "随访日期", "录入日期", "收缩压（mmHg）"]]
    ordinary = headings.read("表", 0, rows, layouts.of("htn_follow_up"), None)
    assert ordinary.columns[3] == ""
    assert ordinary.unused == ["录入日期"]
    assert headings.read("表", 0, rows, layouts.in_package("htn_follow_up"), None).columns[3] == "@entered_on"
