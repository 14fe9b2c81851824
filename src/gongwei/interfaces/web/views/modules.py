"""The engine's JavaScript modules, served from where they live so that pages and phone run the same files."""

from functools import cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_response_headers

from gongwei import engines
from gongwei.base import problems, scope
from gongwei.interfaces.web import rules


@cache
def _module(name: str) -> bytes | None:
    folder = Path(engines.__file__).parent
    wanted = {path.name: path for path in folder.glob("*.js")}.get(name)
    return wanted.read_bytes() if wanted else None


@scope.unscoped
def engine(request: HttpRequest, name: str) -> HttpResponse:
    """One module of the engine; nothing about persons."""
    content = _module(name)
    if content is None or request.method not in ("GET", "HEAD"):
        raise Http404
    response = HttpResponse(content, content_type="text/javascript; charset=utf-8")
    patch_response_headers(response, cache_timeout=3600)
    return response


@scope.unscoped
def form_rules(request: HttpRequest, code: str, digest: str) -> HttpResponse:
    """The rules of a form for the page's script; nothing about persons.

    Kept by the browser under their digest; a page that still names older rules gets those in force.
    """
    try:
        made = rules.of(code)
    except problems.Refused as unknown:
        raise Http404 from unknown
    if request.method not in ("GET", "HEAD"):
        raise Http404
    response = HttpResponse(made.content, content_type="application/json; charset=utf-8")
    response["Cache-Control"] = "public, max-age=31536000, immutable" if made.digest == digest else "no-cache"
    return response
