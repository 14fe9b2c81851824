"""The default trees can be used as they stand, and working days are counted as people count them."""

import datetime as dt

import pytest

from gongwei import catalogue
from gongwei.evaluation import national, parameters, trees


@pytest.mark.parametrize("level", national.LEVELS)
def test_the_default_trees_add_up_and_name_measures_that_exist(level):
    """100 points, no fault, every measure in the catalogue, every number marked where nobody has read it."""
    found = national.default(level, 2025)
    assert trees.faults(found.tree) == []
    known = {each.code for each in catalogue.measures()}
    assert {each.measure for each in found.tree.items() if each.measure} <= known
    assert all(each.mark in ("S", "K", "?") for each in found.tree.items())
    assert found.source


def test_a_year_before_any_default_has_none():
    """2018 has no tree."""
    with pytest.raises(KeyError):
        national.default(national.TOWNSHIP, 2018)


@pytest.mark.parametrize(
    ("day", "count", "last"),
    [
        ("2025-06-20", 5, "2025-06-27"),
        ("2025-09-26", 6, "2025-10-11"),  # 9-28 worked, 10-1 to 10-8 free, 10-11 worked
        ("2024-06-21", 1, "2024-06-24"),  # a year without a list
        ("2025-06-20", 0, "2025-06-20"),
    ],
)
def test_working_days(day, count, last):
    """Five working days after publication; the National Day holidays do not count, weekends worked instead do."""
    assert parameters.after_working_days(dt.date.fromisoformat(day), count) == dt.date.fromisoformat(last)


def test_bands_fall_and_end_at_nothing():
    """90, 75, 60."""
    assert [f"{limit}{name}" for limit, name in parameters.bands(dt.date(2025, 1, 1))] == [
        "90优秀",
        "75良好",
        "60合格",
        "0不合格",
    ]
