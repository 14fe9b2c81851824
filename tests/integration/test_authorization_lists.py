"""R10: no list, export or search tells of people of other places, whatever it is asked for; nor does a refusal."""

import re
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse
from tests.integration.authorization_park import (  # fixtures among them
    ABOUT,
    ASKERS,
    DEFENCES,
    FOREIGN,
    MATRIX,
    METHODS,
    PLAIN,
    SEES_RESIDENTS,
    SERVES,
    VILLAGES,
    addresses,
    as_it_is,
    made,
    park,
    without_policy,
    without_row_level_security,
)
from tests.integration.places import canaries

__all__ = ["made", "park"]  # fixtures

# Addresses that show residents to a POST, so that no name stands in an address.
POSTED_LISTS = (
    "search",
    "residents-assign",
    "residents-export",
    "resident-candidates",
    "resident-register",
    "residents-find",
    "worklist-find",
    "worklist-export",
)


def lists_asked(park, askers, *, thorough=False):
    """Ask every list, export and search for people of other places, by every asker, in every filter.

    By day one of these people in turn for each question, and of a defence alone only by those who may see residents at all:
    the others are refused by the other defence's words. At night everybody asks for all of them.
    """
    reads = [
        (method, name)
        for name, kinds in addresses()
        if not kinds and not name.startswith("health")
        for method in METHODS
        if method == "GET" or name in POSTED_LISTS
        if any(case["method"] == method for case in MATRIX["rows"][name])
    ]
    foreign = [canary for canary in park.canaries if canary.state == "active" and canary.place in FOREIGN]
    for number, (method, address) in enumerate(reads):
        for place, name in enumerate(askers):
            turn = (number + place) % len(foreign)
            for canary in foreign if thorough else foreign[turn : turn + 1]:
                _, area, unit = canaries.PLACES[canary.place]
                asked = {
                    "q": canary.name,
                    "name": canary.name,
                    "sex": "1",
                    "birth_date": "1950-01-01",
                    "area": str(area),
                    "organization": str(park.world.organizations[unit].id),
                    "resident": str(canary.id),
                    "subject": str(canary.id),
                    "household": str(canary.id),
                }
                path = reverse(address)
                if method == "GET":
                    park.ask(name, method, f"{path}?{urlencode(asked)}")
                else:
                    park.ask(name, method, f"{path}?{urlencode({'area': area})}", asked)
    assert park.cells["GET"] > len(reads)


@pytest.mark.parametrize(
    "defence", [as_it_is, without_row_level_security, without_policy], ids=lambda d: d.__name__
)
def test_lists_do_not_leak_whatever_they_are_asked_for(park, monkeypatch, defence):
    """R10: names, ids, codes and places of others in every filter of every list, export and search."""
    seers = [name for name in SERVES if name.split("@")[0] in SEES_RESIDENTS]
    with defence(park, monkeypatch):
        lists_asked(park, ASKERS if defence is as_it_is else seers)


@pytest.mark.night
@DEFENCES
def test_lists_do_not_leak_whoever_they_are_asked_for(park, monkeypatch, defence):
    """The same, asked for everybody elsewhere."""
    with defence(park, monkeypatch):
        lists_asked(park, ASKERS, thorough=True)


def test_what_may_not_be_seen_and_what_does_not_exist_look_the_same(park):
    """R10: the answer about another's resident is, letter by letter, the answer about an id nobody has."""

    def plain(text, one):
        text = text.replace(str(one), "ID")
        return re.sub(
            r'name="csrfmiddlewaretoken" value="[^"]*"|csrftoken=[^;]*|\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT|nonce-[^\' ]*',
            "",
            text,
        )

    compared = 0
    for address, kinds in sorted(addresses()):
        if "resident_id" not in kinds:
            continue
        for method in ("GET", "POST"):
            if not any(case["method"] == method for case in MATRIX["rows"][address]):
                continue
            for name in ASKERS:
                unknown = uuid4()
                rest = {kind: uuid4() for kind in kinds if kind in ABOUT and kind != "resident_id"}
                rest |= {kind: PLAIN[kind] for kind in kinds if kind in PLAIN}
                nothing = park.ask(name, method, reverse(address, kwargs={"resident_id": unknown, **rest}))
                for canary in park.canaries:
                    if canary.state != "active" or canary.place in (SERVES[name] if name else set()):
                        continue
                    other = park.ask(
                        name, method, reverse(address, kwargs={"resident_id": canary.id, **rest})
                    )
                    assert other[0] == nothing[0]
                    assert plain(other[1], canary.id) == plain(nothing[1], unknown), (address, name)
                    compared += 1
    assert compared > 0


def test_the_canaries_are_found_when_they_leak(park):
    """The net itself: a list taken as the owner holds every canary, and each mark is seen."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select string_agg(concat_ws(' ', name, record_no, address), ' ') from residents_resident"
        )
        text = cursor.fetchone()[0]
    found = canaries.leaked(text, park.canaries, set())
    assert len(park.canaries) == len(VILLAGES) * len(canaries.STATES)
    assert {canary.name for canary in park.canaries} <= set(found)
    assert canaries.leaked(text, park.canaries, set(VILLAGES)) == []
