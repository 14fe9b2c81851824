"""Very many suspicions at once, after a load or a changed rule: `start_episode` by set, for episodes the system proposes.

Each gets what a single one gets: its step with the reason, a line in the change feed, a line in the audit trail. Runs as the
owner of the tables, in the caller's transaction, with the residents locked by the caller.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from gongwei.base import audit, clock, ids
from gongwei.base.actors import SYSTEM
from gongwei.records.models import Episode, EpisodeChange
from gongwei.residents import tags
from gongwei.residents.models import Resident

_CHANGE = ("at", "kind", "subject_id", "resident_id", "done_on")
_AUDIT = (
    "id", "at", "account_id", "practitioner_id", "duty_id", "role", "organization_id", "source", "action",
    "subject_kind", "subject_id", "area_key", "detail", "mac",
)  # fmt: skip


@dataclass(frozen=True)
class Proposed:
    """One resident to be put on the list of a kind: `state` is suspected or verified."""

    resident: Resident
    kind: str
    state: str
    started_on: dt.date
    found_by: str
    reason: str


def propose_episodes(*, proposed: Collection[Proposed], at: dt.datetime) -> list[UUID]:
    """Open an episode for each, in the order given; returns their ids.

    The caller has locked the residents and knows that none has an open episode of the kind: the database refuses a second.
    """
    episodes = [
        Episode(
            id=ids.uuid7(),
            resident_id=each.resident.pk,
            area_key=each.resident.area_id,
            kind=each.kind,
            state=each.state,
            started_on=each.started_on,
            found_by=each.found_by,
            organization_id=each.resident.managing_organization_id,
        )
        for each in proposed
    ]
    Episode.objects.bulk_create(episodes, batch_size=2_000)
    EpisodeChange.objects.bulk_create(
        (
            EpisodeChange(
                episode_id=episode.pk, after=each.state, on_date=each.started_on, reason=each.reason, at=at
            )
            for episode, each in zip(episodes, proposed, strict=True)
        ),
        batch_size=2_000,
    )
    # A suspicion gives no tag (`episode_tags.CERTAIN`).
    certain = {each.resident.pk for each in proposed if each.state != Episode.State.SUSPECTED}
    if certain:
        tags.refresh(sorted(certain))
    now = clock.now()
    _copy(
        "base_change",
        _CHANGE,
        [(now, "episode", each.pk, each.resident_id, each.started_on) for each in episodes],
    )
    _copy("base_auditentry", _AUDIT, [_audited(each, at) for each in episodes])
    return [each.pk for each in episodes]


def _audited(episode: Episode, at: dt.datetime) -> tuple[Any, ...]:
    return audit.entry_values(
        by=SYSTEM,
        action="start",
        subject_kind="resident",
        subject_id=episode.resident_id,
        area_key=episode.area_key,
        detail={
            "what": "episode",
            "episode": str(episode.pk),
            "kind": episode.kind,
            "before": "",
            "after": episode.state,
        },
        at=at,
    )


def _copy(table: str, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"copy {table} ({', '.join(names)}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)
