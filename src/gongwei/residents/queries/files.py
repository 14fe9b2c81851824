"""One resident's file: opening it, who changed what, who looked, what waits for a decision."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from gongwei.base import audit, audit_actions
from gongwei.base.actors import Actor
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused
from gongwei.places import policy, roles
from gongwei.places.models import Organization, Practitioner
from gongwei.residents import codes, identity, merging, profile, sealing, telephones
from gongwei.residents.models import FieldConflict, LifecycleEvent, Resident, ResidentChange
from gongwei.residents.queries import people

NOT_FOUND = "没有这份档案，或不在您的管辖范围内。"


@dataclass(frozen=True)
class ChangeLine:
    """One changed item as the page 谁改过什么 shows it; numbers are masked."""

    at: dt.datetime
    who: str
    organization: str
    business: str
    item: str
    old: str
    new: str
    version: int


@dataclass(frozen=True)
class ReaderLine:
    """One look at a person, as the page 谁看过 shows it."""

    at: dt.datetime
    who: str
    organization: str
    role: str
    action: str


@dataclass(frozen=True)
class ConflictLine:
    """One item two people changed differently: three values side by side; numbers are masked."""

    id: UUID
    field: str
    label: str
    base: str
    theirs: str
    mine: str
    at: dt.datetime


def file(actor: Actor, resident_id: UUID) -> Resident:
    """Open a file: the resident with area, organization, doctor and household. The look is written down.

    Raises Refused (code `not_found`) for a record that does not exist or lies outside the actor's areas alike.
    """
    resident = _seen(actor, resident_id)
    audit.read(by=actor, subject_kind="resident", subject_ids=[resident.id], area_key=resident.area_id)
    return resident


def _seen(actor: Actor, resident_id: UUID) -> Resident:
    resident = (
        people.visible_to(actor)
        .select_related(
            "area", "managing_organization", "responsible_doctor", "household", "grid", "merged_into"
        )
        .filter(id=resident_id)
        .first()
    )
    if resident is None:
        raise Refused(NOT_FOUND, code="not_found")
    return resident


def full_id(actor: Actor, resident_id: UUID, reason: str) -> dict[str, str]:
    """Return the whole identity number and telephones (`id_number`, `phone`, `contact_phone`); audited with the reason.

    Raises Refused without a reason, Forbidden when the duty does not allow it.
    """
    if len(reason.strip()) < 2:
        raise Refused("查看完整号码须写明用途。", field="reason", code="reason_required")
    resident = _seen(actor, resident_id)
    policy.require(actor, policy.FULL_ID_VIEW, area_key=resident.area_id)
    audit.record(
        by=actor,
        action="view_full",
        subject_kind="resident",
        subject_id=resident.id,
        area_key=resident.area_id,
        detail={"reason": reason.strip()[:200]},
    )
    return {
        "id_number": sealing.open_column(resident, sealing.RESIDENT, "id_cipher") or "",
        "phone": sealing.open_column(resident, sealing.RESIDENT, "phone_cipher") or "",
        "contact_phone": sealing.open_column(resident, sealing.RESIDENT, "contact_phone_cipher") or "",
    }


def numbers_to_call(actor: Actor, resident_id: UUID, reason: str) -> tuple[str, ...]:
    """The whole telephones of somebody who is to be called back; audited with the reason. Who may call is asked by the caller:
    a duty that calls those drawn for a check does not see whole numbers otherwise.

    Raises Refused when the resident is not in the actor's area.
    """
    resident = _seen(actor, resident_id)
    audit.record(
        by=actor,
        action="view_full",
        subject_kind="resident",
        subject_id=resident.id,
        area_key=resident.area_id,
        detail={"reason": reason},
    )
    found = (
        sealing.open_column(resident, sealing.RESIDENT, name)
        for name in ("phone_cipher", "contact_phone_cipher")
    )
    return tuple(dict.fromkeys(each for each in found if each))


def household_of(actor: Actor, resident: Resident) -> QuerySet[Resident]:
    """Return the other members of a resident's household the actor may see, the eldest first."""
    if resident.household_id is None:
        return people.visible_to(actor).none()
    return (
        people.visible_to(actor)
        .filter(household=resident.household_id)
        .exclude(id=resident.id)
        .order_by("birth_date", "id")
    )


def events_of(actor: Actor, resident_id: UUID) -> QuerySet[LifecycleEvent]:
    """Return the events of a record's life, the latest first."""
    return LifecycleEvent.objects.filter(resident=_seen(actor, resident_id)).order_by("-at", "-id")


def changes_of(actor: Actor, resident_id: UUID, limit: int = 200) -> list[ChangeLine]:
    """Return who changed which item from what to what, the latest first (修改痕迹, records.md §6)."""
    rows = list(
        ResidentChange.objects.filter(resident=_seen(actor, resident_id)).order_by(
            "-version", "-at", "field"
        )[:limit]
    )
    names, units = _names(row.practitioner_id for row in rows), _units(row.organization_id for row in rows)
    return [
        ChangeLine(
            at=row.at,
            who=names.get(row.practitioner_id, "系统"),
            organization=units.get(row.organization_id, ""),
            business=row.business,
            item=profile.label(row.field) if row.field in profile.ITEMS else row.field,
            old=shown(row.field, row.old, row.old_cipher, "old_cipher", sealing.CHANGE, row.id),
            new=shown(row.field, row.new, row.new_cipher, "new_cipher", sealing.CHANGE, row.id),
            version=row.version,
        )
        for row in rows
    ]


def shown(field: str, plain: str | None, cipher: bytes | None, column: str, table: str, row_id: UUID) -> str:
    """Return a kept value as a screen shows it: numbers masked, codes in words."""
    if cipher is not None:
        text = sealing.sealed.decrypt(cipher, table=table, column=column, row_id=row_id)
        return identity.masked(text) if field == "id_number" else telephones.masked(text)
    tables = {
        "sex": "sex",
        "id_type": "id_document",
        "residence_type": "residence_type",
        "cancel_reason": "cancel_reason",
    }
    text = plain or ""
    if field == "birth_date_estimated":
        return "是" if text else "否"
    return codes.name(tables[field], text) if field in tables else text


def readers_of(actor: Actor, resident_id: UUID, limit: int = 200) -> list[ReaderLine]:
    """Return who looked at a person and who acted on the file, the latest first."""
    resident = _seen(actor, resident_id)
    entries = list(
        AuditEntry.objects.filter(subject_kind="resident", subject_id=str(resident.id)).order_by(
            "-at", "-id"
        )[:limit]
    )
    names, units = (
        _names(entry.practitioner_id for entry in entries),
        _units(entry.organization_id for entry in entries),
    )
    return [
        ReaderLine(
            at=entry.at,
            who=names.get(entry.practitioner_id, "系统"),
            organization=units.get(entry.organization_id, ""),
            role=roles.title(entry.role),
            action=audit_actions.ACTIONS.get(entry.action, entry.action),
        )
        for entry in entries
    ]


def open_conflicts(actor: Actor, resident_id: UUID) -> list[ConflictLine]:
    """Return the items that wait for a decision, the oldest first."""
    resident = _seen(actor, resident_id)
    rows = FieldConflict.objects.filter(resident=resident, resolved_at=None).order_by("at", "id")
    return [
        ConflictLine(
            id=row.id,
            field=row.field,
            label=profile.label(row.field),
            at=row.at,
            **{
                side: shown(
                    row.field,
                    getattr(row, side),
                    getattr(row, f"{side}_cipher"),
                    f"{side}_cipher",
                    sealing.CONFLICT,
                    row.id,
                )
                for side in ("base", "theirs", "mine")
            },
        )
        for row in rows
    ]


def suggest_survivor(actor: Actor, one_id: UUID, other_id: UUID) -> UUID:
    """Return which of two records should survive a merge: the older, unless the newer has more services (records.md §5)."""
    one, other = _seen(actor, one_id), _seen(actor, other_id)
    older, newer = sorted((one, other), key=lambda r: (r.filed_on or dt.date.max, r.created_at, r.id))
    return newer.id if merging.services(newer.id) > merging.services(older.id) else older.id


def _names(keys: Iterable[UUID | None]) -> dict[UUID | None, str]:
    return dict(Practitioner.objects.filter(id__in={key for key in keys if key}).values_list("id", "name"))


def _units(keys: Iterable[UUID | None]) -> dict[UUID | None, str]:
    return dict(Organization.objects.filter(id__in={key for key in keys if key}).values_list("id", "name"))
