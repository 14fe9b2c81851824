"""Dated parameters of budgets and payments (fund_parameters.yaml), with what a county sets for itself by a document.

    number("prepay_share", due_on, county)

A county's own value holds from its day on, over national values of any day. Only what the file marks as `local` may be set.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources

import yaml

from gongwei.language import parameters
from gongwei.language.types import Value
from gongwei.settlement import county_codes
from gongwei.settlement.fund_approval import State
from gongwei.settlement.parameter_models import LocalParameter

PREFIX = "fund."


@dataclass(frozen=True, slots=True)
class InForce:
    """The value of a parameter on a day, since when, by which document, and whether the county set it."""

    definition: parameters.ParameterDefinition
    value: Value
    since: dt.date
    source: str
    own: bool


@cache
def national() -> parameters.ParameterSet:
    """All of them as the norms have them."""
    text = resources.files(__package__).joinpath("fund_parameters.yaml").read_text(encoding="utf-8")
    return parameters.ParameterSet(parameters.from_mapping(yaml.safe_load(text)))


def of(county: int | None) -> parameters.ParameterSet:
    """All of them with the approved values of a county (of any code it had)."""
    return national() if county is None else national().with_overrides(_overrides(county))


def value(name: str, on: dt.date, county: int | None = None) -> Value:
    """The value of `fund.<name>` on a day in a county. Raises KeyError for an unknown name."""
    return of(county)(PREFIX + name, on)


def number(name: str, on: dt.date, county: int | None = None) -> Decimal:
    """A parameter that is a number. Raises KeyError for an unknown name, TypeError for one that is none."""
    found = value(name, on, county)
    if isinstance(found, bool) or not isinstance(found, int | Decimal):
        raise TypeError(f"fund.{name} is no number")
    return Decimal(found)


def day_of_year(name: str, year: int, county: int | None = None) -> dt.date:
    """A parameter that names a month and a day (06-30), in a year. Raises KeyError for an unknown name."""
    return month_day(str(value(name, dt.date(year, 1, 1), county)), year)


def month_day(text: str, year: int) -> dt.date:
    """`06-30` in a year. Raises ValueError."""
    month, day = text.split("-")
    return dt.date(year, int(month), int(day))


def in_force(on: dt.date, county: int | None) -> list[InForce]:
    """Every parameter as it holds on a day, in the order of the file."""
    own: dict[str, parameters.DatedValue] = {}
    for each in () if county is None else _overrides(county):
        if each.value.since <= on and (each.code not in own or own[each.code].since <= each.value.since):
            own[each.code] = each.value
    found = []
    for definition in national().definitions.values():
        held = max((each for each in definition.values if each.since <= on), key=lambda each: each.since)
        used = own.get(definition.code, held)
        found.append(InForce(definition, used.value, used.since, used.source, definition.code in own))
    return found


def frozen(on: dt.date, county: int) -> dict[str, dict[str, str]]:
    """What a county set for itself and holds on a day, as a settlement keeps it; empty where nothing was set."""
    return {
        each.definition.code: {"value": str(each.value), "since": str(each.since), "document": each.source}
        for each in in_force(on, county)
        if each.own
    }


def typed(definition: parameters.ParameterDefinition, text: str) -> Value:
    """What a person wrote as a value of a parameter. Raises ValueError."""
    if definition.of.kind.name == "NUMBER":
        try:
            found = Decimal(text)
        except ArithmeticError:
            raise ValueError("应填写数值") from None
        if not found.is_finite():
            raise ValueError("应填写数值")
        return found
    if definition.choices and text not in definition.choices:
        raise ValueError("请选择所列的取值")
    return text


def _overrides(county: int) -> list[parameters.Override]:
    rows: Iterable[LocalParameter] = LocalParameter.objects.filter(
        area_key__in=county_codes.all_of(county), state=State.APPROVED
    ).order_by("since", "approved_at")
    # Of two counties that were joined the later document holds where both set one for the same day.
    latest = {(row.code, row.since): row for row in rows}
    return [
        parameters.Override(
            row.code,
            parameters.DatedValue(
                row.since, typed(national().definitions[row.code], row.value), row.document
            ),
        )
        for row in latest.values()
    ]
