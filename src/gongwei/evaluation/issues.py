"""问题整改: register a problem, notify, accept or object, plan, put right with evidence, look again, close (对账销号)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused, Several
from gongwei.evaluation import parameters
from gongwei.evaluation.models import Evidence, Issue, IssueStep
from gongwei.places import policy
from gongwei.places.models import Organization

State, Severity, Source = Issue.State, Issue.Severity, Issue.Source
#: From which state to which, and whether the institution or the evaluators take the step.
INSTITUTION, EVALUATOR = policy.EVALUATION_SELF, policy.EVALUATION_EDIT
STEPS: dict[tuple[str, str], str] = {
    (State.FOUND, State.NOTIFIED): EVALUATOR,
    (State.FOUND, State.CLOSED): EVALUATOR,
    (State.NOTIFIED, State.ACCEPTED): INSTITUTION,
    (State.NOTIFIED, State.OBJECTED): INSTITUTION,
    (State.OBJECTED, State.NOTIFIED): EVALUATOR,
    (State.OBJECTED, State.CLOSED): EVALUATOR,
    (State.ACCEPTED, State.PLANNING): INSTITUTION,
    (State.ACCEPTED, State.RECTIFYING): INSTITUTION,
    (State.PLANNING, State.RECTIFYING): INSTITUTION,
    (State.RECTIFYING, State.SUBMITTED): INSTITUTION,
    (State.SUBMITTED, State.VERIFIED): EVALUATOR,
    (State.SUBMITTED, State.REJECTED): EVALUATOR,
    (State.REJECTED, State.RECTIFYING): INSTITUTION,
    (State.VERIFIED, State.CLOSED): EVALUATOR,
}
#: What the first step of a repeat says.
AGAIN = "12个月内重复出现，严重程度提高一级"
#: Steps that must say something.
_SAID = (State.OBJECTED, State.PLANNING, State.SUBMITTED, State.REJECTED, State.CLOSED)
#: Open as far as the due day goes: what the institution has handed in is no longer late.
OPEN = (
    State.FOUND,
    State.NOTIFIED,
    State.ACCEPTED,
    State.OBJECTED,
    State.PLANNING,
    State.RECTIFYING,
    State.REJECTED,
)


@transaction.atomic
def register(
    *,
    by: Actor,
    at: dt.datetime,
    organization_id: UUID,
    year: int,
    source: str,
    description: str,
    severity: int = Severity.MINOR,
    item: str = "",
    source_id: UUID | None = None,
    round_id: UUID | None = None,
    due_on: dt.date | None = None,
) -> Issue:
    """Register a problem. One of the same item at the same institution within the last months is a repeat, one step graver.

    due_on: by severity (parameters) where nothing is said. Raises Several; policy.Forbidden.
    """
    organization = Organization.objects.filter(id=organization_id).first()
    if organization is None:
        raise Refused("没有这个机构。", field="organization", code="gone")
    policy.require(by, policy.EVALUATION_EDIT, area_key=organization.area_id)
    day = clock.day_of(at)
    wrong = []
    if source not in Source.values:
        wrong.append(Refused("请选择来源。", field="source", code="source"))
    if severity not in Severity.values:
        wrong.append(Refused("请选择严重程度。", field="severity", code="severity"))
    if not description.strip():
        wrong.append(Refused("请填写问题。", field="description", code="required"))
    if due_on is not None and due_on < day:
        wrong.append(Refused("整改期限不能早于今天。", field="due_on", code="date"))
    if wrong:
        raise Several(wrong)
    former = _former(organization_id, item, day)
    grave = min(severity + (former is not None), Severity.SEVERE)
    made = Issue.objects.create(
        organization=organization,
        seat_key=organization.area_id,
        round_id=round_id,
        year=year,
        source=source,
        source_id=source_id,
        item=item[:40],
        severity=grave,
        description=description.strip()[:400],
        found_on=day,
        due_on=due_on or day + dt.timedelta(days=days_for(grave, day)),
        repeat_of=former,
        state=State.FOUND,
        made_at=at,
        made_by=by.account_id,
    )
    _step(by, at, made, State.FOUND, AGAIN if former else "")
    return made


@transaction.atomic
def move(*, by: Actor, at: dt.datetime, issue_id: UUID, to: str, note: str = "") -> Issue:
    """Take one step (`STEPS`). Handing in needs words and, where the problem is grave, a file; closing ends it.

    Raises Refused: no such step from here, nothing said, no evidence; policy.Forbidden.
    """
    row = Issue.objects.select_for_update(of=("self",)).filter(id=issue_id).first()
    if row is None:
        raise Refused("没有这个问题。", code="gone")
    action = STEPS.get((row.state, to))
    if action is None:
        raise Refused("问题的状态已经变更，请刷新后再办。", code="order")
    if action == INSTITUTION:
        policy.require(by, action, organization_id=row.organization_id)
    else:
        policy.require(by, action, area_key=row.seat_key)
    if to in _SAID and not note.strip():
        raise Refused("请填写说明。", field="note", code="required")
    if to == State.SUBMITTED and row.severity > Severity.MINOR and not _has_evidence(row):
        raise Refused("较重、重大问题的整改，请上传佐证材料后再提交。", field="file", code="evidence")
    row.state = to
    row.closed_on = clock.day_of(at) if to == State.CLOSED else None
    row.save(update_fields=["state", "closed_on"])
    _step(by, at, row, to, note)
    return row


@transaction.atomic
def close_found(*, by: Actor, at: dt.datetime, round_id: UUID, issue_ids: Iterable[UUID], note: str) -> int:
    """Close problems of a round nobody was notified of, all with the same reason; how many. Raises Refused: no reason; Forbidden."""
    if not note.strip():
        raise Refused("请填写说明。", field="note", code="required")
    rows = list(
        Issue.objects.select_for_update(of=("self",)).filter(
            round=round_id, id__in=list(issue_ids), state=State.FOUND
        )
    )
    for each in rows:
        policy.require(by, policy.EVALUATION_EDIT, area_key=each.seat_key)
        each.state, each.closed_on = State.CLOSED, clock.day_of(at)
    Issue.objects.bulk_update(rows, ["state", "closed_on"], batch_size=500)
    IssueStep.objects.bulk_create(
        [
            IssueStep(issue=each, state=State.CLOSED, note=note.strip()[:400], at=at, by=by.account_id)
            for each in rows
        ]
    )
    audit.record(
        by=by,
        action="update",
        subject_kind="evaluation_round",
        subject_id=round_id,
        area_key=rows[0].seat_key if rows else None,
        detail={"state": State.CLOSED, "count": len(rows), "reason": note.strip()},
        at=at,
    )
    return len(rows)


def next_steps(actor: Actor, issue: Issue) -> list[str]:
    """The states an actor may bring a problem to."""
    return [
        to
        for (state, to), action in STEPS.items()
        if state == issue.state
        and (
            policy.may(actor, action, organization_id=issue.organization_id)
            if action == INSTITUTION
            else policy.may(actor, action, area_key=issue.seat_key)
        )
    ]


def days_for(severity: int, on: dt.date) -> int:
    """How many days a problem of a severity has."""
    name = "rectification_days" if severity == Severity.MINOR else "rectification_days_major"
    return parameters.number(name, on)


def repeats_since(day: dt.date) -> dt.date:
    """From when on a problem of the same item is a repeat."""
    months = parameters.number("repeat_months", day)
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, min(day.day, 28))


def _former(organization_id: UUID, item: str, day: dt.date) -> Issue | None:
    if not item:
        return None
    return (
        Issue.objects.filter(organization=organization_id, item=item, found_on__gte=repeats_since(day))
        .order_by("-found_on", "-id")
        .first()
    )


def _has_evidence(row: Issue) -> bool:
    return Evidence.objects.filter(about=Evidence.About.ISSUE, subject_id=row.id).exists()


def _step(by: Actor, at: dt.datetime, row: Issue, state: str, note: str) -> None:
    IssueStep.objects.create(issue=row, state=state, note=note.strip()[:400], at=at, by=by.account_id)
    audit.record(
        by=by,
        action="create" if state == State.FOUND else "update",
        subject_kind="evaluation_issue",
        subject_id=row.id,
        area_key=row.seat_key,
        detail={"state": state, "organization": str(row.organization_id)},
        at=at,
    )
