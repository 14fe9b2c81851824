"""The columnar engine and the row engine give the same person-years; where they do not, it is found, told and put right."""

import datetime as dt

import pytest
from tests.integration.measures.conftest import (
    SIBLING,
    VILLAGE,
    YEAR,
    enrol,
    figures,
    follow_up,
    record,
    resident,
    wait_for_others,
)

from gongwei.base import changes, jobs
from gongwei.base.actors import SYSTEM
from gongwei.base.models import JobRun
from gongwei.measures import columns, comparing, live_counting, live_keeping, live_rebuilding
from gongwei.measures.live_models import Comparison, Difference, LiveFigure, LiveYear
from gongwei.places import operations as places
from gongwei.residents.models import Resident
from gongwei.snapshots import operations as snapshots

pytestmark = pytest.mark.django_db(transaction=True)
MAY = dt.date(2025, 5, 5)


@pytest.fixture
def village(scene, at):
    """Eight people: under management and not, old and young, seen and not, with and without a doctor."""
    people = [scene.resident]
    for number in range(2, 9):
        born = dt.date(1945 + 6 * number, 3, number)
        people.append(resident(scene.world, number=number, birth_date=born))
    for number, person in enumerate(people):
        scene.resident = person
        if number % 2 == 0:
            enrol(scene, at, started_on=dt.date(2024, 1 + number, 10))
            for month in range(1, 2 + number, 2):
                day = dt.date(2024 + month % 2, month, 5 + number)
                record(scene, at, min(day, MAY), answers=follow_up(scene, systolic=128 + 8 * (month % 4)))
    Resident.objects.filter(pk=people[1].pk).update(responsible_doctor=scene.practitioner)
    scene.resident = people[0]
    wait_for_others()
    return people


def test_both_engines_write_the_same_rows(scene, at, village):
    built = live_rebuilding.rebuild(at=at)
    assert built.written >= len(village)
    assert figures()["HR.3"][0] == len(village)
    assert figures()["HTN.1"][0] == 4
    by_columns = {year: live_counting.kept(year) for year in (YEAR - 1, YEAR)}
    assert live_keeping.recompute([each.pk for each in village], (YEAR - 1, YEAR)) == 0
    for table in columns.tables():
        table.model.objects.all().delete()
    LiveFigure.objects.all().delete()
    live_keeping.recompute([each.pk for each in village], (YEAR - 1, YEAR))
    assert {year: live_counting.kept(year) for year in (YEAR - 1, YEAR)} == by_columns
    assert live_rebuilding.rebuild(at=at).written == 0


def test_a_rebuild_takes_up_what_changed_after_its_snapshot_and_ends_the_waiting(scene, at, village):
    snapshot = snapshots.take(by=SYSTEM, at=at, reason="试")
    before = record(scene, at, MAY)
    assert before.responses
    live_rebuilding.rebuild(at=at, snapshot=snapshot)
    assert live_keeping.recompute([scene.resident.pk], (YEAR - 1, YEAR)) == 0
    assert {each.year for each in LiveYear.objects.all()} == {YEAR - 1, YEAR}
    place = changes.Bookmark(live_keeping.BOOKMARK).cursor
    assert place.xid == snapshot.cut_xid - 1
    assert live_rebuilding.due(at) is False


def test_a_rebuild_is_due_when_a_year_is_missing_or_rules_changed_and_not_twice(scene, at):
    assert live_rebuilding.due(at) is True
    jobs.enqueue(live_rebuilding.rebuild_job, by=SYSTEM)
    assert live_rebuilding.due(at) is False
    run = jobs.run_now(JobRun.objects.get(title=live_rebuilding.TITLE).pk)
    assert (run.state, run.error_zh) == ("succeeded", "")
    assert run.done == run.total == 2 * len(columns.tables())
    assert live_rebuilding.due(at) is False
    LiveYear.objects.filter(year=YEAR).update(rules="older")
    assert live_rebuilding.due(at) is True
    new_year = at.replace(year=YEAR + 1)
    assert live_rebuilding.due(new_year) is True
    live_rebuilding.rebuild(at=new_year)
    assert sorted(each.year for each in LiveYear.objects.all()) == [YEAR, YEAR + 1]
    assert figures(YEAR - 1) == {}


def test_nothing_differs_when_nothing_was_changed_by_hand(scene, at, village):
    live_rebuilding.rebuild(at=at)
    found = comparing.compare(at=at)
    assert [(each.year, each.different, each.figures_different) for each in found] == [
        (YEAR - 1, 0, 0),
        (YEAR, 0, 0),
    ]
    assert all(each.compared >= len(village) for each in found)
    assert comparing.standing().agrees


def test_planted_differences_are_found_part_by_part_told_and_put_right(scene, at, village):
    live_rebuilding.rebuild(at=at)
    right = live_counting.kept(YEAR)
    hypertension = next(each for each in columns.tables() if each.programme == "hypertension").model
    rows = list(hypertension.objects.filter(year=YEAR).order_by("resident_id"))
    hypertension.objects.filter(year=YEAR, resident=rows[0].resident_id).update(
        htn_at_goal=not rows[0].htn_at_goal
    )
    hypertension.objects.filter(year=YEAR, resident=rows[1].resident_id).delete()
    LiveFigure.objects.filter(year=YEAR, measure="HR.3").update(numerator=0, denominator=99)
    jobs.enqueue(comparing.compare_job, by=SYSTEM)
    run = jobs.run_now(JobRun.objects.get(title=comparing.TITLE).pk)
    assert run.state == "failed"
    assert "不一致：居民2人" in run.error_zh
    kept = Comparison.objects.get(year=YEAR)
    assert (kept.different, kept.figures_different > 0) == (2, True)
    found = {(each.resident_id, each.part): (each.live, each.columnar) for each in Difference.objects.all()}
    truth = {True: "true", False: "false"}
    assert found == {
        (rows[0].resident_id, "htn_at_goal"): (truth[not rows[0].htn_at_goal], truth[rows[0].htn_at_goal]),
        (rows[1].resident_id, "row"): ("无", "有"),
    }
    assert comparing.part_title("hypertension", "htn_at_goal") == "最近一次血压达标"
    assert not comparing.standing().agrees
    assert live_counting.kept(YEAR) == right
    assert all(not each.different for each in comparing.compare(at=at))
    assert comparing.standing().agrees


def test_whoever_the_follower_has_not_taken_waits_and_does_not_differ(scene, at, village):
    live_rebuilding.rebuild(at=at)
    record(scene, at, MAY)
    wait_for_others()
    found = comparing.compare(at=at)
    assert [(each.waiting, each.different) for each in found] == [(1, 0), (1, 0)]
    live_keeping.follow(at)
    found = comparing.compare(at=at)
    assert [(each.waiting, each.different) for each in found] == [(0, 0), (0, 0)]


def test_a_village_under_another_code_keeps_its_figures(scene, at, village):
    live_rebuilding.rebuild(at=at)
    assert live_rebuilding.settle_places(at) == 0
    before = live_counting.by_measure(live_counting.kept(YEAR))
    at = at + dt.timedelta(minutes=1)
    places.recode_area(
        by=SYSTEM, at=at, key=VILLAGE, code=str(SIBLING + 7), on=at.date(), document="试行〔2025〕1号"
    )
    assert live_rebuilding.settle_places(at) > 0
    after = live_counting.kept(YEAR)
    assert live_counting.by_measure(after) == before
    assert {area for _, area, _, _ in after} == {SIBLING + 7}
    assert live_rebuilding.settle_places(at) == 0
