"""What people do about findings: give them to somebody, explain, confirm, dismiss, put right, open again.

A statistic asks, a person decides: nothing here touches a record or money. Whose own work a finding is about may
explain it and decides nothing about it. Every step is kept and written to the audit trail.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import audit, clock, jobs
from gongwei.base.actors import Actor
from gongwei.base.models import JobRun
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.quality import jobs as quality_jobs
from gongwei.quality import probes, queries
from gongwei.quality.models import Because, Finding, FindingStep, State

AT_ONCE = 500
NOTE_LENGTH = 300


def assign(
    *,
    by: Actor,
    at: dt.datetime,
    finding_ids: Sequence[UUID],
    practitioner_id: UUID,
    due_on: dt.date | None = None,
    note: str = "",
) -> int:
    """Give live findings to somebody to look into, with a day by which; all or none. Returns how many.

    Raises Refused: one of them is not the actor's or is closed, nobody of that name works there, the day is past.
    """
    today = clock.day_of(at)
    if due_on is not None and due_on < today:
        raise Refused("期限不能早于今天。", field="due_on", code="past")
    with transaction.atomic():
        rows = _locked(by, finding_ids, policy.FINDING_ASSIGN)
        for row in rows:
            _require(row, "交办", State.OPEN, State.CONFIRMED)
        if practitioner_id not in {each.pk for each in queries.staff_of(by, rows, today=today)}:
            raise Refused("所选人员在这些疑点的机构没有岗位。", field="practitioner", code="practitioner")
        for row in rows:
            row.assigned_to_id, row.due_on = practitioner_id, due_on
            row.save(update_fields=["assigned_to", "due_on"])
        _step(by, at, rows, FindingStep.What.ASSIGNED, _note(note), to=practitioner_id, due_on=due_on)
        _audit(by, at, rows, "assign", {"practitioner": practitioner_id, "due_on": due_on, "note": note})
    return len(rows)


def explain(*, by: Actor, at: dt.datetime, finding_id: UUID, note: str) -> Finding:
    """Say how it came about; the state does not change. Raises Refused: nothing said, closed, not the actor's."""
    return _one(
        by, at, finding_id, policy.FINDING_EXPLAIN, "说明", "explain", FindingStep.What.EXPLAINED, note
    )


def confirm(*, by: Actor, at: dt.datetime, finding_id: UUID, note: str) -> Finding:
    """Decide that it is so; it stays to be put right. Raises Refused: no reason, not open, one's own work."""

    def change(row: Finding) -> None:
        row.state = State.CONFIRMED
        row.save(update_fields=["state"])

    return _one(
        by, at, finding_id, policy.FINDING_DECIDE, "确认", "confirm", FindingStep.What.CONFIRMED, note, change,
        states=(State.OPEN,), own=False,
    )  # fmt: skip


def dismiss(*, by: Actor, at: dt.datetime, finding_ids: Sequence[UUID], note: str) -> int:
    """Decide that it is not so, with the reason; a later run leaves it at that. Returns how many; all or none."""
    with transaction.atomic():
        rows = _locked(by, finding_ids, policy.FINDING_DECIDE)
        reason = _required(note, "排除")
        for row in rows:
            _require(row, "排除", State.OPEN, State.CONFIRMED)
            _require_not_own(by, row)
            _close(row, State.DISMISSED, by, at)
        _step(by, at, rows, FindingStep.What.DISMISSED, reason)
        _audit(by, at, rows, "dismiss", {"note": reason})
    return len(rows)


def mark_fixed(*, by: Actor, at: dt.datetime, finding_id: UUID, note: str) -> Finding:
    """Say that it was put right otherwise than by correcting the record. A run that finds it again opens it again."""
    return _one(
        by, at, finding_id, policy.FINDING_ASSIGN, "登记整改", "mark_fixed", FindingStep.What.FIXED, note,
        lambda row: _close(row, State.FIXED, by, at), own=False,
    )  # fmt: skip


def reopen(*, by: Actor, at: dt.datetime, finding_id: UUID, note: str) -> Finding:
    """Take back a decision. Raises Refused: no reason, not closed by a person, one's own work."""

    def change(row: Finding) -> None:
        row.state, row.closed_at, row.closed_by, row.closed_because = State.OPEN, None, None, ""
        row.save(update_fields=["state", "closed_at", "closed_by", "closed_because"])

    return _one(
        by, at, finding_id, policy.FINDING_DECIDE, "重新打开", "reopen", FindingStep.What.REOPENED, note, change,
        states=(State.CONFIRMED, State.DISMISSED, State.FIXED), own=False, by_person=True,
    )  # fmt: skip


def order_check(
    *,
    by: Actor,
    at: dt.datetime,
    form_codes: Sequence[str],
    files: bool,
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> JobRun:
    """Ask for a bulk run over the records of these forms done in a period, and over the files.

    Raises Refused: nothing chosen, an unknown form, a period that ends before it begins.
    """
    policy.require(by, policy.FINDING_RUN)
    known = {form.code for form in probes.asked_forms()}
    if not form_codes and not files:
        raise Refused("请至少选择一种表单或居民档案。", field="forms", code="nothing")
    if set(form_codes) - known:
        raise Refused("所选表单不存在。", field="forms", code="unknown_form")
    if first and last and last < first:
        raise Refused("截止日期不能早于起始日期。", field="last", code="period")
    return jobs.enqueue(
        quality_jobs.check,
        by=by,
        form_codes=list(form_codes),
        files=files,
        first=first.isoformat() if first else None,
        last=last.isoformat() if last else None,
    )


def _one(
    by: Actor,
    at: dt.datetime,
    finding_id: UUID,
    action: str,
    title: str,
    audited: str,
    what: FindingStep.What,
    note: str,
    change: Callable[[Finding], None] = lambda row: None,
    *,
    states: tuple[str, ...] = (State.OPEN, State.CONFIRMED),
    own: bool = True,
    by_person: bool = False,
) -> Finding:
    """One step with a reason about one finding. own: also by whom it is about."""
    with transaction.atomic():
        (row,) = _locked(by, [finding_id], action)
        reason = _required(note, title)
        _require(row, title, *states)
        if by_person and row.state in (State.DISMISSED, State.FIXED) and row.closed_because != Because.PERSON:
            raise Refused(
                "这条疑点因记录已更正而关闭，不能重新打开；如仍有问题，核查时会再次查出。",
                code="closed_by_run",
            )
        if not own:
            _require_not_own(by, row)
        change(row)
        _step(by, at, [row], what, reason)
        _audit(by, at, [row], audited, {"note": reason})
    return row


def _locked(by: Actor, finding_ids: Sequence[UUID], action: str) -> list[Finding]:
    wanted = list(dict.fromkeys(finding_ids))
    if not wanted or len(wanted) > AT_ONCE:
        raise Refused(f"一次请选择1至{AT_ONCE}条疑点。", code="how_many")
    rows = list(queries.visible_to(by).select_for_update(of=("self",)).filter(id__in=wanted).order_by("id"))
    if len(rows) != len(wanted):
        raise Refused("所选疑点中有不在您管辖范围内的。", code="not_found")
    for area_key in {row.area_key for row in rows}:
        policy.require(by, action, area_key=area_key)
    return rows


def _require(row: Finding, title: str, *states: str) -> None:
    if row.state not in states:
        raise Refused(
            f"疑点现为“{State(row.state).label}”，不能{title}。",
            code="state",
            hint="可能别人刚刚办理过，请刷新页面。",
        )


def _require_not_own(by: Actor, row: Finding) -> None:
    """Whose work it is about may explain and may not decide."""
    if row.practitioner_id is not None and row.practitioner_id == by.practitioner_id:
        raise Refused("这条疑点是关于您本人的服务，只能填写说明，由他人办理。", code="own")


def _required(note: str, title: str) -> str:
    if not note or not note.strip():
        raise Refused(f"请填写{title}的原因或说明。", field="note", code="note")
    return _note(note)


def _note(note: str) -> str:
    text = note.strip()
    if len(text) > NOTE_LENGTH:
        raise Refused(f"说明最多{NOTE_LENGTH}字。", field="note", code="long")
    if "\x00" in text:
        raise Refused("说明含有不能保存的字符。", field="note", code="characters")
    return text


def _close(row: Finding, state: str, by: Actor, at: dt.datetime) -> None:
    row.state, row.closed_at, row.closed_by, row.closed_because = state, at, by.account_id, Because.PERSON
    row.save(update_fields=["state", "closed_at", "closed_by", "closed_because"])


def _step(
    by: Actor,
    at: dt.datetime,
    rows: Sequence[Finding],
    what: FindingStep.What,
    note: str,
    *,
    to: UUID | None = None,
    due_on: dt.date | None = None,
) -> None:
    FindingStep.objects.bulk_create(
        FindingStep(
            finding=row,
            what=what,
            note=note,
            to_practitioner_id=to,
            due_on=due_on,
            at=at,
            by=by.account_id,
            by_practitioner_id=by.practitioner_id,
        )
        for row in rows
    )


def _audit(by: Actor, at: dt.datetime, rows: Sequence[Finding], action: str, detail: dict[str, Any]) -> None:
    one = rows[0] if len(rows) == 1 else None
    audit.record(
        by=by,
        action=action,
        subject_kind="finding",
        subject_id=one.pk if one else None,
        area_key=one.area_key if one else None,
        detail={**detail, **({} if one else {"ids": [str(row.pk) for row in rows]})},
        at=at,
    )
