"""Episodes step by step, lost residents who are served, and records that follow a merge."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from tests.integration.records.conftest import record, resident

from gongwei.base.problems import Refused
from gongwei.programmes.hypertension.models import FollowUp
from gongwei.records import operations, queries
from gongwei.records.models import Encounter, Episode, EpisodeChange, Response
from gongwei.residents import merging
from gongwei.residents.models import Resident

DAY = dt.date(2025, 1, 10)


def start(scene, at, **changes):
    """Put the scene's resident on the list of hypertension."""
    values = {
        "by": scene.doctor,
        "at": at,
        "resident_id": scene.resident.pk,
        "kind": "hypertension",
        "started_on": DAY,
    } | changes
    return operations.start_episode(**values)


def test_from_suspected_to_managed_to_ended_and_back(scene, at):
    episode = start(scene, at, state="suspected", found_by="screening")
    for state in ("verified", "active"):
        operations.change_episode(
            by=scene.doctor,
            at=at,
            episode_id=episode.pk,
            state=state,
            on_date=DAY,
            reason="三次非同日血压偏高",
        )
    operations.end_episode(
        by=scene.doctor, at=at, episode_id=episode.pk, ended_on=dt.date(2025, 3, 1), end_reason="2"
    )
    episode.refresh_from_db()
    assert (episode.state, episode.ended_on, episode.end_reason) == ("ended", dt.date(2025, 3, 1), "2")
    operations.reopen_episode(
        by=scene.doctor, at=at, episode_id=episode.pk, on_date=dt.date(2025, 4, 1), reason="迁回"
    )
    episode.refresh_from_db()
    assert (episode.state, episode.ended_on, episode.end_reason, episode.version) == ("active", None, "", 5)
    steps = EpisodeChange.objects.filter(episode=episode).order_by("id").values_list("before", "after")
    assert list(steps) == [
        ("", "suspected"),
        ("suspected", "verified"),
        ("verified", "active"),
        ("active", "ended"),
        ("ended", "active"),
    ]


def test_who_is_managed_is_counted_where_one_works(scene, at):
    episode = start(scene, at, state="suspected", found_by="screening")
    assert queries.managed_counts(scene.doctor) == {}
    for state in ("verified", "active"):
        operations.change_episode(
            by=scene.doctor,
            at=at,
            episode_id=episode.pk,
            state=state,
            on_date=DAY,
            reason="三次非同日血压偏高",
        )
    assert queries.managed_counts(scene.doctor) == {"hypertension": 1}
    assert queries.managed_counts(scene.centre) == {"hypertension": 1}
    assert queries.managed_counts(scene.far) == {}


def test_one_open_episode_of_a_kind(scene, at):
    first = start(scene, at)
    with pytest.raises(Refused) as refusal:
        start(scene, at)
    assert (refusal.value.code, refusal.value.details) == ("episode_open", {"episode": str(first.pk)})
    with pytest.raises(IntegrityError), transaction.atomic():
        Episode.objects.create(
            resident=scene.resident,
            area_key=scene.resident.area_id,
            kind="hypertension",
            state="active",
            started_on=DAY,
            organization=scene.world.organizations["village_a"],
        )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "flying"}, "unknown_kind"),
        ({"started_on": dt.date(2025, 6, 3)}, "future"),
        ({"started_on": dt.date(1950, 1, 1)}, "before_birth"),
        ({"state": "ended"}, "state"),
        ({"diagnosed_on": dt.date(2030, 1, 1)}, "date"),
    ],
)
def test_impossible_episodes_are_refused(scene, at, changes, code):
    with pytest.raises(Refused) as refusal:
        start(scene, at, **changes)
    assert refusal.value.code == code
    assert not Episode.objects.exists()


def test_steps_that_make_no_sense_are_refused(scene, at):
    episode = start(scene, at)
    common = {"by": scene.doctor, "at": at, "episode_id": episode.pk}
    with pytest.raises(Refused):
        operations.end_episode(**common, ended_on=dt.date(2025, 1, 9), end_reason="2")
    with pytest.raises(Refused):
        operations.end_episode(**common, ended_on=dt.date(2025, 6, 3), end_reason="2")
    with pytest.raises(Refused):
        operations.end_episode(**common, ended_on=DAY, end_reason=" ")
    operations.end_episode(**common, ended_on=DAY, end_reason="1")
    assert (
        operations.end_episode(**common, ended_on=DAY, end_reason="2").end_reason == "1"
    )  # twice is harmless
    with pytest.raises(Refused):
        operations.change_episode(**common, state="suspected", on_date=DAY, reason="误诊")


def test_a_lost_resident_comes_back_by_being_served(scene, at):
    Resident.objects.filter(pk=scene.resident.pk).update(status="lost", status_since=dt.date(2024, 12, 1))
    unreached = {
        "result": "2",
        "not_completed_reason": "电话停机",
        "responsible_doctor": str(scene.practitioner.pk),
    }
    record(scene, at, dt.date(2025, 1, 5), answers=unreached)
    assert Resident.objects.get(pk=scene.resident.pk).status == "lost"
    record(scene, at, DAY)
    assert Resident.objects.get(pk=scene.resident.pk).status == "active"


def test_every_table_that_names_a_resident_follows_a_merge(db):
    assert [name for name in merging.unregistered() if not name.startswith("residents_")] == []


def test_records_follow_a_merge_and_come_back(scene, at):
    """records.md §12.5: 3 + 2 follow-ups → 5 with the survivor; undone, 3 and 2 again."""
    survivor = resident(scene.world, number=2)
    for month in (1, 2, 3):
        record(scene, at, dt.date(2025, month, 10))
    for month in (1, 2):
        record(scene, at, dt.date(2025, month, 20), resident_id=survivor.pk)
    moved = merging.move(scene.resident.pk, survivor.pk, survivor.area_id)
    for model in (Encounter, Response, FollowUp):
        assert model.objects.filter(resident=survivor).count() == 5
        assert not model.objects.filter(resident=scene.resident).exists()
    assert merging.services(survivor.pk) == 5
    merging.put_back(moved, survivor.pk, scene.resident.pk, scene.resident.area_id)
    assert Encounter.objects.filter(resident=scene.resident).count() == 3
    assert FollowUp.objects.filter(resident=survivor).count() == 2
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
