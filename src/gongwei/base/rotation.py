"""Bringing in a new key: every sealed column is opened and sealed again, row by row, while the system works on.

New values take the new key at once. A row that somebody changes meanwhile is left to them (the old ciphertext is
part of the condition), and passes are made until no row under another version is left. It may be killed anywhere:
the place reached is kept in the same transaction as the rows.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from django.apps import apps
from django.db import connection, transaction

from gongwei.base import audit, clock, jobs, keys, scope, sealed
from gongwei.base.actors import Actor
from gongwei.base.job_progress import Progress
from gongwei.base.models import JobRun, KeyRotation
from gongwei.base.problems import Refused

BATCH = 500


PURPOSES = {"identity": "证件和电话的加密密钥", "blind": "证件和电话的索引密钥"}


class Following(Protocol):
    """What is told how far the work is: the progress of a job, or a bar on a terminal."""

    def start(self, total: int | None) -> None:
        """Say how much there is to do."""

    def step(self, count: int) -> None:
        """Say that so much more is done."""


def begin(*, by: Actor, purpose: str = "identity") -> JobRun:
    """Make a new key for `identity` (ciphertexts) or `blind` (blind indexes) and queue the work it brings."""
    new_key(by=by, purpose=purpose)
    with transaction.atomic():
        return jobs.enqueue(rotate, by=by, purpose=purpose)


def go_on(*, by: Actor, purpose: str) -> JobRun:
    """Queue the work that an interrupted or cancelled rotation has left. Raises Refused when there is none."""
    if not unfinished(purpose):
        raise Refused("没有未完成的换钥。", code="nothing_to_do")
    with transaction.atomic():
        return jobs.enqueue(rotate, by=by, purpose=purpose)


def new_key(*, by: Actor, purpose: str) -> int:
    """Make a new key; returns its version. Raises Refused while the last one has not been brought in everywhere."""
    if purpose not in PURPOSES:
        raise Refused("只能更换证件加密密钥或索引密钥。", code="no_such_key")
    if unfinished(purpose):
        raise Refused("上一次换钥尚未完成，请先继续完成。", code="rotation_unfinished")
    version = keys.keyring().add_version(purpose)
    audit.record(by=by, action="rotate_key", subject_kind="key", subject_id=f"{purpose}:{version}")
    return version


@jobs.job(name="更换密钥：重新加密证件号码和电话", queue="keys")
def rotate(progress: Progress, *, purpose: str) -> dict[str, int]:
    """Seal all registered columns under the current key; for `blind`, compute their blind indexes anew."""
    return rotate_all(purpose=purpose, progress=progress)


def rotate_all(*, purpose: str, progress: Following) -> dict[str, int]:
    """Bring all columns of a purpose to its current key, going on where an earlier attempt stopped."""
    version = keys.keyring().current(purpose)
    columns = _columns(purpose)
    progress.start(sum(_rows(column) for column in columns))
    for column in columns:
        rotate_column(column, purpose=purpose, version=version, progress=progress)
    return {"version": version, "columns": len(columns)}


def _columns(purpose: str) -> list[sealed.Column]:
    return [column for column in sealed.registered() if purpose == "identity" or column.derived]


def unfinished(purpose: str) -> bool:
    """Whether a new key was made that some column has not been brought to."""
    version = keys.keyring().current(purpose)
    if version == 1:
        return False
    finished = KeyRotation.objects.filter(purpose=purpose, version=version, finished_at__isnull=False)
    done = set(finished.values_list("table", "column"))
    left = [column for column in _columns(purpose) if (column.table, column.column) not in done]
    # A column that a newer version of the program has brought along was never sealed under an older key.
    with scope.as_owner("whether a row is left is asked, not what it holds"):
        return any(_is_left(column, purpose, version) for column in left)


def _is_left(column: sealed.Column, purpose: str, version: int) -> bool:
    older = f'and substring("{column.column}" from 2 for 2) <> %s' if purpose == "identity" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f'select exists (select 1 from "{column.table}" where "{column.column}" is not null {older})',
            [version.to_bytes(2, "big")] if older else [],
        )
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True)
class State:
    """How far one sealed column is: its Chinese name, the key version it is at or on its way to, rows changed."""

    title: str
    version: int
    rows: int
    started_at: dt.datetime | None
    finished_at: dt.datetime | None


def states(purpose: str) -> list[State]:
    """How far each column of a purpose has come to the current key. Version 1 needs no work: it is from the start."""
    version = keys.keyring().current(purpose)
    works = {
        (work.table, work.column): work
        for work in KeyRotation.objects.filter(purpose=purpose, version=version)
    }
    found = []
    for column in _columns(purpose):
        work = works.get((column.table, column.column))
        found.append(
            State(
                title_of(column),
                version,
                work.rows if work else 0,
                work.started_at if work else None,
                work.finished_at if work else None,
            )
        )
    return found


def title_of(column: sealed.Column) -> str:
    """The Chinese name of a sealed column: its table and what it holds."""
    for model in apps.get_models():
        if model._meta.db_table == column.table:
            field = next((field for field in model._meta.fields if field.column == column.column), None)
            return f"{model._meta.verbose_name}：{field.verbose_name if field else column.column}"
    return f"{column.table}：{column.column}"


def rotate_column(
    column: sealed.Column, *, purpose: str, version: int, progress: Following | None = None
) -> int:
    """Bring one column to a key version, going on from where an earlier attempt stopped; returns rows changed."""
    work, _ = KeyRotation.objects.get_or_create(
        table=column.table,
        column=column.column,
        purpose=purpose,
        version=version,
        defaults={"started_at": clock.now()},
    )
    changed = in_this_pass = 0
    while work.finished_at is None:
        with transaction.atomic():
            # Somebody else may be at it too, the job and the command: one batch after the other.
            work = KeyRotation.objects.select_for_update().get(id=work.id)
            if work.finished_at is not None:
                break
            seen, count, last = _batch(column, purpose, version, work.after)
            work.after, work.rows = last, work.rows + count
            in_this_pass += count
            if not seen:
                # At the end: another pass when somebody's stale process has written under the old key meanwhile.
                left = remaining(column, version) if purpose == "identity" else 0
                if left and not in_this_pass:
                    raise Refused(
                        f"{column.table} 有 {left} 行无法换成新密钥，请联系管理员。", code="rotation_stuck"
                    )
                work.after, in_this_pass = "", 0
                if not left:
                    work.finished_at = clock.now()
            work.save()
        changed += count
        if progress:
            progress.step(seen)
    return changed


def remaining(column: sealed.Column, version: int) -> int:
    """Return how many rows of a column are sealed under another key version."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'select count(*) from "{column.table}" where "{column.column}" is not null '
            f'and substring("{column.column}" from 2 for 2) <> %s',
            [version.to_bytes(2, "big")],
        )
        return int(cursor.fetchone()[0])


def retire_old_keys(*, by: Actor, purpose: str = "identity", progress: Following | None = None) -> list[int]:
    """Destroy the keys of a purpose that nothing needs any more; returns their versions.

    What somebody wrote under an old key in a transaction that began before the new one was made, and ended after the
    rotation had passed its place, is brought to the new key first. Blind indexes do not tell their key, so all are
    computed once more. Raises Refused while the rotation is unfinished.
    """
    ring = keys.keyring()
    current = ring.current(purpose)
    old = [version for version in ring.versions(purpose) if version != current]
    if unfinished(purpose):
        raise Refused("仍有数据使用旧密钥，换钥完成后才能销毁旧密钥。", code="key_in_use")
    again = [column for column in _columns(purpose) if old and _may_be_older(column, purpose, current)]
    if progress:
        progress.start(sum(_rows(column) for column in again))
    for column in again:
        works = KeyRotation.objects.filter(
            table=column.table, column=column.column, purpose=purpose, version=current
        )
        works.update(finished_at=None, after="", **({"rows": 0} if purpose == "blind" else {}))
        rotate_column(column, purpose=purpose, version=current, progress=progress)
    for version in old:
        audit.record(
            by=by,
            action="rotate_key",
            subject_kind="key",
            subject_id=f"{purpose}:{version}",
            detail={"retired": True},
        )
        ring.retire(purpose, version)
    return old


def _may_be_older(column: sealed.Column, purpose: str, version: int) -> bool:
    return purpose == "blind" or remaining(column, version) > 0


def _rows(column: sealed.Column) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'select count("{column.column}") from "{column.table}"')
        return int(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class _Row:
    row_id: str
    old: bytes
    also: dict[str, Any]


def _batch(column: sealed.Column, purpose: str, version: int, after: str) -> tuple[int, int, str]:
    """Work on the next rows after a primary key: how many were seen, how many changed, the last key."""
    rows = _next_rows(column, after)
    made = [
        (row, values)
        for row in rows
        if not (purpose == "identity" and sealed.version_of(row.old) == version)
        and (values := _seal_anew(column, purpose, row))
    ]
    return len(rows), _write(column, made), rows[-1].row_id if rows else after


def _next_rows(column: sealed.Column, after: str) -> list[_Row]:
    beyond = f'and "{column.row_id}" > %s::text::{_type_of(column)}' if after else ""
    also = "".join(f', "{name}"' for name in column.also)
    with connection.cursor() as cursor:
        cursor.execute(
            f'select "{column.row_id}"::text, "{column.column}"{also} from "{column.table}" '
            f'where "{column.column}" is not null {beyond} order by "{column.table}"."{column.row_id}" limit {BATCH}',
            [after] if after else [],
        )
        return [
            _Row(row[0], bytes(row[1]), dict(zip(column.also, row[2:], strict=True)))
            for row in cursor.fetchall()
        ]


def _seal_anew(column: sealed.Column, purpose: str, row: _Row) -> dict[str, bytes | None]:
    """The values of a row under the new key, by column; empty when nothing depends on it."""
    place = {"table": column.table, "column": column.column, "row_id": row.row_id}
    text = sealed.decrypt(row.old, **place)
    if purpose == "identity":
        return {column.column: sealed.encrypt(text, **place)}
    return column.derived(text, **row.also) if column.derived and text is not None else {}


def _write(column: sealed.Column, made: Sequence[tuple[_Row, dict[str, bytes | None]]]) -> int:
    """Write many rows in one statement; a row whose ciphertext somebody has changed meanwhile is left to them."""
    if not made:
        return 0
    names = list(made[0][1])
    assignments = ", ".join(f'"{name}" = new.c{number}' for number, name in enumerate(names))
    arrays = "".join(", %s::bytea[]" for _ in names)
    aliases = "".join(f", c{number}" for number in range(len(names)))
    with connection.cursor() as cursor:
        cursor.execute(
            f'update "{column.table}" t set {assignments} '
            f"from unnest(%s::text[], %s::bytea[]{arrays}) new(row_id, old{aliases}) "
            f'where t."{column.row_id}" = new.row_id::{_type_of(column)} and t."{column.column}" = new.old',
            [
                [row.row_id for row, _ in made],
                [row.old for row, _ in made],
                *([values[name] for _, values in made] for name in names),
            ],
        )
        return cursor.rowcount


@lru_cache(maxsize=64)
def _type_of(column: sealed.Column) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = %s::regclass and attname = %s",
            [column.table, column.row_id],
        )
        return str(cursor.fetchone()[0])
