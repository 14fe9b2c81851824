"""What every page asks first, and how a form is sent exactly once."""

import contextlib
import ipaddress
from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse

from gongwei.base import actors, idempotency, ids, problems
from gongwei.interfaces.web import kept
from gongwei.places import policy

View = Callable[..., HttpResponse]

#: Form fields that carry the sending itself, not its content.
ENVELOPE = frozenset({"csrfmiddlewaretoken", "submission"})
_ANY = UUID(int=0)


def page(
    *, action: str | None = None, methods: tuple[str, ...] = ("GET",), any_duty: bool = False
) -> Callable[[View], View]:
    """Mark a view as a page for people who are signed in.

    action: the policy's action the menu and the address need; None: every duty. any_duty: also for somebody who
    must change the password first or holds no duty today. Answers 405 to other methods, asks to sign in (keeping
    what was typed), 403 when the duty lacks the action.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in (*methods, "HEAD"):
                return HttpResponseNotAllowed(methods)
            actor: actors.Actor = request.actor
            if actor.account_id is None:
                return kept.ask_to_sign_in(request)
            if actor.duty_id is None and not any_duty:
                return redirect("account")
            if action is not None and not policy.may(actor, action):
                raise PermissionDenied
            kept.arrived(request)
            try:
                return view(request, *args, **kwargs)
            except policy.Forbidden as forbidden:
                raise PermissionDenied from forbidden

        asked.action, asked.methods = action, methods
        return asked

    return mark


def found(thing: Any) -> Any:
    """The thing, or 404: what is not there and what may not be seen look the same."""
    if thing is None:
        raise Http404
    return thing


def uuid_of(text: str | None) -> UUID | None:
    """An id that came from outside, or None when it is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def submission(request: HttpRequest) -> str:
    """The key a form is sent under: the one it came with, so that a repeated attempt stays the same, or a new one."""
    return str(uuid_of(request.POST.get("submission")) or ids.uuid7())


def send_once(request: HttpRequest, run: Callable[[], str]) -> HttpResponse:
    """Run the operation behind a form once and go where it says; a double click or a retry goes there too.

    Raises problems.Refused from `run` (nothing is kept then) and idempotency.Mismatch.
    """
    content = {name: values for name, values in sorted(request.POST.lists()) if name not in ENVELOPE}
    answer = idempotency.once(
        f"page:{submission(request)}",
        by=request.actor,
        request_digest=idempotency.digest_of([request.path, content]),
        run=lambda: idempotency.Answer(303, {"to": run()}),
    )
    return redirect(answer.body["to"])


def show_problems(refused: problems.Refused, *forms: Form, names: Mapping[str, str] | None = None) -> None:
    """Put refusals beside their boxes; what belongs to no box stands at the top of the first form.

    names: the form's name of a field the operation calls otherwise.
    """
    for problem in refused.problems if isinstance(refused, problems.Several) else [refused]:
        name = (names or {}).get(problem.field or "", problem.field or "")
        text = f"{problem.message}{problem.hint}" if problem.hint else problem.message
        about = problem.details.get("form")
        owner = next((form for form in forms if name in form.fields and _is_about(form, about)), None)
        (owner or forms[0]).add_error(name if owner else None, text)


def _is_about(form: Form, code: str | None) -> bool:
    """Whether a form on the page is the filled form a problem names (none named: a plain form)."""
    definition = getattr(form, "definition", None)
    return code is None if definition is None else code == definition.code


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page."""
    return request.headers.get("HX-Request") == "true"


def address_of(request: HttpRequest) -> str | None:
    """The network address that asks, for the limit of failed attempts.

    Behind a proxy (`GONGWEI_HTTPS=1`) the connection is the proxy's; what the proxy itself added, the last entry of
    X-Forwarded-For, is who asked. Entries before it are the asker's own words and not believed.
    """
    address = request.META.get("REMOTE_ADDR") or None
    if settings.SESSION_COOKIE_SECURE:
        said = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        with contextlib.suppress(ValueError):
            return str(ipaddress.ip_address(said))
    return address


def address(name: str, key: UUID | str) -> str:
    """The address of a page about one thing, as `reverse(name, args=[key])` gives it; for pages with many of them."""
    before, after = _pattern(name)
    return f"{before}{key}{after}"


@lru_cache(maxsize=200)
def _pattern(name: str) -> tuple[str, str]:
    before, _, after = reverse(name, args=[_ANY]).partition(str(_ANY))
    return before, after


def local(target: str | None) -> str:
    """A path of this site to go on to; anything else becomes the first page."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")) and "\n" not in target:
        return target
    return reverse("home")
