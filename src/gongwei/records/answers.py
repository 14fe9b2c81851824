"""Answers on their way in and out: strict reading of what was sent, writing to and reading from columns.

Values inside are those of `gongwei.language.fields`. From outside they come as the page's cleaned values or as
JSON (phone, import): text, numbers, lists. Reading is strict: an integer is not a date, a float is not a decimal,
NUL is nowhere; full-width digits and signs are normalised and never guessed at.
"""

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import cache, partial, singledispatch
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gongwei.base.problems import Refused
from gongwei.language import fields, forms

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Unreadable(Exception):
    """A value that cannot be an answer to its field; the message is Chinese."""


def read(form: type[forms.FieldGroup], given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Refused]]:
    """The answers as values, and what could not be read (unknown fields, wrong shapes).

    Missing answers are left out. A field unknown to the form is refused: nothing sent may vanish silently.
    """
    values: dict[str, Any] = {}
    problems: list[Refused] = []
    for name, raw in given.items():
        field = form.fields.get(name)
        if field is None:
            problems.append(Refused(f"表中没有数据项“{name}”", field=name, code="unknown_field"))
            continue
        try:
            value = None if raw is None else value_of(field, raw)
            if fields.is_missing(value):
                continue
            wrong = field.shape_problem(value)
        except Unreadable as error:
            wrong = str(error)
        if wrong:
            problems.append(Refused(wrong, field=name, code="shape"))
        else:
            values[name] = value
    return values, problems


@singledispatch
def value_of(field: fields.Field, raw: Any) -> Any:
    """What was sent, as a value of the field's type. Raises Unreadable."""
    raise NotImplementedError(f"no reading for {type(field).__name__}")


def _text(field: fields.Field, raw: Any) -> str:
    if not isinstance(raw, str):
        raise Unreadable(f"“{field.label}”应为文字")
    if "\x00" in raw:
        raise Unreadable(f"“{field.label}”含有不能保存的字符")
    return unicodedata.normalize("NFC", raw).strip()


def _ascii(field: fields.Field, raw: str) -> str:
    """Full-width digits and signs as plain ones."""
    return unicodedata.normalize("NFKC", _text(field, raw))


@value_of.register
def _(field: fields.Text, raw: Any) -> str:
    return _text(field, raw)


@value_of.register
def _(field: fields.Code, raw: Any) -> str:
    return str(raw) if isinstance(raw, UUID) else _ascii(field, raw)


@value_of.register
def _(field: fields.Date, raw: Any) -> dt.date | None:
    if isinstance(raw, dt.datetime):
        raise Unreadable(f"“{field.label}”应为日期，如 2025-03-10")
    if isinstance(raw, dt.date):
        return raw
    text = _ascii(field, raw) if isinstance(raw, str) else None
    if text == "":
        return None
    try:
        if text is None or len(text) != 10:
            raise ValueError
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"“{field.label}”应为日期，如 2025-03-10") from None


@value_of.register
def _(field: fields.Moment, raw: Any) -> dt.datetime | None:
    moment = raw
    if isinstance(raw, str):
        text = _ascii(field, raw)
        if not text:
            return None
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            moment = None
    if not isinstance(moment, dt.datetime):
        raise Unreadable(f"“{field.label}”应为日期和时间，如 2025-03-10 08:30")
    # A time without a zone was typed here, where clocks show Shanghai.
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


@value_of.register
def _(field: fields.YesNo, raw: Any) -> bool | None:
    if isinstance(raw, bool):
        return raw
    known = {"true": True, "false": False, "是": True, "否": False, "": None}
    if isinstance(raw, str) and raw.strip() in known:
        return known[raw.strip()]
    raise Unreadable(f"“{field.label}”应为是或否")


@value_of.register
def _(field: fields.Quantity, raw: Any) -> int | Decimal | None:
    if isinstance(raw, (bool, float)):
        raise Unreadable(f"“{field.label}”应为数字")
    if isinstance(raw, str):
        text = _ascii(field, raw)
        if not text:
            return None
        # Decimal() also reads "NaN", "1e5" and "1_000": a person means none of them here.
        if (
            not text.lstrip("+-").replace(".", "", 1).isascii()
            or not text.lstrip("+-").replace(".", "", 1).isdigit()
        ):
            raise Unreadable(f"“{field.label}”应为数字")
        if len(text) > 20:
            raise Unreadable(f"“{field.label}”的数字太长")
        try:
            raw = Decimal(text)
        except InvalidOperation:
            raise Unreadable(f"“{field.label}”应为数字") from None
    if (
        isinstance(raw, Decimal)
        and raw.is_finite()
        and field.decimals == 0
        and raw == raw.to_integral_value()
    ):
        return int(raw)
    if not isinstance(raw, int | Decimal):
        raise Unreadable(f"“{field.label}”应为数字")
    return raw


@value_of.register
def _(field: fields.Choice, raw: Any) -> str:
    return _text(field, raw)


@value_of.register
def _(field: fields.Choices, raw: Any) -> frozenset[str]:
    if isinstance(raw, str) or not isinstance(raw, list | tuple | set | frozenset):
        raise Unreadable(f"“{field.label}”应为若干选项")
    if len(raw) > len(field.options.items):
        raise Unreadable(f"“{field.label}”的选项有重复")
    return frozenset(_text(field, each) for each in raw)


@value_of.register
def _(field: fields.Person, raw: Any) -> str | None:
    if isinstance(raw, UUID):
        return str(raw)
    text = _text(field, raw)
    if not text:
        return None
    try:
        return str(UUID(text))
    except ValueError:
        raise Unreadable(f"“{field.label}”应选医务人员") from None


@value_of.register
def _(field: fields.Rows, raw: Any) -> tuple[dict[str, Any], ...]:
    if isinstance(raw, str) or not isinstance(raw, list | tuple):
        raise Unreadable(f"“{field.label}”应为若干行")
    found = []
    for number, row in enumerate(raw, 1):
        if not isinstance(row, Mapping):
            raise Unreadable(f"“{field.label}”应为若干行")
        values, problems = read(field.row, row)
        if problems:
            raise Unreadable(f"“{field.label}”第{number}行：{problems[0].message}")
        if values:
            found.append(values)
    return tuple(found)


def plain(value: Any) -> Any:
    """A value as JSON holds it: decimals and dates as text, options in order. `read` gives it back."""
    kind = type(value)
    if value is None or kind is str or kind is int or kind is bool:
        return value
    if kind is dict:
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


def to_columns(form: type[forms.Form], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the keyword arguments of the typed table's model (`done_on` apart)."""
    found = {}
    for name, value in values.items():
        field = form.fields[name]
        if name == "done_on":
            continue
        if isinstance(field, fields.Person):
            found[f"{name}_id"] = UUID(value)
        elif isinstance(field, fields.Choices):
            found[name] = [code for code in field.options.codes if code in value]
        elif isinstance(field, fields.Rows):
            found[name] = plain(value)
        else:
            found[name] = value
    return found


@cache
def names_of_columns(form: type[forms.Form]) -> tuple[str, ...]:
    """The columns of the answers in the typed table, in the order of the form."""
    return tuple(
        f"{name}_id" if isinstance(field, fields.Person) else name for name, field in form.fields.items()
    )


def from_columns(form: type[forms.Form], row: Any) -> dict[str, Any]:
    """The answers in a row of the typed table; missing ones left out."""
    return from_values(form, [getattr(row, name) for name in names_of_columns(form)])


def from_values(form: type[forms.Form], values: Sequence[Any]) -> dict[str, Any]:
    """The answers in the values of `names_of_columns`; missing ones left out."""
    found: dict[str, Any] = {}
    for (name, read), value in zip(_readers(form), values, strict=True):
        if value is None:
            continue
        answer = value if read is None else read(value)
        if not fields.is_missing(answer):
            found[name] = answer
    return found


@cache
def _readers(form: type[forms.Form]) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    """By answer, what a column's value goes through; None: it is the answer."""

    def reader(field: fields.Field) -> Callable[[Any], Any] | None:
        if isinstance(field, fields.Person):
            return str
        if isinstance(field, fields.Choices):
            return frozenset
        return partial(value_of, field) if isinstance(field, fields.Rows) else None

    return tuple((name, reader(field)) for name, field in form.fields.items())
