"""Setting an area's own per-capita standard, and who pays in it. What was set before ends and stays."""

import datetime as dt
from decimal import Decimal

from django.db import transaction

from gongwei.base import audit
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy, queries
from gongwei.settlement import money, standards, standards_queries
from gongwei.settlement.standards_models import CostShare, LocalStandard

FIRST_YEAR, LAST_YEAR = 2009, 2100


@transaction.atomic
def set_standard(
    *,
    by: Actor,
    at: dt.datetime,
    area_key: int,
    year: int,
    value_fen: int,
    document: str,
    transferred_fen: int | None = None,
    note: str = "",
) -> LocalStandard:
    """Set what a head is worth in an area in a year. transferred_fen: the part of the transferred items, else the national one.

    Raises Refused: below what holds above it (the floor), no document, unknown area, a year or amount out of range;
    policy.Forbidden.
    """
    policy.require(by, policy.FUND_EDIT, area_key=area_key)
    _known(area_key, year, document)
    floor = standards_queries.floor(area_key, year)
    if floor is not None and value_fen < floor.value_fen:
        raise Refused(
            f"不得低于上级标准{money.yuan(floor.value_fen)}元（{floor.source}）。",
            field="value",
            code="below",
        )
    part = floor.transferred_fen if transferred_fen is None and floor is not None else transferred_fen or 0
    if value_fen <= 0 or not 0 <= part <= value_fen:
        raise Refused("人均标准应大于0，其中划转项目不超过人均标准。", field="value", code="value")
    for former in LocalStandard.objects.select_for_update().filter(
        area_key=area_key, year=year, ended_at=None
    ):
        former.ended_at, former.ended_by = at, by.account_id
        former.save(update_fields=["ended_at", "ended_by"])
    made = LocalStandard.objects.create(
        area_key=area_key,
        year=year,
        value_fen=value_fen,
        transferred_fen=part,
        document=document.strip(),
        note=note.strip(),
        set_at=at,
        set_by=by.account_id,
    )
    audit.record(
        by=by,
        action="create",
        subject_kind="standard",
        subject_id=made.id,
        area_key=area_key,
        detail={"year": year, "fen": value_fen},
        at=at,
    )
    return made


@transaction.atomic
def set_sharing(
    *,
    by: Actor,
    at: dt.datetime,
    area_key: int,
    since_year: int,
    central: Decimal,
    local: standards.LocalSplit,
    document: str,
) -> CostShare:
    """Set who pays in an area from a year on.

    Raises Refused: a central share outside 0..1 or other than the tier's, no document, unknown area or year; policy.Forbidden.
    A split that does not add up cannot be made (`standards.LocalSplit`).
    """
    policy.require(by, policy.FUND_EDIT, area_key=area_key)
    _known(area_key, since_year, document)
    if not central.is_finite() or not 0 <= central <= 1:
        raise Refused("中央分担比例应在0～100％之间。", field="central", code="central")
    tier = standards.tier_of(area_key)
    if tier is not None and central != tier.share:
        raise Refused(
            f"本地属第{tier.number}档，中央分担{tier.share * 100:.0f}％。", field="central", code="tier"
        )
    for former in CostShare.objects.select_for_update().filter(
        area_key=area_key, since_year=since_year, ended_at=None
    ):
        former.ended_at, former.ended_by = at, by.account_id
        former.save(update_fields=["ended_at", "ended_by"])
    made = CostShare.objects.create(
        area_key=area_key,
        since_year=since_year,
        central=central,
        province=local.province,
        city=local.city,
        county=local.county,
        document=document.strip(),
        set_at=at,
        set_by=by.account_id,
    )
    audit.record(
        by=by,
        action="create",
        subject_kind="costshare",
        subject_id=made.id,
        area_key=area_key,
        detail={"since": since_year, "central": central},
        at=at,
    )
    return made


def _known(area_key: int, year: int, document: str) -> None:
    if queries.area(area_key) is None:
        raise Refused("没有这个区划。", field="area", code="unknown_area")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(f"年度应在{FIRST_YEAR}～{LAST_YEAR}之间。", field="year", code="year")
    if not document.strip():
        raise Refused("请填写依据的文件。", field="document", code="required")
