"""A package from the folder to the records and back: every row accounted for, nothing twice, two people."""

import pytest
from tests.integration.packages import old_data

from gongwei.base.problems import Refused
from gongwei.interfaces.excel import staging
from gongwei.interfaces.excel.models import UploadRow
from gongwei.interfaces.packages import deciding, operations, queries
from gongwei.records.models import Response
from gongwei.residents import operations as residents
from gongwei.residents.models import Resident


@pytest.fixture
def folder(tmp_path):
    """Three people, one of whom cannot be filed, and their follow-ups."""
    place = tmp_path / "老系统"
    rows = old_data.people(3)
    rows[2]["证件号码"] = rows[2]["证件号码"][:-1] + "X"
    old_data.write(place / "居民建档.csv", rows, "gb18030")
    old_data.write(
        place / "随访" / "高血压患者随访服务记录表.csv",
        [
            old_data.follow_up(1, rows[0]["姓名"], "2025-03-10"),
            old_data.follow_up(1, rows[0]["姓名"], "2024-12-10"),
            old_data.follow_up(2, rows[1]["姓名"], "2025年3月11日"),
            old_data.follow_up(3, rows[2]["姓名"], "2025-03-12"),
            old_data.follow_up(9, "无此人", "2025-03-12"),
        ],
    )
    return place


def test_checked_then_approved_then_written(steps, folder):
    package = steps.checked(folder)
    assert package.state == "checked"
    assert steps.counts(package) == {
        "居民建档.csv": {"total": 3, "rejected": 1, "questioned": 2},
        "随访/高血压患者随访服务记录表.csv": {"total": 5, "accepted": 3, "rejected": 2},
    }
    assert not Resident.objects.exists()
    steps.applied(package)
    assert package.state == "applied"
    assert steps.counts(package) == {
        "居民建档.csv": {"total": 3, "applied": 2, "rejected": 1},
        "随访/高血压患者随访服务记录表.csv": {"total": 5, "applied": 3, "rejected": 2},
    }
    assert Resident.objects.count() == 2
    assert Response.objects.filter(status="final").count() == 3
    assert set(
        UploadRow.objects.filter(state="applied", response_id=None).values_list("id", flat=True)
    ) == set(Resident.objects.values_list("id", flat=True))


def test_a_heading_of_another_name_is_proposed_not_taken(steps, tmp_path):
    rows = [
        {("身份证号" if name == "证件号码" else name): value for name, value in old_data.people(1)[0].items()}
    ]
    package = steps.checked(_one(tmp_path / "丙", rows))
    assert steps.counts(package) == {"居民建档.csv": {"total": 1, "rejected": 1}}
    (sheet,) = queries.report(package).sheets
    assert "以下列没有对应的数据项，未导入：身份证号。" in sheet.notes
    assert any("“身份证号”可能是“证件号码”" in each for each in sheet.notes)


def test_whoever_prepares_does_not_approve(steps, folder):
    package = steps.checked(folder, by=steps.officer)
    with pytest.raises(Refused, match="不能自己批准"):
        operations.approve(by=steps.officer, at=steps.at, package_id=package.id)


def test_the_same_package_again_finds_everything_there(steps, folder):
    first = steps.applied(steps.checked(folder))
    again = steps.checked(folder)
    assert again.id != first.id
    assert "导入过" in again.notes[0]
    assert steps.counts(again) == {
        "居民建档.csv": {"total": 3, "existing": 2, "rejected": 1},
        "随访/高血压患者随访服务记录表.csv": {"total": 5, "existing": 3, "rejected": 2},
    }
    steps.applied(again)
    assert (Resident.objects.count(), Response.objects.count()) == (2, 3)


def test_an_open_package_that_comes_again_goes_on(steps, folder):
    first = steps.checked(folder)
    assert steps.checked(folder).id == first.id


def test_taken_back_as_a_whole(steps, folder):
    package = steps.undone(steps.applied(steps.checked(folder)))
    assert package.state == "undone"
    assert steps.counts(package) == {
        "居民建档.csv": {"total": 3, "undone": 2, "rejected": 1},
        "随访/高血压患者随访服务记录表.csv": {"total": 5, "undone": 3, "rejected": 2},
    }
    assert set(Response.objects.values_list("status", "error_reason")) == {("entered_in_error", "撤销导入")}
    assert set(Resident.objects.values_list("status", "cancel_reason", "cancel_note")) == {
        ("cancelled", "9", "撤销导入")
    }


def test_what_somebody_worked_on_stays_and_is_named(steps, folder, at):
    package = steps.applied(steps.checked(folder))
    row = UploadRow.objects.filter(upload__code="residents", state="applied").order_by("position").first()
    doctor = steps.world.actor("village_doctor@village_a")
    resident = Resident.objects.get(id=row.id)
    residents.edit_resident(
        by=doctor, at=at, resident_id=row.id, base_version=resident.version, changes={"address": "新址9号"}
    )
    steps.undone(package)
    assert steps.counts(package)["居民建档.csv"] == {"total": 3, "applied": 1, "undone": 1, "rejected": 1}
    row.refresh_from_db()
    assert [each["reason"] for each in staging.problems_of(row)] == ["未能撤销：档案已有人修改"]
    assert Resident.objects.get(id=row.id).status == "active"


def test_a_doubtful_person_waits_for_somebody_to_say(steps, tmp_path, at):
    known = steps.applied(steps.checked(_one(tmp_path / "甲", old_data.people(1))))
    rows = old_data.people(2)
    rows[0] |= {
        "证件号码": "",
        "无证件原因": "证件遗失，未补办",
        "出生日期": "1961-01-01",
        "性别": "1",
        "档案编号": "NEW-1",
    }
    place = _one(tmp_path / "乙", rows)
    old_data.write(
        place / "高血压患者随访服务记录表.csv",
        [old_data.follow_up(1, rows[0]["姓名"], "2025-03-10", 档案编号="NEW-1")],
    )
    package = steps.checked(place)
    assert steps.counts(package) == {
        "居民建档.csv": {"total": 2, "waiting": 1, "questioned": 1},
        "高血压患者随访服务记录表.csv": {"total": 1, "waiting": 1},
    }
    steps.applied(package)
    assert steps.counts(package)["居民建档.csv"] == {"total": 2, "applied": 1, "waiting": 1}
    (row,), _ = queries.waiting(steps.officer, package)
    (candidate,) = row.candidates
    there = UploadRow.objects.get(upload__package=known, upload__code="residents")
    assert candidate.id == there.resident_id
    with pytest.raises(Refused, match="哪一位"):
        deciding.decide(by=steps.officer, at=at, row_id=row.id, decision="same", resident_id=row.id)
    with pytest.raises(Refused):
        deciding.decide(by=steps.admin, at=at, row_id=row.id, decision="new")
    deciding.decide(by=steps.officer, at=at, row_id=row.id, decision="same", resident_id=candidate.id)
    steps.applied(package)
    assert steps.counts(package) == {
        "居民建档.csv": {"total": 2, "applied": 1, "existing": 1},
        "高血压患者随访服务记录表.csv": {"total": 1, "applied": 1},
    }
    assert Response.objects.get().resident_id == there.resident_id


def test_said_to_be_another_person_both_are_filed(steps, tmp_path, at):
    steps.applied(steps.checked(_one(tmp_path / "甲", old_data.people(1))))
    rows = old_data.people(1)
    rows[0] |= {
        "证件号码": "",
        "无证件原因": "证件遗失，未补办",
        "出生日期": "1961-01-01",
        "性别": "1",
        "档案编号": "NEW-1",
    }
    package = steps.checked(_one(tmp_path / "乙", rows))
    (row,), _ = queries.waiting(steps.officer, package)
    deciding.decide(by=steps.officer, at=at, row_id=row.id, decision="new")
    steps.applied(package)
    assert steps.counts(package)["居民建档.csv"] == {"total": 1, "applied": 1}
    assert Resident.objects.count() == 2


def _one(place, rows):
    old_data.write(place / "居民建档.csv", rows)
    return place
