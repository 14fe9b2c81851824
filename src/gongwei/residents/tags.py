"""人群分类 (code_tables.md §6): always computed, never typed.

Two kinds. An age tag follows from the birth date alone and is worked out when read, so that it is never stale. An
other tag comes from a provider (an app above: episodes, contracts) and is stored with the days it holds.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from gongwei.base import prepared
from gongwei.base.sets import any_of
from gongwei.residents import codes, parameters
from gongwei.residents.models import ResidentTag

GENERAL = "KP99"


@dataclass(frozen=True)
class Tag:
    """A tag somebody carries on a day."""

    code: str
    title: str


@dataclass(frozen=True)
class Span:
    """A provider's statement: the tag holds from a day to before another."""

    code: str
    since: dt.date
    until: dt.date | None = None


@dataclass(frozen=True)
class AgeTag:
    """A tag that holds from one completed age to before another; the ages are dated parameters."""

    code: str
    from_parameter: str | None
    until_parameter: str | None

    def births(self, on: dt.date) -> tuple[dt.date | None, dt.date | None]:
        """Return the first and the last birth date (inclusive) that carry the tag on a day."""
        first = last = None
        if self.until_parameter:
            first = _years_before(on, parameters.value(self.until_parameter, on)) + dt.timedelta(days=1)
        if self.from_parameter:
            last = _years_before(on, parameters.value(self.from_parameter, on))
        return first, last

    def holds(self, birth_date: dt.date, on: dt.date) -> bool:
        """Whether somebody born on a day carries the tag on another."""
        return _was_born(birth_date, *self.births(on), on)


def _was_born(day: dt.date, first: dt.date | None, last: dt.date | None, on: dt.date) -> bool:
    return day <= on and (first is None or first <= day) and (last is None or day <= last)


def _years_before(day: dt.date, years: int) -> dt.date:
    """The latest birth date of somebody who has completed so many years by a day (born on 29 February: on 1 March)."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


AGE_TAGS: tuple[AgeTag, ...] = (
    AgeTag("KP01", None, "child_tag_age"),
    AgeTag("KP03", "elderly_tag_age", None),
)

Provider = Callable[[Sequence[UUID]], dict[UUID, list[Span]]]
_providers: dict[str, Provider] = {}


def register(source: str, provider: Provider) -> None:
    """Register what computes stored tags: for some residents, the spans of each. Call it from `AppConfig.ready`."""
    _providers[source] = provider


def refresh(resident_ids: Sequence[UUID]) -> int:
    """Ask every provider about some residents and store what differs; returns how many rows changed."""
    changed = 0
    for source, provider in _providers.items():
        said = provider(resident_ids)
        wanted = {(rid, span.code, span.since): span.until for rid, spans in said.items() for span in spans}
        stored = {
            (tag.resident_id, tag.code, tag.since): tag
            for tag in ResidentTag.objects.filter(any_of("resident_id", resident_ids), source=source)
        }
        gone = [tag.id for key, tag in stored.items() if key not in wanted]
        changed += ResidentTag.objects.filter(id__in=gone).delete()[0] if gone else 0
        new = [key for key in wanted if key not in stored]
        ResidentTag.objects.bulk_create(
            ResidentTag(
                resident_id=resident,
                code=code,
                since=since,
                until=wanted[resident, code, since],
                source=source,
            )
            for resident, code, since in new
        )
        changed += len(new)
        for key, until in wanted.items():
            if key not in stored:
                continue
            if stored[key].until != until:
                ResidentTag.objects.filter(id=stored[key].id).update(until=until)
            else:
                continue
            changed += 1
    return changed


class Person(Protocol):
    """What tags ask of a resident."""

    @property
    def id(self) -> UUID:
        """The resident's id."""

    @property
    def birth_date(self) -> dt.date:
        """The day of birth."""


_STORED = (
    "select resident_id, code from residents_residenttag where resident_id = any(%s::uuid[]) and since <= %s "
    "and (until is null or until > %s)"
)


def of(residents: Iterable[Person], on: dt.date) -> dict[UUID, list[Tag]]:
    """Return the tags each resident carries on a day, in the order of their codes; 一般人群 when there is none."""
    people = list(residents)
    found: dict[UUID, set[str]] = defaultdict(set)
    # A long list asks for the ages of a tag once, and for the names of tags that go together once.
    born = [(tag.code, *tag.births(on)) for tag in AGE_TAGS]
    for person in people:
        found[person.id] |= {
            code for code, first, last in born if _was_born(person.birth_date, first, last, on)
        }
    for resident_id, code in prepared.execute(_STORED, [[person.id for person in people], on, on]):
        found[resident_id].add(code)
    return {person.id: list(_named(tuple(sorted(found[person.id])))) for person in people}


@lru_cache(maxsize=500)
def _named(carried: tuple[str, ...]) -> tuple[Tag, ...]:
    return tuple(Tag(code, codes.name("key_population", code)) for code in carried or (GENERAL,))


def are_stored(codes: Sequence[str]) -> bool:
    """Whether all of some tags are stored ones, or there are none: not an age's, nor 一般人群."""
    return not {GENERAL, *(tag.code for tag in AGE_TAGS)}.intersection(codes)


def carrying(wanted: Sequence[str], on: dt.date) -> Q:
    """Return the condition that a resident carries any of some tags on a day (人群分类，任意满足)."""
    age = {tag.code: tag for tag in AGE_TAGS}
    condition = Q(pk__in=[])
    for code in wanted:
        if code in age:
            condition |= _born(*age[code].births(on), on)
    stored = [code for code in wanted if code not in age and code != GENERAL]
    if stored:
        condition |= Q(
            Exists(ResidentTag.objects.filter(_holding(on), resident=OuterRef("pk"), code__in=stored))
        )
    if GENERAL in wanted:
        none_stored = ~Q(Exists(ResidentTag.objects.filter(_holding(on), resident=OuterRef("pk"))))
        for tag in AGE_TAGS:
            none_stored &= ~_born(*tag.births(on), on)
        condition |= none_stored
    return condition


def _born(first: dt.date | None, last: dt.date | None, on: dt.date) -> Q:
    condition = Q(birth_date__lte=last or on)
    return condition & Q(birth_date__gte=first) if first else condition


def _holding(on: dt.date) -> Q:
    return Q(since__lte=on) & (Q(until=None) | Q(until__gt=on))
