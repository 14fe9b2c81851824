"""Sessions and the actor of a request: idle and absolute life, duty chosen, what a request may do before a new password."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse

from gongwei.base import actors, clock
from gongwei.places import actors as place_actors
from gongwei.places import operations, sessions
from gongwei.places.models import Account


@pytest.fixture
def request_of(rf):
    def make(account=None, session=None):
        request = rf.get("/")
        request.session = session if session is not None else SessionStore()
        request.user = account or AnonymousUser()
        return request

    return make


def signed_in(request_of, world, name):
    account = Account.objects.get(id=world.accounts[name].id)
    request = request_of()
    sessions.begin(request, account)
    request.user = account
    return request


def pass_through(request, at):
    with clock.fixed(at):
        return sessions.SessionLife(lambda _: HttpResponse("ok"))(request)


@pytest.mark.parametrize(
    ("pauses", "ended"),
    [
        ([29], None),
        ([31], "idle"),
        ([29, 29, 29], None),
        ([29] * 24, None),  # 11 h 36
        ([29] * 25, "absolute"),  # 12 h 5
    ],
)
def test_life(request_of, world, pauses, ended):
    request = signed_in(request_of, world, "village_doctor@village_a")
    at = world.at
    for minutes in pauses:
        at += dt.timedelta(minutes=minutes)
        pass_through(request, at)
    assert request.session_ended == ended
    assert (request.session.get("_auth_user_id") is None) is (ended is not None)
    if ended:
        assert request.session_ended_account == str(world.accounts["village_doctor@village_a"].id)


def test_the_key_of_the_session_changes_with_signing_in(request_of, world):
    request = request_of()
    request.session["before"] = "x"
    request.session.save()
    key = request.session.session_key
    sessions.begin(request, Account.objects.get(id=world.accounts["evaluator@commission"].id))
    assert request.session.session_key != key
    assert not SessionStore().exists(key)


@pytest.fixture
def browser(world, client, settings, tmp_path):
    """A browser of somebody signed in."""
    settings.STATIC_ROOT = tmp_path
    account = Account.objects.get(id=world.accounts["township_clerk@centre"].id)
    client.force_login(account, "gongwei.places.sessions.Backend")
    return client


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {}])
def test_a_late_answer_does_not_take_the_cookie_of_a_new_session(browser, headers):
    # given a background question of a page, or another tab's, with the cookie of a session that has ended meanwhile
    SessionStore(browser.cookies["sessionid"].value).delete()
    answer = browser.post("/residents/register/candidates/", {"name": "张伟"}, headers=headers)
    # then its answer, which may arrive after the browser got the cookie of a new session, leaves that alone
    assert answer.status_code in (200, 302)
    assert "sessionid" not in answer.cookies


def test_signing_out_takes_the_cookie_away(browser):
    key = browser.cookies["sessionid"].value
    answer = browser.post("/logout/")
    assert answer.cookies["sessionid"].value == ""
    assert not SessionStore().exists(key)


def test_nobody_signed_in_is_nobody(request_of, db):
    assert place_actors.actor_of_request(request_of()) == actors.NOBODY


def test_the_first_duty_and_the_chosen_one(request_of, world):
    second = operations.assign_duty(
        by=actors.SYSTEM,
        at=world.at,
        practitioner_id=world.practitioner("village_doctor@village_a").id,
        role="village_doctor",
        organization_id=world.organizations["village_b"].id,
        from_on=dt.date(2026, 1, 1),
    )
    request = signed_in(request_of, world, "village_doctor@village_a")
    assert place_actors.actor_of_request(request).duty_id == world.duties["village_doctor@village_a"].id
    sessions.choose_duty(request, second.id)
    assert place_actors.actor_of_request(request).duty_id == second.id
    operations.end_duty(by=actors.SYSTEM, at=world.at, duty_id=second.id, on=dt.date(2026, 3, 2))
    assert place_actors.actor_of_request(request).duty_id == world.duties["village_doctor@village_a"].id


@pytest.mark.parametrize(
    "change",
    [{"must_change_password": True}, {"password_changed_at": dt.datetime(2025, 1, 1, tzinfo=dt.UTC)}],
)
def test_nothing_may_be_done_before_a_new_password(request_of, world, change):
    Account.objects.filter(username="township_clerk.centre").update(**change)
    actor = place_actors.actor_of_request(signed_in(request_of, world, "township_clerk@centre"))
    assert (actor.role, actor.areas, actor.duty_id) == ("nobody", (), None)
    assert actor.account_id == world.accounts["township_clerk@centre"].id


def test_a_stopped_account_is_out_at_once(request_of, world):
    request = signed_in(request_of, world, "township_clerk@centre")
    request.user.active = False
    assert place_actors.actor_of_request(request) == actors.NOBODY
