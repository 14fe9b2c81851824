"""What can still be made good before the year ends, and what is lost: hypertension.md §5, P1 to P5."""

import datetime as dt

import pytest

from gongwei import catalogue
from gongwei.engines import closable, row
from gongwei.language import PERIOD, Date, Form, any_of, case
from gongwei.language.measures import Fact
from gongwei.language.parameters import DatedValue, Override

FOLLOW_UP, CHECK_UP = catalogue.form("htn_follow_up"), catalogue.form("check_up")
FACTS = {
    fact.label: fact for measure in catalogue.programme("hypertension").measures for fact in measure.facts
}
YEAR = row.DateRange(dt.date(2025, 1, 1), dt.date(2025, 12, 31))
STRICT = [Override("htn.standard_level", DatedValue(dt.date(1900, 1, 1), "strict", "tests"))]


def follow_up(day, **answers):
    on = dt.date.fromisoformat(day)
    return row.Record(
        FOLLOW_UP, on, {"done_on": on, "mode": "1", "systolic": 130, "diastolic": 80} | answers, day
    )


def resident(*records, started="2024-03-01", overrides=()):
    spans = (row.EpisodeSpan("hypertension", dt.date.fromisoformat(started)),)
    return row.Subject({"birth_date": dt.date(1960, 1, 1)}, records, spans, catalogue.parameters(overrides))


@pytest.mark.parametrize(
    ("days", "started", "today", "possible"),
    [
        (["2025-02-10"], "2024-03-01", "2025-05-01", True),  # the second quarter still runs
        (
            ["2025-02-10"],
            "2024-03-01",
            "2025-06-30",
            True,
        ),  # 140 days without, but one today gives each quarter one
        (["2025-02-10"], "2024-03-01", "2025-07-01", False),
        (["2025-03-25"], "2024-03-01", "2025-07-02", True),  # a quarter is missed, but 99 days are no gap yet
        (["2025-03-25"], "2024-03-01", "2025-07-11", False),
        ([], "2025-05-20", "2025-07-20", True),
        (["2025-01-10", "2025-04-20", "2025-07-20", "2025-10-20"], "2024-03-01", "2025-11-01", True),
        ([], "2024-03-01", "2026-01-05", False),  # the year is over
    ],
)
def test_a_quarter_that_is_over_and_a_gap_too_wide_are_lost(days, started, today, possible):
    subject = resident(*map(follow_up, days), started=started)
    found = closable.can_hold(FACTS["随访间隔合理"], subject, YEAR, today=dt.date.fromisoformat(today))
    assert found is possible


def test_how_many_can_always_be_caught_up_while_the_year_lasts():
    subject = resident()
    for day, possible in ((dt.date(2025, 12, 31), True), (dt.date(2026, 1, 1), False)):
        assert closable.can_hold(FACTS["随访次数足够"], subject, YEAR, today=day) is possible
        assert closable.can_hold(FACTS["年度体检完整"], subject, YEAR, today=day) is possible


@pytest.mark.parametrize(("today", "possible"), [("2025-02-27", True), ("2025-02-28", False)])
def test_a_deadline_of_two_weeks_passes(today, possible):
    subject = resident(follow_up("2025-02-10", systolic=150), overrides=STRICT)
    other = resident(follow_up("2025-02-10", systolic=150))
    on = dt.date.fromisoformat(today)
    period = row.DateRange(YEAR.first, YEAR.last)
    assert closable.can_hold(FACTS["两周内随访到位"], subject, period, today=on) is possible
    assert closable.can_hold(FACTS["两周内随访到位"], other, period, today=on) is True


def test_a_bad_form_can_be_corrected():
    subject = resident(follow_up("2025-02-10"))
    assert (
        closable.can_hold(FACTS["随访填写完整且分类正确"], subject, YEAR, today=dt.date(2025, 12, 1)) is True
    )


def test_somebody_can_close_a_measure_when_every_part_can():
    measure = catalogue.measure("HTN.1")
    late = resident(follow_up("2025-02-10"))
    assert closable.can_close(measure, late, YEAR, today=dt.date(2025, 5, 1)) is True
    assert closable.can_close(measure, late, YEAR, today=dt.date(2025, 9, 1)) is False
    assert closable.can_close(catalogue.measure("HTN.1A"), late, YEAR, today=dt.date(2025, 9, 1)) is True


class Note(Form):
    """A form with nothing but its day."""

    code, title, source = "closable_note", "试验表", "tests"
    done_on = Date("日期", required=True)


def test_alternatives_and_cases_are_lost_when_all_of_them_are():
    spread, seen = FACTS["随访间隔合理"].value, Note.any_in(PERIOD)
    subject, day = resident(), dt.date(2025, 9, 1)
    for value, possible in (
        (any_of(spread, seen), True),
        (spread & seen, False),
        (case((seen, seen), otherwise=spread), False),
        (spread.if_missing(False), False),
        (Fact("x", spread, code="x").node & seen, False),
    ):
        assert closable.can_hold(Fact("部分", value), subject, YEAR, today=day) is possible
