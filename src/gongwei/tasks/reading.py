"""What planning asks of the database, for many residents at once: a handful of statements, however many there are."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from gongwei.engines import row
from gongwei.language.schedules import ADVICE, Due
from gongwei.records import columns, judgement
from gongwei.records.models import Episode
from gongwei.residents import states
from gongwei.residents.models import Resident
from gongwei.tasks import automatic, contacts
from gongwei.tasks.planning import Done, Span
from gongwei.tasks.reconciling import Stored, Why

#: Residents in these states are not served: nothing is left to be done.
GONE = {
    states.CANCELLED: {
        "1": "居民已死亡",
        "2": "居民已迁出",
        "3": "居民失访，档案已注销",
        "4": "居民拒绝服务，档案已注销",
    },
    states.MERGED: {},
    states.LOST: {},
}
_WORDS = {states.CANCELLED: "档案已注销", states.MERGED: "档案已合并到另一份", states.LOST: "居民失访"}
_END_WORDS = "纳入管理已结束"


@dataclass
class Person:
    """One resident with everything tasks are derived from."""

    id: UUID
    area_key: int
    doctor: UUID | None
    why: Why | None
    spans: list[Span] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    standing: set[UUID] = field(default_factory=set)
    ended: dict[UUID, Why] = field(default_factory=dict)
    stored: list[Stored] = field(default_factory=list)


@dataclass(frozen=True)
class Some:
    """Which residents: some ids, or all from one id to another (both included)."""

    ids: Sequence[UUID] = ()
    low: UUID | None = None
    high: UUID | None = None

    def where(self, column: str) -> tuple[str, list[Any]]:
        """The condition on a column of residents' ids, and its arguments."""
        if self.low is not None:
            return f"{column} between %s and %s", [self.low, self.high]
        return f"{column} = any(%s)", [list(self.ids)]

    def named(self, column: str) -> dict[str, Any]:
        """The same for a queryset."""
        if self.low is not None:
            return {f"{column}__range": (self.low, self.high)}
        return {f"{column}__in": list(self.ids)}


def persons(some: Some, today: dt.date, *, lock: bool) -> dict[UUID, Person]:
    """The residents asked for, by id. `lock`: hold them until the transaction ends, so that two plannings wait."""
    found: dict[UUID, Person] = {}
    residents = Resident.objects.filter(**some.named("id")).order_by("id")
    if lock:
        residents = residents.select_for_update(no_key=True)
    for resident in residents.only(*_COLUMNS):
        person = Person(resident.pk, resident.area_id, resident.responsible_doctor_id, _why(resident))
        person.spans += automatic.spans(judgement.attributes(resident), today)
        found[resident.pk] = person
    _add_episodes(some, found)
    _add_done(some, found)
    _add_stored(some, found)
    return found


_COLUMNS = (
    "id", "area_id", "responsible_doctor_id", "status", "status_since", "cancel_reason", "sex", "birth_date",
    "residence_type", "resident_since", "filed_on", "death_on",
)  # fmt: skip


def _why(resident: Resident) -> Why | None:
    if resident.status not in _WORDS:
        return None
    words = GONE[resident.status].get(resident.cancel_reason, _WORDS[resident.status])
    return Why(resident.status, words)


def _rows(statement: str, arguments: list[Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        yield from cursor.fetchall()


def _add_episodes(some: Some, found: dict[UUID, Person]) -> None:
    where, arguments = some.where("resident_id")
    statement = (
        "select resident_id, id, kind, state, started_on, ended_on, end_reason from records_episode "
        f"where {where} and state in ('active', 'ended') and kind = any(%s)"
    )
    for resident, id, kind, state, started, ended, reason in _rows(
        statement, [*arguments, list(contacts.kinds())]
    ):
        person = found.get(resident)
        if person is None:
            continue
        person.spans.append(Span(kind, started, ended, id))
        if state == Episode.State.ENDED:
            person.ended[id] = Why("episode_ended", f"{_END_WORDS}：{contacts.end_reason(kind, reason)}")


def _add_done(some: Some, found: dict[UUID, Person]) -> None:
    for closing in contacts.closings():
        for resident, records in _records(some, closing).items():
            person = found.get(resident)
            if person is not None:
                person.standing.update(record.response for record in records)
                if person.spans:
                    person.done += _done(closing, records)


@dataclass(slots=True)
class _Row:
    """A live row of a typed table."""

    response: UUID
    on: dt.date
    agreed: dt.date | None
    advised: Due | None
    answers: dict[str, Any]


def _records(some: Some, closing: contacts.Closing) -> dict[UUID, list[_Row]]:
    table = columns.model_for(closing.form.code)._meta.db_table
    where, arguments = some.where("t.resident_id")
    asked = ["t.resident_id", "t.response_id", "t.done_on"]
    asked.append(f"t.{contacts.NEXT_DUE}" if closing.agrees else "null")
    if closing.judged:
        asked += [f"r.outcome #>> '{{next_due,{name}}}'" for name in ("reason", "earliest", "due", "latest")]
        joined = "join records_response r on r.id = t.response_id"
    else:
        asked += ["null"] * 4
        joined = ""
    asked += [f't."{name}"' for name in closing.fields]
    statement = f"select {', '.join(asked)} from {table} t {joined} where t.live and {where}"
    found: dict[UUID, list[_Row]] = defaultdict(list)
    for resident, response, on, agreed, reason, earliest, due, latest, *answers in _rows(
        statement, arguments
    ):
        advised = None
        if reason == ADVICE:
            advised = Due(
                dt.date.fromisoformat(earliest),
                dt.date.fromisoformat(due),
                dt.date.fromisoformat(latest),
                ADVICE,
            )
        given = {
            name: frozenset(value) if isinstance(value, list) else value
            for name, value in zip(closing.fields, answers, strict=True)
            if value not in (None, "", [])
        }
        found[resident].append(_Row(response, on, agreed, advised, given))
    return found


def _done(closing: contacts.Closing, rows: Iterable[_Row]) -> list[Done]:
    """Which contacts each record closes; what it advises is about the contacts that come again and again."""
    rows = list(rows)
    records = {
        each.response: row.Record(
            closing.form, each.on, {**each.answers, "done_on": each.on}, str(each.response)
        )
        for each in rows
    }
    subject = row.Subject({}, list(records.values()), (), contacts.parameter)
    found = []
    for each in rows:
        serves = frozenset(
            contact.code
            for contact in closing.contacts
            if contact.node_where is None
            or row.evaluate(contact.node_where, records[each.response], subject) is True
        )
        if serves:
            found.append(Done(each.response, each.on, serves, each.advised, each.agreed))
    return found


_STORED = (
    "id", "contact", "anchor", "episode_id", "reason", "earliest", "due", "latest", "state", "response_id",
    "completed_on", "cancel_code", "cancel_reason", "cancelled_by",
)  # fmt: skip


def _add_stored(some: Some, found: dict[UUID, Person]) -> None:
    where, arguments = some.where("resident_id")
    statement = f"select resident_id, {', '.join(_STORED)} from tasks_task where {where} order by due, id"
    for resident, *values in _rows(statement, arguments):
        if (person := found.get(resident)) is not None:
            person.stored.append(Stored(*values))
