"""还差N人: exactly those who would close the gap, whoever lacks least and is due soonest first. From the live person-years."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from gongwei import catalogue
from gongwei.base import audit
from gongwei.base.actors import Actor
from gongwei.language.measures import Measure
from gongwei.measures import columns, live_persons, live_queries, run_persons
from gongwei.measures.figures import DOCTOR, OUT, Place
from gongwei.places import division_codes
from gongwei.places import queries as places
from gongwei.places.models import Practitioner
from gongwei.residents import queries as residents
from gongwei.residents.queries import masking

#: More are not listed at once.
MOST = 500


@dataclass(frozen=True, slots=True)
class Closer:
    """One person who is eligible and not counted yet. missing: the parts that do not hold, by name; due: when the next open
    task of the programme is due; latest: the last day it counts; reasons: why not, in words."""

    resident_id: UUID
    name: str
    village: str
    doctor: str
    missing: tuple[str, ...]
    due: dt.date | None
    latest: dt.date | None
    reasons: tuple[str, ...]


def closers(actor: Actor, *, measure: Measure, year: int, place: Place, limit: int) -> list[Closer]:
    """The first `limit` of them at a place, within what the actor reaches; the look is written down.

    Empty for a measure without parts: nobody who is registered can close its gap (建档率 asks for new records).
    """
    parts = measure.numerator.facts if measure.numerator else ()
    if not parts or limit <= 0:
        return []
    table = columns.table_of(measure)
    where, arguments = _where(actor, year, measure, place)
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
            order by {lacking}, t.due nulls last, t.latest nulls last, p.area_key, p.resident_id limit %s""",
            [
                *arguments,
                table.programme,
                not catalogue.programme(table.programme).contacts,
                min(limit, MOST),
            ],
        )
        rows = cursor.fetchall()
    audit.read(
        by=actor,
        subject_kind="resident",
        subject_ids=[row[0] for row in rows],
        query={"live": year, "measure": measure.code, "place": place.key, "side": "closing"},
        area_key=place.area_key,
    )
    return _told(actor, year, measure, rows)


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


def _told(actor: Actor, year: int, measure: Measure, rows: Sequence[Any]) -> list[Closer]:
    ids = [row[0] for row in rows]
    names = dict(residents.visible_to(actor).filter(id__in=ids).values_list("id", "name"))
    villages = places.names_of_areas({row[1] for row in rows})
    doctors = dict(
        Practitioner.objects.filter(id__in={row[2] for row in rows if row[2]}).values_list("id", "name")
    )
    reasons = live_persons.reasons_of(year, measure, ids)
    labels = [fact.label for fact in (measure.numerator.facts if measure.numerator else ())]
    return [
        Closer(
            resident,
            masking.masked_name(names[resident]) if resident in names else run_persons.GONE,
            villages.get(area, ""),
            doctors.get(doctor, ""),
            tuple(label for label, value in zip(labels, values, strict=True) if value is not True),
            due,
            latest,
            reasons.get(resident, ()),
        )
        for resident, area, doctor, due, latest, *values in rows
    ]
