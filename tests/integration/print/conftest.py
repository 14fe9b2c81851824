"""A village with a resident who has an identity number, a telephone, follow-ups and an exam."""

import datetime as dt
from decimal import Decimal

import pytest
from tests.integration.records.conftest import (  # noqa: F401  (fixtures)
    NOW,
    SIBLING,
    VILLAGE,
    at,
    own_home,
    record,
    resident,
    scene,
)

from gongwei.base import ids
from gongwei.residents import sealing

NUMBER, PHONE = "320723195603081023", "13900001234"


@pytest.fixture
def known(scene):  # noqa: F811
    """The scene's resident with numbers and three follow-ups, and a neighbour in the next village with one."""
    resident_id = ids.uuid7()
    scene.resident = resident(
        scene.world,
        number=42,
        id=resident_id,
        name="王秀英",
        sex="2",
        birth_date=dt.date(1956, 3, 8),
        employer="云溪纺织厂",
        address="12号",
        **sealing.id_columns(resident_id, "01", NUMBER),
        **sealing.phone_columns(resident_id, PHONE),
    )
    days = (dt.date(2025, 1, 6), dt.date(2025, 3, 5), dt.date(2025, 5, 9), dt.date(2024, 11, 4))
    scene.followed = [record(scene, NOW, day).responses[0].pk for day in sorted(days)]
    scene.neighbour = resident(scene.world, SIBLING, "village_b", number=43, name="李某某")
    record(scene, NOW, dt.date(2025, 2, 3), by=scene.centre, resident_id=scene.neighbour.pk)
    return scene


def exam(scene, on=dt.date(2025, 4, 2), **changes):  # noqa: F811
    """Record an exam with raised pressure and return the id of its response."""
    answers = {
        "responsible_doctor": str(scene.practitioner.pk),
        "symptoms": ["01"],
        "body_temperature": Decimal("36.5"),
        "pulse_rate": 72,
        "respiratory_rate": 18,
        "systolic_left": 152,
        "diastolic_left": 94,
        "height": Decimal("158.0"),
        "weight": Decimal("54.0"),
        "waist": Decimal("80.0"),
        "elderly_self_rated_health": "1",
        "elderly_self_care": "1",
        "elderly_cognition": "1",
        "elderly_emotion": "1",
        "exercise_frequency": "4",
        "diet_habits": ["1"],
        "smoking_status": "1",
        "drinking_frequency": "1",
        "occupational_exposure": "1",
        "assessment": "2",
        "abnormalities": [{"finding": "血压偏高"}],
        "guidance": ["2"],
    } | changes
    return record(scene, NOW, on, form="check_up", answers=answers).responses[0].pk
