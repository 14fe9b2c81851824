"""`judgement.judge` for very many records of one form: the same verdicts from compiled conditions.

Whatever is out of the ordinary (an answer of the wrong shape) goes to `judgement` itself. tests/integration/excel holds the two
equal on random answers.
"""

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from gongwei import catalogue
from gongwei.engines import compiled, judging, row
from gongwei.language import expressions, fields, forms, nodes, types
from gongwei.language.expressions import Node
from gongwei.language.schedules import next_due
from gongwei.records import answers as answering
from gongwei.records import definitions, judgement, referral_causes


@cache
def of(form_code: str) -> "Judge":
    """The judge of a form, compiled once in each process."""
    return Judge(definitions.of(form_code))


@dataclass(frozen=True)
class _Conditions:
    """The conditions that follow from a group's fields, compiled, in the order problems are told."""

    all: tuple[forms.Condition, ...]
    values: compiled.Values
    order: Mapping[str, int]
    rows: tuple[fields.Rows, ...]


@cache
def _conditions(group: type[forms.FieldGroup]) -> _Conditions:
    found = forms.conditions(group)
    # `judge` sees to it that a form's own answers are plain; the lines of a table inside it are as they were given.
    return _Conditions(
        found,
        compiled.values_of([each.holds for each in found], plain=issubclass(group, forms.Form)),
        {name: place for place, name in enumerate(group.fields)},
        tuple(each for each in group.fields.values() if isinstance(each, fields.Rows)),
    )


class Judge:
    """One form's checks, classification and computed answers, ready for very many records."""

    def __init__(self, definition: definitions.Definition) -> None:
        self.definition = definition
        self.form = definition.form
        self._checks = compiled.values_of([each.node for each in definition.checks], plain=True)
        self._computed = [
            (name, each, compiled.value_of(each.computed.node, plain=True))
            for name, each in self.form.fields.items()
            if each.computed is not None
        ]
        # One may use another (total, then level): then once for each of them is enough.
        names = {name for name, _, _ in self._computed}
        asked = {
            answer.name
            for name in names
            for answer in _answers(self.form.fields[name].computed.node)  # type: ignore[union-attr]
        }
        self._passes = range(len(names) if names & asked else min(1, len(names)))
        self._table = definition.tables[0] if definition.tables else None
        if self._table is not None:
            whens = [each.when for each in self._table.rows]
            # What comes after a row without a condition is never reached.
            self._whens = list(itertools.takewhile(lambda when: when is not None, whens))
            self._first = compiled.first_true([each.node for each in self._whens], plain=True)
            self._proposes = [
                {
                    name: compiled.value_of(self._table.proposed(each, name).node, plain=True)
                    for name in each.proposes
                }
                for each in self._table.rows
            ]
        where = definition.contact.node_where if definition.contact else None
        self._served = None if where is None else compiled.value_of(where, plain=True)
        sent_on = [each.node for each in catalogue.abnormal(self.form) if each.refer]
        self._abnormal = compiled.first_true(sent_on, plain=True)
        self._due: dict[tuple[str, date], Any] = {}
        #: The fields of the form's table with what makes a value the one stored (None: nothing does).
        self.stored = [
            (name, _as_stored(each)) for name, each in self.form.fields.items() if name != "done_on"
        ]

    def judge(
        self,
        *,
        id: UUID,
        values: Mapping[str, Any],
        done_on: date,
        entered_on: date,
        subject: row.Subject,
        shaped: bool = False,
    ) -> judgement.Judged:
        """See `judgement.judge`. `shaped`: the caller has seen that each value has the shape of its field."""
        if not all(map(_is_plain, values.values())):
            return judgement.judge(
                self.definition, id=id, values=values, done_on=done_on, entered_on=entered_on, subject=subject
            )
        known = {**values, "done_on": done_on}
        record = row.Record(self.form, done_on, known, str(id), entered_on)
        for _ in self._passes:
            for name, each, compute in self._computed:
                value = compute(record, subject)
                if value is not None and fields.is_missing(known.get(name)):
                    known[name] = judgement._fitted(each, value)
        outcome, differs = self.classified(record, known, subject, None)
        problems = self._problems(record, subject, values if shaped else ())
        if problems is None:
            problems = judging.problems(record, subject, self.definition.checks)
        return judgement.Judged(
            self.definition,
            id,
            {name: value for name, value in known.items() if name != "done_on"},
            tuple(each for each in problems if each.severity is types.BLOCK),
            tuple(each for each in problems if each.severity is not types.BLOCK),
            outcome,
            differs,
            self._served is None or self._served(record, subject) is True,
        )

    def classified(
        self,
        record: row.Record,
        known: dict[str, Any],
        subject: row.Subject,
        claimed: Mapping[str, Any] | None,
    ) -> tuple[dict[str, Any] | None, bool]:
        """See `judgement._classified`: fills missing derived answers into `known`."""
        table = self._table
        if table is None:
            return None, False
        place = self._first(record, subject)
        if place < 0:
            place = len(self._whens) if len(self._whens) < len(table.rows) else len(table.rows) - 1
        found = table.rows[place]
        differs = bool(claimed and claimed.get("row") not in (None, found.code))
        proposed_values = {name: propose(record, subject) for name, propose in self._proposes[place].items()}
        for name, proposed in proposed_values.items():
            given = known.get(name)
            if fields.is_missing(given):
                if proposed is not None and not judgement.demands_more(self.form, name, known):
                    known[name] = judgement._fitted(self.form.fields[name], proposed)
            elif proposed is not None and given != proposed:
                differs = True
        due = self._next_due(found, record.done_on, subject)
        if (
            due is not None
            and judgement.NEXT_DUE in self.form.fields
            and fields.is_missing(known.get(judgement.NEXT_DUE))
        ):
            known[judgement.NEXT_DUE] = due.due
        return {
            "table": table.code or table.title,
            "row": found.code,
            "label": found.label,
            "advice": [each.text for each in found.advice],
            "proposes": answering.plain(proposed_values),
            "next_due": None
            if due is None
            else {
                "earliest": due.earliest.isoformat(),
                "due": due.due.isoformat(),
                "latest": due.latest.isoformat(),
                "reason": due.reason,
            },
        }, differs

    def _next_due(self, found: Any, day: date, subject: row.Subject) -> Any:
        contact = self.definition.contact
        if contact is None or found.when is None:
            return None
        key = (found.code, day)
        if key not in self._due:
            self._due[key] = next_due(
                contact, day, day, found.advice, lambda code: subject.parameters(code, day)
            )
        return self._due[key]

    def _problems(
        self, record: row.Record, subject: row.Subject, shaped: Collection[str] = ()
    ) -> Sequence[judging.Problem] | None:
        """See `judging.problems`; None when an answer has not the shape of its field."""
        found = _group_problems(record, subject, shaped)
        if found is None:
            return None
        truths = self._checks(record, subject)
        if False in truths:
            for check, holds in zip(self.definition.checks, truths, strict=True):
                if holds is False:
                    where = check.fields[0] if check.fields else ""
                    found.append(judging.Problem(where, check.text, check.then, check.code or check.title))
        return found

    def may_refer(self, judged: judgement.Judged, done_on: date, subject: row.Subject) -> bool:
        """Whether the record may open or answer a referral, so that `referral_steps` must look at it."""
        if not (referral_causes.may_refer(self.form) or referral_causes.may_answer(self.form)):
            return False
        if judged.outcome and judged.outcome["row"] in referral_causes._advising_rows(self.form):
            return True
        record = row.Record(self.form, done_on, {**judged.values, "done_on": done_on}, str(judged.id))
        if referral_causes.answer(record) is not None or referral_causes._doctors_words(record):
            return True
        return self._abnormal(record, subject) >= 0

    @property
    def looks_back_at(self) -> tuple[str, ...]:
        """The fields of earlier records that this form's rules read, and those its classification reads of any record."""
        conditions = [each.holds for each in forms.conditions(self.form)]
        conditions += [each.node for each in self.definition.checks]
        conditions += [each.computed.node for each in self.form.fields.values() if each.computed is not None]
        wanted = {answer for node in conditions for answer in _named_before(node)}
        if self._table is not None:
            for each in self._table.rows:
                proposed = [self._table.proposed(each, name).node for name in each.proposes]
                for node in [*([each.when.node] if each.when is not None else []), *proposed]:
                    wanted |= {answer.name for answer in _answers(node)}
                wanted |= set(each.proposes)
        return tuple(name for name in self.form.fields if name in wanted and name != "done_on")


def _as_stored(each: fields.Field) -> Callable[[Any], Any] | None:
    if isinstance(each, fields.Choices):
        codes = each.options.codes
        return lambda value: [code for code in codes if code in value]
    if isinstance(each, fields.Rows):
        return lambda value: Jsonb(answering.plain(value))
    return None


def _is_plain(value: Any) -> bool:
    """Whether a value may be taken as it stands: there is something, and nobody can change it."""
    return type(value) not in _CHANGEABLE and (bool(value) or not fields.is_missing(value))


_CHANGEABLE = (list, set)


def _group_problems(
    record: row.Record, subject: row.Subject, shaped: Collection[str] = ()
) -> list[judging.Problem] | None:
    answers = record.answers
    known_fields = record.form.fields
    for name, value in answers.items():
        if name in shaped:
            continue
        each = known_fields.get(name)
        if value is None or each is None or _has_shape(each, value):
            continue
        if not fields.is_missing(value) and each.shape_problem(value) is not None:
            return None
    conditions = _conditions(record.form)
    found: list[judging.Problem] = []
    truths = conditions.values(record, subject)
    if False in truths:
        for condition, holds in zip(conditions.all, truths, strict=True):
            if holds is False:
                found.append(
                    judging.Problem(
                        condition.field.name, condition.message, condition.severity, condition.rule
                    )
                )
        found.sort(key=lambda problem: conditions.order[problem.field])
    for rows in conditions.rows:
        for place, each in enumerate(answers.get(rows.name) or ()):
            of_row = row.Record(rows.row, record.done_on, each, record.id, record.entered_on)
            inside = _group_problems(of_row, subject)
            if inside is None:
                return None
            for problem in inside:
                message = f"第{place + 1}行：{problem.message}"
                found.append(replace(problem, message=message, row=place, within=rows.name))
    return found


_shapes: set[tuple[int, type, Any]] = set()


def _has_shape(each: fields.Field, value: Any) -> bool:
    """Whether a value has been seen to have the shape of a field: cells of a column repeat themselves."""
    kind = type(value)
    if kind is dict or kind is list or kind is tuple:
        return False
    key = (id(each), kind, value)  # fields live as long as the process
    if key in _shapes:
        return True
    if each.shape_problem(value) is not None:
        return False
    if len(_shapes) < 200_000:
        _shapes.add(key)
    return True


def _answers(node: Node) -> list[nodes.Answer]:
    found = [node] if isinstance(node, nodes.Answer) else []
    for inner in expressions.children(node):
        found += _answers(inner)
    return found


def _named_before(node: Node) -> set[str]:
    """Names of the answers within `previous(...)`."""
    if isinstance(node, nodes.Previous):
        return {answer.name for answer in _answers(node)}
    return {name for inner in expressions.children(node) for name in _named_before(inner)}
