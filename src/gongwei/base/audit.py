"""The audit trail: who did or saw what, when, in which duty. No audit row, no answer (reliability.md §1.8).

An entry is written in the transaction of the act. It carries an HMAC under a key kept outside the database, and
is soon sealed into a chain (`seals`); `verification` finds what was changed behind the system's back.
"""

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg.types.json import Jsonb

from gongwei.base import clock, digests, ids, keys, prepared
from gongwei.base.actors import Actor
from gongwei.base.audit_actions import ACTIONS

if TYPE_CHECKING:
    from gongwei.base import verification

INSERT = """
insert into base_auditentry (id, at, account_id, practitioner_id, duty_id, role, organization_id, source, action,
    subject_kind, subject_id, area_key, detail, mac)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_LONG_NUMBER = re.compile(r"[0-9０-９]{3,}[0-9０-９Xx]{4}")


def record(
    *,
    by: Actor,
    action: str,
    subject_kind: str,
    subject_id: UUID | str | int | None = None,
    area_key: int | None = None,
    detail: Mapping[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> UUID:
    """Write one entry in the present transaction and return its id.

    `detail` names fields and conditions, never the content of an identity number or a telephone; long runs of
    digits in it are masked all the same. Raises ValueError for an action that has no name in `ACTIONS`.
    """
    values = entry_values(
        by=by,
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        area_key=area_key,
        detail=detail,
        at=at,
    )
    prepared.execute(INSERT, values)
    return values[0]


def entry_values(
    *,
    by: Actor,
    action: str,
    subject_kind: str,
    subject_id: UUID | str | int | None = None,
    area_key: int | None = None,
    detail: Mapping[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> tuple[Any, ...]:
    """Return the parameters of `INSERT` for one entry, its MAC included; for writers with a connection of their own."""
    if action not in ACTIONS:
        raise ValueError(f"no such action: {action}; name it in audit_actions.ACTIONS")
    entry = (
        ids.uuid7(),
        at or clock.now(),
        by.account_id,
        by.practitioner_id,
        by.duty_id,
        by.role,
        by.organization_id,
        by.source,
        action,
        subject_kind,
        "" if subject_id is None else str(subject_id),
        area_key,
        _masked(dict(detail or {})),
    )
    ring = keys.keyring()
    version = ring.current("audit")
    mac = version.to_bytes(2, "big") + ring.mac("audit", version, content(entry))
    return (*entry[:12], Jsonb(entry[12]), mac)


def read(
    *,
    by: Actor,
    subject_kind: str,
    subject_ids: Iterable[UUID | str],
    query: Mapping[str, Any] | None = None,
    area_key: int | None = None,
    at: dt.datetime | None = None,
) -> UUID:
    """Write that somebody looked: one entry for one subject, one entry with query and ids for a list.

    Call it in the transaction of the read, before the answer is given.
    """
    found = [str(subject_id) for subject_id in subject_ids]
    if query is None and len(found) == 1:
        return record(
            by=by, action="view", subject_kind=subject_kind, subject_id=found[0], area_key=area_key, at=at
        )
    return record(
        by=by,
        action="list",
        subject_kind=subject_kind,
        area_key=area_key,
        detail={"query": dict(query or {}), "ids": found},
        at=at,
    )


def content(entry: tuple[Any, ...]) -> bytes:
    """Return the bytes of an entry (id ... detail) that its MAC and its digest are made of.

    The detail may be plain values or, as Django's cursors give jsonb, their text.
    """
    *values, detail = entry
    return digests.canonical([*values, json.loads(detail) if isinstance(detail, str) else detail])


def masked(text: str) -> str:
    """Return a text with every number of seven or more digits cut to its last four."""
    return _LONG_NUMBER.sub(lambda found: "*" * (len(found[0]) - 4) + found[0][-4:], text)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return value if _is_uuid(value) else masked(_storable(value))
    if isinstance(value, Mapping):
        return {_masked(str(key)): _masked(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_masked(inner) for inner in value]
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, (float, Decimal)):
        return str(value)  # jsonb may write a number down otherwise than it was given
    if isinstance(value, int) and not isinstance(value, bool) and _like_a_number_of_a_person(value):
        return masked(str(value))
    return value


def _like_a_number_of_a_person(value: int) -> bool:
    """Whether a number may be a telephone (11 digits) or an ID number; 12 digits are a division code."""
    return len(str(abs(value))) == 11 or abs(value) >= 10**12


def _storable(text: str) -> str:
    """Replace what jsonb refuses: NUL and halves of surrogate pairs."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _is_uuid(text: str) -> bool:
    return len(text) == 36 and text[8] == text[13] == text[18] == text[23] == "-"


def verify() -> "list[verification.Tampering]":
    """Check the whole trail; see `verification.verify`."""
    from gongwei.base import verification  # it stands above this module

    return verification.verify()
