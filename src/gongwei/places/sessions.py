"""The life of a session: how long it may idle, how long it may last, which duty was chosen in it.

Only numbers and ids stand in a session. Django signs out the other sessions of an account whose password changes.
"""

import datetime as dt
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from gongwei.base import actors, clock, prepared, scope
from gongwei.places import parameters
from gongwei.places.models import Account

BEGAN, SEEN, DUTY = "gongwei.began", "gongwei.seen", "gongwei.duty"
_BACKEND = "gongwei.places.sessions.Backend"
_account = prepared.Query(lambda id: Account.objects.filter(pk=id), id=UUID)


class Backend(ModelBackend):
    """Whose session it is, read by a prepared statement: every page asks it."""

    def get_user(self, user_id: UUID) -> Account | None:
        """The account, unless it may not sign in."""
        account = _account.first(id=user_id)
        return account if account is not None and self.user_can_authenticate(account) else None


def begin(request: HttpRequest, account: Account) -> None:
    """Sign an account in: a new session key, the clock started, no duty chosen yet.

    Call it only with the account `operations.sign_in` returned.
    """
    with scope.acting(actors.SYSTEM):  # last_login is written before anybody is known
        auth.login(request, account, backend=_BACKEND)
    request.session[BEGAN] = request.session[SEEN] = clock.now().timestamp()
    request.session.pop(DUTY, None)


def forget(request: HttpRequest, response: HttpResponse) -> None:
    """End the session and take its cookie away with the response."""
    auth.logout(request)
    response.delete_cookie(
        settings.SESSION_COOKIE_NAME,
        path=settings.SESSION_COOKIE_PATH,
        domain=settings.SESSION_COOKIE_DOMAIN,
        samesite=settings.SESSION_COOKIE_SAMESITE,
    )


def choose_duty(request: HttpRequest, duty_id: UUID) -> None:
    """Remember the duty `operations.switch_duty` allowed."""
    request.session[DUTY] = str(duty_id)


def duty_id(request: HttpRequest) -> UUID | None:
    """The duty chosen in this session, if any."""
    text = request.session.get(DUTY)
    return UUID(text) if text else None


def expiry(request: HttpRequest, now: dt.datetime) -> str | None:
    """`idle` or `absolute` when the session has lived too long, else None."""
    began, seen = request.session.get(BEGAN), request.session.get(SEEN)
    if began is None or seen is None:
        return None
    today = clock.day_of(now)
    if now.timestamp() - began >= parameters.value("session_hours", today) * 3600:
        return "absolute"
    if now.timestamp() - seen >= parameters.value("session_idle_minutes", today) * 60:
        return "idle"
    return None


MESSAGES = {
    "idle": "长时间没有操作，登录已过期，请重新登录。",
    "absolute": "本次登录已超过最长时间，请重新登录。",
}


class SessionCookie(SessionMiddleware):
    """Django's, except that an answer to somebody not signed in never takes the session's cookie away.

    Answers overtake one another: what a page asks in the background, or another tab, may be answered after the browser
    was given the cookie of the session that keeps what was typed, and would drop it. Signing out takes it away itself.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Save the session and give its cookie; leave one that leads nowhere where it is."""
        name = settings.SESSION_COOKIE_NAME
        said = name in response.cookies
        response = super().process_response(request, response)
        if not said and name in response.cookies and not response.cookies[name].value:
            del response.cookies[name]
        return response


class SessionLife:
    """Middleware, after AuthenticationMiddleware: ends what has lived too long, and moves the idle clock.

    A session that ended leaves `request.session_ended` (`idle` or `absolute`) and `session_ended_account` (its id as
    text) for the page that asks to sign in: what was typed is given back to that account only.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Check, then pass on."""
        now = clock.now()
        request.session_ended = expiry(request, now)  # type: ignore[attr-defined]
        request.session_ended_account = None  # type: ignore[attr-defined]
        if request.session_ended:  # type: ignore[attr-defined]
            request.session_ended_account = request.session.get(auth.SESSION_KEY)  # type: ignore[attr-defined]
            auth.logout(request)
        elif BEGAN in request.session and now.timestamp() - request.session[SEEN] >= 60:
            # Once a minute is enough, and spares a write with every page.
            request.session[SEEN] = now.timestamp()
        return self.get_response(request)
