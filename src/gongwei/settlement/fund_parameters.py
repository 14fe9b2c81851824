"""Dated parameters of budgets and payments (fund_parameters.yaml). Pure but for reading its own file."""

import datetime as dt
from decimal import Decimal
from functools import cache
from importlib import resources

import yaml

from gongwei.language import parameters
from gongwei.language.types import Value


@cache
def current() -> parameters.ParameterSet:
    """All of them."""
    text = resources.files(__package__).joinpath("fund_parameters.yaml").read_text(encoding="utf-8")
    return parameters.ParameterSet(parameters.from_mapping(yaml.safe_load(text)))


def value(name: str, on: dt.date) -> Value:
    """The value of `fund.<name>` on a day. Raises KeyError for an unknown name."""
    return current()(f"fund.{name}", on)


def number(name: str, on: dt.date) -> Decimal:
    """A parameter that is a number. Raises KeyError for an unknown name, TypeError for one that is none."""
    found = value(name, on)
    if isinstance(found, bool) or not isinstance(found, int | Decimal):
        raise TypeError(f"fund.{name} is no number")
    return Decimal(found)


def day_of_year(name: str, year: int) -> dt.date:
    """A parameter that names a month and a day (06-30), in a year. Raises KeyError for an unknown name."""
    month, day = str(value(name, dt.date(year, 1, 1))).split("-")
    return dt.date(year, int(month), int(day))
