"""The village, doctor and clerk of the record tests, with keys of their own."""

from types import SimpleNamespace

import pytest
from tests.integration.places import worlds
from tests.integration.records.conftest import NOW, own_home, resident

from gongwei.base import clock

__all__ = ["own_home"]


@pytest.fixture
def at():
    """Monday morning, on a clock that stands still."""
    with clock.fixed(NOW):
        yield NOW


@pytest.fixture
def scene(db, at):
    """The small world with one resident in village a, and the clerk who imports."""
    world = worlds.build(NOW)
    return SimpleNamespace(
        world=world,
        doctor=world.actor("village_doctor@village_a"),
        clerk=world.actor("township_clerk@centre"),
        officer=world.actor("county_officer@commission"),
        far=world.actor("village_doctor@far_village"),
        practitioner=world.practitioner("village_doctor@village_a"),
        resident=resident(world),
    )
