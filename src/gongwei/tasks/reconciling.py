"""What has to change so that the stored tasks of a resident are what is expected. Pure.

Three things are never lost: an attempt, a finished task whose record still stands, and a person's cancellation. An
open task that is expected under another name (the record before it was corrected to another day) is renamed, so
that the attempts made for it stay with it. So is a finished one, when the record before it was withdrawn and its own
record does the task before: one record does a contact once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from gongwei.tasks.planning import CANCELLED, COMPLETED, DRAFT, FAILED, READY, Expected

OPEN = frozenset({DRAFT, READY})
#: Why a task was cancelled. PERSON: somebody decided it; a rule does not take it up again.
PERSON, NOT_EXPECTED, WITHDRAWN = "person", "not_expected", "withdrawn"
WORDS = {NOT_EXPECTED: "按现行规则不再需要", WITHDRAWN: "所依据的记录已更正或作废"}


class Stored(NamedTuple):
    """A task as it stands, without what a rule never touches (attempts)."""

    id: UUID
    contact: str
    anchor: str
    episode: UUID | None
    reason: str
    earliest: date
    due: date
    latest: date
    state: str
    response: UUID | None = None
    completed_on: date | None = None
    cancel_code: str = ""
    cancel_reason: str = ""
    cancelled_by: UUID | None = None


@dataclass
class Changes:
    """Rows to add and rows to write anew (`changed` are whole rows, by id)."""

    added: list[Expected] = field(default_factory=list)
    changed: list[Stored] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed)


@dataclass(frozen=True, slots=True)
class Why:
    """The reason open tasks are cancelled for, where one holds for the whole resident or episode."""

    code: str
    words: str


def changes(
    stored: Sequence[Stored],
    wanted: Sequence[Expected],
    *,
    standing: Collection[UUID],
    since: date,
    why: Why | None = None,
    why_of: Mapping[UUID, Why] | None = None,
) -> Changes:
    """Bring stored tasks into line.

    Args:
        standing: responses that are in force; a task completed by another one is no longer completed.
        since: the day from which finished tasks are derived (`planning.horizon`); an open task of a year or an age
            that ended before it has failed, and is not the task of a later one.
        why: why nothing is left to be done for this resident (died, moved away ...).
        why_of: the same for episodes that ended.
    """
    if not stored:
        return Changes(list(wanted))
    found = Changes()
    by_name = {(each.contact, each.anchor): each for each in stored}
    wanted_names = {(each.contact, each.anchor) for each in wanted}
    unwanted = [each for name, each in by_name.items() if name not in wanted_names]
    finished = [each for each in unwanted if each.state == COMPLETED]
    doing = {(each.contact, each.response) for each in wanted if each.state == COMPLETED and finished}
    elsewhere = {
        (each.contact, each.response): each for each in finished if (each.contact, each.response) in doing
    }
    loose: dict[str, list[Stored]] = {}
    for each in unwanted:
        if each.state in OPEN:
            if why is None and each.latest < since and each.anchor.startswith(("year:", "at:")):
                found.changed.append(each._replace(state=FAILED))
                continue
            loose.setdefault(each.contact, []).append(each)
    for task in wanted:
        row = by_name.get((task.contact, task.anchor))
        if row is None and task.state in OPEN and loose.get(task.contact):
            row = loose[task.contact].pop()
        if row is None and task.state == COMPLETED:
            row = elsewhere.pop((task.contact, task.response), None)
        if row is None:
            found.added.append(task)
            continue
        new = _in_line(row, task)
        if new != row:
            found.changed.append(new)
    for rows in loose.values():
        for row in rows:
            reason = why or ((why_of or {}).get(row.episode) if row.episode else None)
            found.changed.append(_cancelled(row, reason or Why(NOT_EXPECTED, WORDS[NOT_EXPECTED])))
    for row in finished:
        if row.response not in standing or (row.contact, row.response) in elsewhere:
            found.changed.append(_cancelled(row, Why(WITHDRAWN, WORDS[WITHDRAWN])))
    return found


def _in_line(row: Stored, task: Expected) -> Stored:
    """The row as the rule wants it; what a person cancelled stays cancelled until it is done or reopened."""
    if row.state == CANCELLED and row.cancel_code == PERSON and task.state in (*OPEN, FAILED):
        return row
    return Stored(
        row.id,
        task.contact,
        task.anchor,
        task.episode,
        task.reason,
        task.earliest,
        task.due,
        task.latest,
        task.state,
        task.response,
        task.completed_on,
    )


def _cancelled(row: Stored, why: Why) -> Stored:
    return row._replace(
        state=CANCELLED,
        response=None,
        completed_on=None,
        cancel_code=why.code,
        cancel_reason=why.words,
        cancelled_by=None,
    )
