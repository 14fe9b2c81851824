"""The default trees by level and year, from `policies/national/scorecards.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from gongwei.evaluation import trees
from gongwei.evaluation.trees import Tree

TOWNSHIP, VILLAGE, DOCTOR = "township_centre", "village_clinic", "doctor"
LEVELS = {TOWNSHIP: "乡镇卫生院、社区卫生服务中心", VILLAGE: "村卫生室、社区卫生服务站", DOCTOR: "医生"}
#: Kinds of organizations a level evaluates.
KINDS = {
    TOWNSHIP: ("township_centre", "community_centre"),
    VILLAGE: ("village_clinic", "community_station"),
}


@dataclass(frozen=True, slots=True)
class Default:
    """A default tree, since which year it stands, and where it comes from."""

    tree: Tree
    since: int
    source: str


def default(level: str, year: int) -> Default:
    """The tree that stands for a level in a year.

    Raises:
        KeyError: no such level, or no tree of that year.
    """
    held = [each for each in _file()["schemes"] if each["since"] <= year]
    if not held or level not in LEVELS:
        raise KeyError(level)
    found = max(held, key=lambda each: each["since"])
    return Default(trees.read(found[level]), found["since"], found["source"])


@cache
def _file() -> Any:
    text = (
        resources.files("gongwei").joinpath("policies/national/scorecards.yaml").read_text(encoding="utf-8")
    )
    return yaml.safe_load(text)
