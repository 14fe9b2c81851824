"""Dated parameters: values by the day from which they hold, each with its source; some a county may set for itself."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from gongwei.language.errors import DefinitionError
from gongwei.language.types import DATE, NUMBER, TEXT, TRUTH, Kind, Value, ValueType

_TYPES = {"number": NUMBER, "truth": TRUTH, "text": TEXT, "date": DATE}
_PYTHON = {
    Kind.NUMBER: (int, Decimal),
    Kind.TRUTH: (bool,),
    Kind.TEXT: (str,),
    Kind.CODE: (str,),
    Kind.DATE: (date,),
}


@dataclass(frozen=True)
class DatedValue:
    """A value from a day on, until the next one; None: from then on none is in force."""

    since: date
    value: Value
    source: str


@dataclass(frozen=True)
class ParameterDefinition:
    """A named value that norms or counties set. `local`: a county may override it, giving a source. `choices`: the only
    values it may take. `open_question`: why the default is only a default ([?] of the reference)."""

    code: str
    title: str
    of: ValueType
    values: tuple[DatedValue, ...]
    unit: str = ""
    local: bool = False
    choices: tuple[Value, ...] = ()
    open_question: str = ""

    def __post_init__(self) -> None:
        if "." not in self.code:
            raise DefinitionError(f"parameter {self.code!r}: write programme and name, as in 'htn.goal_sbp'")
        if not self.values:
            raise DefinitionError(f"{self.code}: give at least one value with since and source")
        days = [each.since for each in self.values]
        if days != sorted(set(days)):
            raise DefinitionError(f"{self.code}: values must be in order of since, each day once")
        for each in self.values:
            self.check(each)

    def check(self, dated: DatedValue) -> None:
        """Refuse a value of the wrong type, outside the choices, or without a source.

        Raises:
            DefinitionError: says which.
        """
        value = dated.value
        if not dated.source:
            raise DefinitionError(f"{self.code} from {dated.since}: write source")
        if value is None:
            return
        wrong_truth = isinstance(value, bool) and self.of is not TRUTH
        if wrong_truth or not isinstance(value, _PYTHON[self.of.kind]):
            raise DefinitionError(f"{self.code} from {dated.since}: {value!r} is not a {self.of}")
        if self.choices and value not in self.choices:
            raise DefinitionError(
                f"{self.code} from {dated.since}: {value!r} is none of {list(self.choices)}"
            )

    def on(self, day: date, overrides: Iterable[DatedValue] = ()) -> Value:
        """The value in force on a day. A county's own value holds from its day on, over national values of any day."""
        national = [each for each in self.values if each.since <= day]
        local = [each for each in overrides if each.since <= day]
        chosen = max(local or national, key=lambda each: each.since, default=None)
        return chosen.value if chosen else None


@dataclass(frozen=True)
class Override:
    """A county's own value of a parameter, from a day on, with its document."""

    code: str
    value: DatedValue


class ParameterSet:
    """All parameters, with the overrides of one area. Calling it gives the value of a code on a day."""

    def __init__(
        self, definitions: Iterable[ParameterDefinition], overrides: Iterable[Override] = ()
    ) -> None:
        """Put them together.

        Raises:
            DefinitionError: a code twice, an override of an unknown or not local parameter, or of the wrong type.
        """
        self.definitions: dict[str, ParameterDefinition] = {}
        for each in definitions:
            if each.code in self.definitions:
                raise DefinitionError(f"parameter {each.code} is defined twice")
            self.definitions[each.code] = each
        self._overrides: dict[str, list[DatedValue]] = {}
        self._steps: dict[str, tuple[list[date], list[Value]]] = {}
        for override in overrides:
            definition = self.definitions.get(override.code)
            if definition is None:
                raise DefinitionError(f"override of the unknown parameter {override.code}")
            if not definition.local:
                raise DefinitionError(
                    f"{override.code} is national: only parameters marked local may be overridden"
                )
            definition.check(override.value)
            self._overrides.setdefault(override.code, []).append(override.value)

    def __call__(self, code: str, day: date) -> Value:
        """The value of a parameter on a day; None when none was in force.

        Raises:
            KeyError: unknown parameter (the catalogue refuses definitions that name one).
        """
        steps = self._steps.get(code)
        if steps is None:
            # Kept as the days it changes on: bulk work asks for a few parameters on very many days.
            found = self.steps(code)
            steps = self._steps[code] = [each for each, _ in found], [value for _, value in found]
        place = bisect_right(steps[0], day)
        return steps[1][place - 1] if place else None

    def steps(self, code: str) -> tuple[tuple[date, Value], ...]:
        """The values over time as (from this day on, value), for engines that cannot call back.

        Raises:
            KeyError: unknown parameter.
        """
        days = {each.since for each in self.definitions[code].values}
        days |= {each.since for each in self._overrides.get(code, ())}
        definition, overrides = self.definitions[code], self._overrides.get(code, ())
        return tuple((day, definition.on(day, overrides)) for day in sorted(days))

    def at(self, day: date) -> Callable[[str], Value]:
        """The lookup of one day."""
        return lambda code: self(code, day)

    def with_overrides(self, overrides: Iterable[Override]) -> ParameterSet:
        """The same parameters for an area with its own values."""
        return ParameterSet(self.definitions.values(), overrides)


def from_mapping(data: Mapping[str, Any]) -> tuple[ParameterDefinition, ...]:
    """Definitions from plain data as `parameters.yaml` holds it.

    ```yaml
    htn.goal_sbp:
      title: 收缩压控制目标
      type: number
      unit: mmHg
      local: false
      values:
        - {since: 2017-02-28, value: 140, source: 规范（第三版）}
    ```

    Raises:
        DefinitionError: unknown keys, a float (write the number in quotation marks), a missing title or source.
    """
    return tuple(_definition(code, entry) for code, entry in data.items())


def _definition(code: str, entry: Mapping[str, Any]) -> ParameterDefinition:
    known = {"title", "type", "unit", "local", "choices", "values", "open_question"}
    if unknown := set(entry) - known:
        raise DefinitionError(f"{code}: unknown {sorted(unknown)}; known are {sorted(known)}")
    if entry.get("type") not in _TYPES or not entry.get("title"):
        raise DefinitionError(f"{code}: write title, and type as one of {sorted(_TYPES)}")
    of = _TYPES[entry["type"]]
    return ParameterDefinition(
        code=code,
        title=entry["title"],
        of=of,
        values=tuple(
            DatedValue(each["since"], _value(code, each["value"], of), each.get("source", ""))
            for each in entry.get("values", ())
        ),
        unit=entry.get("unit", ""),
        local=bool(entry.get("local", False)),
        choices=tuple(_value(code, each, of) for each in entry.get("choices", ())),
        open_question=entry.get("open_question", ""),
    )


def _value(code: str, value: Any, of: ValueType) -> Value:
    if isinstance(value, float):
        raise DefinitionError(
            f'{code}: {value!r} is a binary fraction; write it in quotation marks: "{value}"'
        )
    if of is NUMBER and isinstance(value, str):
        return Decimal(value)
    result: Value = value
    return result
