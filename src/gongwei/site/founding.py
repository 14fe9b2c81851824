"""A county's first day: its areas and organizations from lists, and its three administrators (三员分立).

Everything goes through the operations of `places`, in the system's name, so it stands in the audit trail. Once there is
an administrator no second set can be made here: from then on they appoint one another in the pages.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping

from django.db import transaction

from gongwei.base import actors, clock, problems
from gongwei.places import division_codes, operations, roles
from gongwei.places.models import Area, Duty, Kind, Organization

BY = dataclasses.replace(actors.SYSTEM, source="command")
KINDS: Mapping[str, str] = {label: value for value, label in Kind.choices}


@dataclasses.dataclass(frozen=True)
class Administrator:
    """One of the three: who it is, under which name they sign in."""

    role: str
    name: str
    username: str


@dataclasses.dataclass(frozen=True)
class FirstLogin:
    """A login and its first password, known only here and to be changed when signing in."""

    role: str
    name: str
    username: str
    password: str


@dataclasses.dataclass(frozen=True)
class OrganizationRow:
    """One line of the list of organizations. `kind` is the Chinese label, `serves` are division codes."""

    code: str
    name: str
    kind: str
    area: str
    parent: str
    serves: tuple[str, ...]


def stands() -> bool:
    """Whether there is an administrator already."""
    return Duty.objects.filter(role__in=roles.ADMINISTRATORS).exists()


@transaction.atomic
def found(
    *,
    at: dt.datetime,
    since: dt.date,
    areas: Iterable[tuple[str, str]],
    organization: tuple[str, str],
    administrators: Iterable[Administrator],
) -> list[FirstLogin]:
    """Make province, city and county, the county's health commission, and the three administrators.

    Args:
        since: from when areas and organization are in use; records may not be older.
        areas: codes and names from the province down; the last one is the county.
        organization: code and name of the commission, which serves the whole county.

    Raises:
        problems.Refused: there are administrators already; not three people; anything the operations refuse.
    """
    three = tuple(administrators)
    if stands():
        raise problems.Refused(
            "系统中已有管理员，不能再次设立。", hint="新的账号和岗位请由现有管理员在页面上办理。"
        )
    if sorted(each.role for each in three) != sorted(roles.ADMINISTRATORS):
        raise problems.Refused("应设系统管理员、安全保密管理员、安全审计员各一人。")
    if len({each.name for each in three}) != len(three):
        raise problems.Refused("系统管理员、安全保密管理员、安全审计员不得由一人兼任。")
    listed = tuple(areas)
    add_areas(listed, at=at, since=since)
    county = listed[-1][0]
    if division_codes.level(division_codes.parse(county)) != "county":
        raise problems.Refused(f"“{listed[-1][1]}”的区划代码 {county} 不是县级代码。")
    code, name = organization
    kind = Kind.COUNTY_COMMISSION.label
    add_organizations([OrganizationRow(code, name, kind, county, "", (county,))], at=at, since=since)
    seat = Organization.objects.get(code=code.strip().upper())
    return [_appoint(each, seat, at) for each in three]


def _appoint(who: Administrator, seat: Organization, at: dt.datetime) -> FirstLogin:
    person = operations.create_practitioner(by=BY, at=at, name=who.name, organization_id=seat.id)
    operations.assign_duty(
        by=BY,
        at=at,
        practitioner_id=person.id,
        role=who.role,
        organization_id=seat.id,
        from_on=clock.day_of(at),
    )
    account, password = operations.create_account(
        by=BY, at=at, practitioner_id=person.id, username=who.username
    )
    return FirstLogin(roles.title(who.role), person.name, account.username, password)


@transaction.atomic
def add_areas(rows: Iterable[tuple[str, str]], *, at: dt.datetime, since: dt.date) -> int:
    """Make the areas that are not there yet, upper ones first; returns how many. All or none.

    Raises:
        problems.Refused: names the line's code.
    """
    made = 0
    for code, name in sorted(rows, key=lambda row: "".join(row[0].split())):
        key = division_codes.parse(code)
        if Area.objects.filter(key=key).exists():
            continue
        try:
            operations.create_area(by=BY, at=at, code=code, name=name, on=since, document="系统启用时的区划")
        except problems.Refused as refused:
            raise problems.Refused(f"区划 {code} {name}：{refused.message}", hint=refused.hint) from refused
        made += 1
    return made


@transaction.atomic
def add_organizations(rows: Iterable[OrganizationRow], *, at: dt.datetime, since: dt.date) -> int:
    """Make the organizations that are not there yet, with what they serve; returns how many. All or none.

    Organizations come after the one they stand under. Raises problems.Refused naming the organization.
    """
    made = 0
    for row in rows:
        code = row.code.strip().upper()
        if Organization.objects.filter(code=code).exists():
            continue
        try:
            _add_organization(row, at, since)
        except problems.Refused as refused:
            raise problems.Refused(
                f"机构 {row.code} {row.name}：{refused.message}", hint=refused.hint
            ) from refused
        made += 1
    return made


def _add_organization(row: OrganizationRow, at: dt.datetime, since: dt.date) -> None:
    if row.kind not in KINDS:
        raise problems.Refused(f"机构类别“{row.kind}”不在“{'、'.join(KINDS)}”之中。")
    parent = None
    if row.parent:
        parent = Organization.objects.filter(code=row.parent.strip().upper()).first()
        if parent is None:
            raise problems.Refused(f"没有代码为 {row.parent} 的上级机构，上级机构应列在前面。")
    made = operations.create_organization(
        by=BY,
        at=at,
        code=row.code,
        name=row.name,
        kind=KINDS[row.kind],
        area_key=division_codes.parse(row.area),
        parent_id=parent.id if parent else None,
        active_from=since,
    )
    for code in row.serves:
        operations.set_served_area(
            by=BY, at=at, organization_id=made.id, area_key=division_codes.parse(code), from_on=since
        )
