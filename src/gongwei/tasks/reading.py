"""What planning asks of the database, for many residents at once: a handful of statements, however many there are."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict, namedtuple
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from gongwei.base import prepared
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
    attributes: dict[str, Any]
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

    @property
    def only(self) -> UUID | None:
        """The resident, when it is one alone: what a save plans anew, by prepared statements."""
        return self.ids[0] if self.low is None and len(self.ids) == 1 else None

    def where(self, column: str) -> tuple[str, list[Any]]:
        """The condition on a column of residents' ids, and its arguments."""
        if self.only is not None:
            return f"{column} = %s", [self.only]
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
    for resident in _residents(some, lock):
        attributes = judgement.attributes(resident)
        person = Person(
            resident.id, resident.area_id, resident.responsible_doctor_id, _why(resident), attributes
        )
        person.spans += automatic.spans(attributes, today)
        found[resident.id] = person
    _add_episodes(some, found)
    _add_done(some, found, today)
    _add_stored(some, found)
    return found


_COLUMNS = (
    "id", "area_id", "responsible_doctor_id", "status", "status_since", "cancel_reason", "sex", "birth_date",
    "residence_type", "resident_since", "filed_on", "death_on",
)  # fmt: skip


_Resident = namedtuple("_Resident", _COLUMNS)  # the names are those of the statement

_one = prepared.Query(lambda id: Resident.objects.filter(id=id).values_list(*_COLUMNS), id=UUID)
_one_locked = prepared.Query(
    lambda id: Resident.objects.filter(id=id).select_for_update(no_key=True).values_list(*_COLUMNS), id=UUID
)


def _residents(some: Some, lock: bool) -> Iterable[Any]:
    if some.only is not None:
        return map(_Resident._make, (_one_locked if lock else _one).rows(id=some.only))
    residents = Resident.objects.filter(**some.named("id")).order_by("id")
    if lock:
        residents = residents.select_for_update(no_key=True)
    return residents.values_list(*_COLUMNS, named=True)


def _why(resident: Any) -> Why | None:
    if resident.status not in _WORDS:
        return None
    words = GONE[resident.status].get(resident.cancel_reason, _WORDS[resident.status])
    return Why(resident.status, words)


def _rows(some: Some, statement: str, arguments: list[Any]) -> list[tuple[Any, ...]]:
    if some.only is not None:
        return prepared.execute(statement, arguments)
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return list(cursor.fetchall())


def _add_episodes(some: Some, found: dict[UUID, Person]) -> None:
    where, arguments = some.where("resident_id")
    statement = (
        "select resident_id, id, kind, state, started_on, ended_on, end_reason from records_episode "
        f"where {where} and state in ('active', 'ended') and kind = any(%s)"
    )
    for resident, id, kind, state, started, ended, reason in _rows(
        some, statement, [*arguments, sorted(contacts.kinds())]
    ):
        person = found.get(resident)
        if person is None:
            continue
        person.spans.append(Span(kind, started, ended, id))
        if state == Episode.State.ENDED:
            person.ended[id] = Why("episode_ended", f"{_END_WORDS}：{contacts.end_reason(kind, reason)}")


def _add_done(some: Some, found: dict[UUID, Person], today: dt.date) -> None:
    outcomes = _outcomes(some.only) if some.only is not None else None
    per_form = [
        (closing, _records(some, closing, outcomes))
        for closing in contacts.closings()
        if outcomes is None or closing.form.code in outcomes
    ]
    watched = [
        (closing, records) for closing, records in per_form if closing.form.code in automatic.watched_forms()
    ]
    for resident in {key for _, records in watched for key in records}:
        if (person := found.get(resident)) is not None:
            subject = _subject(
                person, [_record(closing, one) for closing, rows in watched for one in rows.get(resident, ())]
            )
            person.spans += automatic.spans_by_records(subject, today)
    for closing, records in per_form:
        for resident, rows in records.items():
            if (person := found.get(resident)) is not None:
                person.standing.update(each.response for each in rows)
                if person.spans and closing.contacts:
                    person.done += _done(closing, rows, person)


def _subject(person: Person, records: list[row.Record]) -> row.Subject:
    spans = [row.EpisodeSpan(each.kind, each.first, each.last) for each in person.spans if each.episode]
    return row.Subject(person.attributes, records, spans, contacts.parameter)


@dataclass(slots=True)
class _Row:
    """A live row of a typed table."""

    response: UUID
    on: dt.date
    agreed: dt.date | None
    advised: Due | None
    answers: dict[str, Any]


_ADVICE = ("reason", "earliest", "due", "latest")
_Advice = tuple[str | None, str | None, str | None, str | None]


def _outcomes(resident: UUID) -> dict[str, dict[UUID, _Advice]]:
    """What was advised in each response of one resident, by form: the other forms need not be looked at at all."""
    advised = ", ".join(f"outcome #>> '{{next_due,{name}}}'" for name in _ADVICE)
    statement = f"select form_code, id, {advised} from records_response where resident_id = %s"
    found: dict[str, dict[UUID, _Advice]] = defaultdict(dict)
    for form, response, *advice in prepared.execute(statement, [resident]):
        found[form][response] = tuple(advice)
    return found


def _records(
    some: Some, closing: contacts.Closing, outcomes: dict[str, dict[UUID, _Advice]] | None = None
) -> dict[UUID, list[_Row]]:
    """The live records of a form; `outcomes`: what was advised, when it is known already."""
    table = columns.model_for(closing.form.code)._meta.db_table
    where, arguments = some.where("t.resident_id")
    known = outcomes[closing.form.code] if outcomes is not None else None
    asked = ["t.resident_id", "t.response_id", "t.done_on"]
    asked.append(f"t.{contacts.NEXT_DUE}" if closing.agrees else "null")
    if closing.judged and known is None:
        asked += [f"r.outcome #>> '{{next_due,{name}}}'" for name in _ADVICE]
        joined = "join records_response r on r.id = t.response_id"
    else:
        asked += ["null"] * 4
        joined = ""
    asked += [f't."{name}"' for name in closing.columns]
    statement = f"select {', '.join(asked)} from {table} t {joined} where t.live and {where}"
    found: dict[UUID, list[_Row]] = defaultdict(list)
    for resident, response, on, agreed, *advice, answers in (
        (*each[:8], each[8:]) for each in _rows(some, statement, arguments)
    ):
        reason, earliest, due, latest = known[response] if known is not None and closing.judged else advice
        advised = None
        if reason == ADVICE:
            days = (dt.date.fromisoformat(day) for day in (earliest, due, latest))
            advised = Due(*days, ADVICE)
        given = {
            name: frozenset(value) if isinstance(value, list) else value
            for name, value in zip(closing.columns, answers, strict=True)
            if value not in (None, "", [])
        }
        found[resident].append(_Row(response, on, agreed, advised, given))
    return found


_known: dict[tuple[Any, ...], frozenset[str]] = {}


def _done(closing: contacts.Closing, rows: Iterable[_Row], person: Person) -> list[Done]:
    """Which contacts each record closes; what it advises is about the contacts that come again and again."""
    rows = list(rows)
    records: dict[UUID, row.Record] = {}
    subject = None
    found = []
    for each in rows:
        key = None
        if closing.plain:
            key = (closing.form.code, *(each.answers.get(name) for name in closing.fields))
        serves = _known.get(key) if key is not None else None
        if serves is None:
            if subject is None:
                records = {one.response: _record(closing, one) for one in rows}
                subject = _subject(person, list(records.values()))
            serves = frozenset(
                contact.code
                for contact in closing.contacts
                if contact.node_where is None
                or row.evaluate(contact.node_where, records[each.response], subject) is True
            )
            if key is not None and len(_known) < 10_000:
                _known[key] = serves
        if serves:
            found.append(Done(each.response, each.on, serves, each.advised, each.agreed))
    return found


def _record(closing: contacts.Closing, one: _Row) -> row.Record:
    return row.Record(closing.form, one.on, {**one.answers, "done_on": one.on}, str(one.response))


_STORED = (
    "id", "contact", "anchor", "episode_id", "reason", "earliest", "due", "latest", "state", "response_id",
    "completed_on", "cancel_code", "cancel_reason", "cancelled_by",
)  # fmt: skip


def _add_stored(some: Some, found: dict[UUID, Person]) -> None:
    where, arguments = some.where("resident_id")
    statement = f"select resident_id, {', '.join(_STORED)} from tasks_task where {where} order by due, id"
    for resident, *values in _rows(some, statement, arguments):
        if (person := found.get(resident)) is not None:
            person.stored.append(Stored(*values))
