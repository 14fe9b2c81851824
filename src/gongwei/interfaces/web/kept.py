"""Nothing typed is lost when the login has expired in the middle of a form.

What was posted is sealed (SM4-GCM) into the session and shown again after signing in; one press sends it on, under
the same submission key. Only the person who typed it gets it back: a signed cookie says whose browser it was.
"""

import base64
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse

from gongwei.base import actors, ids, scope, sealed

SESSION_NAME, COOKIE, SALT = "gongwei.kept", "gongwei_whose", "gongwei.kept.whose"
LARGEST = 512 * 1024
_PLACE = {"table": "web_kept", "column": "body"}


def remember_whose(request: HttpRequest, response: HttpResponse, account_id: Any) -> None:
    """Mark the browser as this account's, until it signs out."""
    response.set_cookie(
        COOKIE,
        signing.dumps(str(account_id), salt=SALT),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )


def whose(request: HttpRequest) -> str | None:
    """The account that was last signed in with this browser and did not sign out."""
    try:
        return signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT)
    except signing.BadSignature:
        return None


def keep(request: HttpRequest) -> bool:
    """Seal what was posted into the session; False when there is nothing to keep or it is too large."""
    if request.method != "POST" or request.FILES or whose(request) is None:
        return False
    try:
        resolve(request.path)
    except Resolver404:
        return False
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
    text = json.dumps({"path": request.path, "fields": fields}, ensure_ascii=False)
    if not fields or len(text) > LARGEST:
        return False
    number = str(ids.uuid7())
    body = sealed.encrypt(text, row_id=number, **_PLACE)
    request.session[SESSION_NAME] = {
        "number": number,
        "whose": whose(request),
        "path": request.path,
        "body": base64.b64encode(body or b"").decode(),
    }
    return True


def waiting(request: HttpRequest) -> dict[str, Any] | None:
    """What was kept for the account now signed in; what was kept for another is dropped."""
    stored = request.session.get(SESSION_NAME)
    if stored is None:
        return None
    actor: actors.Actor = request.actor
    if stored["whose"] != str(actor.account_id):
        forget(request)
        return None
    try:
        text = sealed.decrypt(base64.b64decode(stored["body"]), row_id=stored["number"], **_PLACE)
    except sealed.Tampered:
        forget(request)
        return None
    return json.loads(text or "{}")


def arrived(request: HttpRequest) -> None:
    """What was kept has been sent on: the page it is for has it now, and shows it again if it refuses it."""
    if request.method == "POST" and request.session.get(SESSION_NAME, {}).get("path") == request.path:
        forget(request)


def forget(request: HttpRequest) -> None:
    """Drop what was kept."""
    request.session.pop(SESSION_NAME, None)


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Keep what was posted and go to the login page; it leads back to where the person was."""
    if request.headers.get("HX-Request") == "true":
        # A part of a page asked in the background: never take the page, and what is typed in it, away.
        return render(request, "web/parts/signed_out.html")
    keep(request)
    back = request.path if request.method == "GET" else urlsplit(request.headers.get("Referer", "")).path
    ended = getattr(request, "session_ended", None)
    parts = {"next": back or "/", **({"ended": ended} if ended else {})}
    return redirect(f"{reverse('login')}?{urlencode(parts)}")


@scope.unscoped
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW: a form older than the last sign-in is offered again with a fresh key.

    Only what comes from our own pages is kept; what another site sent is thrown away.
    """
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=403)  # a part asked in the background; the form itself will be kept
    ours = f"{request.scheme}://{request.get_host()}"
    if request.headers.get("Origin", "") == ours and keep(request):
        return redirect("kept")
    return render(request, "errors/csrf.html", status=403)
