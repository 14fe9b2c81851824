"""Small marks a template needs: icons, assets with their digest, dates as Chinese readers write them."""

import datetime as dt
import hashlib
import json
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
SHANGHAI = ZoneInfo("Asia/Shanghai")
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@lru_cache(maxsize=200)
def _digest(path: str) -> str:
    found = finders.find(path)
    if not found:
        raise template.TemplateSyntaxError(f"no such static file: {path}")
    with open(found, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:10]


@register.simple_tag
@lru_cache(maxsize=200)
def asset(path: str) -> str:
    """The address of a static file, with its digest so that a new version is fetched at once."""
    return f"{static(path)}?v={_digest(path)}"


@register.simple_tag
@lru_cache(maxsize=500)
def icon(name: str, size: str = "") -> SafeString:
    """An icon of the vendored sprite; it is decoration, the words beside it carry the meaning."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        f"icon-{size}" if size else "",
        asset("vendor/tabler-icons/sprite.svg"),
        name,
    )


@register.filter
def moment(value: dt.datetime | None) -> str:
    """An instant in Asia/Shanghai to the minute."""
    return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if value else ""


@register.filter
def second(value: dt.datetime | None) -> str:
    """An instant in Asia/Shanghai to the second."""
    return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}" if value else ""


@register.filter
def day(value: dt.date | None) -> str:
    """A day as 2025-03-10."""
    return value.isoformat() if value else ""


@register.filter
def thousands(value: int | None) -> str:
    """A count with separators."""
    return "" if value is None else f"{value:,}"


@register.simple_tag(takes_context=True)
def address(context: dict[str, Any], **changes: Any) -> str:
    """The present query string with some parts changed; None takes a part out, and the page starts again."""
    query: dict[str, list[str]] = dict(context["request"].GET.lists())
    for name, value in changes.items():
        query.pop(name, None)
        if isinstance(value, list | tuple):
            query[name] = [str(each) for each in value]
        elif value not in (None, ""):
            query[name] = [str(value)]
    return f"?{urlencode(query, doseq=True)}"


@register.inclusion_tag("web/parts/sending.html", takes_context=True)
def sending(context: dict[str, Any]) -> dict[str, Any]:
    """The hidden fields of a form that writes: CSRF token and submission key."""
    from gongwei.interfaces.web import pages

    return {"csrf_token": context.get("csrf_token"), "submission": pages.submission(context["request"])}


@register.simple_tag
def script_data(questionnaire: Any) -> SafeString:
    """What `conditions.js` reads: data, not script, so the content policy stands."""
    return format_html(
        '<script type="application/json" data-questionnaire>{}</script>',
        mark_safe(json.dumps(questionnaire.script(), ensure_ascii=False).translate(_ESCAPES)),
    )
