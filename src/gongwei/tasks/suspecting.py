"""疑似: signs in the records put a resident on a list, with the records that show it; a person verifies and enrols.

A suspicion somebody dismissed is not raised again by the same records, only by later ones (house.md, sentence 6).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from uuid import UUID

from django.db import transaction

from gongwei import catalogue
from gongwei.base import clock, ids
from gongwei.base.actors import SYSTEM
from gongwei.engines import finding, row
from gongwei.language.episodes import Episode as Kind
from gongwei.language.episodes import Sign
from gongwei.records import judgement
from gongwei.records import operations as records
from gongwei.records.models import Episode
from gongwei.residents import states
from gongwei.residents.models import Resident
from gongwei.tasks import contacts
from gongwei.tasks.models import Suspicion

OPEN = (Episode.State.SUSPECTED, Episode.State.VERIFIED, Episode.State.ACTIVE)
#: Residents in these states may be suspected.
LOOKED_AT = (states.ACTIVE, states.TRANSFERRING_OUT, states.PENDING)


@cache
def watched() -> tuple[tuple[Kind, tuple[Sign, ...]], ...]:
    """The kinds of episode that signs point at."""
    found = ((kind, catalogue.signs_of(kind.code)) for kind in catalogue.episodes())
    return tuple((kind, signs) for kind, signs in found if signs)


@cache
def forms() -> frozenset[str]:
    """Codes of the forms signs are read from."""
    return frozenset(sign.on.code for _, signs in watched() for sign in signs)


def find(resident_ids: Iterable[UUID], at: dt.datetime) -> int:
    """Look for signs in the records of some residents; returns how many new ones were kept. Twice is harmless."""
    return sum(_of_one(resident_id, at) for resident_id in sorted(set(resident_ids)))


@transaction.atomic
def _of_one(resident_id: UUID, at: dt.datetime) -> int:
    resident = Resident.objects.select_for_update(no_key=True).filter(pk=resident_id).first()
    if resident is None or resident.status not in LOOKED_AT:
        return 0
    subject = subject_of(resident)
    if not subject.records:
        return 0
    today = clock.day_of(at)
    return sum(_of_kind(resident, kind, signs, subject, today, at) for kind, signs in watched())


def subject_of(resident: Resident) -> row.Subject:
    """The resident with the records signs are read from."""
    subject = judgement.subject_of(resident, *sorted(forms()))
    return row.Subject(subject.attributes, subject.records, subject.episodes, contacts.parameter)


def _of_kind(
    resident: Resident,
    kind: Kind,
    signs: Sequence[Sign],
    subject: row.Subject,
    today: dt.date,
    at: dt.datetime,
) -> int:
    opened = Episode.objects.filter(resident=resident, kind=kind.code, state__in=OPEN).first()
    if opened is not None and opened.state == Episode.State.ACTIVE:
        return 0
    known = list(Suspicion.objects.filter(resident=resident, kind=kind.code))
    days = {UUID(record.id): record.done_on for record in subject.records}
    found = news(
        resident,
        opened,
        known,
        days,
        today,
        lambda since: finding.signs(kind, subject, today, since=since, all_signs=tuple(signs)),
    )
    if not found:
        return 0
    if opened is None:
        first = found[0]
        opened = records.start_episode(
            by=SYSTEM,
            at=at,
            resident_id=resident.pk,
            kind=kind.code,
            started_on=first.on_date,
            state=first.sign.state,
            found_by=found_by(first),
            reason=reason(first),
        )
    Suspicion.objects.bulk_create(
        [suspicion(resident, opened.pk, kind, each, at) for each in found], ignore_conflicts=True
    )
    return len(found)


def news(
    resident: Resident,
    opened: Episode | None,
    known: Sequence[Suspicion],
    days: Mapping[UUID, dt.date],
    today: dt.date,
    find: Callable[[dt.date | None], list[finding.Found]],
) -> list[finding.Found]:
    """The signs that are not known yet, of a resident who is not under management.

    opened: the suspicion that waits for a decision. known: every suspicion of the kind kept so far. days: when the records
    in force were done, by id. find: the complete signs in records after a day.
    """
    dismissed = [each for each in known if opened is None or each.episode_id != opened.pk]
    found = find(_last_evidence(dismissed, days))
    # A record from before a corrected birth date, or after a death, opens nothing; other checks complain about it.
    found = [each for each in found if _possible(resident, each.on_date, today)]
    if opened is None:
        return found
    seen = {(each.sign, each.on_date) for each in known if each.episode_id == opened.pk}
    return [each for each in found if (each.sign.key[:60], each.on_date) not in seen]


def found_by(first: finding.Found) -> str:
    """发现途径 of a suspicion a sign raises."""
    return first.sign.title[:20]


def reason(first: finding.Found) -> str:
    """Why a suspicion was raised, for its first step."""
    return f"系统提示：{first.sign.title}"


def suspicion(
    resident: Resident, episode_id: UUID, kind: Kind, each: finding.Found, at: dt.datetime
) -> Suspicion:
    """The row that keeps one complete sign."""
    return Suspicion(
        id=ids.uuid7(),
        resident_id=resident.pk,
        area_key=resident.area_id,
        episode_id=episode_id,
        kind=kind.code,
        sign=each.sign.key[:60],
        title=each.sign.title[:60],
        on_date=each.on_date,
        responses=[UUID(one) for one in each.record_ids],
        found_at=at,
    )


def _possible(resident: Resident, day: dt.date, today: dt.date) -> bool:
    return resident.birth_date <= day <= min(today, resident.death_on or today)


def _last_evidence(dismissed: Sequence[Suspicion], days: Mapping[UUID, dt.date]) -> dt.date | None:
    """The day of the latest record that was looked at and dismissed."""
    seen = [days[one] for each in dismissed for one in each.responses if one in days]
    return max([*seen, *(each.on_date for each in dismissed)], default=None)
