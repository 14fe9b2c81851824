"""What the pages of evaluation share: trying what was sent, saying all that is wrong, reading days and years, sending files."""

import datetime as dt
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from gongwei.base import clock, problems
from gongwei.interfaces.excel import sheets as workbooks
from gongwei.interfaces.web import pages
from gongwei.places import policy

LARGEST_UPLOAD = 6 * 1024 * 1024


def tried(request: HttpRequest, run: Callable[[], str]) -> tuple[HttpResponse | None, list[str]]:
    """Do what was sent, once: where to go on, or everything that was wrong with it, in words.

    Raises policy.Forbidden, which the page answers.
    """
    try:
        return pages.send_once(request, run), []
    except policy.Forbidden:
        raise
    except problems.Refused as refused:
        several = refused.problems if isinstance(refused, problems.Several) else [refused]
        return None, list(dict.fromkeys(f"{each.message}{each.hint or ''}" for each in several))


def years() -> range:
    """The years to choose from, the next one first."""
    return range(clock.today().year + 1, clock.today().year - 7, -1)


def day_of(text: str | None, name: str, field: str) -> dt.date:
    """A day that was typed. Raises Refused."""
    said = (text or "").strip().replace("/", "-").replace(".", "-")
    try:
        return dt.date.fromisoformat(said)
    except ValueError:
        raise problems.Refused(f"{name}应写成2025-03-31。", field=field, code="date") from None


def number_of(text: str | None) -> int | None:
    """A whole number that was typed; None for none or nonsense."""
    said = (text or "").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 6 else None


def uploaded(request: HttpRequest) -> tuple[str, bytes]:
    """Name and content of the file that was sent. Raises Refused: none, or too large to be read at all."""
    file = request.FILES.get("file")
    if file is None:
        raise problems.Refused("请选择文件。", field="file", code="file")
    if file.size is None or file.size > LARGEST_UPLOAD:
        raise problems.Refused("文件太大。", field="file", code="too_large")
    return file.name or "文件", file.read()


def sent(name: str, content: bytes, content_type: str = workbooks.CONTENT_TYPE) -> HttpResponse:
    """A file for the browser to keep."""
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer
