"""What is expected, by the tables of hypertension.md §2 and elderly.md §2; no database."""

import datetime as dt
from uuid import UUID

import pytest

from gongwei import catalogue
from gongwei.language.schedules import ADVICE, Due
from gongwei.tasks import contacts, planning
from gongwei.tasks.planning import Done, Span

D = dt.date
TODAY = D(2025, 6, 2)
EPISODE = UUID(int=1)


def plan(spans, done=(), today=TODAY, **said):
    """The expected tasks by (contact, anchor)."""
    found = planning.expected(
        spans, done, contacts.of_kind, today=today, parameter=contacts.parameter, **said
    )
    assert len({(each.contact, each.anchor) for each in found}) == len(found)
    return {(each.contact, each.anchor): each for each in found}


BEGAN = D(2025, 1, 10)


def hypertension(first=BEGAN, last=None):
    return Span("hypertension", first, last, EPISODE)


def done(on, *serves, number=None, **said):
    return Done(UUID(int=number or on.toordinal()), on, frozenset(serves), **said)


FOLLOW_UP, CHECK_UP = "htn.follow_up", "htn.check_up"


@pytest.mark.parametrize(
    ("done_on", "due"),
    [
        (D(2025, 4, 10), D(2025, 7, 10)),
        (D(2024, 11, 30), D(2025, 2, 28)),  # month's end is clipped: 30 Nov + 3 months
    ],
)
def test_the_next_follow_up_is_three_months_later_within_fifteen_days(done_on, due):
    task = plan([hypertension(D(2024, 1, 1))], [done(done_on, FOLLOW_UP)])[FOLLOW_UP, f"after:{done_on}"]
    assert (task.due, task.earliest, task.latest) == (
        due,
        due - dt.timedelta(days=15),
        due + dt.timedelta(days=15),
    )


def test_an_advice_that_is_the_routine_has_the_window_of_the_routine():
    """diabetes.md §1: at risk once a year; a normal result advises a year and names no tolerance (dm.high_risk_window_days)."""
    on, year = D(2025, 4, 1), D(2026, 4, 1)
    at_risk = Span("dm_high_risk", D(2025, 3, 1), None, EPISODE)
    glucose = "dm_high_risk.glucose"
    advised = Due(D(2025, 4, 2), year, year, ADVICE)
    task = plan([at_risk], [done(on, glucose, advised=advised)])[glucose, "after:2025-04-01"]
    assert (task.earliest, task.due, task.latest, task.state) == (
        D(2026, 3, 2),
        year,
        D(2026, 5, 1),
        planning.DRAFT,
    )
    # With a tolerance of its own, or sooner, the advice stands.
    for advice in (
        Due(D(2025, 4, 2), year, D(2026, 4, 3), ADVICE),
        Due(D(2025, 4, 2), D(2025, 4, 15), D(2025, 4, 15), ADVICE),
    ):
        task = plan([at_risk], [done(on, glucose, advised=advice)])[glucose, "after:2025-04-01"]
        assert (task.earliest, task.due, task.latest) == (advice.earliest, advice.due, advice.latest)


def test_a_rules_revisit_comes_before_the_interval():
    advised = Due(D(2025, 5, 2), D(2025, 5, 15), D(2025, 5, 18), ADVICE)
    task = plan([hypertension()], [done(D(2025, 5, 1), FOLLOW_UP, advised=advised)])[
        FOLLOW_UP, "after:2025-05-01"
    ]
    assert (task.due, task.reason) == (D(2025, 5, 15), "advice")


@pytest.mark.parametrize(
    ("agreed", "due", "latest"),
    [
        (D(2025, 6, 20), D(2025, 6, 20), D(2025, 7, 5)),  # an earlier day was agreed: fifteen days from it
        (D(2025, 8, 10), D(2025, 8, 10), D(2025, 8, 16)),  # within the window: never longer than the rule's
        (D(2025, 9, 30), D(2025, 8, 1), D(2025, 8, 16)),  # later than the rule allows: the rule's day stands
        (None, D(2025, 8, 1), D(2025, 8, 16)),
    ],
)
def test_the_day_agreed_counts_while_the_rule_allows_it(agreed, due, latest):
    task = plan([hypertension()], [done(D(2025, 5, 1), FOLLOW_UP, agreed=agreed)])[
        FOLLOW_UP, "after:2025-05-01"
    ]
    assert (task.due, task.latest) == (due, latest)


def test_one_check_up_closes_the_yearly_contact_of_three_programmes():
    spans = [
        hypertension(),
        Span("diabetes", D(2025, 2, 1), None, UUID(int=2)),
        Span("older_people", D(2024, 1, 1)),
    ]
    both = frozenset({"htn.check_up", "dm.check_up", "older.check_up"})
    found = plan(spans, [Done(UUID(int=9), D(2025, 3, 3), both)])
    closed = {contact for (contact, anchor), each in found.items() if each.state == "completed"}
    assert closed == both
    assert {each.response for each in found.values() if each.state == "completed"} == {UUID(int=9)}


def test_a_check_up_before_management_began_counts_for_the_year():
    found = plan([hypertension(D(2025, 5, 1))], [done(D(2025, 3, 3), CHECK_UP)])
    assert found[CHECK_UP, "year:2025"].state == "completed"
    assert found[CHECK_UP, "year:2026"].due == D(2026, 3, 3)


def test_a_year_without_a_check_up_is_followed_by_the_present_one():
    found = plan([hypertension(D(2022, 1, 1))], [done(D(2023, 9, 9), CHECK_UP)])
    task = found[CHECK_UP, "year:2025"]
    assert (task.earliest, task.due, task.latest, task.state) == (
        D(2025, 1, 1),
        D(2025, 9, 9),
        D(2025, 12, 31),
        "ready",
    )


def test_a_follow_up_before_management_began_counts_for_nothing():
    found = plan([hypertension()], [done(D(2025, 1, 9), FOLLOW_UP)])
    assert found[FOLLOW_UP, "start:2025-01-10"].state == "ready"


@pytest.mark.parametrize("reason", ["ended", "gone"])
def test_nothing_is_left_to_do_after_the_end_and_what_was_done_stays(reason):
    span = hypertension(last=D(2025, 5, 1)) if reason == "ended" else hypertension()
    found = plan([span], [done(D(2025, 4, 3), FOLLOW_UP)], open_allowed=reason != "gone")
    assert {key: each.state for key, each in found.items()} == {(FOLLOW_UP, "start:2025-01-10"): "completed"}


def test_two_records_of_one_day_are_one_contact():
    twice = [done(D(2025, 4, 3), FOLLOW_UP, number=5), done(D(2025, 4, 3), FOLLOW_UP, number=6)]
    found = plan([hypertension()], twice)
    assert found[FOLLOW_UP, "start:2025-01-10"].response == UUID(int=6)
    assert sum(each.contact == FOLLOW_UP for each in found.values()) == 2


def test_every_contact_has_a_form_a_programme_and_a_digest():
    for contact in catalogue.contacts():
        assert contacts.form_of(contact.code) == contact.form.code
        assert catalogue.programme(contacts.programme_of(contact.code)).code
        assert len(contacts.rule_of(contact.code)) == 16
    assert len({contacts.rule_of(each.code) for each in catalogue.contacts()}) == len(catalogue.contacts())
