"""Services among a resident's others of the same kind: one a day, not before the window opens, no more than the limit.

In the order of days, a service counts when its day is not before the window the last counted one left open, and the year's (or
other unit's) number is not reached. What an objection was granted for stands beside them: it counts, and keeps nothing from
counting. Everybody goes one counted service further in each pass, so there are as many passes as
services somebody may be paid for.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import duckdb

from gongwei.language.intervals import Unit
from gongwei.language.services import ServiceItem
from gongwei.settlement import reasons
from gongwei.settlement.counting_sql import by_service, text

if TYPE_CHECKING:
    from gongwei.settlement.counting import Question


def walk(database: duckdb.DuckDBPyConnection, question: Question) -> None:
    """Turn the table `looked` into `services`: every row with its final reason ('' where it counts) and weight."""
    database.execute(_fit(question))
    database.execute(
        "create or replace temp table walked as select subject_id, series, done_on, open_on from fit where false"
    )
    candidates, counted = "fit f where f.walks", "1"
    while True:
        database.execute(
            "create or replace temp table picked as select f.subject_id, f.series, min(f.done_on) as done_on, "
            "arg_min(coalesce(f.open_on, f.done_on + 1), f.done_on) as open_on, arg_min(f.unit_last, f.done_on) as unit_last, "
            f"arg_min(f.at_most, f.done_on) as at_most, {counted} as counted from {candidates} group by f.subject_id, f.series"
        )
        if not database.sql("select count(*) from picked").fetchall()[0][0]:
            break
        database.execute("insert into walked select subject_id, series, done_on, open_on from picked")
        database.execute(
            "create or replace temp table standing as select subject_id, series, counted, unit_last, "
            "case when counted >= at_most then greatest(open_on, unit_last + 1) else open_on end as next_from from picked"
        )
        # Whoever had none in a pass has none in the next.
        candidates = (
            "fit f join standing s on s.subject_id = f.subject_id and s.series = f.series "
            "where f.walks and f.done_on >= s.next_from"
        )
        counted = "case when arg_min(f.unit_last, f.done_on) = any_value(s.unit_last) then any_value(s.counted) + 1 else 1 end"
    database.execute("drop table picked")
    database.execute("drop table if exists standing")
    database.execute(_among(question))
    database.execute("drop table fit")
    database.execute("drop table walked")
    database.execute(_services(question))
    for table in ("among", "looked"):
        database.execute(f"drop table {table}")


def _series(items: tuple[ServiceItem, ...]) -> dict[str, int]:
    return {series: number for number, series in enumerate(dict.fromkeys(item.series for item in items))}


def _fit(question: Question) -> str:
    """What is left to be counted, one a day: `walks` where a window or a limit must be looked at in order."""
    series = _series(question.items)
    pick = {
        "series": [str(series[item.series]) for item in question.items],
        "at_most": [f"{item.at_most or 'null'}::int" for item in question.items],
        "walks": ["true" if item.contact else "false" for item in question.items],
    }
    columns = ", ".join(f"{by_service(values, 'l.service_no')} as {name}" for name, values in pick.items())
    units = list(dict.fromkeys(item.per for item in question.items))
    unit = by_service([str(units.index(item.per)) for item in question.items], "l.service_no")
    lasts = " ".join(f"when {number} then {_unit_last(each)}" for number, each in enumerate(units))
    columns += f", case {unit} {lasts} end as unit_last"
    return (
        f"create or replace temp table fit as with ready as ("
        f"select l.record_id, l.subject_id, l.done_on, l.recorded_at, l.service_no, l.open_on, {columns} "
        "from looked l where l.reason is null and not l.granted), "
        "ordered as (select *, row_number() over (partition by subject_id, series, done_on "
        "order by recorded_at, record_id, service_no) as of_day from ready) "
        "select * exclude (walks), walks and of_day = 1 as walks, not walks as free, "
        "sum(case when of_day = 1 then 1 end) over (partition by subject_id, series, unit_last "
        "order by done_on, of_day rows unbounded preceding) as place from ordered"
    )


def _unit_last(per: Unit) -> str:
    """The last day of the calendar unit a day lies in."""
    if per is Unit.DAY:
        return "l.done_on"
    return f"(date_trunc('{per.value}', l.done_on) + interval 1 {per.value} - interval 1 day)::date"


def _among(question: Question) -> str:
    """The reason of each row that lies in the resident's others."""
    among = (
        f"case when of_day > 1 then '{reasons.DUPLICATE}' "
        f"when free then case when place > at_most then '{reasons.OVER_LIMIT}' end "
        f"when counted_on = done_on then null when done_on < last_open then '{reasons.TOO_EARLY}' "
        f"else '{reasons.OVER_LIMIT}' end"
    )
    return (
        f"create or replace temp table among as select record_id, service_no, {among} as reason from ("
        "select f.*, w.done_on as counted_on, w.open_on as last_open from fit f asof left join walked w "
        "on w.subject_id = f.subject_id and w.series = f.series and w.done_on <= f.done_on)"
    )


def _services(question: Question) -> str:
    code = by_service([text(item.code) for item in question.items], "service_no")
    given = question.modifiers
    remote = ", ".join(str(area) for area in sorted(given.remote_areas)) or "null"
    factor = (
        f"case when late then {_decimal(given.late_factor)} else 1 end "
        f"* case when remote then {_decimal(given.remote_factor)} else 1 end"
    )
    return (
        "create or replace temp table services as with all_of_them as ("
        "select l.* exclude (reason), coalesce(l.reason, a.reason, '') as told from looked l "
        "left join among a on a.record_id = l.record_id and a.service_no = l.service_no and l.reason is null), "
        "marked as (select *, "
        f"case when told not in ('{reasons.ENTERED_IN_ERROR}', '{reasons.SUPERSEDED}') and done_on < date '{question.first}' "
        f"then '{reasons.OUTSIDE_PERIOD}' else told end as reason, "
        f"coalesce(entry_on, {'recorded_at::date' if given.moved_in_late else 'done_on'}) - done_on > {given.late_days} as late, coalesce(area_key in ({remote}), false) as remote "
        "from all_of_them) "
        "select encounter_id, record_id, subject_id, organization_id, practitioner_id, done_on, coalesce(entry_on, recorded_at::date) as recorded_on, "
        f"service_no, {code} as service, reason, "
        f"case when reason = '' and granted then '{reasons.GRANTED}' when reason in ('', '{reasons.OUTSIDE_PERIOD}') then '' "
        "else coalesce(detail, '') end as detail, "
        f"(case when reason = '' then {factor} else 0 end)::decimal(9, 4) as weight, late, remote, area_key from marked"
    )


def _decimal(number: Fraction) -> str:
    """A factor as SQL."""
    shown = Decimal(number.numerator) / Decimal(number.denominator)
    return f"{shown:f}::decimal(9, 4)"
