"""Who stands behind a live figure, and why: counted, not counted, excluded; one page at a time, each look written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.engines import explaining
from gongwei.language.measures import Measure
from gongwei.measures import columns, live_facts, live_queries, live_reading, run_persons
from gongwei.measures import figures as shapes
from gongwei.measures.figures import DOCTOR, Page, PersonLine, Place
from gongwei.places import division_codes
from gongwei.places import queries as places
from gongwei.places.models import Practitioner
from gongwei.residents import queries as residents
from gongwei.residents.queries import masking


def persons(
    actor: Actor,
    *,
    year: int,
    measure_code: str,
    place: Place,
    side: str,
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of the persons of a side of a figure, in the order of villages; what was seen is written to the access log.

    Only those the actor reaches. `after` is `Page.after` of the page before.

    Raises:
        Refused: no such side or measure.
    """
    measure = run_persons.measure_of(measure_code)
    if side not in shapes.SIDES or not 1 <= limit <= run_persons.LARGEST_PAGE:
        raise Refused("请求不正确。", code="side")
    table = columns.table_of(measure)
    where, arguments = _where(actor, year, measure, place, side)
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table.name} where {where}", arguments)
        total = int(cursor.fetchone()[0])
        if after is not None:
            area, subject = run_persons.read_cursor(after)
            where += " and (area_key, resident_id) > (%s, %s)"
            arguments = [*arguments, area, subject]
        parts = "".join(f', "{fact.code}"' for fact in measure.facts)
        cursor.execute(
            f"select resident_id, area_key, doctor_id{parts} from {table.name} where {where} "
            "order by area_key, resident_id limit %s",
            [*arguments, limit + 1],
        )
        rows = cursor.fetchall()
    more, rows = len(rows) > limit, rows[:limit]
    audit.read(
        by=actor,
        subject_kind="resident",
        subject_ids=[each[0] for each in rows],
        query={"live": year, "measure": measure_code, "place": place.key, "side": side},
        area_key=place.area_key,
    )
    return Page(
        tuple(_lines(actor, year, measure, rows)), total, f"{rows[-1][1]}:{rows[-1][0]}" if more else None
    )


def _where(actor: Actor, year: int, measure: Measure, place: Place, side: str) -> tuple[str, list[Any]]:
    """SQL for standing on a side at a place, within what the actor reaches."""
    found: list[Any] = [year]
    if place.area_key is not None:
        inside = "area_key between %s and %s"
        found += [place.area_key, division_codes.last(place.area_key)]
    elif place.kind == DOCTOR:
        inside = "doctor_id = %s"
        found.append(place.id)
    else:
        inside = "organization_id = any(%s)"
        found.append(sorted(live_queries.below(place)))
    reached = run_persons.reached(actor)
    return f"year = %s and {inside} and ({run_persons.condition(measure, side)}) and ({reached})", found


def _lines(actor: Actor, year: int, measure: Measure, rows: Sequence[Any]) -> list[PersonLine]:
    ids = [each[0] for each in rows]
    known = dict(residents.visible_to(actor).filter(id__in=ids).values_list("id", "name"))
    villages = places.names_of_areas({each[1] for each in rows})
    doctors = dict(
        Practitioner.objects.filter(id__in={each[2] for each in rows if each[2]}).values_list("id", "name")
    )
    reasons = reasons_of(year, measure, ids)
    return [
        PersonLine(
            resident,
            masking.masked_name(known[resident]) if resident in known else run_persons.GONE,
            villages.get(area, ""),
            doctors.get(doctor, ""),
            {fact.label: value for fact, value in zip(measure.facts, parts, strict=True)},
            reasons.get(resident, ()),
        )
        for resident, area, doctor, *parts in rows
    ]


def reasons_of(year: int, measure: Measure, ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Why each of them is not in the numerator, in words; empty for who is. From the records as they are now."""
    period, today = live_facts.year_of(year), clock.today()
    people = live_reading.persons(ids, live_facts.forms_of(measure))
    return {
        key: tuple(each.text for each in explaining.why_not(measure, person.subject, period, today=today))
        for key, person in people.items()
    }
