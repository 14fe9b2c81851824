"""From measures to points (evaluation_and_funds.md §10): the figures of an institution, what each item earns, what its sheet adds up to.

Nothing is rounded. An item nobody answers to is removed and its points go to the others of its section; without any data an item has
no points and is told as missing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml
from tests.acceptance.naive.institutions import Institutions
from tests.acceptance.naive.measures import EXCLUDED, IN, Standing
from tests.acceptance.naive.people import Register

SCORED, MISSING, NOT_APPLICABLE = "scored", "missing", "not_applicable"
#: What the targets of the year call these measures (targets.md §3), and which of them add up over the year: of these a part of
#: the year is asked for its months (targets.md §7: target × m ÷ 12).
TARGETS = {"HTN.2": "htn_std_rate", "DM.2": "dm_std_rate", "EL.2": "elderly_std_rate"}
CUMULATIVE = {"HTN.1", "HTN.2", "DM.1", "DM.2", "EL.1", "EL.2", "EL.3", "HR.4"}
#: institution → measure → (counted, of how many).
Figures = dict[str, dict[str, tuple[int, int]]]
#: item → (points, state).
Points = dict[str, tuple[Fraction, str]]


def figures(
    standings: Mapping[str, Mapping[str, Standing]], register: Register, known: Institutions
) -> Figures:
    """How many of an institution's residents (of a centre: and of its clinics') count, of how many not left out."""
    village = {person.key: person.village for person in register.people}
    found: dict[str, dict[str, tuple[int, int]]] = {code: {} for code in known.codes}
    for measure, people in standings.items():
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for key, standing in people.items():
            for code in known.chain(village[key]):
                if standing.side != EXCLUDED:
                    sums[code][0] += standing.side == IN
                    sums[code][1] += 1
        for code, (counted, among) in sums.items():
            found[code][measure] = counted, among
    return found


@dataclass(frozen=True)
class Asked:
    """What is asked of a measure: the year's target, for so many months of it."""

    targets: Mapping[tuple[str, int], Fraction]
    year: int
    months: int

    def of(self, item: Mapping[str, Any]) -> Fraction:
        """The item's own target, else that of the year (an earlier year's where it has none), for the months of the period."""
        said, measure = item.get("settings", {}), item["measure"]
        if "target" in said:
            target = Fraction(said["target"])
        else:
            held = [year for code, year in self.targets if code == TARGETS[measure] and year <= self.year]
            target = self.targets[TARGETS[measure], max(held)]
        return target * self.months / 12 if said.get("progress", measure in CUMULATIVE) else target


def asked(policies: Path, year: int, last: dt.date) -> Asked:
    """The targets of the year from the file they stand in as data; those of one area only are nobody else's."""
    rows = yaml.safe_load((policies / "targets.yaml").read_text(encoding="utf-8"))["targets"]
    held = {
        (each["code"], each["year"]): Fraction(each["value"])
        for each in rows
        if "scope" not in each and "value" in each
    }
    return Asked(held, year, last.month)


def sheets(
    tree: Mapping[str, Any], codes: Sequence[str], measured: Figures, goals: Asked
) -> dict[str, Points]:
    """The points of every item on the sheet of every institution of a level."""
    found: dict[str, Points] = {code: {} for code in codes}
    for item in _items(tree):
        rates = {code: _rate(measured[code], item) for code in codes}
        for code in codes:
            found[code][item["code"]] = _points(item, rates[code], list(rates.values()), goals)
    return found


def _items(tree: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [item for part in tree["parts"] for section in part["children"] for item in section["children"]]


def _rate(own: Mapping[str, tuple[int, int]], item: Mapping[str, Any]) -> Fraction | str:
    """Per cent; or why there is none."""
    if "measure" not in item:
        return MISSING
    counted, among = own.get(item["measure"], (0, 0))
    return Fraction(counted * 100, among) if among else NOT_APPLICABLE


def _points(
    item: Mapping[str, Any], rate: Fraction | str, all_rates: Sequence[Fraction | str], goals: Asked
) -> tuple[Fraction, str]:
    if isinstance(rate, str):
        return Fraction(0), rate
    full, said = Fraction(item["points"]), item.get("settings", {})
    if item["method"] == "ratio_to_target":
        return full * min(Fraction(1), rate / goals.of(item)), SCORED
    if item["method"] == "bands":
        return next(
            (Fraction(points) for least, points in said["bands"] if rate >= Fraction(least)), Fraction(0)
        ), SCORED
    if item["method"] == "per_n":
        steps = max(Fraction(0), goals.of(item) - rate) // Fraction(said["step"])
        return max(Fraction(0), full - min(Fraction(said["most"]), steps * Fraction(said["minus"]))), SCORED
    assert item["method"] == "rank"
    place = 1 + sum(not isinstance(each, str) and each > rate for each in all_rates)
    return next(
        (Fraction(points) for upto, points in said["places"] if place <= int(upto)), Fraction(0)
    ), SCORED


def total(tree: Mapping[str, Any], points: Points) -> Fraction:
    """What a sheet adds up to."""
    return _earned(tree["parts"], Fraction(tree["total"]), points)


def _applies(node: Mapping[str, Any], points: Points) -> bool:
    if "children" in node:
        return any(_applies(each, points) for each in node["children"])
    return points[node["code"]][1] != NOT_APPLICABLE


def _earned(nodes: Sequence[Mapping[str, Any]], available: Fraction, points: Points) -> Fraction:
    """Of nodes that share `available` points, each in proportion to its own among those that apply."""
    left = [each for each in nodes if _applies(each, points)]
    whole = sum((Fraction(each["points"]) for each in left), Fraction(0))
    earned = Fraction(0)
    for each in left:
        own = Fraction(each["points"]) * available / whole
        if "children" in each:
            earned += _earned(each["children"], own, points)
        else:
            earned += points[each["code"]][0] * own / Fraction(each["points"])
    return earned
