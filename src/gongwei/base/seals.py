"""The chain over the audit trail: every few seconds the entries that have become final are sealed.

Writers are never made to wait for one another: they only insert. The sealer takes entries in the order
`(xid, id)` of transactions older than every one still running (`pg_snapshot_xmin`), so that nothing can later
slip in before what is sealed (reliability.md §1.3). The head of the chain is written to a file outside the
database after each seal; whoever rebuilds the chain inside the database cannot rebuild that.
"""

import datetime as dt
import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from gongwei.base import audit, clock, digests, keys

SEAL_LIMIT = 5000
_LOCK = 0x676F6E67  # one number in the space of advisory locks: only one sealer at a time

ENTRY_COLUMNS = (
    "id, at, account_id, practitioner_id, duty_id, role, organization_id, source, action, "
    "subject_kind, subject_id, area_key, detail"
)
_FINAL = f"""
select xid::text, mac, {ENTRY_COLUMNS} from base_auditentry
where (xid, id) > (%s::xid8, %s::uuid) and xid < pg_snapshot_xmin(pg_current_snapshot())
order by base_auditentry.xid, id limit %s
"""
_HEAD = (
    "select number, last_xid::text, last_id, total, digest from base_auditseal order by number desc limit 1"
)
_INSERT = """
insert into base_auditseal (number, sealed_at, last_xid, last_id, entries, total, digests, previous, digest)
values (%s, %s, %s::xid8, %s, %s, %s, %s, %s, %s)
"""
START = ("0", "00000000-0000-0000-0000-000000000000")


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of the chain."""

    number: int
    last_xid: str
    last_id: Any
    total: int
    digest: bytes


def head() -> Head | None:
    """Return the last link, or None before the first."""
    with connection.cursor() as cursor:
        cursor.execute(_HEAD)
        row = cursor.fetchone()
    return Head(row[0], row[1], row[2], row[3], bytes(row[4])) if row else None


def entry_digest(row: tuple[Any, ...], content: bytes | None = None) -> bytes:
    """Return the digest of an entry given as (xid text, mac, id ... detail); `content` when it is at hand."""
    xid, mac, *entry = row
    return digests.sm3(f"{xid}|{bytes(mac).hex()}|".encode(), content or audit.content(tuple(entry)))


def link_digest(number: int, total: int, previous: bytes, joined: bytes) -> bytes:
    """Return the digest of one link of the chain."""
    return digests.sm3(f"{number}|{total}|".encode(), previous, joined)


def seal(*, limit: int = SEAL_LIMIT) -> int:
    """Seal what has become final since the last time; returns how many entries. Another sealer at work: 0."""
    sealed = 0
    while True:
        with transaction.atomic():
            count = _seal_once(limit)
        sealed += count
        if count < limit:
            return sealed


def _seal_once(limit: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        last = head()
        after = (last.last_xid, last.last_id) if last else START
        cursor.execute(_FINAL, (*after, limit))
        rows = cursor.fetchall()
        if not rows:
            return 0
        joined = b"".join(entry_digest(row) for row in rows)
        number = last.number + 1 if last else 1
        total = (last.total if last else 0) + len(rows)
        previous = last.digest if last else digests.ZERO
        digest = link_digest(number, total, previous, joined)
        moment = clock.now()
        cursor.execute(
            _INSERT, (number, moment, rows[-1][0], rows[-1][2], len(rows), total, joined, previous, digest)
        )
    return len(rows)


@dataclass(frozen=True, slots=True)
class Anchor:
    """What was written outside the database about the head of the chain at one moment."""

    number: int
    total: int
    digest: bytes
    at: str
    mac: bytes

    def genuine(self) -> bool:
        """Whether this installation's audit key made the line."""
        version = int.from_bytes(self.mac[:2], "big")
        ring = keys.keyring()
        return (
            version in ring.versions("audit") and ring.mac("audit", version, self._content()) == self.mac[2:]
        )

    def _content(self) -> bytes:
        return digests.canonical(["anchor", self.number, self.total, self.digest.hex(), self.at])


def anchors_path() -> Path:
    """Return the file that holds the anchors; it is only ever appended to."""
    return Path(settings.HOME) / "anchors" / "audit.jsonl"


def anchor() -> Anchor | None:
    """Write the head of the chain to the anchor file if it is newer than the last line; returns the new line.

    Only call it after the seal is committed: an anchor must never speak of a link that was rolled back.
    """
    last = head()
    if last is None:
        return None
    path = anchors_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        written = _last_line(file)
        if written is not None and written.number >= last.number:
            return None
        at = clock.now().astimezone(dt.UTC).isoformat()
        line = Anchor(last.number, last.total, last.digest, at, b"")
        ring = keys.keyring()
        version = ring.current("audit")
        mac = version.to_bytes(2, "big") + ring.mac("audit", version, line._content())
        line = Anchor(line.number, line.total, line.digest, at, mac)
        file.write(
            json.dumps(
                {
                    "number": line.number,
                    "total": line.total,
                    "digest": line.digest.hex(),
                    "at": at,
                    "mac": mac.hex(),
                }
            ).encode("ascii")
            + b"\n"
        )
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o600)
    return line


def read_anchors() -> tuple[list[Anchor], list[int]]:
    """Return the anchors in the order written, and the numbers of lines that cannot be read.

    A last line cut short by a power failure is no line.
    """
    path = anchors_path()
    if not path.exists():
        return [], []
    anchors, broken = [], []
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines[:-1], start=1):
        found = _parse(line)
        if found is None:
            broken.append(number)
        else:
            anchors.append(found)
    return anchors, broken


def _last_line(file: Any) -> Anchor | None:
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - 4096))
    tail = file.read()
    if tail and not tail.endswith(b"\n"):
        file.write(b"\n")  # a torn line stays, visibly broken, and the next one starts afresh
    for line in reversed(tail.split(b"\n")):
        found = _parse(line)
        if found is not None:
            return found
    return None


def _parse(line: bytes) -> Anchor | None:
    try:
        values = json.loads(line)
        return Anchor(
            values["number"],
            values["total"],
            bytes.fromhex(values["digest"]),
            values["at"],
            bytes.fromhex(values["mac"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
