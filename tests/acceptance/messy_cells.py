"""How the field writes one thing in many ways: days, codes, identity numbers, numbers. Nothing here knows the programme."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from random import Random
from typing import Any

import yaml

#: Headings and options of each sheet, as the templates print them.
SHEETS: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "sheets.yaml").read_text(encoding="utf-8")
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


def id_number(area: str, born: dt.date, sequence: int) -> str:
    """A citizen's number with the right check character (GB 11643)."""
    body = f"{area}{born:%Y%m%d}{sequence:03d}"
    return body + check_character(body)


def check_character(body: str) -> str:
    """The last character of a number whose first seventeen digits these are."""
    return "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def fifteen(number: str) -> str:
    """The number as it stood on the first generation of cards."""
    return number[:6] + number[8:17]


def written_id(rng: Random, number: str, messy: bool) -> str:
    """A number with blanks, a small x or full-width digits now and then."""
    if not messy or rng.random() < 0.75:
        return number
    way = rng.randrange(4)
    if way == 0:
        return f"{number[:6]} {number[6:14]} {number[14:]}"
    if way == 1:
        return number.lower()
    if way == 2:
        return number.translate(_FULL_WIDTH)
    return f" {number}　"


def written_day(rng: Random, day: dt.date, messy: bool, in_csv: bool) -> Any:
    """A day in one of the spellings of the field; in a workbook also as a true day or Excel's own number."""
    if not messy:
        return day.isoformat()
    ways = [
        day.isoformat(),
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}-{day.month}-{day.day}",
        f"{day.year}年{day.month:02d}月{day.day:02d}日",
        day.isoformat().translate(_FULL_WIDTH),
        f"{day:%Y/%m/%d}",
    ]
    if not in_csv:
        ways += [day, dt.datetime(day.year, day.month, day.day), (day - dt.date(1899, 12, 30)).days]
    else:
        ways.append(f"{day.isoformat()} 00:00:00")
    return rng.choice(ways)


def written_option(rng: Random, options: dict[str, str], code: str, messy: bool, in_csv: bool) -> Any:
    """A code as code, label or both; a bare number where the workbook made one of it."""
    if not messy:
        return code
    label = options[code]
    ways: list[Any] = [code, label, f"{code} {label}", f"{code}.{label}", f"{code}、{label}", f" {code} "]
    if code.isdigit() and not in_csv:
        ways.append(int(code))
    if code.isdigit():
        ways.append(code.translate(_FULL_WIDTH))
    return rng.choice(ways)


def written(rng: Random, kind: str, name: str, value: Any, messy: bool, in_csv: bool) -> Any:
    """The cell of one value of a form."""
    if value is None or isinstance(value, Raw):
        return None if value is None else value.text
    column = SHEETS.get(kind, {}).get(name, {})
    options = {str(key): label for key, label in column.get("options", {}).items()}
    if isinstance(value, dt.date):
        return written_day(rng, value, messy, in_csv)
    if isinstance(value, tuple):
        return (rng.choice(("；", ";", "、", ",")) if messy else "；").join(
            str(written_option(rng, options, each, messy, True)).strip() for each in value
        )
    if options and str(value) in options:
        return written_option(rng, options, str(value), messy, in_csv)
    if isinstance(value, int | float) and in_csv:
        return f"{value:g}" if isinstance(value, float) else str(value)
    return value


class Raw:
    """A cell that is to stand exactly so, however wrong."""

    def __init__(self, text: Any) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"Raw({self.text!r})"
