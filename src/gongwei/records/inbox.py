"""What phones, devices and hospitals send: each operation once, in the order of its device, nothing lost (reliability.md §2).

The raw envelope is kept, sealed, whatever becomes of it. Operations of one device are applied in order; one that
comes too early is held, one that cannot be applied is rejected with its reasons and does not stand in the way.
"""

import datetime as dt
import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction

from gongwei.base import audit, ids, scope, sealed
from gongwei.base.actors import Actor
from gongwei.base.problems import Problem, Refused, Several
from gongwei.records.models import RawEnvelope

log = logging.getLogger(__name__)

TABLE, COLUMN = "records_rawenvelope", "payload_cipher"
KNOWN_SCHEMAS = {1}
LARGEST_PAYLOAD = 1_000_000  # bytes; a form with photographs goes another way
LARGEST_GAP = 10_000  # operations a device may run ahead; more is a broken counter
State = RawEnvelope.State

#: Applies a payload: `handler(by=, at=, payload=, device_id=, op_seq=) -> plain values for the device`.
Handler = Callable[..., dict[str, Any]]
_handlers: dict[str, Handler] = {}


def register(kind: str, handler: Handler) -> None:
    """Let a kind of operation be received; stages above register theirs in `AppConfig.ready`."""
    _handlers[kind] = handler


@transaction.atomic
def receive_envelope(*, by: Actor, at: dt.datetime, envelope: Mapping[str, Any]) -> dict[str, Any]:
    """Keep an envelope, apply it when its turn has come, then those held behind it; return the answer.

    `envelope`: `{device_id, op_seq, op_id, kind, schema_version, claimed_time?, payload, digest, previous_digest?}`;
    `payload` is JSON as text, `digest` its SHA-256 in hexadecimal. The answer's `result` is applied, duplicate (with
    the first answer), conflict, rejected (with `reasons`) or held (with `waiting_for`); `released` are the answers of
    operations that were held and have now been applied.

    Raises:
        Refused: not an envelope at all, or another account's device.
    """
    head = _head(envelope)
    if by.account_id is None:
        raise Refused("上传须由登录账号进行", code="account")
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 7))", [head["device_id"]])
    with scope.as_owner("the inbox is in the order of a device; whose it is was checked by account"):
        earlier = RawEnvelope.objects.filter(device_id=head["device_id"])
        if earlier.exclude(received_by=by.account_id).exists():
            raise Refused("该设备已登记在其他账号名下", code="other_account")
        same = earlier.filter(op_seq=head["op_seq"]).first()
        last = earlier.exclude(state=State.HELD).order_by("-op_seq").first()
        previous = earlier.filter(op_seq=head["op_seq"] - 1).first()
    if same is not None:
        return _again(same, head)
    expected = last.op_seq + 1 if last else 1
    if head["op_seq"] - expected > LARGEST_GAP:
        raise Refused("设备序号与已收到的相差过大", field="op_seq", code="gap")
    kept = RawEnvelope(
        id=ids.uuid7(),
        **{
            name: head[name]
            for name in ("device_id", "op_seq", "op_id", "kind", "schema_version", "claimed_time")
        },
        digest=head["digest"],
        previous_digest=head["previous_digest"],
        received_at=at,
        received_by=by.account_id,
    )
    kept.payload_cipher = sealed.encrypt(head["payload"], table=TABLE, column=COLUMN, row_id=kept.pk)
    if head["op_seq"] > expected:
        _answer(kept, at, State.HELD, {"waiting_for": expected})
    else:
        broken = previous is not None and previous.digest != head["previous_digest"]
        _apply(kept, head["payload"], by, at, chain_broken=broken)
    with scope.as_owner("kept as it was sent, whatever it is about"):
        kept.save(force_insert=True)
    audit.record(
        by=by,
        action="receive",
        subject_kind="envelope",
        subject_id=kept.pk,
        detail={
            "device": head["device_id"],
            "op_seq": head["op_seq"],
            "kind": head["kind"],
            "result": kept.state,
        },
        at=at,
    )
    released = _release(kept, by, at) if kept.state != State.HELD else []
    return {**kept.answer, "released": released}


def _release(after: RawEnvelope, by: Actor, at: dt.datetime) -> list[dict[str, Any]]:
    """Apply the held operations that follow without a gap."""
    answers = []
    previous = after
    while True:
        with scope.as_owner("the next operation of the same device and account"):
            held = RawEnvelope.objects.filter(
                device_id=after.device_id, op_seq=previous.op_seq + 1, state=State.HELD
            ).first()
        if held is None:
            return answers
        payload = sealed.decrypt(held.payload_cipher, table=TABLE, column=COLUMN, row_id=held.pk)
        _apply(held, payload or "", by, at, chain_broken=previous.digest != held.previous_digest)
        with scope.as_owner("its answer"):
            held.save(update_fields=["state", "answer", "answered_at"])
        answers.append(held.answer)
        previous = held


def _again(same: RawEnvelope, head: Mapping[str, Any]) -> dict[str, Any]:
    if (same.digest, same.op_id) != (head["digest"], head["op_id"]):
        raise Refused("该设备序号已用于另一项操作", field="op_seq", code="op_seq_reused")
    if same.state == State.HELD:
        return {**same.answer, "released": []}
    return {**same.answer, "result": "duplicate", "first_result": same.answer["result"], "released": []}


def _apply(kept: RawEnvelope, payload: str, by: Actor, at: dt.datetime, *, chain_broken: bool) -> None:
    """Run the handler in a savepoint and note the answer."""
    try:
        if hashlib.sha256(payload.encode()).hexdigest() != kept.digest:
            raise Refused("内容与摘要不符，可能在传输中损坏，请重新上传", code="digest")
        if chain_broken:
            raise Refused("与该设备的前一项操作不衔接", code="chain")
        if kept.schema_version not in KNOWN_SCHEMAS:
            raise Refused("上传格式的版本过新，请先升级服务器", code="schema_version")
        handler = _handlers.get(kept.kind)
        if handler is None:
            raise Refused(f"不认识的操作“{kept.kind}”", code="unknown_kind")
        values = _parsed(payload)
        with transaction.atomic():
            found = handler(by=by, at=at, payload=values, device_id=kept.device_id, op_seq=kept.op_seq)
        _answer(kept, at, State.APPLIED, found)
    except Several as several:
        _answer(kept, at, State.REJECTED, {"reasons": [_reason(each) for each in several.problems]})
    except Problem as problem:
        state = State.CONFLICT if problem.code == "already_superseded" else State.REJECTED
        _answer(kept, at, state, {"reasons": [_reason(problem)]})
    except (OperationalError, InterfaceError):
        raise  # the database is at fault: the device keeps the operation and sends it again
    except Exception:  # one bad operation must not block its device for ever; it stays in the inbox
        log.exception("operation %s of a device could not be handled", kept.pk)
        _answer(
            kept,
            at,
            State.REJECTED,
            {"reasons": [{"message": "服务器未能处理，原件已留存待查", "code": "failed"}]},
        )


def _answer(kept: RawEnvelope, at: dt.datetime, state: str, more: Mapping[str, Any]) -> None:
    kept.state, kept.answered_at = state, at
    kept.answer = {"op_seq": kept.op_seq, "op_id": str(kept.op_id), "result": str(state), **more}


def _reason(problem: Problem) -> dict[str, Any]:
    return {
        "message": problem.message,
        "code": problem.code,
        "field": problem.field,
        "form": problem.details.get("form"),
    }


def _refuse_constant(text: str) -> None:
    raise ValueError(text)


def _parsed(payload: str) -> dict[str, Any]:
    try:
        found = json.loads(payload, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Refused("上传内容不是有效的JSON", code="json") from None
    if not isinstance(found, dict):
        raise Refused("上传内容应为一个对象", code="json")
    return found


def _head(envelope: Mapping[str, Any]) -> dict[str, Any]:
    """The envelope's own items, read strictly. Raises Refused for anything that is no envelope."""

    def item(name: str, kind: type, *, least: int = 1, most: int = 64) -> Any:
        value = envelope.get(name)
        wrong = not isinstance(value, kind) or isinstance(value, bool)
        if wrong or (isinstance(value, str) and (not least <= len(value) <= most or "\x00" in value)):
            raise Refused(f"上传信封的“{name}”有误", field=name, code="envelope")
        return value

    head = {
        "device_id": item("device_id", str),
        "op_seq": item("op_seq", int),
        "kind": item("kind", str, most=40),
        "schema_version": item("schema_version", int),
        "payload": item("payload", str, most=LARGEST_PAYLOAD),
        "digest": item("digest", str, least=64),
        "previous_digest": envelope.get("previous_digest") or "",
        "claimed_time": envelope.get("claimed_time"),
    }
    if not 1 <= head["op_seq"] < 2**62 or not 0 <= head["schema_version"] < 2**31:
        raise Refused("上传信封的“op_seq”有误", field="op_seq", code="envelope")
    if len(head["payload"].encode("utf-8", "replace")) > LARGEST_PAYLOAD:
        raise Refused("上传内容过大", field="payload", code="envelope")
    if not isinstance(head["previous_digest"], str) or len(head["previous_digest"]) > 64:
        raise Refused("上传信封的“previous_digest”有误", field="previous_digest", code="envelope")
    try:
        head["op_id"] = UUID(str(envelope.get("op_id")))
        claimed = head["claimed_time"]
        head["claimed_time"] = dt.datetime.fromisoformat(claimed) if claimed else None
        if head["claimed_time"] and head["claimed_time"].tzinfo is None:
            raise ValueError
    except (ValueError, TypeError):
        raise Refused("上传信封的“op_id”或“claimed_time”有误", code="envelope") from None
    return head
