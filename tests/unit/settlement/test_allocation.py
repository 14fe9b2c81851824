"""Wholes are kept whatever is divided; shares that are no whole are refused with the reason; money is never a float."""

import random
from decimal import Decimal
from fractions import Fraction

import pytest

from gongwei.settlement import allocation, ratios


def test_a_thousand_random_splits_add_up():
    chance = random.Random(7)
    for _ in range(1000):
        total = chance.randint(-(10**12), 10**12)
        weights = [Decimal(chance.randint(0, 10**6)) / 1000 for _ in range(chance.randint(1, 60))] + [1]
        parts = allocation.split(total, weights)
        assert sum(parts) == total
        whole = sum(Fraction(weight) for weight in weights)
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - Fraction(total) * Fraction(weight) / whole) < 1


def test_levels_and_payments_keep_the_whole():
    chance = random.Random(8)
    for _ in range(300):
        total = chance.randint(0, 10**10)
        town, village = allocation.town_and_village(total, Decimal(chance.randint(0, 100)) / 100)
        assert town + village == total
        made = ratios.payment(
            village, ratios.ratio(Decimal(chance.randint(0, 10000)) / 100), chance.randint(0, 10**9)
        )
        assert made.due_fen + made.withheld_fen == village
        assert made.final_fen == made.due_fen - made.prepaid_fen
        halves = ratios.halves(village)
        assert sum(halves) == village
        assert halves[0] - halves[1] in (0, 1)
        assert sum(ratios.prepayments(halves, Decimal("0.7"))) == allocation.rounded(village * Decimal("0.7"))


def test_shares_that_are_no_whole_are_refused_with_the_reason():
    with pytest.raises(ValueError, match=r"合计应为100%，现为98%（省50%、市18%、县30%）"):
        allocation.tiers(
            100, Decimal("0.6"), {"省": Decimal("0.5"), "市": Decimal("0.18"), "县": Decimal("0.3")}
        )
    with pytest.raises(ValueError, match="村级比例应在0%至100%之间，现为140%"):
        allocation.town_and_village(100, Decimal("1.4"))


def test_money_is_never_a_float():
    with pytest.raises(TypeError):
        allocation.by_price(1, 15.0)
    with pytest.raises(TypeError):
        allocation.split(100, [0.5, 0.5])
    with pytest.raises(TypeError):
        ratios.ratio(89.5)


@pytest.mark.parametrize(
    ("value", "fen"), [("0.5", 1), ("-0.5", -1), ("1.49999", 1), ("2.5", 3), ("-2.4", -2)]
)
def test_a_half_goes_away_from_zero(value, fen):
    assert allocation.rounded(Decimal(value)) == fen


def test_the_check_of_the_village_share_is_to_the_fen():
    short = allocation.village_check(4000, 10003, Decimal("0.40"))
    assert (short.kept, short.missing_fen) == (False, 1)  # 40 % of 100.03 yuan is 40.01 and a part of a fen
    assert allocation.village_check(4001, 10003, Decimal("0.40")).kept
    assert allocation.village_check(0, 0, Decimal("0.40")).kept


def test_a_pool_without_work_is_not_divided():
    with pytest.raises(ValueError, match="没有合格的工作当量"):
        allocation.unit_of_work(100, {"甲": 0}, {})
    assert ratios.reward(100, {"甲": 0}) == {}


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        (((90, 1), (90, 0)), "同一分数出现了两次"),
        (((90, 2),), "质量系数应在0%至100%之间"),
        (((90, Fraction(1, 2)), (60, 1)), "不能随得分升高而降低"),
    ],
)
def test_a_scale_that_is_none_is_refused(steps, reason):
    with pytest.raises(ValueError, match=reason):
        ratios.coefficient(95, [ratios.Step(Fraction(least), Fraction(value)) for least, value in steps])


def test_a_rule_that_is_none_is_refused():
    with pytest.raises(ValueError, match="没有这种拨付办法"):
        ratios.Rule("guess")
    with pytest.raises(ValueError, match="起付线应低于全额线"):
        ratios.Rule(full_at=Fraction(60))
    with pytest.raises(ValueError, match="得分不能小于0"):
        ratios.ratio(-1)
