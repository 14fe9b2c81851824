"""Periods of reports: what a code means, how it is said."""

import datetime as dt

import pytest

from gongwei.measures import periods

D = dt.date


@pytest.mark.parametrize(
    ("code", "first", "last", "title", "year_before"),
    [
        ("2026-02", D(2026, 2, 1), D(2026, 2, 28), "2026年2月", "2025-02"),
        ("2024-02", D(2024, 2, 1), D(2024, 2, 29), "2024年2月", "2023-02"),
        ("2026-12", D(2026, 12, 1), D(2026, 12, 31), "2026年12月", "2025-12"),
        ("2026Q1", D(2026, 1, 1), D(2026, 3, 31), "2026年第一季度", "2025Q1"),
        ("2026Q4", D(2026, 10, 1), D(2026, 12, 31), "2026年第四季度", "2025Q4"),
        ("2026H1", D(2026, 1, 1), D(2026, 6, 30), "2026年上半年", "2025H1"),
        ("2026H2", D(2026, 7, 1), D(2026, 12, 31), "2026年下半年", "2025H2"),
        ("2026", D(2026, 1, 1), D(2026, 12, 31), "2026年", "2025"),
        ("2026-01..2026-06", D(2026, 1, 1), D(2026, 6, 30), "2026年1～6月", "2025-01..2025-06"),
        ("2026-01..2026-01", D(2026, 1, 1), D(2026, 1, 31), "2026年1月", "2025-01..2025-01"),
        (
            "2026-01..2026-06-15",
            D(2026, 1, 1),
            D(2026, 6, 15),
            "2026年1月1日至6月15日",
            "2025-01..2025-06-15",
        ),
        ("2024-01..2024-02", D(2024, 1, 1), D(2024, 2, 29), "2024年1～2月", "2023-01..2023-02"),
    ],
)
def test_a_code_says_its_days(code: str, first: dt.date, last: dt.date, title: str, year_before: str) -> None:
    period = periods.parse(code)
    assert period.days == (first, last)
    assert period.code == code
    assert period.title == title
    assert period.before().code == year_before


@pytest.mark.parametrize(
    "code",
    [
        "",
        "26",
        "2026-13",
        "2026-00",
        "2026Q5",
        "2026H3",
        "2026-01..2025-06",
        "2026-02..2026-06",
        "2026-1",
        " 2026",
    ],
)
def test_nonsense_is_refused(code: str) -> None:
    with pytest.raises(ValueError):
        periods.parse(code)


def test_periods_of_a_day() -> None:
    day = D(2026, 8, 17)
    found = [periods.month(day), periods.quarter(day), periods.half(day), periods.to_date(day)]
    assert [each.code for each in found] == ["2026-08", "2026Q3", "2026H2", "2026-01..2026-08-17"]


def test_the_points_of_a_trend_end_at_the_day() -> None:
    assert [each.code for each in periods.months_until(D(2026, 3, 9))] == [
        "2026-01..2026-01",
        "2026-01..2026-02",
        "2026-01..2026-03-09",
    ]
