"""弄虚作假认定: proposed with evidence by one person, confirmed by another, withdrawn with a reason. Software never decides."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction

from gongwei.base import audit
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused, Several
from gongwei.evaluation import sheets
from gongwei.evaluation.models import FraudDecision, Round
from gongwei.places import policy
from gongwei.places.models import Organization, Practitioner

State = FraudDecision.State


@transaction.atomic
def propose(
    *,
    by: Actor,
    at: dt.datetime,
    organization_id: UUID,
    year: int,
    found: str,
    evidence: str,
    document: str,
    unit: str,
    decided_on: dt.date,
    practitioner_id: UUID | None = None,
    round_id: UUID | None = None,
) -> FraudDecision:
    """Propose that an institution (or a doctor of it) be held to have falsified work in a year.

    Raises Several with everything that is lacking; Refused: not by a person; policy.Forbidden.
    """
    organization = Organization.objects.filter(id=organization_id).first()
    if organization is None:
        raise Refused("没有这个机构。", field="organization", code="gone")
    policy.require(by, policy.FRAUD_PROPOSE, area_key=organization.area_id)
    account = _person(by)
    said = {"found": found, "evidence": evidence, "document": document, "unit": unit}
    names = {"found": "认定的事实", "evidence": "证据", "document": "认定文件的文号", "unit": "认定单位"}
    wrong = [
        Refused(f"请填写{names[name]}。", field=name, code="required")
        for name, text in said.items()
        if not text.strip()
    ]
    if decided_on > at.date() + dt.timedelta(days=1) or decided_on.year < year:
        wrong.append(Refused("认定日期不正确。", field="decided_on", code="date"))
    if practitioner_id is not None and not Practitioner.objects.filter(id=practitioner_id).exists():
        wrong.append(Refused("没有这名医生。", field="practitioner", code="gone"))
    if round_id is not None and not Round.objects.filter(id=round_id, year=year).exists():
        wrong.append(Refused("没有这一轮评价。", field="round", code="gone"))
    if wrong:
        raise Several(wrong)
    made = FraudDecision.objects.create(
        organization=organization,
        practitioner_id=practitioner_id,
        seat_key=organization.area_id,
        year=year,
        round_id=round_id,
        found=found.strip(),
        evidence=evidence.strip(),
        document=document.strip()[:100],
        unit=unit.strip()[:100],
        decided_on=decided_on,
        state=State.PROPOSED,
        proposed_at=at,
        proposed_by=account,
    )
    _audit(by, at, made, "request")
    return made


@transaction.atomic
def confirm(*, by: Actor, at: dt.datetime, fraud_id: UUID) -> FraudDecision:
    """Confirm a proposal: from now on it vetoes the year. Raises Refused: the same person (四眼), not proposed; Forbidden."""
    row = _locked(by, fraud_id, State.PROPOSED)
    row.state, row.confirmed_at, row.confirmed_by = State.CONFIRMED, at, _other_than(row, by)
    row.save(update_fields=["state", "confirmed_at", "confirmed_by"])
    _audit(by, at, row, "confirm")
    _total(row, at)
    return row


@transaction.atomic
def refuse(*, by: Actor, at: dt.datetime, fraud_id: UUID, reason: str) -> FraudDecision:
    """Refuse a proposal with a reason. Raises Refused as `confirm`, and without a reason; Forbidden."""
    row = _locked(by, fraud_id, State.PROPOSED)
    row.state, row.confirmed_at, row.confirmed_by = State.REFUSED, at, _other_than(row, by)
    row.reason = _reason(reason)
    row.save(update_fields=["state", "confirmed_at", "confirmed_by", "reason"])
    _audit(by, at, row, "refuse")
    return row


@transaction.atomic
def withdraw(*, by: Actor, at: dt.datetime, fraud_id: UUID, reason: str) -> FraudDecision:
    """Take a confirmed decision back with a reason; it stays to be seen. Raises Refused, policy.Forbidden."""
    row = _locked(by, fraud_id, State.CONFIRMED)
    row.state, row.withdrawn_at, row.withdrawn_by = State.WITHDRAWN, at, _person(by)
    row.reason = _reason(reason)
    row.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "reason"])
    _audit(by, at, row, "withdraw")
    _total(row, at)
    return row


def _total(row: FraudDecision, at: dt.datetime) -> None:
    """Sheets of the round it was found in are added up again: a veto item of the tree follows the decision."""
    if row.round is not None and row.round.state != Round.State.FINAL:
        sheets.total_all(row.round, at=at)


def _locked(by: Actor, fraud_id: UUID, state: str) -> FraudDecision:
    row = FraudDecision.objects.select_for_update(of=("self",)).filter(id=fraud_id, state=state).first()
    if row is None:
        raise Refused("这件认定已经办理，请刷新后再办。", code="gone")
    policy.require(by, policy.FRAUD_CONFIRM, area_key=row.seat_key)
    return row


def _person(by: Actor) -> UUID:
    if by.account_id is None:
        raise Refused("弄虚作假只能由人认定。", code="not_a_person")
    return by.account_id


def _other_than(row: FraudDecision, by: Actor) -> UUID:
    account = _person(by)
    if account == row.proposed_by:
        raise Refused("提出和确认不能是同一个人。", code="four_eyes", hint="请由另一位有权的人员确认。")
    return account


def _reason(text: str) -> str:
    if not text.strip():
        raise Refused("请填写理由。", field="reason", code="required")
    return text.strip()[:300]


def _audit(by: Actor, at: dt.datetime, row: FraudDecision, action: str) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="fraud_decision",
        subject_id=row.id,
        area_key=row.seat_key,
        detail={"organization": str(row.organization_id), "year": row.year, "document": row.document},
        at=at,
    )
