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
from django.utils.safestring import SafeString

# Characters of the private area: no text has them, and escaping leaves them alone.
_HOLE = re.compile("\ue000([a-z_]+)\ue001")
_SIGN = re.compile("[&<>\"']").search
#: Shapes of one template kept by this process.
SHAPES = 500


class Stamp:
    """A template of one line. `constants` are the same for all lines and can be hashed."""

    def __init__(self, template: str, **constants: Any) -> None:
        self._shapes = _shapes(template, tuple(sorted(constants.items())))

    def line(self, values: Mapping[str, str]) -> SafeString:
        """The line with its values, escaped unless they are marked as safe."""
        html, names = self._shapes.of(frozenset([name for name, value in values.items() if value]))
        # Hardly any line has a sign to be escaped: one look at all of its texts instead of one at each.
        if _SIGN("".join([value for value in values.values() if not isinstance(value, SafeString)])):
            values = {
                name: value if isinstance(value, SafeString) else escape(value)
                for name, value in values.items()
            }
        return SafeString(html % tuple([values[name] for name in names]))


class _Shapes:
    """A template with some constants, drawn once for each set of values that are there."""

    def __init__(self, template: str, constants: tuple[tuple[str, Any], ...]) -> None:
        self._template, self._constants = template, constants
        self._drawn: dict[frozenset[str], tuple[str, tuple[str, ...]]] = {}

    def of(self, there: frozenset[str]) -> tuple[str, tuple[str, ...]]:
        """The HTML with %s for each value, and the names of the values in that order."""
        found = self._drawn.get(there)
        if found is None:
            holes = {name: f"\ue000{name}\ue001" for name in there}
            html = get_template(self._template).render({**dict(self._constants), "row": holes})
            parts = _HOLE.split(html)  # text and names of values by turns
            text = "%s".join(each.replace("%", "%%") for each in parts[::2])
            if len(self._drawn) >= SHAPES:
                self._drawn.clear()
            found = self._drawn[there] = (text, tuple(parts[1::2]))
        return found


_shapes = lru_cache(maxsize=200)(_Shapes)
