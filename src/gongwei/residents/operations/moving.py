"""Moving a file to another organization: asked by one side, confirmed by the other, within a time limit.

Two ways (records.md §6). 迁出: the unit a resident leaves asks, the receiving unit confirms. 迁入: the unit the
resident came to asks, naming document and name, and the unit that holds the file releases it. Until then
everything stays with the old unit; refused, withdrawn or expired, it stays there for good (§12.4).
"""

import datetime as dt
from uuid import UUID

from django.db import transaction

from gongwei.base import clock, sealed
from gongwei.base.actors import SYSTEM, Actor
from gongwei.base.problems import Refused
from gongwei.base.scope import acting, as_owner
from gongwei.places import division_codes, policy
from gongwei.places import queries as places
from gongwei.residents import identity, parameters, profile, sealing, states, typed_text
from gongwei.residents.models import Resident, Transfer
from gongwei.residents.operations import households, numbering, writing

NO_TRANSFER = "没有这份迁移申请，或不由您处理。"


def request_transfer(
    *,
    by: Actor,
    at: dt.datetime,
    resident_id: UUID,
    to_area: int,
    to_organization_id: UUID | None = None,
    moved_on: object = None,
    to_address: str = "",
    reason: str = "",
) -> Transfer:
    """Ask another organization to take a file over (迁出). Raises Refused beside the field."""
    with transaction.atomic():
        resident = writing.locked(by, resident_id, policy.RESIDENT_TRANSFER, states.REQUEST_TRANSFER)
        transfer = _request(
            resident, "from", by, at, to_area, to_organization_id, moved_on, to_address, reason
        )
        writing.audited(
            resident, "request", by=by, at=at, detail={"to_area": to_area, "transfer": str(transfer.id)}
        )
    return transfer


def claim_transfer(
    *,
    by: Actor,
    at: dt.datetime,
    id_type: str,
    id_number: str,
    name: str,
    to_area: int,
    moved_on: object = None,
    to_address: str = "",
    reason: str = "",
) -> Transfer:
    """Ask the unit that holds a file to release it (迁入申请). Document and name must both agree with the file.

    Nothing of the file is told; a wrong pair and an unknown person get one answer.
    """
    today = clock.day_of(at)
    with transaction.atomic():
        policy.require(by, policy.RESIDENT_REGISTER, area_key=to_area)
        try:
            document = identity.parse_document(id_type, id_number, on=today)
            said = typed_text.person_name(name)
        except typed_text.BadText as bad:
            raise Refused(bad.message, field="id_number", code=bad.code) from None
        key = sealed.blind(sealing.document(id_type, document.number), purpose=sealing.ID_PURPOSE)
        with as_owner("the file claimed lies outside the asking side's areas"):
            resident = (
                Resident.objects.select_for_update()
                .filter(id_key=key, name=said, status__in=states.LIVING)
                .first()
            )
        if resident is None:
            raise Refused("没有找到证件号码和姓名都相符的在用档案。", field="id_number", code="not_found")
        policy.require(by, policy.RESIDENT_CLAIM, area_key=resident.area_id)
        writing.after(resident, states.REQUEST_TRANSFER)
        with acting(SYSTEM):
            transfer = _request(
                resident, "to", by, at, to_area, by.organization_id, moved_on, to_address, reason
            )
        writing.audited(
            resident, "request", by=by, at=at, detail={"claim": True, "transfer": str(transfer.id)}
        )
    return transfer


def _request(
    resident: Resident,
    side: str,
    by: Actor,
    at: dt.datetime,
    to_area: int,
    to_organization_id: UUID | None,
    moved_on: object,
    to_address: str,
    reason: str,
) -> Transfer:
    today = clock.day_of(at)
    day = writing.day_not_future(moved_on, "迁移日期", at, "moved_on") if moved_on else today
    if day < resident.birth_date:
        raise Refused("迁移日期早于出生日期。", field="moved_on", code="before_birth")
    read, problems = profile.read({"area": to_area, "address": to_address, "employer": reason}, on=today)
    if problems:
        raise problems[0]
    serving = list(places.organizations_serving(to_area, today))
    if not serving:
        raise Refused("迁入地没有服务机构，请核对村（居）。", field="to_area", code="no_organization")
    receiving = next((one for one in serving if one.id == to_organization_id), None)
    if to_organization_id is not None and receiving is None and side == "from":
        raise Refused("所选机构不服务迁入地。", field="to_organization", code="not_serving")
    receiving = receiving or serving[0]
    if resident.area_id == to_area and resident.managing_organization_id == receiving.id:
        raise Refused("迁入地与现住地相同。", field="to_area", code="same_place")
    transfer = Transfer.objects.create(
        resident=resident,
        asked_by_side=side,
        from_organization_id=resident.managing_organization_id,
        to_organization=receiving,
        from_area_id=resident.area_id,
        to_area_id=to_area,
        to_address=read["address"],
        moved_on=day,
        reason=read["employer"],
        state="pending",
        expires_on=today + dt.timedelta(days=parameters.value("transfer_days", today)),
        requested_at=at,
        requested_by=by.account_id,
    )
    writing.set_status(resident, writing.after(resident, states.REQUEST_TRANSFER), today)
    writing.save(resident, by=by, at=at)
    writing.event(resident, "transfer_requested", by=by, at=at, on=today, reason=read["employer"])
    return transfer


def confirm_transfer(*, by: Actor, at: dt.datetime, transfer_id: UUID) -> Resident:
    """Confirm a transfer as the other side: the file, with all its records, is now the receiving unit's."""
    with transaction.atomic():
        transfer, resident = _mine(by, at, transfer_id)
        today = clock.day_of(at)
        with as_owner("the file leaves one side's areas and enters the other's in one statement"):
            before = profile.texts(resident)
            households.end_membership(resident, today)
            writing.event(resident, "moved_out", by=by, at=at, on=transfer.moved_on, detail=_way(transfer))
            writing.set_status(resident, writing.after(resident, states.CONFIRM_TRANSFER), today)
            _settle(resident, transfer, today)
            writing.save(resident, by=by, at=at)
            now = {name: text for name, text in profile.texts(resident).items() if text != before[name]}
            writing.keep_changes(resident, before, now, by=by, at=at, business="迁移")
            writing.event(resident, "moved_in", by=by, at=at, on=transfer.moved_on, detail=_way(transfer))
            _decide(transfer, "confirmed", by, at, "")
        writing.audited(
            resident,
            "confirm",
            by=by,
            at=at,
            detail={"transfer": str(transfer.id)},
            kind="resident.moved",
            on=transfer.moved_on,
        )
    return resident


def _settle(resident: Resident, transfer: Transfer, today: dt.date) -> None:
    old_area = resident.area_id
    resident.area_id = transfer.to_area_id
    resident.address = transfer.to_address or ""
    resident.managing_organization_id = transfer.to_organization_id
    resident.grid = resident.responsible_doctor = None
    if division_codes.county_range(old_area) != division_codes.county_range(transfer.to_area_id):
        # 常住 is counted from the day somebody came to this county.
        resident.resident_since = transfer.moved_on
        county_changed = True
    else:
        county_changed = False
    rule = parameters.value("renumber_on_move", today)
    moved = {"on_village_change": old_area != transfer.to_area_id, "on_county_change": county_changed}
    if moved.get(rule, False):
        resident.record_no_aliases = [*resident.record_no_aliases, resident.record_no]
        resident.record_no = numbering.new_number(transfer.to_area_id)


def _way(transfer: Transfer) -> dict[str, str]:
    return {
        "from_organization": str(transfer.from_organization_id),
        "to_organization": str(transfer.to_organization_id),
        "from_area": str(transfer.from_area_id),
        "to_area": str(transfer.to_area_id),
    }


def refuse_transfer(*, by: Actor, at: dt.datetime, transfer_id: UUID, reason: str) -> Transfer:
    """Refuse a transfer as the other side; everything stays with the old unit. Raises Refused without a reason."""
    if not reason.strip():
        raise Refused("退回须写明原因。", field="reason", code="required")
    with transaction.atomic():
        transfer, resident = _mine(by, at, transfer_id)
        return _stay(transfer, resident, "refused", by, at, reason, "refuse")


def withdraw_transfer(*, by: Actor, at: dt.datetime, transfer_id: UUID, reason: str = "") -> Transfer:
    """Take one's own request back."""
    with transaction.atomic():
        transfer, resident = _mine(by, at, transfer_id, asking=True)
        return _stay(transfer, resident, "withdrawn", by, at, reason, "withdraw")


def _stay(
    transfer: Transfer, resident: Resident, state: str, by: Actor, at: dt.datetime, reason: str, action: str
) -> Transfer:
    with as_owner("the side that answers may not hold the file"):
        writing.set_status(resident, writing.after(resident, states.END_TRANSFER), clock.day_of(at))
        writing.save(resident, by=by, at=at)
        writing.event(
            resident,
            "transfer_ended",
            by=by,
            at=at,
            on=clock.day_of(at),
            reason=reason,
            detail={"state": state},
        )
        _decide(transfer, state, by, at, reason)
    writing.audited(resident, action, by=by, at=at, detail={"transfer": str(transfer.id)})
    return transfer


def _mine(
    by: Actor, at: dt.datetime, transfer_id: UUID, *, asking: bool = False
) -> tuple[Transfer, Resident]:
    """Lock a pending transfer that this side answers (or, with `asking`, asked for), and its resident."""
    transfer = Transfer.objects.select_for_update().filter(id=transfer_id).first()
    if transfer is None:
        raise Refused(NO_TRANSFER, code="not_found")
    area = transfer.from_area_id if (transfer.asked_by_side == "from") == asking else transfer.to_area_id
    if not policy.may(by, policy.RESIDENT_TRANSFER, area_key=area):
        raise Refused(NO_TRANSFER, code="not_found")
    if transfer.state != "pending":
        raise Refused(f"该迁移申请{Transfer.State(transfer.state).label}，不能再处理。", code="decided")
    if transfer.expires_on < clock.day_of(at) and not asking:
        raise Refused(f"该迁移申请已于{transfer.expires_on}到期，请对方重新申请。", code="expired")
    with as_owner("the side that answers may not hold the file"):
        resident = Resident.objects.select_for_update().get(id=transfer.resident_id)
    return transfer, resident


def _decide(transfer: Transfer, state: str, by: Actor, at: dt.datetime, note: str) -> None:
    transfer.state, transfer.decided_at, transfer.decided_by = state, at, by.account_id
    transfer.decision_note = note[:200]
    transfer.save(update_fields=["state", "decided_at", "decided_by", "decision_note"])


def expire_transfers(*, by: Actor, at: dt.datetime) -> int:
    """End every request whose time limit has passed; returns how many. Run daily by the system."""
    ended = 0
    due = Transfer.objects.filter(state="pending", expires_on__lt=clock.day_of(at)).values_list(
        "id", flat=True
    )
    for key in list(due):
        with transaction.atomic():
            transfer = Transfer.objects.select_for_update().get(id=key)
            if transfer.state != "pending":
                continue
            resident = Resident.objects.select_for_update().get(id=transfer.resident_id)
            _stay(transfer, resident, "expired", by, at, "超过确认期限", "expire")
            ended += 1
    return ended
