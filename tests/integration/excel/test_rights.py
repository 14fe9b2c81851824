"""Who may import by the table of rights really can; who may not has no menu line, no page, and is told whose duty it is."""

import pytest
from django.test import Client
from tests.integration.excel import workbooks
from tests.integration.excel.test_uploads import applied, row_of, states, uploaded

from gongwei.interfaces.excel import queries
from gongwei.places import policy

MAY = {"township_clerk@centre", "county_officer@commission"}
MAY_NOT = {"village_doctor@village_a", "township_doctor@centre", "township_director@centre"}


@pytest.fixture(autouse=True)
def static(settings):
    """WhiteNoise warns when its folder is not there."""
    settings.STATIC_ROOT = settings.HOME


def browser(scene, name):
    client = Client()
    client.force_login(scene.world.accounts[name])
    return client


def test_the_table_of_rights_says_who_imports(scene):
    found = {name for name in MAY | MAY_NOT if policy.may(scene.world.actor(name), policy.IMPORT)}
    assert found == MAY
    assert queries.importers() == "乡镇档案员、县级管理人员"


@pytest.mark.parametrize("name", sorted(MAY))
def test_who_may_import_can(scene, at, people, name):
    by = scene.world.actor(name)
    upload = uploaded(scene, at, workbooks.filled([row_of(scene, people["王建国"])]), by=by)
    assert states(applied(scene, at, upload, by=by)) == ["applied"]
    page = browser(scene, name).get("/uploads/").content.decode()
    assert "上传并检查" in page
    assert 'href="/uploads/"' in page
    assert "当前岗位只能导出" not in browser(scene, name).get("/exports/").content.decode()


@pytest.mark.parametrize("name", sorted(MAY_NOT))
def test_who_may_not_import_has_no_menu_line_and_is_told_who_does(scene, name):
    client = browser(scene, name)
    assert client.get("/uploads/").status_code == 403
    assert client.post("/uploads/").status_code == 403
    page = client.get("/exports/").content.decode()
    assert 'href="/uploads/"' not in page
    assert "当前岗位只能导出；导入由乡镇档案员、县级管理人员办理。" in page


def test_whole_numbers_need_a_purpose_and_the_right(scene, at):
    client = browser(scene, "township_clerk@centre")
    answer = client.post("/exports/", {"code": "residents", "whole": "1", "purpose": " "})
    assert "须写明用途" in answer.content.decode()
    director = browser(scene, "township_director@centre")
    assert 'name="whole"' not in director.get("/exports/").content.decode()
    sent = {"code": "residents", "whole": "1", "purpose": "迁移"}
    assert director.post("/exports/", sent).status_code == 403
