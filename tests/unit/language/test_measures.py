"""A measure's numerator lies within its denominator, whatever its parts say."""

import itertools
from datetime import date

import pytest
from tests.spec.forms import EP, F, G

from gongwei.engines.row import DateRange, EpisodeSpan, Record, Subject, evaluate_period
from gongwei.language import PERIOD, expressions
from gongwei.language.measures import Fact, Measure, Published, all_of, as_fact

managed = Fact("在管", EP.overlaps(PERIOD), code="managed")
refused = Fact("拒绝", F.latest_in(PERIOD, F.z))
controlled = Fact("达标", F.latest_in(PERIOD, F.y))
RATE = Measure("X.1", "率", managed, all_of(controlled), exclusions=all_of(refused), source="tests")
COUNT = Measure("X.2", "数", managed, source="tests")
TASKS = Measure("X.3", "完成率", Published("tasks", "任务数"), all_of(), among=managed, source="tests")
YEAR_2025 = DateRange(date(2025, 1, 1), date(2025, 12, 31))


def subject(in_care, y, z):
    answers = {name: value for name, value in (("y", y), ("z", z)) if value is not None}
    record = Record(F, date(2025, 3, 1), answers)
    spans = [EpisodeSpan("spec", date(2024, 1, 1))] if in_care else []
    return Subject(records=[record], episodes=spans)


@pytest.mark.parametrize(
    ("in_care", "y", "z"), list(itertools.product([True, False], [True, False, None], [True, False, None]))
)
def test_numerator_within_denominator_and_never_missing(in_care, y, z):
    who = subject(in_care, y, z)
    inside = evaluate_period(RATE.in_denominator, who, YEAR_2025)
    counted = evaluate_period(RATE.in_numerator, who, YEAR_2025)
    assert inside is (in_care and z is not True)
    assert counted is (inside and y is True)


def test_count_and_published():
    assert evaluate_period(COUNT.in_numerator, subject(True, None, None), YEAR_2025) is True
    assert evaluate_period(COUNT.in_numerator, subject(False, None, None), YEAR_2025) is False
    assert evaluate_period(TASKS.in_numerator, subject(True, None, None), YEAR_2025) is True
    assert TASKS.base is managed


def test_parts_keep_their_names_and_order():
    assert [fact.label for fact in RATE.facts] == ["在管", "拒绝", "达标"]
    assert COUNT.facts == (managed,)
    parts = all_of({"有表": F.any_in(PERIOD)}, controlled)
    assert [fact.label for fact in parts.facts] == ["有表", "达标"]
    assert evaluate_period(parts.holds, subject(True, True, None), YEAR_2025) is True
    assert evaluate_period(all_of().holds, Subject(), YEAR_2025) is True
    assert repr(managed) == "Fact(在管)"
    assert as_fact(managed) is managed
    assert as_fact(F.any_in(PERIOD), "有表").label == "有表"


def test_described_reaches_into_facts_and_is_the_same_for_the_same_meaning():
    again = Fact("在管", EP.overlaps(PERIOD))
    assert expressions.described(managed) == expressions.described(again)
    assert expressions.described(managed) != expressions.described(Fact("在管", EP.active_on(PERIOD.last)))
    assert expressions.described(F.n + 1) == [
        "Arithmetic",
        "add",
        ["answer", "spec_f", "n"],
        ["Literal", "1", ["ValueType", "number", "None"]],
    ]
    assert expressions.described({"a": frozenset({"b", "a"}), "c": F}) == [
        ["a", ["a", "b"]],
        ["c", ["form", "spec_f"]],
    ]
    assert expressions.described(len) == "len"
    assert expressions.described(G.count_in(PERIOD))[1] == ["form", "spec_g"]
