"""The village, doctor and clerk of the record tests, with keys of their own."""

import dataclasses
from types import SimpleNamespace

import pytest
from tests.integration.base.conftest import database_url  # noqa: F401
from tests.integration.places import worlds
from tests.integration.records.conftest import FAR, NOW, own_home, resident

from gongwei.base import clock
from gongwei.places import policy
from gongwei.residents import identity, sealing
from gongwei.residents.models import Resident

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


@pytest.fixture
def by(scene):
    """The county's, as packages are written."""
    return dataclasses.replace(
        scene.officer,
        role=policy.PACKAGE,
        organization_id=None,
        practitioner_id=None,
        areas=((660101000000, 660101999999),),
        source="import",
    )


def own_number():
    """The identity number of 王建国."""
    return "66010119610101001" + identity.check_character("66010119610101001")


@pytest.fixture
def people(scene):
    """Three residents of the clerk's townships, one with an identity number, and one of another county."""
    first = scene.resident
    columns = sealing.id_columns(first.pk, "01", own_number())
    Resident.objects.filter(pk=first.pk).update(name="王建国", **columns)
    second = resident(scene.world, number=2, name="李桂兰", sex="2")
    third = resident(scene.world, number=3, name="张秀英", sex="2")
    far = resident(scene.world, area_key=FAR, organization="far_village", number=4, name="赵远")
    return {"王建国": first, "李桂兰": second, "张秀英": third, "赵远": far}
