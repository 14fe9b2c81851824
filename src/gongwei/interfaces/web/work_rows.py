"""The lines of the worklist as HTML: fifty of them with a form each, by stamps instead of fifty renderings."""

import datetime as dt
import html
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString, mark_safe

from gongwei.base import ids
from gongwei.interfaces.web import pages, stamps
from gongwei.places import policy
from gongwei.tasks import choices


def drawn(
    lines: Iterable[Mapping[str, Any]], request: HttpRequest, *, today: dt.date, hide_place: bool = False
) -> SafeString:
    """One <li> for each line of `presenters.tasks`; `hide_place` where a heading says where the house is."""
    stamp = stamps.Stamp(
        "web/worklists/row.html",
        hide_place=hide_place,
        may_write=policy.may(request.actor, policy.RECORD_WRITE),
        may_call=policy.may(request.actor, policy.FULL_ID_VIEW),
        results=tuple((str(code), str(words)) for code, words in choices.RESULTS),
    )
    here = mark_safe(escape(request.get_full_path()))  # the same in every line, so escaped once
    same = {"token": mark_safe(get_token(request)), "here": here, "today": today.isoformat()}
    # Each form is sent under a key of its own: it begins as the page's and ends as the task's.
    sending = str(ids.uuid7())[:24]
    return SafeString(
        "".join(
            [
                stamp.line({**_values(line), **same, "submission": f"{sending}{line['key'][24:]}"})
                for line in lines
            ]
        )
    )


def _values(line: Mapping[str, Any]) -> dict[str, str]:
    last = line["last"]
    task, resident = line["key"], line["resident_key"]
    return {
        "id": task,
        "name": line["name"],
        "sex": line["sex"],
        "age": line["age"],
        "tags": _tags(tuple([(each["title"], each["look"]) for each in line["tags"]])),
        "file": pages.address("resident", resident),
        "call": pages.address("worklist-telephone", resident),
        "task": pages.address("task", task),
        "attempt": pages.address("task-attempt", task),
        "village": line["village"],
        "address": line["address"],
        "doctor": line["doctor"],
        "phone": line["phone"],
        "title": line["title"],
        "reason": line["reason"],
        "together": line["together"],
        "last": _tried(last, line["attempts"]) if last else "",
        "look": line["look"],
        "when": line["when"],
        "due": line["due"].isoformat(),
        "earliest": line["earliest"].isoformat()[5:],
        "start": _escaped(line["start"]) if line["may_start"] else "",
        "again": "1" if line.get("again") else "",
    }


def _tried(last: Any, attempts: int) -> str:
    note = f"：{last.note}" if last.note else ""
    often = f"（共{attempts}次）" if attempts > 1 else ""
    return f"{last.on.isoformat()} {last.result}{note}{often}"


@lru_cache(maxsize=500)
def _tags(found: tuple[tuple[str, str], ...]) -> SafeString:
    return format_html_join(
        "",
        '<span class="gw-tag{}">{}</span>',
        ((f" gw-tag-{look}" if look else "", title) for title, look in found),
    )


def _escaped(address: str) -> SafeString:
    return SafeString(html.escape(address))
