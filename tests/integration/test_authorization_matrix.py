"""R9 and R10: every action × role × relation of place, with both defences and with each of them alone.

What must come out is written here by hand, from the words of the table 权限表 and from a map of who serves whom; it is
not computed by the code under test. `worlds` draws the map: two counties, two townships in the first.
"""

import datetime as dt

import pytest
from tests.integration.places import worlds
from tests.integration.places.worlds import key

from gongwei.base import clock
from gongwei.places import policy
from gongwei.places.policy import Relation

NOW = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)

# Where an object may stand, seen from 甲101镇201村, and the organization that has its seat there.
PLACES = {
    "own village": (key(660101, 101, 201), "village_a"),
    "sibling village": (key(660101, 101, 202), "village_b"),
    "own township": (key(660101, 101), "centre"),
    "other township": (key(660101, 102, 201), "other_village"),
    "own county": (key(660101), "commission"),
    "other county": (key(660102, 101, 201), "far_village"),
}
VILLAGE = {"own village"}
TOWNSHIP = {"own village", "sibling village", "own township"}
COUNTY = set(PLACES) - {"other county"}

# Per actor: the organization it belongs to, what it serves, what stands under it, its county.
SERVES = {
    "village_doctor@village_a": VILLAGE,
    "township_doctor@centre": TOWNSHIP,
    "township_clerk@centre": TOWNSHIP,
    "township_director@centre": TOWNSHIP,
    "county_officer@commission": COUNTY,
    "evaluator@commission": COUNTY,
    "township_doctor@hospital": set(),
    "finance_officer@commission": set(),
    "system_admin@commission": set(),
    "security_admin@commission": set(),
    "audit_admin@commission": COUNTY,
}
OWN = {"village_a": "own village", "centre": "own township", "commission": "own county"}
STANDS_UNDER = {
    "village_a": {"own village"},
    "centre": TOWNSHIP,
    "commission": COUNTY,
    "hospital": set(),
}


def expected(name, relation, place, by_area):
    """What the words of a cell mean for an object at a place, named by its area or by its organization."""
    organization = name.split("@")[1]
    return (
        place
        in {
            Relation.NONE: set(),
            # A thing that is named by its area only is judged by the areas served.
            Relation.OWN_ORGANIZATION: SERVES[name] if by_area else {OWN.get(organization)},
            Relation.OWN_AREA: SERVES[name],
            Relation.BELOW: SERVES[name] if by_area else STANDS_UNDER[organization],
            Relation.COUNTY: COUNTY,
        }[relation]
    )


@pytest.fixture
def world(db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with clock.fixed(NOW):
        yield worlds.build(NOW)


def test_the_policy_in_every_cell(world, record_property):
    cells = 0
    for name in SERVES:
        actor = world.actor(name)
        for action in policy.LABELS:
            relation = policy.TABLE[actor.role, action]
            for place, (area, organization) in PLACES.items():
                said = policy.may(actor, action, area_key=area)
                assert said is expected(name, relation, place, True), (name, action, place, "area")
                said = policy.may(actor, action, organization_id=world.organizations[organization].id)
                assert said is expected(name, relation, place, False), (name, action, place, "organization")
                cells += 2
            assert policy.may(actor, action) is (relation is not Relation.NONE)
            assert policy.may(actor, action, area_key=None) is False
            cells += 2
    record_property("cells", cells)
    print(f"authorization cells tried, policy: {cells}")  # noqa: T201
    assert cells == len(SERVES) * len(policy.LABELS) * (2 * len(PLACES) + 2)
