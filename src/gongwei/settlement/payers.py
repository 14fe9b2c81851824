"""Services other money paid for: marked with payer and reason by who may correct the record; taken back with a reason.

A mark changes no record: the service counts for measures and worklists as before, and not for this money.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction

from gongwei.base import audit
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.records.models import Response
from gongwei.settlement.payer_models import OtherFund


@transaction.atomic
def mark(*, by: Actor, at: dt.datetime, response_id: UUID, payer: str, reason: str) -> OtherFund:
    """Say that another fund paid for a service.

    Raises:
        Refused: no such valid record, no payer or reason, marked already; policy.Forbidden.
    """
    rows = Response.objects.select_related("encounter")
    response = rows.filter(id=response_id, status=Response.Status.FINAL).first()
    if response is None:
        raise Refused("没有这条有效的服务记录。", code="gone")
    area = response.encounter.area_key
    policy.require(by, policy.RECORD_SUPERSEDE, area_key=area)
    for value, field, what in ((payer, "payer", "支付的经费"), (reason, "reason", "依据和说明")):
        if not value.strip():
            raise Refused(f"请填写{what}。", field=field, code="required")
    if OtherFund.objects.filter(response=response, withdrawn_at=None).exists():
        raise Refused("这条记录已登记为由其他经费支付。", code="marked")
    made = OtherFund.objects.create(
        response=response,
        resident_id=response.resident_id,
        area_key=area,
        payer=payer.strip()[:100],
        reason=reason.strip()[:200],
        at=at,
        by=by.account_id,
    )
    _audit(made, "create", by, at)
    return made


@transaction.atomic
def take_back(*, by: Actor, at: dt.datetime, mark_id: UUID, reason: str) -> OtherFund:
    """Take a mark back. Raises Refused: no such mark, no reason; policy.Forbidden."""
    found = OtherFund.objects.select_for_update().filter(id=mark_id, withdrawn_at=None).first()
    if found is None:
        raise Refused("没有这条登记，或已撤销。", code="gone")
    policy.require(by, policy.RECORD_SUPERSEDE, area_key=found.area_key)
    if not reason.strip():
        raise Refused("请填写撤销的理由。", field="reason", code="required")
    found.withdrawn_at, found.withdrawn_by, found.withdrawn_because = at, by.account_id, reason.strip()[:200]
    found.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_because"])
    _audit(found, "withdraw", by, at)
    return found


def of_response(response_id: UUID) -> OtherFund | None:
    """The mark that stands on a record."""
    return OtherFund.objects.filter(response_id=response_id, withdrawn_at=None).first()


def _audit(mark: OtherFund, action: str, by: Actor, at: dt.datetime) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="other_fund",
        subject_id=mark.id,
        area_key=mark.area_key,
        detail={"response": str(mark.response_id)},
        at=at,
    )
