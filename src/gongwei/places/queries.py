"""Reads of places. Areas, organizations and names of staff are no secret to anybody signed in."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Max, Prefetch, Q, QuerySet

from gongwei.base import actors, audit, clock, prepared, sealed
from gongwei.places import division_codes, lineage, policy, reach
from gongwei.places.models import (
    Account,
    Area,
    AreaChange,
    AreaName,
    Duty,
    Grid,
    Organization,
    Practitioner,
    PractitionerPhone,
    ServedArea,
)
from gongwei.places.roles import ADMINISTRATORS


@dataclasses.dataclass
class Node:
    """An area of the tree with what lies right below it."""

    key: int
    name: str
    level: str
    urban: bool
    reached: bool
    children: list["Node"] = dataclasses.field(default_factory=list)


def duties_of(account: Account, on: dt.date) -> QuerySet[Duty]:
    """The duties of an account on a day: work with residents first, administration last, then by beginning."""
    if account.practitioner_id is None:
        return Duty.objects.none()
    return _duties(account.practitioner_id, on)


def _duties(practitioner_id: UUID, on: dt.date) -> QuerySet[Duty]:
    return (
        Duty.objects.filter(reach.on_day(on), practitioner=practitioner_id)
        .alias(administrates=Q(role__in=ADMINISTRATORS))
        .select_related("organization", "practitioner")
        .order_by("administrates", "from_on", "id")
    )


_duties_read = prepared.Query(_duties, practitioner_id=UUID, on=dt.date)


def duty_list(account: Account, on: dt.date) -> list[Duty]:
    """The same as a list, read by a prepared statement: every page asks it."""
    if account.practitioner_id is None:
        return []
    return _duties_read.rows(practitioner_id=account.practitioner_id, on=on)


def ranges(actor: actors.Actor) -> tuple[tuple[int, int], ...]:
    """What an actor looks after: the areas served, or the county of the seat for those who serve none."""
    if actor.areas:
        return actor.areas
    seat = reach.seat_of(actor.organization_id)
    return (division_codes.county_range(seat),) if seat else ()


def areas_in(ranges: Sequence[tuple[int, int]], on: dt.date | None = None) -> QuerySet[Area]:
    """The areas within ranges that are in use on a day (today)."""
    inside = Q(pk__in=[])
    for low, high in ranges:
        inside |= Q(key__gte=low, last_key__lte=high)
    return Area.objects.filter(inside, reach.on_day(on or clock.today(), "valid_from", "valid_until"))


def areas_tree(actor: actors.Actor, on: dt.date | None = None) -> list[Node]:
    """The tree of what an actor looks after, with the areas above as the way there (`reached` is False for these).

    With `on` the areas in use on that day, by the names they had then.
    """
    own = list(areas_in(ranges(actor), on).order_by("key"))
    former = lineage.names_on([area.key for area in own], on) if on else {}
    above = {code for area in own for code in division_codes.ancestors(area.key)} - {area.key for area in own}
    nodes = {
        area.key: Node(
            area.key, former.get(area.key, area.name), area.level, area.urban, area.key not in above
        )
        for area in sorted([*own, *Area.objects.filter(key__in=above)], key=lambda area: area.key)
    }
    roots = []
    for key, node in nodes.items():
        parent = next((nodes[code] for code in division_codes.ancestors(key) if code in nodes), None)
        (parent.children if parent else roots).append(node)
    return roots


def area_seen(actor: actors.Actor, key: int) -> Area | None:
    """One area an actor looks after, in use or not."""
    inside = any(low <= key <= high for low, high in ranges(actor))
    return Area.objects.select_related("parent").filter(key=key).first() if inside else None


def areas_below(area: Area, on: dt.date) -> QuerySet[Area]:
    """The areas right below one that are in use on a day."""
    return Area.objects.filter(reach.on_day(on, "valid_from", "valid_until"), parent=area).order_by("key")


def area_names(key: int) -> list[AreaName]:
    """What an area was called, the latest first."""
    return list(AreaName.objects.filter(area=key).order_by("-from_on"))


def names_of_areas(keys: Iterable[int]) -> dict[int, str]:
    """The present names of areas, ended ones too."""
    return dict(Area.objects.filter(key__in=list(keys)).values_list("key", "name"))


def area_changes(actor: actors.Actor, limit: int = 30) -> list[AreaChange]:
    """The latest decisions on areas an actor looks after, the latest first."""
    inside = ranges(actor)
    found = []
    for change in AreaChange.objects.order_by("-on_date", "-id")[:2000]:
        codes = [*change.from_areas, *change.to_areas]
        if any(low <= code <= high for code in codes for low, high in inside):
            found.append(change)
        if len(found) == limit:
            break
    return found


def area(key: int) -> Area | None:
    """One area, in use or not."""
    return Area.objects.filter(key=key).first()


def area_path(key: int) -> list[Area]:
    """An area with those above it, the province first."""
    return list(
        Area.objects.filter(key__in=[key, *division_codes.ancestors(key)]).order_by("key", "-last_key")
    )


def organizations(actor: actors.Actor, on: dt.date | None = None) -> QuerySet[Organization]:
    """The organizations that have their seat in what an actor looks after, and the actor's own with those below it."""
    inside = (
        Q(id=actor.organization_id) | Q(parent=actor.organization_id) if actor.organization_id else Q(pk=None)
    )
    for low, high in ranges(actor):
        inside |= Q(area_id__gte=low, area_id__lte=high)
    alive = reach.on_day(on or clock.today(), "active_from", "active_until")
    return (
        Organization.objects.filter(inside, alive)
        .select_related("area", "parent")
        .order_by("area_id", "code")
    )


def organization(organization_id: UUID) -> Organization | None:
    """One organization, in use or not."""
    return Organization.objects.select_related("area", "parent").filter(id=organization_id).first()


def organization_of_code(code: str) -> Organization | None:
    """The organization of a code, in use or not."""
    return Organization.objects.select_related("area", "parent").filter(code=code.strip().upper()).first()


def people_named(organization_id: UUID, name: str) -> list[Practitioner]:
    """Who in an organization has a name, in the order they were entered, each with account, duties and telephone."""
    return list(
        Practitioner.objects.filter(organization=organization_id, name=name)
        .select_related("account", "phone")
        .prefetch_related("duties")
        .order_by("id")
    )


def practitioner(practitioner_id: UUID) -> Practitioner | None:
    """One person."""
    return Practitioner.objects.filter(id=practitioner_id).first()


def all_duties(practitioner_id: UUID) -> list[Duty]:
    """Every duty of a person, ended ones and later ones too."""
    return list(Duty.objects.filter(practitioner=practitioner_id).order_by("from_on", "id"))


def running_duties(organization_id: UUID, on: dt.date) -> int:
    """How many duties in an organization run after a day."""
    return Duty.objects.filter(
        Q(until_on=None) | Q(until_on__gt=on + dt.timedelta(days=1)), organization=organization_id
    ).count()


def account_of(practitioner_id: UUID) -> Account | None:
    """The account of a person."""
    return Account.objects.filter(practitioner=practitioner_id).first()


def account_named(username: str) -> Account | None:
    """The account of a user name, with its practitioner."""
    return Account.objects.select_related("practitioner").filter(username=username).first()


def organizations_serving(area_key: int | None, on: dt.date | None = None) -> QuerySet[Organization]:
    """The organizations that serve an area on a day, the nearest first (a clinic before its township centre).

    None while no area is chosen: no organization. `served_key`: the area by which it serves, as near as it does.
    """
    if area_key is None:
        return Organization.objects.none()
    return (
        Organization.objects.filter(
            reach.on_day(on or clock.today(), "served_areas__from_on", "served_areas__until_on"),
            served_areas__area__key__lte=area_key,
            served_areas__area__last_key__gte=area_key,
        )
        .annotate(served_key=Max("served_areas__area__key"))
        .order_by("-served_key", "code")
    )


def staff(organization_id: UUID, on: dt.date | None = None) -> QuerySet[Practitioner]:
    """The people of an organization with the duties that run on a day."""
    running = Duty.objects.filter(reach.on_day(on or clock.today())).select_related("organization")
    return (
        Practitioner.objects.filter(organization=organization_id)
        .prefetch_related(Prefetch("duties", running, to_attr="running_duties"))
        .order_by("initials", "id")
    )


_staff_names = prepared.Query(
    lambda organization_id: (
        Practitioner.objects.filter(organization=organization_id)
        .order_by("initials", "id")
        .values_list("id", "name")
    ),
    organization_id=UUID,
)


def staff_names(organization_id: UUID) -> list[tuple[UUID, str]]:
    """(id, name) of the people of an organization, for fields that name one."""
    return _staff_names.rows(organization_id=organization_id)


def doctors(organization_id: UUID, on: dt.date | None = None) -> QuerySet[Practitioner]:
    """Whom an organization can name as responsible doctor on a day: its village and township doctors."""
    running = Duty.objects.filter(
        reach.on_day(on or clock.today()),
        organization=organization_id,
        role__in=["village_doctor", "township_doctor"],
    )
    return Practitioner.objects.filter(id__in=running.values("practitioner")).order_by("initials", "id")


def doctors_near(actor: actors.Actor, on: dt.date | None = None) -> list[tuple[UUID, str]]:
    """(id, name with home organization) of the village and township doctors of the organizations an actor looks after."""
    running = Duty.objects.filter(
        reach.on_day(on or clock.today()),
        organization__in=organizations(actor, on).order_by().values("id"),
        role__in=["village_doctor", "township_doctor"],
    )
    found = (
        Practitioner.objects.filter(id__in=running.values("practitioner"))
        .select_related("organization")
        .order_by("organization__area_id", "organization__code", "initials", "id")
    )
    return [(doctor.id, f"{doctor.name}（{doctor.organization.name}）") for doctor in found]


def grids(area_keys: Sequence[int]) -> QuerySet[Grid]:
    """The grids in use in some areas."""
    return (
        Grid.objects.filter(area__in=area_keys, active_until=None)
        .select_related("responsible_doctor", "organization", "area")
        .order_by("area_id", "name")
    )


def grids_of(actor: actors.Actor, area_key: int | None = None) -> QuerySet[Grid]:
    """The grids in use in what an actor serves, or in one area of it (a village or all below a township)."""
    inside = Q(pk__in=[])
    for low, high in actor.areas:
        inside |= Q(area_id__gte=low, area_id__lte=high)
    if area_key is not None:
        inside &= Q(area_id__gte=area_key, area_id__lte=division_codes.last(area_key))
    return (
        Grid.objects.filter(inside, active_until=None)
        .select_related("responsible_doctor", "organization", "area")
        .order_by("area_id", "name")
    )


def grids_of_organization(organization_id: UUID) -> QuerySet[Grid]:
    """The grids in use of an organization."""
    return (
        Grid.objects.filter(organization=organization_id, active_until=None)
        .select_related("responsible_doctor", "area")
        .order_by("area_id", "name")
    )


def served_areas(organization_id: UUID) -> list[ServedArea]:
    """Whom an organization serves, has served or will serve, what runs first."""
    rows = ServedArea.objects.filter(organization=organization_id).select_related("area")
    return sorted(rows, key=lambda row: (row.until_on is not None, row.area_id, row.from_on))


def accounts(actor: actors.Actor) -> QuerySet[Account]:
    """The accounts of an administrator's county; nothing for everybody else."""
    if not policy.may(actor, policy.ACCOUNT_VIEW):
        return Account.objects.none()
    found = Account.objects.select_related("practitioner__organization").order_by("username")
    if actor.role == actors.SYSTEM.role:
        return found
    seat = reach.seat_of(actor.organization_id)
    if seat is None:
        return found.none()
    low, high = division_codes.county_range(seat)
    home = "practitioner__organization__area_id"
    return found.filter(**{f"{home}__gte": low, f"{home}__lte": high})


def accounts_without_duty(actor: actors.Actor, on: dt.date | None = None) -> int:
    """How many accounts in use belong to somebody who holds no duty on a day."""
    running = Duty.objects.filter(reach.on_day(on or clock.today())).values("practitioner")
    return accounts(actor).filter(active=True).exclude(practitioner__in=running).count()


def search_areas(actor: actors.Actor, text: str, limit: int = 20) -> list[Area]:
    """Areas an actor looks after, by part of the name, initials or the beginning of the code."""
    wanted = text.strip()
    found = Q(name__contains=wanted) | Q(initials__istartswith=wanted)
    if wanted.isascii() and wanted.isdigit() and 2 <= len(wanted) <= 12:
        low = int(wanted.ljust(12, "0"))
        found |= Q(key__gte=low, key__lt=low + 10 ** (12 - len(wanted)))
    return list(areas_in(ranges(actor)).filter(found).order_by("key")[:limit]) if wanted else []


def search_organizations(
    actor: actors.Actor, text: str, limit: int = 20, *, everywhere: bool = False
) -> list[Organization]:
    """Organizations by part of the name, initials or code; `everywhere` for the receiver of a transfer."""
    wanted = text.strip()
    if not wanted:
        return []
    alive = reach.on_day(clock.today(), "active_from", "active_until")
    base = (
        Organization.objects.filter(alive).order_by("area_id", "code") if everywhere else organizations(actor)
    )
    found = Q(name__contains=wanted) | Q(initials__istartswith=wanted) | Q(code__istartswith=wanted)
    return list(base.filter(found)[:limit])


def search_practitioners(actor: actors.Actor, text: str, limit: int = 20) -> list[Practitioner]:
    """Staff of the organizations an actor looks after, by part of the name or initials."""
    wanted = text.strip()
    if not wanted:
        return []
    return list(
        Practitioner.objects.filter(
            Q(name__contains=wanted) | Q(initials__istartswith=wanted),
            organization__in=organizations(actor).order_by().values("id"),
        )
        .select_related("organization")
        .order_by("initials", "id")[:limit]
    )


def phone_of(*, by: actors.Actor, practitioner_id: UUID) -> str | None:
    """The telephone of a practitioner; audited. Raises policy.Forbidden unless it is one's own or the duty allows it."""
    practitioner = Practitioner.objects.select_related("organization").filter(id=practitioner_id).first()
    if practitioner is None:
        return None
    if by.practitioner_id != practitioner_id:
        policy.require(by, policy.PHONE_VIEW, organization_id=practitioner.organization_id)
    row = PractitionerPhone.objects.filter(practitioner=practitioner_id).first()
    audit.record(
        by=by,
        action="view_full",
        subject_kind="practitioner",
        subject_id=practitioner_id,
        area_key=practitioner.organization.area_id,
        detail={"item": "phone"},
    )
    if row is None:
        return None
    return sealed.decrypt(
        row.phone_cipher, table="places_practitionerphone", column="phone_cipher", row_id=practitioner_id
    )
