"""When the next contact is due: a pure function of what was done, with no knowledge of today (hypertension.md §2)."""

from datetime import date

import pytest
from tests.spec.forms import F, G

from gongwei.language import BIRTH_DATE, PERIOD, Parameter, days, months, weeks, years
from gongwei.language.decisions import Advise, Refer, Revisit
from gongwei.language.episodes import Episode
from gongwei.language.intervals import MONTH, QUARTER, WEEK, YEAR, Interval, after, before, unit_index
from gongwei.language.schedules import CALENDAR_YEAR, Contact, Due, Schedule, next_due

QUARTERLY = Contact("随访", F, every=months(3), early=days(15), late=days(15))
YEARLY = Contact("体检", G, once_in=CALENDAR_YEAR)
AGES = Contact("新生儿访视", F, at=(days(7), days(28), months(3), years(1)), early=days(3), late=weeks(1))
SCHEDULE = Schedule(Episode("s", "管理", source="tests"), [QUARTERLY, YEARLY])


def due(earliest, day, latest, reason):
    return Due(*(date.fromisoformat(each) for each in (earliest, day, latest)), reason)


@pytest.mark.parametrize(
    ("started", "last", "advice", "wanted"),
    [
        ("2025-01-10", None, (), due("2025-03-26", "2025-04-10", "2025-04-25", "first")),
        ("2025-01-10", "2025-04-10", (), due("2025-06-25", "2025-07-10", "2025-07-25", "routine")),
        ("2025-01-10", "2025-11-30", (), due("2026-02-13", "2026-02-28", "2026-03-15", "routine")),
        ("2023-01-10", "2023-11-30", (), due("2024-02-14", "2024-02-29", "2024-03-15", "routine")),
        (
            "2025-01-10",
            "2025-03-10",
            (Advise("调药"), Revisit(days(14), late=days(3))),
            due("2025-03-11", "2025-03-24", "2025-03-27", "advice"),
        ),
        ("2025-01-10", "2025-03-10", (Refer(),), due("2025-05-26", "2025-06-10", "2025-06-25", "routine")),
        # advice of a contact never done is none
        ("2025-01-10", None, (Revisit(days(14)),), due("2025-03-26", "2025-04-10", "2025-04-25", "first")),
    ],
)
def test_every_three_months(started, last, advice, wanted):
    last_day = date.fromisoformat(last) if last else None
    assert next_due(QUARTERLY, date.fromisoformat(started), last_day, advice) == wanted


@pytest.mark.parametrize(
    ("started", "last", "wanted"),
    [
        ("2025-05-01", None, due("2025-05-01", "2025-12-31", "2025-12-31", "yearly")),
        ("2024-05-01", "2025-06-15", due("2026-01-01", "2026-06-15", "2026-12-31", "yearly")),
        ("2024-05-01", "2024-02-29", due("2025-01-01", "2025-02-28", "2025-12-31", "yearly")),
        # an exam of earlier years, before the episode began
        ("2025-05-01", "2023-02-01", due("2025-05-01", "2025-05-01", "2025-12-31", "yearly")),
    ],
)
def test_once_in_a_calendar_year(started, last, wanted):
    last_day = date.fromisoformat(last) if last else None
    assert next_due(YEARLY, date.fromisoformat(started), last_day) == wanted


def test_at_ages():
    born = date(2025, 1, 31)
    assert next_due(AGES, born) == due("2025-02-04", "2025-02-07", "2025-02-14", "milestone")
    assert next_due(AGES, born, date(2025, 2, 7)) == due(
        "2025-02-25", "2025-02-28", "2025-03-07", "milestone"
    )
    # a record in the window of the third age closes it, an earlier one does not
    assert next_due(AGES, born, date(2025, 4, 26)).due == date(2025, 4, 30)
    assert next_due(AGES, born, date(2025, 4, 27)).due == date(2026, 1, 31)
    assert next_due(AGES, born, date(2026, 1, 30)) is None


def test_the_window_never_opens_before_the_last_contact_or_the_start():
    short = Contact("随访", F, every=Interval(WEEK, 1), early=days(15), late=days(15), counted_by=MONTH)
    start = date(2025, 1, 10)
    assert next_due(short, start).earliest == start
    assert next_due(short, start, date(2025, 2, 1)).earliest == date(2025, 2, 2)


def test_intervals_may_be_parameters():
    contact = Contact(
        "随访", F, every=months(Parameter("x.m")), early=days(Parameter("x.d")), counted_by=QUARTER
    )
    values = {"x.m": 2, "x.d": 10}
    assert next_due(contact, date(2025, 1, 10), parameter=values.__getitem__) == due(
        "2025-02-28", "2025-03-10", "2025-03-10", "first"
    )


def test_schedules_never_skip():
    """Doing each contact on its due day, from any start, gives four or more in every year."""
    for start in (date(2024, 1, 31), date(2024, 2, 29), date(2025, 8, 31), date(2025, 11, 30)):
        day, done = start, []
        for _ in range(12):
            day = next_due(QUARTERLY, start, day).due
            done.append(day)
        quarters = {unit_index(each, QUARTER) for each in done}
        assert len(quarters) == 12


def test_counted_by():
    assert QUARTERLY.counted_by is QUARTER
    assert Contact("a", F, every=months(1)).counted_by is MONTH
    assert Contact("a", F, every=months(12)).counted_by is YEAR
    assert YEARLY.kept_in(PERIOD).type.kind == "truth"
    assert QUARTERLY.units_kept_in(PERIOD).distinct_on is QUARTER


def test_starts_elsewhere():
    schedule = Schedule(Episode("c", "儿童", source="tests"), [AGES], starts=BIRTH_DATE)
    assert schedule.starts is BIRTH_DATE
    assert AGES.schedule is schedule


def test_words_of_advice():
    assert Revisit(days(14)).text == "2周内随访"
    assert Revisit(days(10)).text == "10天内随访"
    assert Revisit(months(6)).text == "6个月内随访"
    assert Revisit(days(Parameter("x.d")), purpose="复查").text == "复查"
    assert Refer().text == "转诊"
    assert Refer(urgent=True).text == "紧急转诊"
    assert Advise("少吃盐").text == "少吃盐"


def test_before_and_after():
    assert after(date(2025, 1, 31), months(1)) == date(2025, 2, 28)
    assert before(date(2025, 3, 31), months(1)) == date(2025, 2, 28)
    assert unit_index(date(2025, 1, 6), WEEK) == unit_index(date(2025, 1, 5), WEEK) + 1
