"""The one clock: UTC instants, Chinese days."""

import datetime as dt

import pytest

from gongwei.base import clock


def test_now_is_aware_and_utc():
    assert clock.now().utcoffset() == dt.timedelta()


def test_the_day_is_the_day_in_china():
    with clock.fixed(dt.datetime(2025, 3, 31, 16, 0, tzinfo=dt.UTC)):
        assert clock.today() == dt.date(2025, 4, 1)
    with clock.fixed(dt.datetime(2025, 3, 31, 15, 59, tzinfo=dt.UTC)):
        assert clock.today() == dt.date(2025, 3, 31)


def test_a_fixed_day_is_that_day_and_nests():
    with clock.fixed(dt.date(2024, 2, 29)):
        assert clock.today() == dt.date(2024, 2, 29)
        with clock.fixed(dt.date(2020, 1, 1)):
            assert clock.today() == dt.date(2020, 1, 1)
        assert clock.today() == dt.date(2024, 2, 29)


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError, match="aware"), clock.fixed(dt.datetime(2024, 1, 1)):
        pass


def test_a_day_begins_at_16_utc_of_the_day_before():
    assert clock.start_of(dt.date(2025, 1, 1)) == dt.datetime(2024, 12, 31, 16, tzinfo=dt.UTC)
    assert clock.day_of(clock.start_of(dt.date(2025, 1, 1))) == dt.date(2025, 1, 1)
