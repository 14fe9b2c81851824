"""Setting targets, ending them, and dividing the number of persons an area is asked for among its institutions."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from gongwei.base import audit
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused, Several
from gongwei.catalogue import national_targets
from gongwei.measures import targets
from gongwei.measures.targets_models import Target
from gongwei.places import division_codes, policy, queries
from gongwei.places.models import Organization

FIRST_YEAR, LAST_YEAR = 2009, 2100
MOST = Decimal(3_000_000_000)


@transaction.atomic
def set_target(
    *,
    by: Actor,
    at: dt.datetime,
    code: str,
    year: int,
    area_key: int,
    value: Decimal,
    document: str,
    op: str = ">=",
    note: str = "",
    looser_reason: str = "",
) -> Target:
    """Set an area's target of a year; the one it had ends and stays, with its shares.

    Raises Refused: unknown code or area, a value out of range, no document, or less than the area above is asked for
    without a reason (`looser_reason`); policy.Forbidden.
    """
    policy.require(by, policy.TARGET_EDIT, area_key=area_key)
    unit = _check(code, year, area_key, op, value, document)
    upper = targets.above(code, year, area_key)
    looser = upper is not None and targets.is_looser(op, value, upper.goal)
    if looser and not looser_reason.strip():
        assert upper is not None
        raise Refused(
            f"低于{targets.LEVELS[upper.goal.level]}目标（{upper.goal.value:f}{upper.unit}）。",
            field="looser_reason",
            code="looser",
            hint="下级目标应不低于上级；确需降低的，请填写理由。",
        )
    former = Target.objects.select_for_update().filter(
        code=code, year=year, area_key=area_key, organization_id=None, ended_at=None
    )
    for each in former:
        _end(each, by, at)
    made = Target.objects.create(
        code=code,
        year=year,
        area_key=area_key,
        op=op,
        value=value,
        unit=unit,
        level=division_codes.level(area_key),
        document=document.strip(),
        note=note.strip(),
        looser_reason=looser_reason.strip() if looser else "",
        set_at=at,
        set_by=by.account_id,
    )
    _audit(by, at, made, "create")
    return made


@transaction.atomic
def end_target(*, by: Actor, at: dt.datetime, target_id: UUID) -> Target:
    """End a target in force and the shares divided from it: what is asked above holds again.

    Raises Refused: no target in force; policy.Forbidden.
    """
    row = _in_force(target_id)
    policy.require(by, policy.TARGET_EDIT, area_key=row.area_key)
    _end(row, by, at)
    return row


@transaction.atomic
def split(*, by: Actor, at: dt.datetime, target_id: UUID, shares: Mapping[UUID, int]) -> list[Target]:
    """Divide the persons a target asks for among institutions; the shares must add up to it exactly. Former shares end.

    Raises Refused: no target in force, not one of persons, an unknown institution or one of another county, a negative share,
    or another sum; policy.Forbidden.
    """
    row = _in_force(target_id)
    policy.require(by, policy.TARGET_EDIT, area_key=row.area_key)
    if row.unit != national_targets.PERSONS:
        raise Refused("只有按人数下达的目标才分解；比率目标各机构相同。", code="unit")
    places = dict(Organization.objects.filter(id__in=list(shares)).values_list("id", "area_id"))
    low, high = row.area_key, division_codes.last(row.area_key)
    wrong = [
        Refused("应为不小于0的整数。", field=str(key), code="value")
        for key, share in shares.items()
        if share < 0
    ]
    wrong += [
        Refused("机构不在这个区划内。", field=str(key), code="organization")
        for key in shares
        if key not in places or not low <= places[key] <= high
    ]
    if wrong:
        raise Several(wrong)
    total = sum(shares.values())
    if total != row.value:
        raise Refused(
            f"各机构合计{total}人，应为{row.value:.0f}人，相差{abs(total - int(row.value))}人。", code="sum"
        )
    for each in Target.objects.select_for_update().filter(split_from=row, ended_at=None):
        _end(each, by, at)
    Target.objects.filter(
        code=row.code, year=row.year, organization_id__in=list(shares), ended_at=None
    ).update(ended_at=at, ended_by=by.account_id)
    made = [
        Target.objects.create(
            code=row.code,
            year=row.year,
            area_key=places[key],
            organization_id=key,
            op=row.op,
            value=share,
            unit=row.unit,
            level=Target.Level.ORGANIZATION,
            document=row.document,
            split_from=row,
            set_at=at,
            set_by=by.account_id,
        )
        for key, share in shares.items()
    ]
    audit.record(
        by=by,
        action="split",
        subject_kind="target",
        subject_id=row.id,
        area_key=row.area_key,
        detail={"code": row.code, "year": row.year, "institutions": len(made)},
        at=at,
    )
    return made


def _check(code: str, year: int, area_key: int, op: str, value: Decimal, document: str) -> str:
    """The unit of the target, or everything that is wrong with it."""
    wrong: list[Refused] = []
    unit = ""
    try:
        unit = targets.unit_of(code)
    except KeyError:
        wrong.append(Refused("没有这个目标或指标。", field="code", code="unknown_code"))
    if queries.area(area_key) is None:
        wrong.append(Refused("没有这个区划。", field="area", code="unknown_area"))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        wrong.append(Refused(f"年度应在{FIRST_YEAR}～{LAST_YEAR}之间。", field="year", code="year"))
    if op not in national_targets.OPS:
        wrong.append(Refused("请选择≥、＞、＝或≤。", field="op", code="op"))
    if unit == national_targets.PER_CENT and not 0 <= value <= 100:
        wrong.append(Refused("比率应在0～100之间。", field="value", code="value"))
    if unit == national_targets.PERSONS and (not 0 <= value <= MOST or value != int(value)):
        wrong.append(Refused("人数应为不小于0的整数。", field="value", code="value"))
    if not document.strip():
        wrong.append(Refused("请填写下达目标的文件。", field="document", code="required"))
    if wrong:
        raise Several(wrong)
    return unit


def _in_force(target_id: UUID) -> Target:
    row = Target.objects.select_for_update().filter(id=target_id, ended_at=None).first()
    if row is None:
        raise Refused("这个目标已经变更或停用，请刷新后再办。", code="gone")
    return row


def _end(row: Target, by: Actor, at: dt.datetime) -> None:
    """End a target with its shares."""
    for each in (*Target.objects.filter(split_from=row, ended_at=None), row):
        each.ended_at, each.ended_by = at, by.account_id
        each.save(update_fields=["ended_at", "ended_by"])
        _audit(by, at, each, "end")


def _audit(by: Actor, at: dt.datetime, row: Target, action: str) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="target",
        subject_id=row.id,
        area_key=row.area_key,
        detail={"code": row.code, "year": row.year, "value": str(row.value)},
        at=at,
    )
