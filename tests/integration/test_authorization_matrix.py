"""R9: every action × role × relation of place, with both defences and with each of them alone.

What must come out is written here by hand, from the words of the table 权限表 and from a map of who serves whom; it is
not computed by the code under test.
"""

from uuid import uuid4

import pytest
from django.urls import reverse
from tests.integration.authorization_park import (  # fixtures among them
    ABOUT,
    ASKERS,
    COUNTY,
    DEFENCES,
    FOREIGN,
    MATRIX,
    METHODS,
    PLACES,
    PLAIN,
    SERVES,
    TOWNSHIP,
    address_id,
    addresses,
    as_it_is,
    made,
    park,
    without_policy,
    without_row_level_security,
)
from tests.integration.places import canaries

from gongwei.places import policy
from gongwei.places.policy import Relation

__all__ = ["made", "park"]  # fixtures

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


def test_the_policy_in_every_cell(park, record_property):
    world, cells = park.world, 0
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


def members(who):
    """The roles a row names, groups opened."""
    if isinstance(who, str):
        return set(MATRIX["groups"].get(who, [who]))
    return set().union(*(members(each) for each in who))


def reach(name, where):
    """The places at which an asker is answered, by hand."""
    if name is None:
        return set()
    return {"served": SERVES[name], "looks_after": SERVES[name] or COUNTY}[where]


def allowed_verdicts(case, name, place):
    """What may come out of one cell. `told`: a page, but nothing written (an empty form sent, a refusal in words)."""
    who = case["who"]
    if who == "anyone":
        return {"open", "told", "login", "absent"}  # signing out leads to the login page
    if name is None:
        return {"login"}
    if name.split("@")[0] not in members(who):
        return {"forbidden", "absent", case.get("otherwise", "absent")}
    if "about" not in case or place in reach(name, case["where"]):
        return {"open"} if case.get("does") else {"open", "told", case.get("here", "open")}
    return {
        "absent": {"absent"},
        "refused": {"absent", "forbidden"},
        "told": {"absent", "forbidden", "told"},
    }[case.get("elsewhere", "absent")]


def test_every_address_has_a_row_and_every_row_an_address():
    assert {name for name, _ in addresses()} == set(MATRIX["rows"])


def test_every_address_is_about_something_known():
    assert {kind for _, kinds in addresses() for kind in kinds} <= {*ABOUT, *PLAIN}


def paths(park, name, kinds, case):
    """The addresses to try: (place, state, path)."""
    about, said = (case.get("about"), case.get("with", {})) if case else (None, {})
    plain = {kind: said.get(kind, PLAIN[kind]) for kind in kinds if kind in PLAIN}
    objects = [kind for kind in kinds if kind in ABOUT]
    if not objects:
        return [("", "", reverse(name, kwargs=plain))]
    first = objects[0]
    rest = {kind: uuid4() for kind in objects[1:]}
    return [
        (place, state, reverse(name, kwargs={**plain, **rest, first: one}))
        for place, state, one in park.targets(about or ABOUT[first])
    ]


def tried_by_day(place, state):
    """An active record is tried at every place; any other state at home and at one place in turn."""
    if state not in canaries.STATES or state == "active" or place == "own village":
        return True
    return place == FOREIGN[canaries.STATES.index(state) % len(FOREIGN)]


def concerned(case, name):
    """Whether a row is about an asker's role: others are refused before the state is known, one state is enough."""
    return case is not None and name is not None and name.split("@")[0] in members(case["who"])


def walk(park, address, kinds, judge, *, states=True, thorough=False):
    """Try every method, asker, place and state of one address, and let `judge` look at each verdict.

    A method the matrix does not know is refused before anything is looked up: there one place is enough. Without
    `states` active records stand for all of them; `thorough` (at night) tries all states at all places.
    """
    cases = MATRIX["rows"][address]
    for method in METHODS:
        declared = [case for case in cases if case["method"] in (method, "any")]
        for case in declared or [None]:
            tried = paths(park, address, kinds, case)
            for place, state, path in tried if case else tried[:1]:
                other_state = state in canaries.STATES and state != "active"
                if other_state and not thorough and not (states and tried_by_day(place, state)):
                    continue
                for name in ASKERS:
                    if other_state and not concerned(case, name):
                        continue
                    said, text = park.ask(name, method, path, case and case.get("send"))
                    judge(case, name, method, place, state, said, text)


def try_every_cell(park, monkeypatch, address, kinds, defence, **how):
    """Walk an address under a defence; returns the cells that did not answer as the matrix says."""
    wrong = []

    def judge(case, name, method, place, state, said, text):
        refusals = {"method", "login", "forbidden", "absent"}
        expected = allowed_verdicts(case, name, place) if case else refusals
        if said not in expected:
            wrong.append((method, name or "nobody", place, state, said, sorted(expected)))

    with defence(park, monkeypatch):
        walk(park, address, kinds, judge, **how)
    print(f"authorization cells tried, {address}: {sum(park.cells.values())}")  # noqa: T201
    return wrong


# By day each defence alone is tried at these addresses, at night at all of them (reliability.md R9).
ALONE_BY_DAY = {
    "resident",
    "resident-edit",
    "resident-full-id",
    "response",
    "residents",
    "residents-export",
    "search",
}

EVERY_ADDRESS = pytest.mark.parametrize(("address", "kinds"), sorted(addresses()), ids=address_id)


def alone(address, *rest):
    """A case with one defence switched off, left to the night unless the address is one of the day's."""
    return pytest.param(address, *rest, marks=() if address in ALONE_BY_DAY else pytest.mark.night)


@pytest.mark.parametrize(
    ("address", "kinds", "defence"),
    [
        *((address, kinds, as_it_is) for address, kinds in sorted(addresses())),
        *(alone(address, kinds, without_row_level_security) for address, kinds in sorted(addresses())),
    ],
    ids=address_id,
)
def test_every_cell(park, monkeypatch, record_property, address, kinds, defence):
    """With both defences, and with the application alone, each cell answers as the matrix says."""
    # The steps of a record's life are eleven pages of one form each: by day one state stands for all there.
    states = defence is as_it_is and address != "resident-act"
    assert try_every_cell(park, monkeypatch, address, kinds, defence, states=states) == []
    record_property("cells", sum(park.cells.values()))


@pytest.mark.night
@EVERY_ADDRESS
@DEFENCES
def test_every_cell_in_every_state(park, monkeypatch, record_property, address, kinds, defence):
    """The same with every state at every place, under each defence."""
    assert try_every_cell(park, monkeypatch, address, kinds, defence, thorough=True) == []
    record_property("cells", sum(park.cells.values()))


@pytest.mark.parametrize(
    ("address", "kinds"),
    [
        alone(address, kinds)
        for address, kinds in sorted(addresses())
        if {"resident_id", "response_id"} & set(kinds)
    ],
    ids=address_id,
)
def test_postgres_alone_shows_nobody_of_another_place(park, monkeypatch, address, kinds):
    """With the policy switched off, row-level security is all that stands; `ask` looks for leaks in each answer."""

    def judge(case, name, method, place, state, said, text):
        served = set() if name is None else SERVES[name]
        if case is not None and method == "GET" and place not in served:
            assert said in {"absent", "login"}, (name, place, state, said)

    with without_policy(park, monkeypatch):
        walk(park, address, kinds, judge, states=False)
    assert sum(park.cells.values()) > 0
