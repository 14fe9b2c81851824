"""Reading `policies/`: a county's own values of parameters, dated and sourced (prices, shares and goals come later).

`policies/<area>/parameters.yaml` holds, by parameter code, a list of `{since, value, source}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from gongwei.language.errors import DefinitionError
from gongwei.language.parameters import DatedValue, Override


def overrides(folder: Path) -> tuple[Override, ...]:
    """A county's overrides from its folder; none when there is no file.

    Raises:
        DefinitionError: an entry without since, value or source. Whether the parameter may be overridden at all is
            checked when the overrides are put into a ParameterSet.
    """
    path = folder / "parameters.yaml"
    if not path.is_file():
        return ()
    data: dict[str, list[dict[str, Any]]] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return tuple(_read(data, path))


def _read(data: dict[str, list[dict[str, Any]]], path: Path) -> Iterator[Override]:
    for code, entries in data.items():
        for entry in entries:
            missing = {"since", "value", "source"} - set(entry)
            if missing:
                raise DefinitionError(f"{path}: {code} lacks {sorted(missing)}")
            if isinstance(entry["value"], float):
                raise DefinitionError(f"{path}: {code}: write {entry['value']} in quotation marks")
            yield Override(code, DatedValue(entry["since"], entry["value"], entry["source"]))
