"""Which paper a form has: the programmes bring theirs (`paper.py`), any other form gets the ordinary one.

By name, not by import statement: programmes stand above the interfaces, and the core names none of them.
"""

import datetime as dt
from decimal import Decimal
from functools import cache, lru_cache
from importlib import import_module, util
from typing import Any

from gongwei import catalogue
from gongwei.catalogue.packages import programme_packages
from gongwei.interfaces.print import words
from gongwei.language import fields
from gongwei.records import wordings


@cache
def _modules() -> tuple[Any, ...]:
    names = [f"{package}.paper" for package in programme_packages()]
    return tuple(import_module(name) for name in names if util.find_spec(name) is not None)


@cache
def _brought() -> dict[str, words.Paper]:
    return {paper.form.code: paper for module in _modules() for paper in module.PAPERS}


def paper_of(form: wordings.Worded) -> words.Paper:
    """The paper of a form; of a form as it was worded, the same paper in those words."""
    brought = _brought().get(form.code)
    if brought is None:
        return ordinary(form)
    return _as_worded(brought, form) if isinstance(form, wordings.Wording) else brought


@lru_cache(maxsize=200)
def _as_worded(paper: words.Paper, wording: wordings.Wording) -> words.Paper:
    return words.in_words(paper, wording)


@cache
def _usual() -> dict[tuple[str, str], words.Usual]:
    return {
        (each.field.form_code, each.field.name): each
        for module in _modules()
        for each in getattr(module, "USUAL", ())
    }


def usual_range(field: fields.Field, sex: str, day: dt.date) -> str:
    """What is usual for a measurement on a day for a sex (code of GB/T 2261.1), in words; empty when nobody says.

    The soft range of a field is no such thing: it says what is worth a second look at the keyboard.
    """
    each = _usual().get((field.form_code, field.name))
    word = {"1": "male", "2": "female"}.get(sex)
    if each is None or ("{sex}" in each.low + each.high and word is None):
        return ""
    value_of = catalogue.current().parameters
    low, high = (value_of(code.format(sex=word), day) if code else None for code in (each.low, each.high))
    unit = each.field.unit
    if low is None and high is None:
        return ""
    if low is None:
        return f"低于{high}{unit}" if each.below else f"不超过{high}{unit}"
    if high is None:
        return f"不低于{low}{unit}"
    if each.below:
        high = Decimal(str(high)) - Decimal(1).scaleb(
            -each.field.decimals
        )  # 24, itself too much, is said as 23.9
    return f"{low}～{high}{unit}"


@cache
def ordinary(form: wordings.Worded) -> words.Paper:
    """A paper with one row for each field, grouped by the sections of the form; nothing is electronic only."""
    pieces: list[words.Piece] = []
    section, rows = "", []
    for field in form.fields.values():
        if field.section != section:
            pieces += [words.Group(section, *rows)] if section and rows else rows
            section, rows = field.section, []
        rows.append(words.Row(field.label, field))
    pieces += [words.Group(section, *rows)] if section and rows else rows
    return words.Paper(form, tuple(pieces), widths=(9, 36), size=9.5, pad=1.6)
