"""Who stands behind a figure of a run, and why: counted, not counted, excluded; one page at a time, each look written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from gongwei import catalogue
from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.engines import explaining
from gongwei.engines.subjects import DateRange
from gongwei.language.measures import Measure
from gongwei.measures import figures, run_files
from gongwei.measures.figures import Page, PersonLine, Place
from gongwei.measures.models import ReportPlace, Run
from gongwei.measures.periods import parse
from gongwei.places import division_codes
from gongwei.places import queries as places
from gongwei.places.models import Practitioner
from gongwei.residents import queries as residents
from gongwei.residents.queries import masking

LARGEST_PAGE = 500
REMOVED_REASON = "当时的记录已清理，只保留结果"
CHANGED_REASON = "指标定义已更新，只保留当时的结果"
GONE = "（已不在本辖区）"


def persons(
    actor: Actor,
    run: Run,
    *,
    measure_code: str,
    period_code: str,
    place: Place,
    side: str,
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of the persons of a side of a figure, in the order of villages; what was seen is written to the access log.

    Only those who were counted in areas the actor reaches. `after` is `Page.after` of the page before.

    Raises:
        Refused: no such side or measure, the person rows were removed or are damaged.
    """
    measure = measure_of(measure_code)
    if side not in figures.SIDES or not 1 <= limit <= LARGEST_PAGE:
        raise Refused("请求不正确。", code="side")
    rows, total = _rows(actor, run, measure, period_code, place, side, after, limit)
    lines = _lines(actor, run, measure, period_code, rows, side)
    audit.read(
        by=actor,
        subject_kind="resident",
        subject_ids=[each["subject_id"] for each in rows],
        query={
            "run": str(run.id),
            "measure": measure_code,
            "period": period_code,
            "place": place.key,
            "side": side,
        },
        area_key=place.area_key,
    )
    more = len(rows) == limit and (after is not None or total > limit)
    return Page(
        tuple(lines), total, f"{rows[-1]['area_key']}:{rows[-1]['subject_id']}" if more and rows else None
    )


def measure_of(code: str) -> Measure:
    """A measure by its code. Raises Refused."""
    try:
        return catalogue.measure(code)
    except KeyError:
        raise Refused("没有这个指标。", code="unknown_measure") from None


def programme_of(measure: Measure) -> str:
    """The programme whose file holds a measure's persons."""
    return next(each.code for each in catalogue.programmes() if measure in each.measures)


def condition(measure: Measure, side: str) -> str:
    """SQL for being on a side, from the parts: the language's own construction (only True counts)."""
    base = f'coalesce("{measure.base.code}", false)'
    excluded = " or ".join(f'coalesce("{fact.code}", false)' for fact in measure.exclusions.facts) or "false"
    parts = measure.numerator.facts if measure.numerator else ()
    whole = " and ".join(f'coalesce("{fact.code}", false)' for fact in parts) or "true"
    if side == figures.EXCLUDED:
        return f"{base} and ({excluded})"
    counted = f"{base} and not ({excluded})"
    return f"{counted} and ({whole})" if side == figures.IN else f"{counted} and not ({whole})"


def inside(run: Run, place: Place) -> str:
    """SQL for being counted at a place."""
    if place.area_key is not None:
        return f"area_key between {place.area_key} and {division_codes.last(place.area_key)}"
    if place.kind == figures.DOCTOR:
        return f"doctor_id = '{UUID(place.key)}'"
    found = under = [place.key]
    while under:
        known = ReportPlace.objects.filter(run=run, kind=figures.ORGANIZATION, parent__in=under)
        under = [key for key in known.values_list("key", flat=True) if key not in found]
        found = [*found, *under]
    return f"organization_id in ({', '.join(repr(str(UUID(key))) for key in found)})"


def reached(actor: Actor) -> str:
    """SQL for lying in what an actor reaches."""
    return " or ".join(f"area_key between {int(low)} and {int(high)}" for low, high in actor.areas) or "false"


def _rows(
    actor: Actor,
    run: Run,
    measure: Measure,
    period_code: str,
    place: Place,
    side: str,
    after: str | None,
    limit: int,
) -> tuple[list[dict[str, Any]], int]:
    from gongwei.measures import run_subjects  # DuckDB: only who asks for persons wants it

    programme = programme_of(measure)
    path = run_files.opened(run.id, run.files, period_code, programme)
    parts = ", ".join(f'"{fact.code}"' for fact in measure.facts)
    file = f"read_parquet('{str(path).replace(chr(39), chr(39) * 2)}')"
    where = f"({condition(measure, side)}) and {inside(run, place)} and ({reached(actor)})"
    database = run_subjects.reader()
    # One look at the file for the page and for how many there are, whatever page it is.
    everybody = (
        f"select subject_id, area_key, organization_id, doctor_id, {parts}, count(*) over () as total_ "
        f"from {file} where {where}"
    )
    later = "true"
    if after is not None:
        area, subject = read_cursor(after)
        later = f"area_key > {area} or area_key = {area} and subject_id > '{subject}'"
    found = run_subjects.rows(
        database,
        f"select * from ({everybody}) where {later} order by area_key, subject_id limit {int(limit)}",
    )
    total = found[0]["total_"] if found else 0
    if not found and after is not None:
        total = run_subjects.rows(database, f"select count(*) as n from {file} where {where}")[0]["n"]
    for each in found:
        each["subject_id"] = UUID(str(each["subject_id"]))
    return found, total


def read_cursor(after: str) -> tuple[int, UUID]:
    """Village and resident of `Page.after`. Raises Refused."""
    area, _, subject = after.partition(":")
    try:
        return int(area), UUID(subject)
    except ValueError:
        raise Refused("翻页位置无效，请从第一页重新查询。", code="cursor") from None


def _lines(
    actor: Actor, run: Run, measure: Measure, period_code: str, rows: Sequence[Mapping[str, Any]], side: str
) -> list[PersonLine]:
    ids = [each["subject_id"] for each in rows]
    known = dict(residents.visible_to(actor).filter(id__in=ids).values_list("id", "name"))
    villages = places.names_of_areas({each["area_key"] for each in rows})
    doctors = dict(
        Practitioner.objects.filter(
            id__in=[each["doctor_id"] for each in rows if each["doctor_id"]]
        ).values_list("id", "name")
    )
    reasons = reasons_of(run, measure, period_code, {each["subject_id"]: each["area_key"] for each in rows})
    return [
        PersonLine(
            each["subject_id"],
            masking.masked_name(known[each["subject_id"]]) if each["subject_id"] in known else GONE,
            villages.get(each["area_key"], ""),
            doctors.get(UUID(str(each["doctor_id"])), "") if each["doctor_id"] else "",
            {fact.label: each[fact.code] for fact in measure.facts},
            reasons.get(each["subject_id"], ()),
        )
        for each in rows
    ]


@lru_cache(256)
def _digest(code: str, _catalogue: int) -> str:
    """The digest of a measure as it is defined now: its whole definition written out, too long to do for each page."""
    return catalogue.digest(catalogue.measure(code))


def reasons_of(
    run: Run, measure: Measure, period_code: str, people: Mapping[UUID, int]
) -> dict[UUID, tuple[str, ...]]:
    """Why each of them is not in the numerator, in words; empty for who is. From the snapshot the run was made on."""
    from gongwei.measures import run_subjects

    if not people:
        return {}
    if run.definitions.get(measure.code) != _digest(measure.code, id(catalogue.current())):
        return dict.fromkeys(people, (CHANGED_REASON,))
    try:
        subjects = run_subjects.subjects(run, measure, people)
    except LookupError:
        return dict.fromkeys(people, (REMOVED_REASON,))
    days = DateRange(*parse(period_code).days)
    today = clock.day_of(run.cut_at)
    return {
        key: tuple(each.text for each in explaining.why_not(measure, subject, days, today=today))
        for key, subject in subjects.items()
    }
