"""Clinic a and clinic b with follow-ups of every kind, ready to be settled; a scheme that pays by price."""

import datetime as dt
from copy import deepcopy

import pytest
from tests.integration.measures.conftest import SIBLING, enrol, follow_up, own_home, record, resident, scene
from tests.integration.measures.conftest import at as at
from tests.integration.places import worlds

from gongwei.base.actors import SYSTEM
from gongwei.records.models import Response
from gongwei.settlement import (
    running,
    scheme_keeping,
    schemes,
)
from gongwei.snapshots import operations as snapshots

__all__ = ["at", "own_home", "scene"]  # fixtures

COUNTY = worlds.key(660101)

#: By work, by price, whatever the score: what is counted shows at once.
PRICES = {"htn.follow_up": 1500, "htn.follow_up_home": 3000}


def day(month, number):
    return dt.date(2025, month, number)


@pytest.fixture
def village(scene, at):
    """Two residents of clinic a under management, one of clinic b who is not; follow-ups of every kind."""
    second = resident(scene.world, number=2, birth_date=dt.date(1950, 1, 1))
    third = resident(
        scene.world, number=3, birth_date=dt.date(1955, 1, 1), area_key=SIBLING, organization="village_b"
    )
    first = scene.resident
    enrol(scene, at)
    kept = {}
    for name, when, answers in (
        ("counted", day(1, 20), {}),
        ("too_early", day(2, 20), {}),
        ("telephone", day(4, 10), {"mode": "3"}),
        ("at_home", day(4, 20), {"mode": "2"}),
        ("same_day", day(4, 20), {}),
    ):
        mode = {"3": "phone", "2": "home"}.get(answers.get("mode"), "outpatient")
        kept[name] = record(
            scene, at, when, answers=follow_up(scene, **({"mode": "1", "result": "1"} | answers)), mode=mode
        )
    scene.resident = second
    enrol(scene, at)
    kept["second"] = record(scene, at, day(5, 6), answers=follow_up(scene, mode="1", result="1"))
    scene.resident = third
    scene.doctor, scene.practitioner = (
        scene.world.actor("village_doctor@village_b"),
        scene.world.practitioner("village_doctor@village_b"),
    )
    kept["not_enrolled"] = record(scene, at, day(5, 8), answers=follow_up(scene, mode="1", result="1"))
    scene.resident = first
    scene.kept = kept
    scene.doctor, scene.practitioner = (
        scene.world.actor("village_doctor@village_a"),
        scene.world.practitioner("village_doctor@village_a"),
    )
    return scene


def organization(village, name):
    return village.world.organizations[name].id


def response(village, name):
    return Response.objects.get(id=village.kept[name].responses[0].id)


def taken(at):
    return snapshots.take(by=SYSTEM, at=at, reason="结算")


def settle(at, **given):
    values = {"by": SYSTEM, "at": at, "county_key": COUNTY, "year": 2025, "total_fen": 1_000_000}
    return running.compute(**(values | {"snapshot": taken(at)} | given))


def price_list(at, village, **changes):
    """An approved scheme that pays by price, sharing each service between clinic and centre."""
    content = deepcopy(schemes.national(dt.date(2025, 12, 31)))
    for service, item in content["items"].items():
        item["price_fen"] = PRICES.get(service, 100)
    content |= {
        "method": "price_list",
        "split": "by_item",
        "ratio": content["ratio"] | {"mode": "full"},
    } | changes
    finance, officer = (
        village.world.actor(f"{role}@commission") for role in ("finance_officer", "county_officer")
    )
    made = scheme_keeping.draft(
        by=finance,
        at=at,
        county_key=COUNTY,
        year=2025,
        title="2025年定额",
        document="示卫〔2025〕1号",
        content=content,
    )
    return scheme_keeping.approve(by=officer, at=at, scheme_id=made.id)
