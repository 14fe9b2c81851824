"""The engines the spec tables are run on. An engine is two functions; a new one adds a line to ENGINES."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, cast

from tests.generative import engines as harness

from gongwei.engines import columnar, phone, row
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
    """The phone or the columns, as the generated tests ask them. A question is asked of all records of its subjects at
    once and remembered, because the tables ask cell by cell."""

    def __init__(self, engine: harness.Engine) -> None:
        self.engine = engine
        self.alone: dict[tuple[int, int], row.Subject] = {}
        self.known: dict[tuple[str, int], harness.RecordValues] = {}
        self.kept: list[object] = []  # what `id()` was taken of, so that no other takes its place

    def records(self, expression: Expression, cases: Sequence[tuple[row.Record, row.Subject]]) -> list[Value]:
        subjects = [self.with_record(record, subject) for record, subject in cases]
        asked = list({id(subject): subject for subject in subjects}.values())
        text = json.dumps(phone.to_json(expression.node), ensure_ascii=False)
        new = [subject for subject in asked if (text, id(subject)) not in self.known]
        if new:
            form = cast("type[Form]", cases[0][0].form)
            found = self.engine.of_records(form, {"value": expression.node}, new, steps(expression, new))
            for place, subject in enumerate(new):
                self.kept.append(subject)
                self.known[text, id(subject)] = {key: each for key, each in found.items() if key[0] == place}
        results = []
        for (record, _), subject in zip(cases, subjects, strict=True):
            values = self.known[text, id(subject)]
            results.append(
                next(each["value"] for (_, identity), each in values.items() if identity == record.id)
            )
        return results

    def with_record(self, record: row.Record, subject: row.Subject) -> row.Subject:
        """The subject, with the record among its records."""
        if any(each is record for each in subject.records):
            return subject
        key = id(record), id(subject)
        if key not in self.alone:
            self.kept += [record, subject]
            self.alone[key] = replace(subject, records=(*subject.records, record))
        return self.alone[key]

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
