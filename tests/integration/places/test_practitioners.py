"""Practitioners, duties by date, and the three separate administrators."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from tests.integration.places.worlds import SINCE, key

from gongwei.base import actors, problems
from gongwei.places import actors as place_actors
from gongwei.places import operations, policy, queries
from gongwei.places.models import Duty, PractitionerPhone
from gongwei.places.roles import ADMINISTRATORS

TODAY = dt.date(2026, 3, 2)
A = key(660101, 101, 201)


@pytest.fixture
def security(world):
    return world.actor("security_admin@commission")


def assign(world, by, name, role, organization, from_on=TODAY, until_on=None):
    return operations.assign_duty(
        by=by,
        at=world.at,
        practitioner_id=world.practitioner(name).id,
        role=role,
        organization_id=world.organizations[organization].id,
        from_on=from_on,
        until_on=until_on,
    )


@pytest.mark.parametrize("first", ADMINISTRATORS)
@pytest.mark.parametrize("second", ADMINISTRATORS)
def test_no_two_administrators_in_one_person(world, first, second):
    """三员分立 as a constraint, not as a habit: also for the owner of the tables."""
    if first == second:
        assert Duty.objects.filter(role=first).count() == 2  # one in each county
        return
    other = Duty.objects.create(
        practitioner=world.practitioner(f"{first}@commission"),
        role=second,
        organization=world.organizations["commission"],
        from_on=SINCE - dt.timedelta(days=10),
        until_on=SINCE,
    )
    with pytest.raises(IntegrityError, match="three_administrators"), transaction.atomic():
        Duty.objects.filter(id=other.id).update(until_on=SINCE + dt.timedelta(days=1))
    assert Duty.objects.get(id=other.id).until_on == SINCE


def test_the_refusal_is_in_plain_chinese(world, security):
    with pytest.raises(problems.Refused, match="不得由一人兼任") as refused:
        assign(world, security, "audit_admin@commission", "system_admin", "commission")
    assert refused.value.code == "three_administrators"


def test_nobody_grants_to_oneself(world, security):
    with pytest.raises(problems.Refused) as refused:
        assign(world, security, "security_admin@commission", "county_officer", "commission")
    assert refused.value.code == "own_duty"


def test_the_last_security_administrator_stays(world):
    duty = world.duties["security_admin@far_commission"]
    with pytest.raises(problems.Refused) as refused:
        operations.end_duty(by=actors.SYSTEM, at=world.at, duty_id=duty.id, on=TODAY)
    assert refused.value.code == "last_administrator"


def test_several_duties_and_switching(world, security):
    account = world.accounts["village_doctor@village_a"]
    second = assign(world, security, "village_doctor@village_a", "village_doctor", "village_b")
    assert [duty.organization.name for duty in queries.duties_of(account, TODAY)] == [
        "village_a单位",
        "village_b单位",
    ]
    before = world.actor("village_doctor@village_a")
    after = operations.switch_duty(by=before, at=world.at, duty_id=second.id)
    assert (before.areas, after.areas) == (((A, A),), ((A + 1, A + 1),))
    assert after.duty_id == second.id


def test_nobody_switches_to_anothers_duty(world):
    with pytest.raises(policy.Forbidden):
        operations.switch_duty(
            by=world.actor("village_doctor@village_a"),
            at=world.at,
            duty_id=world.duties["county_officer@commission"].id,
        )


def test_a_duty_ends_on_its_day(world, security):
    duty = world.duties["village_doctor@village_a"]
    account = world.accounts["village_doctor@village_a"]
    operations.end_duty(by=security, at=world.at, duty_id=duty.id, on=TODAY)
    assert list(queries.duties_of(account, TODAY - dt.timedelta(days=1))) == [duty]
    assert not queries.duties_of(account, TODAY).exists()
    assert place_actors.chosen_duty(account, duty.id, TODAY) is None


def test_the_same_duty_twice_is_refused(world, security):
    with pytest.raises(problems.Refused) as refused:
        assign(world, security, "village_doctor@village_a", "village_doctor", "village_a")
    assert refused.value.code == "overlap"


@pytest.mark.parametrize(
    ("role", "until", "field"), [("mayor", None, "role"), ("evaluator", TODAY, "until_on")]
)
def test_bad_duties(world, security, role, until, field):
    with pytest.raises(problems.Refused) as refused:
        assign(world, security, "village_doctor@village_a", role, "commission", until_on=until)
    assert refused.value.field == field


def test_roles_without_residents_act_with_no_area(world):
    for name in world.accounts:
        actor = world.actor(name)
        if actor.role in {"finance_officer", "system_admin", "security_admin"} or "hospital" in name:
            assert actor.areas == (), name
        else:
            assert actor.areas, name


def test_an_actor_is_made_only_of_ones_own_duty(world):
    with pytest.raises(ValueError, match="another"):
        place_actors.actor_for(
            world.accounts["village_doctor@village_a"], world.duties["village_doctor@village_b"]
        )


@pytest.mark.parametrize(
    ("more", "field"),
    [({"name": ""}, "name"), ({"phone": "12345"}, "phone"), ({"sex": "3"}, "sex")],
)
def test_bad_particulars(world, more, field):
    with pytest.raises(problems.Refused) as refused:
        operations.create_practitioner(
            by=world.actor("township_director@centre"),
            at=world.at,
            organization_id=world.organizations["village_a"].id,
            **{"name": "王小明", **more},
        )
    assert refused.value.field == field


def test_a_director_enters_staff_below_and_not_beside(world):
    director = world.actor("township_director@centre")
    make = {"by": director, "at": world.at, "name": "王小明", "phone": "１３９ 0000 1234"}
    made = operations.create_practitioner(**make, organization_id=world.organizations["village_a"].id)
    assert made in queries.search_practitioners(director, "wxm")
    for place in ("other_village", "commission", "far_village"):
        with pytest.raises(policy.Forbidden):
            operations.create_practitioner(**make, organization_id=world.organizations[place].id)


def test_telephones_are_sealed_and_shown_to_those_who_may(world):
    person = world.practitioner("village_doctor@village_a")
    assert b"138" not in bytes(PractitionerPhone.objects.get(practitioner=person).phone_cipher)
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from base_auditentry")
        before = cursor.fetchone()[0]
    director = world.actor("township_director@centre")
    assert queries.phone_of(by=director, practitioner_id=person.id) == "13800000000"
    own = world.actor("village_doctor@village_a")
    assert queries.phone_of(by=own, practitioner_id=person.id) == "13800000000"
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from base_auditentry")
        assert cursor.fetchone()[0] == before + 2
    for stranger in ("village_doctor@village_b", "township_director@far_centre", "audit_admin@commission"):
        with pytest.raises(policy.Forbidden):
            queries.phone_of(by=world.actor(stranger), practitioner_id=person.id)
