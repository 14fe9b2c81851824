"""The compiled conditions say what the reference says, on random conditions and random records."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st
from tests.generative import asking, conditions, engines, subjects

from gongwei.engines import compiled, compiled_nodes, compiled_periods, row
from gongwei.engines.subjects import DateRange, Subject
from gongwei.language import nodes
from gongwei.language.expressions import Node, children
from gongwei.language.measures import Fact


def everything(seen: Counter[type[Node]]) -> Any:
    """One drawn question, put to both; `seen` counts the nodes."""

    def note(node: Node) -> None:
        seen[type(node)] += 1
        for inner in children(node):
            note(inner)

    def question(data: st.DataObject) -> None:
        steps = data.draw(subjects.STEPS)
        people = data.draw(subjects.subjects(steps))
        drawn = data.draw(conditions.about_records(subjects.FollowUp, 12, 4))
        for node in drawn.values():
            note(node)
        wanted = engines.ENGINES["row"].of_records(subjects.FollowUp, drawn, people, steps)
        together = compiled.values_of(list(drawn.values()))
        for place, subject in enumerate(people):
            for record in subject.records:
                if record.form is subjects.FollowUp:
                    found = engines._plain(together(record, subject), drawn)
                    assert found == wanted[place, record.id], f"{drawn} {record}"
                    truths = [node for node in drawn.values() if node.type.kind.value == "truth"]
                    first = next(
                        (n for n, node in enumerate(truths) if row.evaluate(node, record, subject) is True),
                        -1,
                    )
                    assert compiled.first_true(truths)(record, subject) == first
                    for truth in (True, False):
                        said = [
                            n for n, node in enumerate(truths) if row.evaluate(node, record, subject) is truth
                        ]
                        assert compiled.places(truths, truth)(record, subject) == said, f"{truths} {record}"

    return question


def asked(
    examples: int, question: Any = everything, wanted: set[type[Node]] | None = None
) -> Counter[type[Node]]:
    """What came up in so many questions: until all that is wanted did; new questions each time where nothing is."""
    seen: Counter[type[Node]] = Counter()
    asking.ask_until(
        lambda: wanted is None or wanted <= set(seen),
        [(question(seen), examples)],
        repeatable=wanted is not None,
    )
    return seen


def test_compiled_conditions_agree_with_the_reference() -> None:
    about_records = set(compiled_nodes.WRITERS)
    seen = asked(25, wanted=about_records)
    assert about_records - set(seen) == set(), "never generated"


@pytest.mark.parametrize("value", [3, Decimal("2.5"), "1", True, date(2024, 2, 29)])
def test_whether_a_fact_without_records_is_missing_is_asked_without_a_warning(value: Any) -> None:
    """Python warns of `3 is None`; a warning is an error here, and a line in the log of a county."""
    missing = compiled_periods.value_of(nodes.IsMissing(nodes.FactValue(Fact("定值", value))))
    assert missing(Subject(), DateRange(date(2024, 1, 1), date(2024, 12, 31))) is False


def about_periods(seen: Counter[type[Node]]) -> Any:
    """The same about subjects in a period."""

    def note(node: Node) -> None:
        seen[type(node)] += 1
        if isinstance(node, nodes.FactValue):
            note(node.fact.value)
        for inner in children(node):
            note(inner)

    def question(data: st.DataObject) -> None:
        steps = data.draw(subjects.STEPS)
        people = data.draw(subjects.subjects(steps))
        period = data.draw(subjects.periods())
        drawn = data.draw(conditions.about_periods(12, 4))
        for node in drawn.values():
            note(node)
        wanted = engines.ENGINES["row"].of_period(drawn, people, period, steps)
        together = compiled_periods.values_of(list(drawn.values()))
        for place, subject in enumerate(people):
            assert engines._plain(together(subject, period), drawn) == wanted[place], f"{drawn} {period}"

    return question


def test_compiled_conditions_about_periods_agree_with_the_reference() -> None:
    seen = asked(60, about_periods, OF_PERIODS)
    assert OF_PERIODS - set(seen) == set(), "never generated"


OF_PERIODS = {
    nodes.PeriodEdge, nodes.FactValue, nodes.EpisodeOverlaps, nodes.EpisodeActiveOn, nodes.EpisodeUnits,
    nodes.CountIn, nodes.LatestIn, nodes.WidestGapIn, nodes.UnansweredIn,
}  # fmt: skip


def test_every_node_is_compiled_or_left_to_the_reference() -> None:
    assert set(nodes.ALL_NODES) - OF_PERIODS <= set(compiled_nodes.WRITERS) | set(row.EVALUATORS)
    assert set(compiled_periods._WRITERS) >= OF_PERIODS


@pytest.mark.night
@pytest.mark.timeout(3600)
def test_compiled_conditions_agree_on_many() -> None:
    asked(3000)
    asked(3000, about_periods)
