"""Reads of one resident's 纳入管理: each episode with its steps, the signs behind it and what may be done next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from gongwei import catalogue
from gongwei.base.actors import Actor
from gongwei.language.types import Options
from gongwei.places import policy
from gongwei.records.episode_steps import STEPS
from gongwei.records.models import Episode, EpisodeChange
from gongwei.residents.queries import people
from gongwei.tasks import suspects


@dataclass(frozen=True)
class Step:
    """One step: from which state to which, when, why, by whom (None: by rule)."""

    before: str
    after: str
    on: dt.date
    reason: str
    at: dt.datetime
    by: UUID | None


@dataclass(frozen=True)
class Managed:
    """An episode as its page shows it. `may`: the states a step may lead to."""

    id: UUID
    kind: str
    title: str
    state: str
    state_title: str
    started_on: dt.date
    ended_on: dt.date | None
    end_reason: str
    diagnosed_on: dt.date | None
    found_by: str
    organization: str
    steps: list[Step]
    signs: tuple[suspects.Shown, ...]
    may: tuple[str, ...]
    end_reasons: list[tuple[str, str]]


def end_reasons(options: Options | None) -> list[tuple[str, str]]:
    """Why the management may end, as choices."""
    return [(each.code, each.label) for each in options.items] if options else []


def managed(actor: Actor, resident_id: UUID) -> list[Managed]:
    """All episodes of a resident within reach, open ones first, then the latest. The caller logs the look at the file."""
    if not policy.may(actor, policy.RESIDENT_VIEW):
        return []
    found = list(
        Episode.objects.filter(people.within(actor, "area_key"), resident=resident_id).select_related(
            "organization"
        )
    )
    steps: dict[UUID, list[Step]] = {}
    for each in EpisodeChange.objects.filter(episode__in=found).order_by("at", "id"):
        before = Episode.State(each.before).label if each.before else ""
        steps.setdefault(each.episode_id, []).append(
            Step(before, Episode.State(each.after).label, each.on_date, each.reason, each.at, each.by)
        )
    signs = suspects.signs_of([each.pk for each in found])
    found.sort(
        key=lambda each: (
            each.state in ("ended", "dismissed", "entered_in_error"),
            -each.started_on.toordinal(),
        )
    )
    return [_line(each, steps.get(each.pk, []), signs.get(each.pk, ())) for each in found]


def _line(episode: Episode, steps: list[Step], signs: tuple[suspects.Shown, ...]) -> Managed:
    try:
        kind = catalogue.episode(episode.kind)
        title, reasons = kind.title, kind.end_reasons
    except KeyError:
        title, reasons = episode.kind, None
    return Managed(
        episode.pk,
        episode.kind,
        title,
        episode.state,
        episode.get_state_display(),
        episode.started_on,
        episode.ended_on,
        (reasons.label(episode.end_reason) if reasons else episode.end_reason) if episode.end_reason else "",
        episode.diagnosed_on,
        episode.found_by,
        episode.organization.name,
        steps,
        signs,
        STEPS[episode.state],
        end_reasons(reasons),
    )


def startable(actor: Actor, resident_id: UUID) -> list[tuple[str, str]]:
    """Kinds of episode a person may begin for a resident: those not open now, as choices."""
    opened = set(
        Episode.objects.filter(
            resident=resident_id,
            state__in=[Episode.State.SUSPECTED, Episode.State.VERIFIED, Episode.State.ACTIVE],
        ).values_list("kind", flat=True)
    )
    return [(kind.code, kind.title) for kind in suspects.watched_kinds() if kind.code not in opened]
