"""Which persons are looked at: a sample anybody can draw again from the published seed and the kept frame. Pure.

Order by SHA-256 of `seed|id`, the first n (evaluation_and_funds §9); sizes among lists by largest remainder; rates of what was
found true with Wilson's interval (quality_rules §I).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import sqrt

from gongwei.base.shares import largest_remainder

RANDOM, RISK, REPLACEMENT = "random", "risk", "replacement"
HOW = {RANDOM: "随机", RISK: "按风险", REPLACEMENT: "替补"}
#: What a looked-at record is found to be (quality_rules §I 6).
QUALIFIED, DEFECTIVE, UNTRUE = "qualified", "defective", "untrue"
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Drawn:
    """One person drawn: in which place, how, and the key that put him there."""

    id: str
    key: str
    how: str
    position: int


def seed(period: str, organization: str, stratum: str) -> str:
    """The seed of one list of one institution."""
    return f"{period}|{organization}|{stratum}"


def key(seed: str, id: str) -> str:
    """Where an id stands: SHA-256 of `seed|id` in UTF-8, as hex."""
    return hashlib.sha256(f"{seed}|{id}".encode()).hexdigest()


def ordered(seed: str, ids: Iterable[str]) -> list[str]:
    """A frame in the order of drawing; an id given twice stands once."""
    return sorted(set(ids), key=lambda each: (key(seed, each), each))


def draw(
    seed: str,
    frame: Iterable[str],
    n: int,
    *,
    by_risk: int = 0,
    risks: Mapping[str, int] | None = None,
) -> list[Drawn]:
    """Draw n persons of a frame: n − by_risk at random, then up to `by_risk` of the others with the most open findings.

    The random ones come first and from the whole frame, so that rates estimated from them alone are not bent by the risk
    chosen ones. Where fewer have findings than asked for, the rest is drawn at random too.
    """
    line = ordered(seed, frame)
    wanted = min(n, len(line))
    at_random = max(0, wanted - min(by_risk, wanted))
    risks = risks or {}
    rest = line[at_random:]
    # Sorting is stable: among equals the order of drawing decides.
    risky = sorted((each for each in rest if risks.get(each, 0) > 0), key=lambda each: -risks[each])
    risky = risky[: wanted - at_random]
    chosen = set(risky)
    more = [each for each in rest if each not in chosen][: wanted - at_random - len(risky)]
    people = [*((each, RANDOM) for each in [*line[:at_random], *more]), *((each, RISK) for each in risky)]
    return [Drawn(each, key(seed, each), how, place) for place, (each, how) in enumerate(people, 1)]


def replacement(seed: str, frame: Iterable[str], drawn: Iterable[str]) -> str | None:
    """The next of the frame who was not drawn yet; None when there is nobody left."""
    taken = set(drawn)
    return next((each for each in ordered(seed, frame) if each not in taken), None)


def sizes(total: int, frames: Mapping[str, int]) -> dict[str, int]:
    """Divide a sample among lists in proportion to how many persons each has; no list gets more than it has.

    Raises:
        ValueError: a negative number.
    """
    if total < 0 or any(each < 0 for each in frames.values()):
        raise ValueError("a number of persons is negative")
    if not any(frames.values()):
        return dict.fromkeys(frames, 0)
    shares = largest_remainder(min(total, sum(frames.values())), list(frames.values()))
    return dict(zip(frames, shares, strict=True))


def risk_part(n: int, share: Decimal) -> int:
    """How many of n are chosen by risk; `share` in per cent, by largest remainder, the random part first at ties."""
    return largest_remainder(n, [100 - Fraction(share), Fraction(share)])[1] if n else 0


def digest(ids: Iterable[str]) -> str:
    """SHA-256 of a frame: its ids sorted, one a line."""
    return hashlib.sha256("\n".join(sorted(set(ids))).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Interval:
    """A share with its 95 % interval, as fractions of 1."""

    share: Fraction
    low: float
    high: float


def wilson(k: int, n: int) -> Interval | None:
    """Wilson's 95 % interval of k of n; None without anybody."""
    if n <= 0:
        return None
    share, z2 = k / n, _Z * _Z
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return Interval(Fraction(k, n), max(0.0, centre - half), min(1.0, centre + half))


def truth(verdicts: Iterable[str]) -> tuple[int, int]:
    """真实率 as (true, told apart): a defective record is still a true one; persons without a verdict are in neither."""
    found = list(verdicts)
    true = sum(each in (QUALIFIED, DEFECTIVE) for each in found)
    return true, true + found.count(UNTRUE)
