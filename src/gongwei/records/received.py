"""What an envelope about records asks for, read from its JSON and handed to the operations."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.records import inbox, operations
from gongwei.records.models import Source


def register_all() -> None:
    """Make the kinds of operations on records known to the inbox."""
    inbox.register("record_encounter", record_encounter)
    inbox.register("supersede_response", supersede_response)
    inbox.register("enter_in_error", enter_in_error)


def _uuid(payload: Mapping[str, Any], name: str, *, required: bool = False) -> UUID | None:
    value = payload.get(name)
    if value is None and not required:
        return None
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise Refused(f"“{name}”应为编号", field=name, code="payload") from None


def _day(payload: Mapping[str, Any], name: str) -> dt.date | None:
    value = payload.get(name)
    try:
        return None if value is None else dt.date.fromisoformat(value)
    except (ValueError, TypeError):
        raise Refused(f"“{name}”应为日期，如 2025-03-10", field=name, code="payload") from None


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Refused(f"“{name}”应为一个对象", field=name, code="payload")
    return value


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name, "")
    if not isinstance(value, str) or "\x00" in value:
        raise Refused(f"“{name}”应为文字", field=name, code="payload")
    return value


def _filled(item: Any) -> operations.Filled:
    each = _object(item, "responses")
    return operations.Filled(
        _text(each, "form"),
        _object(each.get("answers"), "answers"),
        measured=_object(each.get("measured", {}), "measured"),
        claimed=_object(each["claimed"], "claimed") if each.get("claimed") is not None else None,
        id=_uuid(each, "id"),
    )


def record_encounter(
    *, by: Actor, at: dt.datetime, payload: Mapping[str, Any], device_id: str, op_seq: int
) -> dict[str, Any]:
    """`{encounter_id, resident_id, done_on, mode, note?, responses: [{id?, form, answers, measured?, claimed?}]}`."""
    responses = payload.get("responses")
    if not isinstance(responses, list):
        raise Refused("“responses”应为若干张表", field="responses", code="payload")
    done_on = _day(payload, "done_on")
    if done_on is None:
        raise Refused("请填写服务日期", field="done_on", code="payload")
    kept = operations.record_encounter(
        by=by,
        at=at,
        resident_id=_uuid(payload, "resident_id", required=True),  # type: ignore[arg-type]  # required
        done_on=done_on,
        mode=_text(payload, "mode"),
        responses=[_filled(each) for each in responses],
        source=by.source if by.source in (Source.DEVICE, Source.HOSPITAL) else Source.PHONE,
        encounter_id=_uuid(payload, "encounter_id", required=True),
        device_id=device_id,
        op_seq=op_seq,
        note=_text(payload, "note"),
    )
    return {
        "encounter": str(kept.encounter.pk),
        "responses": [str(each.pk) for each in kept.responses],
        "outcomes": kept.outcomes,
        "questions": kept.problems,
    }


def supersede_response(
    *, by: Actor, at: dt.datetime, payload: Mapping[str, Any], device_id: str, op_seq: int
) -> dict[str, Any]:
    """`{response_id, new_id, answers, reason, done_on?}`."""
    new = operations.supersede_response(
        by=by,
        at=at,
        response_id=_uuid(payload, "response_id", required=True),  # type: ignore[arg-type]  # required
        answers=_object(payload.get("answers"), "answers"),
        reason=_text(payload, "reason"),
        done_on=_day(payload, "done_on"),
        new_id=_uuid(payload, "new_id", required=True),
    )
    return {"response": str(new.pk), "outcome": new.outcome, "questions": new.questions}


def enter_in_error(
    *, by: Actor, at: dt.datetime, payload: Mapping[str, Any], device_id: str, op_seq: int
) -> dict[str, Any]:
    """`{response_id, reason}`."""
    withdrawn = operations.enter_in_error(
        by=by,
        at=at,
        response_id=_uuid(payload, "response_id", required=True),  # type: ignore[arg-type]  # required
        reason=_text(payload, "reason"),
    )
    return {"response": str(withdrawn.pk)}
