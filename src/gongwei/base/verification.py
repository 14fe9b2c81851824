"""Does the audit trail still say what it said? Finds what a person with all rights on the database changed.

Four nets, one behind the other: each entry's MAC (key outside the database), each entry's digest in its seal, the
chain of seals, and the anchors outside the database. What only the last few seconds held, not yet sealed, is
protected by its MAC against change and forgery; its removal alone would not be seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection, transaction

from gongwei.base import audit, digests, keys, seals

KINDS = {
    "changed": "审计记录被改动",
    "removed": "审计记录被删除",
    "inserted": "审计记录被补插",
    "reordered": "审计记录的次序被改动",
    "forged": "审计记录不是本系统写入的",
    "future": "审计记录的事务号尚未到来（数据库可能由逻辑备份恢复）",
    "seal_gap": "封存序号不连续，有封存被删除",
    "seal_changed": "封存内容被改动",
    "chain_broken": "摘要链中断",
    "truncated": "链尾被截断：已锚定的封存不在库中",
    "rebuilt": "摘要链被重做：与库外锚点不符",
    "anchor_forged": "锚点文件中有伪造或损坏的行",
    "anchor_missing": "没有锚点文件或锚点缺失",
}
_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Tampering:
    """One thing that is not as it was; `seal` and `entry_id` say where, as far as it can be told."""

    kind: str
    seal: int | None = None
    entry_id: str | None = None

    @property
    def message(self) -> str:
        """The finding in Chinese."""
        place = "".join(
            [
                f"，封存 {self.seal}" if self.seal is not None else "",
                f"，记录 {self.entry_id}" if self.entry_id else "",
            ]
        )
        return KINDS[self.kind] + place


def verify() -> list[Tampering]:
    """Check the whole trail and return what is wrong with it, in order; an empty list means untouched.

    Reads as the owner of the tables in one snapshot. Anchors are read first: each speaks of a seal that was
    committed before.
    """
    anchors, broken = seals.read_anchors()
    found = [Tampering("anchor_forged", entry_id=f"第{number}行") for number in broken]
    with transaction.atomic():
        with connection.cursor() as cursor:
            if len(connection.savepoint_ids) == 0:
                cursor.execute("set transaction isolation level repeatable read, read only")
        found += _check_chain(anchors)
    return found


def _check_chain(anchors: list[seals.Anchor]) -> list[Tampering]:
    found: list[Tampering] = []
    previous, number, total = digests.ZERO, 0, 0
    after: tuple[str, Any] = seals.START
    anchored = {anchor.number: anchor for anchor in anchors if anchor.genuine()}
    found += [Tampering("anchor_forged", seal=anchor.number) for anchor in anchors if not anchor.genuine()]
    newest = max(anchored, default=0)
    for link in _links():
        if link[0] != number + 1:
            found.append(Tampering("seal_gap", seal=number + 1))
        number = link[0]
        last, count, stated_total, joined, stated_previous, digest = link[1:3], *link[3:]
        joined = bytes(joined)
        total += count
        if bytes(stated_previous) != previous:
            found.append(Tampering("chain_broken", seal=number))
        if (
            len(joined) != count * digests.BYTES
            or stated_total != total
            or seals.link_digest(number, stated_total, bytes(stated_previous), joined) != bytes(digest)
        ):
            found.append(Tampering("seal_changed", seal=number))
        if number in anchored and (anchored[number].digest, anchored[number].total) != (
            bytes(digest),
            stated_total,
        ):
            found.append(Tampering("rebuilt", seal=number))
        found += _check_entries(number, list(_entries(after, last)), joined)
        previous, total, after = bytes(digest), stated_total, last
    if number and not anchors:
        found.append(Tampering("anchor_missing"))
    if newest > number:
        found.append(Tampering("truncated", seal=newest))
    for row in _entries(after, None):
        found += _check_forged(row, None, audit.content(row[2:-1]))
        if row[-1]:
            found.append(Tampering("future", entry_id=str(row[2])))
    return found


def _links() -> Iterator[tuple[Any, ...]]:
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "select number, last_xid::text, last_id, entries, total, digests, previous, digest "
                "from base_auditseal where number > %s order by number limit 100",
                [after],
            )
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < 100:
            return
        after = rows[-1][0]


def _entries(after: tuple[str, Any], until: tuple[str, Any] | None) -> Iterator[tuple[Any, ...]]:
    """Yield (xid, mac, id ... detail, from the future) after one place and up to another, in sealing order."""
    while True:
        bound = "and (xid, id) <= (%s::xid8, %s::uuid)" if until else ""
        with connection.cursor() as cursor:
            cursor.execute(
                f"select xid::text, mac, {seals.ENTRY_COLUMNS}, xid >= pg_snapshot_xmax(pg_current_snapshot()) "
                f"and xid is distinct from pg_current_xact_id_if_assigned() from base_auditentry "
                f"where (xid, id) > (%s::xid8, %s::uuid) {bound} order by base_auditentry.xid, id limit {_PAGE}",
                [*after, *(until or ())],
            )
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < _PAGE:
            return
        after = (rows[-1][0], rows[-1][2])


def _check_entries(number: int, rows: list[tuple[Any, ...]], joined: bytes) -> list[Tampering]:
    stated = [joined[start : start + digests.BYTES] for start in range(0, len(joined), digests.BYTES)]
    contents = [audit.content(row[2:-1]) for row in rows]
    actual = [seals.entry_digest(row[:-1], content) for row, content in zip(rows, contents, strict=True)]
    found = [
        finding
        for row, content in zip(rows, contents, strict=True)
        for finding in _check_forged(row, number, content)
    ]
    if actual == stated:
        return found
    known = set(stated)
    strangers = [row for row, digest in zip(rows, actual, strict=True) if digest not in known]
    lost = len(known - set(actual))
    if not strangers and not lost:
        return [*found, Tampering("reordered", seal=number)]
    found += [Tampering("changed", seal=number, entry_id=str(row[2])) for row in islice(strangers, lost)]
    found += [Tampering("inserted", seal=number, entry_id=str(row[2])) for row in strangers[lost:]]
    found += [Tampering("removed", seal=number)] * max(0, lost - len(strangers))
    return found


def _check_forged(row: tuple[Any, ...], number: int | None, content: bytes) -> list[Tampering]:
    mac = bytes(row[1])
    version = int.from_bytes(mac[:2], "big")
    ring = keys.keyring()
    if version in ring.versions("audit") and ring.mac("audit", version, content) == mac[2:]:
        return []
    return [Tampering("forged", seal=number, entry_id=str(row[2]))]
