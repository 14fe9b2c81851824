"""The engine's JavaScript modules, served from where they live so that pages and phone run the same files."""

from functools import cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_response_headers

from gongwei import engines
from gongwei.base import scope


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
