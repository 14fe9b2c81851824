"""A settlement's way through the offices: computed → submitted → approved by another person → posted → published; or returned.

What was computed is never changed on the way; a later run posts the difference.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.db import transaction

from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.settlement import county_codes, ledger, ledger_posting, ratios, schemes
from gongwei.settlement.run_models import RunUnit, SettlementRun

State = SettlementRun.State
#: What the audit trail calls a step.
_ACTIONS = {State.APPROVED: "confirm", State.RETURNED: "return"}


@transaction.atomic
def submit(*, by: Actor, at: dt.datetime, run_id: UUID) -> SettlementRun:
    """Hand a settlement in for approval.

    Raises:
        Refused: not just computed; an institution without a score that counts, where the scheme pays by score; policy.Forbidden.
    """
    run = _locked(run_id, State.COMPUTED)
    policy.require(by, policy.FUND_EDIT, area_key=county_codes.now(run.county_key))
    if missing := unscored(run):
        named = "、".join(missing[:3]) + (f"等{len(missing)}个机构" if len(missing) > 3 else "")
        raise Refused(
            f"{named}还没有可以用于结算的年度得分，不能提交。",
            code="unscored",
            hint="评价结果公布且异议期满后，重新计算再提交。",
        )
    run.submitted_at, run.submitted_by = at, by.account_id
    return _moved(run, State.SUBMITTED, by, at, "submitted_at", "submitted_by")


@transaction.atomic
def approve(*, by: Actor, at: dt.datetime, run_id: UUID) -> SettlementRun:
    """Approve what another person submitted. Raises Refused: not submitted, or by the same person; policy.Forbidden."""
    run = _locked(run_id, State.SUBMITTED)
    policy.require(by, policy.FUND_APPROVE, area_key=county_codes.now(run.county_key))
    if run.submitted_by is not None and run.submitted_by == by.account_id:
        raise Refused("提交和批准不能是同一个人。", code="four_eyes", hint="请由另一位有审批权限的人员批准。")
    run.approved_at, run.approved_by = at, by.account_id
    return _moved(run, State.APPROVED, by, at, "approved_at", "approved_by")


@transaction.atomic
def send_back(*, by: Actor, at: dt.datetime, run_id: UUID, reason: str) -> SettlementRun:
    """Return a settlement that was computed or submitted, with the reason. Raises Refused: no reason; policy.Forbidden."""
    run = _locked(run_id, State.COMPUTED, State.SUBMITTED)
    if not policy.may(by, policy.FUND_APPROVE, area_key=county_codes.now(run.county_key)):
        policy.require(by, policy.FUND_EDIT, area_key=county_codes.now(run.county_key))
    if not reason.strip():
        raise Refused("请填写退回的理由。", field="reason", code="required")
    run.note = reason.strip()[:200]
    return _moved(run, State.RETURNED, by, at, "note")


@transaction.atomic
def post(*, by: Actor, at: dt.datetime, run_id: UUID) -> SettlementRun:
    """Post an approved settlement to the ledger; posted once, whatever happens between.

    Raises:
        Refused: not approved; what was prepaid is not what the ledger says now (compute again); policy.Forbidden.
    """
    run = _locked(run_id, State.APPROVED)
    policy.require(by, policy.FUND_APPROVE, area_key=county_codes.now(run.county_key))
    scheme = schemes.read(run.inputs["scheme"]["content"])
    settled = [
        ledger.Settled(
            organization_id=unit.organization_id,
            base_fen=unit.base_fen,
            due_fen=unit.due_fen,
            withheld_fen=unit.withheld_fen,
            prepaid_fen=unit.prepaid_fen,
            final_fen=unit.final_fen,
            topup_fen=unit.topup_fen,
            reward_fen=unit.reward_fen,
        )
        for unit in RunUnit.objects.filter(run=run).order_by("seat_key", "organization_id")
    ]
    ledger.post_run(
        ledger.RunToPost(
            id=run.id,
            area_key=run.county_key,
            year=run.year,
            pot=run.pot,
            on=ledger_posting.day_for(run.county_key, clock.day_of(at), at),
            document=scheme.document[:200],
            lines=settled,
            destination=scheme.withheld_to,
            note=run.title,
        ),
        by=by,
        at=at,
    )
    return _moved(run, State.POSTED, by, at)


@transaction.atomic
def publish(*, by: Actor, at: dt.datetime, run_id: UUID) -> SettlementRun:
    """Show a posted settlement to the institutions. Raises Refused: not posted; policy.Forbidden."""
    run = _locked(run_id, State.POSTED)
    policy.require(by, policy.FUND_APPROVE, area_key=county_codes.now(run.county_key))
    run.published_at = at
    return _moved(run, State.PUBLISHED, by, at, "published_at")


def unscored(run: SettlementRun) -> list[str]:
    """Institutions with a base that no score counts for, where the scheme pays by score; a veto needs none."""
    if run.inputs["scheme"]["content"]["ratio"]["mode"] == ratios.FULL:
        return []
    rows = RunUnit.objects.filter(run=run, base_fen__gt=0, points=None, veto=False)
    provisional = {
        UUID(key)
        for key, said in run.inputs["scores"].items()
        if said["state"] == "provisional" and said["veto"] is None
    }
    names = list(rows.order_by("seat_key").values_list("name", flat=True))
    if provisional:
        names += list(
            RunUnit.objects.filter(run=run, base_fen__gt=0, points_of__in=provisional)
            .order_by("seat_key")
            .values_list("name", flat=True)
        )
    return names


def _locked(run_id: UUID, *states: str) -> SettlementRun:
    run = SettlementRun.objects.select_for_update().filter(id=run_id).first()
    if run is None:
        raise Refused("没有这次结算。", code="no_such_run")
    if run.state not in states:
        raise Refused(f"这次结算现在是“{run.get_state_display()}”，请刷新后再办。", code="gone")
    return run


def _moved(run: SettlementRun, state: str, by: Actor, at: dt.datetime, *changed: str) -> SettlementRun:
    run.state = state
    run.save(update_fields=["state", *changed])
    audit.record(
        by=by,
        action=_ACTIONS.get(State(state), "update"),
        subject_kind="settlement_run",
        subject_id=run.id,
        area_key=run.county_key,
        detail={"state": state, "title": run.title},
        at=at,
    )
    return run
