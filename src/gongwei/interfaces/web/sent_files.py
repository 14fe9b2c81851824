"""Pages people send files to and get files from: the list with its box and refusal, and a file as an answer."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from gongwei.base import problems
from gongwei.interfaces.web import lists, pages

SIZE = 20


def list_page(
    request: HttpRequest,
    template: str,
    *,
    receive: Callable[[HttpRequest], str],
    sent_before: Callable[[], QuerySet[Any]],
    shown: Callable[[Any], dict[str, Any]],
    besides: Callable[[], Mapping[str, Any]],
) -> HttpResponse:
    """What was sent before, a page at a time, and the box to send more; a refusal stands beside the box.

    receive: takes what was posted and says where to go on; asked once however often the button is pressed.
    """
    refusal = ""
    if request.method == "POST":
        try:
            return pages.send_once(request, lambda: receive(request))
        except problems.Refused as refused:
            refusal = f"{refused.message}{refused.hint or ''}"
    page = lists.numbered(request, sent_before(), size=SIZE)
    context = {"page": page, "rows": [shown(each) for each in page.rows], "refusal": refusal, **besides()}
    return render(request, template, context)


def download(content: bytes, content_type: str, name: str) -> HttpResponse:
    """A file to be kept under a name."""
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer
