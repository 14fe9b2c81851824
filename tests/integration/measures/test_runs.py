"""Frozen runs: the same figures as the row engine's, persons with reasons, opened again later, and what a correction did."""

import datetime as dt

import pytest
from django.db import connection
from tests.integration.measures.conftest import SIBLING, VILLAGE, enrol, follow_up, record, resident

from gongwei import catalogue
from gongwei.base import clock, scope
from gongwei.base.actors import SYSTEM
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused
from gongwei.engines import row
from gongwei.measures import (
    figures,
    jobs,
    live_reading,
    periods,
    queries,
    run_files,
    run_persons,
    running,
    tracing,
)
from gongwei.measures.figures import Place
from gongwei.measures.models import MeasureReport, Run
from gongwei.records import operations as records
from gongwei.residents.models import Resident
from gongwei.snapshots import operations as snapshots

pytestmark = pytest.mark.django_db(transaction=True)
PERIODS = [periods.parse(code) for code in ("2025-01..2025-06", "2025Q1", "2024")]
COUNTY = Place(figures.AREA, "660101000000", "", "county")


@pytest.fixture
def village(scene, at):
    """Six people in two villages, three under management, seen now and then."""
    people = [scene.resident]
    for number in range(2, 7):
        where = {"area_key": SIBLING, "organization": "village_b"} if number > 4 else {"area_key": VILLAGE}
        people.append(
            resident(scene.world, number=number, birth_date=dt.date(1940 + 7 * number, 3, 1), **where)
        )
    for number, person in enumerate(people[:4]):
        scene.resident = person
        if number != 1:
            enrol(scene, at, started_on=dt.date(2024, 3 + number, 10))
            for month in (2, 5)[: number + 1]:
                answers = follow_up(scene, systolic=150 if (number, month) == (2, 5) else 128)
                record(scene, at, dt.date(2025, month, 5 + number), answers=answers)
    Resident.objects.filter(pk=people[0].pk).update(responsible_doctor=scene.practitioner)
    scene.resident = people[0]
    return people


def snapshot(at):
    return snapshots.take(by=SYSTEM, at=at, reason="试")


def run(at, taken, **given):
    return running.run(
        **{"by": SYSTEM, "at": at, "snapshot": taken, "periods": PERIODS, "title": "试算"} | given
    )


def listed(actor, made, measure="HTN.1", side=figures.OUT, place=COUNTY, period="2025-01..2025-06", **more):
    asked = {"measure_code": measure, "period_code": period, "place": place, "side": side}
    with scope.acting(actor):
        return run_persons.persons(actor, made, **asked | more)


def counted(people):
    """The figures of each village by the row engine, person by person."""
    found = {}
    for person in live_reading.persons([each.pk for each in people]).values():
        for period in PERIODS:
            days = row.DateRange(*period.days)
            for measure in catalogue.measures():
                sides = (
                    measure.in_denominator,
                    measure.in_numerator,
                    measure.base.if_missing(False) & measure.excluded,
                )
                key = measure.code, period.code, person.place.area_key
                sums = found.setdefault(key, [0, 0, 0])
                for place, side in enumerate(sides):
                    sums[place] += row.evaluate_period(side, person.subject, days) is True
    return found


def test_reports_are_what_the_row_engine_counts_and_sum_up_at_every_level(scene, at, village):
    made = run(at, snapshot(at))
    wanted = counted(village)
    reports = MeasureReport.objects.filter(run=made, place__kind=figures.AREA).select_related("place")
    stored = {
        (each.measure, each.period, each.place.area_key): [each.denominator, each.numerator, each.excluded]
        for each in reports
    }
    assert {key: sides for key, sides in wanted.items() if any(sides)} == {
        key: sides for key, sides in stored.items() if key[2] in (VILLAGE, SIBLING) and any(sides)
    }
    for (measure, period, _), _ in wanted.items():
        parts = [wanted[measure, period, village] for village in (VILLAGE, SIBLING)]
        sums = [sum(sides) for sides in zip(*parts, strict=True)]
        for above in (660101101000, 660101000000):
            assert stored[measure, period, above] == sums, measure
        organizations = MeasureReport.objects.filter(
            run=made, measure=measure, period=period, place__key=str(scene.world.organizations["centre"].pk)
        )
        assert [[e.denominator, e.numerator, e.excluded] for e in organizations] in ([sums], []) or not any(
            sums
        )
    assert stored["HTN.1", "2025-01..2025-06", VILLAGE][0] == 3
    assert made.state == Run.State.COMPLETE
    assert made.definitions["HTN.1"] == catalogue.digest(catalogue.measure("HTN.1"))
    assert made.parameters["htn.standard_level"][-1][1] == "standard"
    assert tracing.verify(made) == []


def test_a_run_again_gives_the_same_files_and_figures(at, scene, village):
    taken = snapshot(at)
    first, second = run(at, taken), run(at, taken)
    assert first.files == second.files
    assert first.parameters_digest == second.parameters_digest
    figures_of = [
        sorted(
            MeasureReport.objects.filter(run=each).values_list(
                "measure", "period", "place__key", "denominator", "numerator", "excluded", "rate"
            )
        )
        for each in (first, second)
    ]
    assert figures_of[0] == figures_of[1]
    assert len(figures_of[0]) > 100


def test_persons_stand_on_one_side_each_with_reasons_and_are_written_down(scene, at, village):
    made = run(at, snapshot(at))
    report = MeasureReport.objects.get(
        run=made, measure="HTN.1", period="2025-01..2025-06", place__key=COUNTY.key
    )
    before = AuditEntry.objects.filter(action="list").count()
    out = listed(scene.centre, made)
    inside = listed(scene.centre, made, side=figures.IN)
    assert out.total == report.denominator - report.numerator == len(out.lines)
    assert inside.total == report.numerator
    assert {each.resident_id for each in out.lines} == {village[0].pk, village[2].pk, village[3].pk}
    line = next(each for each in out.lines if each.resident_id == village[0].pk)
    assert line.name == "王*"
    assert line.parts["年度体检完整"] is False
    assert line.parts["年内已管理"] is True
    assert any("随访1次，应2次" in each for each in line.reasons), line.reasons
    assert AuditEntry.objects.filter(action="list").count() == before + 2


def test_pages_of_persons_go_on_where_they_ended(scene, at, village):
    made = run(at, snapshot(at), periods=PERIODS[:1])
    seen, after = [], None
    while True:
        page = listed(scene.centre, made, measure="HR.1", side=figures.IN, after=after, limit=2)
        assert page.total == 6
        seen += [each.resident_id for each in page.lines]
        after = page.after
        if after is None:
            break
    assert sorted(seen) == sorted(each.pk for each in village)


def test_nobody_sees_persons_or_places_of_elsewhere(scene, at, village):
    made = run(at, snapshot(at), periods=PERIODS[:1])
    assert listed(scene.far, made).total == 0
    assert listed(scene.doctor, made, measure="HR.1", side=figures.IN).total == 4
    with scope.acting(scene.far):
        assert queries.place(scene.far, made, figures.AREA, str(VILLAGE)) is None
        assert queries.at(scene.far, made, [COUNTY], measures=["HTN.1"]) == []
    with scope.acting(scene.centre):
        tops = queries.tops(scene.centre, made)
        assert [each.key for each in tops] == ["660101101000"]
        rows = queries.below(scene.centre, made, tops[0], measures=["HTN.1"], period="2025-01..2025-06")
    assert [(each.place.level, each.denominator) for each in rows][:2] == [("township", 3), ("village", 3)]


def test_rows_of_a_place_its_ranking_and_its_past(scene, at, village):
    made = run(at, snapshot(at))
    actor = scene.world.actor("county_officer@commission")
    with scope.acting(actor):
        ranked = queries.ranking(actor, made, measure="HR.1", period="2024", level="village")
        assert {each.place.key for each in ranked} >= {str(VILLAGE), str(SIBLING)}
        figure = queries.at(actor, made, [COUNTY], measures=["HTN.1"], period="2025-01..2025-06")[0]
        assert queries.year_before(actor, figure) is None
        points = queries.trend(actor, measure="HTN.1", of=COUNTY, periods=PERIODS)
    assert [each[0].code for each in points] == [each.code for each in PERIODS]


def test_a_correction_shows_between_two_runs_with_the_record_that_caused_it(scene, at, village):
    before = run(at, snapshot(at), periods=PERIODS[:1])
    scene.resident = village[2]
    first = record(scene, at, dt.date(2025, 5, 20), answers=follow_up(scene, systolic=120))
    records.supersede_response(
        by=scene.doctor,
        at=at,
        response_id=first.responses[0].pk,
        answers=follow_up(scene, systolic=122),
        reason="抄录有误",
    )
    after = run(at, snapshot(at), periods=PERIODS[:1])
    with scope.acting(scene.centre):
        found = tracing.between(
            scene.centre, before, after, measure_code="HTN.3", period_code="2025-01..2025-06", place=COUNTY
        )
    assert found.counts == {(figures.OUT, figures.IN): 1}
    assert [each.resident_id for each in found.lines] == [village[2].pk]
    assert found.lines[0].parts == {"最近一次血压达标": (False, True)}
    texts = [each.text for each in found.lines[0].causes]
    assert any("高血压患者随访服务记录表（2025-05-20）" in text for text in texts), texts
    assert [each.kind for each in found.lines[0].causes] == [tracing.CORRECTED]
    # The earlier run is opened again and says what it said.
    assert tracing.verify(before) == []
    assert listed(scene.centre, before, measure="HTN.3").total == 1


def test_persons_of_another_run_are_refused_when_the_file_was_touched(scene, at, village):
    made = run(at, snapshot(at), periods=PERIODS[:1])
    path = run_files.of(made.id) / "2025-01..2025-06" / "hypertension.parquet"
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(Refused, match="不一致"):
        listed(scene.centre, made)
    assert any("不一致" in each for each in tracing.verify(made))


def test_a_failed_run_leaves_neither_files_nor_reports(scene, at, village, monkeypatch):
    taken = snapshot(at)
    monkeypatch.setattr(running, "_versions", lambda made, at: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(at, taken)
    assert [each.state for each in Run.objects.all()] == [Run.State.FAILED]
    assert not MeasureReport.objects.exists()
    assert list(run_files.home().iterdir()) == []


def test_the_database_refuses_a_numerator_above_its_denominator(scene, at, village):
    run(at, snapshot(at), periods=PERIODS[:1])
    with connection.cursor() as cursor, pytest.raises(Exception, match="measures_report_within"):
        cursor.execute("update measures_measurereport set numerator = denominator + 1")


def test_at_night_the_year_so_far_is_run_and_old_person_rows_go(scene, at, village, monkeypatch):
    monkeypatch.setattr("gongwei.base.clock.now", lambda: at)
    old, pinned = run(at, snapshot(at)), run(at, snapshot(at))
    running.keep(by=SYSTEM, at=at, run_id=pinned.id)
    for each in (old, pinned):
        Run.objects.filter(id=each.id).update(cut_at=at - dt.timedelta(days=900), kind=Run.Kind.ASKED)
    Run.objects.filter(id=pinned.id).update(cut_at=at - dt.timedelta(days=901))
    jobs.run_at_night(0)
    made = Run.objects.get(kind=Run.Kind.NIGHTLY)
    yesterday = clock.day_of(at) - dt.timedelta(days=1)
    assert [each.code for each in queries.periods_of(made)] == [
        each.code
        for each in (periods.to_date(yesterday), periods.quarter(yesterday), periods.month(yesterday))
    ]
    states = dict(Run.objects.values_list("id", "state"))
    assert (states[old.id], states[pinned.id], states[made.id]) == ("removed", "complete", "complete")
    # Of what was removed the figures stay, and the persons say why they are gone.
    assert queries.at(SYSTEM, old, [COUNTY], measures=["HR.3"])
    with pytest.raises(Refused):
        run_persons.persons(
            scene.world.actor("county_officer@commission"),
            Run.objects.get(id=old.id),
            measure_code="HR.3",
            period_code="2024",
            place=COUNTY,
            side=figures.IN,
        )


def test_a_run_asked_for_after_a_correction_shows_it(village, scene, at):
    """The latest snapshot serves as long as it shows all that was saved; however young, it is followed when it does not."""
    first = jobs.snapshot(SYSTEM)
    assert first.kind == "complete"
    assert jobs.snapshot(SYSTEM) == first
    record(scene, at, dt.date(2025, 5, 20), answers=follow_up(scene, systolic=150))
    second = jobs.snapshot(SYSTEM)
    assert (second.kind, second.base, second.changed) == ("increment", first, 1)
    assert jobs.snapshot(SYSTEM) == second
