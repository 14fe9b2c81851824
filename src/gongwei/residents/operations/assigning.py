"""Responsible doctors and grids, for many residents at once; the history is kept (records.md §6 批量换责任医生)."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F

from gongwei.base import audit, changes, clock, ids
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import operations as places
from gongwei.places import policy
from gongwei.places.models import Grid, Practitioner
from gongwei.residents import queries, states
from gongwei.residents.models import Household, LifecycleEvent, Resident, ResidentChange

AT_ONCE = 5_000


def assign_doctor(
    *, by: Actor, at: dt.datetime, resident_ids: Sequence[UUID], doctor_id: UUID | None, reason: str = ""
) -> int:
    """Give residents a responsible doctor (None takes it away); returns how many changed.

    All or nothing: raises Refused when one of them is not the actor's, or the doctor works nowhere near.
    """
    wanted = list(dict.fromkeys(resident_ids))
    if not wanted or len(wanted) > AT_ONCE:
        raise Refused(f"一次请选择1至{AT_ONCE}位居民。", code="how_many")
    with transaction.atomic():
        rows = list(
            queries.visible_to(by).select_for_update(of=("self",)).filter(id__in=wanted).order_by("id")
        )
        if len(rows) != len(wanted):
            raise Refused("所选居民中有不在您管辖范围内的。", code="not_found")
        for area_key in {row.area_id for row in rows}:
            policy.require(by, policy.DOCTOR_ASSIGN, area_key=area_key)
        _check_doctor(doctor_id, clock.day_of(at))
        changing = [
            row for row in rows if row.responsible_doctor_id != doctor_id and row.status in states.LIVING
        ]
        _keep(changing, doctor_id, by, at, reason)
        Resident.objects.filter(id__in=[row.id for row in changing]).update(
            responsible_doctor=doctor_id, version=F("version") + 1, updated_at=at, updated_by=by.account_id
        )
        for row in changing:
            changes.announce(kind="resident", subject_id=row.id, resident_id=row.id)
        audit.record(
            by=by,
            action="assign",
            subject_kind="resident",
            detail={"doctor": doctor_id, "ids": [str(row.id) for row in changing], "reason": reason},
            at=at,
        )
    return len(changing)


def _check_doctor(doctor_id: UUID | None, today: dt.date) -> None:
    if doctor_id and not Practitioner.objects.filter(id=doctor_id).exclude(active_until__lte=today).exists():
        raise Refused("责任医生不存在或已离职。", field="doctor", code="doctor")


def _keep(rows: list[Resident], doctor_id: UUID | None, by: Actor, at: dt.datetime, reason: str) -> None:
    today = clock.day_of(at)
    ResidentChange.objects.bulk_create(
        ResidentChange(
            id=ids.uuid7(),
            resident=row,
            version=row.version + 1,
            field="responsible_doctor",
            old=str(row.responsible_doctor_id or ""),
            new=str(doctor_id or ""),
            business="更换责任医生",
            at=at,
            account_id=by.account_id,
            practitioner_id=by.practitioner_id,
            organization_id=by.organization_id,
        )
        for row in rows
    )
    LifecycleEvent.objects.bulk_create(
        LifecycleEvent(
            id=ids.uuid7(),
            resident=row,
            kind="doctor_changed",
            on_date=today,
            reason=reason[:200],
            detail={"from": str(row.responsible_doctor_id or ""), "to": str(doctor_id or "")},
            area_key=row.area_id,
            organization_id=row.managing_organization_id,
            at=at,
            account_id=by.account_id,
            practitioner_id=by.practitioner_id,
        )
        for row in rows
    )


def assign_households(*, by: Actor, at: dt.datetime, household_ids: Sequence[UUID], grid_id: UUID) -> int:
    """Put households, with their members, into a grid of their village; members take the grid's doctor.

    Returns how many households changed. Raises Refused when a household or the grid is not the actor's.
    """
    wanted = list(dict.fromkeys(household_ids))
    if not wanted or len(wanted) > AT_ONCE:
        raise Refused(f"一次请选择1至{AT_ONCE}户。", code="how_many")
    with transaction.atomic():
        grid = _grid(by, grid_id)
        rows = list(
            Household.objects.select_for_update(of=("self",))
            .filter(queries.people.within(by))
            .filter(id__in=wanted)
        )
        if len(rows) != len(wanted):
            raise Refused("所选家庭中有不在您管辖范围内的。", code="not_found")
        if any(row.area_id != grid.area_id for row in rows):
            raise Refused("所选家庭与网格不在同一村（居）。", field="grid", code="other_village")
        changing = [row.id for row in rows if row.grid_id != grid.id]
        Household.objects.filter(id__in=changing).update(grid=grid, version=F("version") + 1)
        members = queries.visible_to(by).filter(household__in=changing, status__in=states.LIVING)
        Resident.objects.filter(id__in=members.values("id")).update(grid=grid)
        if grid.responsible_doctor_id:
            keys = list(
                members.exclude(responsible_doctor=grid.responsible_doctor_id).values_list("id", flat=True)
            )
            if keys:
                assign_doctor(
                    by=by,
                    at=at,
                    resident_ids=keys,
                    doctor_id=grid.responsible_doctor_id,
                    reason=f"划入网格{grid.name}",
                )
        audit.record(
            by=by,
            action="assign",
            subject_kind="household",
            area_key=grid.area_id,
            detail={"grid": grid.id, "ids": [str(key) for key in changing]},
            at=at,
        )
    return len(changing)


def give_grid_doctor(*, by: Actor, at: dt.datetime, grid_id: UUID) -> int:
    """Give everybody of a grid the grid's doctor; returns how many changed. Raises Refused when the grid has none."""
    with transaction.atomic():
        grid = _grid(by, grid_id)
        if grid.responsible_doctor_id is None:
            raise Refused("网格还没有责任医生。", field="responsible_doctor", code="required")
        members = queries.visible_to(by).filter(grid=grid, status__in=states.LIVING)
        keys = list(
            members.exclude(responsible_doctor=grid.responsible_doctor_id).values_list("id", flat=True)
        )
        if not keys:
            return 0
        return assign_doctor(
            by=by,
            at=at,
            resident_ids=keys,
            doctor_id=grid.responsible_doctor_id,
            reason=f"网格{grid.name}更换责任医生",
        )


def close_grid(*, by: Actor, at: dt.datetime, grid_id: UUID) -> Grid:
    """End a grid from today. Raises Refused while households belong to it."""
    with transaction.atomic():
        grid = _grid(by, grid_id)
        left = Household.objects.filter(queries.people.within(by), grid=grid).count()
        if left:
            raise Refused(f"网格内还有{left}户，请先划入其他网格。", code="grid_in_use")
        return places.edit_grid(
            by=by,
            at=at,
            grid_id=grid_id,
            name=grid.name,
            responsible_doctor_id=grid.responsible_doctor_id,
            active_until=clock.day_of(at),
        )


def _grid(by: Actor, grid_id: UUID) -> Grid:
    grid = Grid.objects.filter(id=grid_id, active_until=None).first()
    if grid is None:
        raise Refused("没有这个网格，或已停用。", field="grid", code="grid")
    policy.require(by, policy.GRID_EDIT, area_key=grid.area_id)
    return grid
