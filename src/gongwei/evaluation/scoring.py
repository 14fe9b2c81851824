"""From readings to points, from points to a round's total, from rounds to a year. Pure, in exact fractions.

Nothing is rounded on the way: 61.3 of 64 asked earns 10 × 61.3 ÷ 64 points, and 89.995 is not 90 (evaluation_and_funds §10,
§14). Only `shown` rounds, and never onto a threshold that was not reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import Any

from gongwei.evaluation import trees
from gongwei.evaluation.trees import Branch, Item, Tree

SCORED, MISSING, NOT_APPLICABLE = "scored", "missing", "not_applicable"
STATES = {SCORED: "已评分", MISSING: "缺数据，计0分", NOT_APPLICABLE: "不涉及"}

#: Kinds of rounds, told apart where daily and stage rounds weigh differently.
DAILY, STAGE = "daily", "stage"
#: Decimal places kept of a number of points in the database; cut off, never rounded up.
PLACES = 12


class Unclear(ValueError):
    """Rounds and the rule of the year do not fit each other; the message says how."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an item is scored by; which of these depends on its method.

    value, target: of a measure, in its unit. defects: how many of each kind of fault. count: of things that earn a bonus.
    place: in a ranking, from 1. holds: yes or no. given: points a person gave. decided: a confirmed decision stands (veto).
    applicable: False where there is no such population. Everything None: missing.
    """

    value: Fraction | None = None
    target: Fraction | None = None
    op: str = ""
    defects: Mapping[str, int] | None = None
    count: int | None = None
    place: int | None = None
    holds: bool | None = None
    given: Fraction | None = None
    decided: bool = False
    applicable: bool = True


@dataclass(frozen=True, slots=True)
class Scored:
    """The points of an item: whether they were earned, or are 0 for want of data, or do not apply."""

    points: Fraction
    state: str = SCORED
    vetoes: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """The total of a tree: its points and those of each branch after re-spreading, and what was missing or did not apply."""

    points: Fraction
    branches: Mapping[str, Fraction] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()
    vetoed: bool = False


@dataclass(frozen=True, slots=True)
class RoundPoints:
    """The exact points of one round. number counts within the year; kind: daily or stage."""

    number: int
    kind: str
    points: Fraction


def score(item: Item, reading: Reading | None) -> Scored:
    """The points an item earns. No reading, or one without what the method needs, is missing: 0 points, and said so."""
    if reading is None:
        reading = Reading()
    if item.method == trees.VETO:
        return Scored(Fraction(0), vetoes=reading.decided)
    if not reading.applicable:
        return Scored(Fraction(0), NOT_APPLICABLE)
    if reading.given is not None:
        return Scored(_within(item, reading.given))
    points = _METHODS[item.method](item, reading)
    return Scored(Fraction(0), MISSING) if points is None else Scored(points)


def bounds(item: Item) -> tuple[Fraction, Fraction]:
    """The least and the most points an item can have."""
    said, full = item.settings, Fraction(item.points)
    if item.method == trees.BONUS:
        return Fraction(0), _number(said["most"])
    if item.method == trees.PER_N and said.get("allow_negative"):
        return full - _number(said["most"]), full
    if item.method == trees.DEDUCT and said.get("allow_negative"):
        return Fraction(-1000), full
    return Fraction(0), full


def total(tree: Tree, scored: Mapping[str, Scored]) -> Total:
    """The total of a tree from the points of its items; an item nobody scored is missing.

    Points of items that do not apply go to the others of their section in proportion to these (`tree.spread`), of a section
    of which nothing applies to the other sections of its part, and so on up. A bonus cannot lift the sum above the full
    points unless the tree says so; a sum is never below 0; a veto makes it 0 whatever else was earned.
    """
    found = {item.code: scored.get(item.code, Scored(Fraction(0), MISSING)) for item in tree.items()}
    if any(each.vetoes for each in found.values()):
        return Total(Fraction(0), vetoed=True)
    branches: dict[str, Fraction] = {}
    points = _spread(tree.parts, Fraction(tree.total), tree.spread, found, branches)
    if not tree.over_total:
        points = min(points, Fraction(tree.total))
    silent = (trees.BONUS, trees.VETO)
    missing = [
        each.code for each in tree.items() if found[each.code].state == MISSING and each.method not in silent
    ]
    apart = [code for code, each in found.items() if each.state == NOT_APPLICABLE]
    return Total(max(points, Fraction(0)), branches, tuple(missing), tuple(apart))


def annual(rounds: Sequence[RoundPoints], rule: Mapping[str, Any]) -> Fraction:
    """The score of a year from its rounds: their mean, weighted by number, or daily and stage rounds mixed.

    Raises:
        Unclear: no round, a round without a weight or a weight without a round, no daily or no stage round.
    """
    if not rounds:
        raise Unclear("本年度还没有已定的评价轮次。")
    match rule.get("kind", trees.MEAN):
        case "mean":
            return _mean(rounds)
        case "weights":
            weights = {int(key): _number(value) for key, value in rule["weights"].items()}
            if odd := sorted(set(weights) ^ {each.number for each in rounds}):
                raise Unclear(f"第{'、'.join(str(each) for each in odd)}轮与年度权重对不上。")
            return sum((weights[each.number] * each.points for each in rounds), Fraction(0)) / 100
        case "mix":
            kinds = {kind: [each for each in rounds if each.kind == kind] for kind in (DAILY, STAGE)}
            if not kinds[DAILY] or not kinds[STAGE]:
                raise Unclear("年度得分按日常与阶段加权，缺少其中一种评价。")
            daily, stage = _number(rule["daily"]), _number(rule["stage"])
            return (daily * _mean(kinds[DAILY]) + stage * _mean(kinds[STAGE])) / 100
    raise Unclear("请选择年度得分的算法。")


def kept(points: Fraction) -> Decimal:
    """Points as the database keeps them: 12 places, the rest cut off, so that no threshold is reached by writing down."""
    with localcontext() as context:
        context.prec, context.rounding = 60, ROUND_FLOOR
        return (Decimal(points.numerator) / Decimal(points.denominator)).quantize(Decimal(1).scaleb(-PLACES))


def shown(points: Fraction | Decimal, thresholds: Sequence[Decimal] = ()) -> str:
    """Points for people: two places, rounded half up; cut off where rounding would reach a threshold that was not."""
    exact = Fraction(points)
    value = kept(exact)
    rounded = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    if any(exact < Fraction(limit) <= Fraction(rounded) for limit in thresholds):
        rounded = value.quantize(Decimal("0.01"), ROUND_FLOOR)
    return f"{rounded:.2f}"


def band(points: Fraction | Decimal, bands: Sequence[tuple[Decimal, str]]) -> str:
    """The name of the band a number of points lies in; `bands`: (at least, name), the highest first."""
    return next((name for least, name in bands if Fraction(points) >= Fraction(least)), bands[-1][1])


def _mean(rounds: Sequence[RoundPoints]) -> Fraction:
    return sum((each.points for each in rounds), Fraction(0)) / len(rounds)


def _number(value: Any) -> Fraction:
    return Fraction(trees.number(value, ""))


def _within(item: Item, points: Fraction) -> Fraction:
    least, most = bounds(item)
    if not least <= points <= most:
        raise Unclear(f"“{item.title}”的得分应在{float(least):g}～{float(most):g}分之间。")
    return points


def _spread(
    nodes: Sequence[Branch | Item],
    available: Fraction,
    how: str,
    found: Mapping[str, Scored],
    branches: dict[str, Fraction],
) -> Fraction:
    """The points earned below a branch that has `available` points after re-spreading above it."""
    applies = [each for each in nodes if _applies(each, found)]
    whole = sum((Fraction(each.points) for each in applies), Fraction(0))
    everything = sum((Fraction(each.points) for each in nodes), Fraction(0))
    base = whole if how == trees.WITHIN else everything
    scale = available / base if base else Fraction(1)
    earned = Fraction(0)
    for each in nodes:
        if isinstance(each, Branch):
            own = Fraction(each.points) * scale if each in applies or how != trees.WITHIN else Fraction(0)
            points = (
                _spread(each.children, own, how, found, branches) if own or each in applies else Fraction(0)
            )
            branches[each.code] = points
        elif each not in applies:
            points = Fraction(each.points) * scale if how == trees.FULL else Fraction(0)
        else:
            points = found[each.code].points * (scale if each.points else 1)
        earned += points
    return earned


def _applies(node: Branch | Item, found: Mapping[str, Scored]) -> bool:
    if isinstance(node, Branch):
        return any(_applies(each, found) for each in node.children)
    return found[node.code].state != NOT_APPLICABLE


def _ratio(item: Item, reading: Reading) -> Fraction | None:
    """full × min(1, value ÷ target); of a target not to be exceeded full × min(1, target ÷ value)."""
    target = reading.target
    if target is None and "target" in item.settings:
        target = _number(item.settings["target"])
    if reading.value is None or target is None:
        return None
    full = Fraction(item.points)
    if (reading.op or item.settings.get("op", ">=")) == "<=":
        return full if reading.value <= target else full * target / reading.value
    if target <= 0:
        return full
    return full * max(Fraction(0), min(Fraction(1), reading.value / target))


def _bands(item: Item, reading: Reading) -> Fraction | None:
    if reading.value is None:
        return None
    for least, points in item.settings["bands"]:
        if reading.value >= _number(least):
            return _number(points)
    return Fraction(0)


def _deduct(item: Item, reading: Reading) -> Fraction | None:
    if reading.defects is None:
        return None
    units = item.settings["units"]
    off = sum((_number(units[kind]) * count for kind, count in reading.defects.items()), Fraction(0))
    left = Fraction(item.points) - off
    return left if item.settings.get("allow_negative") else max(Fraction(0), left)


def _yes_no(item: Item, reading: Reading) -> Fraction | None:
    return None if reading.holds is None else Fraction(item.points) if reading.holds else Fraction(0)


def _per_n(item: Item, reading: Reading) -> Fraction | None:
    """full − minus for each whole `step` below the target (each begun one where `begun`), at most `most`."""
    said, target = item.settings, reading.target
    if target is None and "target" in said:
        target = _number(said["target"])
    if reading.value is None or target is None:
        return None
    short = max(Fraction(0), target - reading.value) / _number(said["step"])
    steps = (
        -(-short.numerator // short.denominator)
        if said.get("begun")
        else short.numerator // short.denominator
    )
    left = Fraction(item.points) - min(_number(said["most"]), steps * _number(said["minus"]))
    return left if said.get("allow_negative") else max(Fraction(0), left)


def _rank(item: Item, reading: Reading) -> Fraction | None:
    if reading.place is None:
        return None
    for upto, points in item.settings["places"]:
        if reading.place <= _number(upto):
            return _number(points)
    return Fraction(0)


def _bonus(item: Item, reading: Reading) -> Fraction | None:
    if reading.count is None:
        return None
    return min(_number(item.settings["most"]), reading.count * _number(item.settings["per"]))


_METHODS = {
    trees.RATIO: _ratio,
    trees.BANDS: _bands,
    trees.DEDUCT: _deduct,
    trees.YES_NO: _yes_no,
    trees.PER_N: _per_n,
    trees.RANK: _rank,
    trees.BONUS: _bonus,
    trees.MANUAL: lambda item, reading: None,
}
