"""Serial numbers: record numbers, temporary numbers, household numbers (records.md §2)."""

import datetime as dt
from collections.abc import Mapping

from django.db import IntegrityError, connection, transaction

from gongwei.base.problems import Refused
from gongwei.places import division_codes
from gongwei.places.models import Area
from gongwei.residents import identity, record_numbers


def next_serial(segment: str) -> int:
    """Return the next serial of a series; two transactions never get the same (the row is locked to the commit).

    Raises Refused when 99999 are given: the number never wraps.
    """
    return next_serials(segment, 1)


def next_serials(segment: str, count: int) -> int:
    """Take so many serials of a series at once; returns the first. Locked to the commit, refused, as `next_serial`."""
    return next_of_each({segment: count})[segment]


_TAKE = """
insert into residents_recordnumberseries as s (segment, last)
select segment, wanted from unnest(%s::text[], %s::int[]) as w(segment, wanted) order by segment
on conflict (segment) do update set last = s.last + excluded.last returning segment, last
"""


def next_of_each(wanted: Mapping[str, int]) -> dict[str, int]:
    """Take so many serials of each series; the first of each. As `next_serial`, and locked in one order."""
    if not wanted:
        return {}
    segments = sorted(wanted)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_TAKE, [segments, [wanted[each] for each in segments]])
            return {segment: int(last) - wanted[segment] + 1 for segment, last in cursor.fetchall()}
    except IntegrityError:
        raise exhausted() from None


class Exhausted(Refused):
    """A series is used up."""


def exhausted() -> Exhausted:
    """What is said when a series is used up."""
    return Exhausted(
        "该村（居）的档案顺序号99999个已用完，请联系系统管理员增设号段。",
        field="area",
        code="series_exhausted",
    )


def new_number(area_key: int) -> str:
    """Return a fresh record number in a village."""
    segment = segment_of(Area.objects.select_related("parent").get(key=area_key))
    return record_numbers.compose(segment, next_serial(segment))


def segment_of(village: Area) -> str:
    """The first twelve digits of the record numbers of a village. Raises Refused where none are set."""
    if not village.record_segment or village.parent is None or not village.parent.record_segment:
        raise Refused("该村（居）尚未设置档案编号段，请联系系统管理员。", field="area", code="no_segment")
    county = division_codes.text(village.key)[:6]
    return record_numbers.segment(county, village.parent.record_segment, village.record_segment)


def temporary_series(area_key: int, birth_date: dt.date) -> str:
    """The series of numbers for people without a document: one per county and year of birth."""
    return f"LS{division_codes.text(area_key)[:6]}{birth_date:%Y}"


def temporary_number(area_key: int, birth_date: dt.date) -> str:
    """Return a number for somebody without a document; a series per county and year of birth."""
    county = division_codes.text(area_key)[:6]
    return identity.temporary_number(county, birth_date, next_serial(temporary_series(area_key, birth_date)))
