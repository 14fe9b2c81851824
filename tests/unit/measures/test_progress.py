"""Lights, persons lacking, and dividing a task: targets.md §7, and arithmetic anybody can follow."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongwei.measures import progress

NEAR = Decimal("0.95")
D = Decimal


@pytest.mark.parametrize(
    ("value", "op", "target", "light"),
    [
        ("64", ">=", "64", "met"),
        ("63.99", ">=", "64", "near"),
        ("60.8", ">=", "64", "near"),  # 64 × 95 % = 60.8
        ("60.79", ">=", "64", "behind"),
        ("95", ">", "95", "near"),
        ("95.01", ">", "95", "met"),
        ("100", "=", "100", "met"),
        ("120", "=", "100", "met"),
        ("5", "<=", "5", "met"),
        ("5.2", "<=", "5", "near"),
        ("5.3", "<=", "5", "behind"),
        (None, ">=", "64", None),
    ],
)
def test_lights(value, op, target, light):
    given = None if value is None else D(value)
    assert progress.light(given, op, D(target), near_share=NEAR) == light


@pytest.mark.parametrize(
    ("numerator", "base", "op", "target", "per", "lacking"),
    [
        (0, 10, ">=", "60", 100, 6),
        (6, 10, ">=", "60", 100, 0),
        (5, 9, ">=", "60", 100, 1),  # 5.4 persons: the sixth is needed
        (6, 10, ">", "60", 100, 1),
        (59996, 100000, ">=", "60", 100, 4),
        (2306, 0, ">=", "1913", None, 0),  # Baotou 2024: 2306 of 1913
        (1800, 0, ">=", "1913", None, 113),
        (3, 10, "<=", "5", 100, 0),
        (0, 0, ">=", "60", 100, 0),
    ],
)
def test_persons_lacking(numerator, base, op, target, per, lacking):
    assert progress.persons_lacking(numerator, base, op, D(target), per=per) == lacking


@given(st.integers(0, 500), st.integers(1, 500), st.integers(0, 100))
def test_so_many_meet_the_target_and_one_fewer_does_not(counted, base, target):
    counted = min(counted, base)
    more = progress.persons_lacking(counted, base, ">=", D(target), per=100)
    assert (counted + more) * 100 >= target * base
    assert more == 0 or (counted + more - 1) * 100 < target * base


@pytest.mark.parametrize(
    ("months", "cumulative", "light", "expected"),
    [
        (6, True, "met", "32"),  # half the year gone: 35 % of a target of 64 % is enough
        (7, True, "behind", "37.33"),
        (6, False, "behind", "64"),
        (12, True, "behind", "64"),
        (13, True, "behind", "64"),
    ],
)
def test_the_time_of_year_counts_for_what_grows(months, cumulative, light, expected):
    found = progress.of(35, 100, ">=", D(64), per=100, months=months, cumulative=cumulative, near_share=NEAR)
    assert (found.light, round(found.expected, 2)) == (light, D(expected))
    assert not found.reached
    assert found.lacking == 29


def test_lacking_now_is_less_than_lacking_while_the_year_lasts():
    found = progress.of(30, 100, ">=", D(60), per=100, months=8, cumulative=True, near_share=NEAR)
    assert (found.lacking, found.lacking_now) == (30, 10)


def test_nothing_to_divide_by_has_no_light():
    found = progress.of(0, 0, ">=", D(60), per=100, months=8, cumulative=True, near_share=NEAR)
    assert (found.light, found.reached) == (None, False)


def test_a_count_is_compared_as_it_is():
    found = progress.of(2306, 0, ">=", D(1913), per=None, months=12, cumulative=False, near_share=NEAR)
    assert (found.light, found.reached, found.lacking) == ("met", True, 0)


def test_months_passed():
    assert progress.months_passed(dt.date(2026, 1, 1), dt.date(2026, 1, 1)) == 1
    assert progress.months_passed(dt.date(2026, 1, 1), dt.date(2026, 11, 22)) == 11


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (10, {"a": 1, "b": 1, "c": 1}, {"a": 4, "b": 3, "c": 3}),
        (31700, {"a": 500, "b": 300, "c": 200}, {"a": 15850, "b": 9510, "c": 6340}),
        (5, {"a": 0, "b": 0}, {"a": 3, "b": 2}),
        (7, {"a": 3, "b": 2, "c": 0}, {"a": 4, "b": 3, "c": 0}),
        (0, {"a": 3}, {"a": 0}),
    ],
)
def test_largest_remainder(total, weights, shares):
    assert progress.largest_remainder(total, weights) == shares


@given(st.integers(0, 10**7), st.dictionaries(st.text(min_size=1), st.integers(0, 10**6), min_size=1))
def test_a_division_is_exact_and_within_one_of_the_proportion(total, weights):
    shares = progress.largest_remainder(total, weights)
    assert sum(shares.values()) == total
    whole = sum(weights.values())
    for key, weight in weights.items():
        if whole:
            assert abs(shares[key] - total * weight / whole) < 1 + 1e-6


@pytest.mark.parametrize(("total", "weights"), [(-1, {"a": 1}), (1, {}), (1, {"a": -1})])
def test_nonsense_cannot_be_divided(total, weights):
    with pytest.raises(ValueError, match="divided"):
        progress.largest_remainder(total, weights)
