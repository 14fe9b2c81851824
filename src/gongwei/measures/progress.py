"""How a figure stands against its target, with the time of year taken into account, and how many persons are lacking. Pure.

Source: targets.md §7. A light is green when the target is met, yellow from a share of it on (`target.near_share`), red below. What
grows over the year is compared with `target × m/12` after m months; what stands at a moment with the whole target.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

MET, NEAR, BEHIND = "met", "near", "behind"
LIGHTS = {MET: "达到", NEAR: "接近", BEHIND: "落后"}
#: Operators by which more is better; the others ask for at most, or for exactly, so much.
AT_LEAST = (">=", ">", "=")


@dataclass(frozen=True)
class Progress:
    """Where a figure stands.

    light: MET, NEAR or BEHIND against what could be expected by now; None without a target or a value. reached: whether the
    whole target is met already. expected: what could be expected by now, in the target's unit. lacking: how many persons more
    would meet the whole target (0 when it is met); lacking_now: to be where one should be by now.
    """

    light: str | None
    reached: bool
    expected: Decimal | None
    lacking: int
    lacking_now: int


def months_passed(first: dt.date, last: dt.date) -> int:
    """How many months of the year have begun by the last day of a period that began with the year: m of `target × m/12`."""
    return (last.year - first.year) * 12 + last.month - first.month + 1


def expected_by(target: Decimal, months: int, *, cumulative: bool) -> Decimal:
    """What could be expected after so many months of the year; the whole of it for what does not grow with the year."""
    return target * min(max(months, 0), 12) / 12 if cumulative else target


def holds(value: Decimal, op: str, target: Decimal) -> bool:
    """Whether a value is what was asked for. `=` asks for a task to be done, so more is no failure."""
    if op == ">":
        return value > target
    return value <= target if op == "<=" else value >= target


def light(value: Decimal | None, op: str, target: Decimal, *, near_share: Decimal) -> str | None:
    """Green, yellow or red; None while there is no value. At most so much: yellow up to the same share above it."""
    if value is None:
        return None
    if holds(value, op, target):
        return MET
    near = value * near_share <= target if op == "<=" else value >= near_share * target
    return NEAR if near else BEHIND


def persons_lacking(numerator: int, base: int, op: str, target: Decimal, *, per: int | None) -> int:
    """The smallest number of persons who, counted in addition, meet the target; never less than 0.

    per: what the rate is multiplied by; None where the target is itself a number of persons. The rate is not rounded first:
    59.996 % does not meet 60 %.
    """
    if op not in AT_LEAST:
        return 0
    wanted = target if per is None else Decimal(base) * target / per
    least = int(wanted.to_integral_value(ROUND_CEILING))
    if op == ">":
        least = int(wanted.to_integral_value(ROUND_FLOOR)) + 1
    return max(0, least - numerator)


def of(
    numerator: int,
    base: int,
    op: str,
    target: Decimal,
    *,
    per: int | None,
    months: int,
    cumulative: bool,
    near_share: Decimal,
) -> Progress:
    """Where a figure stands; see `Progress`. base: what the numerator is divided by (0: no rate can be said).

    per: what the rate is multiplied by, None where the target is a number of persons.
    """
    value = _value(numerator, base, per)
    by_now = expected_by(target, months, cumulative=cumulative)
    return Progress(
        light(value, op, by_now, near_share=near_share),
        value is not None and holds(value, op, target),
        by_now,
        persons_lacking(numerator, base, op, target, per=per),
        persons_lacking(numerator, base, op, by_now, per=per),
    )


def _value(numerator: int, base: int, per: int | None) -> Decimal | None:
    if per is None:
        return Decimal(numerator)
    return Decimal(numerator) * per / Decimal(base) if base else None


def largest_remainder(total: int, weights: dict[str, int]) -> dict[str, int]:
    """A whole number divided in proportion, exactly: what rounding down leaves over goes to the greatest remainders.

    Equal remainders go to the greater weight, then by key. Without any weight everybody gets the same.

    Raises:
        ValueError: a negative number, or nobody to divide among.
    """
    if total < 0 or not weights or any(weight < 0 for weight in weights.values()):
        raise ValueError("nothing negative can be divided, and there must be somebody to divide among")
    whole = sum(weights.values())
    known = weights if whole else dict.fromkeys(weights, 1)
    whole = whole or len(known)
    shares = {key: total * weight // whole for key, weight in known.items()}
    left = total - sum(shares.values())
    by_remainder = sorted(known, key=lambda key: (-(total * known[key] % whole), -known[key], key))
    for key in by_remainder[:left]:
        shares[key] += 1
    return shares
