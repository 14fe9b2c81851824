"""From a sign in the records to the list of the suspected, and what a person decides (hypertension.md §1)."""

import datetime as dt

from tests.integration.tasks.conftest import enrol, record

from gongwei.base import scope
from gongwei.records import operations as records
from gongwei.records import succession
from gongwei.records.models import Episode
from gongwei.residents import operations as residents
from gongwei.tasks import following, suspecting, suspects
from gongwei.tasks.models import Suspicion

D = dt.date


def measured(scene, at, day, systolic=152, diastolic=94):
    """One first-visit pressure of the scene's resident, a man of 64."""
    return record(
        scene,
        at,
        day,
        form="htn_first_pressure",
        answers={
            "occasion": "1",
            "known_hypertension": "1",
            "systolic": systolic,
            "diastolic": diastolic,
            "responsible_doctor": str(scene.practitioner.pk),
        },
    )


def open_kind(kind="hypertension"):
    return Episode.objects.filter(kind=kind).exclude(state="dismissed").first()


def test_three_raised_readings_on_different_days_make_a_suspect(scene, at):
    for day in (D(2025, 5, 1), D(2025, 5, 8)):
        measured(scene, at, day)
    suspecting.find([scene.resident.pk], at)
    assert open_kind() is None
    kept = measured(scene, at, D(2025, 5, 15))
    assert suspecting.find([scene.resident.pk], at) >= 1
    episode = open_kind()
    assert (episode.state, episode.started_on) == ("suspected", D(2025, 5, 15))
    evidence = Suspicion.objects.get(episode_id=episode.pk)
    assert len(evidence.responses) == 3
    assert kept.responses[0].pk in evidence.responses
    assert suspecting.find([scene.resident.pk], at) == 0


def test_a_dismissed_suspicion_comes_back_only_by_new_records(scene, at):
    for day in (D(2025, 5, 1), D(2025, 5, 8), D(2025, 5, 15)):
        measured(scene, at, day)
    suspecting.find([scene.resident.pk], at)
    episode = open_kind()
    records.change_episode(
        by=scene.doctor,
        at=at,
        episode_id=episode.pk,
        state="dismissed",
        on_date=D(2025, 5, 20),
        reason="家庭自测均正常",
    )
    assert suspecting.find([scene.resident.pk], at) == 0
    assert open_kind() is None
    for day in (D(2025, 5, 22), D(2025, 5, 26), D(2025, 5, 30)):
        measured(scene, at, day)
    suspecting.find([scene.resident.pk], at)
    again = open_kind()
    assert (again.state, again.started_on) == ("suspected", D(2025, 5, 30))


def test_somebody_under_management_is_not_suspected(scene, at):
    enrol(scene, at)
    for day in (D(2025, 5, 1), D(2025, 5, 8), D(2025, 5, 15)):
        measured(scene, at, day)
    suspecting.find([scene.resident.pk], at)
    assert [each.state for each in Episode.objects.filter(kind="hypertension")] == ["active"]
    assert not Suspicion.objects.filter(kind="hypertension").exists()


def test_the_list_shows_why_to_those_who_serve_the_place(scene, at):
    for day in (D(2025, 5, 1), D(2025, 5, 8), D(2025, 5, 15)):
        measured(scene, at, day)
    suspecting.find([scene.resident.pk], at)
    with scope.acting(scene.doctor):
        page = suspects.page(scene.doctor, suspects.Filters(kinds=("hypertension",)))
    assert [(row.name, row.title, row.state_title) for row in page.rows] == [
        ("王某", "高血压患者管理", "疑似")
    ]
    assert page.rows[0].signs[0].on == D(2025, 5, 15)
    with scope.acting(scene.far):
        assert suspects.page(scene.far).rows == []


def die(scene, at):
    residents.record_death(
        by=scene.doctor,
        at=at,
        resident_id=scene.resident.pk,
        death_on=D(2025, 5, 30),
        cause="脑卒中",
        source="family",
    )


def test_death_ends_management_and_restoring_takes_it_up_again(scene, at):
    episode = enrol(scene, at)
    die(scene, at)
    assert succession.settle(resident_id=scene.resident.pk, at=at) == 1
    episode.refresh_from_db()
    assert (episode.state, episode.ended_on, episode.end_reason) == ("ended", D(2025, 5, 30), "1")
    assert succession.settle(resident_id=scene.resident.pk, at=at) == 0
    residents.restore(
        by=scene.world.actor("township_clerk@centre"), at=at, resident_id=scene.resident.pk, reason="误登记"
    )
    assert succession.settle(resident_id=scene.resident.pk, at=at) == 1
    episode.refresh_from_db()
    assert (episode.state, episode.ended_on) == ("active", None)
    assert succession.settle(resident_id=scene.resident.pk, at=at) == 0


def test_what_a_person_ended_stays_ended_when_the_file_is_restored(scene, at):
    episode = enrol(scene, at)
    records.end_episode(
        by=scene.doctor, at=at, episode_id=episode.pk, ended_on=D(2025, 4, 1), end_reason="4", reason="拒绝"
    )
    die(scene, at)
    succession.settle(resident_id=scene.resident.pk, at=at)
    residents.restore(
        by=scene.world.actor("township_clerk@centre"), at=at, resident_id=scene.resident.pk, reason="误登记"
    )
    assert succession.settle(resident_id=scene.resident.pk, at=at) == 0
    episode.refresh_from_db()
    assert episode.state == "ended"


def test_a_suspicion_ends_with_the_file_and_comes_back_with_it(scene, at):
    for day in (D(2025, 5, 1), D(2025, 5, 8), D(2025, 5, 15)):
        measured(scene, at, day)
    suspecting.find([scene.resident.pk], at)
    die(scene, at)
    succession.settle(resident_id=scene.resident.pk, at=at)
    assert set(Episode.objects.values_list("state", flat=True)) == {"dismissed"}
    residents.restore(
        by=scene.world.actor("township_clerk@centre"), at=at, resident_id=scene.resident.pk, reason="误登记"
    )
    succession.settle(resident_id=scene.resident.pk, at=at)
    assert open_kind().state == "suspected"


def test_the_follower_does_all_of_it(scene, at):
    episode = enrol(scene, at)
    die(scene, at)
    rows = [
        type("Row", (), {"kind": "resident.died", "resident_id": scene.resident.pk}),
        type("Row", (), {"kind": "resident", "resident_id": None}),
    ]
    following.take(rows, at)
    episode.refresh_from_db()
    assert episode.state == "ended"
