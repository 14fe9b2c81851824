"""Writes on referral loops: opened, answered and withdrawn by records, closed and opened again by a person.

The first three are called inside the transaction of the record itself; what a record says is never typed a second time.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from gongwei.base import audit, changes, clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.engines import row
from gongwei.places import policy
from gongwei.records import acceptance, definitions, key_values, referral_causes
from gongwei.records.models import UNSETTLED, Encounter, Referral, Response
from gongwei.residents.models import Resident

State = Referral.State


def follow_record(
    response: Response,
    encounter: Encounter,
    answers: Mapping[str, Any],
    *,
    at: dt.datetime,
    by: Actor,
) -> Referral | None:
    """What a record just written means for the resident's referrals. Returns the one it opens.

    转诊结果 answers the open referrals of the same form made before; else all made before; else the record's own.
    """
    form = definitions.of(response.form_code).form
    if not (referral_causes.may_refer(form) or referral_causes.may_answer(form)):
        return None
    record = row.Record(form, response.done_on, {**answers, "done_on": response.done_on}, str(response.pk))
    said = referral_causes.answer(record)
    found = _causes(response, record, encounter.resident)
    if said is None and not found:
        return None
    earlier = list(
        Referral.objects.filter(
            resident_id=encounter.resident_id, state__in=UNSETTLED, advised_on__lte=record.done_on
        )
        .exclude(response=response)
        .order_by("advised_on", "id")
    )
    if said is not None and earlier:
        same = [each for each in earlier if each.form_code == form.code]
        for each in same or earlier:
            _answered(each, said, response)
        said = None
    if not found:
        return None
    return _opened(response, encounter, record, found, said, at=at, by=by)


def _causes(response: Response, record: row.Record, resident: Resident) -> tuple[referral_causes.Cause, ...]:
    subject = key_values.plain_subject(resident)
    return referral_causes.causes(record, subject, (response.outcome or {}).get("row"))


def _answered(referral: Referral, arrived: bool, response: Response) -> None:
    referral.state = State.ARRIVED if arrived else State.NOT_ARRIVED
    referral.answered_on, referral.answered_by_response = response.done_on, response
    referral.save(update_fields=["state", "answered_on", "answered_by_response"])
    _announce(referral)


def _opened(
    response: Response,
    encounter: Encounter,
    record: row.Record,
    found: tuple[referral_causes.Cause, ...],
    said: bool | None,
    *,
    at: dt.datetime,
    by: Actor,
) -> Referral:
    others = Referral.objects.filter(
        resident_id=encounter.resident_id, form_code=record.form.code, state__in=UNSETTLED
    ).exclude(response=response)
    later = others.filter(advised_on__gt=record.done_on).order_by("advised_on", "id").first()
    earlier = list(others.filter(advised_on__lte=record.done_on))
    referral = Referral(
        resident_id=encounter.resident_id,
        area_key=encounter.area_key,
        response=response,
        form_code=record.form.code,
        causes=[each.plain for each in found],
        urgent=any(each.urgent for each in found),
        first_advised_on=min([record.done_on, *(each.first_advised_on for each in earlier)]),
        advised_on=record.done_on,
        due_on=referral_causes.check_on(record.done_on),
        referred_to=referral_causes.referred_to(record),
        organization_id=encounter.organization_id,
        practitioner_id=encounter.practitioner_id,
        created_at=at,
    )
    if later is not None:
        # A record that arrives late: what came after it is what is open.
        referral.state, referral.continued_by = State.CONTINUED, later
        later.first_advised_on = min(later.first_advised_on, referral.first_advised_on)
        later.save(update_fields=["first_advised_on"])
    elif said is not None:
        referral.state = State.ARRIVED if said else State.NOT_ARRIVED
        referral.answered_on, referral.answered_by_response = record.done_on, response
    else:
        _inherit(referral, response.supersedes_id)
    if referral.state in UNSETTLED:
        # Before the new one is there (the key is checked at the end): a resident has one open referral of a form.
        for each in earlier:
            each.state, each.continued_by_id = State.CONTINUED, referral.pk
            each.save(update_fields=["state", "continued_by"])
    referral.save(force_insert=True)
    _announce(referral)
    audit.record(
        by=by,
        action="open_referral",
        subject_kind="resident",
        subject_id=encounter.resident_id,
        area_key=encounter.area_key,
        detail={
            "what": "referral",
            "referral": str(referral.pk),
            "response": str(response.pk),
            "form": record.form.code,
            "causes": [each.code for each in found],
        },
        at=at,
    )
    return referral


def _inherit(referral: Referral, corrected_id: UUID | None) -> None:
    """A correction of the record keeps how its referral ended, if it had ended by a person or by another record."""
    old = Referral.objects.filter(response_id=corrected_id).first() if corrected_id else None
    before = (old.ended or {}) if old else {}
    if not before:
        return
    referral.state = before["state"]
    referral.answered_on = dt.date.fromisoformat(before["on"]) if before["on"] else None
    referral.answered_by_response_id = UUID(before["response"]) if before["response"] else None
    referral.reason, referral.note = before["reason"], before["note"]
    referral.closed_at = dt.datetime.fromisoformat(before["at"]) if before["at"] else None
    referral.closed_by = UUID(before["by"]) if before["by"] else None


def follow_withdrawal(response: Response) -> None:
    """A record was corrected or withdrawn: its own referral goes, what it answered or replaced is open again."""
    touched = Referral.objects.filter(
        Q(response=response) | Q(answered_by_response=response) | Q(continued_by__response=response)
    ).order_by("-advised_on", "-id")
    for each in touched:
        if each.response_id == response.pk:
            _withdraw(each)
        elif each.state == State.CONTINUED:
            _reopen_in_turn(each)
        elif each.state in (State.ARRIVED, State.NOT_ARRIVED):
            each.answered_on = each.answered_by_response = None
            _reopen_in_turn(each)
        _announce(each)


def _withdraw(referral: Referral) -> None:
    withdrawn(referral)
    referral.save(update_fields=["ended", "state", "continued_by", "reason", "closed_at", "closed_by"])


def withdrawn(referral: Referral) -> None:
    """Mark a referral as withdrawn with its record, remembering how it had ended; not saved."""
    kept = referral.state in (State.CLOSED, State.ARRIVED) and (
        referral.answered_by_response_id != referral.response_id
    )
    referral.ended = _ending(referral) if kept else None
    referral.state, referral.continued_by = State.WITHDRAWN, None
    referral.reason = ""
    referral.closed_at = referral.closed_by = None


def _ending(referral: Referral) -> dict[str, Any]:
    return {
        "state": referral.state,
        "on": referral.answered_on.isoformat() if referral.answered_on else "",
        "response": str(referral.answered_by_response_id or ""),
        "reason": referral.reason,
        "note": referral.note,
        "at": referral.closed_at.isoformat() if referral.closed_at else "",
        "by": str(referral.closed_by or ""),
    }


def _reopen_in_turn(referral: Referral) -> None:
    """Open again, or, where a later one of the form is open, continued by that."""
    other = (
        Referral.objects.filter(
            resident_id=referral.resident_id, form_code=referral.form_code, state__in=UNSETTLED
        )
        .exclude(pk=referral.pk)
        .first()
    )
    standing_again(referral, other)
    referral.save(update_fields=["state", "continued_by", "answered_on", "answered_by_response"])


def standing_again(referral: Referral, other: Referral | None) -> None:
    """Mark a referral as open again, or continued by the one that is open by now; not saved."""
    referral.state = State.CONTINUED if other else State.OPEN
    referral.continued_by = other


def follow_class(response: Response, record: row.Record, *, at: dt.datetime, by: Actor) -> None:
    """A record's class was judged again, because what came before it moved: open or withdraw its referral."""
    encounter = response.encounter
    found = _causes(response, record, encounter.resident)
    own = Referral.objects.filter(response=response).first()
    if own is None:
        if found:
            _opened(response, encounter, record, found, None, at=at, by=by)
        return
    if not found and own.state in (*UNSETTLED, State.CONTINUED):
        _withdraw(own)
        for each in Referral.objects.filter(continued_by=own).order_by("-advised_on", "-id"):
            _reopen_in_turn(each)
    elif found and own.state in (*UNSETTLED, State.WITHDRAWN):
        own.causes, own.urgent = [each.plain for each in found], any(each.urgent for each in found)
        own.save(update_fields=["causes", "urgent"])
        if own.state == State.WITHDRAWN:
            _reopen_in_turn(own)
    else:
        return
    _announce(own)


@transaction.atomic
def close_referral(
    *, by: Actor, at: dt.datetime, referral_id: UUID, reason: str, on_date: dt.date, note: str = ""
) -> Referral:
    """Close a loop by hand, with a reason. Closing it twice is harmless.

    Raises:
        Refused: no such referral here, a reason that is none, a day before the advice or after today, no words to 其他.
    """
    referral, resident = _locked(referral_id)
    policy.require(by, policy.RECORD_WRITE, area_key=resident.area_id)
    if referral.state == State.CLOSED:
        return referral
    if referral.state not in UNSETTLED:
        raise Refused(f"这次转诊{referral.get_state_display()}，不需关闭", code="referral_state")
    if reason not in Referral.Reason.values:
        raise Refused("请选择关闭原因", field="reason", code="reason")
    note = note.strip()[:500]
    if reason in (Referral.Reason.OTHER, Referral.Reason.MISTAKEN) and not note:
        raise Refused("请写明情况", field="note", code="note")
    if on_date > clock.day_of(at):
        raise Refused("日期不能晚于今天", field="on_date", code="future")
    if on_date < referral.advised_on:
        raise Refused("日期不能早于提出转诊的日期", field="on_date", code="before_advice")
    referral.state, referral.reason, referral.note = State.CLOSED, reason, note
    referral.answered_on, referral.closed_at, referral.closed_by = on_date, at, by.account_id
    referral.save(update_fields=["state", "reason", "note", "answered_on", "closed_at", "closed_by"])
    _keep_step(referral, by, at, action="close_referral", reason=reason)
    return referral


@transaction.atomic
def reopen_referral(*, by: Actor, at: dt.datetime, referral_id: UUID, note: str) -> Referral:
    """Open a loop again that was closed by hand, with words. Raises Refused: not closed by hand, no words, another is open."""
    referral, resident = _locked(referral_id)
    policy.require(by, policy.RECORD_WRITE, area_key=resident.area_id)
    if referral.state in UNSETTLED:
        return referral
    if referral.state != State.CLOSED:
        raise Refused("只有人工关闭的转诊可以重新打开；记录有误时请更正记录", code="referral_state")
    note = acceptance.required_reason(note, "重新打开")[:500]
    if Referral.objects.filter(
        resident_id=referral.resident_id, form_code=referral.form_code, state__in=UNSETTLED
    ).exists():
        raise Refused("该居民已有同一种表提出的、尚未落实的转诊", code="referral_open")
    referral.state, referral.reason, referral.note = State.OPEN, "", note
    referral.answered_on = referral.closed_at = referral.closed_by = None
    referral.save(update_fields=["state", "reason", "note", "answered_on", "closed_at", "closed_by"])
    _keep_step(referral, by, at, action="reopen_referral", reason=note)
    return referral


def _locked(referral_id: UUID) -> tuple[Referral, Resident]:
    """A referral and its resident, the resident locked first, as everywhere. Raises Refused: not found here."""
    resident_id = Referral.objects.filter(pk=referral_id).values_list("resident_id", flat=True).first()
    if resident_id is None:
        raise Refused("未找到这次转诊，或不在您的服务范围内", code="referral_not_found")
    resident = acceptance.locked_resident(resident_id)
    return Referral.objects.select_for_update().get(pk=referral_id), resident


def _announce(referral: Referral) -> None:
    changes.announce(
        kind="referral",
        subject_id=referral.pk,
        resident_id=referral.resident_id,
        done_on=referral.advised_on,
    )


def _keep_step(referral: Referral, by: Actor, at: dt.datetime, *, action: str, reason: str) -> None:
    _announce(referral)
    audit.record(
        by=by,
        action=action,
        subject_kind="resident",
        subject_id=referral.resident_id,
        area_key=referral.area_key,
        detail={"what": "referral", "referral": str(referral.pk), "reason": reason},
        at=at,
    )
