"""Setting a county's own value of a parameter of money: prepared with its document, approved by another person, from its day on."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.language import parameters
from gongwei.places import policy
from gongwei.settlement import county_codes, fund_approval, fund_parameters
from gongwei.settlement.fund_approval import State
from gongwei.settlement.parameter_models import LocalParameter

FIRST = dt.date(2009, 1, 1)
#: The least and the most a number may be: shares are parts of 1, the factor of the central part as budgets take it.
_RANGES = {"fund.performance_factor": (Decimal(0), Decimal(10))}
_SHARE = (Decimal(0), Decimal(1))


@transaction.atomic
def draft(
    *,
    by: Actor,
    at: dt.datetime,
    area_key: int,
    code: str,
    since: dt.date,
    value: str,
    document: str,
    note: str = "",
) -> LocalParameter:
    """Prepare a value of a county from a day on; a draft for the same day that waited is replaced.

    Raises Refused: no parameter a county may set, a value out of its range or choices, no document, a day before 2009;
    policy.Forbidden.
    """
    county = county_codes.county_of(area_key)
    policy.require(by, policy.FUND_EDIT, area_key=county)
    definition = fund_parameters.national().definitions.get(code)
    if definition is None or not definition.local:
        raise Refused("这个参数由国家规定，县区不能自定。", field="code", code="not_local")
    if since < FIRST:
        raise Refused("起始日期不能早于2009年。", field="since", code="day")
    if not document.strip():
        raise Refused("请填写依据的文件。", field="document", code="required")
    text = value.strip()
    _check(definition, text, since)
    place = {"area_key": county, "code": code, "since": since}
    for former in LocalParameter.objects.select_for_update().filter(**place, state=State.DRAFT):
        fund_approval.end(former, State.WITHDRAWN, by=by, at=at, reason="重新编制")
    made = LocalParameter.objects.create(
        **place,
        value=text,
        document=document.strip(),
        note=note.strip()[:200],
        recorded_at=at,
        recorded_by=by.account_id,
    )
    fund_approval.audited(made, "create", by=by, at=at)
    return made


@transaction.atomic
def approve(*, by: Actor, at: dt.datetime, parameter_id: UUID) -> LocalParameter:
    """Put a value into force; another of the same day is replaced. What was computed before stays as it was.

    Raises Refused as `fund_approval.approve`; policy.Forbidden.
    """
    row = fund_approval.locked(LocalParameter, parameter_id)
    for former in LocalParameter.objects.select_for_update().filter(
        area_key=row.area_key, code=row.code, since=row.since, state=State.APPROVED
    ):
        policy.require(by, policy.FUND_APPROVE, area_key=county_codes.now(row.area_key))
        fund_approval.end(former, State.REPLACED, by=by, at=at)
    fund_approval.approve(row, by=by, at=at)
    return row


@transaction.atomic
def withdraw(*, by: Actor, at: dt.datetime, parameter_id: UUID, reason: str) -> LocalParameter:
    """Take a draft back. Raises as `fund_approval.withdraw`."""
    row = fund_approval.locked(LocalParameter, parameter_id)
    fund_approval.withdraw(row, by=by, at=at, reason=reason)
    return row


def listed(county: int) -> QuerySet[LocalParameter]:
    """Everything a county ever set or prepared, the latest day first."""
    rows = LocalParameter.objects.filter(area_key__in=county_codes.all_of(county))
    return rows.order_by("code", "-since", "-recorded_at")


def _check(definition: parameters.ParameterDefinition, text: str, since: dt.date) -> None:
    try:
        found = fund_parameters.typed(definition, text)
        if isinstance(found, Decimal):
            least, most = _RANGES.get(definition.code, _SHARE)
            if not least <= found <= most:
                raise ValueError("应在0～100％之间" if most == 1 else f"应在{least}～{most}之间")
        elif definition.code.endswith("_due"):
            fund_parameters.month_day(text, 2025)  # no 29 February: a day of every year
    except ValueError as error:
        said = str(error) if str(error)[:1] in "应请" else "应写成月-日，如06-30"
        raise Refused(f"{definition.title}：{said}。", field="value", code="value") from None
