"""The first page shows the own figures of the year and follows a save; the page of the comparison says what differed."""

import dataclasses

import pytest
from django.test import Client
from tests.integration.measures.conftest import SIBLING, TODAY, VILLAGE, YEAR, enrol, resident, taken

from gongwei.base import ids
from gongwei.base.models import JobRun
from gongwei.measures import comparing
from gongwei.measures import populations_keeping as keeping
from gongwei.measures.live_models import Comparison, Difference, LiveYear
from gongwei.places.models import ServedArea


def browser(scene, name):
    client = Client()
    client.force_login(scene.world.accounts[name])
    return client


@pytest.fixture(autouse=True)
def _static(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path  # WhiteNoise warns when it is not there


@pytest.fixture
def kept(scene, at):
    LiveYear.objects.create(year=YEAR, rules="", built_at=at, areas_at=at)


def shown(client):
    return {tile["title"]: tile["of"] for tile in client.get("/").context["figures"]}


def test_the_first_page_moves_with_a_save(scene, at, kept):
    client = browser(scene, "village_doctor@village_a")
    assert shown(client) == {}
    enrol(scene, at)
    taken()
    before = shown(client)
    assert before["高血压患者规范管理率"] == "0/1"
    assert before["居民规范化电子健康档案覆盖率"] == "0/公布数未填报"
    scene.resident = resident(scene.world, number=2)
    enrol(scene, at)
    taken()
    assert shown(client)["高血压患者规范管理率"] == "0/2"
    tile = client.get("/").context["figures"][0]
    assert tile["count"] == "0.00%"
    assert client.get(tile["url"]).status_code == 200


def reported(scene, at, code, numbers):
    """Numbers of places reported by one officer and approved by another."""
    officer = scene.world.actor("county_officer@commission")
    rows = [keeping.Reported(code, place, YEAR, number, "统计局") for place, number in numbers.items()]
    drafts = keeping.record(by=officer, at=at, rows=rows)
    second = dataclasses.replace(officer, account_id=ids.uuid7())
    keeping.approve(by=second, at=at, population_ids=[row.id for row in drafts])


def opened(client):
    """The tiles of the first page by measure, each with the figure of the page it opens; both say the same."""
    found = {}
    for tile in client.get("/").context["figures"]:
        own = client.get(tile["url"]).context["own"]
        assert tile["count"] == own["rate"], tile
        whole = "公布数未填报" if own["base"] is None else own["base"]
        assert tile["of"] == f"{own['numerator']}/{whole}", tile
        found[own["code"]] = tile, own
    return found


@pytest.mark.parametrize("name", ["village_doctor@village_a", "county_officer@commission"])
@pytest.mark.parametrize("numbers", [{}, {VILLAGE: 40}, {VILLAGE // 10**6 * 10**6: 900, VILLAGE: 40}])
def test_the_first_page_says_what_the_page_of_the_measure_says(scene, at, kept, name, numbers):
    reported(scene, at, "resident_population", numbers)
    enrol(scene, at)
    taken()
    assert {"HTN.1", "HR.3"} <= set(opened(browser(scene, name)))


def test_a_doctor_of_two_villages_begins_with_both(scene, at, kept):
    clinic = scene.world.organizations["village_a"]
    ServedArea.objects.create(organization=clinic, area_id=SIBLING, from_on=TODAY)
    scene.doctor = scene.world.actor("village_doctor@village_a")
    reported(scene, at, "resident_population", {VILLAGE: 40, SIBLING: 25})
    enrol(scene, at)
    scene.resident = resident(scene.world, number=2, area_key=SIBLING)
    enrol(scene, at)
    taken()
    client = browser(scene, "village_doctor@village_a")
    tiles = opened(client)
    assert tiles["HTN.1"][0]["of"] == "0/2"
    assert tiles["HR.3"][0]["of"] == "0/65"
    for address in ("/measures/", "/targets/progress/", "/wall/", "/measures/HTN.1/"):
        assert client.get(address).context["place"].key == str(clinic.pk), address
    by_area = client.get("/measures/HTN.1/", {"tree": "area"})
    assert by_area.context["place"].key == str(VILLAGE)
    assert [each.key for each in by_area.context["tops"]] == [str(VILLAGE), str(SIBLING)]


def test_without_live_figures_the_first_page_shows_none(scene, at):
    enrol(scene, at)
    taken()
    assert shown(browser(scene, "village_doctor@village_a")) == {}


def test_a_difference_stands_on_the_first_page_and_opens(scene, at, kept):
    officer = browser(scene, "county_officer@commission")
    assert "不一致" not in officer.get("/").content.decode()
    found = Comparison.objects.create(
        year=YEAR, at=at, cut_at=at, compared=9, waiting=0, different=1, figures_different=0, seconds=0.1
    )
    Difference.objects.create(
        comparison=found,
        resident_id=scene.resident.pk,
        area_key=VILLAGE,
        programme="hypertension",
        part="htn_at_goal",
        live="true",
        columnar="false",
    )
    assert "实时指标与批量计算" in officer.get("/").content.decode()
    page = officer.get("/agreement/").content.decode()
    assert "最近一次血压达标" in page
    assert "王*" in page
    assert str(scene.resident.pk) in page
    administrator = browser(scene, "system_admin@commission").get("/agreement/").content.decode()
    assert "1人不一致" in administrator
    assert "王*" not in administrator
    assert str(scene.resident.pk) not in administrator


def test_a_comparison_is_asked_for_as_a_job_and_nonsense_is_not(scene, at, kept):
    officer = browser(scene, "county_officer@commission")
    officer.post("/agreement/", {"what": "nothing", "submission": "1" * 32})
    assert JobRun.objects.count() == 0
    answer = officer.post("/agreement/", {"what": "compare"})
    assert answer.status_code in (302, 303)
    assert [each.title for each in JobRun.objects.all()] == [comparing.TITLE]
