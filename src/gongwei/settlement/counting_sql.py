"""The SQL of counting, up to one row for each record and service that may claim it (table `looked`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from gongwei.language.intervals import Interval, Unit
from gongwei.language.services import ServiceItem
from gongwei.settlement import reasons

if TYPE_CHECKING:
    from gongwei.settlement.schemes import Claim

#: China is eight hours ahead and has no summer time: told so that DuckDB needs no library for zones.
_CHINA = 8 * 3600 * 1_000_000
_RECORDED = f"make_timestamp(epoch_us(p.entered_at) + {_CHINA})"
#: When a record was written here, and its day of entry: of one brought from an old system, that system's own day, null where it did
#: not say (ADR 0025).
_ENTERED = (
    f"{_RECORDED} as recorded_at, "
    f"case when coalesce(p.moved_in, false) then p.first_entered_on else {_RECORDED}::date end as entry_on"
)
_MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}


def text(value: str) -> str:
    """A value as SQL."""
    return "'" + value.replace("'", "''") + "'"


def by_service(values: Sequence[str], number: str) -> str:
    """The value of each service by its number. A list looked into: a case of forty branches is asked one by one."""
    return f"[{', '.join(values)}][{number} + 1]"


def written(forms: Sequence[str], period: tuple[date, date]) -> str:
    """What was written in forms about days of a period: by whom, when, whether it stands. Read once for all that ask."""
    return (
        "create or replace temp table written as select p.record_id, p.subject_id, p.form_code, p.done_on, p.status, p.encounter_id, "
        f"p.organization_id, p.practitioner_id, {_ENTERED}, p.area_key from responses p "
        f"where p.form_code in ({', '.join(map(text, forms))}) and p.done_on between date '{period[0]}' and date '{period[1]}'"
    )


def facts(form: str, kinds: Sequence[str]) -> str:
    """Each judged record with who did it, when it was written, until when the resident was there, what holds it, and whether the
    resident was under management of each kind that day (looked up once, whatever number of services asks)."""
    enrolled = "".join(f', k{place}.record_id is not null as "in_{kind}"' for place, kind in enumerate(kinds))
    managed = "".join(
        f' left join (select distinct i.record_id from "judged_{form}" i join episodes e on e.subject_id = i.subject_id '
        f"where e.kind = {text(kind)} and e.started_on <= i.done_on and (e.ended_on is null or i.done_on <= e.ended_on)) "
        f"k{place} on k{place}.record_id = j.record_id"
        for place, kind in enumerate(kinds)
    )
    return (
        f'create or replace temp table "facts_{form}" as select j.*, p.encounter_id, p.organization_id, p.practitioner_id, '
        f"p.recorded_at, p.entry_on, p.area_key, s.ended_on, h.held{enrolled} "
        f'from "judged_{form}" j join written p on p.record_id = j.record_id and p.form_code = {text(form)} '
        "left join (select subject_id, least(died_on, left_on, cancelled_on) as ended_on from subjects "
        "where died_on is not null or left_on is not null or cancelled_on is not null) s on s.subject_id = j.subject_id "
        f"left join held h on h.record_id = j.record_id{managed}"
    )


def looked(
    items: Sequence[ServiceItem],
    claims: Sequence[Claim],
    period: tuple[date, date],
    steps: Mapping[str, Sequence[tuple[date, Any]]],
) -> Iterator[str]:
    """The statements that make `looked`: a row for each record and each service of its form that is about it, with the reason that
    lies in itself or in a claim. Only what claims share is kept twice.

    period: from the first day of the year; steps: values over time of the parameters the windows read.
    """
    values = {code: _on(known, period[1]) for code, known in steps.items()}
    ranks = _ranks(claims)
    alone, together = [], []
    for number, item in enumerate(items):
        (together if item.code in ranks else alone).append(_of_item(item, number, ranks, values))
    first: dict[str, int] = {}
    for number, item in enumerate(items):
        first.setdefault(item.on.code, number)
    alone += [_withdrawn(form, number) for form, number in first.items()]
    if together:
        yield "create or replace temp table claimed as " + " union all ".join(together)
        yield _granted("claimed")  # before the claims are settled: no record is paid as two services
        alone.append(_settled(items, claims))
    yield "create or replace temp table looked as " + " union all ".join(alone)
    yield _granted("looked")
    if together:
        yield "drop table claimed"


def _granted(table: str) -> str:
    """What an objection was granted for fails no rule any more, unless it is no valid record by now or is paid otherwise."""
    gone = ", ".join(
        text(each) for each in (reasons.ENTERED_IN_ERROR, reasons.SUPERSEDED, reasons.PAID_ELSEWHERE)
    )
    return (
        f"update {table} set reason = null, detail = null, granted = true from granted g "
        f"where g.record_id = {table}.record_id and g.service_no = {table}.service_no "
        f"and coalesce({table}.reason, '') not in ({gone})"
    )


def _on(steps: Sequence[tuple[date, Any]], day: date) -> Any:
    """The value of a parameter on a day."""
    held = [step for step in steps if step[0] <= day]
    return max(held, key=lambda step: step[0])[1] if held else None


def _of_item(
    item: ServiceItem, number: int, ranks: Mapping[str, tuple[str, str]], values: Mapping[str, Any]
) -> str:
    group, rank = ranks.get(item.code, ("null::integer", "null::integer"))
    opens = _opens(item, number, values)
    return (
        "select f.record_id, f.subject_id, f.done_on, f.encounter_id, f.organization_id, f.practitioner_id, f.recorded_at, f.entry_on, "
        f"f.area_key, {number}::smallint as service_no, {group} as claim, {rank} as rank, {_own(item, number)}, "
        f'{opens} as open_on, false as granted from "facts_{item.on.code}" f'
        + (f" where coalesce(f.i{number}_about, false)" if item.about is not None else "")
    )


def _withdrawn(form: str, number: int) -> str:
    """What was withdrawn or corrected is told once for its form: its answers are no longer there to say more."""
    return (
        "select p.record_id, p.subject_id, p.done_on, p.encounter_id, p.organization_id, p.practitioner_id, "
        f"p.recorded_at, p.entry_on, p.area_key, {number}::smallint, null, null, p.status, null, null, false "
        f"from written p where p.form_code = {text(form)} and p.status in ('entered_in_error', 'superseded')"
    )


def _ranks(claims: Sequence[Claim]) -> dict[str, tuple[str, str]]:
    """The claim a service is in and its place there."""
    return {
        service: (str(claim_no), str(rank))
        for claim_no, claim in enumerate(claims)
        for rank, service in enumerate(claim.services)
    }


def _own(item: ServiceItem, number: int) -> str:
    """The first reason that lies in the record itself, and its detail."""
    found = [("f.done_on > f.ended_on", reasons.RESIDENT_ENDED, "")]
    if item.episode is not None:
        found.append((f'not f."in_{item.episode.code}"', reasons.NOT_ENROLLED, ""))
    for place, part in enumerate(item.parts):
        found.append((f"not coalesce(f.i{number}_{place}, false)", part.reason, part.label))
    whens = " ".join(f"when {condition} then {text(reason)}" for condition, reason, _ in found)
    details = " ".join(f"when {condition} then {text(label)}" for condition, _, label in found)
    return f"case {whens} else f.held end as reason, case {details} end as detail"


def _opens(item: ServiceItem, number: int, values: Mapping[str, Any]) -> str:
    """From which day the next one of the kind counts, after this one; null where there is no window."""
    if item.contact is None or item.contact.every is None:
        return "null::date"
    due = _moved("f.done_on", item.contact.every.resolve(values.get), "+")
    earliest = f"greatest({_moved(due, item.contact.early.resolve(values.get), '-')}, f.done_on + 1)"
    if item.reopens_if is None:
        return earliest
    return f"case when coalesce(f.i{number}_reopens, false) then f.done_on + 1 else {earliest} end"


def _moved(day: str, interval: Interval, sign: str) -> str:
    if interval.unit in _MONTHS:
        return f"({day} {sign} interval {int(interval.amount) * _MONTHS[interval.unit]} month)::date"  # type: ignore[arg-type]
    length = 7 if interval.unit is Unit.WEEK else 1
    return f"({day} {sign} {int(interval.amount) * length})"  # type: ignore[arg-type]


def _settled(items: Sequence[ServiceItem], claims: Sequence[Claim]) -> str:
    """`claimed`, of which each record is left to the first service of a claim that it satisfies.

    Of a claim, a service nobody asked for (not enrolled, not of age) is told only where no other one claims the record.
    """
    nobodys = ", ".join(text(each) for each in reasons.NOBODYS)
    keys = " ".join(
        f"when {number} then {'c.encounter_id' if claim.scope == 'encounter' else 'c.record_id'}"
        for number, claim in enumerate(claims)
    )
    titles = {item.code: item.title for item in items}
    winners = " ".join(
        f"when {number * 1000 + rank} then {text(titles.get(service, service))}"
        for number, claim in enumerate(claims)
        for rank, service in enumerate(claim.services)
    )
    columns = (
        "record_id, subject_id, done_on, encounter_id, organization_id, practitioner_id, recorded_at, entry_on, area_key, service_no, "
        "claim, rank"
    )
    return (
        f"select {columns}, case when rank > winner then '{reasons.PAID_ELSEWHERE}' else reason end as reason, "
        f"case when rank > winner then case claim * 1000 + winner {winners} end else detail end as detail, open_on, granted from ("
        "select *, min(rank) filter (reason is null) over w as winner, "
        f"bool_or(coalesce(reason, '') not in ({nobodys})) over w as somebodys, min(rank) over w as first_rank "
        f"from (select c.*, case claim {keys} end as claim_key from claimed c) window w as (partition by claim, claim_key)) "
        f"where coalesce(reason, '') not in ({nobodys}) or (not somebodys and rank = first_rank)"
    )
