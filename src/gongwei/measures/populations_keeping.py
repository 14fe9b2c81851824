"""Reporting published numbers, approving them by another person, withdrawing them. Every version stays."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from gongwei.base import audit
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused, Several
from gongwei.measures import populations
from gongwei.measures.populations_models import Population
from gongwei.places import policy, queries

FIRST_YEAR, LAST_YEAR = 2009, 2100
MOST = 3_000_000_000


@dataclass(frozen=True)
class Reported:
    """One number to be reported."""

    code: str
    area_key: int
    year: int
    value: int
    source: str
    document: str = ""
    note: str = ""


@transaction.atomic
def record(*, by: Actor, at: dt.datetime, rows: Sequence[Reported]) -> list[Population]:
    """Report numbers, all or none; each is a draft until somebody else approves it. A draft not yet approved is replaced.

    A number equal to the one in force, from the same source and document, is left out.
    Raises Several with what is wrong in which row (`details["row"]` counts from 0), policy.Forbidden.
    """
    wrong = [problem for place, row in enumerate(rows) for problem in _faults(place, row)]
    if wrong:
        raise Several(wrong)
    made = []
    for row in rows:
        policy.require(by, policy.POPULATION_EDIT, area_key=row.area_key)
        if not _is_news(row):
            continue
        _end_draft(row, by, at)
        made.append(
            Population.objects.create(
                code=row.code,
                area_key=row.area_key,
                year=row.year,
                value=row.value,
                source=row.source.strip(),
                document=row.document.strip(),
                note=row.note.strip(),
                version=_next_version(row),
                state=Population.State.DRAFT,
                recorded_at=at,
                recorded_by=by.account_id,
            )
        )
    for each in made:
        _audit(by, at, each, "create")
    return made


@transaction.atomic
def approve(*, by: Actor, at: dt.datetime, population_ids: Sequence[UUID]) -> list[Population]:
    """Approve drafts, all or none; the numbers in force until now stay as replaced ones.

    Raises Refused: not a draft any more, or reported by the same person (四眼); policy.Forbidden.
    """
    rows = list(Population.objects.select_for_update().filter(id__in=list(population_ids)).order_by("id"))
    if len(rows) != len(set(population_ids)):
        raise Refused("有的数已经不在待批准名单中，请刷新后再办。", code="gone")
    for row in rows:
        policy.require(by, policy.POPULATION_EDIT, area_key=row.area_key)
        if row.state != Population.State.DRAFT:
            raise Refused("有的数已经不在待批准名单中，请刷新后再办。", code="gone")
        if row.recorded_by is not None and row.recorded_by == by.account_id:
            raise Refused("填报和批准不能是同一个人。", code="four_eyes", hint="请由另一位县级管理人员批准。")
    for row in rows:
        for former in Population.objects.select_for_update().filter(
            code=row.code, area_key=row.area_key, year=row.year, state=Population.State.APPROVED
        ):
            former.state, former.ended_at, former.ended_by = Population.State.REPLACED, at, by.account_id
            former.save(update_fields=["state", "ended_at", "ended_by"])
        row.state, row.approved_at, row.approved_by = Population.State.APPROVED, at, by.account_id
        row.save(update_fields=["state", "approved_at", "approved_by"])
        _audit(by, at, row, "confirm")
    return rows


@transaction.atomic
def withdraw(*, by: Actor, at: dt.datetime, population_id: UUID, reason: str) -> Population:
    """Take a draft or a number in force back, with the reason; it stays to be seen.

    Raises Refused: no reason, or neither a draft nor in force; policy.Forbidden.
    """
    row = Population.objects.select_for_update().filter(id=population_id).first()
    if row is None or row.state not in (Population.State.DRAFT, Population.State.APPROVED):
        raise Refused("这个数已经更新或撤回，请刷新后再办。", code="gone")
    policy.require(by, policy.POPULATION_EDIT, area_key=row.area_key)
    if not reason.strip():
        raise Refused("请填写撤回的理由。", field="reason", code="required")
    row.state, row.ended_at, row.ended_by = Population.State.WITHDRAWN, at, by.account_id
    row.reason = reason.strip()[:200]
    row.save(update_fields=["state", "ended_at", "ended_by", "reason"])
    _audit(by, at, row, "withdraw")
    return row


def _faults(place: int, row: Reported) -> list[Refused]:
    """What is wrong with one row."""

    def fault(message: str, field: str, code: str) -> Refused:
        return Refused(message, field=field, code=code, details={"row": place, "area": row.area_key})

    found = []
    if row.code not in populations.KINDS:
        found.append(fault("没有这个项目。", "code", "unknown_kind"))
    area = queries.area(row.area_key)
    if area is None:
        found.append(fault("没有这个区划。", "area", "unknown_area"))
    if not FIRST_YEAR <= row.year <= LAST_YEAR:
        found.append(fault(f"年度应在{FIRST_YEAR}～{LAST_YEAR}之间。", "year", "year"))
    if not 0 <= row.value <= MOST:
        found.append(fault("人数应为不小于0的整数。", "value", "value"))
    if not row.source.strip():
        found.append(fault("请填写来源。", "source", "required"))
    return found


def _is_news(row: Reported) -> bool:
    same = {
        "code": row.code,
        "area_key": row.area_key,
        "year": row.year,
        "value": row.value,
        "source": row.source.strip(),
        "document": row.document.strip(),
    }
    states = [Population.State.APPROVED, Population.State.DRAFT]
    return not Population.objects.filter(**same, state__in=states).exists()


def _end_draft(row: Reported, by: Actor, at: dt.datetime) -> None:
    Population.objects.filter(
        code=row.code, area_key=row.area_key, year=row.year, state=Population.State.DRAFT
    ).update(state=Population.State.WITHDRAWN, ended_at=at, ended_by=by.account_id, reason="重新填报")


def _next_version(row: Reported) -> int:
    found = populations.history(row.code, row.area_key, row.year).aggregate(Max("version"))["version__max"]
    return int(found or 0) + 1


def _audit(by: Actor, at: dt.datetime, row: Population, action: str) -> None:
    audit.record(
        by=by,
        action=action,
        subject_kind="population",
        subject_id=row.id,
        area_key=row.area_key,
        detail={"code": row.code, "year": row.year, "value": row.value, "version": row.version},
        at=at,
    )
