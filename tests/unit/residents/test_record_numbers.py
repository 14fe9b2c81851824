"""The 17-digit record number: the vectors of records.md §2."""

import pytest

from gongwei.residents import record_numbers
from gongwei.residents.typed_text import BadText


@pytest.mark.parametrize("number", ["50023710010100001", "32072310200300042", "15020200190100007"])
def test_valid(number):
    """Village committee, neighbourhood committee, other organisation."""
    assert record_numbers.validate(number) == number


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("50023710020100001", "record_no_segment"),
        ("50023710010000001", "record_no_segment"),
        ("50023710000000001", "record_no_segment"),
        ("50023710090000001", "record_no_segment"),
        ("50023710010100000", "record_no_serial"),
        ("5002371001010000", "record_no_length"),
        ("5002371001010000１", "record_no_length"),
    ],
)
def test_invalid(number, code):
    """Each with the part that is wrong."""
    with pytest.raises(BadText) as refused:
        record_numbers.validate(number)
    assert refused.value.code == code


def test_following():
    """The next serial; at 99999 it raises and never wraps."""
    assert record_numbers.following("50023710010100001") == "50023710010100002"
    with pytest.raises(record_numbers.SeriesExhausted):
        record_numbers.following("50023710010199999")


def test_printed_and_segment():
    """Paper shows the last eight digits; a segment is checked when it is put together."""
    assert record_numbers.printed("50023710010100042") == "101-00042"
    assert record_numbers.segment("500237", "100", "101") == "500237100101"
    with pytest.raises(BadText):
        record_numbers.segment("500237", "100", "201")
