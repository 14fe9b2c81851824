"""The directory of rules: number, title, dimension and severity (quality_rules.md A–C), read from rules.yaml. Pure."""

import enum
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from gongwei.language.types import Severity as Strictness


class Severity(enum.StrEnum):
    """How grave: the record does not count; a scored defect; a note; a question that needs a person."""

    BLOCKER = "blocker"
    MAJOR = "major"
    MINOR = "minor"
    SUSPECT = "suspect"


class Dimension(enum.StrEnum):
    """What is asked of a record."""

    AUTHENTICITY = "T"
    COMPLETENESS = "C"
    CONFORMITY = "N"
    CONSISTENCY = "X"
    TIMELINESS = "U"


SEVERITIES = {
    Severity.BLOCKER: "不计入",
    Severity.MAJOR: "缺陷",
    Severity.MINOR: "提示",
    Severity.SUSPECT: "疑点",
}
DIMENSIONS = {
    Dimension.AUTHENTICITY: "真实性",
    Dimension.COMPLETENESS: "完整性",
    Dimension.CONFORMITY: "规范性",
    Dimension.CONSISTENCY: "一致性",
    Dimension.TIMELINESS: "及时性",
}


@dataclass(frozen=True)
class Rule:
    """One rule. `code` is the number of the reference; a rule that has none there is known by its title."""

    code: str
    title: str
    dimension: Dimension
    severity: Severity


@cache
def _file() -> dict[str, dict[str, Any]]:
    text = resources.files(__package__).joinpath("rules.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


@cache
def numbered() -> dict[str, Rule]:
    """The rules of the reference, by number."""
    return {code: _rule(code, said) for code, said in _file()["rules"].items()}


def of(code: str) -> Rule:
    """A rule of the reference. Raises KeyError."""
    return numbered()[code]


@cache
def of_condition(rule: str) -> Rule:
    """The rule that a demand of the form itself belongs to (`language.forms.Condition.rule`). Raises KeyError."""
    said = _file()["conditions"][rule]
    return of(said["code"]) if "code" in said else _rule(said["title"], said)


def of_check(code: str, title: str, then: Strictness) -> Rule:
    """The rule of a record check: the reference's where it has its number, else by how strict the check is at entry."""
    if code in numbered():
        return numbered()[code]
    return _rule(code or title, {**_file()["checks"][then.value], "title": title})


def later() -> dict[str, str]:
    """Rules of the reference that nothing checks yet, by number, each with the reason."""
    found: dict[str, str] = _file()["later"]  # type: ignore[assignment]
    return found


def enabled(rule: Rule) -> bool:
    """Whether a rule is run at all: every rule of the directory can be switched off (`off` in rules.yaml)."""
    return rule.code not in (_file().get("off") or ()) and rule.title not in (_file().get("off") or ())


def _rule(code: str, said: dict[str, Any]) -> Rule:
    return Rule(code, said["title"], Dimension(said["dimension"]), Severity(said["severity"]))
