"""From points to money: the ratio of a score, what is due and withheld, prepayment, reward, quality coefficients.

Pure, as `allocation`. A score is never rounded before it is compared: 89.995 is not 90 (evaluation_and_funds §5, §10, §14).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from gongwei.settlement.allocation import Exact, exact, rounded, share, split

#: Whoever a reward is for: an id, a name.
Receiver = TypeVar("Receiver")
PERCENT, RELATIVE, LINEAR, FULL = "percent", "relative_90", "linear_60_90", "full"
#: How the proportion below full payment is found, and its Chinese words.
MODES = {
    PERCENT: "按得分百分比",
    RELATIVE: "得分÷全额线",
    LINEAR: "（得分－起付线）÷（全额线－起付线）",
    FULL: "不按得分扣减",
}
REWARD_POOL, RETURN_UPPER, CARRY_OVER = "reward_pool", "return_upper", "carry_over"
#: Where withheld money goes.
DESTINATIONS = {REWARD_POOL: "进入奖励资金", RETURN_UPPER: "上缴上级财政", CARRY_OVER: "结转下年使用"}


@dataclass(frozen=True, slots=True)
class Rule:
    """How a score becomes a ratio: full from `full_at`, none below `none_below`, between them by `mode`."""

    mode: str = PERCENT
    full_at: Fraction = Fraction(90)
    none_below: Fraction = Fraction(60)

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"没有这种拨付办法：{self.mode}")
        if not 0 <= self.none_below < self.full_at <= 100:
            raise ValueError("起付线应低于全额线，且都在0至100分之间")


def ratio(score: Exact, rule: Rule | None = None, *, veto: bool = False) -> Fraction:
    """The ratio a score pays. A veto (a decided fraud, never set by software) pays nothing whatever the score."""
    rule, points = rule or Rule(), exact(score)
    if points < 0:
        raise ValueError("得分不能小于0")
    if veto or (points < rule.none_below and rule.mode != FULL):
        return Fraction(0)
    if points >= rule.full_at or rule.mode == FULL:
        return Fraction(1)
    match rule.mode:
        case "relative_90":
            return points / rule.full_at
        case "linear_60_90":
            return (points - rule.none_below) / (rule.full_at - rule.none_below)
    return points / 100


@dataclass(frozen=True, slots=True)
class Payment:
    """What one institution gets of its base. final_fen below zero: prepaid money to be recovered or offset."""

    base_fen: int
    due_fen: int
    withheld_fen: int
    prepaid_fen: int

    @property
    def final_fen(self) -> int:
        """What is still to be paid; below zero: to be recovered or offset."""
        return self.due_fen - self.prepaid_fen


def payment(base_fen: int, ratio: Exact, prepaid_fen: int = 0) -> Payment:
    """Due is the base times the ratio, rounded once; what is not due is withheld: both are the base."""
    due = rounded(base_fen * share(ratio, "拨付比例"))
    return Payment(base_fen, due, base_fen - due, prepaid_fen)


@dataclass(frozen=True, slots=True)
class TopUp:
    """What the upper tier paid and what the local treasury owes in its place (seed 001)."""

    paid_fen: int
    topup_fen: int


def top_up(upper_base_fen: int, ratio: Exact, *, required: bool = True) -> TopUp:
    """The withheld upper part is a liability of the local treasury where the rule asks for it; paid and topped up are the
    base."""
    paid = rounded(upper_base_fen * share(ratio, "拨付比例"))
    return TopUp(paid, upper_base_fen - paid if required else 0)


def prepayments(tasks_fen: Sequence[int], part: Exact) -> list[int]:
    """What is prepaid for each part of the year's task (70 % of each half-year by default): the sum is that part of the whole
    to the fen, equal parts get equal sums as far as fen allow."""
    rate = share(part, "预拨比例")
    total = rounded(sum(tasks_fen) * rate)
    if total == 0:
        return [0 for _ in tasks_fen]
    return split(total, list(tasks_fen))


def halves(task_fen: int) -> list[int]:
    """A year's task in two halves; the odd fen is in the first."""
    return split(task_fen, [1, 1])


def reward(pool_fen: int, weights: Mapping[Receiver, Exact]) -> dict[Receiver, int]:
    """A reward pool by largest remainder; nobody to reward leaves the pool whole and untouched (empty)."""
    if not any(exact(weight) for weight in weights.values()):
        return {}
    return dict(zip(weights, split(pool_fen, list(weights.values())), strict=True))


@dataclass(frozen=True, slots=True)
class Step:
    """From `least` points on the coefficient is `value`."""

    least: Fraction
    value: Fraction


def coefficient(score: Exact, scale: Sequence[Step]) -> Fraction:
    """The quality coefficient of a score by a scale (84 points → 0.95 where the step from 80 says so); 1 without a scale,
    0 below its lowest step. Raises ValueError: a coefficient outside 0 to 1, or two steps from one score."""
    check_scale(scale)
    if not scale:
        return Fraction(1)
    points = exact(score)
    held = [step for step in scale if points >= step.least]
    return max(held, key=lambda step: step.least).value if held else Fraction(0)


def check_scale(scale: Sequence[Step]) -> None:
    """That a scale is one: ordered anyhow, each step once, coefficients from 0 to 1 that never fall as points rise."""
    if len({step.least for step in scale}) < len(scale):
        raise ValueError("质量系数表中同一分数出现了两次")
    values = [share(step.value, "质量系数") for step in sorted(scale, key=lambda step: step.least)]
    if values != sorted(values):
        raise ValueError("质量系数不能随得分升高而降低")


def arrived_half(arrived_fen: int, budget_fen: int, part: Exact = Fraction(1, 2)) -> bool:
    """Whether half of the year's budget has arrived (by 30 June), compared as fen: 592 499.99 of 1 185 000.00 has not."""
    return arrived_fen >= exact(part) * budget_fen
