"""The engines the spec tables are run on. An engine is two functions; a new one adds a line to ENGINES."""

from collections.abc import Sequence
from typing import Protocol

from gongwei.engines import row
from gongwei.language.expressions import Expression
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


ENGINES: dict[str, Engine] = {"row": RowEngine()}
