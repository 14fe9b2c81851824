"""申诉: an institution objects to a score, to the result of a person drawn, or to a line of a statement; another person decides.

A granted appeal writes a new version of the score or result; the old ones stay readable. One about a record of a statement
puts the record into the next settlement of the period (`settlement.gathering`), by the document the decision names.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.evaluation import drawing, parameters, sheets
from gongwei.evaluation.models import Appeal, Round, SampledPerson, Sheet
from gongwei.places import policy
from gongwei.places.models import Organization

About, State = Appeal.About, Appeal.State


@transaction.atomic
def about_item(*, by: Actor, at: dt.datetime, sheet_id: UUID, item: str, text: str) -> Appeal:
    """Appeal against the score of an item. Raises Refused: outside the window, no such item, one is open; Forbidden."""
    sheet = Sheet.objects.select_related("round").filter(id=sheet_id).first()
    if sheet is None:
        raise Refused("没有这张评分表。", code="gone")
    policy.require(by, policy.APPEAL_MAKE, organization_id=sheet.organization_id)
    _within_window(sheet.round, at)
    if item not in {each.code for each in sheets.tree_for(sheet).items()}:
        raise Refused("没有这个指标。", field="item", code="unknown_item")
    if Appeal.objects.filter(sheet=sheet, item=item, state=State.MADE).exists():
        raise Refused("这一项已有申诉在办理。", code="open")
    given = {
        "about": About.ITEM,
        "round": sheet.round,
        "sheet": sheet,
        "item": item,
        "year": sheet.round.year,
    }
    return _make(by, at, sheet.organization_id, text, given)


@transaction.atomic
def about_person(*, by: Actor, at: dt.datetime, person_id: UUID, text: str) -> Appeal:
    """Appeal against what was found about a person drawn, while the round is published. Raises Refused, Forbidden."""
    person = SampledPerson.objects.select_related("sample__round").filter(id=person_id).first()
    if person is None:
        raise Refused("没有这个抽查对象。", code="gone")
    sample = person.sample
    policy.require(by, policy.APPEAL_MAKE, organization_id=sample.organization_id)
    _within_window(sample.round, at)
    if not person.checks.exists():
        raise Refused("这个抽查对象还没有核查结果。", code="unchecked")
    if Appeal.objects.filter(person=person, state=State.MADE).exists():
        raise Refused("这一对象已有申诉在办理。", code="open")
    given = {"about": About.PERSON, "round": sample.round, "person": person, "year": sample.round.year}
    return _make(by, at, sample.organization_id, text, given)


@transaction.atomic
def about_statement(
    *,
    by: Actor,
    at: dt.datetime,
    organization_id: UUID,
    year: int,
    settlement_id: UUID,
    subject: Mapping[str, Any],
    text: str,
) -> Appeal:
    """Appeal against a line of a statement: `subject` says which service and reason. What follows is settlement's affair.

    Called by settlement in its transaction, which asked the policy: whoever took an institution over objects for it.
    Raises Refused: nothing said.
    """
    given = {"about": About.STATEMENT, "subject_id": settlement_id, "subject": dict(subject), "year": year}
    return _make(by, at, organization_id, text, given)


@transaction.atomic
def decide(
    *,
    by: Actor,
    at: dt.datetime,
    appeal_id: UUID,
    granted: bool,
    answer: str,
    points: str = "",
    verdict: str = "",
    document: str = "",
) -> Appeal:
    """Decide an appeal with an answer. Granted: `points` are the item's new points, `verdict` the person's new one, `document`
    what the decision about a record of a statement rests on.

    Raises Refused: decided already, by who made it, without an answer, points out of bounds or unchanged, a record granted
    without a document; Forbidden.
    """
    row = Appeal.objects.select_for_update(of=("self",)).filter(id=appeal_id, state=State.MADE).first()
    if row is None:
        raise Refused("这件申诉已经办结，请刷新后再办。", code="gone")
    policy.require(by, policy.APPEAL_DECIDE, area_key=row.seat_key)
    if by.account_id is None or by.account_id == row.made_by:
        raise Refused("提出和办理不能是同一个人。", code="four_eyes")
    answer = answer.strip()[:600]
    if not answer:
        raise Refused("请填写答复。", field="answer", code="required")
    if granted and row.about == About.ITEM:
        if not points.strip():
            raise Refused("请填写改后的得分。", field="points", code="required")
        assert row.sheet_id is not None
        row.score = sheets.after_appeal(
            by=by, at=at, sheet_id=row.sheet_id, item=row.item, points=points, answer=answer, appeal=row.id
        )
    elif granted and row.about == About.STATEMENT:
        if not document.strip():
            raise Refused(
                "请填写认定所依据的文件。",
                field="document",
                code="required",
                hint="成立后，下一次结算把这条记录计入。",
            )
    elif granted and row.about == About.PERSON:
        assert row.person_id is not None
        drawing.after_appeal(
            by=by, at=at, person_id=row.person_id, verdict=verdict, answer=answer, appeal=row.id
        )
    row.state = State.GRANTED if granted else State.REFUSED
    row.answer, row.decided_at, row.decided_by = answer, at, by.account_id
    row.document = document.strip()[:200]
    row.save(update_fields=["state", "answer", "document", "decided_at", "decided_by", "score"])
    _audit(by, at, row, "confirm" if granted else "refuse")
    return row


@transaction.atomic
def withdraw(*, by: Actor, at: dt.datetime, appeal_id: UUID) -> Appeal:
    """Take an appeal back while nobody has decided. Raises Refused, policy.Forbidden."""
    row = Appeal.objects.select_for_update(of=("self",)).filter(id=appeal_id, state=State.MADE).first()
    if row is None:
        raise Refused("这件申诉已经办结，请刷新后再办。", code="gone")
    policy.require(by, policy.APPEAL_MAKE, organization_id=row.organization_id)
    row.state = State.WITHDRAWN
    row.save(update_fields=["state"])
    _audit(by, at, row, "withdraw")
    return row


def may_appeal(actor: Actor, round_: Round, organization_id: UUID, on: dt.date) -> bool:
    """Whether an actor may appeal against results of an institution in a round on a day."""
    return (
        round_.state == Round.State.PUBLISHED
        and round_.objection_until is not None
        and on <= round_.objection_until
        and policy.may(actor, policy.APPEAL_MAKE, organization_id=organization_id)
    )


def _within_window(round_: Round, at: dt.datetime) -> None:
    if round_.state != Round.State.PUBLISHED or round_.objection_until is None:
        raise Refused("结果公示后才能申诉。", code="not_published")
    if clock.day_of(at) > round_.objection_until:
        raise Refused(f"申诉期已于{round_.objection_until:%Y-%m-%d}结束。", code="window_over")


def _make(by: Actor, at: dt.datetime, organization_id: UUID, text: str, given: Mapping[str, Any]) -> Appeal:
    if not text.strip():
        raise Refused("请填写申诉内容。", field="text", code="required")
    if by.account_id is None:
        raise Refused("申诉只能由人提出。", code="not_a_person")
    organization = Organization.objects.get(id=organization_id)
    day = clock.day_of(at)
    made = Appeal.objects.create(
        **given,
        organization=organization,
        seat_key=organization.area_id,
        text=text.strip()[:600],
        made_at=at,
        made_by=by.account_id,
        due_on=parameters.after_working_days(day, parameters.number("appeal_days", day)),
        state=State.MADE,
    )
    _audit(by, at, made, "create")
    return made


def _audit(by: Actor, at: dt.datetime, row: Appeal, action: str) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="evaluation_appeal",
        subject_id=row.id,
        area_key=row.seat_key,
        detail={"about": row.about, "item": row.item, "organization": str(row.organization_id)},
        at=at,
    )
