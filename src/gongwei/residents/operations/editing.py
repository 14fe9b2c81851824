"""Editing a profile: three-way merge on the version the clerk saw (reliability.md §1.4, R5)."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import clock, ids
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused, Several
from gongwei.places import policy
from gongwei.places import queries as places
from gongwei.residents import identity, old_numbers, profile, sealing, states, tags, three_way
from gongwei.residents.models import FieldConflict, Resident, ResidentChange, ResidentIdentifier
from gongwei.residents.operations import registering, writing


@dataclass(frozen=True)
class Edited:
    """What an edit did: the resident as it stands, the items written, the clashes kept for a decision, warnings."""

    resident: Resident
    changed: tuple[str, ...]
    conflicts: tuple[FieldConflict, ...]
    warnings: tuple[str, ...] = ()


#: What can be taken away without putting something in its place: a number somebody else was given, or mistyped.
CLEARABLE = ("id_number", "phone", "contact_phone")
LONGEST_REASON = 30


def edit_resident(
    *,
    by: Actor,
    at: dt.datetime,
    resident_id: UUID,
    base_version: int,
    changes: Mapping[str, Any],
    clear: Collection[str] = (),
    clear_reason: str = "",
) -> Edited:
    """Change items of a profile; `changes` holds the items the form sent, `base_version` the version it showed.

    What nobody else touched is written. Where somebody changed the same item to another value meanwhile, theirs
    stands and both are kept as a FieldConflict for the responsible doctor: nothing is lost silently. Items sent
    unchanged touch nothing. `clear` names numbers (of `CLEARABLE`) to take away for a reason, which stays with the
    trace; without an identity number the reason is also why there is none, unless `changes` says another.
    Raises Refused or Several; nothing is written then.
    """
    changes, reason = _with_cleared(changes, clear, clear_reason)
    today = clock.day_of(at)
    with transaction.atomic():
        resident = writing.locked(by, resident_id, policy.RESIDENT_EDIT, states.EDIT)
        if not 1 <= base_version <= resident.version:
            raise Refused("页面已过期，请重新打开档案。", code="version")
        read, problems = profile.read(changes, on=today)
        if problems:
            raise problems[0] if len(problems) == 1 else Several(problems)
        _with_document(read, today)
        theirs = profile.texts(resident)
        base = {**theirs, **at_version(resident, base_version)}
        mine = {name: profile.as_text(name, value) for name, value in read.items()}
        merged = three_way.merge(base, theirs, mine, profile.GROUPS)
        cleared = dict.fromkeys(clear, reason)
        written, warnings = _write(
            resident, merged.changes, theirs, by=by, at=at, business="编辑", cleared=cleared
        )
        conflicts = _keep(resident, merged.clashes, base_version, by, at)
        if written or conflicts:
            detail = {"items": written, "conflicts": [row.field for row in conflicts]}
            if cleared:
                detail |= {"cleared": sorted(cleared), "reason": reason}
            writing.audited(resident, "update", by=by, at=at, detail=detail)
    return Edited(resident, tuple(written), tuple(conflicts), tuple(warnings))


def _with_cleared(
    changes: Mapping[str, Any], clear: Collection[str], reason: str
) -> tuple[dict[str, Any], str]:
    """The changes with empty values for what is cleared, and the reason on one line; raises Refused."""
    changes, reason = dict(changes), " ".join(reason.split())
    if not clear:
        return changes, ""
    if set(clear) - set(CLEARABLE):
        raise Refused("只能清除证件号码和电话。", field="clear", code="clear")
    if not reason:
        raise Refused("清除号码须写明原因。", field="clear_reason", code="required")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"清除原因不能超过{LONGEST_REASON}个字。", field="clear_reason", code="too_long")
    for name in clear:
        if changes.get(name):
            raise Refused(
                f"已填写新的{profile.label(name)}，不必再勾选清除。", field=name, code="clear_and_change"
            )
        changes[name] = ""
    if "id_number" in clear:
        changes["no_id_reason"] = changes.get("no_id_reason") or reason
    return changes, reason


def _with_document(read: dict[str, Any], today: dt.date) -> None:
    """A 15-digit card typed is the 18-digit number it stands for."""
    if read.get("id_number"):
        kind = read.get("id_type") or identity.RESIDENT_CARD
        if kind == identity.RESIDENT_CARD and len(read["id_number"]) == 15:
            read["id_number"] = identity.parse_document(kind, read["id_number"], on=today).number


def at_version(resident: Resident, version: int) -> dict[str, str]:
    """Return, as text, the items that have changed since a version, with the values they had then."""
    values: dict[str, str] = {}
    since = ResidentChange.objects.filter(resident=resident, version__gt=version).order_by(
        "version", "at", "id"
    )
    for row in since:
        if row.field in profile.ITEMS and row.field not in values:
            item = profile.ITEMS[row.field]
            if item.sealed_column:
                values[row.field] = (
                    sealing.sealed.decrypt(
                        row.old_cipher, table=sealing.CHANGE, column="old_cipher", row_id=row.id
                    )
                    or ""
                )
            else:
                values[row.field] = row.old or ""
    return values


def _write(
    resident: Resident,
    texts: Mapping[str, Any],
    before: Mapping[str, str],
    *,
    by: Actor,
    at: dt.datetime,
    business: str,
    cleared: Mapping[str, str] | None = None,
) -> tuple[list[str], list[str]]:
    """Write merged items, checked as a whole profile; returns the items written and warnings.

    `cleared`: why a number was taken away, by item.
    """
    if not texts:
        return [], []
    today = clock.day_of(at)
    now = {name: profile.from_text(name, text, on=today) for name, text in texts.items()}
    whole, warnings = profile.check({**profile.values(resident), **now}, on=today)
    clean = {name: whole.get(name, value) for name, value in now.items()}
    for derived in ("birth_date", "sex"):
        # A document typed now states them; what it states must be what is written.
        if derived not in clean and profile.as_text(derived, whole[derived]) != before[derived]:
            clean[derived] = whole[derived]
    if "area" in clean:
        _check_area(resident, clean["area"], by, today)
    if {"id_number", "id_type", "name", "birth_date"} & set(clean):
        registering.refuse_duplicates(
            by,
            {name: value for name, value in whole.items() if name in {"id_type", "id_number", "name"}},
            frozenset(),
            today,
            resident.id,
        )
    registering.put(resident, clean)
    registering.check_keys(resident, today)
    writing.save(resident, by=by, at=at)
    if {"id_number", "id_type"} & set(clean):
        _new_document(resident, whole, today, (cleared or {}).get("id_number", ""))
    after = {name: profile.as_text(name, value) for name, value in clean.items()}
    written = []
    for name, text in after.items():
        why = (cleared or {}).get(name) if not text else None
        what = f"清除：{why}" if why else business
        written += writing.keep_changes(resident, before, {name: text}, by=by, at=at, business=what)
    if "birth_date" in written:
        tags.refresh([resident.id])
    return written, warnings


def _check_area(resident: Resident, area_key: int, by: Actor, today: dt.date) -> None:
    """A correction of the village stays with the same organization; anything further is a transfer."""
    policy.require(by, policy.RESIDENT_EDIT, area_key=area_key)
    serving = places.organizations_serving(area_key, today)
    if resident.managing_organization_id not in {one.id for one in serving}:
        raise Refused(
            "新住址不在管理机构的服务区域内。",
            field="area",
            code="needs_transfer",
            hint="请办理迁出，由接收机构确认。",
        )
    if resident.grid_id is not None:
        resident.grid_id = None


def _new_document(resident: Resident, whole: Mapping[str, Any], today: dt.date, why: str) -> None:
    """End the present document; begin the new one, if there is one."""
    documents = ResidentIdentifier.objects.filter(resident=resident, until_on=None)
    documents.exclude(id_type=old_numbers.KIND).update(
        until_on=today, reason=f"清除：{why}" if why else "更换或更正证件"
    )
    if whole.get("id_number"):
        ResidentIdentifier.objects.create(**registering.identifier(resident, whole, today))


def _keep(
    resident: Resident, clashes: tuple[three_way.Clash, ...], base_version: int, by: Actor, at: dt.datetime
) -> list[FieldConflict]:
    rows = []
    known = {
        (row.field, _side(row, "mine"))
        for row in FieldConflict.objects.filter(resident=resident, resolved_at=None)
    }
    for clash in clashes:
        # A double click repeats the same clash; one is enough.
        if (clash.field, clash.mine) in known:
            continue
        row = FieldConflict(
            id=ids.uuid7(),
            resident=resident,
            field=clash.field,
            base_version=base_version,
            at=at,
            account_id=by.account_id,
            responsible_doctor_id=resident.responsible_doctor_id,
        )
        for side in ("base", "theirs", "mine"):
            value = str(getattr(clash, side))
            if profile.ITEMS[clash.field].sealed_column:
                setattr(
                    row, f"{side}_cipher", sealing.seal(value, sealing.CONFLICT, f"{side}_cipher", row.id)
                )
            else:
                setattr(row, side, value)
        row.save(force_insert=True)
        rows.append(row)
    return rows


def _side(row: FieldConflict, side: str) -> str:
    if profile.ITEMS[row.field].sealed_column:
        column = f"{side}_cipher"
        return (
            sealing.sealed.decrypt(getattr(row, column), table=sealing.CONFLICT, column=column, row_id=row.id)
            or ""
        )
    return getattr(row, side) or ""


def resolve_conflicts(
    *, by: Actor, at: dt.datetime, resident_id: UUID, seen_version: int, choices: Mapping[UUID, str]
) -> Edited:
    """Decide open conflicts: for each either `theirs` (what stands, stays) or `mine` (what came later, is written).

    All of one record's choices are written together, so that a document and its birth date can be taken as one.
    Raises Refused when the record has moved on since the page was shown (`seen_version`).
    """
    with transaction.atomic():
        resident = writing.locked(by, resident_id, policy.RESIDENT_EDIT, states.EDIT)
        if seen_version != resident.version:
            raise Refused("档案又有新的修改，请重新核对后再处理。", code="version")
        rows = {
            row.id: row
            for row in FieldConflict.objects.select_for_update().filter(resident=resident, resolved_at=None)
        }
        if not choices or set(choices) - set(rows) or set(choices.values()) - {"mine", "theirs"}:
            raise Refused("冲突已被处理或选择不完整，请刷新页面。", code="conflict")
        chosen = {
            rows[key].field: _side(rows[key], "mine") for key, choice in choices.items() if choice == "mine"
        }
        before = profile.texts(resident)
        wanted = {name: text for name, text in chosen.items() if text != before[name]}
        written, warnings = _write(resident, wanted, before, by=by, at=at, business="处理修改冲突")
        for key, choice in choices.items():
            row = rows[key]
            row.resolved_at, row.resolved_by, row.resolution = at, by.account_id, choice
            row.save(update_fields=["resolved_at", "resolved_by", "resolution"])
        detail = {"items": sorted({rows[key].field for key in choices}), "written": written}
        writing.audited(resident, "resolve", by=by, at=at, detail=detail)
    return Edited(resident, tuple(written), (), tuple(warnings))
