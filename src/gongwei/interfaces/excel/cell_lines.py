"""A line of a table inside a cell: its parts joined by “；”, with what would be mistaken for a sign escaped."""

#: Between the options of one cell, and between the parts of one line of a table.
SEPARATOR = "；"

_ESCAPES = {"\\": "\\\\", SEPARATOR: f"\\{SEPARATOR}", "\n": "\\n"}


def escaped(text: str) -> str:
    """A part as `split` gives it back."""
    return "".join(_ESCAPES.get(each, each) for each in text)


def split(text: str) -> list[str]:
    """The parts of a line, escaped separators taken as they are."""
    parts, now, escaped = [], "", False
    for each in text:
        if escaped:
            now, escaped = now + ("\n" if each == "n" else each), False
        elif each == "\\":
            escaped = True
        elif each in (SEPARATOR, ";"):
            parts.append(now)
            now = ""
        else:
            now += each
    return [*parts, now]
