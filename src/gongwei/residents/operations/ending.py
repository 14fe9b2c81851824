"""The ends of a record and its return: death, cancellation, loss, restoration (records.md §6)."""

import datetime as dt
from uuid import UUID

from django.db import IntegrityError, transaction

from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.residents import codes, parameters, states, typed_text
from gongwei.residents.models import ContactAttempt, LifecycleEvent, Resident, Transfer
from gongwei.residents.operations import households, registering, writing

DEATH, MOVED_OUT, LOST_REASON, REFUSED, DUPLICATE, OTHER = "1", "2", "3", "4", "5", "9"
SOURCES = {"certificate": "死亡证明", "police": "公安", "civil_affairs": "民政", "family": "家属"}
CHANNELS = {"phone": "电话", "home": "入户", "other": "其他"}


def record_death(
    *, by: Actor, at: dt.datetime, resident_id: UUID, death_on: object, cause: str, source: str
) -> Resident:
    """Record a death: the file is cancelled from that day, and no service may be dated after it.

    `cause` is an ICD-10 code or text, `source` one of SOURCES. A transfer under way ends. Raises Refused beside
    the field.
    """
    with transaction.atomic():
        resident = writing.locked(by, resident_id, policy.RESIDENT_END, states.RECORD_DEATH)
        day = writing.day_not_future(death_on, "死亡日期", at, "death_on")
        if day < resident.birth_date:
            raise Refused("死亡日期早于出生日期。", field="death_on", code="before_birth")
        if source not in SOURCES:
            raise Refused("请选择死亡信息的来源。", field="source", code="required")
        text = _said(cause, "死亡原因", "cause")
        _end_transfer(resident, by, at)
        before = _now(resident)
        writing.set_status(resident, writing.after(resident, states.RECORD_DEATH), day)
        resident.cancel_reason, resident.death_on, resident.death_cause = DEATH, day, text
        resident.cancel_note = f"信息来源：{SOURCES[source]}"
        _close(resident, before, by, at, day, "登记死亡")
        writing.event(resident, "died", by=by, at=at, on=day, reason=text, detail={"source": source})
        writing.audited(resident, "record_death", by=by, at=at, kind="resident.died", on=day)
    return resident


def cancel(
    *, by: Actor, at: dt.datetime, resident_id: UUID, reason: str, note: str, on: object = None
) -> Resident:
    """End a file for another reason than death or merging: 2 moved out of the platform, 3 lost, 4 refused, 9 other.

    The note says where to, what was tried, or why (QA032: no cancellation without ground). Raises Refused.
    """
    with transaction.atomic():
        resident = writing.locked(by, resident_id, policy.RESIDENT_END, states.CANCEL)
        if reason == DEATH:
            raise Refused("死亡请用“登记死亡”办理。", field="reason", code="use_record_death")
        if reason == DUPLICATE:
            raise Refused("重复档案请用“合并”办理。", field="reason", code="use_merge")
        if reason not in {MOVED_OUT, LOST_REASON, REFUSED, OTHER}:
            raise Refused("请选择注销原因。", field="reason", code="required")
        text = _said(note, "去向" if reason == MOVED_OUT else "注销说明", "note")
        day = writing.day_not_future(on, "注销日期", at, "on") if on else clock.day_of(at)
        if day < resident.birth_date:
            raise Refused("注销日期早于出生日期。", field="on", code="before_birth")
        before = _now(resident)
        writing.set_status(resident, writing.after(resident, states.CANCEL), day)
        resident.cancel_reason, resident.cancel_note = reason, text
        _close(resident, before, by, at, day, "注销")
        title = codes.name("cancel_reason", reason)
        writing.event(
            resident, "cancelled", by=by, at=at, on=day, reason=f"{title}：{text}", detail={"code": reason}
        )
        writing.audited(
            resident, "cancel", by=by, at=at, detail={"reason": reason}, kind="resident.cancelled", on=day
        )
    return resident


def record_contact_attempt(
    *, by: Actor, at: dt.datetime, resident_id: UUID, on: object, channel: str, result: str
) -> ContactAttempt:
    """Keep an attempt to reach a resident (date, channel, result)."""
    with transaction.atomic():
        resident = writing.locked(by, resident_id, policy.RESIDENT_END)
        if channel not in CHANNELS:
            raise Refused("请选择联系方式。", field="channel", code="required")
        day = writing.day_not_future(on, "联系日期", at, "on")
        row = ContactAttempt.objects.create(
            resident=resident,
            on_date=day,
            channel=channel,
            result=_said(result, "联系结果", "result"),
            account_id=by.account_id,
        )
        writing.audited(resident, "update", by=by, at=at, detail={"items": ["contact_attempt"]})
    return row


def mark_lost(*, by: Actor, at: dt.datetime, resident_id: UUID, note: str = "") -> Resident:
    """Mark a resident as lost, after enough attempts on different days ([?] default three within 90 days)."""
    with transaction.atomic():
        resident = writing.locked(by, resident_id, policy.RESIDENT_END, states.MARK_LOST)
        today = clock.day_of(at)
        needed, within = parameters.value("lost_attempts", today), parameters.value("lost_days", today)
        since = today - dt.timedelta(days=within)
        days = set(
            ContactAttempt.objects.filter(resident=resident, on_date__gt=since).values_list(
                "on_date", flat=True
            )
        )
        if len(days) < needed:
            raise Refused(
                f"判定失访须在{within}天内有{needed}次不同日期的联系记录，现有{len(days)}次。",
                code="attempts",
                hint="请先登记联系记录。",
            )
        before = _now(resident)
        writing.set_status(resident, writing.after(resident, states.MARK_LOST), today)
        writing.save(resident, by=by, at=at)
        writing.keep_changes(resident, before, _now(resident), by=by, at=at, business="登记失访")
        writing.event(resident, "lost", by=by, at=at, on=today, reason=note, detail={"attempts": len(days)})
        writing.audited(resident, "mark_lost", by=by, at=at, on=today)
    return resident


def return_by_service(*, by: Actor, at: dt.datetime, resident_id: UUID, on: dt.date) -> Resident:
    """Bring a lost resident back because a verified service took place; records calls it in its own transaction."""
    with transaction.atomic():
        resident = writing.locked(by, resident_id, policy.RECORD_WRITE, states.SERVE)
        if resident.status == states.LOST:
            before = _now(resident)
            writing.set_status(resident, states.ACTIVE, on)
            writing.save(resident, by=by, at=at)
            writing.keep_changes(resident, before, _now(resident), by=by, at=at, business="失访后恢复服务")
            writing.event(resident, "restored", by=by, at=at, on=on, reason="失访后又有服务记录")
            writing.audited(resident, "restore", by=by, at=at, detail={"by": "service"}, on=on)
    return resident


def restore(*, by: Actor, at: dt.datetime, resident_id: UUID, reason: str) -> Resident:
    """Bring a cancelled or lost file back; a death recorded wrongly is taken back with it.

    The plans that the cancellation closed are rebuilt by the stages above, which follow the change feed. Raises
    Refused without a reason, or when the document now belongs to another living file.
    """
    with transaction.atomic():
        resident = writing.locked(by, resident_id, policy.RESIDENT_RESTORE, states.RESTORE)
        text = _said(reason, "恢复原因", "reason")
        today = clock.day_of(at)
        ended = (
            LifecycleEvent.objects.filter(resident=resident, kind__in=["died", "cancelled", "lost"])
            .order_by("-at", "-id")
            .first()
        )
        before = _now(resident)
        writing.set_status(resident, writing.after(resident, states.RESTORE), today)
        resident.cancel_reason = resident.cancel_note = resident.death_cause = ""
        resident.death_on = None
        if resident.record_no is None:
            registering.file_under_number(resident, by, today)
        try:
            with transaction.atomic():
                writing.save(resident, by=by, at=at)
        except IntegrityError:
            raise Refused(
                "该证件号码现有另一份在用档案，不能恢复。",
                code="duplicate",
                hint="如为同一人，请合并两份档案。",
            ) from None
        writing.keep_changes(resident, before, _now(resident), by=by, at=at, business="恢复")
        writing.event(
            resident, "restored", by=by, at=at, on=today, reason=text, reverses=ended.id if ended else None
        )
        writing.audited(resident, "restore", by=by, at=at, kind="resident.restored", on=today)
    return resident


def _said(text: str, label: str, field: str) -> str:
    try:
        said = typed_text.plain(text or "", label)
    except typed_text.BadText as bad:
        raise Refused(bad.message, field=field, code=bad.code) from None
    if len(said) < 2:
        raise Refused(f"{label}不能为空。", field=field, code="required")
    if len(said) > 200:
        raise Refused(f"{label}不能超过200个字。", field=field, code="too_long")
    return said


def _now(resident: Resident) -> dict[str, str]:
    """What the trace keeps of a record's state."""
    return {
        "status": resident.status,
        "cancel_reason": resident.cancel_reason,
        "death_on": resident.death_on.isoformat() if resident.death_on else "",
        "death_cause": resident.death_cause,
    }


def _close(
    resident: Resident, before: dict[str, str], by: Actor, at: dt.datetime, day: dt.date, business: str
) -> None:
    households.end_membership(resident, day)
    writing.save(resident, by=by, at=at)
    writing.keep_changes(resident, before, _now(resident), by=by, at=at, business=business)


def _end_transfer(resident: Resident, by: Actor, at: dt.datetime) -> None:
    Transfer.objects.filter(resident=resident, state="pending").update(
        state="withdrawn", decided_at=at, decided_by=by.account_id, decision_note="居民已死亡"
    )
