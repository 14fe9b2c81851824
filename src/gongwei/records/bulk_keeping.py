"""Judgements kept between the check of a batch and its writing, so that a row is judged once.

What a judgement rests on is kept with it as two marks: one of the rules (form, tables, checks, parameters, the day and the
duty it was judged in), one of each resident as the rules see one (attributes, episodes, live records of the form). When a
batch is written both are asked again, for all residents in one statement and after they were locked; rows of a resident
whose mark is another one, and every row when the rules are others, are judged again as if they had never been.

Left to be judged again in any case: services of somebody thought lost, whose writing asks for more than the rows themselves.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from gongwei import catalogue
from gongwei.base import clock, digests, scope, sets
from gongwei.base.actors import Actor
from gongwei.records import bulk, bulk_judging, bulk_later, bulk_writing, columns, definitions
from gongwei.records.models import Episode
from gongwei.residents import states as resident_states

#: Another number whenever what is kept is made in another way: what an older program kept is then judged again.
VERSION = 4

_MARKS = """
select r.id, (
    hash_record_extended(row({attributes}), 0)
    + coalesce((select sum(hash_record_extended(row(e.kind, e.started_on, e.ended_on), 1))
                from records_episode e where e.resident_id = r.id and e.state = any(%s)), 0)
    + coalesce((select sum(hash_record_extended(t, 2)) from {table} t where t.resident_id = r.id and t.live), 0)
)::text
from residents_resident r where r.id = any(%s::uuid[])
"""
_STATES = [Episode.State.ACTIVE.value, Episode.State.ENDED.value]
_ATTRIBUTES = (
    "area_key", "sex", "birth_date", "residence_type", "resident_since", "status", "status_since", "cancel_reason",
    "filed_on", "death_on", "merged_into_id",
)  # fmt: skip


@dataclass
class Batch:
    """The accepted rows of a check: those kept, and the keys of those to be judged again. Text throughout."""

    rules: str
    names: list[str]
    marks: dict[str, str]
    kept: list[bulk_writing.Ready]
    again: list[str]

    def dumps(self) -> str:
        """As text, for a sealed column."""
        return json.dumps([self.rules, self.names, self.marks, self.kept, self.again], ensure_ascii=False)

    @classmethod
    def loads(cls, text: str) -> "Batch":
        """See `dumps`."""
        rules, names, marks, kept, again = json.loads(text)
        return cls(rules, names, marks, [bulk_writing.Ready(*each) for each in kept], again)


def judge(
    *, by: Actor, at: dt.datetime, form_code: str, rows: Sequence[bulk.Row]
) -> tuple[list[bulk.Verdict], Batch]:
    """As `bulk.judge`, with what `record` needs to write the accepted rows later. The keys must be those to be written."""
    judging = bulk_judging.of(form_code)
    with scope.as_owner("each resident's area is checked against the actor's in bulk._permitted"):
        # Before anything else is read: what changes meanwhile makes another mark, never an unseen change.
        marks = _marks(judging, {each.resident_id for each in rows})
        verdicts, states = bulk._judged(by, at, form_code, rows, lock=False)
        by_resident = bulk_writing.of_residents(each for each in verdicts if each.accepted)
        moves = bulk_later.moves(judging, by_resident, states)
    names = bulk_writing.typed_names(judging)
    batch = Batch(_rules(form_code, by, at), names, {}, [], [])
    for key, mine in by_resident.items():
        state = states[key]
        # Locked with the others at the writing, so that all are locked in one order.
        batch.marks[str(key)] = marks[key]
        if state.resident.status == resident_states.LOST:
            batch.again += [str(each.row.key) for each in mine]
        else:
            batch.kept += [
                bulk_writing.ready(each, judging, state, moves.get(each.row.key, ())) for each in mine
            ]
    return verdicts, batch


@transaction.atomic
def record(*, by: Actor, at: dt.datetime, form_code: str, batch: Batch) -> list[bulk_writing.Ready]:
    """Write the kept rows that still hold and return them; the others must be judged again, in the same transaction.

    Residents are locked first, those of the rows to be judged again too.
    """
    judging = bulk_judging.of(form_code)
    if batch.rules != _rules(form_code, by, at) or batch.names != bulk_writing.typed_names(judging):
        return []
    with scope.as_owner("COPY does not pass row-level security; areas are checked in bulk._permitted"):
        residents = bulk._residents((UUID(key) for key in batch.marks), lock=True)
        marks = _marks(judging, residents)
        holding = {
            str(key)
            for key, each in residents.items()
            if batch.marks[str(key)] == marks[key] and bulk._permitted(by, each)
        }
        rows = [each for each in batch.kept if each.resident_id in holding]
        if rows:
            people = {str(key): each for key, each in residents.items()}
            bulk_writing.insert(by=by, at=at, judge=judging, names=batch.names, rows=rows, people=people)
    return rows


def _marks(judging: bulk_judging.Judge, residents: Iterable[UUID]) -> dict[UUID, str]:
    """What tells each resident, as the rules of a form see one, from the same resident seen at another time."""
    statement = _MARKS.format(
        attributes=", ".join(f"r.{name}" for name in _ATTRIBUTES),
        table=columns.model_for(judging.form.code)._meta.db_table,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, (_STATES, sets.written(residents)))
        return dict(cursor.fetchall())


def _rules(form_code: str, by: Actor, at: dt.datetime) -> str:
    """What a judgement rests on beside the resident. The day is among it, for a form may ask for the day of entry."""
    duty = [str(by.organization_id), str(by.practitioner_id), clock.day_of(at).isoformat()]
    return f"{_rules_of_form(form_code, id(catalogue.current()))} {' '.join(duty)}"


@lru_cache(maxsize=32)
def _rules_of_form(form_code: str, _catalogue: int) -> str:
    definition = definitions.of(form_code)
    parameters = catalogue.current().parameters
    said: list[Any] = [
        VERSION,
        definition.digest.hex(),
        [catalogue.digest(each) for each in (*definition.tables, *definition.checks)],
        catalogue.digest(definition.contact) if definition.contact else None,
        [catalogue.digest(each) for each in catalogue.abnormal(definition.form)],
        [[code, repr(parameters.steps(code))] for code in sorted(parameters.definitions)],
    ]
    return digests.sm3(digests.canonical(said)).hex()
