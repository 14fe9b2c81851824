"""Dated parameters of residents, each with its source (parameters.yaml). Pure but for reading its own file.

A county overrides a `local` parameter in `policies/<county>/residents.yaml`, giving value, since and source;
`override` takes what was read there.
"""

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_overrides: dict[str, list[dict[str, Any]]] = {}


@cache
def _national() -> dict[str, dict[str, Any]]:
    return yaml.safe_load((Path(__file__).parent / "parameters.yaml").read_text(encoding="utf-8"))


def value(name: str, on: dt.date) -> Any:
    """Return a parameter as it stood on a day.

    Raises KeyError for an unknown name or a day before its first value.
    """
    known = _national()[name]
    # Later dates win; on equal dates the county's own value does.
    dated = sorted([*known["values"], *_overrides.get(name, ())], key=lambda row: row["since"])
    holding = [row for row in dated if row["since"] <= on]
    if not holding:
        raise KeyError(f"{name} has no value on {on}")
    return holding[-1]["value"]


def override(name: str, rows: list[dict[str, Any]]) -> None:
    """Set a county's own values of a local parameter; an empty list takes them away.

    Raises ValueError when the parameter is not local or a row has no source.
    """
    if not _national()[name]["local"]:
        raise ValueError(f"参数“{_national()[name]['title']}”由国家规定，不能由地方更改。")
    if any(not row.get("source") for row in rows):
        raise ValueError(f"参数“{_national()[name]['title']}”的地方取值须写明出处。")
    _overrides[name] = rows


def described() -> list[dict[str, Any]]:
    """Return every parameter with its title, unit, values and sources, for pages and the handbook."""
    return [
        {"name": name, **known, "local_values": _overrides.get(name, [])}
        for name, known in _national().items()
    ]
