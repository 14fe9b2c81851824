"""From an account and a duty to an actor: what every operation is signed with."""

import dataclasses
import datetime as dt
from uuid import UUID

from django.http import HttpRequest

from gongwei.base import actors, clock
from gongwei.places import division_codes, passwords, policy, queries, reach, sessions
from gongwei.places.models import Account, Duty
from gongwei.places.roles import Role


def actor_for(
    account: Account, duty: Duty, *, on: dt.date | None = None, source: str = "page"
) -> actors.Actor:
    """The actor an account is in a duty, with the ranges its organization serves on the day (today).

    Roles that have nothing to do with persons act with no area at all, so that row-level security shows them
    nobody. The audit administrator reaches the entries of its county.
    """
    if duty.practitioner_id != account.practitioner_id:
        raise ValueError("the duty is another practitioner's")
    return actors.Actor(
        account_id=account.id,
        practitioner_id=account.practitioner_id,
        duty_id=duty.id,
        role=duty.role,
        organization_id=duty.organization_id,
        name=_name(account),
        areas=_areas(duty, on or clock.today()),
        source=source,
    )


def _areas(duty: Duty, on: dt.date) -> tuple[tuple[int, int], ...]:
    if policy.sees_residents(duty.role):
        return reach.ranges_of(duty.organization_id, on)
    if duty.role == Role.AUDIT_ADMIN:
        seat = reach.seat_of(duty.organization_id)
        return (division_codes.county_range(seat),) if seat else ()
    return ()


def actor_of_request(request: HttpRequest) -> actors.Actor:
    """Who asks: the account signed in, in the duty chosen for the session (the first one when none is).

    A duty that has ended is no longer offered, from the same day on. Somebody who must change the password first,
    or holds no duty, is known by account but may do nothing.
    """
    account = getattr(request, "user", None)
    if not isinstance(account, Account) or not account.active:
        return actors.NOBODY
    if not passwords.must_change(account, clock.now()):
        duties = queries.duty_list(account, clock.today())
        request.duties = duties  # type: ignore[attr-defined]  # the frame of the page shows them
        duty = _chosen(duties, sessions.duty_id(request))
        if duty:
            account.practitioner = duty.practitioner  # read along with the duty: one query less on every page
            return actor_for(account, duty)
    return dataclasses.replace(
        actors.NOBODY, account_id=account.id, practitioner_id=account.practitioner_id, name=_name(account)
    )


def _name(account: Account) -> str:
    return account.practitioner.name if account.practitioner else account.username


def chosen_duty(account: Account, wanted: UUID | None, on: dt.date) -> Duty | None:
    """The duty wanted if it runs on the day, else the first that does."""
    return _chosen(queries.duty_list(account, on), wanted)


def _chosen(duties: list[Duty], wanted: UUID | None) -> Duty | None:
    return next((duty for duty in duties if duty.id == wanted), duties[0] if duties else None)
