"""The reference engine beyond the spec tables: complete, and honest about what it was not given."""

from datetime import date
from decimal import Decimal

import pytest
from tests.spec.forms import PARAMETERS, F

from gongwei.engines import row
from gongwei.engines.judging import classify
from gongwei.engines.row import Record, Subject, evaluate
from gongwei.language import PERIOD, Parameter, days, months, nodes, previous
from gongwei.language.decisions import DecisionTable, Revisit, Row
from gongwei.language.schedules import Contact


def test_every_node_has_an_evaluator():
    assert set(row.EVALUATORS) == set(nodes.ALL_NODES)


def record(day=date(2025, 3, 10), **answers):
    return Record(F, day, answers, id="b")


def test_parameters_not_given_are_an_error_not_missing():
    with pytest.raises(KeyError, match=r"spec\.limit"):
        evaluate(Parameter("spec.limit"), record(), Subject())


def test_choices_may_come_as_any_collection():
    for value in ({"1", "2"}, ["1", "2"], ("1", "2"), frozenset({"1", "2"})):
        assert evaluate(F.s.count(), record(s=value), Subject()) == 2


def test_the_record_itself_is_not_its_own_past():
    own = record(n=1)
    assert evaluate(previous(F.n), own, Subject(records=[own])) is None


def test_exact_where_floats_are_not():
    assert (
        evaluate(F.n + F.m == Decimal("0.3"), record(n=Decimal("0.1"), m=Decimal("0.2")), Subject()) is True
    )


TABLE = DecisionTable(
    "分级",
    on=F,
    source="tests",
    rows=(
        Row("high", "高", F.n >= 140, (Revisit(days(14)),), proposes={"c": "2", "m": F.n - 1}),
        Row("low", "低", F.n < 140, proposes={"c": "1"}),
        Row("unknown", "不详", when=None),
    ),
)
CONTACT = Contact("随访", F, every=months(3))


@pytest.mark.parametrize(
    ("answers", "code", "due", "proposes"),
    [
        ({"n": 150}, "high", date(2025, 3, 24), {"c": "2", "m": 149}),
        ({"n": 120}, "low", date(2025, 6, 10), {"c": "1"}),
        ({}, "unknown", None, {}),
    ],
)
def test_classify(answers, code, due, proposes):
    outcome = classify(TABLE, record(**answers), Subject(parameters=PARAMETERS), CONTACT)
    assert outcome.row.code == code
    assert (outcome.next_due.due if outcome.next_due else None) == due
    assert dict(outcome.proposes) == proposes
    assert evaluate(TABLE.chosen, record(**answers), Subject()) == code
    assert evaluate(TABLE.proposal("c"), record(**answers), Subject()) == proposes.get("c")


def test_classify_without_a_contact_says_no_day():
    assert classify(TABLE, record(n=150), Subject()).next_due is None
    assert TABLE.row("low").label == "低"
    with pytest.raises(KeyError, match="no row 'x'"):
        TABLE.row("x")


def test_a_call_without_a_limit_in_force_counts_nothing():
    """`spec.days` holds from 2020 on; in 2019 nothing says how long an answer may take."""
    calls = F.unanswered_in(PERIOD, where=F.n >= 140, within=Parameter("spec.days"))
    early = Subject(records=[record(date(2019, 3, 1), n=150)], parameters=PARAMETERS)
    year = row.DateRange(date(2019, 1, 1), date(2019, 12, 31))
    assert row.evaluate_period(calls, early, year) == 0
