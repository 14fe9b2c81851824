"""R30: two implementations count the same paid services, record by record, with the same reasons, on random worlds."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import duckdb
import pyarrow as pa
import pytest
from tests.generative import engines, naive_services, people

from gongwei import catalogue
from gongwei.engines import row
from gongwei.settlement import counting, reasons, schemes

CHINA = timedelta(hours=8)
AREAS = (660101001201, 660101001202, 660101001203)


def forms():
    return list(dict.fromkeys(item.on for item in catalogue.services()))


def lifelike(drawn, place, subject, parameters):
    """Records that mostly count, close to one another, some on one day: rare in what is drawn freely."""
    more = []
    for form in forms():
        day = date(2025, 1, 1) + timedelta(days=drawn.randint(0, 60))
        for number in range(drawn.choice([0, 3, 9])):
            drawn_free = people._record(drawn, form, f"{place}+{form.code}-{number}")
            answers = {
                name: people._value(drawn, each)
                if drawn_free.answers.get(name) is None and drawn.random() < 0.97
                else drawn_free.answers.get(name)
                for name, each in form.fields.items()
            }
            answers |= {"done_on": day}
            usual = (
                ("result", "1"), ("mode", drawn.choice(["1", "1", "2", "3"])), ("systolic", 120), ("diastolic", 80),
                ("fasting_glucose", Decimal("5.5")), ("danger_signs", None), ("adverse_reaction", "1"), ("complication", "1"),
                ("hypoglycaemia", "1"), ("random_glucose", None), ("postprandial_glucose", None),
            )  # fmt: skip
            for name, value in usual:
                if name in form.fields and drawn.random() < 0.9:
                    answers[name] = value
            more.append(row.Record(form, day, answers, drawn_free.id, day))
            day += timedelta(days=drawn.choice([0, 0, 1, 13, 20, 40, 74, 75, 76, 92]))
    return replace(subject, records=(*subject.records, *more))


def world(seed, number):
    drawn = random.Random(seed)
    parameters = catalogue.parameters()
    folk = people.subjects(seed, number, parameters, forms(), ["hypertension", "diabetes"])
    folk = [lifelike(drawn, place, each, parameters) for place, each in enumerate(folk)]
    spans = [row.EpisodeSpan(kind, date(2024, 6, 1), None) for kind in ("hypertension", "diabetes")]
    folk = [
        replace(each, episodes=[*each.episodes, *spans]) if drawn.random() < 0.6 else each for each in folk
    ]
    papers, dead = [], set()
    for place, subject in enumerate(folk):
        for record in subject.records:
            status = drawn.choice(["final"] * 18 + ["superseded", "entered_in_error"])
            if status != "final":
                dead.add(record.id)
            late = drawn.choice([0, 0, 0, 29, 30, 31, 60])
            noon = datetime.combine(record.done_on, datetime.min.time()) + timedelta(
                days=late, hours=drawn.randint(0, 23)
            )
            papers.append(
                naive_services.Paper(
                    place, record.id, record.form, record.done_on, noon, f"o{drawn.randint(0, 2)}",
                    f"p{drawn.randint(0, 4)}", f"e{place}-{record.done_on}", status, AREAS[place % 3],
                    drawn.choice([None] * 15 + list(reasons.HELD)),
                    *moved_in(record),
                )
            )  # fmt: skip
    folk = [
        replace(subject, records=tuple(each for each in subject.records if each.id not in dead))
        for subject in folk
    ]
    return folk, papers


def moved_in(record):
    """Whether a record came with an old system's package, and that system's day of entry."""
    drawn = random.Random(record.id)
    if drawn.random() > 0.4:
        return False, None
    days = drawn.choice([None, 0, 30, 31])
    return True, None if days is None else record.done_on + timedelta(days=days)


def database(folk, papers):
    connection = duckdb.connect(config={"threads": 2})
    engines.load_subjects(connection, folk)
    for form in forms():
        engines.load_form(connection, form, folk)
    responses = [
        {
            "record_id": paper.record_id, "subject_id": str(paper.subject), "form_code": paper.form.code,
            "done_on": paper.done_on, "entered_at": (paper.recorded_at - CHINA).replace(tzinfo=UTC),
            "organization_id": paper.organization, "practitioner_id": paper.practitioner,
            "encounter_id": paper.encounter, "status": paper.status, "area_key": paper.area,
            "moved_in": paper.moved_in or None, "first_entered_on": paper.first_entered_on,
        }
        for paper in papers
    ]  # fmt: skip
    schema = pa.schema(
        [
            *((name, pa.string()) for name in ("record_id", "subject_id", "form_code", "organization_id")),
            *((name, pa.string()) for name in ("practitioner_id", "encounter_id", "status")),
            ("done_on", pa.date32()), ("entered_at", pa.timestamp("us", tz="UTC")), ("area_key", pa.int64()),
            ("moved_in", pa.bool_()), ("first_entered_on", pa.date32()),
        ]
    )  # fmt: skip
    connection.register("given", pa.Table.from_pylist(responses, schema=schema))
    connection.execute("create table responses as select * from given")
    return connection


def question(first, last, scope="record", moved_in_late=False):
    services = ("older.management", "dm.check_up", "htn.check_up")
    return counting.Question(
        catalogue.services(),
        first,
        last,
        (schemes.Claim("一次体检只付一次", scope, services),),
        schemes.Modifiers(30, Fraction(1, 2), Fraction(6, 5), frozenset(AREAS[:1]), moved_in_late),
        catalogue.parameters(),
    )


def columnar_rows(asked, folk, papers):
    """(record, service) → (reason, detail, weight), as the columnar way counts."""
    held = {paper.record_id: paper.held for paper in papers if paper.held}
    with database(folk, papers) as connection:
        counting._register_held(connection, held)
        counting._register_granted(connection, (), asked.items, "responses")
        for statement in counting.compiled(asked).looked_at:
            connection.execute(statement)
        counting.counting_walk.walk(connection, asked)
        found = connection.sql("select record_id, service, reason, detail, weight from services").fetchall()
    assert len({line[:2] for line in found}) == len(found), "a record stands twice for one service"
    return {line[:2]: line[2:] for line in found}


@pytest.mark.parametrize(
    ("seed", "first", "last", "scope"),
    [
        (1, date(2025, 1, 1), date(2025, 12, 31), "record"),
        (2, date(2025, 7, 1), date(2025, 12, 31), "record"),
        (3, date(2025, 1, 1), date(2025, 12, 31), "encounter"),
        (4, date(2024, 1, 1), date(2024, 6, 30), "record"),
        (5, date(2025, 1, 1), date(2025, 9, 30), "record"),
    ],
)
def test_two_ways_count_the_same(seed, first, last, scope):
    assert agree(seed, 40, question(first, last, scope, moved_in_late=seed % 2 == 0)) > 50


@pytest.mark.night
@pytest.mark.timeout(0)
def test_two_ways_count_the_same_in_two_hundred_worlds():
    asked = question(date(2025, 1, 1), date(2025, 12, 31))
    assert sum(agree(seed, 8, asked) for seed in range(100, 300)) > 10_000


def agree(seed, number, asked):
    """Hold the two ways together on one world; how many rows were compared."""
    folk, papers = world(seed, number)
    wanted = naive_services.count(asked, folk, papers)
    found = columnar_rows(asked, folk, papers)
    assert set(found) == set(wanted), f"world {seed}"
    for key, said in wanted.items():
        assert found[key] == said, f"world {seed}, {key}: columns {found[key]}, record by record {said}"
    return len(found)


def test_every_reason_of_the_closed_list_comes_up():
    seen = Counter()
    for seed, first in ((1, date(2025, 1, 1)), (2, date(2025, 7, 1))):
        folk, papers = world(seed, 40)
        asked = question(first, date(2025, 12, 31))
        seen.update(reason for reason, _, _ in naive_services.count(asked, folk, papers).values())
    assert set(reasons.REASONS) - set(seen) == set(), sorted(set(reasons.REASONS) - set(seen))
    assert set(seen) - set(reasons.REASONS) == {""}
    assert seen[""] > 50


def test_tallies_are_the_sums_of_the_rows():
    folk, papers = world(6, 30)
    asked = question(date(2025, 1, 1), date(2025, 12, 31))
    for paper in papers:
        paper.organization, paper.practitioner = (
            f"00000000-0000-0000-0000-00000000000{n[1]}" for n in (paper.organization, paper.practitioner)
        )
    held = {paper.record_id: paper.held for paper in papers if paper.held}
    with database(folk, papers) as connection:
        counted = counting.count(connection, asked, held, None, [None])
    wanted: Counter = Counter()
    by_id = {paper.record_id: paper for paper in papers}
    for (record, service), (reason, _, weight) in naive_services.count(asked, folk, papers).items():
        key = by_id[record].organization, by_id[record].practitioner, service, reason
        wanted[(*key, weight)] += 1
    factors = {(False, False): "1", (True, False): "0.5", (False, True): "1.2", (True, True): "0.6"}
    found: Counter = Counter()
    for each in counted.tallies:
        weight = Decimal(0) if each.reason else Decimal(factors[each.late, each.remote])
        key = str(each.organization_id), str(each.practitioner_id), each.service, each.reason
        found[(*key, weight)] += each.records
    assert found == wanted
