"""Objecting to a settlement: an institution says that a record should have counted; the county answers (`evaluation.appeals`).

What is granted (with a document, by another person than who objected) counts in the next settlement of the year, computed anew,
by 申诉认定 and not by the rule it failed; posting it posts the difference. A settlement itself is never changed.
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
from gongwei.places import division_codes, policy
from gongwei.settlement import reasons, run_encounters, successions
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
    *,
    by: Actor,
    at: dt.datetime,
    run: SettlementRun,
    organization_id: UUID,
    record_id: UUID,
    text: str,
    service_code: str = "",
) -> Appeal:
    """Object that a record was not counted (as a service, where several might have claimed it).

    Raises:
        Refused: not published, the window is over, nothing said, no such uncounted record at the institution, one no objection
            can help, or an appeal about it is open or was granted; policy.Forbidden.
    """
    policy.require(by, policy.APPEAL_MAKE, organization_id=successions.heir(organization_id))
    last = deadline(run)
    if last is None:
        raise Refused("结算公布后才能申诉。", code="not_published")
    if clock.day_of(at) > last:
        raise Refused(f"申诉期已于{last:%Y-%m-%d}结束。", code="window_over")
    lines = run_encounters.line_of_record(by, run, record_id)
    line = next(
        (each for each in lines if not each.counted and service_code in ("", each.service_code)), None
    )
    if line is None or any(each.counted for each in lines):
        raise Refused("这条记录没有被剔除，不需申诉。", code="counted")
    if line.reason in reasons.FINAL:
        raise Refused(
            f"{reasons.REASONS[line.reason]}，不能通过申诉计入。",
            code="final",
            hint="记录有误的，请先更正或重新录入。",
        )
    if about(run, [record_id], state=Appeal.State.MADE):
        raise Refused("这条记录已有申诉在办理。", code="open")
    if about(run, [record_id], state=Appeal.State.GRANTED):
        raise Refused("这条记录的申诉已经成立，下一次结算计入。", code="granted")
    return appeals.about_statement(
        by=by,
        at=at,
        organization_id=organization_id,
        year=run.year,
        settlement_id=run.id,
        subject={"record": str(record_id), "service": line.service_code, "reason": line.reason},
        text=text,
    )


def may_help(reason: str) -> bool:
    """Whether an objection to this reason can be granted."""
    return reason not in reasons.FINAL


def granted(county_key: int, year: int) -> dict[tuple[str, str], str]:
    """What was granted of a county's year: (record, service) → the appeal."""
    rows = Appeal.objects.filter(
        about=Appeal.About.STATEMENT,
        state=Appeal.State.GRANTED,
        year=year,
        seat_key__gte=county_key,
        seat_key__lte=division_codes.last(county_key),
    ).order_by("decided_at", "id")
    return {(each.subject["record"], each.subject["service"]): str(each.id) for each in rows}


def decided_between(before: SettlementRun, after: SettlementRun) -> set[tuple[UUID, str]]:
    """(institution, service) of what the later settlement counts by objections and the earlier did not."""
    known = {each[2] for each in before.inputs.get("granted", ())}
    new = [each[2] for each in after.inputs.get("granted", ()) if each[2] not in known]
    rows = Appeal.objects.filter(id__in=new).values_list("organization_id", "subject")
    return {(organization, subject["service"]) for organization, subject in rows}


def about(run: SettlementRun, record_ids: Iterable[UUID], *, state: str = "") -> dict[UUID, Appeal]:
    """The latest appeal about each of some records of a settlement (in a state), by record."""
    wanted = [str(each) for each in record_ids]
    rows = Appeal.objects.filter(
        about=Appeal.About.STATEMENT, subject_id=run.id, subject__record__in=wanted
    ).exclude(state=Appeal.State.WITHDRAWN)
    if state:
        rows = rows.filter(state=state)
    return {UUID(each.subject["record"]): each for each in rows.order_by("made_at")}
