"""Who does what in the demonstration county's year: the demonstration accounts, and the directors of the other townships."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from gongwei.base import clock
from gongwei.base.actors import Actor
from gongwei.places import actors, division_codes, queries
from gongwei.places.models import Account, Duty, Organization
from gongwei.site.simulation import accounts

CENTRES = ("township_centre", "community_centre")
CLINICS = ("village_clinic", "community_station")


@dataclass(frozen=True)
class Staff:
    """The people of the year, and the institutions it is about. directors: by their centre."""

    county: int
    finance: Actor
    officer: Actor
    second: Actor
    evaluator: Actor
    doctor: Actor
    directors: dict[UUID, Actor]
    centres: list[Organization]
    clinics: list[Organization]

    def director_of(self, organization: Organization) -> Actor:
        """Who answers for an institution: the director of its centre."""
        return self.directors[organization.id if organization.kind in CENTRES else organization.parent_id]


def of_county() -> Staff:
    """The people by their demonstration accounts; directors without one get one. Raises LookupError: a duty nobody holds."""
    officer = _actor("xianji", "county_officer")
    home = Organization.objects.get(id=officer.organization_id)
    low, high = division_codes.county_range(home.area_id)
    here = Organization.objects.filter(area_id__gte=low, area_id__lte=high, active_until=None).order_by(
        "area_id", "code"
    )
    centres = list(here.filter(kind__in=CENTRES))
    return Staff(
        county=low,
        finance=_actor("caiwu", "finance_officer"),
        officer=officer,
        second=_actor("xianji2", "county_officer"),
        evaluator=_actor("pingjia", "evaluator"),
        doctor=_actor("cunyi", "village_doctor"),
        directors={each.id: _director(each, number) for number, each in enumerate(centres, 1)},
        centres=centres,
        clinics=list(here.filter(kind__in=CLINICS, parent__in=centres)),
    )


def on(year: int, month: int, day: int, hour: int = 10) -> dt.datetime:
    """An instant of office hours in China."""
    return clock.start_of(dt.date(year, month, day)) + dt.timedelta(hours=hour)


def _director(centre: Organization, number: int) -> Actor:
    duty = (
        Duty.objects.filter(organization=centre, role="township_director")
        .select_related("practitioner")
        .order_by("id")
        .first()
    )
    if duty is None:
        raise LookupError(f"{centre.code} has no director")
    account = Account.objects.filter(practitioner=duty.practitioner).first()
    if account is None:
        name = f"yuanzhang{number}"
        accounts.make_account(duty.practitioner, name, clock.now())
        account = Account.objects.get(username=name)
    return actors.actor_for(account, duty)


def _actor(username: str, role: str) -> Actor:
    """An account in the duty of a role: some people hold two."""
    account = Account.objects.select_related("practitioner").filter(username=username).first()
    duties = () if account is None else queries.duties_of(account, clock.today())
    duty = next((each for each in duties if each.role == role), None)
    if account is None or duty is None:
        raise LookupError(f"{username} is no {role}")
    return actors.actor_for(account, duty)
