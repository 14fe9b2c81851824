"""`candidates` for very many profiles: who on file may be one of them is read in a few statements, and kept at hand.

Only levels of likeness that are asked for are looked for: the weak ones (by sound, by telephone) are the dear ones and stop
nobody from being filed unless a county says so. tests/integration/residents holds the outcome equal to single questions.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from gongwei.base.actors import Actor
from gongwei.base.scope import as_owner
from gongwei.base.sets import any_digest, any_of
from gongwei.residents import matching, states
from gongwei.residents.models import RelatedPerson, Resident
from gongwei.residents.queries.candidates import Candidate, compared, on_file, ordered

_SAME_NAME = """
select distinct r.id from residents_resident r
join unnest(%s::date[], %s::text[]) as w(born, name) on r.birth_date = w.born and r.name = w.name
"""
_SAME_SOUND = """
select distinct r.id from residents_resident r
join unnest(%s::date[], %s::text[]) as w(born, sound)
  on r.birth_date = w.born and r.name_sort >= w.sound || ' ' and r.name_sort < w.sound || '!'
"""
_SAME_PHONE = """
select distinct r.id from residents_resident r
join unnest(%s::bytea[], %s::text[]) as w(phone, name) on r.phone_key = w.phone and r.name = w.name
"""


class Pool:
    """Everybody on file who may be one of some persons, by what speaks for it; grows with each one filed."""

    def __init__(self, wanted: Sequence[matching.Person], levels: Collection[str]) -> None:
        """levels: of `matching`, those that are asked for."""
        self._broad = matching.WEAK in levels
        self._people: dict[UUID, tuple[Resident, matching.Person]] = {}
        self._by: dict[tuple[Any, ...], list[UUID]] = defaultdict(list)
        found: dict[UUID, Resident] = {}
        with as_owner("duplicates are looked for everywhere; others' records are shown masked"):
            for query in self._asked(wanted):
                found |= {
                    each.pk: each
                    for each in query.exclude(status=states.MERGED).select_related("managing_organization")
                }
            mothers = dict(
                RelatedPerson.objects.filter(
                    resident__in=list(found), relation="mother", until_on=None
                ).values_list("resident_id", "related_resident_id")
                if found
                else ()
            )
        for key, each in found.items():
            self.add(each, on_file(each, mothers.get(key)))

    def _asked(self, wanted: Sequence[matching.Person]) -> list[QuerySet[Resident]]:
        numbers = [each.id_key for each in wanted if each.id_key]
        named = [each for each in wanted if each.birth_date and each.name]
        pairs = {(each.birth_date, each.name) for each in named}
        keys = set(_ids(_SAME_NAME, pairs))
        if self._broad:
            keys |= set(_ids(_SAME_SOUND, {(each.birth_date, each.sound) for each in named}))
            keys |= set(_ids(_SAME_PHONE, {(each.phone_key, each.name) for each in named if each.phone_key}))
        asked = []
        if numbers:
            asked.append(Resident.objects.filter(any_digest("id_key", numbers)))
        if keys:
            asked.append(Resident.objects.filter(any_of("id", keys)))
        return asked

    def add(self, resident: Resident, person: matching.Person) -> None:
        """Somebody on file from now on, as `candidates.on_file` gives what is compared."""
        self._people[resident.pk] = resident, person
        for key in self._keys(person):
            self._by[key].append(resident.pk)

    def _keys(self, person: matching.Person) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = [("name", person.birth_date, person.name)]
        if person.id_key:
            found.append(("number", person.id_key))
        if self._broad:
            found.append(("sound", person.birth_date, person.sound))
            if person.phone_key:
                found.append(("phone", person.phone_key, person.name))
        return found

    def candidates(self, actor: Actor, new: matching.Person) -> list[Candidate]:
        """Who may be this person, the likeliest first: see `candidates.candidates`."""
        keys = {each for key in self._keys(new) for each in self._by.get(key, ())}
        if not keys:
            return []
        found = []
        for key in keys:
            resident, person = self._people[key]
            one = compared(actor, new, resident, person)
            if one is not None:
                found.append(one)
        return ordered(found)


def _ids(statement: str, pairs: Collection[tuple[Any, Any]]) -> list[UUID]:
    if not pairs:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(each) for each in zip(*pairs, strict=True)])
        return [key for (key,) in cursor.fetchall()]
