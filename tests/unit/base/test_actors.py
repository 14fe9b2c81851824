"""Actors: their reach, and their way through a job's arguments."""

from uuid import UUID

from gongwei.base.actors import NOBODY, SYSTEM, Actor

DOCTOR = Actor(
    account_id=UUID(int=1),
    practitioner_id=UUID(int=2),
    duty_id=UUID(int=3),
    role="village_doctor",
    organization_id=UUID(int=4),
    name="李医生",
    areas=((320723101001, 320723101001), (320723101005, 320723101007)),
)


def test_reach():
    assert DOCTOR.covers(320723101006)
    assert not DOCTOR.covers(320723101003)
    assert not DOCTOR.covers(None)
    assert (DOCTOR.lowest, DOCTOR.highest) == (320723101001, 320723101007)


def test_the_system_reaches_everything_and_nobody_nothing():
    assert SYSTEM.covers(320723101006)
    assert not NOBODY.covers(320723101006)
    assert NOBODY.lowest > NOBODY.highest


def test_an_actor_comes_back_from_plain_values():
    assert Actor.from_json(DOCTOR.as_json()) == DOCTOR
    assert Actor.from_json(SYSTEM.as_json()) == SYSTEM
