"""What each institution and each doctor gets of a price list, to the fen (evaluation_and_funds.md §3 D, §7 price method).

quantity × price is rounded once, half up; a village clinic's service is shared with its centre by largest remainder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tests.acceptance.naive.services import Claimed


@dataclass(frozen=True)
class Price:
    """What one service costs, and the village's part of it."""

    fen: int
    village: Fraction


#: (who receives it, whose service, whose work, service) → (records, fen).
Lines = dict[tuple[str, str, str, str], tuple[int, int]]


def lines(claimed: Sequence[Claimed], prices: Mapping[str, Price], parents: Mapping[str, str]) -> Lines:
    """The lines of all statements. `parents`: of each village clinic its centre; institutions that have none keep all."""
    quantities: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    records: dict[tuple[str, str, str], int] = defaultdict(int)
    for each in claimed:
        if not each.reason:
            key = (each.record.organization, each.record.doctor, each.service)
            quantities[key] += each.weight
            records[key] += 1
    found: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for (clinic, doctor, service), quantity in quantities.items():
        price, number = prices[service], records[clinic, doctor, service]
        whole = half_up(Fraction(quantity) * price.fen)
        centre = parents.get(clinic)
        if centre is None:
            found[clinic, clinic, doctor, service][0] += number
            found[clinic, clinic, doctor, service][1] += whole
            continue
        own, theirs = largest_remainder(whole, [price.village, 1 - price.village])
        for receiver, who, amount in ((clinic, doctor, own), (centre, "", theirs)):
            found[receiver, clinic, who, service][0] += number
            found[receiver, clinic, who, service][1] += amount
    return {key: (number, amount) for key, (number, amount) in found.items()}


def half_up(value: Fraction) -> int:
    """To the nearest fen, a half upwards (四舍五入)."""
    return (value + Fraction(1, 2)).__floor__()


def largest_remainder(whole: int, shares: Sequence[Fraction]) -> list[int]:
    """A whole in parts that add up to it; what is left goes to the greatest remainders, the first of equals first."""
    total = sum(shares)
    exact = [whole * share / total for share in shares]
    parts = [each.__floor__() for each in exact]
    order = sorted(range(len(shares)), key=lambda place: (parts[place] - exact[place], place))
    for place in order[: whole - sum(parts)]:
        parts[place] += 1
    return parts
