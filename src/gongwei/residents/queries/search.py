"""The one search box (docs/decisions/0007-search.md)."""

import contextlib
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from gongwei.base import audit, clock, sealed
from gongwei.base.actors import Actor
from gongwei.residents import codes, identity, sealing, search_terms, states, typed_text
from gongwei.residents.models import Resident
from gongwei.residents.queries import people
from gongwei.residents.search_terms import Lookup

#: How many rows one lookup brings at most; enough to rank the first page from.
BREADTH = 60
_KEYED = {
    "id_last4": sealing.LAST4_PURPOSE,
    "id_last6": sealing.LAST6_PURPOSE,
    "phone": sealing.PHONE_PURPOSE,
    "phone_last4": sealing.PHONE4_PURPOSE,
}
#: A living record stands before an ended one.
_ENDED = {states.CANCELLED: 1, states.MERGED: 2}


@dataclass(frozen=True)
class Hit:
    """A resident found, and why: in the order of likeliness."""

    resident: Resident
    why: str


def search(actor: Actor, text: str, limit: int = 20) -> list[Hit]:
    """Find residents by whatever was typed; the search and the ids found are written to the access log.

    `why` says what matched. Nothing outside the actor's areas is found.
    """
    lookups = search_terms.recognise(text)
    order: dict[UUID, tuple[int, str]] = {}
    if lookups and people.policy.may(actor, people.policy.RESIDENT_VIEW):
        for rank, lookup in enumerate(lookups):
            if len(order) >= BREADTH:
                break
            for resident_id in _find(lookup):
                order.setdefault(resident_id, (rank, lookup.kind))
    found = list(
        people.visible_to(actor).filter(id__in=list(order)).select_related("managing_organization", "area")
    )
    found.sort(
        key=lambda one: (
            order[one.id][0],
            _ENDED.get(one.status, 0),
            *_closeness(one, lookups),
            one.name_sort,
            one.id,
        )
    )
    hits = [Hit(one, search_terms.KIND_TITLES[order[one.id][1]]) for one in found[:limit]]
    audit.record(
        by=actor,
        action="search",
        subject_kind="resident",
        detail={"query": _shape(text, lookups), "ids": [str(hit.resident.id) for hit in hits]},
        at=clock.now(),
    )
    return hits


def _closeness(resident: Resident, lookups: Sequence[Lookup]) -> tuple[int, int]:
    """Among equals: names that begin with what was typed, then shorter names."""
    term = next((lookup.term for lookup in lookups if lookup.kind == "inside"), "")
    return (int(bool(term) and not resident.name.startswith(term)), len(resident.name) if term else 0)


def _find(lookup: Lookup) -> list[UUID]:
    keys = _keys(lookup)
    with connection.cursor() as cursor:
        cursor.execute(
            "select id from residents_find(%s, %s, %s::bytea[], %s, %s, %s, %s)",
            [lookup.kind, lookup.term, keys, lookup.born_from, lookup.born_to, lookup.named, BREADTH],
        )
        return [row[0] for row in cursor.fetchall()]


def _keys(lookup: Lookup) -> list[bytes]:
    if lookup.kind == "id":
        return document_keys(lookup.term)
    purpose = _KEYED.get(lookup.kind)
    return sealed.blinds(lookup.term, purpose=purpose) if purpose else []


def document_keys(number: str, on: dt.date | None = None) -> list[bytes]:
    """Return the keys a typed number may be filed under: each kind of document, a 15-digit card as its 18 digits."""
    spellings = {(kind, number) for kind in codes.table("id_document").codes}
    if len(number) in {15, 18}:
        with contextlib.suppress(typed_text.BadText):
            card = identity.parse_id_number(number, on=on or clock.today()).number
            spellings.add((identity.RESIDENT_CARD, card))
    return [
        key
        for kind, spelling in sorted(spellings)
        for key in sealed.blinds(sealing.document(kind, spelling), purpose=sealing.ID_PURPOSE)
    ]


def _shape(text: str, lookups: Sequence[Lookup]) -> str:
    """What the log keeps of the query: the text where it is a name, only the kind where it is a number."""
    if not lookups:
        return "无法识别"
    kinds = "、".join(dict.fromkeys(search_terms.KIND_TITLES[lookup.kind] for lookup in lookups))
    return f"{kinds}：{text.strip()[:20]}" if not any(c.isdigit() for c in text) else kinds
