"""A village, its doctor, residents, and a follow-up that has nothing wrong with it."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from tests.integration.places import worlds

from gongwei.base import clock, ids
from gongwei.records import operations
from gongwei.residents.models import Resident

NOW = dt.datetime(2025, 6, 2, 2, 0, tzinfo=dt.UTC)
TODAY = dt.date(2025, 6, 2)
VILLAGE, SIBLING, FAR = (
    worlds.key(660101, 101, 201),
    worlds.key(660101, 101, 202),
    worlds.key(660102, 101, 201),
)


@pytest.fixture(autouse=True)
def own_home(settings, tmp_path):
    """Keys of its own, and cheap password hashes."""
    settings.HOME = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def resident(world, area_key=VILLAGE, organization="village_a", number=1, **changes):
    """A resident written straight into the table: registering is another storey's matter."""
    values = {
        "id": ids.uuid7(),
        "record_no": f"660101101101{number:05d}",
        "name": "王某",
        "name_sort": "wangmou",
        "sex": "1",
        "birth_date": dt.date(1961, 1, 1),
        "id_type": "01",
        "area_id": area_key,
        "residence_type": "1",
        "managing_organization": world.organizations[organization],
        "status": "active",
        "status_since": dt.date(2020, 1, 1),
        "filed_on": dt.date(2020, 1, 1),
        "origin": "page",
        "created_at": world.at,
        "updated_at": world.at,
    } | changes
    return Resident.objects.create(**values)


def world_of_records():
    """The small world with one resident in village a."""
    world = worlds.build(NOW)
    return SimpleNamespace(
        world=world,
        doctor=world.actor("village_doctor@village_a"),
        centre=world.actor("township_doctor@centre"),
        far=world.actor("village_doctor@far_village"),
        practitioner=world.practitioner("village_doctor@village_a"),
        resident=resident(world),
    )


@pytest.fixture
def at():
    """Monday morning, on a clock that stands still."""
    with clock.fixed(NOW):
        yield NOW


@pytest.fixture
def scene(db, at):
    """See `world_of_records`."""
    return world_of_records()


def follow_up(scene, **changes):
    """Answers of a complete hypertension follow-up: 138/88, no reaction."""
    answers = {
        "symptoms": ["1"],
        "systolic": 138,
        "diastolic": 88,
        "height": Decimal("170.0"),
        "weight": Decimal("65.0"),
        "heart_rate": 72,
        "cigarettes": 0,
        "cigarettes_goal": 0,
        "alcohol_liang": Decimal("0"),
        "alcohol_liang_goal": Decimal("0"),
        "exercise_per_week": 3,
        "exercise_minutes": 30,
        "exercise_per_week_goal": 3,
        "exercise_minutes_goal": 30,
        "salt": "1",
        "salt_goal": "1",
        "psychological_adjustment": "1",
        "compliance": "1",
        "medication_adherence": "1",
        "adverse_reaction": "1",
        "complication": "0",
        "medications": [{"name": "硝苯地平", "times_a_day": 2, "dose": "10", "dose_unit": "1"}],
        "responsible_doctor": str(scene.practitioner.pk),
    } | changes
    return {name: value for name, value in answers.items() if value is not None}


def record(scene, at, day, form="htn_follow_up", answers=None, **changes):
    """Record one follow-up of the scene's resident."""
    return operations.record_encounter(
        **{
            "by": scene.doctor,
            "at": at,
            "resident_id": scene.resident.pk,
            "done_on": day,
            "mode": "outpatient",
            "responses": [(form, follow_up(scene) if answers is None else answers)],
        }
        | changes
    )
