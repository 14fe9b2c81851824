"""Objecting to a settlement: an institution says that a record should have counted; the county answers (`evaluation.appeals`).

What is granted is put right where its reason lies (a finding decided, a record corrected, another fund taken back), and the next
settlement of the period, computed anew, posts the difference; a settlement itself is never changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.evaluation import appeals, parameters
from gongwei.evaluation.models import Appeal
from gongwei.places import policy
from gongwei.settlement import run_encounters
from gongwei.settlement.run_models import SettlementRun


def deadline(run: SettlementRun) -> dt.date | None:
    """The last day of the objection window of a published settlement; None before it is published."""
    if run.published_at is None:
        return None
    day = clock.day_of(run.published_at)
    return parameters.after_working_days(day, parameters.number("objection_days", day))


def is_open(run: SettlementRun, on: dt.date) -> bool:
    """Whether appeals against a settlement are taken on a day."""
    last = deadline(run)
    return last is not None and on <= last


@transaction.atomic
def make(
    *, by: Actor, at: dt.datetime, run: SettlementRun, organization_id: UUID, record_id: UUID, text: str
) -> Appeal:
    """Object that a record was not counted.

    Raises:
        Refused: not published, the window is over, nothing said, no such uncounted record at the institution, or an appeal about it
            is open; policy.Forbidden.
    """
    policy.require(by, policy.APPEAL_MAKE, organization_id=organization_id)
    last = deadline(run)
    if last is None:
        raise Refused("结算公布后才能申诉。", code="not_published")
    if clock.day_of(at) > last:
        raise Refused(f"申诉期已于{last:%Y-%m-%d}结束。", code="window_over")
    lines = run_encounters.line_of_record(by, run, record_id)
    line = next((each for each in lines if not each.counted), None)
    if line is None or any(each.counted for each in lines):
        raise Refused("这条记录没有被剔除，不需申诉。", code="counted")
    if about(run, [record_id], state=Appeal.State.MADE):
        raise Refused("这条记录已有申诉在办理。", code="open")
    return appeals.about_statement(
        by=by,
        at=at,
        organization_id=organization_id,
        year=run.year,
        settlement_id=run.id,
        subject={"record": str(record_id), "service": line.service_code, "reason": line.reason},
        text=text,
    )


def about(run: SettlementRun, record_ids: Iterable[UUID], *, state: str = "") -> dict[UUID, Appeal]:
    """The latest appeal about each of some records of a settlement (in a state), by record."""
    wanted = [str(each) for each in record_ids]
    rows = Appeal.objects.filter(
        about=Appeal.About.STATEMENT, subject_id=run.id, subject__record__in=wanted
    ).exclude(state=Appeal.State.WITHDRAWN)
    if state:
        rows = rows.filter(state=state)
    return {UUID(each.subject["record"]): each for each in rows.order_by("made_at")}
