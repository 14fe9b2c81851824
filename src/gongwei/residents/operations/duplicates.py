"""Two records of one person made one, and the undo of it (records.md §5)."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.base.scope import as_owner
from gongwei.places import policy
from gongwei.residents import identity, merging, parameters, profile, sealing, states, tags
from gongwei.residents.models import LifecycleEvent, Merge, Resident
from gongwei.residents.operations import households, writing


def merge_residents(
    *,
    by: Actor,
    at: dt.datetime,
    survivor_id: UUID,
    loser_id: UUID,
    reason: str,
    different_documents: bool = False,
) -> Merge:
    """Merge the loser into the survivor: all its records follow, its number stays as an alias, it counts once.

    `queries.suggest_survivor` says which should survive. Two different identity cards are two people unless the
    clerk says one was typed wrongly (`different_documents`). Raises Refused.
    """
    if survivor_id == loser_id:
        raise Refused("请选择两份不同的档案。", code="same_record")
    if len(reason.strip()) < 2:
        raise Refused("合并须写明原因。", field="reason", code="required")
    with transaction.atomic():
        # In the order of ids, so that two clerks merging the same pair crosswise do not lock each other up.
        rows = {
            key: writing.locked(by, key, policy.RESIDENT_MERGE, states.MERGE)
            for key in sorted((survivor_id, loser_id))
        }
        survivor, loser = rows[survivor_id], rows[loser_id]
        if survivor.record_no is None:
            raise Refused("保留的档案尚未建档，请选另一份为保留档案。", code="survivor_unfiled")
        numbers = [_number(survivor), _number(loser)]
        if all(numbers) and len(set(numbers)) == 2 and not different_documents:
            raise Refused(
                "两份档案的身份证号不同，通常是两个人。",
                code="different_documents",
                hint="如确认其中一份录错了号码，请勾选后再合并。",
            )
        today = clock.day_of(at)
        before = {
            "status": loser.status,
            "status_since": loser.status_since.isoformat(),
            "household": str(loser.household_id) if loser.household_id else None,
            "relation": loser.relation_to_head,
            "aliases": survivor.record_no_aliases,
            "took_document": not numbers[0] and bool(numbers[1]),
            # Only the kind; the number itself stays sealed, in the change log.
            "document": [survivor.id_type],
        }
        with as_owner("a request may not change whose record a fact is in"):
            moved = _merge(survivor, loser, by, at, today, numbers)
        merge = Merge.objects.create(
            survivor=survivor,
            loser=loser,
            reason=reason.strip()[:200],
            at=at,
            account_id=by.account_id,
            moved=moved,
            loser_before=before,
        )
        detail = {"merge": str(merge.id), "other": str(loser.id)}
        for row, other in ((survivor, loser), (loser, survivor)):
            writing.event(
                row, "merged", by=by, at=at, on=today, reason=reason, detail={"other": str(other.id)}
            )
        tags.refresh([survivor.id, loser.id])
        rows_moved = {name: len(keys) for name, keys in moved.items()}
        writing.audited(
            survivor, "merge", by=by, at=at, detail={**detail, "rows": rows_moved}, kind="resident.merged"
        )
        writing.audited(
            loser, "merge", by=by, at=at, detail={**detail, "other": str(survivor.id)}, kind="resident.merged"
        )
    return merge


def _merge(
    survivor: Resident, loser: Resident, by: Actor, at: dt.datetime, today: dt.date, numbers: list[str | None]
) -> dict[str, list[str]]:
    households.end_membership(loser, today)
    writing.set_status(loser, states.MERGED, today)
    loser.merged_into = survivor
    writing.save(loser, by=by, at=at)
    try:
        with transaction.atomic():
            moved = merging.move(loser.id, survivor.id, survivor.area_id)
    except IntegrityError:
        raise Refused("两份档案互为关系人等原因，不能合并，请先更正。", code="cannot_move") from None
    texts = profile.texts(survivor)
    if not numbers[0] and numbers[1]:
        survivor.id_type = identity.RESIDENT_CARD
        for column, value in sealing.id_columns(survivor.id, survivor.id_type, numbers[1]).items():
            setattr(survivor, column, value)
    number = [loser.record_no] if loser.record_no else []
    survivor.record_no_aliases = list(
        dict.fromkeys([*survivor.record_no_aliases, *number, *loser.record_no_aliases])
    )
    writing.save(survivor, by=by, at=at)
    now = {name: text for name, text in profile.texts(survivor).items() if text != texts[name]}
    writing.keep_changes(survivor, texts, now, by=by, at=at, business="合并")
    return moved


def _any_number(resident: Resident) -> str | None:
    return sealing.open_column(resident, sealing.RESIDENT, "id_cipher")


def _number(resident: Resident) -> str | None:
    """The identity-card number; another document or a temporary number identifies less."""
    return _any_number(resident) if resident.id_type == identity.RESIDENT_CARD else None


def undo_merge(*, by: Actor, at: dt.datetime, merge_id: UUID, reason: str) -> Merge:
    """Take a merge back within its time limit: what had moved goes back, what was added since stays.

    Raises Refused after the limit, or when the survivor has itself been merged since.
    """
    if len(reason.strip()) < 2:
        raise Refused("撤销合并须写明原因。", field="reason", code="required")
    with transaction.atomic():
        merge = Merge.objects.select_for_update().filter(id=merge_id).first()
        if merge is None:
            raise Refused("没有这次合并，或不在您的管辖范围内。", code="not_found")
        if merge.undone_at is not None:
            raise Refused("这次合并已经撤销。", code="undone")
        today = clock.day_of(at)
        days = parameters.value("merge_undo_days", clock.day_of(merge.at))
        if today > clock.day_of(merge.at) + dt.timedelta(days=days):
            raise Refused(f"合并已超过{days}天，不能撤销。", code="too_late")
        loser = writing.locked(by, merge.loser_id, policy.RESIDENT_MERGE, states.UNDO_MERGE)
        survivor = writing.locked(by, merge.survivor_id, policy.RESIDENT_MERGE)
        if survivor.status == states.MERGED:
            raise Refused("保留的档案后来又被合并，请先撤销那一次。", code="merged_again")
        with as_owner("a request may not change whose record a fact is in"):
            _undo(merge, survivor, loser, by, at)
        merge.undone_at, merge.undone_by, merge.undo_reason = at, by.account_id, reason.strip()[:200]
        merge.save(update_fields=["undone_at", "undone_by", "undo_reason"])
        for row, other in ((survivor, loser), (loser, survivor)):
            event = LifecycleEvent.objects.filter(resident=row, kind="merged").order_by("-at").first()
            writing.event(
                row, "unmerged", by=by, at=at, on=today, reason=reason, detail={"other": str(other.id)},
                reverses=event.id if event else None,
            )  # fmt: skip
            writing.audited(
                row, "undo_merge", by=by, at=at, detail={"merge": str(merge.id)}, kind="resident.unmerged"
            )
        tags.refresh([survivor.id, loser.id])
    return merge


def _undo(merge: Merge, survivor: Resident, loser: Resident, by: Actor, at: dt.datetime) -> None:
    was: dict[str, Any] = merge.loser_before
    merging.put_back(merge.moved, survivor.id, loser.id, loser.area_id)
    texts = profile.texts(survivor)
    if was["took_document"]:
        _give_document_back(merge, survivor)
    survivor.record_no_aliases = was["aliases"]
    writing.save(survivor, by=by, at=at)
    now = {name: text for name, text in profile.texts(survivor).items() if text != texts[name]}
    writing.keep_changes(survivor, texts, now, by=by, at=at, business="撤销合并")
    loser.merged_into = None
    writing.set_status(loser, was["status"], dt.date.fromisoformat(was["status_since"]))
    writing.save(loser, by=by, at=at)
    if was["household"]:
        member = {"id": was["household"], "relation": was["relation"]}
        households.rejoin(loser, member, on=clock.day_of(at))


def _give_document_back(merge: Merge, survivor: Resident) -> None:
    """The document the survivor had before stands in the change log of the merge."""
    change = survivor.changes.filter(business="合并", field="id_number", at=merge.at).first()
    number = ""
    if change and change.old_cipher:
        number = (
            sealing.sealed.decrypt(
                change.old_cipher, table=sealing.CHANGE, column="old_cipher", row_id=change.id
            )
            or ""
        )
    survivor.id_type = merge.loser_before["document"][0]
    for column, value in sealing.id_columns(survivor.id, survivor.id_type, number or None).items():
        setattr(survivor, column, value)
