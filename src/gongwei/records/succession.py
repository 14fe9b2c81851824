"""What the end of a file means for what the resident is under management for, and its return (records.md §6).

Death, moving away and every other cancellation end open episodes with the same reason; restoring the file takes up again
what had ended with it and nothing else. Suspicions that nobody had verified are dismissed and come back the same way.
"""

import datetime as dt
from uuid import UUID

from django.db import transaction

from gongwei.base import clock
from gongwei.base.actors import SYSTEM
from gongwei.records import episode_steps
from gongwei.records.models import Episode, EpisodeChange
from gongwei.residents import codes, states
from gongwei.residents.models import Resident

State = Episode.State
#: How a step taken by this rule begins, so that it alone is undone.
MARK = "随档案注销"
#: 注销原因 → 终止管理原因; both lists say 1死亡 2迁出 3失访 4拒绝 9其他 (code_tables.md §5).
_END_REASONS = {"1": "1", "2": "2", "3": "3", "4": "4"}


@transaction.atomic
def settle(*, resident_id: UUID, at: dt.datetime) -> int:
    """Bring a resident's episodes into line with the state of the file; returns how many changed. Twice is harmless."""
    resident = Resident.objects.select_for_update(no_key=True).filter(pk=resident_id).first()
    if resident is None or resident.status == states.MERGED:
        return 0
    if resident.status == states.CANCELLED:
        return _end_all(resident, at)
    return _take_up_again(resident, at)


def _end_all(resident: Resident, at: dt.datetime) -> int:
    opened = Episode.objects.filter(
        resident=resident, state__in=[State.SUSPECTED, State.VERIFIED, State.ACTIVE]
    ).order_by("id")
    title = codes.name("cancel_reason", resident.cancel_reason)
    count = 0
    for episode in opened:
        day = min(max(resident.status_since, episode.started_on), clock.day_of(at))
        if episode.state == State.ACTIVE:
            episode_steps.end_episode(
                by=SYSTEM,
                at=at,
                episode_id=episode.pk,
                ended_on=day,
                end_reason=_END_REASONS.get(resident.cancel_reason, "9"),
                reason=f"{MARK}：{title}",
            )
        else:
            episode_steps.change_episode(
                by=SYSTEM,
                at=at,
                episode_id=episode.pk,
                state=State.DISMISSED,
                on_date=day,
                reason=f"{MARK}：{title}",
            )
        count += 1
    return count


def _take_up_again(resident: Resident, at: dt.datetime) -> int:
    if resident.status in (states.DRAFT, states.RETURNED):
        return 0
    count = 0
    for episode in Episode.objects.filter(
        resident=resident, state__in=[State.ENDED, State.DISMISSED]
    ).order_by("id"):
        last = EpisodeChange.objects.filter(episode=episode).order_by("-at", "-id").first()
        if last is None or last.by is not None or not last.reason.startswith(MARK):
            continue
        if Episode.objects.filter(
            resident=resident, kind=episode.kind, state__in=[State.SUSPECTED, State.VERIFIED, State.ACTIVE]
        ).exists():
            continue
        today = clock.day_of(at)
        if episode.state == State.ENDED:
            episode_steps.reopen_episode(
                by=SYSTEM, at=at, episode_id=episode.pk, on_date=today, reason="档案恢复"
            )
        else:
            episode_steps.change_episode(
                by=SYSTEM,
                at=at,
                episode_id=episode.pk,
                state=State(last.before),
                on_date=today,
                reason="档案恢复",
            )
        count += 1
    return count
