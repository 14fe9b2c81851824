"""What the pages of figures show is what the queries give: live and frozen, down to the persons, on paper and in workbooks."""

import io

import docx
import openpyxl
import pytest
from django.test import Client
from tests.integration.measures.conftest import SIBLING, VILLAGE, YEAR, taken
from tests.integration.measures.test_runs import PERIODS, run, snapshot, village  # noqa: F401

from gongwei.base import clock
from gongwei.base.models import AuditEntry, JobRun
from gongwei.interfaces.web import measure_reporting
from gongwei.measures import live_queries, periods, queries
from gongwei.measures.live_models import LiveYear
from gongwei.measures.models import Run
from gongwei.records import operations as records

pytestmark = pytest.mark.django_db(transaction=True)
HALF = "2025-01..2025-06"
COUNTY = "area:660101000000"
OFFICER = "county_officer@commission"


@pytest.fixture
def frozen(village, at, settings):  # noqa: F811
    """A run over the village, and the live figures of its year."""
    settings.STATIC_ROOT = settings.HOME  # WhiteNoise warns when it is not there
    made = run(at, snapshot(at))
    LiveYear.objects.create(year=YEAR, rules="", built_at=at, areas_at=at)
    taken()
    return made


def browser(scene, name):
    client = Client()
    client.force_login(scene.world.accounts[name])
    return client


def shown(client, address, **asked):
    answer = client.get(address, asked)
    assert answer.status_code == 200
    return answer.context


def sides(row):
    return row["numerator"], row["denominator"], row["excluded"], row["value"]


def test_the_numbers_of_a_page_are_those_of_the_queries(scene, at, frozen):
    client = browser(scene, OFFICER)
    actor = scene.world.actor(OFFICER)
    place = queries.place(actor, frozen, "area", "660101000000")
    for period in PERIODS:
        page = shown(client, "/measures/", source=str(frozen.id), period=period.code, at=COUNTY)
        rows = {row["code"]: sides(row) for group in page["groups"] for row in group["rows"]}
        asked = queries.at(actor, frozen, [place], period=period.code)
        assert rows == {e.measure_code: (e.numerator, e.denominator, e.excluded, e.rate) for e in asked}
        assert rows
    page = shown(client, "/measures/", source="live", at=COUNTY)
    rows = {row["code"]: sides(row) for group in page["groups"] for row in group["rows"]}
    asked = live_queries.figures(actor, year=YEAR, places=[place])
    assert rows == {e.measure_code: (e.numerator, e.denominator, e.excluded, e.rate) for e in asked}
    assert rows["HTN.3"][1] == 3


def test_places_below_add_up_and_go_down_to_the_persons(scene, at, frozen):
    client = browser(scene, OFFICER)
    source = {"source": str(frozen.id), "period": HALF}
    page = shown(client, "/measures/HTN.1/", **source, at=COUNTY)
    assert sum(row["denominator"] for row in page["rows"]) == page["own"]["denominator"] == 3
    township = next(row for row in page["rows"] if row["denominator"])
    page = client.get(township["down"]).context
    assert {row["place"].level for row in page["rows"]} == {"village"}
    there = next(row for row in page["rows"] if row["place"].key == str(VILLAGE))
    people = client.get(there["down"]).context
    assert people["page"].total == there["missing"] == len(people["rows"])
    # Every one who is not counted is told why, and whoever may not write is offered nothing to write.
    assert all(row["reasons"] and row["url"] and not row["serve"] for row in people["rows"])
    first = people["rows"][0]["url"]
    assert client.get(first).status_code == 200
    read = AuditEntry.objects.filter(action="list", subject_kind="resident", detail__query__measure="HTN.1")
    assert read.count() == 1


def test_a_village_doctor_sees_the_own_village_only(scene, at, frozen):
    client = browser(scene, "village_doctor@village_a")
    source = {"source": str(frozen.id), "period": HALF}
    page = shown(client, "/measures/", **source)
    assert page["place"].key == str(VILLAGE)
    assert page["path"] == []
    for elsewhere in (COUNTY, f"area:{SIBLING}", "area:nonsense", "organization:1"):
        assert client.get("/measures/HTN.1/", {**source, "at": elsewhere}).status_code == 404
    people = shown(client, "/measures/HTN.1/persons/", **source, side="out")
    assert all(row["serve"] for row in people["rows"])
    assert people["rows"]


def test_persons_leave_masked_and_are_written_down(scene, at, frozen):
    client = browser(scene, OFFICER)
    answer = client.post(
        f"/measures/HTN.1/persons/export/?source={frozen.id}&period={HALF}&side=out&at={COUNTY}"
    )
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.active.iter_rows(values_only=True))
    page = shown(
        client, "/measures/HTN.1/persons/", source=str(frozen.id), period=HALF, side="out", at=COUNTY
    )
    assert len(rows) == 1 + page["page"].total
    assert all("*" in row[0] for row in rows[1:])
    line = AuditEntry.objects.filter(action="export", subject_kind="resident").latest("at")
    assert len(line.detail["ids"]) == page["page"].total


def test_progress_says_of_a_rate_what_the_page_of_the_measure_says_and_what_lags_stands_first(
    scene, at, frozen
):
    client = browser(scene, OFFICER)
    rows = shown(client, "/targets/progress/", year=YEAR, at=COUNTY)["rows"]
    lights = [row["light"] for row in rows]
    assert lights == sorted(lights, key=["behind", "near", "met", ""].index)
    assert {"behind", ""} <= set(lights)
    compared = 0
    for row in rows:
        own = client.get(row["url"]).context["own"]
        assert own["code"] == row["measure"]
        if row["of_rate"] and row["goal"] == own["goal"]:
            assert (row["value"], row["base"], row["lacking"]) == (own["rate"], own["base"], own["lacking"])
            compared += 1
    assert compared > 1


def test_those_who_would_close_the_gap_are_one_list_from_both_pages_and_leave_as_a_workbook(
    scene, at, frozen
):
    client = browser(scene, OFFICER)
    progress = shown(client, "/targets/progress/", year=YEAR, at=COUNTY)
    line = next(row for row in progress["rows"] if row["lacking"] and row["persons"])
    page = client.get(line["persons"]).context
    assert (page["side"], page["measure"].code) == ("closing", line["measure"])
    listed = [row["name"] for row in page["rows"]]
    assert len(listed) + page["short"] == page["own"]["lacking"] == line["lacking"]
    assert listed
    assert all(row["missing"] and row["url"] for row in page["rows"])
    _, _, asked = line["persons"].partition("?")
    answer = client.post(f"/measures/{line['measure']}/persons/export/?{asked}")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0][3:5] == ("缺项", "原因")
    assert len(rows) == 1 + len(listed)
    assert all("*" in row[0] for row in rows[1:])
    written = AuditEntry.objects.filter(action="export", detail__query__side="closing").latest("at")
    assert len(written.detail["ids"]) == len(listed)


def test_a_run_is_started_kept_and_exported(scene, at, frozen):
    client = browser(scene, OFFICER)
    answer = client.post("/runs/", {"period": ["2025Q1", "2024"], "title": "一季度", "kind": "report"})
    ordered = JobRun.objects.get(title="指标计算")
    assert answer.status_code == 302
    assert str(ordered.id) in answer["Location"]
    assert ordered.arguments["periods"] == ["2025Q1", "2024"]
    for nonsense in ([], ["2025Q9"]):
        client.post("/runs/", {"period": nonsense})
    assert JobRun.objects.filter(title="指标计算").count() == 1
    client.post(f"/runs/{frozen.id}/", {"what": "keep"})
    assert Run.objects.get(id=frozen.id).pinned
    client.post(f"/runs/{frozen.id}/", {"what": "release"})
    assert not Run.objects.get(id=frozen.id).pinned
    file = io.BytesIO()
    actor = scene.world.actor(OFFICER)
    count = measure_reporting.write_figures(actor, file, frozen.id, HALF)
    rows = list(openpyxl.load_workbook(file).active.iter_rows(values_only=True))
    places = queries.everywhere(actor, frozen)
    assert count == len(queries.at(actor, frozen, places, period=HALF))
    assert str(frozen.snapshot_id) in [row[1] for row in rows]


def test_the_report_says_what_the_run_found_and_names_it(scene, at, frozen):
    client = browser(scene, OFFICER)
    answer = client.post(f"/runs/{frozen.id}/report/", {"period": HALF})
    report = docx.Document(io.BytesIO(answer.content))
    text = "\n".join(each.text for each in report.paragraphs)
    assert "2025年1～6月" in text
    assert str(frozen.id) in text
    assert str(frozen.snapshot_id) in text
    cells = {row.cells[0].text: [each.text for each in row.cells] for row in report.tables[0].rows}
    assert cells["管理人群血压控制率（HTN.3）"][1:4] == ["2", "3", "66.67%"]


def test_a_withdrawn_record_shows_between_two_runs_with_its_form(scene, at, frozen, village):  # noqa: F811
    withdrawn = scene.resident = village[2]
    from gongwei.records.models import Response

    last = Response.objects.filter(resident=withdrawn, form_code="htn_follow_up").latest("done_on")
    records.enter_in_error(by=scene.centre, at=at, response_id=last.pk, reason="录错人")
    later = run(at, snapshot(at), title="更正后")
    client = browser(scene, OFFICER)
    page = shown(
        client,
        f"/runs/{later.id}/compare/",
        **{"with": str(frozen.id), "period": HALF, "measure": "HTN.1", "at": COUNTY},
    )
    causes = [cause for row in page["difference"]["rows"] for cause in row["causes"]]
    assert [cause["url"] for cause in causes] == [f"/responses/{last.pk}/"]
    assert "作废" in causes[0]["text"]
    assert client.get(causes[0]["url"]).status_code == 200
    # The first run is opened as it was.
    was = shown(client, "/measures/HTN.1/", source=str(frozen.id), period=HALF, at=COUNTY)
    assert was["own"]["denominator"] == 3


def test_the_wall_opens_every_tile(scene, at, frozen):
    client = browser(scene, OFFICER)
    with clock.fixed(at):
        page = shown(client, "/wall/", at=COUNTY)
    assert page["tiles"]
    for tile in page["tiles"]:
        assert client.get(tile["url"]).status_code == 200


def test_the_wall_draws_the_months_that_runs_have_and_names_each_line(scene, at, frozen):
    run(at, snapshot(at), periods=[periods.parse("2025-01..2025-03"), periods.parse("2025-01..2025-05")])
    client = browser(scene, OFFICER)
    answer = client.get("/wall/", {"source": str(frozen.id), "period": HALF, "at": COUNTY})
    chart = answer.context["trend_chart"]
    assert chart["xAxis"]["data"] == ["3月", "5月"]
    legend = answer.content.decode().split("gw-wall-legend")[1].split("</ul>")[0]
    assert chart["series"]
    assert all(f'fill="{line["color"]}"' in legend and line["name"] in legend for line in chart["series"])


def test_nobody_without_figures_is_told_of_any(scene, at, frozen):
    for name, allowed in (("finance_officer@commission", 200), ("system_admin@commission", 403)):
        client = browser(scene, name)
        for address in ("/measures/", "/measures/HTN.1/", "/runs/", f"/runs/{frozen.id}/", "/wall/"):
            assert client.get(address).status_code == allowed, (name, address)
        assert client.get("/measures/HTN.1/persons/").status_code == 403
    assert client.post("/runs/", {"period": ["2025"]}).status_code == 403
