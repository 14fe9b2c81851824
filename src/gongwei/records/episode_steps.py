"""Writes on episodes: found, verified, taken under management, ended, reopened. Each step is kept with its reason."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from gongwei.base import audit, changes, clock
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.records import acceptance, definitions
from gongwei.records.models import Episode, EpisodeChange
from gongwei.residents import states, tags
from gongwei.residents.models import Resident

State = Episode.State

#: Which state may follow which. A person decides each step; a rule may only propose it.
STEPS: dict[str, tuple[str, ...]] = {
    State.SUSPECTED: (State.VERIFIED, State.ACTIVE, State.DISMISSED, State.ENDED, State.ENTERED_IN_ERROR),
    State.VERIFIED: (State.ACTIVE, State.SUSPECTED, State.DISMISSED, State.ENDED, State.ENTERED_IN_ERROR),
    State.ACTIVE: (State.VERIFIED, State.ENDED, State.ENTERED_IN_ERROR),
    State.ENDED: (State.ACTIVE,),
    State.DISMISSED: (State.SUSPECTED, State.VERIFIED),
    State.ENTERED_IN_ERROR: (),
}


@transaction.atomic
def start_episode(
    *,
    by: Actor,
    at: dt.datetime,
    resident_id: UUID,
    kind: str,
    started_on: dt.date,
    state: str = State.ACTIVE,
    found_by: str = "",
    diagnosed_on: dt.date | None = None,
    organization_id: UUID | None = None,
    reason: str = "",
    episode_id: UUID | None = None,
) -> Episode:
    """Put a resident on the list of a programme: suspected, verified or at once under management.

    Raises:
        Refused: unknown kind, impossible day, or an episode of the kind is open already (`details["episode"]`).
    """
    resident = acceptance.locked_resident(resident_id)
    policy.require(by, policy.RECORD_WRITE, area_key=resident.area_id)
    if episode_id is not None and (known := Episode.objects.filter(pk=episode_id, resident=resident).first()):
        return known
    definition = definitions.episode(kind)
    for problem in acceptance.day_problems(resident, started_on, at):
        raise problem
    if state not in (State.SUSPECTED, State.VERIFIED, State.ACTIVE):
        raise Refused("请选择疑似、已核实或管理中", field="state", code="state")
    if diagnosed_on is not None and not resident.birth_date <= diagnosed_on <= clock.day_of(at):
        raise Refused("确诊日期应在出生之后、今天之前", field="diagnosed_on", code="date")
    if resident.status == states.CANCELLED:
        raise Refused("该居民档案已注销，不能纳入管理", code="resident_state")
    opened = Episode.objects.filter(
        resident=resident, kind=kind, state__in=[State.SUSPECTED, State.VERIFIED, State.ACTIVE]
    ).first()
    if opened is not None:
        raise Refused(
            f"该居民已有“{definition.title}”，状态为{opened.get_state_display()}",
            code="episode_open",
            details={"episode": str(opened.pk)},
        )
    episode = Episode(
        resident=resident,
        area_key=resident.area_id,
        kind=kind,
        state=state,
        started_on=started_on,
        found_by=found_by,
        diagnosed_on=diagnosed_on,
        organization_id=organization_id or resident.managing_organization_id,
        **({"id": episode_id} if episode_id else {}),
    )
    episode.save(force_insert=True)
    _keep_step(episode, resident, by, at, before="", on_date=started_on, reason=reason, action="start")
    return episode


@transaction.atomic
def change_episode(
    *, by: Actor, at: dt.datetime, episode_id: UUID, state: str, on_date: dt.date, reason: str
) -> Episode:
    """Move an open episode to another open state (疑似 → 已核实 → 管理中, or back), or mark it entered in error."""
    if state == State.ENDED:
        raise Refused("结束管理须填写结束原因", field="state", code="state")
    return _step(by, at, episode_id, state, on_date, acceptance.required_reason(reason, "变更"), "update", {})


@transaction.atomic
def enrol_episode(
    *,
    by: Actor,
    at: dt.datetime,
    episode_id: UUID,
    started_on: dt.date,
    diagnosed_on: dt.date | None = None,
    reason: str,
) -> Episode:
    """Take a suspected or verified resident under management from a day, which may lie before the suspicion.

    Raises:
        Refused: a day in the future or before birth, no reason, or the episode is not waiting for this.
    """
    reason = acceptance.required_reason(reason, "纳入管理")
    episode = Episode.objects.select_related("resident").filter(pk=episode_id).first()
    if episode is None:
        raise Refused("未找到这项管理，或不在您的服务范围内", code="episode_not_found")
    if episode.state not in (State.SUSPECTED, State.VERIFIED, State.ACTIVE):
        raise Refused(f"状态为“{episode.get_state_display()}”，不能纳入管理", field="state", code="state")
    born, today = episode.resident.birth_date, clock.day_of(at)
    if not born <= started_on <= today:
        raise Refused("纳入日期应在出生之后、今天之前", field="started_on", code="date")
    if diagnosed_on is not None and not born <= diagnosed_on <= today:
        raise Refused("确诊日期应在出生之后、今天之前", field="diagnosed_on", code="date")
    changed = {"started_on": started_on, "diagnosed_on": diagnosed_on or episode.diagnosed_on}
    return _step(by, at, episode_id, State.ACTIVE, started_on, reason, "start", changed)


@transaction.atomic
def end_episode(
    *, by: Actor, at: dt.datetime, episode_id: UUID, ended_on: dt.date, end_reason: str, reason: str = ""
) -> Episode:
    """End the management: died, moved, lost, refused, diagnosis withdrawn. Ending it twice is harmless."""
    changed = {"ended_on": ended_on, "end_reason": acceptance.required_reason(end_reason, "结束")}
    return _step(by, at, episode_id, State.ENDED, ended_on, reason, "end", changed)


@transaction.atomic
def reopen_episode(*, by: Actor, at: dt.datetime, episode_id: UUID, on_date: dt.date, reason: str) -> Episode:
    """Take an ended episode up again."""
    changed = {"ended_on": None, "end_reason": ""}
    why = acceptance.required_reason(reason, "重新纳入")
    return _step(by, at, episode_id, State.ACTIVE, on_date, why, "reopen", changed)


def _step(
    by: Actor,
    at: dt.datetime,
    episode_id: UUID,
    state: str,
    on_date: dt.date,
    reason: str,
    action: str,
    changed: dict[str, Any],
) -> Episode:
    resident_id = Episode.objects.filter(pk=episode_id).values_list("resident_id", flat=True).first()
    if resident_id is None:
        raise Refused("未找到这项管理，或不在您的服务范围内", code="episode_not_found")
    resident = acceptance.locked_resident(resident_id)
    policy.require(by, policy.RECORD_WRITE, area_key=resident.area_id)
    episode = Episode.objects.select_for_update().get(pk=episode_id)
    if episode.state == state and action != "update":
        return episode
    if state not in STEPS[episode.state]:
        before, after = State(episode.state).label, State(state).label
        raise Refused(f"状态为“{before}”，不能改为“{after}”", field="state", code="state")
    if on_date > clock.day_of(at):
        raise Refused("日期不能晚于今天", field="on_date", code="future")
    if on_date < changed.get("started_on", episode.started_on):
        raise Refused("日期不能早于开始管理的日期", field="on_date", code="before_start")
    before = episode.state
    for name, value in {**changed, "state": state, "version": episode.version + 1}.items():
        setattr(episode, name, value)
    try:
        with transaction.atomic():
            episode.save(update_fields=[*changed, "state", "version"])
    except IntegrityError as error:
        raise Refused("该居民已有同类的管理正在进行", code="episode_open") from error
    _keep_step(episode, resident, by, at, before=before, on_date=on_date, reason=reason, action=action)
    return episode


def _keep_step(
    episode: Episode,
    resident: Resident,
    by: Actor,
    at: dt.datetime,
    *,
    before: str,
    on_date: dt.date,
    reason: str,
    action: str,
) -> None:
    EpisodeChange.objects.create(
        episode=episode,
        before=before,
        after=episode.state,
        on_date=on_date,
        reason=reason,
        at=at,
        by=by.account_id,
    )
    tags.refresh([resident.pk])
    changes.announce(kind="episode", subject_id=episode.pk, resident_id=resident.pk, done_on=on_date)
    audit.record(
        by=by,
        action=action,
        subject_kind="resident",
        subject_id=resident.pk,
        area_key=resident.area_id,
        detail={
            "what": "episode",
            "episode": str(episode.pk),
            "kind": episode.kind,
            "before": before,
            "after": episode.state,
        },
        at=at,
    )
