"""The paper face of a form's fields: one function over the ten field types (house.md §6).

`face(field, value)` gives what stands on paper for a field: `legend`, its numbered options; `answer`, boxes or a
blank with the answer in it. Both are runs: a text, `{"b": code}` a box □, `{"u": words, "w": mm}` a blank line.
An answer that is not there leaves empty boxes and blanks, as on the form before it is filled.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, singledispatch
from typing import Any
from zoneinfo import ZoneInfo

from gongwei.language import expressions, fields, operators, record_nodes
from gongwei.records import wordings

Run = str | dict[str, Any]
Runs = tuple[Run, ...]

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: Millimetres of a blank line to write on.
NUMBER, WORDS, LONG = 9, 16, 40
#: So many boxes the paper prints for a question with several answers; more are added when more were chosen.
BOXES = 4


@dataclass(frozen=True)
class Face:
    """How a field stands on paper."""

    legend: Runs
    answer: Runs


@dataclass(frozen=True)
class Names:
    """Words for what answers name by id or code: practitioners by id, codes of large tables by (table, code)."""

    people: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[tuple[str, str], str] = field(default_factory=dict)


def box(code: str = "") -> Run:
    """A box □ for one code."""
    return {"b": code}


def blank(words: str = "", width: float = WORDS) -> Run:
    """A line to write on, `width` mm long while it is empty."""
    return {"u": words, "w": width}


@singledispatch
def face(field: fields.Field, value: Any = None, *, names: Names | None = None) -> Face:
    """The face of a field. A new field type must be registered here (tests/architecture/test_fields_faces.py)."""
    raise NotImplementedError(f"no paper face for {type(field).__name__}")


@face.register
def _(field: fields.Text, value: Any = None, *, names: Names | None = None) -> Face:
    return Face((), (blank(str(value or ""), LONG if field.multiline else WORDS),))


@face.register
def _(field: fields.Date, value: dt.date | None = None, *, names: Names | None = None) -> Face:
    return Face((), (day(value),))


@face.register
def _(field: fields.Moment, value: dt.datetime | None = None, *, names: Names | None = None) -> Face:
    if value is None:
        return Face((), ("　　年　月　日　时　分",))
    local = value.astimezone(SHANGHAI)
    return Face((), (f"{local.year}年{local.month}月{local.day}日{local:%H时%M分}",))


@face.register
def _(field: fields.YesNo, value: bool | None = None, *, names: Names | None = None) -> Face:
    return Face(("1是  2否",), (box("" if value is None else "1" if value else "2"),))


@face.register
def _(field: fields.Quantity, value: Any = None, *, names: Names | None = None) -> Face:
    written = "" if value is None else str(value)
    return Face((), (blank(written, NUMBER), *((field.unit,) if field.unit else ())))


@face.register
def _(field: fields.Choice, value: str | None = None, *, names: Names | None = None) -> Face:
    return Face(options(field), (box(value or ""),))


@face.register
def _(field: fields.Choices, value: Any = None, *, names: Names | None = None) -> Face:
    return Face(options(field), boxes(field, value, min(BOXES, len(field.options.codes))))


@face.register
def _(field: fields.Code, value: str | None = None, *, names: Names | None = None) -> Face:
    said = (names or Names()).codes.get((field.table, str(value)), str(value or ""))
    return Face((), (blank(said, WORDS),))


@face.register
def _(field: fields.Person, value: str | None = None, *, names: Names | None = None) -> Face:
    said = (names or Names()).people.get(str(value), "") if value else ""
    return Face((), (blank(said, WORDS),))


@face.register
def _(field: fields.Rows, value: Any = None, *, names: Names | None = None) -> Face:
    found: list[Run] = []
    for number, line in enumerate(value or ({},), start=1):
        found.append(f"{number}．")
        for name, column in field.row.fields.items():
            inner = face(column, line.get(name), names=names)
            found += [f"{column.label}", *inner.legend, *inner.answer, "　"]
    return Face((), tuple(found))


def day(value: dt.date | None) -> str:
    """A day as it is written by hand."""
    return "　　年　月　日" if value is None else f"{value.year}年{value.month}月{value.day}日"


def boxes(field: fields.Choices, value: Any, count: int) -> Runs:
    """The boxes of a question with several answers, filled in the order of the options, parted by strokes."""
    chosen = {str(code) for code in value or ()}
    known = [code for code in field.options.codes if code in chosen]
    codes = [*known, *sorted(chosen - set(known))]
    codes += [""] * (count - len(codes))
    return tuple(run for code in codes for run in (box(code), "/"))[:-1]


#: Holds a number and its option together, so that no line ends between them.
JOINER = "\u2060"


def options(
    field: fields.Choice | fields.Choices, after: Mapping[str, Runs] | None = None, gap: str = "  "
) -> Runs:
    """The numbered options, `gap` between them; `after` gives what is written behind an option (其他____)."""
    found: list[Run] = []
    words = ""
    for option in field.options.items:
        words += f"{option.code}{JOINER}{option.label}" if option.code[0].isdigit() else option.label
        if after and option.code in after:
            found += [words, *after[option.code]]
            words = ""
        words += gap
    return (*found, words.rstrip()) if words.strip() else tuple(found)


def said(field: fields.Field, value: Any, names: Names | None = None) -> str:
    """An answer in words: the labels of options, a day, the name of a person, a number without its unit."""
    if fields.is_missing(value):
        return ""
    if isinstance(field, fields.Choice):
        return field.options.label(str(value))
    if isinstance(field, fields.Choices):
        return "、".join(field.options.label(code) for code in field.options.codes if code in set(value))
    if isinstance(field, fields.Date):
        return day(value)
    if isinstance(field, fields.YesNo):
        return "是" if value else "否"
    if isinstance(field, fields.Person | fields.Code | fields.Moment):
        (run,) = face(field, value, names=names).answer
        return run["u"] if isinstance(run, dict) else run
    return str(value)


@cache
def companions(form: wordings.Worded) -> dict[str, dict[str, str]]:
    """Which text is written behind which option: {field: {option: text field}}.

    Those are the texts asked only where one field has certain options (`only_if=symptoms.has("25")`).
    """
    found: dict[str, dict[str, str]] = {}
    for text in form.fields.values():
        if not isinstance(text, fields.Text) or text.only_if is None:
            continue
        field, codes = _asked_of(text.only_if.node)
        if isinstance(field, fields.Choice | fields.Choices) and codes:
            found.setdefault(field.name, {}).setdefault(codes[-1], text.name)
    return found


def _asked_of(node: expressions.Node) -> tuple[fields.Field | None, list[str]]:
    """The field a condition asks for certain options, and these; (None, []) for any other condition."""
    asked, literals = None, []
    if isinstance(node, operators.Has):
        asked, literals = node.value, [node.code]
    elif isinstance(node, operators.IsIn):
        asked, literals = node.value, [each.value for each in node.values]
    elif isinstance(node, operators.Compare) and node.op == "eq":
        asked, literals = node.left, [getattr(node.right, "value", None)]
    if not isinstance(asked, record_nodes.Answer):
        return None, []
    return asked.field, [code for code in literals if isinstance(code, str)]
