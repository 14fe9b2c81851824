"""What the scores of a year would be with other points for an item or another target: for trying things out, nothing is stored.

What was read and entered stays as it is. Points of an item are earned in the same proportion; a target asks the same figure for
more or less. Where the points no longer add up to the whole of the scheme, the sum is brought back to it in proportion.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from gongwei import catalogue
from gongwei.evaluation import annual, schemes, scoring, sheets, trees
from gongwei.evaluation.models import Scheme, Score, Sheet
from gongwei.evaluation.scoring import Reading, Scored
from gongwei.evaluation.trees import Branch, Item, Tree
from gongwei.places import division_codes


@dataclass(frozen=True, slots=True)
class Change:
    """What is tried of an item; None where it stays."""

    points: Decimal | None = None
    target: Decimal | None = None


def changeable(county_key: int, year: int) -> list[tuple[str, Item]]:
    """The items of the schemes in force that give points, by level."""
    rows = Scheme.objects.filter(county_key=county_key, year=year, state=Scheme.State.APPROVED).order_by(
        "level"
    )
    return [
        (each.level, item)
        for each in rows
        for item in schemes.tree_of(each).items()
        if item.method not in (trees.VETO, trees.BONUS)
    ]


def scores(
    *, county_key: int, year: int, on: dt.date, changes: Mapping[tuple[str, str], Change]
) -> dict[UUID, Fraction]:
    """The year's score of each institution of a county by the rounds that count on a day, with items changed by (level, code)."""
    rows = Sheet.objects.filter(
        round__year=year,
        seat_key__gte=county_key,
        seat_key__lte=division_codes.last(county_key),
        practitioner=None,
    ).select_related("round")
    wanted = [each for each in rows if annual.counts(each.round, on)]
    standing = sheets.standing_of(wanted)
    known: dict[tuple[UUID, str], tuple[Tree, Tree]] = {}
    parts: dict[tuple[UUID, str], list[scoring.RoundPoints]] = defaultdict(list)
    for sheet in wanted:
        key = sheet.round_id, sheet.level
        if key not in known:
            old = sheets.tree_for(sheet)
            known[key] = old, _changed(old, sheet.level, changes)
        points = _total(*known[key], standing.get(sheet.id, {}))
        parts[sheet.organization_id, sheet.level].append(
            scoring.RoundPoints(sheet.round.number, sheet.round.kind, points)
        )
    rules = annual.rules(year, [county_key])
    found = {}
    for (organization, level), own in parts.items():
        try:
            found[organization] = scoring.annual(own, rules.get((county_key, level), {}))
        except scoring.Unclear:
            found[organization] = scoring.annual(own, {})
    return found


def _changed(tree: Tree, level: str, changes: Mapping[tuple[str, str], Change]) -> Tree:
    """The tree with items changed and branches added up again."""
    parts = tuple(_node(each, level, changes) for each in tree.parts)
    return dataclasses.replace(tree, parts=parts, total=sum((each.points for each in parts), Decimal(0)))


def _node(node: Any, level: str, changes: Mapping[tuple[str, str], Change]) -> Any:
    if isinstance(node, Branch):
        children = tuple(_node(each, level, changes) for each in node.children)
        counted = (each.points for each in children if getattr(each, "method", "") != trees.BONUS)
        return dataclasses.replace(node, children=children, points=sum(counted, Decimal(0)))
    change = changes.get((level, node.code), Change())
    points = node.points if change.points is None else change.points
    if change.target is None:
        return dataclasses.replace(node, points=points)
    return dataclasses.replace(
        node, points=points, settings={**node.settings, "target": f"{change.target:f}"}
    )


def _total(old: Tree, new: Tree, standing: Mapping[str, Score]) -> Fraction:
    """The points of a sheet by the new tree, brought to the whole of the old one."""
    before = {item.code: item for item in old.items()}
    scored = {
        item.code: _scored(before[item.code], item, standing[item.code])
        for item in new.items()
        if item.code in standing
    }
    points = scoring.total(new, scored).points
    return (
        points
        if old.total == new.total or not new.total
        else points * Fraction(old.total) / Fraction(new.total)
    )


def _scored(before: Item, after: Item, score: Score) -> Scored:
    stood = Scored(Fraction(score.exact), score.state)
    if score.state != scoring.SCORED or before == after:
        return stood
    said = score.reading
    asked_anew = after.settings.get("target") != before.settings.get("target")
    if asked_anew and score.stage == Score.Stage.SYSTEM and said.get("base") and said.get("rate") is not None:
        value = Fraction(said["numerator"] * catalogue.measure(after.measure).per, said["base"])
        return scoring.score(
            after, Reading(value=value, target=_target(before, after, said), op=said.get("op", ""))
        )
    if not before.points:
        return stood
    return Scored(stood.points * Fraction(after.points) / Fraction(before.points), score.state)


def _target(before: Item, after: Item, said: Mapping[str, Any]) -> Fraction:
    """The new target, in the same proportion to the months of the period as the old one was."""
    asked = Fraction(str(after.settings["target"]))
    full = before.settings.get("target")
    if full is None or not said.get("target") or not Fraction(str(full)):
        return asked
    return asked * Fraction(said["target"]) / Fraction(str(full))
