"""The places of the benchmark's city in the database: with the keys and ids that its rows (measures_city.py) name."""

from __future__ import annotations

import datetime as dt
import hashlib
from uuid import UUID

import measures_city


def key_of(text: str) -> UUID:
    """The id the city's SQL gives to a name: `md5(name)::uuid`."""
    return UUID(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())


def make(villages: int) -> None:
    """Areas, village clinics under township centres, and the doctors, with the ids the city's rows have."""
    from gongwei.places import division_codes
    from gongwei.places.models import Area, Organization, Practitioner

    since = dt.date(2010, 1, 1)
    own = [measures_city.area_of(village) for village in range(villages)]
    keys = sorted({code for key in own for code in (key, *division_codes.ancestors(key))})
    for key in sorted(keys, key=lambda each: -division_codes.last(each) + each):
        Area.objects.get_or_create(
            key=key,
            defaults={
                "last_key": division_codes.last(key),
                "level": division_codes.level(key),
                "parent_id": division_codes.parent(key),
                "name": f"区划{key}",
                "initials": "qh",
                "valid_from": since,
            },
        )
    known = set(Organization.objects.values_list("id", flat=True))
    alike = {"initials": "jg", "active_from": since}
    centres = {key // 1000 * 1000 for key in own}
    Organization.objects.bulk_create(
        Organization(
            id=key_of(f"centre{key}"),
            code=f"B{key}",
            name=f"卫生院{key}",
            kind="township_centre",
            area_id=key,
            **alike,
        )
        for key in sorted(centres)
        if key_of(f"centre{key}") not in known
    )
    Organization.objects.bulk_create(
        Organization(
            id=key_of(f"clinic{village}"),
            code=f"V{key}",
            name=f"卫生室{key}",
            kind="village_clinic",
            area_id=key,
            parent_id=key_of(f"centre{key // 1000 * 1000}"),
            **alike,
        )
        for village, key in enumerate(own)
        if key_of(f"clinic{village}") not in known
    )
    doctors = set(Practitioner.objects.values_list("id", flat=True))
    Practitioner.objects.bulk_create(
        Practitioner(
            id=doctor, name=f"医生{village}", initials="ys", organization_id=key_of(f"clinic{village}")
        )
        for village in range(villages)
        for number in range(3)
        if (doctor := key_of(f"doctor{village}-{number}")) not in doctors
    )
