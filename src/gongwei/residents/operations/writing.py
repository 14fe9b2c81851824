"""What every write of residents does the same way: lock, check right and state, keep the trace, announce."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from gongwei.base import audit, changes, clock, ids
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.residents import profile, queries, sealing, states
from gongwei.residents.models import LifecycleEvent, Resident, ResidentChange

NOT_FOUND = "没有这份档案，或不在您的管辖范围内。"


def locked(by: Actor, resident_id: UUID, action: str, doing: str | None = None) -> Resident:
    """Lock a resident the actor may do something to.

    Raises Refused when it is not seen (the same answer as for one that does not exist), when the duty does not
    allow the action there, or when the record's state does not allow `doing`.
    """
    resident = queries.visible_to(by).select_for_update(of=("self",)).filter(id=resident_id).first()
    if resident is None:
        raise Refused(NOT_FOUND, code="not_found")
    policy.require(by, action, area_key=resident.area_id)
    if doing is not None:
        after(resident, doing)
    return resident


def after(resident: Resident, doing: str) -> str:
    """Return the state an action leads to; raises Refused when the present one does not allow it."""
    try:
        return states.after(resident.status, doing)
    except states.NotAllowed as no:
        raise Refused(str(no), code="state") from None


def day_not_future(value: object, label: str, at: dt.datetime, field: str) -> dt.date:
    """Read a day that must not lie after the day of the write; raises Refused beside the field."""
    clean, problems = profile.read({"resident_since": value}, on=clock.day_of(at))
    if problems or clean["resident_since"] is None:
        message = problems[0].message.replace("居住起始日期", label) if problems else f"{label}不能为空。"
        raise Refused(message, field=field, code=problems[0].code if problems else "required")
    return clean["resident_since"]


def event(
    resident: Resident,
    kind: str,
    *,
    by: Actor,
    at: dt.datetime,
    on: dt.date,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
    reverses: UUID | None = None,
) -> LifecycleEvent:
    """Keep an event of the record's life."""
    return LifecycleEvent.objects.create(
        resident=resident,
        kind=kind,
        on_date=on,
        reason=reason[:200],
        detail=dict(detail or {}),
        area_key=resident.area_id,
        organization_id=resident.managing_organization_id,
        at=at,
        account_id=by.account_id,
        practitioner_id=by.practitioner_id,
        reverses_id=reverses,
    )


def keep_changes(
    resident: Resident,
    before: Mapping[str, str],
    now: Mapping[str, str],
    *,
    by: Actor,
    at: dt.datetime,
    business: str,
) -> list[str]:
    """Keep a trace of each item that differs, under the version the resident has now; returns the items' names."""
    rows = []
    for name in now:
        if before[name] == now[name]:
            continue
        row = ResidentChange(
            id=ids.uuid7(),
            resident=resident,
            version=resident.version,
            field=name,
            business=business,
            at=at,
            account_id=by.account_id,
            practitioner_id=by.practitioner_id,
            organization_id=by.organization_id,
        )
        item = profile.ITEMS.get(name)
        if item and item.sealed_column:
            row.old_cipher = sealing.seal(before[name], sealing.CHANGE, "old_cipher", row.id)
            row.new_cipher = sealing.seal(now[name], sealing.CHANGE, "new_cipher", row.id)
        else:
            row.old, row.new = before[name], now[name]
        rows.append(row)
    ResidentChange.objects.bulk_create(rows)
    return [row.field for row in rows]


def save(resident: Resident, *, by: Actor, at: dt.datetime) -> None:
    """Write a changed resident with the next version."""
    resident.version += 1
    resident.updated_at, resident.updated_by = at, by.account_id
    resident.save(force_update=True)


def set_status(resident: Resident, status: str, on: dt.date) -> None:
    """Put a record into a state from a day."""
    resident.status, resident.status_since = status, on


def audited(
    resident: Resident,
    action: str,
    *,
    by: Actor,
    at: dt.datetime,
    detail: Mapping[str, Any] | None = None,
    kind: str = "resident",
    on: dt.date | None = None,
) -> None:
    """Write the audit line of an act on a resident and put it into the change feed."""
    audit.record(
        by=by,
        action=action,
        subject_kind="resident",
        subject_id=resident.id,
        area_key=resident.area_id,
        detail=detail,
        at=at,
    )
    changes.announce(kind=kind, subject_id=resident.id, resident_id=resident.id, done_on=on)
