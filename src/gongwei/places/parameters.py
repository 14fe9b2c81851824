"""The dated parameters of places, with their sources, read from parameters.yaml."""

import datetime as dt
from functools import cache
from importlib import resources

import yaml


@cache
def _table() -> dict[str, list[dict[str, object]]]:
    return yaml.safe_load(
        resources.files(__package__).joinpath("parameters.yaml").read_text(encoding="utf-8")
    )


def value(name: str, on: dt.date) -> int:
    """The value a parameter has on a day. Raises KeyError for an unknown name or a day before its first line."""
    lines = [line for line in _table()[name] if line["since"] <= on]  # type: ignore[operator]
    if not lines:
        raise KeyError(f"{name} has no value on {on}")
    return int(max(lines, key=lambda line: line["since"])["value"])  # type: ignore[call-overload,arg-type,return-value]
