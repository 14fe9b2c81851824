"""Templates of every kind of sheet, structural ones too, for those who prepare packages."""

import io

import openpyxl
import pytest
from django.test import Client

from gongwei.interfaces.excel import layouts


@pytest.fixture(autouse=True)
def static(settings):
    """WhiteNoise warns when its folder is not there."""
    settings.STATIC_ROOT = settings.HOME


def test_every_template_is_linked_and_comes(scene):
    client = Client()
    client.force_login(scene.world.accounts["system_admin@commission"])
    page = client.get("/packages/").content.decode()
    for code, title in layouts.every():
        assert f"/packages/templates/{code}/" in page
        assert title in page
    answer = client.get("/packages/templates/households/")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert sheet.cell(1, 1).value == "#gongwei/households/1"
    assert [sheet.cell(2, n).value for n in range(2, 9)] == [
        "家庭编号",
        "档案编号",
        "姓名",
        "证件号码",
        "与户主关系",
        "住址",
        "起始日期",
    ]
    assert client.get("/packages/templates/nichts/").status_code == 404
