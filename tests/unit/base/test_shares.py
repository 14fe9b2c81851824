"""Wholes divided without a unit lost: the vectors of the reference, and any other division."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongwei.base.shares import largest_remainder


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (30, [1200, 640, 160], [18, 10, 2]),
        (10, [1200, 640, 160], [6, 3, 1]),
        (7, [5, 5, 5], [3, 2, 2]),
        (10_000_000, [3, 3, 1], [4_285_714, 4_285_714, 1_428_572]),
        (100_000, [1, 1, 1], [33_334, 33_333, 33_333]),
        (
            48_000_000,
            [Decimal("5012.501"), Decimal("2877.9"), Decimal("2099.012")],
            [24_085_504, 13_828_560, 10_085_936],
        ),
        (100, [0, 1, 0], [0, 100, 0]),
        (0, [2, 1], [0, 0]),
        (-7, [5, 5, 5], [-3, -2, -2]),
    ],
    ids=["§9 30", "§9 10", "§9 ties", "V7", "V8", "§7 pool", "weight zero", "nothing", "taken back"],
)
def test_the_worked_divisions(total, weights, parts):
    """The numbers of evaluation_and_funds §6, §7 and §9."""
    assert largest_remainder(total, weights) == parts


@given(
    total=st.integers(-(10**12), 10**12),
    weights=st.lists(
        st.one_of(st.integers(0, 10**6), st.fractions(0, 1000), st.decimals(0, 1000, places=4)), min_size=1
    ),
)
def test_parts_always_add_up_and_stay_within_one_of_their_quota(total, weights):
    """However odd the weights: nothing is lost, nothing is made, nobody is off by a whole unit."""
    whole = sum((Fraction(weight) for weight in weights), Fraction(0))
    if whole == 0:
        with pytest.raises(ValueError, match="all zero"):
            largest_remainder(total, weights)
        return
    parts = largest_remainder(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * Fraction(weight) / whole) < 1


@pytest.mark.parametrize(
    ("weights", "error"),
    [
        ([1, -1], ValueError),
        ([], ValueError),
        ([0, 0], ValueError),
        ([0.5, 0.5], TypeError),
        ([True, 1], TypeError),
        ([Decimal("Infinity")], ValueError),
        ([Decimal("NaN")], ValueError),
    ],
)
def test_what_cannot_be_a_weight_is_refused(weights, error):
    """No float comes near a share, and a division by nothing is no division."""
    with pytest.raises(error):
        largest_remainder(10, weights)


@pytest.mark.parametrize("total", [1.0, Decimal(1), True])
def test_the_whole_is_counted_in_whole_units(total):
    """Fen and persons are whole numbers."""
    with pytest.raises(TypeError):
        largest_remainder(total, [1])
