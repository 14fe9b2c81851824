"""Organizations, whom they serve by date, and grids."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from tests.integration.places.worlds import SINCE, key

from gongwei.base import problems
from gongwei.places import operations, policy, queries, reach, serving
from gongwei.places.models import Area, Organization, ServedArea

A, B = key(660101, 101, 201), key(660101, 101, 202)
TOWN = key(660101, 101)


@pytest.fixture
def officer(world):
    return world.actor("county_officer@commission")


def new(by, at, **more):
    values = {"code": "GW9", "name": "新设卫生室", "kind": "village_clinic", "area_key": B, **more}
    return operations.create_organization(by=by, at=at, **values)


def test_create_and_find(world, officer):
    made = new(
        officer, world.at, credit_code="91350100m000100y43", parent_id=world.organizations["centre"].id
    )
    assert (made.credit_code, made.initials) == ("91350100M000100Y43", "xswss")
    assert made in queries.search_organizations(officer, "xsw")
    assert made in queries.organizations(officer)
    assert made not in queries.organizations(world.actor("county_officer@far_commission"))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"code": "GW0001"}, "code"),
        ({"code": ""}, "code"),
        ({"name": " "}, "name"),
        ({"kind": "shop"}, "kind"),
        ({"credit_code": "91350100M000100Y44"}, "credit_code"),
        ({"phone": "1" * 21}, "phone"),
        ({"area_key": 660101101299}, "area"),
    ],
)
def test_refused_beside_the_field(world, officer, more, field):
    with pytest.raises(problems.Refused) as refused:
        new(officer, world.at, **more)
    assert refused.value.field == field


def test_not_in_another_county(world, officer):
    with pytest.raises(policy.Forbidden):
        new(officer, world.at, area_key=key(660102, 101, 201))
    with pytest.raises(policy.Forbidden):
        operations.set_served_area(
            by=officer,
            at=world.at,
            organization_id=world.organizations["centre"].id,
            area_key=key(660102, 101, 201),
            from_on=SINCE,
        )


def test_two_edit_the_same_organization(world, officer):
    place = world.organizations["centre"]
    edit = {"by": officer, "at": world.at, "organization_id": place.id, "base_version": place.version}
    operations.edit_organization(**edit, changes={"phone": "0518-81234567"})
    with pytest.raises(problems.Refused) as refused:
        operations.edit_organization(**edit, changes={"phone": "0518-87654321"})
    assert refused.value.code == "changed_meanwhile"
    assert Organization.objects.get(id=place.id).phone == "0518-81234567"


def test_no_organization_stands_under_itself(world, officer):
    place = world.organizations["centre"]
    with pytest.raises(problems.Refused) as refused:
        operations.edit_organization(
            by=officer,
            at=world.at,
            organization_id=place.id,
            base_version=1,
            changes={"parent": world.organizations["village_a"].id},
        )
    assert refused.value.code == "cycle"


def test_served_by_date(world, officer):
    place = world.organizations["village_a"].id
    serve = {"by": officer, "at": world.at, "organization_id": place}
    operations.set_served_area(**serve, area_key=B, from_on=dt.date(2025, 1, 1), until_on=dt.date(2025, 7, 1))
    # 201 and 202 touch and become one range.
    assert reach.ranges_of(place, dt.date(2024, 12, 31)) == ((A, A),)
    assert reach.ranges_of(place, dt.date(2025, 1, 1)) == ((A, B),)
    assert reach.ranges_of(place, dt.date(2025, 6, 30)) == ((A, B),)
    assert reach.ranges_of(place, dt.date(2025, 7, 1)) == ((A, A),)


def test_overlapping_times_are_refused_by_operation_and_database(world, officer):
    place = world.organizations["village_a"]
    serve = {"by": officer, "at": world.at, "organization_id": place.id, "area_key": B}
    operations.set_served_area(**serve, from_on=dt.date(2025, 1, 1))
    with pytest.raises(problems.Refused) as refused:
        operations.set_served_area(**serve, from_on=dt.date(2024, 6, 1), until_on=dt.date(2025, 2, 1))
    assert refused.value.code == "overlap"
    with pytest.raises(IntegrityError), transaction.atomic():
        ServedArea.objects.create(organization=place, area_id=B, from_on=dt.date(2025, 2, 1))


def test_the_nearest_organization_first(world):
    found = [place.name for place in queries.organizations_serving(A)]
    assert found == ["village_a单位", "centre单位", "commission单位"]


def test_many_areas_are_served_as_each_is(world, officer):
    place = world.organizations["village_a"].id
    serve = {"by": officer, "at": world.at, "organization_id": place}
    # Also of the whole township, so that it is near to one village and farther from the other; and once, no longer.
    operations.set_served_area(**serve, area_key=TOWN, from_on=dt.date(2025, 1, 1))
    operations.set_served_area(**serve, area_key=B, from_on=dt.date(2025, 1, 1), until_on=dt.date(2025, 7, 1))
    areas = Area.objects.all()
    for on in (dt.date(2024, 12, 31), dt.date(2025, 3, 1), dt.date(2025, 7, 1)):
        found = serving.of_each(areas, on)
        for area in areas:
            one = queries.organizations_serving(area.key, on)
            assert [(each.id, each.served_key) for each in found[area.key]] == [
                (each.id, each.served_key) for each in one
            ], (area, on)


def test_ranges_join_where_they_touch():
    assert reach.joined([(5, 6), (1, 2), (3, 4), (10, 12), (11, 11)]) == ((1, 6), (10, 12))


def test_closed_with_duties_and_areas(world, officer):
    place = world.organizations["village_a"]
    on = dt.date(2026, 3, 2)
    operations.close_organization(by=officer, at=world.at, organization_id=place.id, on=on)
    assert reach.ranges_of(place.id, on) == ()
    assert reach.ranges_of(place.id, on - dt.timedelta(days=1)) == ((A, A),)
    assert not queries.duties_of(world.accounts["village_doctor@village_a"], on).exists()


def test_not_closed_above_open_ones(world, officer):
    with pytest.raises(problems.Refused) as refused:
        operations.close_organization(
            by=officer, at=world.at, organization_id=world.organizations["centre"].id, on=dt.date(2026, 3, 2)
        )
    assert refused.value.code == "has_children"


def test_grids(world):
    clerk = world.actor("township_clerk@centre")
    make = {"by": clerk, "at": world.at, "organization_id": world.organizations["village_a"].id}
    doctor = world.practitioner("village_doctor@village_a")
    grid = operations.create_grid(**make, area_key=A, name="一组", responsible_doctor_id=doctor.id)
    assert list(queries.grids([A])) == [grid]
    with pytest.raises(problems.Refused) as taken:
        operations.create_grid(**make, area_key=A, name="一组")
    assert taken.value.code == "name_taken"
    with pytest.raises(problems.Refused) as unserved:
        operations.create_grid(**make, area_key=B, name="一组")
    assert unserved.value.code == "not_served"
    with pytest.raises(policy.Forbidden):
        operations.create_grid(**make, area_key=key(660101, 102, 201), name="一组")
    operations.edit_grid(
        by=clerk,
        at=world.at,
        grid_id=grid.id,
        name="一组",
        responsible_doctor_id=None,
        active_until=dt.date(2026, 3, 2),
    )
    assert list(queries.grids([A])) == []
