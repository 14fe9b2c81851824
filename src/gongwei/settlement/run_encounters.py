"""The records behind a line of a statement: counted, and not counted with the reason; one page at a time, each look written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from gongwei.base import audit
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.places.models import Practitioner
from gongwei.residents import queries as residents
from gongwei.residents.queries import masking
from gongwei.settlement import reasons, run_files, successions
from gongwei.settlement.run_models import SettlementRun

LARGEST_PAGE = 500
#: Shown for residents the actor does not reach: an officer of funds sees that a service was done, not for whom.
NOT_SHOWN = "（不在本岗位可查看的范围）"


@dataclass(frozen=True, slots=True)
class EncounterLine:
    """One record of a service. late, remote: why the weight is not 1. words: why it was not counted; of what was, that an objection put it there."""

    record_id: UUID
    encounter_id: UUID | None
    resident_id: UUID
    resident: str
    practitioner_id: UUID | None
    practitioner: str
    done_on: dt.date
    recorded_on: dt.date
    service_code: str
    counted: bool
    reason: str
    words: str
    weight: Decimal
    late: bool
    remote: bool
    reached: bool


@dataclass(frozen=True, slots=True)
class EncounterPage:
    """Some records, how many there are in all, and where to go on (None: no more)."""

    lines: tuple[EncounterLine, ...]
    total: int
    after: str | None = None


def encounters(
    actor: Actor,
    run: SettlementRun,
    organization_id: UUID,
    service_code: str,
    *,
    counted: bool = True,
    reason: str | None = None,
    practitioner_id: UUID | None = None,
    after: str | None = None,
    limit: int = 50,
) -> EncounterPage:
    """One page of the records of a service at an institution, by day; what was seen is written to the access log.

    reason: of those not counted only these. `after` is `EncounterPage.after` of the page before.

    Raises:
        Refused: the rows were removed or are damaged, an impossible cursor; policy.Forbidden.
    """
    policy.require(actor, policy.STATEMENT_VIEW, organization_id=successions.heir(organization_id))
    if not 1 <= limit <= LARGEST_PAGE or (reason is not None and reason not in reasons.REASONS):
        raise Refused("请求不正确。", code="page")
    where = f"organization_id = '{UUID(str(organization_id))}' and service = $service and counted = {counted}"
    values: dict[str, Any] = {"service": service_code}
    if reason is not None and not counted:
        where += " and reason = $reason"
        values["reason"] = reason
    if practitioner_id is not None:
        where += f" and practitioner_id = '{UUID(str(practitioner_id))}'"
    rows, total = _rows(run, where, values, after, limit)
    lines = _lines(actor, rows)
    audit.read(
        by=actor,
        subject_kind="resident",
        subject_ids=[each["subject_id"] for each in rows],
        query={
            "settlement": str(run.id),
            "organization": str(organization_id),
            "service": service_code,
            "counted": counted,
            "reason": reason or "",
        },
        area_key=run.county_key,
    )
    more = len(rows) == limit and (after is not None or total > limit)
    cursor = f"{rows[-1]['done_on']}:{rows[-1]['record_id']}" if more and rows else None
    return EncounterPage(tuple(lines), total, cursor)


def line_of_record(actor: Actor, run: SettlementRun, record_id: UUID) -> list[EncounterLine]:
    """What became of one record in a settlement: every service that might have claimed it. For whoever may see the statement of
    the institution that did it; from one yuan to its record and back. Raises as `encounters`."""
    rows, _ = _rows(run, f"record_id = '{UUID(str(record_id))}'", {}, None, 50)
    for each in rows:
        heir = successions.heir(UUID(str(each["organization_id"])))
        policy.require(actor, policy.STATEMENT_VIEW, organization_id=heir)
    if rows:
        audit.read(
            by=actor,
            subject_kind="resident",
            subject_ids=[rows[0]["subject_id"]],
            query={"settlement": str(run.id), "record": str(record_id)},
            area_key=run.county_key,
        )
    return _lines(actor, rows)


def _rows(
    run: SettlementRun, where: str, values: dict[str, Any], after: str | None, limit: int
) -> tuple[list[dict[str, Any]], int]:
    from gongwei.measures import run_subjects  # DuckDB: only who asks for records wants it

    paths = run_files.opened(run.id, run.files)
    if not paths:
        return [], 0
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    source = f"read_parquet([{listed}])"
    database = run_subjects.reader()
    total = _asked(database, f"select count(*) as n from {source} where {where}", values)[0]["n"]
    if after is not None:
        day, record = _cursor(after)
        where += f" and (done_on > date '{day}' or done_on = date '{day}' and record_id > '{record}')"
    found = _asked(
        database,
        f"select * from {source} where {where} order by done_on, record_id limit {int(limit)}",
        values,
    )
    for each in found:
        for name in ("record_id", "subject_id"):
            each[name] = UUID(str(each[name]))
    return found, total


def _asked(database: Any, sql: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = database.sql(sql, params=values or None).to_arrow_table().to_pylist()
    return found


def _cursor(after: str) -> tuple[dt.date, UUID]:
    day, _, record = after.partition(":")
    try:
        return dt.date.fromisoformat(day), UUID(record)
    except ValueError:
        raise Refused("翻页位置无效，请从第一页重新查询。", code="cursor") from None


def _lines(actor: Actor, rows: Sequence[dict[str, Any]]) -> list[EncounterLine]:
    names = dict(
        residents.visible_to(actor)
        .filter(id__in=[each["subject_id"] for each in rows])
        .values_list("id", "name")
    )
    doctors = dict(
        Practitioner.objects.filter(
            id__in=[each["practitioner_id"] for each in rows if each["practitioner_id"]]
        ).values_list("id", "name")
    )
    return [
        EncounterLine(
            each["record_id"],
            _uuid(each["encounter_id"]),
            each["subject_id"],
            masking.masked_name(names[each["subject_id"]]) if each["subject_id"] in names else NOT_SHOWN,
            _uuid(each["practitioner_id"]),
            doctors.get(_uuid(each["practitioner_id"]), ""),
            each["done_on"],
            each["recorded_on"],
            each["service"],
            bool(each["counted"]),
            each["reason"],
            reasons.words(each["reason"], each["detail"])
            if each["reason"]
            else reasons.counted_words(each["detail"]),
            Decimal(each["weight"]),
            bool(each["late"]),
            bool(each["remote"]),
            each["subject_id"] in names,
        )
        for each in rows
    ]


def _uuid(value: Any) -> UUID | None:
    return None if value is None else UUID(str(value))
