"""Managed diseases taken back by the thousand: what `reopen_episode` and `change_episode` to 录入有误 do, for many."""

import datetime as dt
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import F

from gongwei.base import clock, scope
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.base.sets import any_of
from gongwei.places import policy
from gongwei.records import acceptance, episode_steps, episodes_many
from gongwei.records.models import Episode
from gongwei.residents.models import Resident

State = Episode.State


def withdraw_many(
    *, by: Actor, at: dt.datetime, episode_ids: Iterable[UUID], reason: str
) -> dict[UUID, Refused | None]:
    """Mark episodes as entered in error, ended ones after reopening them; None when done (now or before), else why it stays.

    Open ones go first: an ended one is reopened for its withdrawal, and at most one of a kind may be open. Raises Refused
    without a reason.
    """
    reason = acceptance.required_reason(reason, "变更")
    with (
        transaction.atomic(),
        scope.as_owner("each resident's area is checked against the actor's in _problem"),
    ):
        return _withdrawn(by, at, list(episode_ids), reason)


def _withdrawn(by: Actor, at: dt.datetime, wanted: list[UUID], reason: str) -> dict[UUID, Refused | None]:
    owners = set(Episode.objects.filter(any_of("id", wanted)).values_list("resident_id", flat=True))
    people = {
        each.pk: each
        for each in Resident.objects.select_for_update(no_key=True)
        .filter(any_of("id", owners))
        .order_by("pk")
    }
    there = {
        each.pk: each
        for each in Episode.objects.select_for_update().filter(any_of("id", wanted)).order_by("pk")
    }
    told = {key: _problem(by, there.get(key), people) for key in wanted}
    going = [
        each for key, each in there.items() if told[key] is None and each.state != State.ENTERED_IN_ERROR
    ]
    opened = [each for each in going if each.state != State.ENDED]
    ended = [each for each in going if each.state == State.ENDED]
    in_the_way = set(
        Episode.objects.filter(
            any_of("resident_id", {each.resident_id for each in ended}), state__in=episodes_many.OPEN
        )
        .exclude(any_of("id", (each.pk for each in opened)))
        .values_list("resident_id", "kind")
    )
    for each in ended:
        if (each.resident_id, each.kind) in in_the_way:
            told[each.pk] = Refused("该居民已有同类的管理正在进行", code="episode_open")
    ended = [each for each in ended if told[each.pk] is None]
    steps: list[episodes_many.Step] = []
    for each in (*opened, *ended):
        before = each.state
        if each.state == State.ENDED and each.ended_on is not None:
            steps.append((each, State.ENDED.value, State.ACTIVE.value, each.ended_on, reason, "reopen"))
            before = State.ACTIVE.value
        day = max(clock.day_of(at), each.started_on)
        steps.append((each, before, State.ENTERED_IN_ERROR.value, day, reason, "update"))
    for some, count in ((opened, 1), (ended, 2)):
        Episode.objects.filter(any_of("id", (each.pk for each in some))).update(
            state=State.ENTERED_IN_ERROR, ended_on=None, end_reason="", version=F("version") + count
        )
    if steps:
        episodes_many.keep_steps(by, at, steps, people)
    return told


def _problem(by: Actor, episode: Episode | None, people: Mapping[UUID, Resident]) -> Refused | None:
    resident = people.get(episode.resident_id) if episode is not None else None
    if episode is None or resident is None or not by.covers(resident.area_id):
        return Refused("未找到这项管理，或不在您的服务范围内", code="episode_not_found")
    if episode.state == State.ENTERED_IN_ERROR:
        return None
    try:
        acceptance.require_alive(resident)
        policy.require(by, policy.RECORD_WRITE, area_key=resident.area_id)
    except Refused as refused:
        return refused
    if episode.state != State.ENDED and State.ENTERED_IN_ERROR not in episode_steps.STEPS[episode.state]:
        before, after = State(episode.state).label, State.ENTERED_IN_ERROR.label
        return Refused(f"状态为“{before}”，不能改为“{after}”", field="state", code="state")
    return None
