"""Every view runs in the name of somebody, inside one transaction."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, transaction
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from gongwei.base import error_pages, scope
from gongwei.base.actors import Actor

_CANCELED = "57014"  # SQLSTATE of a statement that ran into its time limit


class RequestScope:
    """Runs each view inside `scope.acting(actor)`; must be the last entry of MIDDLEWARE.

    With ATOMIC_REQUESTS Django opens the transaction around the view alone, where no middleware reaches in. So this
    one calls the view itself, from `process_view`: transaction, scope, view, and the rendering of a template response.
    The actor comes from the function named by GONGWEI_ACTOR_RESOLVER, asked before the scope begins; it is kept as
    `request.actor`. Nobody logged in is also somebody: `actors.NOBODY`, who sees no row that belongs to an area.
    A stream is produced after the view has returned; it gets a transaction and the same scope of its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._resolve: Callable[[HttpRequest], Actor | None] = import_string(settings.GONGWEI_ACTOR_RESOLVER)
        self._limit_ms: int = getattr(settings, "GONGWEI_STATEMENT_TIMEOUT_MS", 15_000)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on; the work is done in `process_view`."""
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Run the view in its scope; views marked `scope.unscoped` are left to Django."""
        if getattr(view, "unscoped", False):
            return None
        if "django.contrib.staticfiles" in getattr(view, "__module__", ""):
            return None
        actor = self._resolve(request)
        request.actor = actor  # type: ignore[attr-defined]
        try:
            reads = request.method in ("GET", "HEAD")
            with transaction.atomic(), scope.acting(actor, limit_ms=self._limit_ms, to_the_end=reads):
                response = view(request, *args, **kwargs)
                if hasattr(response, "render") and callable(response.render):
                    response = response.render()
        except OperationalError as fault:
            if getattr(fault.__cause__, "sqlstate", None) == _CANCELED:
                return error_pages.page(request, 503)
            raise
        if not isinstance(response, HttpResponseBase):
            raise ImproperlyConfigured(f"{view!r} gave no response")
        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            if response.is_async:
                raise ImproperlyConfigured("a stream must be produced by a plain iterator")
            response.streaming_content = self._scoped(actor, response.streaming_content)
        return response

    def _scoped(self, actor: Actor | None, parts: Iterable[bytes]) -> Iterator[bytes]:
        with transaction.atomic(), scope.acting(actor):
            yield from parts
