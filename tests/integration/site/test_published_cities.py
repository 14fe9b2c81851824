"""Acceptance: cities whose records yield what two cities published, at a thousandth of their size, measured as a run does."""

import csv
import dataclasses
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pytest
from tests.integration.site import city_persons

from gongwei import catalogue
from gongwei.engines import row
from gongwei.language import conditions
from gongwei.measures import counting, periods
from gongwei.site.simulation.cities import comparing, planning, published, writing

REFERENCE = Path(__file__).parents[2] / "reference" / "seed_figures.csv"
SCALE = Decimal("0.001")
#: What a programme of today computes, by city; everything else these cities published waits for its programme.
COMPUTED = {
    "wuxi": {
        "record_rate",
        "erecord_rate",
        "record_use_rate",
        "elderly_exam_count",
        "htn_standard_count",
        "dm_standard_count",
    },
    "baotou": {"erecord_std_coverage", "elderly_std_rate", "htn_std_rate", "dm_std_rate"},
}
#: The required items a city's plan leaves out now and then, so that somebody is not counted.
LEFT_OUT = {
    "basic_information": {"blood_abo", "education", "occupation", "family_father"},
    "htn_follow_up": {"heart_rate"},
    "dm_follow_up": {"fasting_glucose", "staple_food"},
}


def reference(place, year):
    with REFERENCE.open(encoding="utf-8") as file:
        return {
            each["indicator_code"]: each
            for each in csv.DictReader(file)
            if (each["place"], each["year"]) == (place, str(year))
        }


def thousandth(text):
    return int((Decimal(text) * SCALE).quantize(Decimal(1), ROUND_HALF_UP))


@pytest.fixture(scope="module", params=["wuxi", "baotou"])
def city(request, tmp_path_factory):
    """A city written in pieces: its name and folder."""
    folder = tmp_path_factory.mktemp("city") / request.param
    writing.write(published.wanted(request.param, SCALE), folder, seed=7, stretch=writing.VILLAGE_SIZE)
    return request.param, folder


@pytest.fixture(scope="module")
def wuxi(tmp_path_factory):
    """A smaller one, to change and to look at person by person."""
    folder = tmp_path_factory.mktemp("wuxi") / "city"
    writing.write(published.wanted("wuxi", SCALE / 5), folder, seed=8)
    return folder


@pytest.mark.parametrize("name", ["wuxi", "baotou"])
def test_the_figures_are_copied_from_the_reference(name):
    place, year = published.CITIES[name]
    there = reference(place, year)
    found = published.figures(name)
    assert len(found) == {"wuxi": 14, "baotou": 26}[name]
    for each in found:
        row_ = there[each.code]
        assert each.title == row_["indicator"]
        assert each.rate == row_["published_rate"]
        assert str(each.numerator or "") == row_["numerator"]
        assert str(each.denominator or "") == (row_["denominator"] or row_["derived_denominator"])


def test_measures_yield_the_published_counts(city):
    name, folder = city
    place, year = published.CITIES[name]
    there = reference(place, year)
    figures = published.figures(name, SCALE)
    with writing.opened(folder, memory="500MB", threads=2) as connection:
        found = comparing.run(connection, year, set(comparing.measures_of(figures).values()))
    lines = comparing.lines(figures, found)
    assert {each.figure.code for each in lines if not each.open} == COMPUTED[name]
    assert all(each.service for each in lines if each.open)
    for each in lines:
        if each.open:
            continue
        said = there[each.figure.code]
        assert each.numerator == thousandth(said["numerator"]), each.figure.code
        known = said["denominator"] or said["derived_denominator"]
        if known:
            assert each.base == thousandth(known), each.figure.code
        if said["published_rate"]:
            # A thousandth of the persons is rounded to whole ones: the rate may differ by what one of them is worth.
            assert abs(each.rate - Decimal(said["published_rate"].rstrip("%"))) <= Decimal(100) / each.base
        assert not any(each.differences)


def test_a_follow_up_and_a_line_of_guidance_taken_away_are_noticed(wuxi):
    codes = ("HTN.1", "EL.2")
    with writing.opened(wuxi, memory="500MB", threads=2) as connection:
        before = comparing.run(connection, 2018, codes)
        folk = city_persons.subjects(connection)
        period = row.DateRange(*periods.parse("2018").days)

        def counted(code, subject):
            return row.evaluate_period(catalogue.measure(code).in_numerator, subject, period) is True

        follow_up = next(
            record.id
            for key, subject in sorted(folk.items())
            if counted("HTN.1", subject) and not counted("EL.2", subject)
            for record in subject.newest_first(catalogue.form("htn_follow_up"))
            if record.answers.get("mode") in ("1", "2")
        )
        examination = next(
            subject.newest_first(catalogue.form("check_up"))[0].id
            for key, subject in sorted(folk.items())
            if counted("EL.2", subject) and not subject.episodes
        )
        for table in ("htn_follow_up", "check_up"):
            connection.execute(f"create table changed as select * from {table}")
            connection.execute(f"drop view {table}")
            connection.execute(f"alter table changed rename to {table}")
        connection.execute("delete from htn_follow_up where record_id = ?::uuid", [follow_up])
        connection.execute(
            "update check_up set guidance = null, risk_control = null where record_id = ?::uuid",
            [examination],
        )
        after = comparing.run(connection, 2018, codes)
    for code in codes:
        assert after[code] == (before[code][0], before[code][1] - 1, before[code][2])


def test_the_row_engine_says_the_same_of_each_person(wuxi, tmp_path):
    period = periods.parse("2018")
    days = row.DateRange(*period.days)
    groups = counting.groups(COMPUTED_MEASURES)
    with writing.opened(wuxi, memory="500MB", threads=2) as connection:
        counting.count(connection, groups, [period], tmp_path)
        folk = city_persons.subjects(connection)
    compared = 0
    for group in groups:
        people = duckdb.sql(f"select * from read_parquet('{tmp_path / period.code / group.name}.parquet')")
        lines = people.to_arrow_table().to_pylist()
        # All who are under management or old, one in ten of those who only have a record.
        for line in lines if group.name != "health_record" else lines[::10]:
            subject = folk[str(line["subject_id"])]
            said = {code: row.evaluate_period(fact.node, subject, days) for code, fact in group.facts.items()}
            assert {code: line[code] for code in said} == said, line["subject_id"]
            compared += 1
    assert compared > 300


COMPUTED_MEASURES = ("HR.1", "HR.4", "EL.2", "EL.3", "HTN.1", "DM.1")


def test_records_are_such_as_the_forms_accept(wuxi):
    with writing.opened(wuxi, memory="500MB", threads=2) as connection:
        folk = city_persons.subjects(connection)
    refused, records = {}, 0
    for subject in list(folk.values())[::3]:
        for record in subject.records:
            records += 1
            for each in conditions(record.form):
                if each.rule != "expected" and row.evaluate(each.holds, record, subject) is False:
                    refused.setdefault((record.form.code, each.rule), set()).add(each.field.name)
    assert records > 500
    assert {code for code, rule in refused if rule != "required"} == set()
    assert all(names <= LEFT_OUT[code] for (code, _), names in refused.items())


def test_those_not_counted_fail_for_different_reasons(wuxi):
    """Each part of the norm is what somebody lacks: not one trick for all."""
    days = row.DateRange(*periods.parse("2018").days)
    norm = catalogue.measure("HTN.1")
    with writing.opened(wuxi, memory="500MB", threads=2) as connection:
        folk = city_persons.subjects(connection)
    lacking = {"随访次数足够": 0, "随访间隔合理": 0, "年度体检完整": 0, "随访填写完整且分类正确": 0}
    alone = set()
    for subject in folk.values():
        if row.evaluate_period(norm.in_denominator, subject, days) is not True:
            continue
        missing = [
            fact.label
            for fact in norm.numerator.facts
            if row.evaluate_period(fact.node, subject, days) is not True
        ]
        for label in missing:
            lacking[label] += 1
        if len(missing) == 1:
            alone.add(missing[0])
    assert all(lacking.values())
    assert len(alone) >= 3


def test_figures_that_contradict_each_other_are_refused():
    wanted = published.wanted("wuxi", SCALE)
    with pytest.raises(ValueError, match="older people"):
        planning.plan(dataclasses.replace(wanted, older_examined=wanted.older + 1), 1)
    with pytest.raises(ValueError, match="records in use"):
        planning.plan(dataclasses.replace(wanted, used=10), 1)
    with pytest.raises(ValueError, match="complete forms"):
        planning.plan(dataclasses.replace(wanted, basic=wanted.on_file), 1)


@pytest.mark.parametrize(
    ("total", "weights", "expected"),
    [(10, [1, 1, 1], [4, 3, 3]), (7, [0, 5, 5], [0, 4, 3]), (0, [1, 2], [0, 0]), (3, [10], [3])],
)
def test_whole_numbers_are_apportioned(total, weights, expected):
    assert planning.apportion(total, weights) == expected
