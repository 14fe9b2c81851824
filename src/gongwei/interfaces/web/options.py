"""The options of a select as HTML: drawn once and kept, then only marked; a list may have hundreds of them."""

from collections.abc import Iterable
from html import escape
from typing import Any

from django.utils.safestring import SafeString


def drawn(pairs: Iterable[tuple[Any, str]]) -> SafeString:
    """One <option> for each (value, title), none of them chosen."""
    return SafeString(
        "".join([f'<option value="{escape(str(value))}">{escape(title)}</option>' for value, title in pairs])
    )


def chosen(html: SafeString, *values: Any) -> SafeString:
    """The same options with some of them chosen; a value that is not offered, or None, changes nothing."""
    text: str = html
    for value in values:
        if value is not None:
            mark = f'<option value="{escape(str(value))}"'
            text = text.replace(f"{mark}>", f"{mark} selected>", 1)
    return SafeString(text)
