"""R9 and R10: every action × role × relation of place, with both defences and with each of them alone.

What must come out is written here by hand, from the words of the table 权限表 and from a map of who serves whom; it is
not computed by the code under test. `worlds` draws the map: two counties, two townships in the first.
"""

import copy
import datetime as dt
import io
import re
import zipfile
from collections import Counter
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import pytest
import yaml
from django.db import connection, transaction
from django.db.models import Q
from django.test import Client, override_settings
from django.urls import URLPattern, get_resolver, reverse
from tests.integration.places import canaries, worlds
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


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker, tmp_path_factory):
    """The park, made once: every request in it is undone, and in the end the park itself."""
    options = {
        "STATIC_ROOT": tmp_path_factory.mktemp("static"),  # WhiteNoise warns when it is not there
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    }
    with override_settings(**options), django_db_blocker.unblock(), clock.fixed(NOW), transaction.atomic():
        yield Park(worlds.build(NOW))
        transaction.set_rollback(True)


@pytest.fixture
def park(made, db):
    """The park as it was made: nothing counted yet, everybody signed in (who signed out has lost the cookie)."""
    made.cells, made.policy_is_off = Counter(), False
    for name, browser in made.browsers.items():
        browser.cookies = copy.deepcopy(made.cookies[name])
    return made


# --- the policy, without pages -------------------------------------------------------------------------------


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


# --- every address × method × role × place × state -------------------------------------------------------------

MATRIX = yaml.safe_load(Path(__file__).with_name("authorization_matrix.yaml").read_text(encoding="utf-8"))
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SEES_RESIDENTS = set(MATRIX["groups"]["sees_residents"])
# What stands in an address, by the name of its converter.
ABOUT = {
    "resident_id": "resident",
    "key": "area",
    "grid_id": "grid",
    "organization_id": "organization",
    "account_id": "account",
    "job_id": "job",
    "file_id": "job",
    "transfer_id": "transfer",
    "response_id": "response",
    "upload_id": "upload",
    "package_id": "upload",
    "finding_id": "finding",
    "referral_id": "referral",
    "task_id": "task",
    "run_id": "run",
    "episode_id": "episode",
    "target_id": "target",
    "allocation_id": "allocation",
    "payment_id": "payment",
    "posting_id": "posting",
    "round_id": "evaluation",
    "sheet_id": "evaluation",
    "person_id": "evaluation",
    "evidence_id": "evaluation",
    "scheme_id": "evaluation",
    "issue_id": "evaluation",
    "appeal_id": "evaluation",
}
# What else stands in an address; a row says otherwise by `with`.
PLAIN = {
    "name": "evaluate.js",
    "code": "self_care_assessment",
    "digest": "0",
    "what": "death",
    "measure_code": "HTN.1",
}
# What a refused act must leave as it was.
WRITTEN = (
    "residents_resident",
    "residents_household",
    "residents_householdmembership",
    "residents_transfer",
    "residents_lifecycleevent",
    "records_response",
    "records_encounter",
    "records_referral",
    "quality_finding",
    "tasks_task",
    "tasks_attempt",
    "records_episode",
    "records_episodechange",
    "quality_findingstep",
    "places_account",
    "places_organization",
    "places_duty",
    "places_areaname",
    "places_areachange",
    "places_grid",
    "places_servedarea",
)
STAFF = {
    "own village": "village_doctor@village_a",
    "sibling village": "village_doctor@village_b",
    "own township": "township_clerk@centre",
    "other township": "village_doctor@other_village",
    "own county": "evaluator@commission",
    "other county": "village_doctor@far_village",
}
ASKERS = [*SERVES, None]
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
# One name stands for a place in the small county; a resident's place is a village.
VILLAGES = tuple(canaries.PLACES)


def addresses(patterns=None):
    """Every named address of the system with the names of what stands in it."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLPattern):
            yield entry.name, tuple(entry.pattern.converters)
        else:
            yield from addresses(entry.url_patterns)


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


class Park:
    """The world with its canaries, one browser an asker, and the answers counted."""

    def __init__(self, world):
        self.world, self.canaries, self.cells = world, canaries.release(world), Counter()
        self.responses = canaries.serve(world, self.canaries)
        self.transfers = canaries.ask_to_move(world, self.canaries)
        self.findings = canaries.find(world, self.responses)
        self.referrals = canaries.refer(world, self.canaries)
        self.tasks, self.episodes = canaries.expect(world, self.canaries)
        self.grids = {
            place: worlds.grid(world, unit, area, "一号网格").id
            for place, (_, area, unit) in canaries.PLACES.items()
        }
        self.digest, self.policy_is_off = digest(), False
        self.browsers = {}
        for name in ASKERS:
            self.browsers[name] = Client(raise_request_exception=True)
            if name:
                self.browsers[name].force_login(world.accounts[name])
        self.cookies = {name: copy.deepcopy(browser.cookies) for name, browser in self.browsers.items()}

    def targets(self, about):
        """What an address may be about: (place, state, id)."""
        if about == "resident":
            return [(canary.place, canary.state, canary.id) for canary in self.canaries]
        if about == "organization":
            return [
                (place, "in use", self.world.organizations[unit].id) for place, (_, unit) in PLACES.items()
            ]
        if about == "area":
            return [(place, "in use", area) for place, (area, _) in PLACES.items()]
        if about == "grid":
            return [(place, "in use", one) for place, one in self.grids.items()]
        if about == "account":
            return [(place, "in use", self.world.accounts[name].id) for place, name in STAFF.items()]
        if about in ("response", "transfer"):
            made = self.responses if about == "response" else self.transfers
            return [(place, "in use", one) for place, one in made.items()]
        if about in ("task", "episode"):
            made = self.tasks if about == "task" else self.episodes
            return [(place, "open", one) for place, one in made.items()]
        if about == "referral":
            return [(place, "open", one) for place, one in self.referrals.items()]
        if about == "finding":
            return [(place, "open", one) for place, one in self.findings.items()]
        # Nothing of the kind was made: it is nobody's, and the answer is that of an id that does not exist.
        return [("nowhere", "unknown", uuid4())]

    def body(self, name, send):
        """What is sent, with the words of the matrix turned into ids."""
        duty = self.world.duties[name].id if name else uuid4()
        return {field: str(duty) if value == "own duty" else value for field, value in (send or {}).items()}

    def ask(self, name, method, path, send=None):
        """One request, undone afterwards; the answer is searched for canaries of places that are not the asker's.

        A name that was asked for may be said back; what else is known of that person may not.
        """
        with transaction.atomic():
            browser = self.browsers[name]
            ask = getattr(browser, method.lower())
            response = ask(path, self.body(name, send)) if method == "POST" else ask(path)
            text, said = readable(response), verdict(response)
            if said == "open" and method != "GET" and digest() == self.digest:
                said = "told"
            transaction.set_rollback(True)
        # Without the policy the range alone decides, and the audit administrator's is the county.
        acts = name and (self.policy_is_off or name.split("@")[0] in SEES_RESIDENTS)
        sees = SERVES[name] if acts else set()
        asked = {*(send or {}).values(), *parse_qs(urlsplit(path).query).get("q", [])}
        assert set(canaries.leaked(text, self.canaries, sees)) <= asked, (name, method, path)
        assert response.status_code < 500, (name, method, path)
        self.cells[method] += 1
        return said, text


def digest():
    """What stands in the tables an act could change, in one number; last sign-ins apart."""
    tables = " || ".join(
        f"coalesce((select md5(string_agg((to_jsonb(t) - 'last_login')::text, '' order by id)) from {table} t), '')"
        for table in WRITTEN
    )
    with connection.cursor() as cursor:
        cursor.execute(f"select md5({tables})")
        return cursor.fetchone()[0]


def readable(response):
    """The text of an answer, workbooks opened."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"\n".join(book.read(part) for part in book.namelist())
    return content.decode("utf-8", "replace") + repr(dict(response.headers))


def verdict(response):
    """`open`, `login`, `forbidden`, `absent` or `method`."""
    status = response.status_code
    if status in (301, 302, 303) and response["Location"].startswith(reverse("login")):
        return "login"
    return {403: "forbidden", 404: "absent", 405: "method"}.get(status, "open")


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


@contextmanager
def as_it_is(park, monkeypatch):
    """Both defences stand."""
    yield


@contextmanager
def without_row_level_security(park, monkeypatch):
    """The application alone: requests run as the owner of the tables."""
    with monkeypatch.context() as patch:
        patch.setattr("gongwei.base.middleware.scope.acting", lambda *_, **__: nullcontext())
        yield


@contextmanager
def without_policy(park, monkeypatch):
    """PostgreSQL alone: every duty may do everything everywhere, and lists ask for everybody."""
    with monkeypatch.context() as patch:
        patch.setattr(policy, "may", lambda *_, **__: True)
        patch.setattr(policy, "require", lambda *_, **__: None)
        park.policy_is_off = True
        for module in ("people", "lists", "files", "search", "candidates"):
            patch.setattr(f"gongwei.residents.queries.{module}.within", lambda *_, **__: Q(), raising=False)
        yield


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


FOREIGN = ("sibling village", "other township", "other county")


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


def address_id(part):
    """How a test names an address and a defence."""
    return part if isinstance(part, str) else getattr(part, "__name__", "")


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
DEFENCES = pytest.mark.parametrize("defence", [as_it_is, without_row_level_security], ids=address_id)


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
