"""A workbook on its way: checked without writing, written on a click, told row by row; nothing lost, nothing twice."""

import datetime as dt
import io

import openpyxl
import pytest
from tests.integration.excel import workbooks
from tests.integration.excel.conftest import own_number
from tests.integration.records.conftest import SIBLING

from gongwei.base import jobs, scope
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused
from gongwei.interfaces.excel import layouts, returned, staging, templates, uploading, uploads
from gongwei.interfaces.excel.models import ColumnMapping, Upload, UploadRow
from gongwei.places import policy
from gongwei.records import columns as tables
from gongwei.records.models import Encounter, Response
from gongwei.residents.models import Resident

FORM = workbooks.FORM


def row_of(scene, person=None, **changes):
    """A good row about somebody, with changes by identifier (`done_on=…`, or `**{"@name": …}`)."""
    values = dict(workbooks.GOOD, responsible_doctor=str(scene.practitioner.pk))
    if person is not None:
        values |= {"@record_no": person.record_no, "@name": Resident.objects.get(pk=person.pk).name}
    return values | changes


def uploaded(scene, at, content, by=None, code=FORM, **options):
    """Upload and check, as page and worker do."""
    by = by or scene.clerk
    with scope.acting(by):
        upload = uploads.receive_upload(
            by=by, at=at, code=code, file_name="随访.xlsx", content=content, **options
        )
    return checked(upload)


def checked(upload):
    """Run the latest job of an upload."""
    upload.refresh_from_db()
    run = jobs.run_now(upload.run_id)
    assert run.state == "succeeded", run.error_zh
    upload.refresh_from_db()
    return upload


def applied(scene, at, upload, by=None):
    """Click 写入 and let the worker do it."""
    by = by or scene.clerk
    with scope.acting(by):
        uploads.apply_upload(by=by, at=at, upload_id=upload.id)
    return checked(upload)


def told(upload):
    """What is wrong, as (number of the row, identifier, rule), the blocking ones."""
    found = []
    for row in UploadRow.objects.filter(upload=upload).order_by("position"):
        for each in staging.problems_of(row):
            if each["severity"] == "block":
                found.append((row.number, each["identifier"], each["rule"]))
    return found


def states(upload):
    return list(UploadRow.objects.filter(upload=upload).order_by("position").values_list("state", flat=True))


def test_a_file_is_checked_without_writing_and_written_on_a_click(scene, at, people):
    rows = [
        row_of(scene, people["王建国"]),
        row_of(scene, people["李桂兰"], systolic=400, referral_to="县医院"),
        row_of(scene, people["张秀英"], systolic=168, referral_to="县医院"),
        row_of(scene, people["赵远"]),
    ]
    upload = uploaded(scene, at, workbooks.filled(rows))
    assert upload.state == Upload.State.CHECKED
    assert Encounter.objects.count() == 0
    assert upload.counts["total"] == 4 == sum(n for name, n in upload.counts.items() if name != "total")
    assert [state in ("accepted", "questioned") for state in states(upload)] == [True, False, True, False]
    assert told(upload) == [(4, "systolic", "between"), (6, "@record_no", "resident_not_found")]
    upload = applied(scene, at, upload)
    assert states(upload) == ["applied", "rejected", "applied", "rejected"]
    assert upload.counts == {"total": 4, "applied": 2, "rejected": 2}
    kept = Response.objects.get(resident=people["王建国"].pk)
    typed = tables.model_for(FORM).objects.get(pk=kept.pk)
    assert (typed.systolic, typed.diastolic, typed.outcome, kept.outcome["row"]) == (
        138,
        88,
        "1",
        "satisfactory",
    )
    assert typed.medications == [{"name": "硝苯地平", "times_a_day": 2, "dose": "10", "dose_unit": "1"}]
    encounter = kept.encounter
    assert (encounter.source, encounter.mode, encounter.done_on) == (
        "import",
        "outpatient",
        dt.date(2025, 3, 10),
    )
    assert encounter.practitioner_id == scene.practitioner.pk
    assert encounter.organization_id == scene.practitioner.organization_id
    assert AuditEntry.objects.filter(action="import", subject_id=str(upload.id)).count() == 1
    assert (
        AuditEntry.objects.filter(action="create", subject_id=str(people["王建国"].pk)).get().source
        == "import"
    )


def test_the_same_file_again_writes_nothing(scene, at, people):
    content = workbooks.filled([row_of(scene, people["王建国"]), row_of(scene, people["李桂兰"])])
    applied(scene, at, uploaded(scene, at, content))
    again = uploaded(scene, at, content)
    assert any("同一文件" in note for note in again.notes)
    assert states(again) == ["existing", "existing"]
    again = applied(scene, at, again)
    assert states(again) == ["existing", "existing"]
    assert Encounter.objects.count() == 2


def test_the_same_row_twice_in_a_file_is_one_record(scene, at, people):
    upload = uploaded(scene, at, workbooks.filled([row_of(scene, people["王建国"])] * 2))
    assert sorted(states(upload)) == ["accepted", "existing"] or sorted(states(upload)) == [
        "existing",
        "questioned",
    ]
    assert applied(scene, at, upload).counts["applied"] == 1


@pytest.mark.parametrize(
    "day", ["2024-11-25", "2024.11.25", "2024/11/25", "20241125", "2024年11月25日", "２０２４－１１－２５", dt.date(2024, 11, 25), 45621, 20241125]
)  # fmt: skip
def test_days_are_read_in_every_spelling(scene, at, people, day):
    upload = uploaded(scene, at, workbooks.filled([row_of(scene, people["王建国"], done_on=day)]))
    assert told(upload) == []
    assert UploadRow.objects.get(upload=upload).done_on == dt.date(2024, 11, 25)
    assert applied(scene, at, upload).counts["applied"] == 1
    assert Encounter.objects.get().done_on == dt.date(2024, 11, 25)


@pytest.mark.parametrize("day", ["1977-13-25", "去年", 1977, 0, "2025-02-30", "77-11-25", True])
def test_what_is_no_day_is_refused(scene, at, people, day):
    upload = uploaded(scene, at, workbooks.filled([row_of(scene, people["王建国"], done_on=day)]))
    assert told(upload)[0][:2] == (3, "done_on")


def test_an_identity_number_kept_as_a_number_is_refused_with_the_reason(scene, at, people):
    rows = [
        row_of(scene, **{"@id_number": 1.10101196101010e17, "@name": "王建国"}),
        row_of(scene, **{"@id_number": "1.10101E+17", "@name": "王建国"}),
        row_of(scene, **{"@id_number": own_number().lower(), "@name": "王建国"}),
        row_of(scene, **{"@id_number": own_number()[:-1] + "Y", "@name": "王建国"}),
    ]
    upload = uploaded(scene, at, workbooks.filled(rows))
    assert [each[2] for each in told(upload)[:2]] == ["destroyed_by_spreadsheet"] * 2
    problem = staging.problems_of(UploadRow.objects.get(upload=upload, number=3))[0]
    assert "数值" in problem["reason"]
    assert "文本" in problem["hint"]
    assert states(upload)[2] != "rejected"
    assert states(upload)[3] == "rejected"


def test_options_are_read_as_code_label_or_both_and_full_width_digits_as_digits(scene, at, people):
    rows = [
        row_of(scene, people["王建国"], salt="1", symptoms="1"),
        row_of(
            scene,
            people["李桂兰"],
            salt="轻",
            symptoms="头痛头晕；恶心呕吐",
            danger_signs=None,
            systolic="１３８",
        ),
        row_of(scene, people["张秀英"], salt="1 轻", symptoms="2,3", diastolic="８８"),
    ]
    upload = uploaded(scene, at, workbooks.filled(rows))
    assert told(upload) == []
    applied(scene, at, upload)
    model = tables.model_for(FORM)
    assert set(model.objects.values_list("salt", flat=True)) == {"1"}
    assert sorted(model.objects.values_list("symptoms", flat=True)) == [["1"], ["2", "3"], ["2", "3"]]


def test_the_name_must_agree_with_the_number(scene, at, people):
    row = row_of(scene, people["王建国"]) | {"@name": "李四"}
    upload = uploaded(scene, at, workbooks.filled([row, row | {"@name": None}]))
    assert told(upload) == [(3, "@name", "other_name"), (4, "@name", "required")]
    problem = staging.problems_of(UploadRow.objects.get(upload=upload, number=3))[0]
    assert "王**" in problem["reason"]


def test_the_file_comes_back_with_an_error_column_and_can_be_uploaded_again(scene, at, people):
    rows = [row_of(scene, people["王建国"], systolic="高"), row_of(scene, people["李桂兰"])]
    upload = uploaded(scene, at, workbooks.filled(rows))
    back = openpyxl.load_workbook(io.BytesIO(returned.workbook(scene.clerk, upload))).worksheets[0]
    headings = [cell.value for cell in back[templates.HEADING_ROW]]
    where, what = headings.index(returned.WHERE), headings.index(returned.WHAT)
    assert back.max_row == templates.FIRST_ROW
    assert back.cell(3, where + 1).value == "第3行"
    assert "“收缩压”应为数字" in back.cell(3, what + 1).value
    back.cell(3, workbooks.columns_of()["systolic"], 136)
    mended = uploaded(scene, at, workbooks.saved(back.parent))
    assert told(mended) == []
    assert applied(scene, at, mended).counts == {"total": 1, "applied": 1}


def test_what_changed_between_the_check_and_the_click_counts(scene, at, people):
    upload = uploaded(
        scene, at, workbooks.filled([row_of(scene, people["王建国"]), row_of(scene, people["李桂兰"])])
    )
    Resident.objects.filter(pk=people["王建国"].pk).update(death_on=dt.date(2024, 1, 1))
    upload = applied(scene, at, upload)
    assert states(upload) == ["rejected", "applied"]
    assert told(upload) == [(3, "done_on", "after_death")]


def test_others_sheets_are_read_by_a_saved_mapping(scene, at, people):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["某县高血压随访导出表"])
    titles = {"姓名": "@name", "健康档案号": "@record_no", "随访时间": "done_on", "方式": "@mode", "高压": "systolic", "低压": "diastolic", "吃盐": "salt"}  # fmt: skip
    rest = {layouts.of(FORM).by_identifier[name].heading: name for name, value in workbooks.GOOD.items() if value is not None and name not in titles.values()}  # fmt: skip
    rest["签名"] = "responsible_doctor"
    titles |= rest
    values = row_of(scene, people["王建国"]) | {"salt": "口味淡"}
    sheet.append([*titles, "无用列"])
    sheet.append([*(values[name] for name in titles.values()), "x"])
    content = workbooks.saved(book)
    upload = uploaded(scene, at, content)
    assert upload.state == Upload.State.MAPPING
    from gongwei.interfaces.excel import headings

    guessed = headings.guess(upload.sheets[0]["headings"], layouts.of(FORM))
    assert {guessed.get(each) for each in ("健康档案号", "高压", "低压", "随访时间")} == {"@record_no", "systolic", "diastolic", "done_on"}  # fmt: skip
    with scope.acting(scene.clerk):
        uploads.save_mapping(by=scene.clerk, at=at, upload_id=upload.id, title="原系统", columns=titles, options={"salt": {"口味淡": "1"}})  # fmt: skip
    upload = checked(upload)
    assert told(upload) == []
    assert any("无用列" in note for note in upload.notes)
    assert applied(scene, at, upload).counts["applied"] == 1
    # The next file of the same system needs no questions any more.
    again = uploaded(scene, at, content, mapping_id=ColumnMapping.objects.get().id)
    assert states(again) == ["existing"]


def test_residents_are_filed_by_the_rules_of_filing(scene, at, people):
    village = str(SIBLING)
    good = {"=name": "孙小明", "=id_number": "660101199003072318"[:17], "=area": village, "=residence_type": "1", "=phone": "13900001111", "=address": "东巷1号", "=contact_name": "孙大", "=contact_phone": "13900001112"}  # fmt: skip
    from gongwei.residents import identity

    good["=id_number"] += identity.check_character(good["=id_number"])
    same = {**good, "=name": "王建国", "=id_number": own_number()}
    bad = {**good, "=name": "孙二", "=id_number": good["=id_number"][:-1] + "Y"}
    upload = uploaded(
        scene, at, workbooks.filled([good, same, bad, good], layouts.RESIDENTS), code=layouts.RESIDENTS
    )
    before = Resident.objects.count()
    assert states(upload) == ["accepted", "existing", "rejected", "existing"]
    upload = applied(scene, at, upload)
    assert upload.counts == {"total": 4, "applied": 1, "existing": 2, "rejected": 1}
    assert Resident.objects.count() == before + 1
    made = Resident.objects.get(name="孙小明")
    assert (made.sex, made.birth_date, made.origin, made.area_id) == (
        "1",
        dt.date(1990, 3, 7),
        "import",
        SIBLING,
    )


def test_only_who_may_import_does_and_sees_only_own_uploads(scene, at, people):
    content = workbooks.filled([row_of(scene, people["王建国"])])
    with pytest.raises(policy.Forbidden):
        uploads.receive_upload(by=scene.doctor, at=at, code=FORM, file_name="x.xlsx", content=content)
    with pytest.raises(policy.Forbidden):
        uploads.receive_upload(
            by=scene.officer, at=at, code=layouts.RESIDENTS, file_name="x.xlsx", content=content
        )
    upload = uploaded(scene, at, content)
    with scope.acting(scene.officer):
        assert list(Upload.objects.all()) == list(UploadRow.objects.all()) == []
        with pytest.raises(Refused, match="不是您上传的"):
            uploads.apply_upload(by=scene.officer, at=at, upload_id=upload.id)
    with scope.acting(scene.clerk):
        assert Upload.objects.count() == UploadRow.objects.count() == 1


def test_nothing_identifying_is_readable_in_the_tables(scene, at, people):
    row = row_of(scene, **{"@id_number": own_number(), "@name": "王建国"}) | {"systolic": "x"}
    upload = uploaded(scene, at, workbooks.filled([row]))
    stored = UploadRow.objects.values().get(upload=upload)
    text = b"".join(bytes(value) for value in stored.values() if isinstance(value, bytes | memoryview))
    assert own_number().encode() not in text
    assert "王建国".encode() not in text
    assert Upload.objects.get().content_cipher is None


def test_old_uploads_are_deleted_and_their_records_stay(scene, at, people):
    upload = applied(scene, at, uploaded(scene, at, workbooks.filled([row_of(scene, people["王建国"])])))
    assert uploading.delete_old() == 0
    Upload.objects.update(created_at=at - dt.timedelta(days=31))
    assert uploading.delete_old() == 1
    assert UploadRow.objects.count() == 0
    assert Encounter.objects.count() == 1
    assert Upload.objects.get(id=upload.id).counts["applied"] == 1
