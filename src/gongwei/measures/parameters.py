"""Dated parameters of how figures are judged against targets and how long runs keep their persons (parameters.yaml). Pure but for reading its own file."""

import datetime as dt
from functools import cache
from importlib import resources

import yaml

from gongwei.language import parameters
from gongwei.language.types import Value


@cache
def current() -> parameters.ParameterSet:
    """All of them."""
    text = resources.files(__package__).joinpath("parameters.yaml").read_text(encoding="utf-8")
    return parameters.ParameterSet(parameters.from_mapping(yaml.safe_load(text)))


def value(name: str, on: dt.date) -> Value:
    """The value of `target.<name>` on a day. Raises KeyError for an unknown name."""
    return current()(f"target.{name}", on)


def number(name: str, on: dt.date) -> int:
    """The value of `runs.<name>` on a day, a whole number. Raises KeyError for an unknown name."""
    return int(str(current()(f"runs.{name}", on)))
