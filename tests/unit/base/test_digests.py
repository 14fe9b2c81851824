"""SM3 against the vectors of GB/T 32905-2016, annex A."""

import datetime as dt
from uuid import UUID

import pytest

from gongwei.base import digests


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3(text, expected):
    assert digests.sm3(text).hex() == expected
    assert digests.sm3(text[:1], text[1:]).hex() == expected


def test_canonical_form_is_one():
    moment = dt.datetime(2025, 1, 1, 8, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    identifier = UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    written = digests.canonical({"b": moment, "a": [identifier, dt.date(2025, 1, 2), "甲", None]})
    assert written.decode() == (
        '{"a":["017f22e2-79b0-7cc3-98c4-dc0c0c07398f","2025-01-02","甲",null],"b":"2025-01-01T00:00:00.000000+00:00"}'
    )


def test_what_has_no_canonical_form_is_refused():
    with pytest.raises(TypeError, match="canonical"):
        digests.canonical({1, 2})
