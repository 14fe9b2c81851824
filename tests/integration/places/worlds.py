"""A small world to try places in: two counties of one city, two townships in the first, two villages in each.

The names say where a thing stands. County `66010x`, township `…101`
and `…102`, villages `…201` and `…202` below each.
"""

import datetime as dt
from dataclasses import dataclass, field
from functools import lru_cache

from django.contrib.auth import hashers

from gongwei.base import actors, clock, ids, pinyin, sealed
from gongwei.places import actors as place_actors
from gongwei.places import division_codes, operations, roles
from gongwei.places.models import (
    Account,
    Area,
    AreaName,
    Duty,
    Grid,
    Organization,
    Practitioner,
    PractitionerPhone,
    ServedArea,
)

SINCE = dt.date(2020, 1, 1)
PASSWORD = "Kaifeng-1127"
COUNTIES = (660101, 660102)


@dataclass
class World:
    """Everything by short names: organizations, practitioners, accounts, duties and actors."""

    at: dt.datetime
    organizations: dict[str, Organization] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    duties: dict[str, Duty] = field(default_factory=dict)

    def actor(self, name: str) -> actors.Actor:
        """The actor of somebody, e.g. `village_doctor@village_a` ."""
        account = Account.objects.select_related("practitioner").get(id=self.accounts[name].id)
        return place_actors.actor_for(account, self.duties[name], on=clock.day_of(self.at))

    def practitioner(self, name: str) -> Practitioner:
        """The person behind a name."""
        return self.accounts[name].practitioner


def key(county: int, township: int = 0, village: int = 0) -> int:
    """The code of a place from its three parts."""
    return county * 10**6 + township * 10**3 + village


# name: (kind, seat, parent)
ORGANIZATIONS = {
    "commission": ("county_commission", key(660101), None),
    "hospital": ("hospital", key(660101), "commission"),
    "centre": ("township_centre", key(660101, 101), "commission"),
    "village_a": ("village_clinic", key(660101, 101, 201), "centre"),
    "village_b": ("village_clinic", key(660101, 101, 202), "centre"),
    "other_centre": ("township_centre", key(660101, 102), "commission"),
    "other_village": ("village_clinic", key(660101, 102, 201), "other_centre"),
    "far_commission": ("county_commission", key(660102), None),
    "far_centre": ("township_centre", key(660102, 101), "far_commission"),
    "far_village": ("village_clinic", key(660102, 101, 201), "far_centre"),
}
# The hospital treats everybody and serves no area of the programme: its people see no records of residents.
SERVES_NOTHING = {"hospital"}
STAFF = {
    "village_a": ("village_doctor",),
    "village_b": ("village_doctor",),
    "other_village": ("village_doctor",),
    "far_village": ("village_doctor",),
    "hospital": ("township_doctor",),
    "centre": ("township_doctor", "township_clerk", "township_director"),
    "far_centre": ("township_director",),
    "commission": (
        "county_officer",
        "evaluator",
        "finance_officer",
        "system_admin",
        "security_admin",
        "audit_admin",
    ),
    "far_commission": ("county_officer", "system_admin", "security_admin", "audit_admin"),
}


def build(at: dt.datetime) -> World:
    """Make the world, in bulk: each test has its own."""
    world = World(at)
    areas = [_area(660000000000, "示范省"), _area(660100000000, "示范市")]
    for county, letter in zip(COUNTIES, "甲乙", strict=True):
        areas.append(_area(key(county), f"{letter}县"))
        for township in (101, 102):
            areas.append(_area(key(county, township), f"{letter}{township}镇"))
            areas += [
                _area(key(county, township, village), f"{letter}{township}镇{village}村")
                for village in (201, 202)
            ]
    Area.objects.bulk_create(areas)
    AreaName.objects.bulk_create(AreaName(area=area, name=area.name, from_on=SINCE) for area in areas)
    for number, (name, (kind, seat, parent)) in enumerate(ORGANIZATIONS.items()):
        world.organizations[name] = Organization(
            code=f"GW{number:04d}",
            name=f"{name}单位",
            initials=name,
            kind=kind,
            area_id=seat,
            parent=world.organizations.get(parent),
            active_from=SINCE,
        )
    Organization.objects.bulk_create(world.organizations.values())
    ServedArea.objects.bulk_create(
        ServedArea(organization=place, area_id=place.area_id, from_on=SINCE)
        for name, place in world.organizations.items()
        if name not in SERVES_NOTHING
    )
    employ(world, [(organization, role) for organization, held in STAFF.items() for role in held])
    return world


def _area(number: int, name: str) -> Area:
    return Area(
        key=number,
        last_key=division_codes.last(number),
        level=division_codes.level(number),
        parent_id=division_codes.parent(number),
        name=name,
        initials=pinyin.word_initials(name),
        urban=division_codes.is_urban(number),
        record_segment=division_codes.record_segment(number),
        valid_from=SINCE,
    )


@lru_cache
def _hashed(algorithm: str) -> str:
    """PASSWORD hashed: once in a process, for a good hash takes a fifth of a second."""
    return hashers.make_password(PASSWORD, hasher=algorithm)


def employ(world: World, posts: list[tuple[str, str]]) -> None:
    """Fill posts (organization, role): a practitioner, an account that is ready (password PASSWORD), one duty."""
    password, staff, phones = _hashed(hashers.get_hasher().algorithm), [], []
    for organization, role in posts:
        name, place = f"{role}@{organization}", world.organizations[organization]
        person = Practitioner(id=ids.uuid7(), name=f"{roles.title(role)}甲", initials="x", organization=place)
        cipher = sealed.encrypt(
            "13800000000", table="places_practitionerphone", column="phone_cipher", row_id=person.id
        )
        staff.append(person)
        phones.append(PractitionerPhone(practitioner=person, phone_cipher=cipher))
        world.accounts[name] = Account(
            username=name.replace("@", "."),
            practitioner=person,
            password=password,
            must_change_password=False,
            password_changed_at=world.at,
            created_at=world.at,
        )
        world.duties[name] = Duty(practitioner=person, role=role, organization=place, from_on=SINCE)
    names = [f"{role}@{organization}" for organization, role in posts]
    Practitioner.objects.bulk_create(staff)
    PractitionerPhone.objects.bulk_create(phones)
    Account.objects.bulk_create(world.accounts[name] for name in names)
    Duty.objects.bulk_create(world.duties[name] for name in names)


def grid(world: World, organization: str, area_key: int, name: str) -> Grid:
    """Make a grid."""
    return operations.create_grid(
        by=actors.SYSTEM,
        at=world.at,
        organization_id=world.organizations[organization].id,
        area_key=area_key,
        name=name,
    )
