"""Pattern checks (`language.checks.PatternCheck`): the share of somebody's records of a period for which something holds.

Which records it holds of is asked of all records by the columnar engine, piece by piece; what comes out is a question about
a practitioner with its numbers, never a verdict.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import duckdb
import pyarrow as pa
from django.db import connection

from gongwei import catalogue
from gongwei.engines import columnar
from gongwei.language import nodes
from gongwei.language.checks import PatternCheck
from gongwei.language.expressions import as_node
from gongwei.language.intervals import Unit
from gongwei.quality import keeping, rules
from gongwei.records import columnar_reading
from gongwei.snapshots import moving

_SERVED = (
    "select p.id, e.practitioner_id, e.organization_id from records_response p join records_encounter e on e.id = p.encounter_id "
    "where p.form_code = '{form}' and p.status = 'final' and e.practitioner_id is not null "
    "and p.resident_id > '{after}' and p.resident_id <= '{until}'"
)
_MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}
_TRUNC = {Unit.MONTH: "month", Unit.QUARTER: "quarter", Unit.YEAR: "year"}


@dataclass
class Counted:
    """The records of one practitioner in one period: those the condition is known of, and those it holds of."""

    organization_id: UUID
    known: int = 0
    holds: int = 0

    @property
    def share(self) -> float:
        """How many of the known hold."""
        return self.holds / self.known


#: By practitioner and the first day of the period.
Counts = Mapping[tuple[UUID, dt.date], Counted]


def counts(
    check: PatternCheck, *, size: int = columnar_reading.PIECE, told: Callable[[], None] = lambda: None
) -> Counts:
    """What everybody's records say, all periods at once."""
    found: dict[tuple[UUID, dt.date], Counted] = {}
    conditions = {"holds": as_node(check.share_of)}
    if check.where is not None:
        conditions["chosen"] = as_node(check.where)
    steps = columnar.parameter_steps(catalogue.current().parameters, conditions.values())
    judged = columnar.sql(columnar.judged(check.on, conditions, columnar.Columns(steps)))
    names = columnar_reading.answers_in(check.on, conditions.values())
    chosen = "and j.chosen" if check.where is not None else ""
    query = (
        f"select s.practitioner_id, date_trunc('{_TRUNC[check.over]}', j.done_on)::date as period, "
        "min(s.organization_id) as organization_id, count(*) as known, count(*) filter (where j.holds) as holds "
        f"from ({judged}) j join served s on s.record_id = j.record_id where j.holds is not null {chosen} group by 1, 2"
    )
    after = columnar_reading.NOBODY
    while after != columnar_reading.EVERYBODY:
        until = columnar_reading.end_of_piece(after, size)
        for practitioner, period, organization, known, holds in _piece(check, names, query, after, until):
            mine = found.setdefault((UUID(practitioner), period), Counted(UUID(organization)))
            mine.known += known
            mine.holds += holds
        told()
        after = until
    return found


def _piece(
    check: PatternCheck, names: list[str], query: str, after: UUID, until: UUID
) -> Iterator[tuple[str, dt.date, str, int, int]]:
    rows = columnar_reading.records(check.on, names, after, until)
    if not rows.num_rows:
        return
    with duckdb.connect(config={"threads": 2}) as database:
        columnar_reading.register_subjects(database, after, until)
        columnar_reading.create_table(database, check.on, names, rows)
        served = moving.in_hand(
            _SERVED.format(form=check.on.code, after=after, until=until),
            {"record_id": pa.string(), "practitioner_id": pa.string(), "organization_id": pa.string()},
        )
        database.register("served", served)
        table = database.sql(query).to_arrow_table()
    for each in table.to_pylist():
        yield each["practitioner_id"], each["period"], each["organization_id"], each["known"], each["holds"]


def asked_about(check: PatternCheck, counted: Counts) -> dict[tuple[UUID, dt.date], str]:
    """Whom to ask, and why: the share reaches the limit, or stands too far above everybody's mean in that period.

    The limits are those of the last day of the period; fewer than `at_least` records say nothing. Pure.
    """
    found: dict[tuple[UUID, dt.date], str] = {}
    by_period: dict[dt.date, dict[UUID, Counted]] = defaultdict(dict)
    for (practitioner, period), each in counted.items():
        if each.known >= check.at_least:
            by_period[period][practitioner] = each
    for period, people in by_period.items():
        last = last_day(check, period)
        above = _limit(check.above, last)
        apart = None if check.deviations is None else _limit(check.deviations, last)
        shares = [each.share for each in people.values()]
        mean = sum(shares) / len(shares)
        deviation = math.sqrt(sum((share - mean) ** 2 for share in shares) / len(shares))
        for practitioner, each in people.items():
            if Decimal(each.holds) >= above * each.known:
                found[practitioner, period] = f"达到{_percent(float(above))}"
            elif apart is not None and deviation > 0 and each.share > mean + float(apart) * deviation:
                found[practitioner, period] = f"高于平均{_percent(mean)}的{apart}个标准差"
    return found


def of_all(
    *, at: dt.datetime, run_id: UUID | None, told: Callable[[str], None] = lambda line: None
) -> keeping.Outcome:
    """Run every pattern check over everybody and keep what it asks. Runs as the owner of the tables."""
    outcome = keeping.Outcome()
    for check in catalogue.pattern_checks():
        rule = rules.of_check(check.code, check.title, check.then)
        if not rules.enabled(rule):
            continue
        counted = counts(check)
        scope = keeping.Scope(
            "practitioner",
            "old.rule = %(code)s and old.form_code = %(form)s and old.response_id is null and old.resident_id is null",
            {"code": rule.code or rule.title, "form": check.on.code},
            [digest(check, rule)],
        )
        outcome += keeping.keep(_findings(check, rule, counted), scope, at=at, run_id=run_id)
        told(f"工作规律：{rule.title}")
    return outcome


def digest(check: PatternCheck, rule: rules.Rule) -> str:
    """Changes with the definition and with the rule's severity."""
    return hashlib.sha256(f"{catalogue.digest(check)}|{rule.severity}".encode()).hexdigest()[:16]


def last_day(check: PatternCheck, first: dt.date) -> dt.date:
    """The last day of the period that begins on a day."""
    months = first.year * 12 + first.month - 1 + _MONTHS[check.over]
    return dt.date(months // 12, months % 12 + 1, 1) - dt.timedelta(days=1)


def _findings(check: PatternCheck, rule: rules.Rule, counted: Counts) -> Iterator[keeping.Found]:
    asked = asked_about(check, counted)
    areas = _areas({counted[key].organization_id for key in asked})
    for (practitioner, period), why in asked.items():
        mine = counted[practitioner, period]
        yield keeping.Found(
            rule=rule,
            key=f"{period:%Y-%m}",
            area_key=areas[mine.organization_id],
            digest=digest(check, rule),
            form_code=check.on.code,
            done_on=last_day(check, period),
            practitioner_id=practitioner,
            organization_id=mine.organization_id,
            found=f"{check.title}：{mine.known}份中{mine.holds}份，占{_percent(mine.share)}，{why}",
            evidence={"records": mine.known, "holds": mine.holds},
        )


def _areas(organizations: set[UUID]) -> dict[UUID, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select id, area_key from places_organization where id = any(%s)", [list(organizations)]
        )
        return dict(cursor.fetchall())


def _limit(said: object, day: dt.date) -> Decimal:
    node = as_node(said)
    if isinstance(node, nodes.Parameter):
        return Decimal(str(catalogue.current().parameters(node.code, day)))
    if isinstance(node, nodes.Literal):
        return Decimal(str(node.value))
    raise TypeError(f"a limit is a number or a parameter, not {node!r}")


def _percent(share: float) -> str:
    return f"{share * 100:.1f}%"
