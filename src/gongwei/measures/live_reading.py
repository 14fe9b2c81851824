"""Residents with everything the measures read of them, for many at once: one statement per table, however many there are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection

from gongwei import catalogue
from gongwei.base import clock
from gongwei.engines import daily_parameters, row
from gongwei.language import fields
from gongwei.measures import live_facts
from gongwei.records import answers, columns, definitions, judgement
from gongwei.records.models import Episode
from gongwei.residents import states
from gongwei.residents.models import Resident

_COLUMNS = (
    "id", "area_id", "managing_organization_id", "responsible_doctor_id", "status", "status_since", "cancel_reason",
    "sex", "birth_date", "residence_type", "resident_since", "filed_on", "death_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Under whom a resident is counted: village, managing organization, responsible doctor."""

    area_key: int
    organization_id: UUID | None
    doctor_id: UUID | None


@dataclass(frozen=True, slots=True)
class Person:
    """One resident as the engine wants it, and where counted."""

    place: Place
    subject: row.Subject


def persons(ids: Sequence[UUID], forms: Collection[str] | None = None) -> dict[UUID, Person]:
    """These residents by id, with the records the measures read (of some forms only, where a single measure is asked).

    A merged record is nobody's: its services went to the other. Under row-level security those who are not seen are left out.
    """
    residents = Resident.objects.filter(id__in=ids).exclude(status=states.MERGED)
    found = list(residents.values_list(*_COLUMNS, named=True))
    episodes = _episodes(ids)
    records = _records(ids, forms)
    lookup = daily_parameters.remembering(definitions.parameter)
    return {
        each.id: Person(
            Place(each.area_id, each.managing_organization_id, each.responsible_doctor_id),
            row.Subject(
                judgement.attributes(each), records.get(each.id, ()), episodes.get(each.id, ()), lookup
            ),
        )
        for each in found
    }


def _episodes(ids: Sequence[UUID]) -> dict[UUID, list[row.EpisodeSpan]]:
    found: dict[UUID, list[row.EpisodeSpan]] = defaultdict(list)
    managed = Episode.objects.filter(
        resident__in=ids, state__in=[Episode.State.ACTIVE, Episode.State.ENDED]
    ).values_list("resident_id", "kind", "started_on", "ended_on")
    for resident, kind, started, ended in managed:
        found[resident].append(row.EpisodeSpan(kind, started, ended))
    return found


def _records(ids: Sequence[UUID], forms: Collection[str] | None) -> dict[UUID, list[row.Record]]:
    found: dict[UUID, list[row.Record]] = defaultdict(list)
    for code in live_facts.answers_read():
        if forms is not None and code not in forms:
            continue
        statement, readers = _statement(code)
        form = catalogue.form(code)
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(ids)])
            for resident, response, done_on, entered_at, *values in cursor.fetchall():
                given = {
                    name: read(value)
                    for (name, read), value in zip(readers, values, strict=True)
                    if value is not None
                }
                given["done_on"] = done_on
                entered_on = None if entered_at is None else clock.day_of(entered_at)
                found[resident].append(row.Record(form, done_on, given, str(response), entered_on))
    return found


@cache
def _statement(code: str) -> tuple[str, tuple[tuple[str, Callable[[Any], Any]], ...]]:
    """The statement for one form's records in force, and how each answer is read from its column."""
    form, table = catalogue.form(code), columns.model_for(code)._meta.db_table
    names = [name for name in live_facts.answers_read()[code] if name in form.fields and name != "done_on"]
    entered, joined = "null", ""
    if live_facts.reads_entry_days():
        entered, joined = "p.entered_at", "join records_response p on p.id = t.response_id"
    asked = "".join(f', t."{name}"' for name in names)
    statement = (
        f"select t.resident_id, t.response_id, t.done_on, {entered}{asked} from {table} t {joined} "
        "where t.live and t.resident_id = any(%s)"
    )
    return statement, tuple((name, _reader(form.fields[name])) for name in names)


def _reader(field: fields.Field) -> Callable[[Any], Any]:
    """As `records.answers.from_columns` reads it."""
    match field:
        case fields.Person():
            return str
        case fields.Choices():
            return frozenset
        case fields.Rows():
            # A cursor gives JSON as text; the ORM would read it the same way.
            return lambda value: answers.value_of(field, json.loads(value))
    return lambda value: value
