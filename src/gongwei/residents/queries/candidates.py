"""Who on file may be the person about to be filed? Asked of the whole database, answered within what may be shown."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q

from gongwei.base import clock, pinyin, sealed
from gongwei.base.actors import Actor
from gongwei.base.scope import as_owner
from gongwei.residents import identity, matching, profile, sealing, states, typed_text
from gongwei.residents.models import RelatedPerson, Resident
from gongwei.residents.queries.masking import masked_name

#: Names such as 张伟 on one birth date are few; more than this many are compared no further.
BREADTH = 200


@dataclass(frozen=True)
class Candidate:
    """Somebody on file who may be the same person.

    `resident` is None when the record lies outside the actor's areas: then only `name` (masked) and
    `organization` are told, and 迁入申请 is what can be done.
    """

    resident: Resident | None
    name: str
    organization: str
    score: int
    level: str
    level_title: str
    reasons: tuple[str, ...]
    visible: bool
    status_title: str = ""
    resident_key: UUID | None = field(default=None, repr=False)


def candidates(actor: Actor, typed: Mapping[str, Any], *, leaving_out: UUID | None = None) -> list[Candidate]:
    """Return candidates for a profile as typed so far, the likeliest first; items that cannot be read are left out."""
    today = clock.today()
    clean, _ = profile.read({k: v for k, v in typed.items() if k in profile.ITEMS}, on=today)
    new = person(clean, typed.get("mother"), today)
    found = []
    # Duplicates lie in other places too; what is told of them is cut down below.
    with as_owner("duplicates are looked for everywhere; others' records are shown masked"):
        rows = list(
            Resident.objects.filter(_like(new))
            .exclude(status=states.MERGED)
            .exclude(id=leaving_out)
            .select_related("managing_organization")[:BREADTH]
        )
        mothers = dict(
            RelatedPerson.objects.filter(
                resident__in=[row.id for row in rows], relation="mother", until_on=None
            ).values_list("resident_id", "related_resident_id")
        )
    for row in rows:
        one = compared(actor, new, row, on_file(row, mothers.get(row.id)))
        if one is not None:
            found.append(one)
    return ordered(found)


def compared(actor: Actor, new: matching.Person, row: Resident, old: matching.Person) -> Candidate | None:
    """What is told of somebody on file beside a person about to be filed; None when nothing speaks for the same person."""
    verdict = matching.compare(new, old)
    # An ended record is worth telling about (it may be restored), but only for the same document or a strong likeness.
    if verdict is None or (
        row.status == states.CANCELLED and verdict.level in {matching.MEDIUM, matching.WEAK}
    ):
        return None
    return _candidate(actor, row, verdict)


def ordered(found: list[Candidate]) -> list[Candidate]:
    """Candidates with the likeliest first."""
    return sorted(found, key=lambda one: (-one.score, one.name))


def person(
    clean: Mapping[str, Any],
    mother: object,
    today: dt.date,
    blind: Callable[[str, str], bytes] = lambda purpose, value: sealed.blind(value, purpose=purpose),
) -> matching.Person:
    """Return what is compared of a profile; birth date and sex come from the document when they are not typed."""
    id_type = clean.get("id_type") or identity.RESIDENT_CARD
    number, birth_date, sex = clean.get("id_number"), clean.get("birth_date"), clean.get("sex")
    if number:
        try:
            document = identity.parse_document(id_type, number, on=today)
        except typed_text.BadText:
            number = None
        else:
            number = document.number
            birth_date, sex = birth_date or document.birth_date, sex or document.sex
    name = clean.get("name", "")
    return matching.Person(
        name=name,
        sound=next(iter(pinyin.spellings(name)), ""),
        birth_date=birth_date,
        sex=sex,
        id_type=id_type,
        id_key=blind(sealing.ID_PURPOSE, sealing.document(id_type, number)) if number else None,
        phone_key=blind(sealing.PHONE_PURPOSE, clean["phone"]) if clean.get("phone") else None,
        area_key=clean.get("area"),
        mother_id=mother,
    )


def _like(new: matching.Person) -> Q:
    condition = Q(pk__in=[])
    if new.id_key:
        condition |= Q(id_key=new.id_key)
    if new.birth_date and new.name:
        condition |= Q(birth_date=new.birth_date, name=new.name)
        condition |= Q(
            birth_date=new.birth_date, name_sort__gte=f"{new.sound} ", name_sort__lt=f"{new.sound}!"
        )
        if new.phone_key:
            condition |= Q(phone_key=new.phone_key, name=new.name)
    return condition


def on_file(row: Resident, mother: UUID | None) -> matching.Person:
    """Return what is compared of a resident on file."""
    temporary = row.id_type != identity.RESIDENT_CARD and _is_temporary(row)
    return matching.Person(
        name=row.name,
        sound=next(iter(pinyin.spellings(row.name)), ""),
        birth_date=row.birth_date,
        sex=row.sex,
        id_type=row.id_type,
        id_key=None if row.id_key is None or temporary else bytes(row.id_key),
        phone_key=bytes(row.phone_key) if row.phone_key else None,
        area_key=row.area_id,
        mother_id=mother,
    )


def _is_temporary(row: Resident) -> bool:
    """A temporary number is no document: its owner may well have one."""
    number = sealing.open_column(row, sealing.RESIDENT, "id_cipher")
    return bool(number) and identity.is_temporary(number)


def _candidate(actor: Actor, row: Resident, verdict: matching.Verdict) -> Candidate:
    visible = actor.covers(row.area_id)
    reasons = verdict.reasons
    if not visible:
        # The reasons may quote the name on file; outside the actor's areas they do not.
        reasons = tuple(reason.split("：")[0] for reason in reasons)
    return Candidate(
        resident=row if visible else None,
        name=row.name if visible else masked_name(row.name),
        organization=row.managing_organization.name,
        score=verdict.score,
        level=verdict.level,
        level_title=matching.LEVEL_TITLES[verdict.level],
        reasons=reasons,
        visible=visible,
        status_title=states.STATES[row.status].title,
        resident_key=row.id if visible else None,
    )
