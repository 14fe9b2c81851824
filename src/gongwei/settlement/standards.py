"""What a head is worth in a year and who pays for it: the national per-capita standard, its two pots, the five tiers of the
central share, and a total divided among those who pay (evaluation_and_funds.md §1, §2). Read from `policies/national/`;
otherwise pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

import yaml

from gongwei.base import shares
from gongwei.base.problems import Refused
from gongwei.language.errors import DefinitionError
from gongwei.settlement import money

#: The two pots: 原基本公共卫生服务 and the items transferred in 2019.
ORIGINAL, TRANSFERRED = "original", "transferred"
POTS = {ORIGINAL: "原项目", TRANSFERRED: "划转项目"}
#: Who pays.
CENTRAL, PROVINCE, CITY, COUNTY, TOWN, OWN = "central", "province", "city", "county", "town", "own"
SOURCES = {
    CENTRAL: "中央",
    PROVINCE: "省级",
    CITY: "市级",
    COUNTY: "县级",
    TOWN: "乡镇",
    OWN: "其他",
}
#: How the performance factor enters the central part: as a factor, or as an extra slice.
MULTIPLICATIVE, ADDITIVE = "multiplicative", "additive"


@dataclass(frozen=True)
class NationalStandard:
    """The national standard of a year: fen per head, what the rise is for, how many kinds of service, and its source.

    mark: S read in a source, K known, ? unsure. transferred_fen: the part of it that belongs to the transferred items.
    """

    year: int
    value_fen: int
    transferred_fen: int
    mark: str
    package: str
    use: str
    source: str


@dataclass(frozen=True)
class Tier:
    """One of the five tiers: the share the central government pays, and where (digits of the division code → name)."""

    number: int
    share: Decimal
    areas: Mapping[str, str]


@dataclass(frozen=True)
class LocalSplit:
    """How the localities divide what the central government leaves to them; the parts add up to 1.

    Raises:
        Refused: a negative part, or another sum.
    """

    province: Decimal
    city: Decimal
    county: Decimal

    def __post_init__(self) -> None:
        parts = (self.province, self.city, self.county)
        if any(not part.is_finite() or part < 0 for part in parts):
            raise Refused("分担比例不能是负数。", field="province", code="negative")
        total = sum(parts)
        if total != 1:
            raise Refused(
                f"省、市、县分担比例合计{_percent(total)}％，应为100％，相差{_percent(abs(total - 1))}％。",
                field="province",
                code="sum",
            )


@dataclass(frozen=True)
class CentralRule:
    """How the central part is worked out. factor: 绩效因素 of the multiplicative rule; extra_fen: the slice of the additive one."""

    formula: str = MULTIPLICATIVE
    factor: Decimal = Decimal(1)
    extra_fen: int = 0


@cache
def national_standards() -> Mapping[int, NationalStandard]:
    """All years with a national standard.

    Raises:
        DefinitionError: a year twice, or an amount that is not text.
    """
    return read_standards(_file("per_capita.yaml"))


def read_standards(data: Mapping[str, Any]) -> Mapping[int, NationalStandard]:
    """Standards from plain data (see the file). Raises as `national_standards`."""
    found: dict[int, NationalStandard] = {}
    for entry in data["years"]:
        year = entry["year"]
        if year in found:
            raise DefinitionError(f"the standard of {year} stands twice")
        parts = [each for each in data["transferred"] if each["since"] <= year]
        latest = max(parts, key=lambda each: each["since"], default=None)
        found[year] = NationalStandard(
            year=year,
            value_fen=_amount(entry),
            transferred_fen=_amount(latest) if latest else 0,
            mark=entry["mark"],
            package=entry["package"],
            use=entry["use"],
            source=entry["source"],
        )
    return found


def national(year: int) -> NationalStandard | None:
    """The national standard of a year; None where none was seen (2026 at the time of writing): nothing is guessed."""
    return national_standards().get(year)


@cache
def tiers() -> tuple[Tier, ...]:
    """The five tiers of 国办发〔2018〕67号, in force from 2019."""
    data = _file("cost_sharing.yaml")
    return tuple(Tier(each["tier"], Decimal(each["share"]), each["areas"]) for each in data["tiers"])


def tier_of(area_key: int) -> Tier | None:
    """The tier of a 12-digit division code: that of the city with a plan of its own, else of the province; None for codes of
    no province."""
    code = f"{area_key:012d}"
    for length in (4, 2):
        for each in tiers():
            if code[:length] in each.areas:
                return each
    return None


def divide(
    *,
    population: int,
    per_head_fen: int,
    central: Decimal,
    local: LocalSplit,
    rule: CentralRule | None = None,
) -> dict[str, int]:
    """Fen by source for a population and a standard: 常住人口数量×标准×分担比例, the parts adding up to the whole.

    The multiplicative rule turns the central part by the factor (rounded half-up), the additive one adds to it; what the
    localities pay stays as it is at the factor of 1.

    Raises:
        ValueError: a negative population or standard, a share outside 0..1, an unknown formula.
    """
    if population < 0 or per_head_fen < 0 or not 0 <= central <= 1:
        raise ValueError("population, standard and share must not be negative, the share not above 1")
    rule = rule or CentralRule()
    if rule.formula not in (MULTIPLICATIVE, ADDITIVE):
        raise ValueError(f"unknown formula {rule.formula!r}")
    rest = Fraction(1) - Fraction(central)
    weights = {
        CENTRAL: Fraction(central),
        PROVINCE: rest * Fraction(local.province),
        CITY: rest * Fraction(local.city),
        COUNTY: rest * Fraction(local.county),
    }
    parts = dict(
        zip(weights, shares.largest_remainder(population * per_head_fen, list(weights.values())), strict=True)
    )
    if rule.formula == ADDITIVE:
        parts[CENTRAL] += rule.extra_fen
    elif rule.factor != 1:
        parts[CENTRAL] = half_up(parts[CENTRAL] * rule.factor)
    return parts


def half_up(amount: Decimal) -> int:
    """Fen rounded half-up, the last step of a calculation."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _amount(entry: Mapping[str, Any]) -> int:
    if not isinstance(entry["yuan"], str):
        raise DefinitionError(f"{entry}: write yuan in quotation marks")
    return money.fen(entry["yuan"])


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}"


def _file(name: str) -> Any:
    text = resources.files("gongwei").joinpath("policies/national", name).read_text(encoding="utf-8")
    return yaml.safe_load(text)
