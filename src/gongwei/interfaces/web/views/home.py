"""首页: what there is to do now, by role."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gongwei.interfaces.web import pages


@pages.page()
def home(request: HttpRequest) -> HttpResponse:
    """The first page."""
    return render(request, "web/home.html", {})
