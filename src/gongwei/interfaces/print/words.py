"""The words a programme says in its `paper.py` how a form stands on paper.

    Paper(FollowUp, columns=4, rows=(
        Row("随访日期", f.done_on),
        Group("体征", Row("血压（mmHg）", f.systolic, " / ", f.diastolic)),
        EachRow(f.medications, 3, Row("药物名称{n}", Medication.name), ...),
    ))

Parts of a row are words as they are printed and fields of the form; a field brings its own options, boxes, blanks
and unit, so no list of items is written a second time. Fields that no row names are printed in a box of their own as
电子记录项目: they are on no paper form, and still not lost.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, replace
from typing import TYPE_CHECKING, Any

from gongwei.language import fields

if TYPE_CHECKING:
    from gongwei.records import wordings


@dataclass(frozen=True)
class Of:
    """Something known about the resident (`name`, `sex`, `birth_date`, ...: keys of `heads.Head`)."""

    key: str


@dataclass(frozen=True)
class Boxes:
    """The code boxes of a field without its options (printed elsewhere): at most `count` unless more was chosen."""

    field: fields.Field
    count: int = 1


@dataclass(frozen=True)
class Options:
    """The numbered options of a field without its boxes."""

    field: fields.Field


@dataclass(frozen=True)
class Blank:
    """The answer of a field on a line `width` mm long, without its unit."""

    field: fields.Field
    width: float = 12


@dataclass(frozen=True)
class Said:
    """The answer in words on a line `width` mm long: 3 becomes 间断. For options whose numbers the paper does not print."""

    field: fields.Field
    width: float = 9


@dataclass(frozen=True)
class Usual:
    """What is usual for a measurement, told to the resident beside the value: from `low` up to `high` (codes of parameters).

    `{sex}` in a code becomes male or female. below: `high` itself is no longer usual.
    """

    field: fields.Quantity
    _: KW_ONLY
    low: str = ""
    high: str = ""
    below: bool = False


#: "\n" begins a new line.
Part = str | fields.Field | Of | Boxes | Options | Blank | Said


@dataclass(frozen=True, init=False)
class Row:
    """One line of the form: what is asked on the left, the answer (for each contact) on the right.

    legend: printed under the label, as 症状 has its options there. height: millimetres at least, to write in.
    """

    label: str
    parts: tuple[Part, ...]
    legend: tuple[Part, ...]
    height: float

    def __init__(self, label: str, *parts: Part, legend: tuple[Part, ...] = (), height: float = 0) -> None:
        object.__setattr__(self, "label", label)
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "legend", legend)
        object.__setattr__(self, "height", height)


@dataclass(frozen=True, init=False)
class Pairs:
    """Several rows side by side in one line."""

    rows: tuple[Row, ...]

    def __init__(self, *rows: Row) -> None:
        object.__setattr__(self, "rows", rows)


@dataclass(frozen=True, init=False)
class EachRow:
    """The rows of a field one under another (药物名称1 … 3); `{n}` in a label counts them; more when more were filled."""

    field: fields.Rows
    at_least: int
    rows: tuple[Row, ...]

    def __init__(self, field: fields.Rows, at_least: int, *rows: Row) -> None:
        object.__setattr__(self, "field", field)
        object.__setattr__(self, "at_least", at_least)
        object.__setattr__(self, "rows", rows)


@dataclass(frozen=True)
class Scale:
    """One question of a scale: its options in columns by code, None where the paper prints —."""

    field: fields.Choice
    codes: tuple[str | None, ...]


@dataclass(frozen=True, init=False)
class Grid:
    """A small table inside the form: (heading, parts) for each column, `at_least` lines; `label` stands at the left."""

    label: str
    field: fields.Rows
    at_least: int
    columns: tuple[tuple[str, tuple[Part, ...]], ...]

    def __init__(
        self, label: str, field: fields.Rows, at_least: int, *columns: tuple[str, tuple[Part, ...]]
    ) -> None:
        object.__setattr__(self, "label", label)
        object.__setattr__(self, "field", field)
        object.__setattr__(self, "at_least", at_least)
        object.__setattr__(self, "columns", columns)


@dataclass(frozen=True, init=False)
class Group:
    """Rows under one heading at the left edge."""

    title: str
    rows: tuple[Row | Pairs | EachRow | Grid | Scale, ...]

    def __init__(self, title: str, *rows: Row | Pairs | EachRow | Grid | Scale) -> None:
        object.__setattr__(self, "title", title)
        object.__setattr__(self, "rows", rows)


Piece = Row | Pairs | EachRow | Grid | Scale | Group


@dataclass(frozen=True)
class Paper:
    """A form on paper.

    rows: in the order of the paper form. columns: so many contacts side by side (1: one form a sheet).
    pages: where a new page begins (the titles of groups or labels of rows). widths: group, label (mm); the rest is
    shared by the answers. lead: the line above the table. title: when the paper's differs from the form's.
    """

    form: wordings.Worded
    rows: tuple[Piece, ...]
    _: KW_ONLY
    columns: int = 1
    pages: tuple[str, ...] = ()
    widths: tuple[float, float] = (8, 26)
    size: float = 8
    pad: float = 1.1
    title: str = ""
    scale: tuple[str, ...] = ()
    lead: str = "姓名：{name}"
    after: tuple[Part, ...] = ()

    def named(self) -> dict[str, fields.Field]:
        """The fields the rows name, by name."""
        found: dict[str, fields.Field] = {}
        for part in (*_parts(self.rows), *self.after):
            field = part if isinstance(part, fields.Field) else getattr(part, "field", None)
            if isinstance(field, fields.Field) and self.form.fields.get(field.name) is field:
                found[field.name] = field
        return found

    @property
    def shows_numbers(self) -> bool:
        """Whether the paper has an identity number or a telephone of the resident on it."""
        return any(
            isinstance(part, Of) and part.key in ("id_number", "phone", "contact_phone")
            for part in (*_parts(self.rows), *self.after)
        )


def _parts(rows: tuple[object, ...]) -> Iterator[object]:
    for row in rows:
        if isinstance(row, Group | Pairs):
            yield from _parts(row.rows)
        elif isinstance(row, EachRow | Grid | Scale):
            yield row
        elif isinstance(row, Row):
            yield from row.parts
            yield from row.legend
        else:
            yield row


def in_words(paper: Paper, wording: wordings.Wording) -> Paper:
    """The same paper in the words of an earlier version of its form: fields with the options and units they had, labels of
    rows where they name a field or its unit. Questions that were not asked then are not on it."""
    return replace(
        paper,
        form=wording,
        rows=tuple(_kept(paper.rows, paper.form, wording)),
        after=tuple(_kept(paper.after, paper.form, wording)),
    )


def _kept(pieces: tuple[Any, ...], now: wordings.Worded, then: wordings.Worded) -> list[Any]:
    return [each for piece in pieces if (each := _then(piece, now, then)) is not None]


def _then(piece: Any, now: wordings.Worded, then: wordings.Worded) -> Any:
    """A part of a paper in earlier words; None for one that has nothing of that version in it."""
    if isinstance(piece, fields.Field):
        return then.fields.get(piece.name) if now.fields.get(piece.name) is piece else piece
    if not hasattr(piece, "__dataclass_fields__"):
        return piece
    made = copy.copy(piece)
    if isinstance(piece, EachRow | Grid):
        field = then.fields.get(piece.field.name)
        if field is None:
            return None
        _put(made, "field", field)
        inside = (piece.field.row, field.row)  # type: ignore[attr-defined]
        if isinstance(piece, EachRow):
            _put(made, "rows", tuple(_kept(piece.rows, *inside)))
        else:
            _put(
                made, "columns", tuple((head, tuple(_kept(parts, *inside))) for head, parts in piece.columns)
            )
        return made
    if isinstance(piece, Row):
        asked = [part for part in (*piece.parts, *piece.legend) if _is_asked(part)]
        parts = tuple(_kept(piece.parts, now, then))
        if asked and not any(_is_asked(part) for part in (*parts, *_kept(piece.legend, now, then))):
            return None
        _put(made, "parts", parts)
        _put(made, "legend", tuple(_kept(piece.legend, now, then)))
        _put(made, "label", _label(piece.label, asked, now, then))
        return made
    if isinstance(piece, Group | Pairs):
        rows = tuple(_kept(piece.rows, now, then))
        _put(made, "rows", rows)
        return made if rows else None
    if isinstance(getattr(piece, "field", None), fields.Field):
        field = _then(piece.field, now, then)
        if field is None:
            return None
        _put(made, "field", field)
    return made


def _label(label: str, asked: list[Any], now: wordings.Worded, then: wordings.Worded) -> str:
    """The label of a row with the labels and units of the fields it asks as they were."""
    for part in asked:
        field = part if isinstance(part, fields.Field) else part.field
        was = then.fields.get(field.name)
        if was is None or now.fields.get(field.name) is not field:
            continue
        for said in ("label", "unit"):
            before, after = getattr(field, said, ""), getattr(was, said, "")
            if before and before != after:
                label = label.replace(before, after)
    return label


def _is_asked(part: Any) -> bool:
    return isinstance(part, fields.Field) or isinstance(getattr(part, "field", None), fields.Field)


def _put(made: Any, name: str, value: Any) -> None:
    object.__setattr__(made, name, value)  # a copy of a frozen value, not given out yet
