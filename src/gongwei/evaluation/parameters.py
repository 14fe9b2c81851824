"""Dated parameters of evaluation (parameters.yaml), and days that are worked (working_days.yaml)."""

import datetime as dt
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

import yaml

from gongwei.language import parameters


@cache
def current() -> parameters.ParameterSet:
    """All of them."""
    return parameters.ParameterSet(parameters.from_mapping(_read("parameters.yaml")))


def number(name: str, on: dt.date) -> int:
    """The whole number `evaluation.<name>` has on a day. Raises KeyError for an unknown name."""
    return int(current()(f"evaluation.{name}", on))  # type: ignore[arg-type]


def sample_size(list_code: str, on: dt.date) -> int:
    """How many persons of a list are drawn at an institution: the list's own parameter, else that of lists without one."""
    own = f"sample_{list_code.lower()}"
    return number(own if f"evaluation.{own}" in current().definitions else "sample_others", on)


def bands(on: dt.date) -> list[tuple[Decimal, str]]:
    """The names of results on a day with their lower limits, the highest first."""
    limits = [("band_excellent", "优秀"), ("band_good", "良好"), ("band_pass", "合格")]
    return [*((Decimal(number(code, on)), name) for code, name in limits), (Decimal(0), "不合格")]


def is_worked(day: dt.date) -> bool:
    """Whether a day is a working day: Monday to Friday but for public holidays, and the weekends worked instead of them."""
    year = _days().get(day.year, {})
    return day in year.get("work", ()) or (day.weekday() < 5 and day not in year.get("rest", ()))


def after_working_days(day: dt.date, count: int) -> dt.date:
    """The last of `count` working days after a day: the last day on which something may still be done."""
    left = count
    while left > 0:
        day += dt.timedelta(days=1)
        left -= is_worked(day)
    return day


@cache
def _days() -> dict[int, Any]:
    days: dict[int, Any] = _read("working_days.yaml")
    return days


def _read(name: str) -> Any:
    return yaml.safe_load(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))
