"""Organizations, whom they serve, and grids."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from gongwei.base import actors, audit, clock, pinyin, problems, scope
from gongwei.places import credit_code as credit_codes
from gongwei.places import lineage, policy, reach
from gongwei.places.models import Area, Duty, Grid, Kind, Organization, Practitioner, ServedArea

EDITABLE = ("name", "credit_code", "kind", "parent", "area", "phone")


@transaction.atomic
def create_organization(
    *,
    by: actors.Actor,
    at: dt.datetime,
    code: str,
    name: str,
    kind: str,
    area_key: int,
    parent_id: UUID | None = None,
    credit_code: str | None = None,
    phone: str = "",
    active_from: dt.date | None = None,
) -> Organization:
    """Make an organization with its seat. Raises policy.Forbidden; problems.Refused beside the field at fault."""
    policy.require(by, policy.ORGANIZATION_EDIT, area_key=area_key)
    code = code.strip().upper()
    if not code or len(code) > 22:
        raise problems.Refused("请填写机构代码（不超过 22 位）。", field="code", code="required")
    values = _checked({"name": name, "kind": kind, "area": area_key, "parent": parent_id, "phone": phone}, by)
    credit = credit_codes.parse(credit_code) if credit_code else None
    _check_unused(code, credit, None)
    organization = Organization(
        code=code, credit_code=credit, active_from=active_from or clock.day_of(at), **values
    )
    organization.save(force_insert=True)
    _audit(by, at, "create", organization)
    return organization


@transaction.atomic
def edit_organization(
    *, by: actors.Actor, at: dt.datetime, organization_id: UUID, base_version: int, changes: dict[str, Any]
) -> Organization:
    """Change what `EDITABLE` names. `base_version` is the version the form was filled from.

    Raises policy.Forbidden; problems.Refused, with code `changed_meanwhile` when somebody else saved in between.
    """
    organization = Organization.objects.select_for_update().filter(id=organization_id).first()
    if organization is None:
        raise policy.Forbidden("没有这个机构，或无权维护。", code="forbidden")
    policy.require(by, policy.ORGANIZATION_EDIT, area_key=organization.area_id)
    if unknown := set(changes) - set(EDITABLE):
        raise ValueError(f"not editable: {sorted(unknown)}")
    if organization.version != base_version:
        raise problems.Refused(
            "其他人刚刚修改了这个机构，您的修改没有保存。",
            code="changed_meanwhile",
            hint="请核对现在的内容后再改。",
            details={"version": organization.version},
        )
    if "area" in changes:
        policy.require(by, policy.ORGANIZATION_EDIT, area_key=changes["area"])
    values = _checked(
        {key: value for key, value in changes.items() if key != "credit_code"}, by, organization
    )
    if "credit_code" in changes:
        values["credit_code"] = credit_codes.parse(changes["credit_code"]) if changes["credit_code"] else None
        _check_unused(None, values["credit_code"], organization.id)
    for attribute, value in values.items():
        setattr(organization, attribute, value)
    organization.version += 1
    organization.save(update_fields=[*(key.removesuffix("_id") for key in values), "version"])
    _audit(by, at, "update", organization, fields=sorted(changes))
    return organization


@transaction.atomic
def close_organization(
    *, by: actors.Actor, at: dt.datetime, organization_id: UUID, on: dt.date
) -> Organization:
    """End an organization on a day, with its duties and what it serves. Those under it must have ended before."""
    organization = _organization(organization_id)
    policy.require(by, policy.ORGANIZATION_EDIT, area_key=organization.area_id)
    below = reach.on_day(on, "active_from", "active_until")
    if Organization.objects.filter(below, parent=organization).exists():
        raise problems.Refused("还有下级机构在用，请先停用下级机构或改换其上级。", code="has_children")
    if on <= organization.active_from:
        raise problems.Refused("停用日期应在启用日期之后。", field="on", code="date")
    Organization.objects.filter(id=organization.id).update(active_until=on, version=F("version") + 1)
    with scope.as_owner("duties are the security administrator's, but they cannot outlive the organization"):
        for rows in (Duty.objects, ServedArea.objects):
            rows.filter(organization=organization, from_on__gte=on).delete()
            rows.filter(Q(until_on=None) | Q(until_on__gt=on), organization=organization).update(until_on=on)
    organization.refresh_from_db()
    _audit(by, at, "end", organization, on=on.isoformat())
    return organization


@transaction.atomic
def reopen_organization(*, by: actors.Actor, at: dt.datetime, organization_id: UUID) -> Organization:
    """Take an ended organization into use again; whom it serves is set anew. Raises policy.Forbidden; problems.Refused."""
    organization = _organization(organization_id)
    policy.require(by, policy.ORGANIZATION_EDIT, area_key=organization.area_id)
    if organization.active_until is None:
        raise problems.Refused("机构在用，不需要恢复。", code="active")
    Organization.objects.filter(id=organization.id).update(active_until=None, version=F("version") + 1)
    organization.refresh_from_db()
    _audit(by, at, "reopen", organization)
    return organization


@transaction.atomic
def set_served_area(
    *,
    by: actors.Actor,
    at: dt.datetime,
    organization_id: UUID,
    area_key: int,
    from_on: dt.date,
    until_on: dt.date | None = None,
) -> ServedArea:
    """Let an organization serve an area from a day on, to before another; given `until_on` alone ends what runs.

    This decides whose records its people see. Raises policy.Forbidden unless both ends lie in the actor's county.
    """
    organization = _organization(organization_id)
    policy.require(by, policy.ORGANIZATION_EDIT, area_key=organization.area_id)
    policy.require(by, policy.ORGANIZATION_EDIT, area_key=area_key)
    if until_on is not None and until_on <= from_on:
        raise problems.Refused("截止日期应在起始日期之后。", field="until_on", code="date")
    area = _area(area_key, from_on)
    running = (
        ServedArea.objects.select_for_update()
        .filter(organization=organization, area=area, from_on__lte=from_on)
        .exclude(until_on__lte=from_on)
        .first()
    )
    try:
        with transaction.atomic():
            if running:
                running.until_on = until_on
                running.save(update_fields=["until_on"])
            else:
                running = ServedArea.objects.create(
                    organization=organization, area=area, from_on=from_on, until_on=until_on
                )
    except IntegrityError:
        raise problems.Refused(
            "与该机构已登记的服务时段重叠。", field="from_on", code="overlap", hint="请先终止原来的时段。"
        ) from None
    _audit(
        by, at, "assign", organization, area=str(area_key), from_on=running.from_on, until_on=running.until_on
    )
    return running


@transaction.atomic
def create_grid(
    *,
    by: actors.Actor,
    at: dt.datetime,
    organization_id: UUID,
    area_key: int,
    name: str,
    responsible_doctor_id: UUID | None = None,
) -> Grid:
    """Make a grid in a village, under a doctor. Raises policy.Forbidden, problems.Refused."""
    policy.require(by, policy.GRID_EDIT, area_key=area_key)
    area = _area(area_key, clock.day_of(at))
    if area.level != "village":
        raise problems.Refused("网格应设在村（居）委会之内。", field="area", code="level")
    organization = _organization(organization_id)
    if (
        not reach.served(organization.id, clock.day_of(at))
        .filter(area__key__lte=area_key, area__last_key__gte=area_key)
        .exists()
    ):
        raise problems.Refused("该机构不服务这个村（居）委会。", field="organization", code="not_served")
    grid = Grid(organization=organization, area=area, name=_text(name, "网格名称", 50))
    _name_doctor(grid, responsible_doctor_id)
    _save_grid(grid)
    audit.record(by=by, action="create", subject_kind="grid", subject_id=grid.id, area_key=area_key, at=at)
    return grid


@transaction.atomic
def edit_grid(
    *,
    by: actors.Actor,
    at: dt.datetime,
    grid_id: UUID,
    name: str,
    responsible_doctor_id: UUID | None,
    active_until: dt.date | None = None,
) -> Grid:
    """Change the name or doctor of a grid, or end it on a day."""
    grid = Grid.objects.select_for_update().filter(id=grid_id).first()
    if grid is None:
        raise policy.Forbidden("没有这个网格，或无权维护。", code="forbidden")
    policy.require(by, policy.GRID_EDIT, area_key=grid.area_id)
    grid.name, grid.active_until = _text(name, "网格名称", 50), active_until
    _name_doctor(grid, responsible_doctor_id)
    _save_grid(grid)
    audit.record(
        by=by, action="update", subject_kind="grid", subject_id=grid.id, area_key=grid.area_id, at=at
    )
    return grid


def _save_grid(grid: Grid) -> None:
    try:
        with transaction.atomic():
            grid.save()
    except IntegrityError:
        raise problems.Refused(
            f"本村已有名为“{grid.name}”的网格。", field="name", code="name_taken"
        ) from None


def _name_doctor(grid: Grid, practitioner_id: UUID | None) -> None:
    grid.responsible_doctor = None
    if practitioner_id is not None:
        grid.responsible_doctor = Practitioner.objects.filter(id=practitioner_id).first()
        if grid.responsible_doctor is None:
            raise problems.Refused("没有这位人员。", field="responsible_doctor", code="unknown")


def _checked(
    values: dict[str, Any], by: actors.Actor, organization: Organization | None = None
) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if "name" in values:
        out["name"] = _text(values["name"], "机构名称", 100)
        out["initials"] = pinyin.word_initials(out["name"])
    if "kind" in values:
        if values["kind"] not in Kind.values:
            raise problems.Refused("请选择机构类别。", field="kind", code="code_table")
        out["kind"] = values["kind"]
    if "area" in values:
        out["area_id"] = _area(values["area"], None).key
    if "phone" in values:
        out["phone"] = values["phone"].strip()
        if len(out["phone"]) > 20:
            raise problems.Refused("联系电话不超过 20 位。", field="phone", code="length")
    if "parent" in values:
        parent = values["parent"]
        if parent is not None and organization is not None and reach.is_below(parent, organization.id):
            raise problems.Refused("上级机构不能是本机构或其下级。", field="parent", code="cycle")
        out["parent_id"] = _organization(parent).id if parent is not None else None
    return out


def _check_unused(code: str | None, credit: str | None, own: UUID | None) -> None:
    others = Organization.objects.exclude(id=own) if own else Organization.objects.all()
    if code and others.filter(code=code).exists():
        raise problems.Refused(f"机构代码“{code}”已被使用。", field="code", code="code_used")
    if credit and others.filter(credit_code=credit).exists():
        raise problems.Refused("统一社会信用代码已被其他机构使用。", field="credit_code", code="code_used")


def _organization(organization_id: UUID) -> Organization:
    found = Organization.objects.filter(id=organization_id).first()
    if found is None:
        raise problems.Refused("没有这个机构。", field="organization", code="unknown")
    return found


def _area(key: int, on: dt.date | None) -> Area:
    found = Area.objects.filter(key=key).first()
    if found is None or (on is not None and not lineage.was_alive(found, on)):
        raise problems.Refused("没有这个区划，或该日期不在用。", field="area", code="unknown")
    return found


def _text(value: str, label: str, longest: int) -> str:
    text = " ".join(value.split())
    if not text or len(text) > longest:
        raise problems.Refused(f"请填写{label}（不超过 {longest} 字）。", field="name", code="required")
    return text


def _audit(
    by: actors.Actor, at: dt.datetime, action: str, organization: Organization, **detail: object
) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="organization",
        subject_id=organization.id,
        area_key=organization.area_id,
        detail=detail,
        at=at,
    )
