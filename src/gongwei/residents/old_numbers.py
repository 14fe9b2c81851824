"""The record numbers old systems gave residents: kept beside the documents, found again, shown to nobody as ours.

An old number is any text; an old system of the national scheme gave 17 digits that look like ours and may be somebody else's
here. So a number is looked up among both, and the name decides (`interfaces.excel.parsing`).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from gongwei.base import copy_text, ids, scope, sealed
from gongwei.base.actors import Actor
from gongwei.base.sets import any_digest, any_of
from gongwei.residents import bulk, sealing
from gongwei.residents.models import ResidentIdentifier
from gongwei.residents.queries import people

#: The kind of identifier an old record number is: no code of CV02.01.101, which has none for it.
KIND = "OR"
_PORTION = 5_000
_COLUMNS = ("id", "resident_id", "id_type", "cipher", "key", "from_on", "reason")
_REASON = "原系统档案编号"


def by_old_number(by: Actor, numbers: Iterable[str]) -> dict[str, list[bulk.Known]]:
    """The residents of an actor's areas by old numbers; two old systems may have given one number to two people."""
    found: dict[str, dict[UUID, bulk.Known]] = defaultdict(dict)
    wanted = sorted(set(numbers))
    for start in range(0, len(wanted), _PORTION):
        keys = {
            key: number
            for number in wanted[start : start + _PORTION]
            for key in sealed.blinds(sealing.document(KIND, number), purpose=sealing.ID_PURPOSE)
        }
        rows = ResidentIdentifier.objects.filter(
            any_digest("key", keys), id_type=KIND, resident__in=people.visible_to(by)
        )
        for key, *values in rows.values_list("key", *(f"resident__{name}" for name in bulk._KNOWN)):
            known = bulk.Known(*values)
            found[keys[bytes(key)]][known.id] = known
    return {number: list(known.values()) for number, known in found.items()}


def keep(pairs: Sequence[tuple[UUID, str]], on: dt.date) -> None:
    """Keep old numbers of residents, given as (resident, number); what is kept already is not kept twice."""
    if not pairs:
        return
    made = {
        (resident_id, sealed.blind(sealing.document(KIND, number), purpose=sealing.ID_PURPOSE)): number
        for resident_id, number in pairs
    }
    there = {
        (resident_id, bytes(key))
        for resident_id, key in ResidentIdentifier.objects.filter(
            any_of("resident_id", {resident_id for resident_id, _ in made}), id_type=KIND
        ).values_list("resident_id", "key")
    }
    new = [(ids.uuid7(), *who, number) for who, number in made.items() if who not in there]
    ciphers = sealed.encrypt_many(
        ((str(key), number) for key, _, _, number in new), table=sealing.IDENTIFIER, column="cipher"
    )
    with scope.as_owner(
        "COPY does not pass row-level security; the caller has filed or found these residents"
    ):
        copy_text.copy(
            sealing.IDENTIFIER,
            _COLUMNS,
            (
                copy_text.line((key, resident_id, KIND, cipher, digest, on, _REASON))
                for (key, resident_id, digest, _), cipher in zip(new, ciphers, strict=True)
            ),
        )
