"""What is written out by hand for very many records equals what the one way of writing gives."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

import pytest

from gongwei.base import copy_text, digests, sets
from gongwei.records import answers, bulk_text

KEY = UUID("0190a3c4-1111-7222-8333-00000000000f")
VALUES = {
    "text": '带"引号"和\\、换行\n的字',
    "number": 0,
    "yes": True,
    "no": False,
    "none": None,
    "amount": Decimal("6.10"),
    "small": Decimal("1E-7"),
    "day": dt.date(977, 3, 1),
    "moment": dt.datetime(2026, 3, 1, 8, 30, tzinfo=dt.UTC),
    "person": KEY,
    "chosen": frozenset({"2", "10", "1"}),
    "rows": [{"name": "甲", "amount": Decimal("2.5"), "since": dt.date(2026, 1, 2)}],
}


@pytest.mark.parametrize("name", VALUES)
def test_canonical_is_that_of_digests(name: str) -> None:
    values = {"b": 1, name: VALUES[name], "a": "x"}
    written = digests.canonical({each: answers.plain(value) for each, value in values.items()}).decode()
    assert [bulk_text.canonical(values), bulk_text.canonical(values)] == [written, written]


def test_a_yes_is_not_a_one() -> None:
    assert bulk_text.canonical({"a": True}) != bulk_text.canonical({"a": 1})


def test_an_id_written_short_is_the_same_id() -> None:
    assert UUID(copy_text.key(KEY)) == KEY
    assert copy_text.line([KEY, None]) == f"{KEY.hex}\t\\N"


def test_ids_of_an_array() -> None:
    assert sets.written([KEY, str(KEY), None]) == f"{{{KEY.hex},{KEY},null}}"
    assert sets.written([]) == "{}"
