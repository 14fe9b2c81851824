"""Figures counted anew from the person-years: what the kept figures must equal, and the way to put them right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from gongwei.measures import columns, live_facts

#: (measure, village, organization, doctor) → (denominator, numerator, excluded)
Counts = dict[tuple[str, int, UUID | None, UUID | None], tuple[int, int, int]]


def _flags(sides: live_facts.Sides) -> tuple[str, str, str]:
    """SQL conditions for denominator, numerator and excluded, as `Sides.of` says."""
    left_out = " or ".join(f'"{code}" is true' for code in sides.exclusions) or "false"
    whole = " and ".join(f'"{code}" is true' for code in sides.numerator) or "true"
    base = f'"{sides.base}" is true'
    return (
        f"{base} and not ({left_out})",
        f"{base} and not ({left_out}) and ({whole})",
        f"{base} and ({left_out})",
    )


def _counted(table: columns.Table) -> str:
    """One row per measure and place of one year (%s), from one pass over the table."""
    measures = live_facts.sides(table)
    sums = ", ".join(
        f"count(*) filter (where {flag}) as c{number}_{side}"
        for number, each in enumerate(measures)
        for side, flag in enumerate(_flags(each))
    )
    lines = ", ".join(
        f"('{each.measure}', c{number}_0, c{number}_1, c{number}_2)" for number, each in enumerate(measures)
    )
    return (
        "select m.measure, p.area_key, p.organization_id, p.doctor_id, m.denominator, m.numerator, m.excluded "
        f"from (select area_key, organization_id, doctor_id, {sums} from {table.name} where year = %s "
        f"group by area_key, organization_id, doctor_id) p, lateral (values {lines}) "
        "as m(measure, denominator, numerator, excluded) where m.denominator + m.excluded > 0"
    )


def _all_counted() -> tuple[str, int]:
    """The same over all tables, and how often the year is named in it."""
    parts = [_counted(table) for table in columns.tables()]
    return " union all ".join(parts), len(parts)


def counted(year: int) -> Counts:
    """Every figure of a year, counted from the person-years."""
    statement, times = _all_counted()
    return _read(statement, [year] * times)


def kept(year: int) -> Counts:
    """Every figure of a year as it is kept; empty ones left out."""
    return _read(
        "select measure, area_key, organization_id, doctor_id, denominator, numerator, excluded "
        "from measures_livefigure where year = %s and denominator + excluded > 0",
        [year],
    )


def wrong(year: int) -> int:
    """How many kept figures are not what the person-years count to."""
    mine, theirs = kept(year), counted(year)
    return sum(mine.get(key) != theirs.get(key) for key in mine.keys() | theirs.keys())


def recount(year: int) -> int:
    """Put the figures of a year right; returns how many were wrong or missing. Belongs where the bookmark is locked."""
    statement, times = _all_counted()
    with connection.cursor() as cursor:
        cursor.execute(f"create temporary table counted_now on commit drop as {statement}", [year] * times)
        cursor.execute(
            "delete from measures_livefigure f where year = %s and not exists (select 1 from counted_now n where "
            f"{_same('f', 'n', _KEY + _SIDES)})",
            [year],
        )
        removed = cursor.rowcount
        cursor.execute(
            f"insert into measures_livefigure (year, {', '.join(_KEY + _SIDES)}) select %s, {', '.join(_KEY + _SIDES)} "
            f"from counted_now n where not exists (select 1 from measures_livefigure f where f.year = %s and "
            f"{_same('f', 'n', _KEY)})",
            [year, year],
        )
        added = cursor.rowcount
        cursor.execute("drop table counted_now")
    return max(removed, added)


_KEY = ("area_key", "measure", "organization_id", "doctor_id")
_SIDES = ("denominator", "numerator", "excluded")


def _same(one: str, other: str, names: Sequence[str]) -> str:
    return " and ".join(f"{one}.{name} is not distinct from {other}.{name}" for name in names)


def _read(statement: str, arguments: list[Any]) -> Counts:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return {(row[0], row[1], row[2], row[3]): (row[4], row[5], row[6]) for row in cursor.fetchall()}


def by_measure(
    counts: Mapping[tuple[str, int, UUID | None, UUID | None], tuple[int, int, int]],
) -> dict[str, tuple[int, int, int]]:
    """The sums over all places."""
    found: dict[str, tuple[int, int, int]] = {}
    for (measure, *_), sides in counts.items():
        before = found.get(measure, (0, 0, 0))
        found[measure] = (before[0] + sides[0], before[1] + sides[1], before[2] + sides[2])
    return found
