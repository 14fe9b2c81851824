"""数据包 in the browser: sent by the system administrator, approved by the county officer, looked through, taken back; on a phone too."""

import io
import zipfile

import pytest
from playwright.sync_api import expect
from tests.functional import accessibility
from tests.integration.packages import old_data

from gongwei.interfaces.excel.models import Package
from gongwei.interfaces.packages import operations

VILLAGE = "660101101201"


def people(count, first):
    return [
        each | {"现住村（居）": VILLAGE}
        for each in (old_data.person(n, f"新居民{chr(0x4E00 + n)}") for n in range(first, first + count))
    ]


@pytest.fixture
def archive(tmp_path):
    """A zip as somebody packs it: residents, one with a wrong number and one without any."""
    rows = people(4, 501)
    rows[2]["证件号码"] = "660101196101010011"
    folder = tmp_path / "老系统"
    old_data.write(folder / "居民建档.csv", rows, "gb18030")
    old_data.write(folder / "未知的表.csv", [{"甲": "1", "乙": "2", "丙": "3"}])
    file = tmp_path / "老系统.zip"
    with zipfile.ZipFile(file, "w") as packed:
        for each in folder.iterdir():
            packed.write(each, each.relative_to(tmp_path).as_posix())
    return file


def carried_out(name):
    """What the worker does."""
    package = Package.objects.filter(name=name).latest("created_at")
    assert operations.now(package).state == "succeeded"
    return package


def test_a_package_goes_its_way(county, signed_in, archive, tmp_path):
    admin = signed_in("sysadmin")
    admin.goto("/")
    admin.get_by_role("link", name="数据包", exact=True).first.click()
    admin.set_input_files("[name=file]", archive)
    admin.get_by_role("button", name="上传并检查").click()
    admin.wait_for_url("**/packages/*-*/")
    carried_out("老系统.zip")
    admin.reload()
    admin.get_by_text("待批准").first.wait_for()
    expect(admin.locator("#package-state")).to_contain_text("校验位", use_inner_text=True)
    expect(admin.get_by_role("button", name="批准写入")).to_have_count(0)
    assert accessibility.serious(admin) == {}
    with admin.expect_download() as draft:
        admin.get_by_role("link", name="下载对应文件初稿").click()
    assert draft.value.suggested_filename == "mapping.yaml"

    officer = signed_in("officer")
    officer.goto(admin.url)
    officer.get_by_role("button", name="批准写入").click()
    officer.get_by_text("已批准").first.wait_for()
    officer.get_by_role("button", name="写入 3 行").click()
    officer.locator("progress, [hx-get]").first.wait_for(state="attached")
    carried_out("老系统.zip")
    officer.goto(admin.url)
    officer.get_by_text("写入时间").wait_for()
    with officer.expect_download() as returned:
        officer.get_by_role("button", name="下载未写入的行").click()
    assert returned.value.suggested_filename.endswith(".xlsx")
    officer.get_by_role("link", name="居民建档.csv").first.click()
    officer.get_by_text("校验位").first.wait_for()
    assert accessibility.serious(officer) == {}
    officer.goto(admin.url)
    officer.get_by_text("整体撤销").click()
    officer.fill("[name=reason]", "试导入")
    officer.get_by_role("button", name="撤销这个数据包").click()
    officer.wait_for_load_state()
    carried_out("老系统.zip")
    officer.goto(admin.url)
    officer.get_by_text("撤销时间").wait_for()


def test_the_rows_that_wait_fit_a_phone(county, signed_in, tmp_path):
    first = tmp_path / "甲"
    old_data.write(first / "居民建档.csv", people(1, 601))
    again = people(1, 601)[0] | {
        "证件号码": "", "无证件原因": "证件遗失，未补办", "出生日期": "1961-01-01", "性别": "1", "档案编号": "X-601",
    }  # fmt: skip
    old_data.write(tmp_path / "乙" / "居民建档.csv", [again])
    addresses = []
    for folder in (first, tmp_path / "乙"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as packed:
            packed.write(folder / "居民建档.csv", "居民建档.csv")
        admin = signed_in("sysadmin")
        admin.goto("/packages/")
        admin.set_input_files(
            "[name=file]",
            {"name": f"{folder.name}.zip", "mimeType": "application/zip", "buffer": file.getvalue()},
        )
        admin.get_by_role("button", name="上传并检查").click()
        admin.wait_for_url("**/packages/*-*/")
        carried_out(f"{folder.name}.zip")
        addresses.append(admin.url)
        if folder is first:
            officer = signed_in("officer")
            officer.goto(admin.url)
            officer.get_by_role("button", name="批准写入").click()
            officer.get_by_role("button", name="写入").click()
            officer.wait_for_load_state()
            carried_out(f"{folder.name}.zip")
    phone = signed_in("officer", size=(390, 844))
    for address in ("/packages/", *addresses):
        phone.goto(address)
        phone.wait_for_selector("html[data-ready]")
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, address
        assert accessibility.serious(phone) == {}, address
    phone.get_by_role("link", name="核对等待确认的行").click()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert accessibility.serious(phone) == {}
    phone.locator("[name=said]").first.check()
    phone.get_by_role("button", name="确定").click()
    phone.get_by_text("没有等待核对的行").wait_for()
