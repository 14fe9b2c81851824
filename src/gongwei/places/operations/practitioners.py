"""Practitioners and their duties."""

import datetime as dt
import re
import unicodedata
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from gongwei.base import actors, audit, clock, ids, pinyin, problems, sealed
from gongwei.places import policy, roles
from gongwei.places.models import Duty, Organization, Practitioner, PractitionerPhone

_PHONE = re.compile(r"(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8})")


@transaction.atomic
def create_practitioner(
    *,
    by: actors.Actor,
    at: dt.datetime,
    name: str,
    organization_id: UUID,
    sex: str = "",
    title: str = "",
    phone: str | None = None,
) -> Practitioner:
    """Enter somebody who works in an organization. Raises policy.Forbidden; problems.Refused beside the field."""
    policy.require(by, policy.PRACTITIONER_EDIT, organization_id=organization_id)
    practitioner = Practitioner(id=ids.uuid7(), organization=_organization(organization_id))
    _fill(practitioner, name, sex, title)
    practitioner.save(force_insert=True)
    if phone:
        _set_phone(practitioner, phone)
    _audit(by, at, "create", practitioner)
    return practitioner


@transaction.atomic
def edit_practitioner(
    *,
    by: actors.Actor,
    at: dt.datetime,
    practitioner_id: UUID,
    name: str,
    sex: str = "",
    title: str = "",
    organization_id: UUID | None = None,
    phone: str | None = None,
) -> Practitioner:
    """Change the particulars; a telephone of None is left as it is, an empty one is not allowed.

    Moving to another organization needs the right in both.
    """
    practitioner = Practitioner.objects.select_for_update().filter(id=practitioner_id).first()
    if practitioner is None:
        raise policy.Forbidden("没有这位人员，或无权维护。", code="forbidden")
    policy.require(by, policy.PRACTITIONER_EDIT, organization_id=practitioner.organization_id)
    if organization_id is not None and organization_id != practitioner.organization_id:
        policy.require(by, policy.PRACTITIONER_EDIT, organization_id=organization_id)
        practitioner.organization = _organization(organization_id)
    _fill(practitioner, name, sex, title)
    practitioner.save()
    if phone is not None:
        _set_phone(practitioner, phone)
    _audit(by, at, "update", practitioner)
    return practitioner


@transaction.atomic
def assign_duty(
    *,
    by: actors.Actor,
    at: dt.datetime,
    practitioner_id: UUID,
    role: str,
    organization_id: UUID,
    from_on: dt.date,
    until_on: dt.date | None = None,
) -> Duty:
    """Give a practitioner a role in an organization for a time.

    Raises policy.Forbidden; problems.Refused for overlapping duties, for two of the three administrators
    (三员分立) in one person, and for granting oneself anything.
    """
    policy.require(by, policy.DUTY_EDIT, organization_id=organization_id)
    if practitioner_id == by.practitioner_id:
        raise problems.Refused("不能给自己授予岗位。", field="practitioner", code="own_duty")
    if role not in roles.Role.values:
        raise problems.Refused("请选择角色。", field="role", code="code_table")
    if until_on is not None and until_on <= from_on:
        raise problems.Refused("截止日期应在起始日期之后。", field="until_on", code="date")
    practitioner = Practitioner.objects.filter(id=practitioner_id).first()
    if practitioner is None:
        raise problems.Refused("没有这位人员。", field="practitioner", code="unknown")
    duty = Duty(
        practitioner=practitioner,
        role=role,
        organization=_organization(organization_id),
        from_on=from_on,
        until_on=until_on,
    )
    try:
        with transaction.atomic():
            duty.save(force_insert=True)
    except IntegrityError as error:
        raise _overlap(error, practitioner) from None
    _audit_duty(by, at, "assign", duty)
    return duty


@transaction.atomic
def end_duty(*, by: actors.Actor, at: dt.datetime, duty_id: UUID, on: dt.date) -> Duty:
    """End a duty on a day (the first day it no longer holds); from then on it opens nothing."""
    duty = Duty.objects.select_for_update().filter(id=duty_id).first()
    if duty is None:
        raise policy.Forbidden("没有这个岗位，或无权维护。", code="forbidden")
    policy.require(by, policy.DUTY_EDIT, organization_id=duty.organization_id)
    if on <= duty.from_on:
        raise problems.Refused("终止日期应在起始日期之后。", field="on", code="date")
    if duty.until_on is not None and duty.until_on <= clock.day_of(at):
        raise problems.Refused("这个岗位已经终止。", code="ended")
    if duty.role == roles.Role.SECURITY_ADMIN and _last_of_role(duty, on):
        raise problems.Refused(
            "这是最后一名安全保密管理员，终止后将无人能够授予岗位。", code="last_administrator"
        )
    duty.until_on = on
    duty.save(update_fields=["until_on"])
    _audit_duty(by, at, "end", duty)
    return duty


def _last_of_role(duty: Duty, on: dt.date) -> bool:
    others = Duty.objects.filter(
        Q(until_on=None) | Q(until_on__gt=on), role=duty.role, organization=duty.organization_id
    )
    return not others.exclude(id=duty.id).filter(practitioner__account__active=True).exists()


def _overlap(error: IntegrityError, practitioner: Practitioner) -> problems.Refused:
    if "places_duty_three_administrators" in str(error):
        return problems.Refused(
            f"{practitioner.name}在这段时间已是三员之一：系统管理员、安全保密管理员、安全审计员不得由一人兼任。",
            field="role",
            code="three_administrators",
        )
    return problems.Refused(f"{practitioner.name}在这段时间已有相同岗位。", field="from_on", code="overlap")


def _fill(practitioner: Practitioner, name: str, sex: str, title: str) -> None:
    text = " ".join(unicodedata.normalize("NFKC", name).split())
    if not text or len(text) > 50:
        raise problems.Refused("请填写姓名（不超过 50 字）。", field="name", code="required")
    if sex not in {"", "1", "2"}:
        raise problems.Refused("性别应为男或女。", field="sex", code="code_table")
    if len(title) > 50:
        raise problems.Refused("职称不超过 50 字。", field="title", code="length")
    practitioner.name, practitioner.initials = text, pinyin.word_initials(text)
    practitioner.sex, practitioner.title = sex, title.strip()


def _set_phone(practitioner: Practitioner, text: str) -> None:
    phone = "".join(unicodedata.normalize("NFKC", text).split())
    if not _PHONE.fullmatch(phone):
        raise problems.Refused(
            "电话应为 11 位手机号，或带区号的固定电话（如 0518-81234567）。", field="phone", code="phone"
        )
    cipher = sealed.encrypt(
        phone, table="places_practitionerphone", column="phone_cipher", row_id=practitioner.id
    )
    changed = PractitionerPhone.objects.filter(practitioner=practitioner).update(phone_cipher=cipher)
    if not changed:
        PractitionerPhone.objects.create(practitioner=practitioner, phone_cipher=cipher)


def _organization(organization_id: UUID) -> Organization:
    found = Organization.objects.filter(id=organization_id).first()
    if found is None:
        raise problems.Refused("没有这个机构。", field="organization", code="unknown")
    return found


def _audit(by: actors.Actor, at: dt.datetime, action: str, practitioner: Practitioner) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="practitioner",
        subject_id=practitioner.id,
        area_key=practitioner.organization.area_id,
        at=at,
    )


def _audit_duty(by: actors.Actor, at: dt.datetime, action: str, duty: Duty) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="duty",
        subject_id=duty.id,
        area_key=duty.organization.area_id,
        detail={
            "practitioner": str(duty.practitioner_id),
            "role": duty.role,
            "organization": str(duty.organization_id),
            "from_on": duty.from_on,
            "until_on": duty.until_on,
        },
        at=at,
    )
