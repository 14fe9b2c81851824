"""In whose name an approved package is checked, written and undone: the county's, by an act of two people (ADR 0023)."""

from gongwei.base import actors
from gongwei.base.problems import Refused
from gongwei.interfaces.excel.models import Package
from gongwei.places import division_codes, policy, reach


def county_of(by: actors.Actor) -> int:
    """The key of the county whose data an actor may bring in. Raises policy.Forbidden and Refused."""
    policy.require(by, policy.PACKAGE_PREPARE)
    seat = reach.seat_of(by.organization_id)
    if seat is None:
        raise Refused("当前岗位没有所在县区，不能导入数据包。", code="organization")
    low, _ = division_codes.county_range(seat)
    return low


def writer(package: Package) -> actors.Actor:
    """Reaches the whole county and nothing outside. Without organization and practitioner: a record says its own, or is refused."""
    person = actors.Actor.from_json(package.actor)
    return actors.Actor(
        account_id=person.account_id,
        practitioner_id=None,
        duty_id=None,
        role=policy.PACKAGE,
        organization_id=None,
        name=person.name,
        areas=(division_codes.county_range(package.area_key),),
        source="import",
    )
