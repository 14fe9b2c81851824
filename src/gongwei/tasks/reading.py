"""What planning asks of the database, for many residents at once: a handful of statements, however many there are."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict, namedtuple
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
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


@dataclass(slots=True)
class Person:
    """One resident with everything tasks are derived from. `standing`: the responses in force."""

    id: UUID
    area_key: int
    doctor: UUID | None
    why: Why | None
    attributes: dict[str, Any]
    spans: list[Span] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    standing: list[UUID] = field(default_factory=list)
    ended: dict[UUID, Why] = field(default_factory=dict)
    stored: Sequence[Stored] = ()


class Found(NamedTuple):
    """How many residents were looked at, and those of them who have tasks or may expect some."""

    residents: int
    people: list[Person]


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


def persons(some: Some, today: dt.date, *, lock: bool) -> Found:
    """The residents asked for. `lock`: hold them until the transaction ends, so that two plannings wait."""
    residents = list(_residents(some, lock))
    episodes, stored = _episodes(some), _stored(some)
    records = _all_records(some)
    watched = [(closing, rows) for closing, rows in records if closing.form.code in automatic.watched_forms()]
    seen_from = automatic.seen_from(today.year)
    people = []
    for resident in residents:
        # Keys are the numbers of ids: a UUID is hashed in Python, a number is not.
        key, attributes = resident.id.int, judgement.attributes(resident)
        spans = automatic.spans(attributes, today)
        person = None
        if spans or key in episodes or key in stored:
            person = _person(resident, attributes, spans, episodes.get(key, ()))
        seen = [
            _record(closing, each)
            for closing, rows in watched
            for each in rows.get(key, ())
            if each.on >= seen_from
        ]
        if seen:
            person = person or _person(resident, attributes, spans, ())
            person.spans += automatic.spans_by_records(_subject(person, seen), today)
        if person is None or not (person.spans or key in stored):
            continue
        person.stored = stored.get(key, ())
        for closing, rows in records:
            if key in rows:
                person.standing += [each.response for each in rows[key]]
                if person.spans and closing.contacts:
                    person.done += _done(closing, rows[key], person)
        people.append(person)
    return Found(len(residents), people)


def _person(
    resident: Any, attributes: dict[str, Any], spans: list[Span], episodes: Sequence[tuple[Any, ...]]
) -> Person:
    person = Person(
        resident.id, resident.area_id, resident.responsible_doctor_id, _why(resident), attributes, spans
    )
    for _, id, kind, state, started, ended, reason in episodes:
        person.spans.append(Span(kind, started, ended, id))
        if state == Episode.State.ENDED:
            person.ended[id] = Why("episode_ended", f"{_END_WORDS}：{contacts.end_reason(kind, reason)}")
    return person


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
    return map(_Resident._make, residents.values_list(*_COLUMNS))


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


def _by_resident(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    """Rows that begin with a resident's id, by its number."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for each in rows:
        found[each[0].int].append(each)
    return found


def _episodes(some: Some) -> dict[int, list[tuple[Any, ...]]]:
    where, arguments = some.where("resident_id")
    statement = (
        "select resident_id, id, kind, state, started_on, ended_on, end_reason from records_episode "
        f"where {where} and state in ('active', 'ended') and kind = any(%s)"
    )
    return _by_resident(_rows(some, statement, [*arguments, sorted(contacts.kinds())]))


def _all_records(some: Some) -> list[tuple[contacts.Closing, dict[int, list[_Row]]]]:
    """The live records of each form that closes contacts or that a rule reads."""
    advice = _advice(some.only) if some.only is not None else None
    return [
        (closing, _records(some, closing, advice))
        for closing in contacts.closings()
        if advice is None or closing.form.code in advice
    ]


def _subject(person: Person, records: list[row.Record]) -> row.Subject:
    spans = [row.EpisodeSpan(each.kind, each.first, each.last) for each in person.spans if each.episode]
    return row.Subject(person.attributes, records, spans, contacts.parameter)


class _Row(NamedTuple):
    """A live row of a typed table; `answers` in the order of the closing's columns."""

    response: UUID
    on: dt.date
    agreed: dt.date | None
    advised: Due | None
    answers: tuple[Any, ...]


#: What a record's rules advised of the next contact, as JSON; nothing where they left it to the interval.
_ADVISED = (
    f"case when r.outcome #>> '{{next_due,reason}}' = '{ADVICE}' then (r.outcome -> 'next_due')::text end"
)


@lru_cache(maxsize=20_000)
def _due(advised: str) -> Due:
    """The advice of many records of a day is the same text."""
    said = json.loads(advised)
    earliest, due, latest = (dt.date.fromisoformat(said[name]) for name in ("earliest", "due", "latest"))
    return Due(earliest, due, latest, ADVICE)


def _advice(resident: UUID) -> dict[str, dict[UUID, str | None]]:
    """What was advised in each response of one resident, by form: the other forms need not be looked at at all."""
    statement = f"select r.form_code, r.id, {_ADVISED} from records_response r where r.resident_id = %s"
    found: dict[str, dict[UUID, str | None]] = defaultdict(dict)
    for form, response, advised in prepared.execute(statement, [resident]):
        found[form][response] = advised
    return found


def _records(
    some: Some, closing: contacts.Closing, advice: dict[str, dict[UUID, str | None]] | None = None
) -> dict[int, list[_Row]]:
    """The live records of a form by the number of the resident's id; `advice`: what was advised, when it is known already."""
    table = columns.model_for(closing.form.code)._meta.db_table
    where, arguments = some.where("t.resident_id")
    known = advice[closing.form.code] if advice is not None else None
    joined = closing.judged and known is None
    asked = [
        "t.resident_id",
        "t.response_id",
        "t.done_on",
        f"t.{contacts.NEXT_DUE}" if closing.agrees else "null",
        _ADVISED if joined else "null",
        *(f't."{name}"' for name in closing.columns),
    ]
    join = "join records_response r on r.id = t.response_id" if joined else ""
    statement = f"select {', '.join(asked)} from {table} t {join} where t.live and {where}"
    found: dict[int, list[_Row]] = defaultdict(list)
    for resident, response, on, agreed, advised, *answers in _rows(some, statement, arguments):
        if known is not None and closing.judged:
            advised = known[response]
        found[resident.int].append(
            _Row(response, on, agreed, None if advised is None else _due(advised), _given(answers))
        )
    return found


def _given(answers: Sequence[Any]) -> tuple[Any, ...]:
    """Answers as conditions read them: several options as a set, None where nothing was answered."""
    return tuple(
        (frozenset(each) or None) if isinstance(each, list) else None if each == "" else each
        for each in answers
    )


_known: dict[tuple[Any, ...], frozenset[str]] = {}


def _done(closing: contacts.Closing, rows: Sequence[_Row], person: Person) -> list[Done]:
    """Which contacts each record closes; what it advises is about the contacts that come again and again."""
    records: dict[UUID, row.Record] = {}
    subject = None
    found = []
    code, asked = closing.form.code, len(closing.fields)
    for each in rows:
        key = (code, *each.answers[:asked]) if closing.plain else None
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
    given = {
        name: value for name, value in zip(closing.columns, one.answers, strict=True) if value is not None
    }
    given["done_on"] = one.on
    return row.Record(closing.form, one.on, given, str(one.response))


_STORED = (
    "id", "contact", "anchor", "episode_id", "reason", "earliest", "due", "latest", "state", "response_id",
    "completed_on", "cancel_code", "cancel_reason", "cancelled_by",
)  # fmt: skip


def _stored(some: Some) -> dict[int, list[Stored]]:
    where, arguments = some.where("resident_id")
    statement = f"select resident_id, {', '.join(_STORED)} from tasks_task where {where} order by due, id"
    found: dict[int, list[Stored]] = defaultdict(list)
    for resident, *values in _rows(some, statement, arguments):
        found[resident.int].append(Stored._make(values))
    return found
