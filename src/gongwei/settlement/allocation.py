"""Wholes divided into parts that add up again: matching shares, population, work equivalents, prices, town and village.

Pure: whole numbers of fen in and out; shares, weights and quantities are Decimal, Fraction or int, never float. A number is
rounded once, half up, and a whole is divided by largest remainder, so that the parts are the whole (evaluation_and_funds §3, §7).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from gongwei.base.shares import largest_remainder as split

__all__ = ["Exact", "VillageCheck", "by_population", "by_price", "by_work", "in_units", "mixed", "per_head", "rounded",
           "split", "tiers", "town_and_village", "unit_of_work", "village_check", "work"]  # fmt: skip

Exact = Decimal | Fraction | int
HALF = Fraction(1, 2)


def exact(value: Exact) -> Fraction:
    """A number as a fraction. Raises TypeError for a float: money is never one."""
    if isinstance(value, bool) or not isinstance(value, Decimal | Fraction | int):
        raise TypeError(f"write a Decimal, a Fraction or an int, not {type(value).__name__}")
    return Fraction(value)


def rounded(value: Exact) -> int:
    """To the nearest fen; a half goes away from zero, as Chinese statements are rounded (四舍五入)."""
    amount = exact(value)
    sign = -1 if amount < 0 else 1
    return sign * ((abs(amount) + HALF).__floor__())


def per_head(persons: int, standard_fen: int) -> int:
    """What so many residents bring at a standard per head, in fen."""
    if persons < 0 or standard_fen < 0:
        raise ValueError("neither residents nor a standard are below zero")
    return persons * standard_fen


def share(value: Exact, what: str) -> Fraction:
    """A share of a whole. Raises ValueError with the reason when it is not between 0 and 1."""
    found = exact(value)
    if not 0 <= found <= 1:
        raise ValueError(f"{what}应在0%至100%之间，现为{percent(found)}")
    return found


def whole(shares: Mapping[str, Exact], what: str) -> None:
    """That shares are a whole. Raises ValueError with the reason in Chinese."""
    total = sum((share(value, f"{what}（{name}）") for name, value in shares.items()), Fraction(0))
    if total != 1:
        said = "、".join(f"{name}{percent(exact(value))}" for name, value in shares.items())
        raise ValueError(f"{what}合计应为100%，现为{percent(total)}（{said}）")


def percent(value: Fraction) -> str:
    """A share as people write it: 12.8%; a third as 1/3."""
    number = value * 100
    if number.denominator == 1:
        return f"{number.numerator}%"
    shown = Decimal(number.numerator) / Decimal(number.denominator)
    return (
        f"{shown.normalize():f}%" if Fraction(shown) == number else f"{value.numerator}/{value.denominator}"
    )


def tiers(total_fen: int, central: Exact, local: Mapping[str, Exact]) -> dict[str, int]:
    """What central finance and each local tier bring (evaluation_and_funds §2): the local shares are parts of the local part
    and add to 100 %.

    Raises:
        ValueError: shares that are no whole, with the reason.
    """
    part = share(central, "中央分担比例")
    whole(local, "地方各级分担比例")
    names = list(local)
    weights = [part, *((1 - part) * exact(local[name]) for name in names)]
    return dict(zip(["central", *names], split(total_fen, weights), strict=True))


def in_units(parts_fen: Sequence[int], unit_fen: int) -> list[int]:
    """Parts as a document prints them in a larger unit (万元 to four places): each cut off, and what is left goes to the last,
    so that the printed sum is kept (Changsha Yuhua 2020). Raises ValueError when the whole is no number of units."""
    total, left = divmod(sum(parts_fen), unit_fen)
    if left:
        raise ValueError("合计不是整数个单位，不能这样列示")
    shown = [part // unit_fen for part in parts_fen[:-1]]
    return [*shown, total - sum(shown)]


def by_population(total_fen: int, persons: Mapping[str, int]) -> dict[str, int]:
    """Method A: a whole by residents."""
    return dict(zip(persons, split(total_fen, list(persons.values())), strict=True))


def work(quantities: Mapping[str, Exact], weights: Mapping[str, Exact]) -> Fraction:
    """Work equivalents (工作当量): each quantity times its weight. Raises KeyError: a service without a weight."""
    return sum((exact(quantity) * exact(weights[code]) for code, quantity in quantities.items()), Fraction(0))


def unit_of_work(pool_fen: int, equivalents: Mapping[str, Exact], quality: Mapping[str, Exact]) -> Fraction:
    """What one equivalent of full quality is worth when a pool is divided, in fen (exact; shown rounded)."""
    total = sum(
        (exact(amount) * exact(quality.get(name, 1)) for name, amount in equivalents.items()), Fraction(0)
    )
    if total == 0:
        raise ValueError("没有合格的工作当量，不能分配")
    return Fraction(pool_fen) / total


def by_work(
    pool_fen: int, equivalents: Mapping[str, Exact], quality: Mapping[str, Exact] | None = None
) -> dict[str, int]:
    """Method B with a pool: the pool by equivalents times quality, by largest remainder."""
    factors = quality or {}
    weights = [exact(amount) * exact(factors.get(name, 1)) for name, amount in equivalents.items()]
    return dict(zip(equivalents, split(pool_fen, weights), strict=True))


def by_price(quantity: Exact, unit_fen: Exact, *factors: Exact) -> int:
    """Methods B with a price and D: quantity times price times quality (and share), rounded once."""
    amount = exact(quantity) * exact(unit_fen)
    for factor in factors:
        amount *= exact(factor)
    return rounded(amount)


def mixed(
    total_fen: int,
    alpha: Exact,
    persons: Mapping[str, int],
    equivalents: Mapping[str, Exact],
    quality: Mapping[str, Exact] | None = None,
) -> dict[str, int]:
    """Method C: a part of the whole by residents (alpha), the rest by work. Nobody is left out who is in either."""
    first, second = split(total_fen, [share(alpha, "按人口分配的比例"), 1 - exact(alpha)])
    parts = (
        (by_population(first, persons) if first else {}),
        (by_work(second, equivalents, quality) if second else {}),
    )
    names = dict.fromkeys([*persons, *equivalents])
    return {name: sum(part.get(name, 0) for part in parts) for name in names}


def town_and_village(total_fen: int, village: Exact, clinics: bool = True) -> tuple[int, int]:
    """The centre's and the clinics' part of a whole; where there are no clinics all of it stays with the centre."""
    part = share(village, "村级比例") if clinics else Fraction(0)
    of_town, of_village = split(total_fen, [1 - part, part])
    return of_town, of_village


@dataclass(frozen=True, slots=True)
class VillageCheck:
    """Whether the village level gets its share (seeds 002, 003). share: what it gets of the whole, exact; missing_fen: what
    it lacks to the least share."""

    village_fen: int
    total_fen: int
    least: Fraction
    missing_fen: int

    @property
    def share(self) -> Fraction:
        """What the village level gets of the whole."""
        return Fraction(self.village_fen, self.total_fen) if self.total_fen else Fraction(0)

    @property
    def kept(self) -> bool:
        """Whether it is no less than it should be."""
        return self.missing_fen == 0


def village_check(village_fen: int, total_fen: int, least: Exact) -> VillageCheck:
    """Compare what villages get with the least share of the whole (40 % by default), in whole fen."""
    floor = share(least, "村级比例")
    needed = (total_fen * floor).__floor__()
    return VillageCheck(village_fen, total_fen, floor, max(0, needed - village_fen))
