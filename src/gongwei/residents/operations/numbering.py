"""Serial numbers: record numbers, temporary numbers, household numbers (records.md §2)."""

import datetime as dt

from django.db import IntegrityError, connection, transaction

from gongwei.base.problems import Refused
from gongwei.places import division_codes
from gongwei.places.models import Area
from gongwei.residents import identity, record_numbers


def next_serial(segment: str) -> int:
    """Return the next serial of a series; two transactions never get the same (the row is locked to the commit).

    Raises Refused when 99999 are given: the number never wraps.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "insert into residents_recordnumberseries (segment, last) values (%s, 1) "
                "on conflict (segment) do update set last = residents_recordnumberseries.last + 1 returning last",
                [segment],
            )
            return int(cursor.fetchone()[0])
    except IntegrityError:
        raise Refused(
            "该村（居）的档案顺序号99999个已用完，请联系系统管理员增设号段。",
            field="area",
            code="series_exhausted",
        ) from None


def new_number(area_key: int) -> str:
    """Return a fresh record number in a village."""
    village = Area.objects.select_related("parent").get(key=area_key)
    if not village.record_segment or village.parent is None or not village.parent.record_segment:
        raise Refused("该村（居）尚未设置档案编号段，请联系系统管理员。", field="area", code="no_segment")
    county = division_codes.text(area_key)[:6]
    segment = record_numbers.segment(county, village.parent.record_segment, village.record_segment)
    return record_numbers.compose(segment, next_serial(segment))


def temporary_number(area_key: int, birth_date: dt.date) -> str:
    """Return a number for somebody without a document; a series per county and year of birth."""
    county = division_codes.text(area_key)[:6]
    return identity.temporary_number(county, birth_date, next_serial(f"LS{county}{birth_date:%Y}"))
