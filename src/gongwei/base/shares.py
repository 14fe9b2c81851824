"""A whole divided into parts that add up to it again: the largest remainder, in exact fractions.

One arithmetic for money (fen among institutions) and for samples (persons among strata), so that no sum of
parts ever differs from its whole (evaluation_and_funds §3, §6 V7-V8, §9). Pure: nothing but numbers.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction


def largest_remainder(total: int, weights: Sequence[Fraction | Decimal | int]) -> list[int]:
    """Divide `total` units by `weights`: each part is its quota rounded down, and the units left go one each
    to the largest remainders; of equal remainders the lower place comes first.

    The parts add up to `total` exactly. A negative total (money to be taken back) is divided as the positive
    one and its signs turned. A weight of zero gets nothing.

    Raises:
        ValueError: a negative weight, an infinite one, or weights that are all zero (or none at all).
        TypeError: a total that is not a whole number, or a weight that is a float.

    """
    if isinstance(total, bool) or not isinstance(total, int):
        raise TypeError(f"the whole is counted in whole units, not in {type(total).__name__}")
    parts = [_exact(weight) for weight in weights]
    if any(weight < 0 for weight in parts):
        raise ValueError("a weight is negative")
    whole = sum(parts, Fraction(0))
    if whole == 0:
        raise ValueError("the weights are all zero: there is nothing to divide by")
    sign, amount = (-1, -total) if total < 0 else (1, total)
    quotas = [amount * weight / whole for weight in parts]
    shares = [quota.numerator // quota.denominator for quota in quotas]
    left = amount - sum(shares)
    by_remainder = sorted(range(len(parts)), key=lambda place: (shares[place] - quotas[place], place))
    for place in by_remainder[:left]:
        shares[place] += 1
    return [sign * share for share in shares]


def _exact(weight: Fraction | Decimal | int) -> Fraction:
    """A weight as a fraction. Raises as `largest_remainder` says."""
    if isinstance(weight, bool) or not isinstance(weight, Fraction | Decimal | int):
        raise TypeError(f"a weight is a Fraction, a Decimal or an int, not {type(weight).__name__}")
    if isinstance(weight, Decimal) and not weight.is_finite():
        raise ValueError("a weight is not a finite number")
    return Fraction(weight)
