"""What a cell says: days, numbers, options, identity numbers, as a careful clerk reads them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

#: Headings and options as the templates print them.
SHEETS: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parents[1] / "sheets.yaml").read_text(encoding="utf-8")
)


class Wrong(ValueError):
    """A cell that cannot be read."""


def text(raw: Any) -> str:
    """A cell as text in half width without space around it; whole numbers without a point."""
    if raw is None:
        return ""
    if isinstance(raw, float) and raw == int(raw) and abs(raw) < 1e15:
        raw = int(raw)
    if isinstance(raw, dt.datetime):
        raw = raw.date() if raw.time() == dt.time() else raw
    return unicodedata.normalize("NFKC", str(raw)).strip()


_DAY = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?( 00:00:00)?|(\d{4})(\d{2})(\d{2})")


def day(raw: Any) -> dt.date | None:
    """A day in any of its spellings; a number of five digits is Excel's own count."""
    if isinstance(raw, dt.datetime):
        return raw.date()
    if isinstance(raw, dt.date):
        return raw
    said = text(raw)
    if not said:
        return None
    if re.fullmatch(r"\d{5}", said) and not isinstance(raw, str):
        return dt.date(1899, 12, 30) + dt.timedelta(days=int(said))
    found = _DAY.fullmatch(said)
    if not found:
        raise Wrong(said)
    year, month, number = (
        int(each) for each in (found[1] or found[5], found[2] or found[6], found[3] or found[7])
    )
    try:
        return dt.date(year, month, number)
    except ValueError:
        raise Wrong(said) from None


def number(raw: Any, heading: str = "") -> Decimal | None:
    """A number, bare or with the very unit that stands in its heading."""
    unit = text(heading).rsplit("(", 1)[-1].removesuffix(")") if "(" in text(heading) else ""
    said = text(raw).removesuffix(unit).strip()
    if not said:
        return None
    try:
        return Decimal(said)
    except InvalidOperation:
        raise Wrong(said) from None


_met: dict[tuple[int, str], str | None] = {}


def option(options: dict[Any, str], raw: Any) -> str | None:
    """The code of an option given as code, label or code and label. What was met once is remembered."""
    said = text(raw)
    if not said:
        return None
    key = (id(options), said)
    if key not in _met:
        _met[key] = _option(options, said)
    return _met[key]


def _option(options: dict[Any, str], said: str) -> str:
    squeezed = said.replace(" ", "")
    for key, label in options.items():
        code, plain = text(key), text(label)
        spellings = {code, plain, f"{code}{plain}", f"{code}.{plain}", f"{code}、{plain}"}
        if squeezed in {each.replace(" ", "") for each in spellings}:
            return str(key)
    for key in options:
        if str(key).isdigit() and squeezed.isdigit() and int(key) == int(squeezed):
            return str(key)
    raise Wrong(said)


def several(options: dict[Any, str], raw: Any) -> frozenset[str] | None:
    """Several options of one cell."""
    said = text(raw)
    if not said:
        return None
    try:
        one = option(options, said)
        return frozenset({one}) if one else None
    except Wrong:
        found = [option(options, each) for each in re.split(r"[;、,，；\n|/]", said) if each.strip()]
        return frozenset(each for each in found if each)


_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_character(body: str) -> str:
    """GB 11643."""
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def identity(raw: Any) -> tuple[str, dt.date, str]:
    """(18 characters, birth date, sex) of a citizen's number. Raises Wrong."""
    said = re.sub(r"[\s-]", "", text(raw)).upper()
    if re.fullmatch(r"\d{15}", said):
        body = said[:6] + "19" + said[6:]
        said = body + check_character(body)
    if not re.fullmatch(r"\d{17}[\dX]", said) or check_character(said[:17]) != said[17]:
        raise Wrong(said)
    try:
        born = dt.date(int(said[6:10]), int(said[10:12]), int(said[12:14]))
    except ValueError:
        raise Wrong(said) from None
    return said, born, "1" if int(said[16]) % 2 else "2"
