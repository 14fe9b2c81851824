"""`judgement.judge` for very many records of one form: the same verdicts from compiled conditions.

Whatever is out of the ordinary (an answer of the wrong shape) goes to `judgement` itself. tests/integration/excel holds the two
equal on random answers.
"""

import itertools
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from gongwei import catalogue
from gongwei.base import copy_text
from gongwei.engines import compiled, judging, row
from gongwei.language import expressions, fields, forms, nodes, types
from gongwei.language.decisions import DecisionTable
from gongwei.language.expressions import Node
from gongwei.language.schedules import next_due
from gongwei.records import answers as answering
from gongwei.records import bulk_problems, bulk_text, definitions, judgement, referral_causes


@cache
def of(form_code: str) -> "Judge":
    """The judge of a form, compiled once in each process."""
    return Judge(definitions.of(form_code))


#: So many different outcomes are remembered.
_MOST = 50_000


class Judge:
    """One form's checks, classification and computed answers, ready for very many records."""

    def __init__(self, definition: definitions.Definition) -> None:
        self.definition = definition
        self.form = definition.form
        own = forms.conditions(self.form)
        # In one function, for they ask for the same answers.
        self._failing = compiled.places(
            [*(each.holds for each in own), *(each.node for each in definition.checks)], False, plain=True
        )
        self._own_problems = [bulk_problems.told_of(each) for each in own]
        self._check_problems = [
            judging.Problem(
                each.fields[0] if each.fields else "", each.text, each.then, each.code or each.title
            )
            for each in definition.checks
        ]
        self._order = {name: place for place, name in enumerate(self.form.fields)}
        self._rows = [each for each in self.form.fields.values() if isinstance(each, fields.Rows)]
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
        #: What `previous` looks for where the class is found: a condition, or the nearest record whatever it says (None).
        self._looked_for = [
            None if having is None else compiled.value_of(having, plain=True)
            for having in _havings(self._table)
        ]
        where = definition.contact.node_where if definition.contact else None
        self._served = None if where is None else compiled.value_of(where, plain=True)
        self._items = catalogue.abnormal(self.form)
        self._abnormal = compiled.places([each.node for each in self._items], True, plain=True)
        self._sends = compiled.first_true([each.node for each in self._items if each.refer], plain=True)
        self._due: dict[tuple[str, date], Any] = {}
        self._outcomes: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._texts: dict[int, str] = {}
        #: Where the columns of the form's table stand, after those every table has, and how COPY reads a value of each.
        stored = [(name, each) for name, each in self.form.fields.items() if name != "done_on"]
        self.columns = {name: (place, bulk_text.as_copied(each)) for place, (name, each) in enumerate(stored)}
        self.empty = [copy_text.NULL] * len(stored)
        #: What every response of the form says of its form, as COPY reads it.
        self.head = copy_text.line((self.form.code, self.form.version, definition.digest))
        speaking = [*referral_causes._doctors_fields(self.form), referral_causes.ARRIVED]
        self._speaking = [name for name in speaking if name in self.form.fields]
        self._brings_back = referral_causes.SHEET_BACK in self.form.fields
        self._refers = referral_causes.may_refer(self.form) or referral_causes.may_answer(self.form)

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
        """See `judgement.judge`. `shaped`: the caller has seen that each value has the shape of its field, that it is no
        missing one and nothing that can be changed."""
        if not (shaped or all(map(_is_plain, values.values()))):
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
        return self._outcome(found, proposed_values, due), differs

    def _outcome(self, found: Any, proposed: Mapping[str, Any], due: Any) -> dict[str, Any]:
        """The class as it is stored; the same one again for the same class, day and proposals. Nobody changes it."""
        key = (found.code, due, *map(repr, proposed.values()))
        kept = self._outcomes.get(key)
        if kept is not None:
            return kept
        assert self._table is not None
        made = {
            "table": self._table.code or self._table.title,
            "row": found.code,
            "label": found.label,
            "advice": [each.text for each in found.advice],
            "proposes": answering.plain(dict(proposed)),
            "next_due": None
            if due is None
            else {
                "earliest": due.earliest.isoformat(),
                "due": due.due.isoformat(),
                "latest": due.latest.isoformat(),
                "reason": due.reason,
            },
        }
        if len(self._outcomes) < _MOST:
            # Kept as long as the judge is, so that no other object ever has its id.
            self._outcomes[key] = made
            self._texts[id(made)] = copy_text.plain_json(made)
        return made

    def seeing(
        self, new: row.Record, following: Sequence[row.Record], subject: row.Subject
    ) -> Collection[row.Record]:
        """Which of the records after a new one may be classed otherwise because of it: those that look back as far as it.

        `previous` takes the nearest record before for which its `having` holds, so that nothing is seen behind that one.
        """
        reached = 0
        for holds in self._looked_for:
            if holds is not None and holds(new, subject) is not True:
                continue
            near = next(
                (
                    place
                    for place, each in enumerate(following)
                    if holds is None or holds(each, subject) is True
                ),
                len(following) - 1,
            )
            reached = max(reached, near + 1)
        return following[:reached]

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
        if not bulk_problems.well_shaped(record, shaped):
            return None
        count = len(self._own_problems)
        own: list[judging.Problem] = []
        checks: list[judging.Problem] = []
        for place in self._failing(record, subject):
            if place < count:
                own.append(self._own_problems[place])
            else:
                checks.append(self._check_problems[place - count])
        if len(own) > 1:
            own.sort(key=lambda problem: self._order[problem.field])
        inside = bulk_problems.inside(self._rows, record, subject)
        return None if inside is None else [*own, *inside, *checks]

    def may_refer(self, record: row.Record, outcome: Mapping[str, Any] | None, subject: row.Subject) -> bool:
        """Whether a record may open or answer a referral, so that `referral_steps` must look at it."""
        if not self._refers:
            return False
        if outcome and outcome["row"] in referral_causes._advising_rows(self.form):
            return True
        answers = record.answers
        if (
            self._brings_back or any(not fields.is_missing(answers.get(name)) for name in self._speaking)
        ) and (referral_causes.answer(record) is not None or referral_causes._doctors_words(record)):
            return True
        return self._sends(record, subject) >= 0

    def _found_abnormal(self, record: row.Record, subject: row.Subject) -> Sequence[Any]:
        """See `judging.abnormal`, where any of it sends to a hospital; else nothing."""
        if self._sends(record, subject) < 0:
            return ()
        found: dict[str, Any] = {}
        for place in self._abnormal(record, subject):
            each = self._items[place]
            found.setdefault(each.field.name, each)
        return list(found.values())

    def causes(
        self, record: row.Record, subject: row.Subject, outcome_row: str | None
    ) -> tuple[referral_causes.Cause, ...]:
        """See `referral_causes.causes`."""
        return referral_causes.causes_of(record, outcome_row, self._found_abnormal(record, subject))

    def outcome_text(self, outcome: dict[str, Any] | None) -> str:
        """A class as COPY reads it."""
        if outcome is None:
            return copy_text.NULL
        return self._texts.get(id(outcome)) or copy_text.plain_json(outcome)

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


def _is_plain(value: Any) -> bool:
    """Whether a value may be taken as it stands: there is something, and nobody can change it."""
    return type(value) not in _CHANGEABLE and (bool(value) or not fields.is_missing(value))


_CHANGEABLE = (list, set)


def _answers(node: Node) -> list[nodes.Answer]:
    found = [node] if isinstance(node, nodes.Answer) else []
    for inner in expressions.children(node):
        found += _answers(inner)
    return found


def _havings(table: DecisionTable | None) -> list[Node | None]:
    """The conditions `previous` has in a table, each once."""
    if table is None:
        return []
    asked = [each.when.node for each in table.rows if each.when is not None]
    asked += [table.proposed(each, name).node for each in table.rows for name in each.proposes]
    found = {
        id(inner.having): inner.having
        for node in asked
        for inner in expressions.walk(node)
        if isinstance(inner, nodes.Previous)
    }
    return list(found.values())


def _named_before(node: Node) -> set[str]:
    """Names of the answers within `previous(...)`."""
    if isinstance(node, nodes.Previous):
        return {answer.name for answer in _answers(node)}
    return {name for inner in expressions.children(node) for name in _named_before(inner)}
