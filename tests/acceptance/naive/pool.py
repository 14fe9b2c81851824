"""A pool by work equivalents (evaluation_and_funds.md §3 B, §5 to §7): work × weight × quality → share → fen → what the score leaves due.

equiv = Σ quantity × weight × quality of who did it; a share of the pool by largest remainder; due = base × ratio(score), rounded
half up; what is withheld rewards those from `reward_at` on, by what is due to them; inside an institution the due goes to its
staff by the money of their lines. A service a clinic did is shared with its centre (by_item), or the villages have their 40 %
of the whole (by_pool).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.acceptance.naive.institutions import CENTRE, CLINIC, Institutions
from tests.acceptance.naive.money import half_up, largest_remainder
from tests.acceptance.naive.services import Claimed

#: (who receives it, whose service, whose work, service) → what it weighs.
Weights = dict[tuple[str, str, str, str], Fraction]


@dataclass
class Shared:
    """What each institution, line and doctor gets, in fen."""

    base: dict[str, int] = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)
    withheld: dict[str, int] = field(default_factory=dict)
    reward: dict[str, int] = field(default_factory=dict)
    lines: dict[tuple[str, str, str, str], tuple[int, int]] = field(default_factory=dict)
    staff: dict[tuple[str, str], int] = field(default_factory=dict)


def shared(
    pool: int,
    claimed: Sequence[Claimed],
    scheme: Mapping[str, Any],
    scores: Mapping[str, Fraction],
    known: Institutions,
) -> Shared:
    """The pool divided by a scheme: its weights, shares, quality, ratio and reward as the county wrote them down."""
    weights, records = _weighed(claimed, scheme, scores, known)
    found = Shared(base=_bases(pool, weights, scheme, known))
    for code, base in found.base.items():
        mine = [key for key in weights if key[0] == code]
        parts = largest_remainder(base, [weights[key] for key in mine]) if base else [0] * len(mine)
        for key, amount in zip(mine, parts, strict=True):
            found.lines[key] = records[key], amount
        found.due[code] = half_up(base * ratio(scores[code], scheme["ratio"]))
        found.withheld[code] = base - found.due[code]
    _rewarded(found, scheme, scores)
    _to_staff(found)
    return found


def ratio(score: Fraction, rule: Mapping[str, Any]) -> Fraction:
    """§5: in full from 90 on, nothing below 60, between them by the mode; a score is never rounded before it is compared."""
    full, none = Fraction(rule["full_at"]), Fraction(rule["none_below"])
    if score >= full:
        return Fraction(1)
    if score < none:
        return Fraction(0)
    return {
        "percent": score / 100,
        "relative_90": score / full,
        "linear_60_90": (score - none) / (full - none),
    }[rule["mode"]]


def _weighed(
    claimed: Sequence[Claimed], scheme: Mapping[str, Any], scores: Mapping[str, Fraction], known: Institutions
) -> tuple[Weights, dict[tuple[str, str, str, str], int]]:
    """What every line weighs, in the order of institutions, staff and services."""
    quantities: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    numbers: dict[tuple[str, str, str], int] = defaultdict(int)
    for each in claimed:
        if not each.reason:
            key = each.record.organization, each.record.doctor, each.service
            quantities[key] += each.weight
            numbers[key] += 1
    weights: Weights = {}
    records = {}
    for key in sorted(quantities, key=lambda k: (known.codes.index(k[0]), known.staff.index(k[1]), k[2])):
        clinic, doctor, service = key
        item = scheme["items"][service]
        quality = scores[clinic] / 100 if scheme["quality"]["by"] == "score" else Fraction(1)
        whole = Fraction(quantities[key]) * Fraction(item["weight"]) * quality
        centre = known.centre(clinic) if scheme["split"] == "by_item" else None
        village = Fraction(item["village"]) if centre else Fraction(1)
        for receiver, who, part in ((clinic, doctor, village), (centre, "", 1 - village)):
            if receiver is not None:
                line = receiver, clinic, who, service
                weights[line] = weights.get(line, Fraction(0)) + whole * part
                records[line] = records.get(line, 0) + numbers[key]
    return weights, records


def _bases(pool: int, weights: Weights, scheme: Mapping[str, Any], known: Institutions) -> dict[str, int]:
    sums = {
        code: sum((w for key, w in weights.items() if key[0] == code), Fraction(0)) for code in known.codes
    }
    if scheme["split"] == "by_item":
        return dict(zip(sums, largest_remainder(pool, list(sums.values())), strict=True))
    share = Fraction(scheme["village_share"])
    parts = dict(zip((CENTRE, CLINIC), largest_remainder(pool, [1 - share, share]), strict=True))
    found: dict[str, int] = dict.fromkeys(known.codes, 0)
    for kind, part in parts.items():
        mine = [code for code in known.of_kind(kind) if sums[code]]
        found |= dict(zip(mine, largest_remainder(part, [sums[code] for code in mine]), strict=True))
    return found


def _rewarded(found: Shared, scheme: Mapping[str, Any], scores: Mapping[str, Fraction]) -> None:
    found.reward = dict.fromkeys(found.base, 0)
    best = [code for code in found.base if scores[code] >= Fraction(scheme["reward_at"])]
    if any(found.due[code] for code in best):
        weights = [Fraction(found.due[code]) for code in best]
        found.reward |= dict(zip(best, largest_remainder(sum(found.withheld.values()), weights), strict=True))


def _to_staff(found: Shared) -> None:
    """What is due goes by the money of the lines; what a centre has of its clinics' services is nobody's in particular ("")."""
    money: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (code, _, doctor, _), (_, amount) in found.lines.items():
        money[code][doctor] += amount
    for code, shares in money.items():
        if any(shares.values()):
            parts = largest_remainder(found.due[code], [Fraction(each) for each in shares.values()])
            found.staff |= {(code, who): part for who, part in zip(shares, parts, strict=True)}
