"""Finding programmes: folders under `gongwei.programmes` and packages that announce themselves by entry point."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.resources
import importlib.util
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from gongwei.language.errors import DefinitionError
from gongwei.language.parameters import ParameterDefinition, from_mapping
from gongwei.language.programmes import Programme

PACKAGE = "gongwei.programmes"
GROUP = "gongwei.programmes"


@dataclass(frozen=True)
class Found:
    """A programme, the package it lives in (an app label for `site` to install) and its parameters."""

    package: str
    programme: Programme
    parameters: tuple[ParameterDefinition, ...]


def packages(scanned: str = PACKAGE) -> tuple[str, ...]:
    """Names of the programme packages, own ones first, each group in order of name."""
    parent = importlib.import_module(scanned)
    own = sorted(
        f"{scanned}.{each.name}"
        for each in pkgutil.iter_modules(parent.__path__)
        if each.ispkg and importlib.util.find_spec(f"{scanned}.{each.name}.programme") is not None
    )
    entered = sorted(
        {entry.value.partition(":")[0] for entry in importlib.metadata.entry_points(group=GROUP)}
    )
    return tuple(own + [name for name in entered if name not in own])


def find(names: tuple[str, ...] | None = None) -> tuple[Found, ...]:
    """All programmes with their parameters.

    Raises:
        DefinitionError: a package without a PROGRAMME, or with parameters that make no sense.
    """
    return tuple(_load(name) for name in (packages() if names is None else names))


def _load(name: str) -> Found:
    module = importlib.import_module(f"{name}.programme")
    programme = getattr(module, "PROGRAMME", None)
    if not isinstance(programme, Programme):
        raise DefinitionError(f"{name}.programme: write PROGRAMME = Programme(...)")
    return Found(name, programme, tuple(_parameters(name)))


def _parameters(name: str) -> Iterator[ParameterDefinition]:
    resource = importlib.resources.files(name).joinpath("parameters.yaml")
    if resource.is_file():
        yield from from_mapping(yaml.safe_load(resource.read_text(encoding="utf-8")) or {})
