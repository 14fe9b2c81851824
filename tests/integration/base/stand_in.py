"""Views and a resolver for the tests of the middleware."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import path
from tests.integration.base.conftest import VILLAGE, rows, somebody

from gongwei.base import scope

DOCTOR = somebody(1, (VILLAGE, VILLAGE))


def resolve(request: HttpRequest):
    """The doctor, when the request says so."""
    return DOCTOR if request.headers.get("X-Actor") == "doctor" else None


def _seen() -> dict:
    return {
        "ids": rows("select id from test_guarded order by id"),
        "role": rows("select current_user")[0],
        "limit": rows("show statement_timeout")[0],
        "atomic": connection.in_atomic_block,
    }


def plain(request):
    return JsonResponse(_seen())


def lazy(request):
    template = engines["django"].from_string("{{ seen.ids|join:',' }}|{{ seen.role }}")
    return TemplateResponse(request, template, {"seen": _seen})


def stream(request):
    def parts():
        yield ",".join(map(str, rows("select id from test_guarded order by id")))
        yield "|" + rows("select current_user")[0]

    return StreamingHttpResponse(parts())


def write_and_fail(request):
    rows("update test_guarded set name = 'written' where id = 1 returning id")
    raise RuntimeError("张三 110101199003070134")


def slow(request):
    rows("select pg_sleep(5)")
    return HttpResponse()


@scope.unscoped
def bare(request):
    return JsonResponse({"role": rows("select current_user = session_user")[0]})


urlpatterns = [
    path("plain", plain),
    path("lazy", lazy),
    path("stream", stream),
    path("fail", write_and_fail),
    path("slow", slow),
    path("bare", bare),
]
handler500 = "gongwei.base.error_pages.server_error"
handler404 = "gongwei.base.error_pages.page_not_found"
