"""Filing a resident: number, review, active (records.md §1, §2, §12.1)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from gongwei.base import clock, digests, idempotency, ids, pinyin, sealed
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.residents import (
    profile,
    queries,
    sealing,
    states,
    tags,
)
from gongwei.residents.models import Resident, ResidentIdentifier
from gongwei.residents.operations import filing_rules, households, numbering, writing


@dataclass(frozen=True)
class Registered:
    """What filing gave: the resident, warnings to show, and whether the answer is that of an earlier attempt."""

    resident: Resident
    warnings: tuple[str, ...]
    repeated: bool = False


def register_resident(
    *,
    by: Actor,
    at: dt.datetime,
    profile: Mapping[str, Any],
    household: Mapping[str, Any] | None = None,
    organization_id: UUID | None = None,
    filed_on: object = None,
    not_same_as: Sequence[UUID] = (),
    save_as: str = states.ACTIVE,
    mother: UUID | None = None,
    origin: str | None = None,
    resident_id: UUID | None = None,
    idempotency_key: str | None = None,
) -> Registered:
    """File a resident from a profile as typed (items of `profile.ITEMS`).

    `household`: {"id": …, "relation": "20"} joins one, {"relation": "02", "address": …} founds one. `not_same_as`:
    candidates the clerk has looked at and says are other people. `save_as` draft keeps what is typed without a
    number; a county that reviews gets `pending` instead of `active`. With `idempotency_key` a double click or a
    repeated request gives the first answer.

    Raises Refused or Several beside the fields; code `duplicate` (candidates in `details`) when the person is on
    file, `confirm_duplicates` when somebody much alike is and the clerk has not said it is another.
    """

    def run() -> idempotency.Answer:
        made, warnings = _register(
            by=by,
            at=at,
            typed=profile,
            household=household,
            organization_id=organization_id,
            filed_on=filed_on,
            not_same_as=frozenset(not_same_as),
            save_as=save_as,
            mother=mother,
            origin=origin or by.source,
            resident_id=resident_id or ids.uuid7(),
        )
        return idempotency.Answer(201, {"resident_id": str(made.id), "warnings": list(warnings)})

    with transaction.atomic():
        if idempotency_key is None:
            answer = run()
        else:
            # A keyed digest: an unkeyed one over an identity number could be reversed by trying all numbers.
            said = digests.canonical(
                [_plain(profile), _plain(household), str(organization_id), str(filed_on), save_as]
            )
            digest = sealed.blind(said.hex(), purpose="resident.registration")
            answer = idempotency.once(idempotency_key, by=by, request_digest=digest, run=run)
        made = Resident.objects.get(id=answer.body["resident_id"])
    return Registered(made, tuple(answer.body["warnings"]), answer.repeated)


def _plain(values: Mapping[str, Any] | None) -> dict[str, str]:
    return {name: str(value) for name, value in (values or {}).items()}


def started(
    judged: filing_rules.Judged, resident_id: UUID, origin: str, *, by: Actor, at: dt.datetime
) -> Resident:
    """A resident about to be filed, without the profile's items and without a number."""
    return Resident(
        id=resident_id,
        area=judged.area,
        managing_organization=judged.managing,
        status=judged.status,
        status_since=judged.day,
        origin=origin,
        created_at=at,
        created_by=by.account_id,
        updated_at=at,
        updated_by=by.account_id,
    )


def _register(
    *,
    by: Actor,
    at: dt.datetime,
    typed: Mapping[str, Any],
    household: Mapping[str, Any] | None,
    organization_id: UUID | None,
    filed_on: object,
    not_same_as: frozenset[UUID],
    save_as: str,
    mother: UUID | None,
    origin: str,
    resident_id: UUID,
) -> tuple[Resident, tuple[str, ...]]:
    today = clock.day_of(at)
    judged = filing_rules.judge(
        by=by,
        at=at,
        typed=typed,
        filed_on=filed_on,
        organization_id=organization_id,
        not_same_as=not_same_as,
        save_as=save_as,
        ground=filing_rules.Ground(),
        alike=lambda clean: queries.candidates(by, {**typed, **clean, "mother": mother}),
    )
    clean, day, save_as = judged.clean, judged.day, judged.status
    if not clean.get("id_number"):
        clean["id_number"] = numbering.temporary_number(judged.area.key, clean["birth_date"])
    resident = started(judged, resident_id, origin, by=by, at=at)
    put(resident, clean)
    if save_as != states.DRAFT:
        file_under_number(resident, by, day)
    try:
        with transaction.atomic():
            resident.save(force_insert=True)
    except IntegrityError as error:
        # Another clerk filed the same document between the look and the write.
        if "one_per_document" in str(error):
            refuse_duplicates(by, {**typed, **clean}, not_same_as, today)
        raise
    ResidentIdentifier.objects.create(**identifier(resident, clean, day))
    if household:
        households.join(resident, dict(household), by=by, at=at, on=day)
    if mother:
        households.relate(resident, "mother", mother, by=by, at=at)
    detail = looked_at(not_same_as)
    writing.event(resident, FIRST_EVENT[save_as], by=by, at=at, on=day, detail=detail)
    tags.refresh([resident.id])
    writing.audited(resident, "create", by=by, at=at, detail={"status": save_as, **detail}, on=day)
    return resident, tuple(judged.warnings)


#: How a record's life begins, by the state it is filed in.
FIRST_EVENT = {states.DRAFT: "drafted", states.PENDING: "submitted", states.ACTIVE: "filed"}


def looked_at(not_same_as: frozenset[UUID]) -> dict[str, Any]:
    """What is kept of candidates somebody said to be other people."""
    return {"not_same_as": [str(key) for key in sorted(not_same_as)]} if not_same_as else {}


def refuse_duplicates(
    by: Actor,
    typed: Mapping[str, Any],
    not_same_as: frozenset[UUID],
    today: dt.date,
    leaving_out: UUID | None = None,
) -> None:
    """Refuse a profile whose person is on file, or probably is and nobody said otherwise (records.md §5)."""
    filing_rules.refuse_alike(queries.candidates(by, typed, leaving_out=leaving_out), not_same_as, today)


def put_plain(resident: Resident, clean: Mapping[str, Any]) -> None:
    """Put clean items that are not sealed into the columns of a resident, with what is computed from them."""
    for name, value in clean.items():
        item = profile.ITEMS.get(name)
        if item is None or item.sealed_column:
            continue
        setattr(resident, item.attribute, value)
    if "name" in clean:
        resident.name_sort = pinyin.sort_key(resident.name)
        resident.initials = list(pinyin.initials(resident.name))
        resident.pinyin = list(pinyin.spellings(resident.name))


def put(resident: Resident, clean: Mapping[str, Any]) -> None:
    """Put clean items into the columns of a resident, with what is computed from them."""
    put_plain(resident, clean)
    sealed_columns: dict[str, bytes | None] = {}
    if "id_number" in clean or "id_type" in clean:
        number = clean.get("id_number")
        if "id_number" not in clean:
            number = sealing.open_column(resident, sealing.RESIDENT, "id_cipher")
        sealed_columns |= sealing.id_columns(resident.id, resident.id_type, number)
    if "phone" in clean:
        sealed_columns |= sealing.phone_columns(resident.id, clean["phone"])
    if "contact_phone" in clean:
        sealed_columns["contact_phone_cipher"] = sealing.seal(
            clean["contact_phone"], sealing.RESIDENT, "contact_phone_cipher", resident.id
        )
    for column, value in sealed_columns.items():
        setattr(resident, column, value)


def check_keys(resident: Resident, today: dt.date) -> None:
    """Refuse a grid of another village and a doctor who does not exist."""
    filing_rules.check_keys(
        resident.area_id, resident.grid_id, resident.responsible_doctor_id, today, filing_rules.Ground()
    )


def identifier(resident: Resident, clean: Mapping[str, Any], since: dt.date) -> dict[str, Any]:
    """Return the row of the document history that stands for a resident's present document."""
    key = ids.uuid7()
    return {
        "id": key,
        "resident": resident,
        "id_type": resident.id_type,
        "cipher": sealing.seal(clean["id_number"], sealing.IDENTIFIER, "cipher", key),
        "key": resident.id_key,
        "from_on": since,
    }


def file_under_number(resident: Resident, by: Actor, day: dt.date) -> None:
    """Give a resident a record number of the village and note who filed it where."""
    resident.record_no = resident.record_no or numbering.new_number(resident.area_id)
    note_filing(resident, by, day)


def note_filing(resident: Resident, by: Actor, day: dt.date) -> None:
    """Note who filed a resident, where and when."""
    resident.filed_on = day
    resident.filed_by_id = by.practitioner_id
    resident.filed_organization_id = by.organization_id or resident.managing_organization_id


def submit(*, by: Actor, at: dt.datetime, resident_id: UUID) -> Resident:
    """Hand a draft or a returned record in for review; it gets its number."""
    return _reviewed(by, at, resident_id, states.SUBMIT, policy.RESIDENT_REGISTER, "submitted", "file", "")


def approve(*, by: Actor, at: dt.datetime, resident_id: UUID) -> Resident:
    """Accept a record: it is active from today. Where the county does not review, this also files a draft."""
    return _reviewed(by, at, resident_id, states.APPROVE, policy.RESIDENT_REVIEW, "filed", "review", "")


def return_for_correction(*, by: Actor, at: dt.datetime, resident_id: UUID, reason: str) -> Resident:
    """Send a record back to whoever filed it. Raises Refused without a reason."""
    if not reason.strip():
        raise Refused("退回须写明原因。", field="reason", code="required")
    return _reviewed(by, at, resident_id, states.RETURN, policy.RESIDENT_REVIEW, "returned", "return", reason)


def _reviewed(
    by: Actor, at: dt.datetime, resident_id: UUID, doing: str, right: str, kind: str, action: str, reason: str
) -> Resident:
    with transaction.atomic():
        resident = writing.locked(by, resident_id, right, doing)
        day = clock.day_of(at)
        writing.set_status(resident, writing.after(resident, doing), day)
        if doing != states.RETURN and resident.record_no is None:
            file_under_number(resident, by, day)
        writing.save(resident, by=by, at=at)
        writing.event(resident, kind, by=by, at=at, on=day, reason=reason)
        writing.audited(resident, action, by=by, at=at, on=day)
    return resident
