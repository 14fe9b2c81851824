"""The park of R9 and R10: a map of who serves whom drawn by hand, canaries at every place, one browser an asker, the defences.

`worlds` draws the map: two counties, two townships in the first. Nothing here is computed by the code under test.
"""

import copy
import datetime as dt
import io
import zipfile
from collections import Counter
from contextlib import contextmanager, nullcontext
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
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

# One name stands for a place in the small county; a resident's place is a village.
VILLAGES = tuple(canaries.PLACES)


def addresses(patterns=None):
    """Every named address of the system with the names of what stands in it."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLPattern):
            yield entry.name, tuple(entry.pattern.converters)
        else:
            yield from addresses(entry.url_patterns)


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


FOREIGN = ("sibling village", "other township", "other county")


def address_id(part):
    """How a test names an address and a defence."""
    return part if isinstance(part, str) else getattr(part, "__name__", "")


DEFENCES = pytest.mark.parametrize("defence", [as_it_is, without_row_level_security], ids=address_id)


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
