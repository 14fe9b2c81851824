"""Dated parameters of backups (parameters.yaml). Pure but for reading its own file."""

import datetime as dt
from functools import cache
from importlib import resources

import yaml

from gongwei.language import parameters


@cache
def current() -> parameters.ParameterSet:
    """All of them."""
    text = resources.files(__package__).joinpath("parameters.yaml").read_text(encoding="utf-8")
    return parameters.ParameterSet(parameters.from_mapping(yaml.safe_load(text)))


def number(name: str, on: dt.date) -> int:
    """The value of `backups.<name>` on a day, a whole number. Raises KeyError for an unknown name."""
    return int(str(current()(f"backups.{name}", on)))
