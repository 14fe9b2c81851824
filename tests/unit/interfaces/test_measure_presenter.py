"""Words, ranks and addresses of figures; the Word report; what an address of a measure may hold."""

import datetime as dt
import io
import re
from decimal import Decimal

import docx
import pytest

from gongwei import catalogue
from gongwei.interfaces.web import measure_sources
from gongwei.interfaces.web.presenters import measure_charts, measure_runs, wall
from gongwei.interfaces.web.presenters import measures as presenter
from gongwei.interfaces.word import figures as word
from gongwei.measures import periods, progress
from gongwei.measures.figures import Figure, Goal, Place, PublishedNumber, rate
from gongwei.measures.targets import Asked

COUNTY = Place("area", "660101000000", "云溪县", "county")
LIVE = presenter.Addressing("live", "2026", "area")
TODAY = dt.date(2026, 7, 10)


def figure(code="HTN.3", denominator=200, numerator=120, place=COUNTY, **more):
    return Figure(code, "2026", place, denominator, numerator, 3, rate=rate(numerator, denominator), **more)


def asked(code="HTN.3", value="65", of="rate", unit="%", op=">="):
    measure = catalogue.measure(code)
    return Asked(code, measure, of, Goal(Decimal(value), op, "county", "县卫〔2026〕1号"), unit, 2026, True)


def line(one=None, goal=None, **more):
    one = one or figure()
    standing = None
    if goal is not None:
        standing = progress.of(
            one.numerator, one.base, goal.goal.op, goal.goal.value,
            per=100, months=12, cumulative=False, near_share=Decimal("0.95"),
        )  # fmt: skip
    return presenter.line(one, goal, standing, LIVE, **more)


@pytest.mark.parametrize(
    ("value", "unit", "op", "said"),
    [
        ("65", "%", ">=", "≥65%"),
        ("62.50", "%", ">", "＞62.5%"),
        ("1913", "人", "=", "＝1,913人"),
        ("5", "%", "<=", "≤5%"),
    ],
)
def test_a_target_in_a_word(value, unit, op, said):
    assert presenter.goal(asked(value=value, unit=unit, op=op)) == said
    assert presenter.goal(None) == ""


def test_a_line_says_rate_light_and_how_many_are_lacking():
    row = line(goal=asked())
    # 65 % of 200 are 130; 120 are there; 60 is less than 95 % of 65 (61.75).
    assert (row["rate"], row["goal"], row["light"], row["lacking"]) == ("60.00%", "≥65%", "落后", 10)
    assert row["tone"] == "gw-light-behind"
    assert "side=closing" in row["urls"]["closing"]
    assert line(figure(numerator=124), asked())["light"] == "接近"
    reached = line(figure(numerator=130), asked())
    assert (reached["light"], reached["lacking"], reached["reached"]) == ("达到", 0, True)
    assert "closing" not in reached["urls"]


def test_who_may_not_see_persons_gets_no_address_of_them():
    assert line(goal=asked(), opens=False)["urls"] == {}


def test_a_year_before_is_set_beside():
    row = line(before=figure(numerator=110))
    assert (row["before"], row["change"]) == ("55.00%", "+5.00")
    assert line(before=figure())["change"] == "持平"


def test_a_published_number_that_is_not_reported_is_no_base():
    one = Figure("HR.1", "2026", COUNTY, 50, 50, 0)
    assert line(one)["base"] is None
    number = PublishedNumber("resident_population", 60, "统计局", "公报", 2, dt.date(2026, 3, 1))
    known = Figure("HR.1", "2026", COUNTY, 50, 50, 0, published=number, rate=Decimal("83.33"))
    assert line(known)["base"] == 60
    assert presenter.published_words(known) == "60人，来源：统计局，公报，第2版，2026-03-01批准"


def test_equal_rates_share_a_rank_and_those_without_one_come_last():
    places = [Place("area", f"66010110{n}000", f"{n}镇", "township") for n in range(4)]
    rows = [
        line(figure(numerator=numerator, denominator=denominator, place=place))
        for place, (numerator, denominator) in zip(places, [(1, 4), (0, 0), (2, 4), (1, 4)], strict=True)
    ]
    found = presenter.ranked(rows, "rate")
    assert [(row["place"].name, row["rank"]) for row in found] == [
        ("2镇", 1),
        ("0镇", 2),
        ("3镇", 2),
        ("1镇", None),
    ]
    assert [row["place"].name for row in presenter.ranked(rows, "name")] == ["0镇", "1镇", "2镇", "3镇"]


def test_every_code_of_the_catalogue_can_stand_in_an_address():
    for measure in catalogue.measures():
        assert re.fullmatch(measure_sources.MeasureCode.regex, measure.code), measure.code


def test_lines_of_all_measures_stand_under_their_programmes():
    rows = [line(Figure(each.code, "2026", COUNTY, 1, 1, 0)) for each in catalogue.measures()]
    groups = presenter.groups(rows)
    assert [row["code"] for group in groups for row in group["rows"]] == [
        each.code for each in catalogue.measures()
    ]


def test_a_trend_has_a_point_a_month_and_the_target():
    points = [(each, figure()) for each in periods.months_until(dt.date(2026, 3, 31))]
    points = [
        (period, Figure("HTN.3", period.code, COUNTY, 200, 120, 0, rate=one.rate)) for period, one in points
    ]
    chart = measure_charts.trend(catalogue.measure("HTN.3"), points, asked(), LIVE, COUNTY)
    assert chart["xAxis"]["data"] == ["1月", "2月", "3月"]
    assert chart["series"][0]["markLine"]["data"] == [{"yAxis": 65.0}]
    assert all("/measures/HTN.3/" in each["url"] for each in chart["series"][0]["data"])


def test_the_wall_puts_what_lags_first_and_what_cannot_be_said_last():
    tiles = wall.tiles([
        line(Figure("HR.1", "2026", COUNTY, 50, 50, 0)),
        line(figure("HTN.1", numerator=150), asked("HTN.1")),
        line(figure("DM.3", numerator=10), asked("DM.3")),
    ])  # fmt: skip
    assert [each["code"] for each in tiles] == ["DM.3", "HTN.1", "HR.1"]
    assert wall.trend({"HTN.3": []}) is None


def test_the_lines_of_the_wall_are_named_and_told_apart_beneath_the_drawing():
    months = list(periods.months_until(dt.date(2026, 3, 31)))
    found = {
        code: [(month, Figure(code, month.code, COUNTY, 200, 120, 0, rate=figure().rate)) for month in months]
        for code in ("HTN.3", "DM.3", "HR.1")
    }
    chart = wall.trend({**found, "EL.1": []})
    assert [line["name"] for line in chart["series"]] == [catalogue.measure(code).title for code in found]
    assert len({line["color"] for line in chart["series"]}) == 3
    assert "legend" not in chart  # drawn over the months as soon as it takes more rows than were left for it


def test_offered_periods_end_with_yesterday_and_stand_once():
    offered = dict(measure_runs.offered(TODAY))
    assert offered["年初至今"][0].last == dt.date(2026, 7, 9)
    assert [each.code for each in offered["季度"]] == ["2026Q3", "2026Q2", "2026Q1"]
    assert [each.code for each in offered["半年"]] == ["2026H2", "2026H1"]
    codes = [each.code for group in offered.values() for each in group]
    assert len(codes) == len(set(codes))
    assert dict(measure_runs.offered(dt.date(2026, 1, 1)))["年初至今"][0].code == "2025-01..2025-12"


def test_two_runs_side_by_side_show_what_moved_first():
    was = [figure("HTN.1", numerator=100), figure("HTN.3")]
    now = [figure("HTN.1", numerator=100), figure("HTN.3", numerator=119)]
    rows = measure_runs.compared(was, now, "?with=1")
    assert [(row["code"], row["moved"], row["change"]) for row in rows] == [
        ("HTN.3", -1, "-0.50"),
        ("HTN.1", 0, "持平"),
    ]


def test_the_report_for_the_leader_names_target_gap_rank_and_basis():
    row = line(goal=asked())
    content = word.Content(
        "云溪县", "2026年1～6月", "2026-07-01 02:30", [{"title": "高血压患者健康管理", "rows": [row]}],
        [("管理人群血压控制率（HTN.3）", presenter.ranked([row], "rate"))], ["计算编号：abc"],
    )  # fmt: skip
    document = docx.Document(io.BytesIO(word.written(content)))
    text = "\n".join(each.text for each in document.paragraphs)
    assert "其中有目标的1项：落后1项" in text
    assert "目标≥65%，现为60.00%，还差10人" in text
    assert text.endswith("计算编号：abc")
    assert [cell.text for cell in document.tables[0].rows[1].cells][1:6] == [
        "120",
        "200",
        "60.00%",
        "≥65%",
        "落后",
    ]
    assert [cell.text for cell in document.tables[1].rows[1].cells][:2] == ["1", "云溪县"]
    assert next(each.text for each in document.paragraphs if each.style.name == "Heading 1") == "一、总体情况"
