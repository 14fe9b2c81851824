"""Filled forms for paper: one, a resident's year, or those of many residents; and what an exam found, for the report.

Whoever prints writes it down with the residents (`residents.queries.printed.heads`); here only a single response
found by its id logs the look, like the page that shows it.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from gongwei import catalogue
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.engines import judging, row
from gongwei.language import fields, forms
from gongwei.language.abnormal import Abnormal
from gongwei.records import answers as answering
from gongwei.records import columns, definitions, judgement, queries, wordings
from gongwei.records.models import Response
from gongwei.residents.models import Resident


@dataclass(frozen=True)
class Printable:
    """A filled form with the names its paper needs: who did it, and where.

    worded: the form in the words it was filled with; its paper speaks them.
    """

    id: UUID
    resident_id: UUID
    form: type[forms.Form]
    done_on: dt.date
    answers: dict[str, Any]
    worded: wordings.Worded
    organization: str = ""
    practitioner: str = ""
    note: str = ""


def one(actor: Actor, response_id: UUID) -> Printable:
    """A filled form by its id, also a corrected or withdrawn one: the paper says so. Raises Refused."""
    found = queries.response(actor, response_id)
    notes = {"superseded": "本表已被更正，以更正后的为准", "entered_in_error": "本表已作废"}
    return Printable(
        found.response.pk,
        found.response.resident_id,
        found.form,
        found.response.done_on,
        found.answers,
        found.worded,
        found.encounter.organization.name,
        found.encounter.practitioner.name if found.encounter.practitioner_id else "",
        notes.get(found.response.status, ""),
    )


def of_residents(
    resident_ids: Iterable[UUID], form: type[forms.Form] | str, first: dt.date, last: dt.date
) -> dict[UUID, list[Printable]]:
    """The forms in force of these residents done between two days (both included), oldest first.

    Row-level security narrows them to what the caller reaches.
    """
    definition = definitions.of(form)
    found: dict[UUID, list[Printable]] = {}
    rows = list(
        columns.model_for(definition.form.code)
        .objects.filter(resident_id__in=list(resident_ids), live=True, done_on__gte=first, done_on__lte=last)
        .order_by("done_on", "response_id")
    )
    digests = {
        key: bytes(digest)
        for key, digest in Response.objects.filter(pk__in=[each.pk for each in rows]).values_list(
            "pk", "definition_digest"
        )
    }
    worded = wordings.of_all(definition.form, set(digests.values()))
    for each in rows:
        answers = answering.from_columns(definition.form, each) | {"done_on": each.done_on}
        found.setdefault(each.resident_id, []).append(
            Printable(
                each.pk, each.resident_id, definition.form, each.done_on, answers, worded[digests[each.pk]]
            )
        )
    return found


def residents_with(
    form: type[forms.Form] | str,
    first: dt.date,
    last: dt.date,
    area_from: int | None = None,
    area_to: int | None = None,
) -> QuerySet[Any]:
    """The residents who have the form between two days, village by village in the order of names.

    Row-level security narrows them to what the caller reaches.
    """
    done = columns.model_for(definitions.of(form).form.code).objects.filter(
        live=True, done_on__gte=first, done_on__lte=last
    )
    found = Resident.objects.filter(id__in=done.values("resident_id")).order_by("area_id", "name_sort", "id")
    if area_from is not None:
        found = found.filter(area_id__gte=area_from, area_id__lte=area_to or area_from)
    return found.values_list("id", flat=True)


def by_wording(found: Iterable[Printable]) -> list[tuple[wordings.Worded, list[Printable]]]:
    """Filled forms in their order, cut where the wording changes: those of one wording may stand on one sheet."""
    cut: list[tuple[wordings.Worded, list[Printable]]] = []
    for each in found:
        if not cut or cut[-1][0] is not each.worded:
            cut.append((each.worded, []))
        cut[-1][1].append(each)
    return cut


def people_in(found: Iterable[Printable]) -> set[str]:
    """The practitioners named in some forms, by id."""
    return {
        str(each.answers[name])
        for each in found
        for name, field in each.form.fields.items()
        if isinstance(field, fields.Person) and each.answers.get(name)
    }


def codes_in(found: Iterable[Printable], table: str) -> set[str]:
    """The codes of one large table in some forms."""
    return {
        str(each.answers[name])
        for each in found
        for name, field in each.form.fields.items()
        if isinstance(field, fields.Code) and field.table == table and each.answers.get(name)
    }


@dataclass(frozen=True)
class Results:
    """What a form found: its abnormal results, and the form of the same kind before it."""

    printable: Printable
    abnormal: tuple[Abnormal, ...]
    before: dict[str, Any] | None
    before_on: dt.date | None


def results(actor: Actor, response_id: UUID) -> Results:
    """What a filled form found, judged as of the day it was done, with the last one of an earlier year.

    Raises:
        Refused: no such form within reach.
    """
    printable = one(actor, response_id)
    resident = Resident.objects.filter(pk=printable.resident_id).first()
    if resident is None:
        raise Refused("未找到这位居民，或不在您的服务范围内", code="resident_not_found")
    subject = judgement.subject_of(resident, printable.form.code)
    record = row.Record(printable.form, printable.done_on, printable.answers, str(printable.id))
    earlier = [
        each
        for each in subject.records
        if each.form is printable.form and each.done_on.year < printable.done_on.year
    ]
    before = max(earlier, key=lambda each: (each.done_on, each.id), default=None)
    return Results(
        printable,
        tuple(judging.abnormal(record, subject, catalogue.abnormal(printable.form))),
        dict(before.answers) if before else None,
        before.done_on if before else None,
    )
