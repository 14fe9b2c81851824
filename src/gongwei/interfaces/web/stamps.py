"""Lines of long lists: a template drawn once for each shape it can take, then filled in by the hundred.

A shape is which of the values are there at all. The template may ask of a value only whether it is there and print it;
everything else it shows must come as one of the constants. So fifty lines cost fifty joins instead of fifty renderings.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from typing import Any

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

# Characters of the private area: no text has them, and escaping leaves them alone.
_HOLE = re.compile("\ue000([a-z_]+)\ue001")
_SIGN = re.compile("[&<>\"']").search


class Stamp:
    """A template of one line. `constants` are the same for all lines and can be hashed."""

    def __init__(self, template: str, **constants: Any) -> None:
        self._template, self._constants = template, tuple(sorted(constants.items()))

    def line(self, values: Mapping[str, str]) -> SafeString:
        """The line with its values, escaped unless they are marked as safe."""
        there = frozenset([name for name, value in values.items() if value])
        parts = list(_parts(self._template, self._constants, there))
        safe = {
            # Hardly any value has a sign to be escaped: one look instead of five replacements.
            name: escape(value) if _SIGN(value) and not isinstance(value, SafeString) else value
            for name, value in values.items()
        }
        for place in range(1, len(parts), 2):
            parts[place] = safe[parts[place]]
        return mark_safe("".join(parts))


@lru_cache(maxsize=2_000)
def _parts(template: str, constants: tuple[tuple[str, Any], ...], there: frozenset[str]) -> tuple[str, ...]:
    """Text and names of values by turns."""
    holes = {name: f"\ue000{name}\ue001" for name in there}
    html = get_template(template).render({**dict(constants), "row": holes})
    return tuple(_HOLE.split(html))
