"""The types of values a condition can have, the two rooms it can stand in, and how loudly a check speaks."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from gongwei.language.errors import DefinitionError, MixedRooms

#: A value as engines pass it around. Missing is None; empty text, no choice and no row are missing too.
Value = bool | int | Decimal | str | date | datetime | frozenset[str] | tuple[Mapping[str, Any], ...] | None


class Kind(enum.StrEnum):
    """The kinds of value."""

    TRUTH = "truth"
    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    MOMENT = "moment"
    CODE = "code"  # one option of a value list
    CODES = "codes"  # several options of a value list
    PERSON = "person"  # the id of a practitioner
    ROWS = "rows"


@dataclass(frozen=True)
class Option:
    """One entry of a value list: the code on the form, its Chinese label, its code in a standard."""

    code: str
    label: str
    standard_code: str = ""
    exclusive: bool = False
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, init=False)
class Options:
    """A value list (值域).

    `Options("药物不良反应", {"1": "无", "2": "有"})`. An exclusive option (`1 无症状`) may not be chosen
    together with another. `since` and `until` date single options: a code never changes its meaning, it ends.
    """

    title: str
    items: tuple[Option, ...]
    standard: str
    source: str
    by_code: Mapping[str, Option] = field(repr=False, compare=False, hash=False)

    def __init__(
        self,
        title: str,
        labels: Mapping[str, str] | tuple[tuple[str, str], ...],
        *,
        standard: str = "",
        standard_codes: Mapping[str, str] | None = None,
        exclusive: tuple[str, ...] = (),
        since: Mapping[str, date] | None = None,
        until: Mapping[str, date] | None = None,
        source: str = "",
    ) -> None:
        pairs = tuple(labels.items()) if isinstance(labels, Mapping) else tuple(labels)
        codes = [code for code, _ in pairs]
        for code, label in pairs:
            if not isinstance(code, str) or not code:
                raise DefinitionError(f"{title}: option code {code!r} must be text: write {str(code)!r}: ...")
            if codes.count(code) > 1:
                raise DefinitionError(
                    f"{title}: option code {code!r} is given twice; give each option its own code"
                )
            if not label:
                raise DefinitionError(f"{title}: option {code!r} has no label; write its Chinese label")
        labels_only = [label for _, label in pairs]
        for label in labels_only:
            if labels_only.count(label) > 1:
                raise DefinitionError(
                    f"{title}: label {label!r} is given twice; readers could not tell them apart"
                )
        if not pairs:
            raise DefinitionError(f"{title}: a value list needs at least one option")
        for what, given in (
            ("standard_codes", standard_codes or {}),
            ("exclusive", exclusive),
            ("since", since or {}),
            ("until", until or {}),
        ):
            for code in given:
                if code not in codes:
                    raise DefinitionError(
                        f"{title}: {what} names the unknown option {code!r}; known: {codes}"
                    )
        items = tuple(
            Option(
                code,
                label,
                (standard_codes or {}).get(code, ""),
                code in exclusive,
                (since or {}).get(code),
                (until or {}).get(code),
            )
            for code, label in pairs
        )
        object.__setattr__(self, "title", title)
        object.__setattr__(self, "items", items)
        object.__setattr__(self, "standard", standard)
        object.__setattr__(self, "source", source)
        object.__setattr__(self, "by_code", {item.code: item for item in items})

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes, in order."""
        return tuple(item.code for item in self.items)

    def label(self, code: str) -> str:
        """The Chinese label of a code; the code itself when it is unknown (an old record may hold one)."""
        return self.by_code[code].label if code in self.by_code else code

    def require(self, code: str) -> str:
        """The code, if it belongs to this list.

        Raises:
            DefinitionError: unknown code; the message names the code of an equal label, else all codes.
        """
        if code in self.by_code:
            return code
        for item in self.items:
            if item.label == code:
                raise DefinitionError(f"{self.title}: {code!r} is a label; write its code {item.code!r}")
        known = "、".join(f"{item.code} {item.label}" for item in self.items)
        raise DefinitionError(f"{self.title} has no option {code!r}; write one of: {known}")


@dataclass(frozen=True)
class ValueType:
    """The type of a condition's value; codes also know their value list."""

    kind: Kind
    options: Options | None = None

    def __str__(self) -> str:
        return f"{self.kind.value} of {self.options.title}" if self.options else self.kind.value


TRUTH = ValueType(Kind.TRUTH)
NUMBER = ValueType(Kind.NUMBER)
TEXT = ValueType(Kind.TEXT)
DATE = ValueType(Kind.DATE)
MOMENT = ValueType(Kind.MOMENT)
PERSON = ValueType(Kind.PERSON)
ROWS = ValueType(Kind.ROWS)


def code_of(options: Options) -> ValueType:
    """The type of one code of a value list."""
    return ValueType(Kind.CODE, options)


def codes_of(options: Options) -> ValueType:
    """The type of several codes of a value list."""
    return ValueType(Kind.CODES, options)


class Room(enum.StrEnum):
    """What a condition is about: one record, one subject in one period, or either (a literal, say)."""

    ANY = "any"
    RECORD = "record"
    PERIOD = "period"


def common_room(rooms: list[Room], what: str) -> Room:
    """The room in which parts of these rooms can stand together.

    Raises:
        MixedRooms: when both a record and a period are among them.
    """
    named = {room for room in rooms if room is not Room.ANY}
    if len(named) > 1:
        raise MixedRooms(
            f"{what} mixes a condition about one record with one about a period; carry the record's condition "
            "into the period with a fact: Form.latest_in(PERIOD, ...), Form.any_in(PERIOD, ...) or "
            "Form.count_in(PERIOD, where=...)"
        )
    return named.pop() if named else Room.ANY


class Severity(enum.StrEnum):
    """How loudly a broken condition speaks."""

    BLOCK = "block"  # the record is refused
    WARN = "warn"  # kept, and marked
    ASK = "ask"  # kept after the writer has confirmed


BLOCK, WARN, ASK = Severity.BLOCK, Severity.WARN, Severity.ASK


class About(enum.StrEnum):
    """What a form, a measure or a schedule is about."""

    RESIDENT = "resident"
    HOUSEHOLD = "household"
    ORGANIZATION = "organization"
    PREMISES = "premises"


RESIDENT, HOUSEHOLD = About.RESIDENT, About.HOUSEHOLD
ORGANIZATION, PREMISES = About.ORGANIZATION, About.PREMISES
