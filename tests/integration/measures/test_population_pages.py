"""Pages of 人口与任务数 and 年度目标 as an officer uses them: typed, sent as a sheet, approved, divided."""

import io
import re
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook
from tests.integration.measures.conftest import at, own_home  # noqa: F401  (fixtures)
from tests.integration.places import worlds

from gongwei.base import ids
from gongwei.base.problems import Refused, Several
from gongwei.interfaces.excel import exports, population_sheet
from gongwei.measures import populations
from gongwei.measures.models import Population, Target
from gongwei.measures.populations_keeping import Reported

COUNTY, TOWN = worlds.key(660101), worlds.key(660101, 101)
VILLAGE = worlds.key(660101, 101, 201)
HEAD = population_sheet.HEAD


def workbook(*rows, head=HEAD):
    return exports.rows_workbook("人口与任务数", head, rows)


def test_a_sheet_is_read_as_it_was_written():
    rows = [
        (str(VILLAGE), "甲村", 2025, "常住居民数", 1500, "统计局", "公报"),
        (str(TOWN), "甲镇", 2025, "常住居民数", None, "", ""),
    ]
    assert population_sheet.read(population_sheet.write(rows)) == [
        Reported("resident_population", VILLAGE, 2025, 1500, "统计局", "公报")
    ]


def test_columns_may_stand_in_another_order_and_numbers_as_text():
    content = workbook(
        ("1,500", "2025", str(VILLAGE), "older_population"), head=("人数", "年度", "区划代码", "项目")
    )
    assert population_sheet.read(content) == [Reported("older_population", VILLAGE, 2025, 1500, "", "")]


def test_what_cannot_be_read_names_its_row():
    content = workbook(
        (str(VILLAGE), "", 2025, "常住居民数", 1500, "", ""),
        (str(VILLAGE), "", 2025, "猫的只数", "许多", "", ""),
    )
    with pytest.raises(Several) as caught:
        population_sheet.read(content)
    assert [each.message[:7] for each in caught.value.problems] == ["第3行“人数”", "第3行“项目”"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (workbook(("x",), head=("别的",)), "no_heading"),
        (workbook((str(VILLAGE), "", 2025, "常住居民数", None, "", "")), "no_rows"),
        (b"not a workbook", None),
    ],
)
def test_no_sheet_of_ours_is_refused(content, code):
    with pytest.raises(Refused) as caught:
        population_sheet.read(content)
    assert code is None or caught.value.code == code


@pytest.fixture
def office(db, at, settings, tmp_path):  # noqa: F811
    settings.STATIC_ROOT = tmp_path  # WhiteNoise warns when it is not there
    world = worlds.build(at)
    browser = Client(raise_request_exception=True)
    browser.force_login(world.accounts["county_officer@commission"])
    return SimpleNamespace(world=world, browser=browser)


def said(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_numbers_are_typed_seen_as_waiting_and_not_approved_by_the_same_person(office):
    sent = {"what": "report", "source": "统计局", f"value_{TOWN}": "31,200", f"value_{COUNTY}": ""}
    assert office.browser.post("/populations/?year=2025", sent).status_code == 302
    row = Population.objects.get()
    assert (row.area_key, row.value, row.state) == (TOWN, 31_200, "draft")
    page = said(office.browser.get("/populations/?year=2025"))
    assert "由您填报，须另一人批准" in page
    page = said(office.browser.post("/populations/", {"what": "approve", "population": str(row.id)}))
    assert "填报和批准不能是同一个人" in page
    Population.objects.filter(id=row.id).update(recorded_by=ids.uuid7())
    office.browser.post("/populations/", {"what": "approve", "population": str(row.id)})
    assert populations.value("resident_population", TOWN, 2025).value == 31_200
    page = said(office.browser.get(f"/populations/resident_population/{TOWN}/?year=2025"))
    assert "第1版" in page
    assert "31,200" in page


def test_what_was_typed_wrong_is_told_and_kept(office):
    page = said(
        office.browser.post("/populations/", {"what": "report", "source": "", f"value_{TOWN}": "31200"})
    )
    assert "请填写来源" in page
    assert 'value="31200"' in page
    page = said(
        office.browser.post("/populations/", {"what": "report", "source": "x", f"value_{TOWN}": "三万"})
    )
    assert "人数应为不小于0的整数" in page
    assert not Population.objects.exists()


def test_the_sheet_goes_out_and_comes_back(office):
    answer = office.browser.get("/populations/?year=2025&sheet=1")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[0] == list(HEAD)
    assert [f"{COUNTY}", f"{TOWN}"] == [row[0] for row in rows[1:3]]
    filled = workbook(*[(*row[:4], 100, "统计局", "") for row in rows[1:]])
    file = SimpleUploadedFile("人口.xlsx", filled)
    assert office.browser.post("/populations/", {"what": "upload", "file": file}).status_code == 302
    assert Population.objects.count() == len(rows) - 1
    page = said(office.browser.post("/populations/", {"what": "upload"}))
    assert "请选择填好的Excel文件" in page


def test_a_target_is_set_divided_and_ended(office):
    address = f"/targets/?year=2025&area={COUNTY:012d}&code=htn_managed_count"
    assert "下达" in said(office.browser.get(address))
    office.browser.post(
        address, {"what": "set", "code": "htn_managed_count", "op": ">=", "value": "101", "document": "文号"}
    )
    row = Target.objects.get()
    split = f"/targets/{row.id}/split/"
    page = said(office.browser.get(split))
    boxes = re.findall(r'name="(share_[^"]+)" value="(\d+)"', page)
    assert sorted(int(value) for _, value in boxes) == [50, 51]
    page = said(office.browser.post(split, dict(boxes) | {boxes[0][0]: "60"}))
    assert "应为101人" in page
    assert office.browser.post(split, dict(boxes)).status_code == 302
    assert Target.objects.filter(ended_at=None).count() == 3
    office.browser.post(address, {"what": "end", "target": str(row.id)})
    assert not Target.objects.filter(ended_at=None).exists()


def test_a_target_below_the_national_one_asks_for_the_reason(office):
    address = f"/targets/?year=2025&area={COUNTY:012d}&code=htn_std_rate"
    sent = {"what": "set", "code": "htn_std_rate", "op": ">=", "value": "60", "document": "文号"}
    page = said(office.browser.post(address, sent))
    assert "低于国家目标（65%）" in page
    office.browser.post(address, sent | {"looser_reason": "省里已批准"})
    assert Target.objects.get().looser_reason == "省里已批准"
    assert office.browser.get("/targets/progress/").status_code == 200
