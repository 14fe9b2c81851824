"""Reads of the 疑似名单: who may belong under management, why, and since when; the oldest first.

Showing the list is written to the access log in the same transaction.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from gongwei import catalogue
from gongwei.base import audit, clock, prepared
from gongwei.base.actors import Actor
from gongwei.base.problems import Refused
from gongwei.language.episodes import Episode as Kind
from gongwei.places import policy
from gongwei.records.models import Episode
from gongwei.residents import tags
from gongwei.residents.queries import people
from gongwei.tasks import cursors
from gongwei.tasks.models import Suspicion

STATES = (Episode.State.SUSPECTED, Episode.State.VERIFIED)


@dataclass(frozen=True)
class Filters:
    """Of which kind, in which state, where; empty means any."""

    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    area_from: int | None = None
    area_to: int | None = None
    doctor_id: UUID | None = None


@dataclass(frozen=True)
class Shown:
    """A sign with the day it was complete and the records that show it."""

    title: str
    on: dt.date
    responses: tuple[UUID, ...]


@dataclass(frozen=True)
class Suspect:
    """One line of the list."""

    episode_id: UUID
    resident_id: UUID
    name: str
    sex: str
    birth_date: dt.date
    village: str
    kind: str
    title: str
    state: str
    state_title: str
    since: dt.date
    found_by: str
    doctor: str
    signs: tuple[Shown, ...]
    tags: list[tags.Tag] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """One page; `next` is the cursor of the page after."""

    rows: list[Suspect]
    next: str | None
    counts: dict[str, int]


def watched_kinds() -> list[Kind]:
    """Kinds of episode a person decides on."""
    return [kind for kind in catalogue.episodes() if not kind.automatic]


def _open(actor: Actor, filters: Filters) -> QuerySet[Episode]:
    if not policy.may(actor, policy.RESIDENT_VIEW):
        return Episode.objects.none()
    found = Episode.objects.filter(people.within(actor, "area_key"), state__in=filters.states or STATES)
    if filters.kinds:
        found = found.filter(kind__in=filters.kinds)
    if filters.area_from is not None:
        found = found.filter(area_key__gte=filters.area_from)
    if filters.area_to is not None:
        found = found.filter(area_key__lte=filters.area_to)
    if filters.doctor_id:
        found = found.filter(resident__responsible_doctor=filters.doctor_id)
    return found


def page(actor: Actor, filters: Filters | None = None, after: str | None = None, limit: int = 50) -> Page:
    """A page of the list. Raises Refused for a cursor that is none."""
    filters = filters or Filters()
    found = _open(actor, filters)
    wanted = found
    if after:
        day, key = cursors.read(after)
        wanted = wanted.filter(Q(started_on__gt=day) | Q(started_on=day, id__gt=key))
    episodes = list(
        wanted.order_by("started_on", "id").select_related("resident__area", "resident__responsible_doctor")[
            : limit + 1
        ]
    )
    shown = episodes[:limit]
    audit.read(
        by=actor,
        subject_kind="resident",
        subject_ids=list(dict.fromkeys(each.resident_id for each in shown)),
        query={"what": "suspects", "kinds": list(filters.kinds)},
    )
    carried = tags.of({each.resident_id: each.resident for each in shown}.values(), clock.today())
    evidence = signs_of([each.pk for each in shown])
    rows = [_line(each, carried.get(each.resident_id, []), evidence.get(each.pk, ())) for each in shown]
    cursor = cursors.written(shown[-1].started_on, shown[-1].pk) if len(episodes) > limit else None
    return Page(rows, cursor, counts(actor, filters))


def counts(actor: Actor, filters: Filters | None = None) -> dict[str, int]:
    """How many wait for a decision, by state."""
    found = _open(actor, filters or Filters())
    said = dict(found.order_by().values_list("state").annotate(Count("id")))
    return {state.value: said.get(state.value, 0) for state in STATES}


def all_count(actor: Actor) -> int:
    """How many wait for a decision in all; the menu shows it on every page."""
    if not policy.may(actor, policy.RESIDENT_VIEW):
        return 0
    inside, reached = people.within_sql(actor, "area_key")
    states = ", ".join(f"'{each.value}'" for each in STATES)
    statement = f"select count(*) from records_episode where state in ({states}) and {inside}"
    return int(prepared.execute(statement, reached, planned=False)[0][0])


def signs_of(episode_ids: list[UUID]) -> dict[UUID, tuple[Shown, ...]]:
    """The signs behind some episodes, the oldest first."""
    found: dict[UUID, list[Shown]] = {}
    for each in Suspicion.objects.filter(episode_id__in=episode_ids).order_by("on_date", "id"):
        found.setdefault(each.episode_id, []).append(Shown(each.title, each.on_date, tuple(each.responses)))
    return {key: tuple(value) for key, value in found.items()}


def _line(episode: Episode, carried: list[tags.Tag], signs: tuple[Shown, ...]) -> Suspect:
    person = episode.resident
    return Suspect(
        episode.pk,
        person.pk,
        person.name,
        person.sex,
        person.birth_date,
        person.area.name,
        episode.kind,
        catalogue.episode(episode.kind).title,
        episode.state,
        episode.get_state_display(),
        episode.started_on,
        episode.found_by,
        person.responsible_doctor.name if person.responsible_doctor_id else "",
        signs,
        carried,
    )


def resident_of(actor: Actor, episode_id: UUID) -> UUID:
    """Whose an episode is. Raises Refused when there is none within reach."""
    found = Episode.objects.filter(people.within(actor, "area_key"), pk=episode_id).first()
    if found is None:
        raise Refused("未找到这项管理，或不在您的服务范围内", code="episode_not_found")
    return found.resident_id
