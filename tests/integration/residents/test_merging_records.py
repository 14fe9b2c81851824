"""§12.5: two records with 3 + 2 follow-ups become one with 5, counted once; undone, 3 and 2 again."""

import datetime as dt

from tests.integration.records import conftest as records_scene
from tests.integration.residents.conftest import TODAY, actors_of, file, person

from gongwei.base import scope
from gongwei.programmes.hypertension.models import FollowUp
from gongwei.records.models import Encounter, Response
from gongwei.residents import operations, queries


def follow_up(scene, resident, day):
    """One hypertension follow-up of a resident."""
    scene.resident = resident
    scene.practitioner = scene.world.practitioner("village_doctor@village_a")
    return records_scene.record(scene, scene.at, day)


def owners(model):
    """How many rows of a table each resident has."""
    counted = {}
    for key in model.objects.values_list("resident_id", flat=True):
        counted[key] = counted.get(key, 0) + 1
    return counted


def test_five_follow_ups(scene):
    """Encounters, responses and typed rows follow, with the area; a follow-up added since stays when undone."""
    one = file(scene)
    other = operations.register_resident(
        by=scene.doctor,
        at=scene.at,
        profile=person(id_number="", no_id_reason="证件遗失"),
        not_same_as=[one.id],
    ).resident
    for month in (1, 2, 3):
        follow_up(scene, one, dt.date(2025, month, 10))
    for month in (4, 5):
        follow_up(scene, other, dt.date(2025, month, 10))
    assert queries.suggest_survivor(scene.clerk, other.id, one.id) == one.id
    with scope.acting(scene.clerk):
        done = operations.merge_residents(
            by=scene.clerk, at=scene.at, survivor_id=one.id, loser_id=other.id, reason="同一人"
        )
    for model in (Encounter, Response, FollowUp):
        assert owners(model) == {one.id: 5}, model
    assert queries.permanent_on(TODAY).count() == 1
    one.refresh_from_db()
    follow_up(scene, one, dt.date(2025, 6, 1))
    with scope.acting(scene.clerk):
        operations.undo_merge(by=scene.clerk, at=scene.at, merge_id=done.id, reason="不是同一人")
    for model in (Encounter, Response, FollowUp):
        assert owners(model) == {one.id: 4, other.id: 2}, model
    assert actors_of(scene.world).clerk == scene.clerk


def test_newer_with_more_services_survives(scene):
    """records.md §5: older filing date unless the newer has more services."""
    one = file(scene)
    other = operations.register_resident(
        by=scene.doctor,
        at=scene.at,
        profile=person(id_number="", no_id_reason="证件遗失"),
        not_same_as=[one.id],
    ).resident
    follow_up(scene, other, dt.date(2025, 4, 10))
    assert queries.suggest_survivor(scene.clerk, one.id, other.id) == other.id


def test_records_follow_a_transfer(scene):
    """The receiving side sees the follow-ups, the old side no more (ON UPDATE CASCADE of the area)."""
    made = file(scene)
    follow_up(scene, made, dt.date(2025, 4, 10))
    asked = operations.request_transfer(
        by=scene.doctor,
        at=scene.at,
        resident_id=made.id,
        to_area=scene.world.organizations["other_village"].area_id,
    )
    with scope.acting(scene.other):
        assert not Encounter.objects.exists()
        operations.confirm_transfer(by=scene.other, at=scene.at, transfer_id=asked.id)
        assert (Encounter.objects.count(), Response.objects.count(), FollowUp.objects.count()) == (1, 1, 1)
    with scope.acting(scene.doctor):
        assert (Encounter.objects.count(), Response.objects.count(), FollowUp.objects.count()) == (0, 0, 0)
