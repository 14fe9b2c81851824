"""Live figures follow the change feed: a saved record moves the person-years of its resident, and the figures with them.

Each batch, what it wrote and the bookmark are kept or lost together: a killed worker loses nothing and counts nothing twice.
Only one process writes at a time (the bookmark is locked); the bulk rebuild takes the same lock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from gongwei.base import changes, clock
from gongwei.measures import columns, live_facts, live_reading
from gongwei.measures.live_facts import Values
from gongwei.measures.live_models import LiveYear
from gongwei.measures.live_reading import Place

BOOKMARK = "measures.live"
AT_ONCE = 500
#: This year and the one before: records still come in late for it, and every change is looked at in both.
YEARS_KEPT = 2

#: A person-year as stored: where it counts and its parts.
Stored = tuple[Place, Values]
#: By how much figures move: (measure, year, place) → (denominator, numerator, excluded).
Moves = dict[tuple[str, int, Place], tuple[int, int, int]]


def years_kept(day: dt.date) -> tuple[int, ...]:
    """The calendar years whose figures are live on a day, in order."""
    return tuple(range(day.year - YEARS_KEPT + 1, day.year + 1))


def years_built(at: dt.datetime) -> tuple[int, ...]:
    """Those of them whose person-years have been built; the others wait for the bulk rebuild."""
    kept = years_kept(clock.day_of(at))
    return tuple(LiveYear.objects.filter(year__in=kept).order_by("year").values_list("year", flat=True))


def follow(at: dt.datetime, *, batches: int = 200) -> int:
    """Take everything the feed tells since last time; returns how many residents. Runs as the owner of the tables.

    Before the first bulk rebuild nothing is taken: the rebuild brings the bookmark to its own cut.
    """
    total = 0
    for _ in range(batches):
        if not years_built(at):
            break
        with changes.Bookmark(BOOKMARK).batch(AT_ONCE) as rows:
            residents = sorted({row.resident_id for row in rows if row.resident_id is not None})
            recompute(residents, years_built(at))
            total += len(residents)
        if len(rows) < AT_ONCE:
            break
    return total


def recompute(resident_ids: Sequence[UUID], years: Iterable[int]) -> int:
    """Bring the person-years of these residents into line, and the figures with them; returns the rows written.

    Belongs into a transaction that holds the bookmark. Twice is harmless.
    """
    years = tuple(years)
    if not resident_ids or not years:
        return 0
    people = live_reading.persons(resident_ids)
    moves: Moves = {}
    written = 0
    for table in columns.tables():
        old = _stored(table, resident_ids, years)
        new: dict[tuple[UUID, int], Stored] = {}
        for resident_id, person in people.items():
            for year in years:
                values = live_facts.values_of(table, person.subject, year)
                if values is not None:
                    new[resident_id, year] = person.place, values
        changed = {key: row for key, row in new.items() if old.get(key) != row}
        gone = [key for key in old if key not in new]
        for key, row in changed.items():
            add(moves, table, key[1], row, 1)
            if key in old:
                add(moves, table, key[1], old[key], -1)
        for key in gone:
            add(moves, table, key[1], old[key], -1)
        _write(table, changed)
        _remove(table, gone)
        written += len(changed) + len(gone)
    move_figures(moves)
    return written


def _stored(
    table: columns.Table, resident_ids: Sequence[UUID], years: Sequence[int]
) -> dict[tuple[UUID, int], Stored]:
    names = ", ".join(f'"{code}"' for code in table.facts)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select resident_id, year, area_key, organization_id, doctor_id, {names} from {table.name} "
            "where resident_id = any(%s) and year = any(%s)",
            [list(resident_ids), list(years)],
        )
        return {
            (resident, year): (Place(area, organization, doctor), dict(zip(table.facts, values, strict=True)))
            for resident, year, area, organization, doctor, *values in cursor.fetchall()
        }


def add(moves: Moves, table: columns.Table, year: int, row: Stored, sign: int) -> None:
    """Add (1) or take away (-1) what a person-year counts for."""
    place, values = row
    for sides in live_facts.sides(table):
        counted = sides.of(values)
        if any(counted):
            key = (sides.measure, year, place)
            before = moves.get(key, (0, 0, 0))
            moves[key] = tuple(a + sign * b for a, b in zip(before, counted, strict=True))


_OWN = (
    ("resident_id", "uuid"),
    ("year", "int2"),
    ("area_key", "int8"),
    ("organization_id", "uuid"),
    ("doctor_id", "uuid"),
)


def _write(table: columns.Table, rows: Mapping[tuple[UUID, int], Stored]) -> None:
    if not rows:
        return
    types = [*_OWN, *((code, "bool") for code in table.facts)]
    names = ", ".join(f'"{name}"' for name, _ in types)
    arrays = ", ".join(f"%s::{kind}[]" for _, kind in types)
    updates = ", ".join(f'"{name}" = excluded."{name}"' for name, _ in types[2:])
    lines = [
        (
            *key,
            place.area_key,
            place.organization_id,
            place.doctor_id,
            *(values[code] for code in table.facts),
        )
        for key, (place, values) in rows.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into {table.name} ({names}) select * from unnest({arrays}) "
            f"on conflict (resident_id, year) do update set {updates}",
            [list(column) for column in zip(*lines, strict=True)],
        )


def _remove(table: columns.Table, keys: Sequence[tuple[UUID, int]]) -> None:
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(
                f"delete from {table.name} t using unnest(%s::uuid[], %s::int2[]) gone(resident_id, year) "
                "where t.resident_id = gone.resident_id and t.year = gone.year",
                [[resident for resident, _ in keys], [year for _, year in keys]],
            )


_KEY = ("year", "area_key", "measure", "organization_id", "doctor_id")
_MOVED = (
    "unnest(%s::int2[], %s::int8[], %s::text[], %s::uuid[], %s::uuid[], %s::int4[], %s::int4[], %s::int4[]) "
    f"as m({', '.join(_KEY)}, denominator, numerator, excluded)"
)


def move_figures(moves: Moves) -> None:
    """Add differences to the figures; a place without a row gets one first, since a difference may be negative."""
    lines = [
        (year, place.area_key, measure, place.organization_id, place.doctor_id, *by)
        for (measure, year, place), by in moves.items()
        if any(by)
    ]
    if not lines:
        return
    arguments: list[Any] = [list(column) for column in zip(*lines, strict=True)]
    names = ", ".join(_KEY)
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into measures_livefigure ({names}, denominator, numerator, excluded) "
            f"select {names}, 0, 0, 0 from {_MOVED} on conflict do nothing",
            arguments,
        )
        cursor.execute(
            "update measures_livefigure f set denominator = f.denominator + m.denominator, "
            f"numerator = f.numerator + m.numerator, excluded = f.excluded + m.excluded from {_MOVED} "
            "where f.year = m.year and f.area_key = m.area_key and f.measure = m.measure "
            "and f.organization_id is not distinct from m.organization_id and f.doctor_id is not distinct from m.doctor_id",
            arguments,
        )
