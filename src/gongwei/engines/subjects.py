"""Whom definitions are run on: a subject with attributes, episodes and filled forms, and the period it is asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from gongwei.language.forms import FieldGroup
from gongwei.language.types import Value

ParameterLookup = Callable[[str, date], Value]


def no_parameters(code: str, day: date) -> Value:
    """A lookup that knows no parameter."""
    raise KeyError(f"no parameters were given, but {code!r} is asked for on {day}")


@dataclass(frozen=True)
class Record:
    """One filled form: `id` breaks ties between records of one day, as text in lower case.

    `done_on` is the answer of that name; where that is missing or no day, the day of entry stands in, so that the rest
    can still be judged.
    """

    form: type[FieldGroup]
    done_on: date
    answers: Mapping[str, Any]
    id: str = ""
    entered_on: date | None = None


@dataclass(frozen=True)
class EpisodeSpan:
    """A time under management, both days included; `ended_on` None while it goes on."""

    kind: str
    started_on: date
    ended_on: date | None = None


@dataclass(frozen=True)
class DateRange:
    """A period asked about, both days included."""

    first: date
    last: date


@dataclass(frozen=True)
class Subject:
    """Whom definitions are run on: attributes by name, episodes, and all records in force (none superseded, none entered
    in error), in any order; `parameters` gives a parameter's value on a day, the area's overrides already in it."""

    attributes: Mapping[str, Value] = field(default_factory=dict)
    records: Sequence[Record] = ()
    episodes: Sequence[EpisodeSpan] = ()
    parameters: ParameterLookup = no_parameters

    @cached_property
    def _by_form(self) -> dict[type[FieldGroup], tuple[Record, ...]]:
        """Sorted once: a record's conditions look back many times."""
        found: dict[type[FieldGroup], list[Record]] = {}
        for record in sorted(self.records, key=order, reverse=True):
            found.setdefault(record.form, []).append(record)
        return {form: tuple(records) for form, records in found.items()}

    def newest_first(self, form: type[FieldGroup]) -> tuple[Record, ...]:
        """The records of a form, the latest first."""
        return self._by_form.get(form, ())


def order(record: Record) -> tuple[date, str]:
    """The total order of records: no two of one subject are equal in it."""
    return record.done_on, record.id
