"""Planned changes into the table: one statement for all new rows, one for all changed ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection

from gongwei.base import ids, prepared
from gongwei.tasks import contacts
from gongwei.tasks.planning import Expected
from gongwei.tasks.reading import Person
from gongwei.tasks.reconciling import Stored

#: What one resident may have: written by a prepared statement.
FEW = 50

NEW = (
    ("id", "uuid"),
    ("resident_id", "uuid"),
    ("area_key", "bigint"),
    ("doctor_id", "uuid"),
    ("programme", "text"),
    ("contact", "text"),
    ("form_code", "text"),
    ("episode_id", "uuid"),
    ("anchor", "text"),
    ("reason", "text"),
    ("earliest", "date"),
    ("due", "date"),
    ("latest", "date"),
    ("state", "text"),
    ("response_id", "uuid"),
    ("completed_on", "date"),
    ("rule", "text"),
    ("planned_at", "timestamptz"),
)
_CHANGED = (
    ("id", "uuid"),
    ("doctor_id", "uuid"),
    ("episode_id", "uuid"),
    ("anchor", "text"),
    ("reason", "text"),
    ("earliest", "date"),
    ("due", "date"),
    ("latest", "date"),
    ("state", "text"),
    ("response_id", "uuid"),
    ("completed_on", "date"),
    ("cancel_code", "text"),
    ("cancel_reason", "text"),
    ("cancelled_by", "uuid"),
    ("rule", "text"),
    ("planned_at", "timestamptz"),
)
_NAMES = ", ".join(name for name, _ in NEW)
_INSERT = (
    f"insert into tasks_task ({_NAMES}, cancel_code, cancel_reason, attempts, last_attempt_result) "
    f"select {_NAMES}, '', '', 0, '' from unnest({', '.join(f'%s::{kind}[]' for _, kind in NEW)}) as t({_NAMES})"
)
_UPDATE = (
    f"update tasks_task set {', '.join(f'{name} = t.{name}' for name, _ in _CHANGED[1:])} "
    f"from unnest({', '.join(f'%s::{kind}[]' for _, kind in _CHANGED)}) "
    f"as t({', '.join(name for name, _ in _CHANGED)}) where tasks_task.id = t.id"
)


def new_rows(added: Sequence[tuple[Person, Expected]], at: dt.datetime) -> list[tuple[Any, ...]]:
    """New tasks' values in the order of NEW."""
    return [
        _new_row(id, person, task, at)
        for id, (person, task) in zip(ids.uuid7_many(len(added)), added, strict=True)
    ]


@cache
def _named(contact: str) -> tuple[str, str, str]:
    return contacts.programme_of(contact), contacts.form_of(contact), contacts.rule_of(contact)


def _new_row(id: UUID, person: Person, task: Expected, at: dt.datetime) -> tuple[Any, ...]:
    programme, form, rule = _named(task.contact)
    return (
        id,
        person.id,
        person.area_key,
        person.doctor,
        programme,
        task.contact,
        form,
        task.episode,
        task.anchor,
        task.reason,
        task.earliest,
        task.due,
        task.latest,
        task.state,
        task.response,
        task.completed_on,
        rule,
        at,
    )


def _changed_row(doctor: UUID | None, task: Stored, at: dt.datetime) -> tuple[Any, ...]:
    return (
        task.id,
        doctor,
        task.episode,
        task.anchor,
        task.reason,
        task.earliest,
        task.due,
        task.latest,
        task.state,
        task.response,
        task.completed_on,
        task.cancel_code,
        task.cancel_reason,
        task.cancelled_by,
        contacts.rule_of(task.contact),
        at,
    )


def insert(rows: Sequence[tuple[Any, ...]]) -> None:
    """Add tasks."""
    _write(_INSERT, rows)


def copy(rows: Sequence[tuple[Any, ...]]) -> None:
    """Add many tasks by COPY. Runs as the owner of the table: COPY does not pass row-level security."""
    if not rows:
        return
    names = f"{_NAMES}, cancel_code, cancel_reason, attempts, last_attempt_result"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy tasks_task ({names}) from stdin (format binary)") as stream,
    ):
        stream.set_types([*(kind for _, kind in NEW), "text", "text", "int4", "text"])
        for row in rows:
            stream.write_row((*row, "", "", 0, ""))


def update(changed: Iterable[tuple[UUID | None, Stored]], at: dt.datetime) -> None:
    """Write tasks anew, each with the doctor who is responsible now; attempts are not touched."""
    _write(_UPDATE, [_changed_row(doctor, task, at) for doctor, task in changed])


def _write(statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        arrays = [list(column) for column in zip(*rows, strict=True)]
        if len(rows) <= FEW:
            prepared.execute(statement, arrays)
            return
        with connection.cursor() as cursor:
            cursor.execute(statement, arrays)
