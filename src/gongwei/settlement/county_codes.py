"""A county that was given another code, or became part of another (撤县设区、区划合并): its money stays where it was posted and is read
together with what came after (ADR 0019).

Nothing is rewritten: budgets, postings and settlements keep the code their documents name. What is asked of a county is asked of all
codes it had (`all_of`); what is new is written under the present one (`now`). Which code became which is the decision on divisions
with its document (`places`).
"""

from __future__ import annotations

from gongwei.places import division_codes
from gongwei.places.models import AreaChange

#: Decisions by which a whole county goes on under another code. A county is never split.
_KINDS = (AreaChange.Kind.RECODE, AreaChange.Kind.MERGE)


def county_of(area_key: int) -> int:
    """The county an area belongs to now; a city or province is one of its own."""
    return now(division_codes.county_range(area_key)[0])


def now(county: int) -> int:
    """The code a county has now: its own, or that of the county it became (part of)."""
    seen = {county}
    while (following := _next(county)) is not None and following not in seen:
        seen.add(following)
        county = following
    return county


def all_of(county: int) -> tuple[int, ...]:
    """The code of a county and all codes it, and the counties that were joined to it, had before; the own one first."""
    found = [county]
    for key in found:
        rows = AreaChange.objects.filter(kind__in=_KINDS, to_areas__contains=[key])
        for before in rows.order_by("on_date", "id").values_list("from_areas", flat=True):
            found += [each for each in before if each not in found]
    return tuple(found)


def _next(county: int) -> int | None:
    rows = AreaChange.objects.filter(kind__in=_KINDS, from_areas__contains=[county])
    after = rows.order_by("-on_date", "-id").values_list("to_areas", flat=True).first()
    return None if after is None or county in after else int(after[0])
