"""Writes: planning residents anew, an attempt that failed, a task taken off the list by a person and put back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import audit, clock, ids
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.residents.models import Resident
from gongwei.tasks import contacts, planning, reading, reconciling, writing
from gongwei.tasks.models import OPEN, Attempt, Result, State, Task

__all__ = ["cancel_task", "record_attempt", "reopen_task", "replan"]

#: Longest note and reason, in characters.
LONGEST = 200


@transaction.atomic(savepoint=False)
def replan(*, resident_ids: Sequence[UUID], at: dt.datetime) -> int:
    """Bring the tasks of some residents into line with their records; returns how many rows were written.

    Twice is harmless. A page calls it after a save in the same transaction; the follower of the change feed calls it
    for everything else.
    """
    wanted = sorted(set(resident_ids))
    return (
        plan(reading.persons(reading.Some(wanted), clock.day_of(at), lock=True).people, at) if wanted else 0
    )


def plan(
    persons: Iterable[reading.Person],
    at: dt.datetime,
    insert: Callable[[Sequence[tuple[Any, ...]]], None] = writing.insert,
) -> int:
    """Work out and write what changes for residents read before, in the present transaction; returns the rows."""
    today = clock.day_of(at)
    since = planning.horizon(today)
    added: list[tuple[reading.Person, planning.Expected]] = []
    changed: list[tuple[UUID | None, reconciling.Stored]] = []
    for person in persons:
        if not person.spans and not person.stored:
            continue
        wanted = planning.expected(
            person.spans,
            person.done,
            contacts.of_kind,
            today=today,
            parameter=contacts.parameter,
            open_allowed=person.why is None,
        )
        found = reconciling.changes(
            person.stored,
            wanted,
            standing=person.standing,
            since=since,
            why=person.why,
            why_of=person.ended,
        )
        added += [(person, task) for task in found.added]
        changed += [(person.doctor, task) for task in found.changed]
    writing.update(changed, at)
    insert(writing.new_rows(added, at))
    return len(added) + len(changed)


@transaction.atomic
def record_attempt(
    *, by: Actor, at: dt.datetime, task_id: UUID, result: str, on: dt.date, note: str = ""
) -> Attempt:
    """Keep that somebody tried and it did not come to the contact. The task stays open.

    Raises:
        Refused: no such open task here, no result, a day outside the task's life or after today.
    """
    task = _locked(by, task_id)
    if task.state not in OPEN:
        raise Refused(f"该任务{task.get_state_display()}，不能再登记未成记录", code="task_state")
    if result not in Result.values:
        raise Refused("请选择结果", field="result", code="required")
    today = clock.day_of(at)
    if on > today:
        raise Refused("日期不能晚于今天", field="on", code="future")
    if on < today - dt.timedelta(days=366):
        raise Refused("日期不能早于一年前", field="on", code="too_early")
    note = note.strip()
    if len(note) > LONGEST:
        raise Refused(f"说明不能超过{LONGEST}个字", field="note", code="too_long")
    if result == Result.OTHER and not note:
        raise Refused("结果为“其他”时请填写说明", field="note", code="required")
    attempt = Attempt.objects.create(
        id=ids.uuid7(), task=task, on_date=on, result=result, note=note, at=at, by=by.account_id
    )
    task.attempts += 1
    if task.last_attempt_on is None or on >= task.last_attempt_on:
        task.last_attempt_on, task.last_attempt_result = on, result
    task.save(update_fields=["attempts", "last_attempt_on", "last_attempt_result"])
    _audited(by, at, task, {"act": "attempt", "attempt": str(attempt.pk), "result": result})
    return attempt


@transaction.atomic
def cancel_task(*, by: Actor, at: dt.datetime, task_id: UUID, reason: str) -> Task:
    """Take a task off the list by a person's decision. A rule does not put it back; `reopen_task` does.

    Doing it twice is harmless. Raises Refused: no such task here, finished already, no reason.
    """
    task = _locked(by, task_id)
    if task.state == State.CANCELLED and task.cancel_code == reconciling.PERSON:
        return task
    if task.state not in OPEN:
        raise Refused(f"该任务{task.get_state_display()}，不能取消", code="task_state")
    reason = _reason(reason, "取消")
    task.state, task.cancel_code, task.cancel_reason = State.CANCELLED, reconciling.PERSON, reason
    task.cancelled_by = by.account_id
    task.save(update_fields=["state", "cancel_code", "cancel_reason", "cancelled_by"])
    _audited(by, at, task, {"act": "cancel", "reason": reason})
    return task


@transaction.atomic
def reopen_task(*, by: Actor, at: dt.datetime, task_id: UUID, reason: str) -> Task:
    """Put back a task a person took off; the rule then decides anew whether and when it is due.

    Raises Refused: no such task here, not taken off by a person, no reason.
    """
    task = _locked(by, task_id)
    if task.state != State.CANCELLED or task.cancel_code != reconciling.PERSON:
        raise Refused("只有人工取消的任务可以恢复", code="task_state")
    reason = _reason(reason, "恢复")
    task.state = planning.state_on(task.earliest, clock.day_of(at))
    task.cancel_code = task.cancel_reason = ""
    task.cancelled_by = None
    task.save(update_fields=["state", "cancel_code", "cancel_reason", "cancelled_by"])
    _audited(by, at, task, {"act": "reopen", "reason": reason})
    replan(resident_ids=[task.resident_id], at=at)
    task.refresh_from_db()
    return task


def _locked(by: Actor, task_id: UUID) -> Task:
    resident_id = Task.objects.filter(pk=task_id).values_list("resident_id", flat=True).first()
    # The resident first, as planning does: two that lock in another order would wait for each other.
    Resident.objects.select_for_update(no_key=True).filter(pk=resident_id).first()
    task = Task.objects.select_for_update().filter(pk=task_id).first()
    if task is None or not policy.may(by, policy.RESIDENT_VIEW, area_key=task.area_key):
        raise Refused("未找到这项任务，或不在您的服务范围内", code="task_not_found")
    policy.require(by, policy.RECORD_WRITE, area_key=task.area_key)
    return task


def _reason(text: str, what: str) -> str:
    reason = text.strip()
    if len(reason) < 2:
        raise Refused(f"请填写{what}原因", field="reason", code="required")
    if len(reason) > LONGEST:
        raise Refused(f"{what}原因不能超过{LONGEST}个字", field="reason", code="too_long")
    return reason


def _audited(by: Actor, at: dt.datetime, task: Task, detail: dict[str, str]) -> None:
    audit.record(
        by=by,
        action="update",
        subject_kind="resident",
        subject_id=task.resident_id,
        area_key=task.area_key,
        detail={"what": "task", "task": str(task.pk), "contact": task.contact, **detail},
        at=at,
    )
