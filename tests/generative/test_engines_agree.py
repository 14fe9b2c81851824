"""Random conditions on random records: the phone and the columns say what the reference says.

A few examples in the build (`asking`); many, and new ones each time, at night: `pytest -m night`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import strategies as st
from tests.generative import asking, conditions, engines, subjects
from tests.generative.conditions import Bundle

from gongwei.engines import columnar, row
from gongwei.engines import columnar_numbers as numbers
from gongwei.language import nodes
from gongwei.language.errors import DefinitionError
from gongwei.language.expressions import Node, children
from gongwei.language.types import NUMBER

#: Share of the drawn conditions that may be refused by the columns (numbers too wide) before the strategy is at fault.
MAY_BE_THROWN_AWAY = 0.05
CONDITIONS = 10


class Tally:
    """What was drawn: nodes by kind, and how many conditions had to be thrown away."""

    def __init__(self) -> None:
        self.nodes: Counter[type[Node]] = Counter()
        self.drawn = self.thrown_away = 0

    def note(self, node: Node) -> None:
        """Count a node and all inside it."""
        self.nodes[type(node)] += 1
        if isinstance(node, nodes.FactValue):
            self.note(node.fact.value)
        for inner in children(node):
            self.note(inner)

    @property
    def share_thrown_away(self) -> float:
        return self.thrown_away / max(self.drawn, 1)

    def keep(self, conditions: dict[str, Node], steps: engines.Steps) -> dict[str, Node]:
        """The conditions every engine takes."""
        self.drawn += len(conditions)
        kept = conditions
        if refused_by_columns(conditions, steps):
            kept = Bundle(
                (name, node)
                for name, node in conditions.items()
                if not refused_by_columns({name: node}, steps)
            )
        self.thrown_away += len(conditions) - len(kept)
        for node in kept.values():
            self.note(node)
        return kept


def refused_by_columns(conditions: dict[str, Node], steps: engines.Steps) -> bool:
    """Whether some numbers are too wide to be computed exactly in columns: an error when the query is made."""
    try:
        for node in conditions.values():
            for inner in columnar.reached(node):
                if inner.type == NUMBER:
                    numbers.wide(numbers.size(inner, steps))
    except DefinitionError:
        return True
    return False


def told(subjects: Sequence[row.Subject], conditions: dict[str, Node], steps: Any) -> str:
    """The whole question, for the message of a failure."""
    return f"\nsteps={steps}\nsubjects={subjects}\nconditions={conditions}"


def agree_on_records(tally: Tally, depth: int) -> Callable[[Any], None]:
    """One drawn question about records, put to all engines."""

    def question(data: st.DataObject) -> None:
        steps = data.draw(subjects.STEPS)
        people = data.draw(subjects.subjects(steps))
        drawn = data.draw(conditions.about_records(subjects.FollowUp, CONDITIONS, depth))
        kept = tally.keep(drawn, steps)
        wanted = engines.ENGINES["row"].of_records(subjects.FollowUp, kept, people, steps)
        for name in ("phone", "duckdb"):
            found = engines.ENGINES[name].of_records(subjects.FollowUp, kept, people, steps)
            assert found == wanted, f"{name}{told(people, kept, steps)}"

    return question


def agree_on_periods(tally: Tally, depth: int) -> Callable[[Any], None]:
    """One drawn question about subjects in a period, put to all engines."""

    def question(data: st.DataObject) -> None:
        steps = data.draw(subjects.STEPS)
        people = data.draw(subjects.subjects(steps))
        period = data.draw(subjects.periods())
        drawn = data.draw(conditions.about_periods(CONDITIONS, depth))
        kept = tally.keep(drawn, steps)
        wanted = engines.ENGINES["row"].of_period(kept, people, period, steps)
        for name in ("phone", "duckdb"):
            found = engines.ENGINES[name].of_period(kept, people, period, steps)
            assert found == wanted, f"{name} {period}{told(people, kept, steps)}"

    return question


def all_agree(records: int, of_periods: int, depth: int, repeatable: bool, record_property: Any) -> None:
    """Ask both kinds of question; then see that every node came up and that little was thrown away."""
    tally = Tally()

    def never() -> list[str]:
        return [each.__name__ for each in nodes.ALL_NODES if not tally.nodes[each]]

    questions = [(agree_on_records(tally, depth), records), (agree_on_periods(tally, depth), of_periods)]
    asking.ask_until(lambda: not never(), questions, repeatable=repeatable)
    record_property("conditions", tally.drawn)
    record_property("share_thrown_away", round(tally.share_thrown_away, 4))
    assert never() == [], f"never generated: {never()}"
    assert tally.share_thrown_away <= MAY_BE_THROWN_AWAY


def test_engines_agree(record_property: Any) -> None:
    all_agree(18, 18, depth=3, repeatable=True, record_property=record_property)


@pytest.mark.night
@pytest.mark.timeout(3600)
def test_engines_agree_on_many(record_property: Any) -> None:
    all_agree(1500, 1500, depth=4, repeatable=False, record_property=record_property)
