"""Families: founding, joining, leaving; mothers and guardians (records.md §11)."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import clock, ids
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.residents import codes, profile, queries, sealing, states, telephones, typed_text
from gongwei.residents.models import Household, HouseholdMembership, RelatedPerson, Resident
from gongwei.residents.operations import numbering, writing

HEAD = "02"


def create_household(
    *,
    by: Actor,
    at: dt.datetime,
    area_key: int,
    address: str = "",
    phone: str = "",
    grid_id: UUID | None = None,
) -> Household:
    """Found an empty household in a village. Raises Refused beside the field."""
    with transaction.atomic():
        policy.require(by, policy.RESIDENT_REGISTER, area_key=area_key)
        try:
            number = telephones.normalise(phone, "家庭电话")
            where = typed_text.plain(address, "住址")
        except typed_text.BadText as bad:
            raise Refused(
                bad.message, field="phone" if "电话" in bad.message else "address", code=bad.code
            ) from None
        household = Household(
            id=ids.uuid7(),
            # 17 digits with an H before them, so that nobody takes it for a record number.
            number=f"H{area_key}{numbering.next_serial(f'H{area_key}'):05d}",
            area_id=area_key,
            address=where[:200],
            grid_id=grid_id,
            created_at=at,
        )
        household.phone_cipher = sealing.seal(number, sealing.HOUSEHOLD, "phone_cipher", household.id)
        household.save(force_insert=True)
        writing.audit.record(
            by=by,
            action="create",
            subject_kind="household",
            subject_id=household.id,
            area_key=area_key,
            at=at,
        )
    return household


def change_household(
    *,
    by: Actor,
    at: dt.datetime,
    resident_id: UUID,
    household_id: UUID | None = None,
    relation: str,
    on: object = None,
    address: str = "",
) -> Resident:
    """Move a resident into a household, or with `household_id` None found one; the former membership ends that day."""
    with transaction.atomic():
        resident = writing.locked(by, resident_id, policy.RESIDENT_EDIT, states.EDIT)
        day = writing.day_not_future(on, "变更日期", at, "on") if on else clock.day_of(at)
        before = {
            "household": str(resident.household_id or ""),
            "relation_to_head": resident.relation_to_head,
        }
        join(resident, {"id": household_id, "relation": relation, "address": address}, by=by, at=at, on=day)
        resident.version += 1
        resident.save(update_fields=["version"])
        now = {"household": str(resident.household_id or ""), "relation_to_head": resident.relation_to_head}
        writing.keep_changes(resident, before, now, by=by, at=at, business="家庭变更")
        writing.audited(resident, "update", by=by, at=at, detail={"items": ["household"]}, on=day)
    return resident


def leave_household(*, by: Actor, at: dt.datetime, resident_id: UUID, on: object = None) -> Resident:
    """End a resident's membership without another one."""
    with transaction.atomic():
        resident = writing.locked(by, resident_id, policy.RESIDENT_EDIT, states.EDIT)
        day = writing.day_not_future(on, "变更日期", at, "on") if on else clock.day_of(at)
        before = {
            "household": str(resident.household_id or ""),
            "relation_to_head": resident.relation_to_head,
        }
        end_membership(resident, day)
        writing.save(resident, by=by, at=at)
        writing.keep_changes(
            resident, before, {"household": "", "relation_to_head": ""}, by=by, at=at, business="家庭变更"
        )
        writing.audited(resident, "update", by=by, at=at, detail={"items": ["household"]}, on=day)
    return resident


def join(resident: Resident, household: dict[str, Any], *, by: Actor, at: dt.datetime, on: dt.date) -> None:
    """Put a resident (already saved) into a household from a day; the checks of records.md §11 and QA033."""
    relation = str(household.get("relation") or "")
    if relation not in codes.table("relation_to_head").codes:
        raise Refused("请选择与户主的关系。", field="relation", code="relation")
    if household.get("id"):
        found = (
            Household.objects.select_for_update(of=("self",))
            .filter(queries.people.within(by))
            .filter(id=household["id"])
            .first()
        )
        if found is None:
            raise Refused("没有这个家庭，或不在您的管辖范围内。", field="household", code="not_found")
        if found.area_id != resident.area_id:
            raise Refused("家庭与居民不在同一村（居）。", field="household", code="other_village")
    else:
        found = create_household(
            by=by, at=at, area_key=resident.area_id, address=str(household.get("address") or resident.address)
        )
    if relation == HEAD:
        if (
            found.head_id not in (None, resident.id)
            and Resident.objects.filter(id=found.head_id, household=found).exists()
        ):
            raise Refused(
                "该家庭已有户主。", field="relation", code="two_heads", hint="请先变更原户主与户主的关系。"
            )
        found.head = resident
        found.version += 1
        found.save(update_fields=["head", "version"])
    elif relation in {"50", "51", "52"} and found.head_id:
        _parent_is_older(resident, found)
    end_membership(resident, on)
    HouseholdMembership.objects.create(resident=resident, household=found, relation=relation, from_on=on)
    resident.household, resident.relation_to_head = found, relation
    if found.grid_id and resident.grid_id is None:
        resident.grid_id = found.grid_id
    resident.save(update_fields=["household", "relation_to_head", "grid"])


def _parent_is_older(resident: Resident, household: Household) -> None:
    head = Resident.objects.filter(id=household.head_id).first()
    if head and resident.birth_date >= head.birth_date:
        raise Refused("父母的出生日期应早于户主。", field="relation", code="younger_parent")


def end_membership(resident: Resident, on: dt.date) -> None:
    """End a resident's present membership on a day (not before it began); a head leaves no head behind."""
    now = HouseholdMembership.objects.filter(resident=resident, until_on=None).first()
    if now:
        now.until_on = max(on, now.from_on)
        now.save(update_fields=["until_on"])
        Household.objects.filter(id=now.household_id, head=resident).update(head=None)
    resident.household, resident.relation_to_head = None, ""


def set_related_person(
    *,
    by: Actor,
    at: dt.datetime,
    resident_id: UUID,
    relation: str,
    related_id: UUID | None = None,
    name: str = "",
    phone: str = "",
) -> RelatedPerson:
    """Name a mother, father, guardian or spouse: a resident on file, or a name with a telephone."""
    with transaction.atomic():
        resident = writing.locked(by, resident_id, policy.RESIDENT_EDIT, states.EDIT)
        row = relate(resident, relation, related_id, name=name, phone=phone, by=by, at=at)
        writing.audited(resident, "update", by=by, at=at, detail={"items": [relation]})
    return row


def relate(
    resident: Resident,
    relation: str,
    related_id: UUID | None,
    *,
    by: Actor,
    at: dt.datetime,
    name: str = "",
    phone: str = "",
) -> RelatedPerson:
    """Write a relation in place of the present one of its kind."""
    if relation not in RelatedPerson.Relation.values:
        raise Refused("关系应为母亲、父亲、监护人或配偶。", field="relation", code="relation")
    read, problems = profile.read({"contact_name": name, "contact_phone": phone}, on=clock.day_of(at))
    if problems:
        raise problems[0]
    if related_id is None and not read["contact_name"]:
        raise Refused("请填写姓名或选择已有档案的居民。", field="name", code="required")
    if related_id is not None:
        related = queries.visible_to(by).filter(id=related_id).first()
        if related is None or related.id == resident.id:
            raise Refused("没有这位居民，或不在您的管辖范围内。", field="related", code="not_found")
        if relation in {"mother", "father"} and related.birth_date >= resident.birth_date:
            raise Refused("父母的出生日期应早于子女。", field="related", code="younger_parent")
    today = clock.day_of(at)
    RelatedPerson.objects.filter(resident=resident, relation=relation, until_on=None).update(until_on=today)
    row = RelatedPerson(
        id=ids.uuid7(),
        resident=resident,
        relation=relation,
        related_resident_id=related_id,
        name=read["contact_name"],
        from_on=today,
    )
    row.phone_cipher = sealing.seal(read["contact_phone"], sealing.RELATED, "phone_cipher", row.id)
    row.save(force_insert=True)
    return row


def rejoin(resident: Resident, was: dict[str, Any], *, on: dt.date) -> None:
    """Put a resident back into a household it was taken out of by a merge; as head where there is none."""
    household = Household.objects.filter(id=was["id"]).first()
    if household is None:
        return
    HouseholdMembership.objects.create(
        resident=resident, household=household, relation=was["relation"], from_on=on
    )
    if was["relation"] == HEAD and household.head_id is None:
        Household.objects.filter(id=household.id).update(head=resident)
    resident.household, resident.relation_to_head = household, was["relation"]
    resident.save(update_fields=["household", "relation_to_head"])
