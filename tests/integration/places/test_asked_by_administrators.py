"""What the pages of administrators ask of places and of the audit trail."""

import datetime as dt

import pytest
from tests.integration.places import worlds
from tests.integration.places.worlds import key

from gongwei.base import audit, audit_log
from gongwei.places import operations, policy, queries
from gongwei.places.models import Duty

VILLAGE, SIBLING = key(660101, 101, 201), key(660101, 101, 202)
TODAY = dt.date(2026, 3, 2)


def test_accounts_whose_duty_has_ended_are_counted(world):
    admin = world.actor("security_admin@commission")
    assert queries.accounts_without_duty(admin) == 0
    Duty.objects.filter(id=world.duties["village_doctor@village_a"].id).update(until_on=TODAY)
    assert queries.accounts_without_duty(admin) == 1
    assert queries.accounts_without_duty(admin, TODAY - dt.timedelta(1)) == 0
    assert queries.accounts_without_duty(world.actor("security_admin@far_commission")) == 0


def test_doctors_near_are_those_of_the_organizations_looked_after_by_their_home(world):
    found = [name for _, name in queries.doctors_near(world.actor("township_clerk@centre"))]
    assert found == ["乡镇公卫医生甲（centre单位）", "村医甲（village_a单位）", "村医甲（village_b单位）"]
    assert [name for _, name in queries.doctors_near(world.actor("village_doctor@village_a"))] == [
        "村医甲（village_a单位）"
    ]


def test_whom_an_organization_serves_with_what_has_ended_last(world):
    by = {"by": world.actor("county_officer@commission"), "at": world.at}
    clinic = world.organizations["village_a"].id
    operations.set_served_area(**by, organization_id=clinic, area_key=SIBLING, from_on=dt.date(2026, 1, 1))
    operations.set_served_area(
        **by, organization_id=clinic, area_key=VILLAGE, from_on=worlds.SINCE, until_on=TODAY
    )
    assert [(row.area_id, row.until_on) for row in queries.served_areas(clinic)] == [
        (SIBLING, None),
        (VILLAGE, TODAY),
    ]


def test_grids_are_listed_for_those_who_serve_the_village(world):
    grid = worlds.grid(world, "village_a", VILLAGE, "东片")
    clerk = world.actor("township_clerk@centre")
    assert list(queries.grids_of(clerk)) == [grid]
    assert list(queries.grids_of(clerk, key(660101, 101))) == [grid]
    assert list(queries.grids_of(clerk, SIBLING)) == []
    assert list(queries.grids_of(world.actor("village_doctor@village_b"))) == []
    assert list(queries.grids_of_organization(world.organizations["village_a"].id)) == [grid]


def test_decisions_on_areas_are_told_to_their_county(world):
    operations.rename_area(
        by=world.actor("system_admin@commission"),
        at=world.at,
        key=VILLAGE,
        name="新村",
        on=TODAY,
        document="甲政发〔2026〕1号",
    )
    assert [one.to_areas for one in queries.area_changes(world.actor("township_clerk@centre"))] == [[VILLAGE]]
    assert queries.area_changes(world.actor("village_doctor@village_b")) == []
    assert queries.area_changes(world.actor("system_admin@far_commission")) == []
    assert queries.area_seen(world.actor("village_doctor@village_b"), VILLAGE) is None


def test_the_trail_is_counted_by_action_within_areas_and_days(world):
    by = world.actor("village_doctor@village_a")
    for days, area in ((0, VILLAGE), (0, key(660102, 101, 201)), (9, VILLAGE)):
        audit.record(
            by=by,
            action="export",
            subject_kind="resident",
            area_key=area,
            at=world.at - dt.timedelta(days=days),
        )
    asked = {"first": TODAY - dt.timedelta(7), "actions": ["export", "login_failed"]}
    assert audit_log.counts(**asked) == {"export": 2}
    assert audit_log.counts(**asked, areas=((660101000000, 660101999999),)) == {"export": 1}


@pytest.mark.parametrize("role", ["system_admin", "audit_admin", "county_officer"])
def test_only_the_security_administrator_changes_keys(world, role):
    assert policy.may(world.actor("security_admin@commission"), policy.KEY_ROTATE) is True
    assert policy.may(world.actor(f"{role}@commission"), policy.KEY_ROTATE) is False
