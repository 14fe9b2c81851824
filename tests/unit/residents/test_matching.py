"""The levels of likeness of records.md §5."""

import dataclasses
import datetime as dt

import pytest

from gongwei.residents import matching
from gongwei.residents.matching import Person

BASE = Person(
    name="张秀英", sound="zhangxiuying", birth_date=dt.date(1956, 3, 8), sex="2",
    id_type="01", id_key=b"a", phone_key=b"p", area_key=320723101201,
)  # fmt: skip


def with_(**changes):
    """The base person, changed."""
    return dataclasses.replace(BASE, **changes)


@pytest.mark.parametrize(
    ("other", "level", "least", "most"),
    [
        (with_(), "exact", 100, 100),
        (with_(name="李四", sound="lisi"), "conflict", 100, 100),
        (with_(id_key=None), "strong", 90, 100),
        (with_(id_key=None, phone_key=None), "strong", 90, 100),
        (with_(id_key=None, area_key=1), "strong", 90, 100),
        (with_(id_key=None, phone_key=None, area_key=1), "medium", 70, 89),
        (with_(id_key=None, phone_key=None, area_key=1, sex="1"), "medium", 70, 89),
        (with_(id_key=b"b", birth_date=dt.date(1956, 3, 9), area_key=1), "weak", 50, 69),
        (with_(id_key=b"b", birth_date=dt.date(1956, 8, 3), area_key=1), None, 0, 0),
        (with_(id_key=b"b", phone_key=None, area_key=1), None, 0, 0),
        (with_(id_key=b"b"), "medium", 70, 89),
        (with_(id_key=None, name="张秀瑛"), "weak", 50, 69),
        (with_(id_key=None, name="张秀兰", sound="zhangxiulan"), None, 0, 0),
    ],
)
def test_levels(other, level, least, most):
    """Each rule, each just missed."""
    verdict = matching.compare(BASE, other)
    assert (verdict.level if verdict else None) == level
    if verdict:
        assert least <= verdict.score <= most
        assert verdict.reasons


def test_reasons_are_said():
    """A clerk reads what agrees."""
    verdict = matching.compare(with_(id_key=None), BASE)
    assert verdict.reasons == ("姓名相同", "出生日期相同", "性别相同", "电话相同", "同村（居）")


def test_near_dates():
    """One digit, or two neighbours swapped."""
    day = dt.date(1956, 3, 8)
    assert matching.near(day, dt.date(1956, 3, 9))
    assert matching.near(day, dt.date(1965, 3, 8))
    assert not matching.near(day, day)
    assert not matching.near(day, dt.date(1957, 3, 9))
    assert all(matching.near(day, other) for other in matching.neighbours(day))
    assert dt.date(1965, 3, 8) in matching.neighbours(day)
