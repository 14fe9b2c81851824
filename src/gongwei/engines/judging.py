"""Judging one record with the reference engine: its class and what follows, what is wrong with it, what is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from gongwei.engines.row import Record, Subject, evaluate
from gongwei.language import fields, forms, types
from gongwei.language.abnormal import Abnormal
from gongwei.language.checks import RecordCheck
from gongwei.language.decisions import Advice, DecisionTable, Row
from gongwei.language.schedules import Contact, Due, next_due
from gongwei.language.types import Severity, Value


@dataclass(frozen=True)
class Outcome:
    """What a decision table says of a record: the row, its advice, what it proposes for the answers, the next contact.
    `next_due` is None when nothing could be said (the last row) or no contact was given."""

    row: Row
    advice: tuple[Advice, ...]
    proposes: Mapping[str, Value]
    next_due: Due | None


def classify(
    table: DecisionTable,
    record: Record,
    subject: Subject,
    contact: Contact | None = None,
    started_on: date | None = None,
) -> Outcome:
    """The first row that holds. `started_on` (the episode's start) matters only to a contact never done before."""
    row = next(
        (r for r in table.rows if r.when is None or evaluate(r.when, record, subject) is True), table.rows[-1]
    )
    due = None
    if contact is not None and row.when is not None:
        due = next_due(
            contact,
            started_on or record.done_on,
            record.done_on,
            row.advice,
            lambda code: subject.parameters(code, record.done_on),
        )
    proposes = {name: evaluate(table.proposed(row, name), record, subject) for name in row.proposes}
    return Outcome(row, row.advice, proposes, due)


@dataclass(frozen=True)
class Problem:
    """Something wrong with a record, in the words the user reads. `row` is the index of a row of a Rows field."""

    field: str
    message: str
    severity: Severity
    rule: str
    row: int | None = None
    within: str = ""  # the Rows field the row belongs to


def problems(record: Record, subject: Subject, checks: Sequence[RecordCheck] = ()) -> tuple[Problem, ...]:
    """Everything wrong with a record, in the order of the form, then of the checks: wrong shapes first, because a
    condition about a value of the wrong shape says nothing."""
    found: list[Problem] = []
    shaped: dict[str, Any] = {}
    for name, each in record.form.fields.items():
        value = record.answers.get(name)
        problem = None if fields.is_missing(value) else each.shape_problem(value)
        if problem is not None:
            found.append(Problem(name, problem, types.BLOCK, "shape"))
        else:
            shaped[name] = value
    known = replace(record, answers=shaped)
    wrong = {problem.field for problem in found}
    for condition in forms.conditions(record.form):
        name = condition.field.name
        if name not in wrong and evaluate(condition.holds, known, subject) is False:
            found.append(Problem(name, condition.message, condition.severity, condition.rule))
    order = {name: place for place, name in enumerate(record.form.fields)}
    found.sort(key=lambda problem: order[problem.field])
    for name, each in record.form.fields.items():
        if isinstance(each, fields.Rows) and name in shaped:
            found.extend(_row_problems(each, shaped[name] or (), known, subject))
    for check in checks:
        if evaluate(check.node, known, subject) is False:
            where = check.fields[0] if check.fields else ""
            found.append(Problem(where, check.text, check.then, check.code or check.title))
    return tuple(found)


def _row_problems(
    each: fields.Rows, rows: Iterable[Any], record: Record, subject: Subject
) -> Iterable[Problem]:
    for place, row in enumerate(rows):
        inside = problems(replace(record, form=each.row, answers=row), subject)
        for problem in inside:
            message = f"第{place + 1}行：{problem.message}"
            yield replace(problem, message=message, row=place, within=each.name)


def computed_answers(record: Record, subject: Subject) -> dict[str, Value]:
    """The values of the form's computed fields."""
    return {
        name: evaluate(each.computed, record, subject)
        for name, each in record.form.fields.items()
        if each.computed is not None
    }


def abnormal(record: Record, subject: Subject, items: Sequence[Abnormal]) -> list[Abnormal]:
    """What is abnormal in a record, in order; of several findings about one field the first. `items`: `catalogue.abnormal(form)`."""
    found: dict[str, Abnormal] = {}
    for each in items:
        if (
            each.on is record.form
            and each.field.name not in found
            and evaluate(each.node, record, subject) is True
        ):
            found[each.field.name] = each
    return list(found.values())
