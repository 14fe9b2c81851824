"""A great backlog is taken by the columnar engine over an increment, with the rows and figures the row engine would give."""

import datetime as dt

import pytest
from tests.integration.measures.conftest import (
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
from gongwei.measures import live_catching, live_counting, live_keeping, live_periodic, live_rebuilding
from gongwei.residents.models import Resident
from gongwei.snapshots import operations as snapshots
from gongwei.snapshots.models import Snapshot

pytestmark = pytest.mark.django_db(transaction=True)
MAY = dt.date(2025, 5, 5)
YEARS = (YEAR - 1, YEAR)


@pytest.fixture
def village(scene, at):
    """Six people on file, with figures built and a snapshot as old as the bookmark; then four of them change."""
    people = [scene.resident]
    people += [
        resident(scene.world, number=number, birth_date=dt.date(1945 + 6 * number, 3, number))
        for number in range(2, 7)
    ]
    wait_for_others()
    live_rebuilding.rebuild(at=at)
    for number, person in enumerate(people[:4]):
        scene.resident = person
        enrol(scene, at, started_on=dt.date(2025, 1 + number, 10))
        record(scene, at, MAY, answers=follow_up(scene, systolic=128 + 8 * number))
    Resident.objects.filter(pk=people[1].pk).update(responsible_doctor=scene.practitioner)
    wait_for_others()
    return people


def test_an_increment_brings_what_the_row_engine_would(at, village):
    assert figures().get("HTN.1", (0,))[0] == 0
    done = live_catching.catch_up(at=at)
    assert Snapshot.objects.order_by("-cut_at").first().kind == Snapshot.Kind.INCREMENT
    assert done.written >= 4
    assert figures()["HTN.1"][0] == 4
    assert all(live_counting.wrong(year) == 0 for year in YEARS)
    # Nothing is left for the row engine, and nobody else was touched.
    assert live_keeping.recompute([each.pk for each in village], YEARS) == 0
    assert live_keeping.follow(at) == 0


def test_who_changes_while_it_runs_is_not_lost(scene, at, village, monkeypatch):
    take = snapshots.take

    def and_then_somebody_saves(**asked):
        snapshot = take(**asked)
        scene.resident = village[4]
        enrol(scene, at, started_on=dt.date(2025, 2, 10))
        return snapshot

    monkeypatch.setattr(snapshots, "take", and_then_somebody_saves)
    live_catching.catch_up(at=at)
    assert figures()["HTN.1"][0] == 5
    assert all(live_counting.wrong(year) == 0 for year in YEARS)


def test_without_a_snapshot_as_old_as_the_bookmark_all_is_built_anew(at, village):
    changes.Bookmark(live_keeping.BOOKMARK).rewind()
    live_catching.catch_up(at=at)
    assert Snapshot.objects.order_by("-cut_at").first().kind == Snapshot.Kind.COMPLETE
    assert figures()["HTN.1"][0] == 4
    assert live_keeping.recompute([each.pk for each in village], YEARS) == 0


def test_the_follower_leaves_a_great_backlog_to_it_and_takes_a_small_one(at, village, monkeypatch):
    monkeypatch.setattr("gongwei.base.clock.now", lambda: at)
    monkeypatch.setattr(live_catching, "MANY", 4)
    assert live_catching.due(at)
    live_periodic.follow(0)
    run = JobRun.objects.get(title=live_catching.TITLE)
    assert (run.state, figures().get("HTN.1", (0,))[0]) == ("queued", 0)
    live_periodic.follow(0)
    assert JobRun.objects.filter(title=live_catching.TITLE).count() == 1
    assert jobs.run_now(run.pk).state == "succeeded"
    assert figures()["HTN.1"][0] == 4
    assert not live_catching.due(at)


def test_after_a_failure_the_row_engine_does_it(at, village, monkeypatch):
    monkeypatch.setattr(live_catching, "MANY", 4)
    run = jobs.enqueue(live_catching.catch_up_job, by=SYSTEM)
    JobRun.objects.filter(pk=run.pk).update(state="failed", finished_at=at)
    assert not live_catching.due(at + dt.timedelta(minutes=1))
    assert live_catching.due(at + dt.timedelta(minutes=11))
