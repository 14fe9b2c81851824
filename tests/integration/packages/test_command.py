"""`./gongwei import PACKAGE`: checked, approved by another, written, reported for people and programs, mended, taken back."""

import csv
import io
import json

import openpyxl
import pytest
from click.testing import CliRunner
from tests.integration.packages import old_data

from gongwei.interfaces.excel.models import Package
from gongwei.residents.models import Resident
from gongwei.site.commands import import_file

ADMIN, OFFICER = "system_admin.commission", "county_officer.commission"


@pytest.fixture
def folder(scene, tmp_path):
    """Three people, one with a wrong number, and a sheet nobody can tell."""
    rows = old_data.people(3)
    rows[2]["证件号码"] = "660101196101010011"
    old_data.write(tmp_path / "包" / "居民建档.csv", rows)
    old_data.write(
        tmp_path / "包" / "未知.csv", [{"甲": "1", "乙": "2", "丙": "3"}, {"甲": "4", "乙": "5", "丙": "6"}]
    )
    return tmp_path / "包"


def asked(*words):
    return CliRunner().invoke(import_file.command, [str(each) for each in words])


def test_a_package_from_the_command_line(folder, tmp_path):
    seen = asked(folder, "--by", ADMIN)
    assert seen.exit_code == 0, seen.output
    assert "合计　读入 5 行：未通过 3，可写入，有提示 2" in seen.output
    assert not Resident.objects.exists()
    alone = asked(folder, "--by", ADMIN, "--apply")
    assert (alone.exit_code, "须由另一人批准" in alone.output) == (1, True)
    same = asked(folder, "--by", OFFICER, "--approved-by", ADMIN, "--apply")
    assert same.exit_code == 1  # a system administrator approves nothing
    returned = tmp_path / "未写入.xlsx"
    done = asked(
        folder, "--by", ADMIN, "--approved-by", OFFICER, "--apply", "--format", "json", "--refused", returned
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.splitlines()[0])
    assert (told["state"], told["balanced"]) == ("applied", True)
    assert told["counts"] == {"total": 5, "applied": 2, "rejected": 3}
    assert {each["file"]: each["kind"] for each in told["sheets"]} == {
        "居民建档.csv": "residents",
        "未知.csv": "",
    }
    assert Package.objects.count() == 1
    table = list(csv.reader(io.StringIO(asked(folder, "--by", ADMIN, "--format", "csv").stdout)))
    assert table[0][:5] == ["文件", "工作表", "种类", "状态", "读入"]
    assert [row[4] for row in table[1:]] == ["3", "2"]


def test_rows_not_written_come_back_mended_and_are_written(folder, tmp_path):
    returned = tmp_path / "未写入.xlsx"
    asked(folder, "--by", ADMIN, "--approved-by", OFFICER, "--apply", "--refused", returned)
    book = openpyxl.load_workbook(returned)
    assert book.sheetnames == ["居民建档", "未知"]
    sheet = book["居民建档"]
    heads = [cell.value for cell in sheet[2]]
    assert sheet.row_dimensions[1].hidden
    assert "校验位" in sheet.cell(3, 1).value
    assert [sheet.cell(3, column).value for column in (2, 3)] == ["居民建档.csv", "居民建档 第4行"]
    assert [cell.value for cell in book["未知"][2]][3:] == ["1", "2", "3"]
    sheet.cell(3, heads.index("证件号码") + 1).value = old_data.number(3)
    del book["未知"]
    book.save(returned)
    again = asked(returned, "--by", ADMIN, "--approved-by", OFFICER, "--apply", "--format", "json")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["counts"] == {"total": 1, "applied": 1}
    assert Resident.objects.count() == 3


def test_a_sheet_nobody_can_tell_is_told_by_the_draft_of_a_mapping(folder, tmp_path):
    draft = tmp_path / "对应.yaml"
    assert "对应文件的初稿" in asked(folder, "--by", ADMIN, "--propose-mapping", draft).output
    assert "未知.csv" in draft.read_text("utf-8")
    draft.write_text('sources:\n  - {file: "未知.csv", kind: skip, reason: 试验表}\n', "utf-8")
    told = json.loads(asked(folder, "--by", ADMIN, "--mapping", draft, "--format", "json").stdout)
    assert told["counts"] == {"total": 3, "rejected": 1, "questioned": 2}
    assert [each["notes"] for each in told["sheets"] if each["file"] == "未知.csv"] == [["不导入：试验表。"]]


def test_taken_back_and_said_so(folder):
    asked(folder, "--by", ADMIN, "--approved-by", OFFICER, "--apply")
    none = asked(folder, "--by", ADMIN, "--undo", " ")
    assert (none.exit_code, "请写明撤销的原因" in none.output) == (1, True)
    done = asked(folder, "--by", OFFICER, "--undo", "试导入")
    assert done.exit_code == 0, done.output
    assert "已撤销 2" in done.output
    assert set(Resident.objects.values_list("status", flat=True)) == {"cancelled"}


def test_waiting_rows_are_listed_and_decided(scene, steps, tmp_path):
    old_data.write(tmp_path / "甲" / "居民建档.csv", old_data.people(1))
    steps.applied(steps.checked(tmp_path / "甲"))
    again = old_data.people(1)[0] | {
        "证件号码": "", "无证件原因": "证件遗失，未补办", "出生日期": "1961-01-01", "性别": "1", "档案编号": "X-1",
    }  # fmt: skip
    old_data.write(tmp_path / "乙" / "居民建档.csv", [again])
    listed = asked(tmp_path / "乙", "--by", OFFICER, "--waiting")
    assert listed.exit_code == 0, listed.output
    row, candidate = (line.split("　")[0].strip() for line in listed.output.splitlines()[-2:])
    assert candidate == str(Resident.objects.get().id)
    done = asked(tmp_path / "乙", "--by", OFFICER, "--decide", f"{row}={candidate}")
    assert "已存在 1" in done.output
