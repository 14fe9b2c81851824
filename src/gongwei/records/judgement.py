"""What the server makes of a filled form: computed answers, problems, classification. No writing here.

Judged by the reference engine with the resident's attributes, episodes and earlier records of the same form, and
the parameters of the day the service was done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from gongwei.base import prepared
from gongwei.engines import judging, row
from gongwei.language import expressions, fields, forms, types
from gongwei.records import answers as answering
from gongwei.records import columns, definitions
from gongwei.records.models import Episode
from gongwei.residents.models import Resident

#: 下次随访日期: where a form asks for it and nobody answered, the rule's own day stands.
NEXT_DUE = "next_due_on"


@dataclass(frozen=True)
class Judged:
    """A response ready to be written, or the problems that forbid it."""

    definition: definitions.Definition
    id: UUID
    values: dict[str, Any]
    refusals: tuple[judging.Problem, ...]
    questions: tuple[judging.Problem, ...]
    outcome: dict[str, Any] | None
    differs: bool
    #: Somebody was really served: not a note that the resident was lost or refused (the contact's own condition).
    served: bool


def attributes(resident: Resident) -> dict[str, Any]:
    """What definitions may ask of a resident (`language.attributes`)."""
    left = resident.cancel_reason == "2"
    return {
        "sex": resident.sex,
        "birth_date": resident.birth_date,
        "residence_type": resident.residence_type,
        "lives_here_since": resident.resident_since,
        "left_on": resident.status_since if left else None,
        "filed_on": resident.filed_on,
        "cancelled_on": resident.status_since if resident.status == "cancelled" else None,
        "died_on": resident.death_on,
    }


def subject_of(resident: Resident, *form_codes: str) -> row.Subject:
    """The resident with episodes and all live records of these forms, as the row engine wants it."""
    episodes = [row.EpisodeSpan(*each) for each in _episodes.rows(resident=resident.pk)]
    records = [record for code in form_codes for record in live_records(resident.pk, code)]
    return row.Subject(attributes(resident), records, episodes, definitions.parameter)


_episodes = prepared.Query(
    lambda resident: Episode.objects.filter(
        resident=resident, state__in=[Episode.State.ACTIVE, Episode.State.ENDED]
    ).values_list("kind", "started_on", "ended_on"),
    resident=UUID,
)


@cache
def _live(form_code: str) -> prepared.Query[Any]:
    model = columns.model_for(form_code)
    wanted = asked_of(definitions.of(form_code).form)
    return prepared.Query(
        lambda resident: model.objects.filter(resident=resident, live=True).values_list(*wanted),
        resident=UUID,
    )


def live_records(resident_id: UUID, form_code: str) -> list[row.Record]:
    """The records in force of one form of one resident."""
    form = definitions.of(form_code).form
    return [record_of(form, values) for values in _live(form_code).rows(resident=resident_id)]


def asked_of(form: type[forms.Form]) -> tuple[str, ...]:
    """The columns `record_of` reads a record from."""
    return ("response_id", "done_on", *answering.names_of_columns(form))


def record_of(form: type[forms.Form], values: Sequence[Any]) -> row.Record:
    """A record, of the values of `asked_of`."""
    response, done_on, *answers = values
    return row.Record(
        form, done_on, {**answering.from_values(form, answers), "done_on": done_on}, str(response)
    )


def without(subject: row.Subject, response_id: UUID) -> row.Subject:
    """The subject as if one response were not there."""
    kept = [each for each in subject.records if each.id != str(response_id)]
    return row.Subject(subject.attributes, kept, subject.episodes, subject.parameters)


def judge(
    definition: definitions.Definition,
    *,
    id: UUID,
    values: Mapping[str, Any],
    done_on: date,
    entered_on: date,
    subject: row.Subject,
    claimed: Mapping[str, Any] | None = None,
) -> Judged:
    """Fill what is computed and derived, find what is wrong, classify.

    A derived answer (此次随访分类) that was not given is filled from the rule; one that was given stays, and a
    difference from the rule is kept as such: the doctor may know more, and somebody will look.
    """
    known = {**values, "done_on": done_on}
    record = row.Record(definition.form, done_on, known, str(id), entered_on)
    # A computed field may use another one (total, then level), so once for each of them is enough.
    for _ in range(sum(field.computed is not None for field in definition.form.fields.values())):
        for name, value in judging.computed_answers(record, subject).items():
            if value is not None and fields.is_missing(known.get(name)):
                known[name] = _fitted(definition.form.fields[name], value)
    outcome, differs = _classified(definition, record, known, subject, claimed)
    problems = judging.problems(record, subject, definition.checks)
    return Judged(
        definition,
        id,
        {name: value for name, value in known.items() if name != "done_on"},
        tuple(each for each in problems if each.severity is types.BLOCK),
        tuple(each for each in problems if each.severity is not types.BLOCK),
        outcome,
        differs,
        _served(definition, record, subject),
    )


def really_carried(
    said: Mapping[str, str], values: Mapping[str, Any], subject: row.Subject
) -> dict[str, str]:
    """The answers that are what an earlier response of the resident says: taken over, not asked again.

    said: by field, the id of the earlier response. What was changed since is an answer of its own.
    """
    earlier = {record.id: record for record in subject.records}
    return {
        name: source
        for name, source in said.items()
        if source in earlier
        and not fields.is_missing(values.get(name))
        and earlier[source].answers.get(name) == values[name]
    }


def _served(definition: definitions.Definition, record: row.Record, subject: row.Subject) -> bool:
    where = definition.contact.node_where if definition.contact else None
    return where is None or row.evaluate(where, record, subject) is True


def _fitted(field: fields.Field, value: Any) -> Any:
    """A computed number in the shape of its field: a whole number as int."""
    if isinstance(field, fields.Quantity) and field.decimals == 0 and value == int(value):
        return int(value)
    return value


def _classified(
    definition: definitions.Definition,
    record: row.Record,
    known: dict[str, Any],
    subject: row.Subject,
    claimed: Mapping[str, Any] | None,
) -> tuple[dict[str, Any] | None, bool]:
    """The outcome as plain values (by the first table on the form), and whether anybody said otherwise.

    Fills missing derived answers into `known`.
    """
    if not definition.tables:
        return None, False
    table = definition.tables[0]
    found = judging.classify(table, record, subject, definition.contact)
    differs = bool(claimed and claimed.get("row") not in (None, found.row.code))
    for name, proposed in found.proposes.items():
        given = known.get(name)
        if fields.is_missing(given):
            if proposed is not None and not demands_more(definition.form, name, known):
                known[name] = _fitted(definition.form.fields[name], proposed)
        elif proposed is not None and given != proposed:
            differs = True
    due = found.next_due
    if due is not None and NEXT_DUE in definition.form.fields and fields.is_missing(known.get(NEXT_DUE)):
        known[NEXT_DUE] = due.due
    return {
        "table": table.code or table.title,
        "row": found.row.code,
        "label": found.row.label,
        "advice": [each.text for each in found.advice],
        "proposes": answering.plain(dict(found.proposes)),
        "next_due": None
        if due is None
        else {
            "earliest": due.earliest.isoformat(),
            "due": due.due.isoformat(),
            "latest": due.latest.isoformat(),
            "reason": due.reason,
        },
    }, differs


def demands_more(form: type[forms.Form], name: str, known: Mapping[str, Any]) -> bool:
    """Whether an answer, if a rule gave it, would require another that nobody gave.

    转诊原因 filled in for somebody who was not referred would refuse the record for want of an institution; that nobody
    referred is a defect to be found (QC007, QC008), never a reason to turn the record away.
    """
    return any(fields.is_missing(known.get(other)) for other in _requiring(form).get(name, ()))


@cache
def _requiring(form: type[forms.Form]) -> Mapping[str, tuple[str, ...]]:
    """Fields that are required because of another's answer, by that other's name."""
    found: dict[str, list[str]] = {}
    for name, field in form.fields.items():
        if field.required is False:
            continue
        for condition in (field.required, field.only_if):
            if isinstance(condition, expressions.Expression):
                for answer in forms.answers_in(condition.node):
                    found.setdefault(answer.name, []).append(name)
    return {name: tuple(others) for name, others in found.items()}


def reclassified(
    definition: definitions.Definition, subject: row.Subject, after: date, claims: Mapping[str, Any]
) -> dict[str, tuple[dict[str, Any] | None, bool]]:
    """Outcome and difference, by response id, of every live record on or after a day: `previous` may have moved."""
    found = {}
    for each in subject.records:
        if each.form is definition.form and each.done_on >= after:
            found[each.id] = _classified(definition, each, dict(each.answers), subject, claims.get(each.id))
    return found


def problem_values(problems: Sequence[judging.Problem]) -> list[dict[str, Any]]:
    """Problems as plain values, for storing and for showing."""
    return [
        {
            "field": each.within or each.field,
            "message": each.message,
            "severity": each.severity.value,
            "rule": each.rule,
            **({"row": each.row, "row_field": each.field} if each.row is not None else {}),
        }
        for each in problems
    ]
