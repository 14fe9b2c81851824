"""The second defence of places: what PostgreSQL itself lets an account see and write."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction
from tests.integration.places import worlds
from tests.integration.places.worlds import key

from gongwei.base import actors, scope
from gongwei.places import policy
from gongwei.places.models import (
    Account,
    Area,
    Duty,
    Grid,
    Organization,
    Practitioner,
    PractitionerPhone,
    ServedArea,
    SignInAttempt,
)

A, FAR = key(660101, 101, 201), key(660102, 101, 201)
PUBLIC = (Area, Organization, ServedArea, Practitioner, Duty)


def refused(write):
    """Whether row-level security refuses a write or leaves the row as it was. Raises any other database error."""
    try:
        with transaction.atomic():
            return write() == 0
    except DatabaseError as error:
        if "row-level security" not in str(error):
            raise
        return True


def everybody():
    return [f"{role}@{place}" for place, held in worlds.STAFF.items() for role in held]


def test_every_table_of_places_is_guarded(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class where relname like 'places\\_%' and relkind = 'r' and not relrowsecurity"
        )
        assert cursor.fetchall() == []


def test_nobody_sees_nothing(world):
    with scope.acting(actors.NOBODY):
        for model in (*PUBLIC, Account, PractitionerPhone, Grid, SignInAttempt):
            assert model.objects.count() == 0, model


def test_what_is_no_secret_is_read_by_all(world):
    everything = {model: model.objects.count() for model in PUBLIC}
    for name in everybody():
        with scope.acting(world.actor(name)):
            assert {model: model.objects.count() for model in PUBLIC} == everything, name


@pytest.mark.parametrize("name", everybody())
def test_accounts_are_seen_by_the_administrators_of_the_county(world, name):
    actor = world.actor(name)
    with scope.acting(actor):
        seen = set(Account.objects.values_list("username", flat=True))
    own = {name.replace("@", ".")}
    if not policy.may(actor, policy.ACCOUNT_VIEW):
        assert seen == own
    else:
        far = "far" in name
        assert {text for text in seen if ("far" in text) is not far} == set()
        assert len(seen) == (6 if far else 13)


@pytest.mark.parametrize("name", everybody())
def test_telephones_stay_in_the_county(world, name):
    actor = world.actor(name)
    with scope.acting(actor):
        seen = set(PractitionerPhone.objects.values_list("practitioner__organization__area_id", flat=True))
    county = actor.organization_id and Organization.objects.get(id=actor.organization_id).area_id // 10**6
    assert seen
    assert {area // 10**6 for area in seen} == {county}


@pytest.mark.parametrize("name", everybody())
def test_writes_follow_the_policy(world, name):
    """Each cell of the table that writes places, tried on the own county and on the other, without the application."""
    actor = world.actor(name)
    person, far_person = (
        world.practitioner("village_doctor@village_a"),
        world.practitioner("village_doctor@far_village"),
    )
    clinic, far_clinic = world.organizations["village_a"], world.organizations["far_village"]
    home = "far" not in name

    def duty(practitioner, organization):
        return lambda: Duty.objects.create(
            practitioner=practitioner,
            organization=organization,
            role="evaluator",
            from_on=dt.date(2026, 1, 1),
        )

    tries = {
        policy.AREA_EDIT: [lambda k=k: Area.objects.filter(key=k).update(name="改") for k in (A, FAR)],
        policy.ORGANIZATION_EDIT: [
            lambda o=o: Organization.objects.filter(id=o.id).update(name="改") for o in (clinic, far_clinic)
        ],
        policy.PRACTITIONER_EDIT: [
            lambda p=p: Practitioner.objects.filter(id=p.id).update(name="改") for p in (person, far_person)
        ],
        policy.DUTY_EDIT: [duty(person, clinic), duty(far_person, far_clinic)],
    }
    for action, (near, far) in tries.items():
        allowed = policy.relation(actor.role, action) is not policy.Relation.NONE
        with scope.acting(actor):
            assert refused(near) is not (allowed and home), (action, "near")
            assert refused(far) is not (allowed and not home), (action, "far")


def test_nobody_lets_an_organization_serve_another_county(world):
    centre, far = world.organizations["centre"], world.organizations["far_centre"]
    for name in everybody():
        with scope.acting(world.actor(name)):
            for place, area in ((centre, FAR), (far, A)):
                assert refused(
                    lambda place=place, area=area: ServedArea.objects.create(
                        organization=place, area_id=area, from_on=dt.date(2026, 1, 1)
                    )
                ), name
    assert not ServedArea.objects.filter(organization=centre, area_id=FAR).exists()


def test_grids_are_written_within_the_served_areas(world):
    clinic = world.organizations["village_a"]
    with scope.acting(world.actor("township_clerk@centre")):
        assert not refused(lambda: Grid.objects.create(organization=clinic, area_id=A, name="一组"))
        assert refused(
            lambda: Grid.objects.create(organization=clinic, area_id=key(660101, 102, 201), name="一组")
        )


def test_nobody_deletes(world):
    for name in everybody():
        with scope.acting(world.actor(name)):
            for model in (*PUBLIC, Account):
                with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                    model.objects.all()._raw_delete("default")


ROLE_LISTS = {
    ("places_area", "places_area_change"): policy.AREA_EDIT,
    ("places_organization", "places_organization_change"): policy.ORGANIZATION_EDIT,
    ("places_servedarea", "places_servedarea_insert"): policy.ORGANIZATION_EDIT,
    ("places_practitioner", "places_practitioner_change"): policy.PRACTITIONER_EDIT,
    ("places_practitionerphone", "places_practitionerphone_see"): policy.PHONE_VIEW,
    ("places_account", "places_account_see"): policy.ACCOUNT_VIEW,
    ("places_account", "places_account_insert"): policy.ACCOUNT_EDIT,
    ("places_duty", "places_duty_insert"): policy.DUTY_EDIT,
}


@pytest.mark.parametrize(("where", "action"), ROLE_LISTS.items())
def test_the_database_and_the_table_name_the_same_roles(db, where, action):
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(qual, '') || coalesce(with_check, '') from pg_policies where tablename = %s and policyname = %s",
            where,
        )
        condition = cursor.fetchone()[0]
    named = {role for role in policy.Role.values if role in condition}
    assert named == {
        role for role in policy.Role.values if policy.relation(role, action) is not policy.Relation.NONE
    }
