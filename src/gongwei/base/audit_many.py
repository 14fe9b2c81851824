"""Audit entries by the hundred thousand: what `audit.record` writes one by one, made for COPY.

Entries of one act differ in a few ids and days only. Everything else of an entry is written out once, and for each there
remains to fill in what differs, to make the MAC and to send the line. tests/integration/base holds the two equal.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from gongwei.base import audit, copy_text, digests, ids, keys
from gongwei.base.actors import Actor
from gongwei.base.audit_actions import ACTIONS

COLUMNS = (
    "id", "at", "account_id", "practitioner_id", "duty_id", "role", "organization_id", "source", "action",
    "subject_kind", "subject_id", "area_key", "detail", "mac",
)  # fmt: skip
#: Stands in a detail for an id or a day that each entry has its own of. A character that is in no text (Unicode noncharacter).
HOLE = "\ufdd0"
#: What may fill a hole: neither could hide a number of a person, nor is anything in it escaped.
_FILLING = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d").fullmatch


class Series:
    """Entries of one actor, moment, action and kind of subject, whose details are alike but for ids and days.

    detail: as for `audit.record`, with HOLE wherever an entry has its own; the holes are filled in the order of the
    detail's keys (sorted, as they are written). Raises ValueError for an action without a name.
    """

    def __init__(
        self,
        *,
        by: Actor,
        at: dt.datetime,
        action: str,
        subject_kind: str,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        if action not in ACTIONS:
            raise ValueError(f"no such action: {action}; name it in audit_actions.ACTIONS")
        act = (
            at, by.account_id, by.practitioner_id, by.duty_id, by.role, by.organization_id, by.source, action,
            subject_kind,
        )  # fmt: skip
        said = digests.canonical(audit._masked(dict(detail or {}))).decode()
        self._content = _parts(said)
        self._stored = _parts(copy_text.text(said))
        self._said_first = digests.canonical(act).decode()[1:-1]
        self._copied_first = copy_text.line(act)
        self._ring = keys.keyring()
        self._version = self._ring.current("audit")
        self._head = rf"\\x{self._version.to_bytes(2, 'big').hex()}"

    def line(self, subject_id: UUID | str, area_key: int | None, *fillings: str) -> str:
        """One entry as COPY reads it (COLUMNS). Raises ValueError for a filling that is neither an id nor a day."""
        if len(fillings) != len(self._content) - 1 or not all(map(_FILLING, fillings)):
            raise ValueError("a hole takes an id or a day, and each hole takes one")
        key = str(ids.uuid7())
        area = "null" if area_key is None else str(area_key)
        content = (
            f'["{key}",{self._said_first},"{subject_id}",{area},{_filled(self._content, fillings)}]'.encode()
        )
        mac = self._ring.mac("audit", self._version, content).hex()
        copied = copy_text.NULL if area_key is None else area
        stored = _filled(self._stored, fillings)
        return f"{key}\t{self._copied_first}\t{subject_id}\t{copied}\t{stored}\t{self._head}{mac}"


def _parts(text: str) -> list[str]:
    return text.split(HOLE)


def _filled(parts: list[str], fillings: tuple[str, ...]) -> str:
    if not fillings:
        return parts[0]
    return parts[0] + "".join([each for pair in zip(fillings, parts[1:], strict=True) for each in pair])


def copy(lines: Iterable[str]) -> None:
    """Write entries in the present transaction, as the owner of the table: COPY does not pass row-level security."""
    copy_text.copy("base_auditentry", COLUMNS, lines)


def single(entry: tuple[Any, ...]) -> str:
    """An entry of `audit.entry_values` as COPY reads it, for those that are like no other."""
    return copy_text.line(entry)
