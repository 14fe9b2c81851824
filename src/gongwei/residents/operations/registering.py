"""Filing a resident: number, review, active (records.md §1, §2, §12.1)."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from gongwei.base import clock, digests, idempotency, ids, pinyin, sealed
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused, Several
from gongwei.places import policy
from gongwei.places import queries as places
from gongwei.places.models import Area, Grid, Organization, Practitioner
from gongwei.residents import (
    identity,
    matching,
    parameters,
    profile,
    queries,
    sealing,
    states,
    tags,
)
from gongwei.residents.models import Resident, ResidentIdentifier
from gongwei.residents.operations import households, numbering, writing


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


@dataclass
class Judged:
    """A profile that may be filed: its village and who manages it, clean values, what is doubtful, from when, as what."""

    area: Area
    managing: Organization
    clean: dict[str, Any]
    warnings: list[str]
    day: dt.date
    status: str


class Ground:
    """What filing asks of places. A batch remembers the answers (`registering_many`)."""

    def area(self, key: int) -> Area | None:
        """The area of a division code."""
        return Area.objects.select_related("parent").filter(key=key).first()

    def serving(self, area_key: int, today: dt.date) -> Sequence[Organization]:
        """The organizations that serve a village, the nearest first."""
        return list(places.organizations_serving(area_key, today))

    def has_grid(self, area_key: int, grid_id: UUID) -> bool:
        """Whether a grid lies in a village."""
        return Grid.objects.filter(id=grid_id, area=area_key).exists()

    def works(self, practitioner_id: UUID, today: dt.date) -> bool:
        """Whether a practitioner is known and has not left."""
        return Practitioner.objects.filter(id=practitioner_id).exclude(active_until__lte=today).exists()


def judge(
    *,
    by: Actor,
    at: dt.datetime,
    typed: Mapping[str, Any],
    filed_on: object,
    organization_id: UUID | None,
    not_same_as: frozenset[UUID],
    save_as: str,
    ground: Ground,
    alike: Callable[[Mapping[str, Any]], list[queries.Candidate]],
    read_before: tuple[dict[str, Any], list[Refused]] | None = None,
) -> Judged:
    """Read and check a profile, all but its numbers; `alike` gives who on file may be the person.

    read_before: what `profile.read` gave of it. Raises as `register_resident`.
    """
    today = clock.day_of(at)
    policy.require(by, policy.RESIDENT_REGISTER)
    if save_as not in {states.DRAFT, states.PENDING, states.ACTIVE}:
        raise Refused("保存方式不正确。", code="save_as")
    read, problems = read_before or profile.read(typed, on=today)
    if problems:
        raise problems[0] if len(problems) == 1 else Several(problems)
    area = _village(read.get("area"), today, ground)
    policy.require(by, policy.RESIDENT_REGISTER, area_key=area.key)
    _without_document(read, today)
    clean, warnings = profile.check(read, on=today)
    day = _filing_day(filed_on, clean, at, warnings)
    refuse_alike(alike(clean), not_same_as, today)
    if not clean.get("id_number") and clean["id_type"] == identity.RESIDENT_CARD:
        clean["id_type"] = identity.OTHER
    if save_as == states.ACTIVE and parameters.value("review_required", today):
        save_as = states.PENDING
    managing = managing_organization(by, area.key, organization_id, today, ground)
    _check_keys(area.key, clean.get("grid"), clean.get("responsible_doctor"), today, ground)
    return Judged(area, managing, clean, warnings, day, save_as)


def started(judged: Judged, resident_id: UUID, origin: str, *, by: Actor, at: dt.datetime) -> Resident:
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
    judged = judge(
        by=by,
        at=at,
        typed=typed,
        filed_on=filed_on,
        organization_id=organization_id,
        not_same_as=not_same_as,
        save_as=save_as,
        ground=Ground(),
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


def _village(key: int | None, today: dt.date, ground: Ground) -> Area:
    if key is None:
        raise Refused("现住村（居）不能为空。", field="area", code="required")
    area = ground.area(key)
    if area is None or area.level != "village":
        raise Refused("没有这个村（居）委会。", field="area", code="no_such_area")
    if area.valid_until and area.valid_until <= today:
        raise Refused(
            f"{area.name}已于{area.valid_until}停用，请选择现用的村（居）。", field="area", code="ended_area"
        )
    return area


def _without_document(read: dict[str, Any], today: dt.date) -> None:
    """A new-born without a number needs no reason typed: that it is new-born is the reason (records.md §3)."""
    birth = read.get("birth_date")
    if (
        not read.get("id_number")
        and not read.get("no_id_reason")
        and birth
        and identity.age_on(birth, today) < 1
    ):
        read["no_id_reason"] = "新生儿，尚未办理证件"


def _filing_day(filed_on: object, clean: dict[str, Any], at: dt.datetime, warnings: list[str]) -> dt.date:
    if filed_on in (None, ""):
        return clock.day_of(at)
    day = writing.day_not_future(filed_on, "建档日期", at, "filed_on")
    if day < clean["birth_date"]:
        raise Refused("建档日期早于出生日期。", field="filed_on", code="before_birth")
    if day < parameters.value("programme_start", day):
        warnings.append("建档日期早于2009年，项目当时尚未开始，请核对。")
    return day


def refuse_duplicates(
    by: Actor,
    typed: Mapping[str, Any],
    not_same_as: frozenset[UUID],
    today: dt.date,
    leaving_out: UUID | None = None,
) -> None:
    """Refuse a profile whose person is on file, or probably is and nobody said otherwise (records.md §5)."""
    refuse_alike(queries.candidates(by, typed, leaving_out=leaving_out), not_same_as, today)


def refuse_alike(found: Sequence[queries.Candidate], not_same_as: frozenset[UUID], today: dt.date) -> None:
    """Refuse when somebody found is, or probably is, the person and nobody said otherwise (records.md §5)."""
    if not found:
        return
    blocking = parameters.value("duplicate_block_levels", today)
    asking = parameters.value("duplicate_acknowledge_levels", today)
    living = [
        one
        for one in found
        if one.level in blocking and one.status_title != states.STATES[states.CANCELLED].title
    ]
    ended = [one for one in found if one.level in blocking and one not in living]
    if living:
        first = living[0]
        if first.level == matching.CONFLICT:
            message = f"该证件号码已由“{first.name}”使用（{first.organization}），姓名不同，可能录错了号码，请核对原件。"
        else:
            message = f"该证件号码已有档案：{first.name}，管理机构{first.organization}。"
        hint = "请打开已有档案。" if first.visible else "该档案由其他机构管理，请提出迁入申请。"
        raise Refused(message, field="id_number", code="duplicate", hint=hint, details={"candidates": living})
    if ended and ended[0].visible and ended[0].resident_key not in not_same_as:
        raise Refused(
            f"该证件号码有一份已注销的档案：{ended[0].name}。",
            field="id_number",
            code="duplicate_ended",
            hint="如为同一人，请恢复原档案，不要另建。",
            details={"candidates": ended},
        )
    doubtful = [
        one for one in found if one.level in asking and one.resident_key not in not_same_as and one.visible
    ]
    doubtful += [one for one in found if one.level == matching.STRONG and not one.visible and not not_same_as]
    if doubtful:
        raise Refused(
            f"可能已有档案：{doubtful[0].name}（{'、'.join(doubtful[0].reasons)}）。",
            code="confirm_duplicates",
            hint="请逐一核对；确认不是同一人后再保存。",
            details={"candidates": doubtful},
        )


def managing_organization(
    by: Actor, area_key: int, wanted: UUID | None, today: dt.date, ground: Ground
) -> Organization:
    """Return the organization that manages a file in a village: the one asked for, one's own, else the nearest."""
    serving = ground.serving(area_key, today)
    for key in (wanted, by.organization_id):
        chosen = next((one for one in serving if one.id == key), None)
        if chosen is not None:
            return chosen
        if key is not None and key == wanted:
            raise Refused("所选机构不服务该村（居）。", field="organization_id", code="not_serving")
    if not serving:
        raise Refused("该村（居）尚无服务机构，请先设置服务区域。", field="area", code="no_organization")
    return serving[0]


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
    _check_keys(resident.area_id, resident.grid_id, resident.responsible_doctor_id, today, Ground())


def _check_keys(
    area_key: int, grid_id: UUID | None, doctor_id: UUID | None, today: dt.date, ground: Ground
) -> None:
    if grid_id and not ground.has_grid(area_key, grid_id):
        raise Refused("所选网格不在该村（居）。", field="grid", code="grid")
    if doctor_id and not ground.works(doctor_id, today):
        raise Refused("责任医生不存在或已离职。", field="responsible_doctor", code="doctor")


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
