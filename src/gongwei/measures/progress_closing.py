"""还差N人: exactly those who would close the gap, whoever lacks least and is due soonest first. From the live person-years.

Who cannot be counted any more this year (a quarter that is over without a follow-up) closes nothing and is passed over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from gongwei import catalogue
from gongwei.base import audit, clock
from gongwei.base.actors import Actor
from gongwei.engines import closable, explaining
from gongwei.language.measures import Measure
from gongwei.measures import columns, live_facts, live_queries, live_reading, run_persons
from gongwei.measures.figures import DOCTOR, OUT, Place
from gongwei.places import division_codes
from gongwei.places import queries as places
from gongwei.places.models import Practitioner
from gongwei.residents import queries as residents
from gongwei.residents.queries import masking

#: So many are looked at in one go, and at most so many in all: a county does not wait for the last of a hundred thousand.
AT_ONCE, EXAMINED = 200, 1000


@dataclass(frozen=True, slots=True)
class Closer:
    """One person who is eligible and not counted yet, but still can be. missing: the parts that do not hold, by name; due: when
    the next open task of the programme is due; latest: the last day it counts; reasons: why not, in words."""

    resident_id: UUID
    name: str
    village: str
    doctor: str
    missing: tuple[str, ...]
    due: dt.date | None
    latest: dt.date | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """Those who would close a gap. lost: how many of those looked at cannot be counted any more this year; more: whether not all
    were looked at."""

    people: tuple[Closer, ...]
    lost: int
    more: bool


def closers(actor: Actor, *, measure: Measure, year: int, place: Place, limit: int) -> Closing:
    """The first `limit` of them at a place, within what the actor reaches; the look is written down.

    Nobody for a measure without parts: whoever is registered cannot close its gap (建档率 asks for new records).
    """
    parts = measure.numerator.facts if measure.numerator else ()
    if not parts or limit <= 0:
        return Closing((), 0, False)
    where, arguments = _where(actor, year, measure, place)
    found: list[Closer] = []
    looked_at, last_page = 0, False
    while len(found) < limit and looked_at < EXAMINED and not last_page:
        rows = _candidates(measure, where, arguments, passed=looked_at)
        found += _possible(actor, year, measure, rows)
        looked_at += len(rows)
        last_page = len(rows) < AT_ONCE
    lost = looked_at - len(found)
    found = found[:limit]
    audit.read(
        by=actor,
        subject_kind="resident",
        subject_ids=[each.resident_id for each in found],
        query={"live": year, "measure": measure.code, "place": place.key, "side": "closing"},
        area_key=place.area_key,
    )
    return Closing(tuple(found), lost, len(found) < limit and not last_page)


def _candidates(measure: Measure, where: str, arguments: list[Any], *, passed: int) -> list[Any]:
    """Some of those not counted, in order, behind the `passed` first ones."""
    table = columns.table_of(measure)
    parts = measure.numerator.facts if measure.numerator else ()
    lacking = " + ".join(f'(p."{fact.code}" is not true)::int' for fact in parts)
    shown = ", ".join(f'p."{fact.code}"' for fact in parts)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""select p.resident_id, p.area_key, p.doctor_id, t.due, t.latest, {shown}
            from (select * from {table.name} where {where}) p
            left join lateral (
                select due, latest from tasks_task
                where resident_id = p.resident_id and state in ('draft', 'ready') and (programme = %s or %s)
                order by due, latest limit 1) t on true
            order by {lacking}, t.due nulls last, t.latest nulls last, p.area_key, p.resident_id limit %s offset %s""",
            [
                *arguments,
                table.programme,
                not catalogue.programme(table.programme).contacts,
                AT_ONCE,
                passed,
            ],
        )
        return list(cursor.fetchall())


def _where(actor: Actor, year: int, measure: Measure, place: Place) -> tuple[str, list[Any]]:
    """SQL for being eligible and not counted, at a place and within what the actor reaches."""
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
    side = run_persons.condition(measure, OUT)
    return f"year = %s and {inside} and ({side}) and ({run_persons.reached(actor)})", found


def _possible(actor: Actor, year: int, measure: Measure, rows: Sequence[Any]) -> list[Closer]:
    """Those of the candidates who can still be counted, with the reasons why they are not yet."""
    period, today = live_facts.year_of(year), clock.today()
    people = live_reading.persons([row[0] for row in rows], live_facts.forms_of(measure))
    open_to = {
        key: person.subject
        for key, person in people.items()
        if closable.can_close(measure, person.subject, period, today=today)
    }
    names = dict(residents.visible_to(actor).filter(id__in=list(open_to)).values_list("id", "name"))
    villages = places.names_of_areas({row[1] for row in rows})
    doctors = dict(
        Practitioner.objects.filter(id__in={row[2] for row in rows if row[2]}).values_list("id", "name")
    )
    labels = [fact.label for fact in (measure.numerator.facts if measure.numerator else ())]
    return [
        Closer(
            key,
            masking.masked_name(names[key]) if key in names else run_persons.GONE,
            villages.get(area, ""),
            doctors.get(doctor, ""),
            tuple(label for label, value in zip(labels, values, strict=True) if value is not True),
            due,
            latest,
            tuple(each.text for each in explaining.why_not(measure, open_to[key], period, today=today)),
        )
        for key, area, doctor, due, latest, *values in rows
        if key in open_to
    ]
