"""The engines the spec tables are run on. An engine is two functions; a new one adds a line to ENGINES."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, cast

from tests.generative import engines as harness

from gongwei.engines import columnar, row
from gongwei.language.expressions import Expression
from gongwei.language.forms import Form
from gongwei.language.parameters import ParameterSet
from gongwei.language.types import Value


class Engine(Protocol):
    """Runs one expression on many cases. `Subject.parameters` is a ParameterSet, so that an engine may see the dates."""

    def records(
        self, expression: Expression, cases: Sequence[tuple[row.Record, row.Subject]]
    ) -> list[Value]: ...

    def periods(
        self, expression: Expression, subjects: Sequence[row.Subject], period: row.DateRange
    ) -> list[Value]: ...


class RowEngine:
    """The reference: one at a time."""

    def records(self, expression: Expression, cases: Sequence[tuple[row.Record, row.Subject]]) -> list[Value]:
        return [row.evaluate(expression, record, subject) for record, subject in cases]

    def periods(
        self, expression: Expression, subjects: Sequence[row.Subject], period: row.DateRange
    ) -> list[Value]:
        return [row.evaluate_period(expression, subject, period) for subject in subjects]


class OtherEngine:
    """The phone or the columns, as the generated tests ask them: all cases in one question."""

    def __init__(self, engine: harness.Engine) -> None:
        self.engine = engine

    def records(self, expression: Expression, cases: Sequence[tuple[row.Record, row.Subject]]) -> list[Value]:
        asked: list[row.Subject] = []
        places: dict[int, int] = {}
        wanted = []
        for record, subject in cases:
            known = any(each is record for each in subject.records)
            if not known:
                asked.append(replace(subject, records=(*subject.records, record)))
                place = len(asked) - 1
            elif id(subject) in places:
                place = places[id(subject)]
            else:
                asked.append(subject)
                place = places[id(subject)] = len(asked) - 1
            wanted.append((place, record.id))
        form = cast("type[Form]", cases[0][0].form)
        found = self.engine.of_records(form, {"value": expression.node}, asked, steps(expression, asked))
        return [found[place, identity]["value"] for place, identity in wanted]

    def periods(
        self, expression: Expression, subjects: Sequence[row.Subject], period: row.DateRange
    ) -> list[Value]:
        found = self.engine.of_period(
            {"value": expression.node}, subjects, period, steps(expression, subjects)
        )
        return [found[place]["value"] for place in range(len(subjects))]


def steps(expression: Expression, subjects: Sequence[row.Subject]) -> harness.Steps:
    """The parameters' values over time; all subjects of a question have the same."""
    known = subjects[0].parameters
    return columnar.parameter_steps(known, [expression.node]) if isinstance(known, ParameterSet) else {}


ENGINES: dict[str, Engine] = {
    "row": RowEngine(),
    "phone": OtherEngine(harness.ENGINES["phone"]),
    "duckdb": OtherEngine(harness.ENGINES["duckdb"]),
}
