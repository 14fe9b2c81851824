"""The pages of a package: what each of the two people sees and may press; strangers see nothing."""

import io
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.integration.packages import old_data

from gongwei.interfaces.excel.models import Package, UploadRow
from gongwei.interfaces.packages import contents, operations
from gongwei.residents.models import Resident


@pytest.fixture(autouse=True)
def static(settings):
    """WhiteNoise warns when its folder is not there."""
    settings.STATIC_ROOT = settings.HOME


def browser(scene, name):
    client = Client()
    client.force_login(scene.world.accounts[name])
    return client


def zipped(folder):
    """The folder as somebody zips it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for each in sorted(folder.rglob("*.csv")):
            archive.write(each, each.relative_to(folder.parent).as_posix())
    return file.getvalue()


def test_sent_by_one_approved_by_another_written_and_taken_back(scene, steps, tmp_path):
    rows = old_data.people(3)
    rows[2]["证件号码"] = "660101196101010011"
    old_data.write(tmp_path / "包" / "居民建档.csv", rows)
    admin, officer = browser(scene, "system_admin@commission"), browser(scene, "county_officer@commission")
    sent = SimpleUploadedFile("包.zip", zipped(tmp_path / "包"))
    assert "上传并检查" in admin.get("/packages/").content.decode()
    answer = admin.post("/packages/", {"file": sent})
    package = Package.objects.get()
    assert answer.url == f"/packages/{package.id}/"
    assert contents._path(package.id).exists()
    steps.carried_out(package)
    assert not contents._path(package.id).exists()  # what is staged is no longer kept as a file
    page = admin.get(answer.url).content.decode()
    assert "校验位不对" in page
    assert 'value="approve"' not in page
    admin.post(answer.url, {"what": "approve"})
    package.refresh_from_db()
    assert package.state == "checked"
    assert 'value="approve"' in officer.get(answer.url).content.decode()
    officer.post(answer.url, {"what": "approve"})
    officer.post(answer.url, {"what": "apply"})
    steps.carried_out(package)
    assert Resident.objects.filter(status="active").count() == 2
    book = officer.post(f"{answer.url}refused/")
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).active
    assert [cell.value for cell in sheet[2]][:5] == ["原因", "原文件", "原表行号", "档案编号", "姓名"]
    assert "校验位不对" in sheet.cell(3, 1).value
    upload = package.uploads.get()
    assert rows[2]["姓名"] in officer.get(f"{answer.url}sheets/{upload.id}/").content.decode()
    officer.post(answer.url, {"what": "undo", "reason": "试导入"})
    steps.carried_out(package)
    assert not Resident.objects.filter(status="active").exists()
    assert "已撤销" in officer.get(answer.url).content.decode()


def test_the_rows_that_wait_are_looked_through_on_a_page(scene, steps, tmp_path):
    old_data.write(tmp_path / "甲" / "居民建档.csv", old_data.people(1))
    steps.applied(steps.checked(tmp_path / "甲"))
    again = old_data.people(1)[0] | {
        "证件号码": "", "无证件原因": "证件遗失，未补办", "出生日期": "1961-01-01", "性别": "1",
    }  # fmt: skip
    old_data.write(tmp_path / "乙" / "居民建档.csv", [again | {"档案编号": "X-1"}])
    package = steps.checked(tmp_path / "乙")
    officer = browser(scene, "county_officer@commission")
    page = officer.get(f"/packages/{package.id}/waiting/").content.decode()
    assert "都不是，另建档案" in page
    row = UploadRow.objects.get(upload__package=package)
    officer.post(f"/packages/{package.id}/waiting/", {"row": row.id, "said": str(row.candidates[0])})
    row.refresh_from_db()
    assert (row.state, row.decision) == ("existing", "same")
    # The system administrator prepares packages and sees no residents.
    assert (
        browser(scene, "system_admin@commission").get(f"/packages/{package.id}/waiting/").status_code == 403
    )


def test_another_county_sees_nothing_of_it(scene, steps, tmp_path):
    old_data.write(tmp_path / "包" / "居民建档.csv", old_data.people(1))
    package = steps.checked(tmp_path / "包")
    for name in ("county_officer@far_commission", "system_admin@far_commission"):
        client = browser(scene, name)
        assert client.get(f"/packages/{package.id}/").status_code == 404
        assert "包" in client.get("/packages/").content.decode()
        assert str(package.id) not in client.get("/packages/").content.decode()
        with pytest.raises(operations.Refused, match="没有这个数据包"):
            operations.apply(by=scene.world.actor(name), at=steps.at, package_id=package.id)
