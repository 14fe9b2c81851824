"""Indexes, keys and foreign keys of the loaded tables: taken away before the rows, brought back after them, side by side."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import connection, transaction

_FOREIGN = " FOREIGN KEY "


@dataclass(frozen=True)
class Definition:
    """An index or constraint that was taken away for a load, and the statement that brings it back."""

    table: str
    name: str
    drop: str
    create: str

    @property
    def foreign(self) -> bool:
        """Whether it is a foreign key: those come last and need the keys they point to."""
        return _FOREIGN in self.create


def definitions_of(tables: Sequence[str]) -> list[Definition]:
    """Foreign keys of and to the tables, their unique constraints and plain indexes, in the order to drop them."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid), c.contype
            from pg_constraint c
            where c.contype in ('f', 'u', 'p', 'x')
              and (c.conrelid = any(%s::regclass[]) or (c.contype = 'f' and c.confrelid = any(%s::regclass[])))
            order by c.contype = 'f' desc, c.contype = 'p', c.conname
            """,
            [list(tables), list(tables)],
        )
        for table, name, text, _ in cursor.fetchall():
            found.append(
                Definition(
                    table,
                    name,
                    f'alter table {table} drop constraint "{name}"',
                    f'alter table {table} add constraint "{name}" {text}',
                )
            )
        cursor.execute(
            """
            select i.indrelid::regclass::text, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
            from pg_index i
            where i.indrelid = any(%s::regclass[])
              and not exists (select 1 from pg_constraint c where c.conindid = i.indexrelid and c.contype <> 'f')
            order by 2
            """,
            [list(tables)],
        )
        for table, name, text in cursor.fetchall():
            found.append(Definition(table, name, f"drop index {name}", text))
    return found


def take_away(definitions: Sequence[Definition]) -> None:
    """Drop indexes, keys and foreign keys; all or none."""
    with transaction.atomic(), connection.cursor() as cursor:
        for definition in definitions:
            cursor.execute(definition.drop)


def missing(definitions: Sequence[Definition]) -> list[Definition]:
    """Those of the definitions that the database does not have now, or has but never checked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class union select conname from pg_constraint where convalidated"
        )
        present = {name for (name,) in cursor.fetchall()}
    return [definition for definition in definitions if definition.name not in present]


def bring_back(definitions: Sequence[Definition], *, workers: int = 1, memory_mb: int = 512) -> Iterator[str]:
    """Create all again, several tables side by side, and yield the name of each as it is done.

    Keys and indexes come first. A foreign key is then put on its table unchecked, which is quick but locks both tables,
    and checked afterwards, which takes long but locks neither: so the checks run side by side too.

    Args:
        workers: connections at work. memory_mb: `maintenance_work_mem` of each.
    Raises whatever a statement raised; what was done stays, and `missing` names the rest.
    """
    keys = [each for each in reversed(definitions) if not each.foreign]
    foreign = [each for each in reversed(definitions) if each.foreign]
    by_table = [
        list(group)
        for _, group in groupby(sorted(keys, key=lambda each: each.table), lambda each: each.table)
    ]
    yield from _side_by_side([[(e.name, e.create) for e in group] for group in by_table], workers, memory_mb)
    with connection.cursor() as cursor:
        for each in foreign:
            # An interrupted load may have left it there unchecked.
            cursor.execute(f'alter table {each.table} drop constraint if exists "{each.name}"')
            cursor.execute(f"{each.create} not valid")
    checks = [(e.table, e.name, f'alter table {e.table} validate constraint "{e.name}"') for e in foreign]
    checks.sort()
    by_table_again = [
        [(name, text) for _, name, text in group] for _, group in groupby(checks, lambda each: each[0])
    ]
    yield from _side_by_side(by_table_again, workers, memory_mb)


def _side_by_side(groups: list[list[tuple[str, str]]], workers: int, memory_mb: int) -> Iterator[str]:
    """Run groups of statements (name, text); those of a group one after the other, the longest group first."""
    waiting: queue.SimpleQueue[list[tuple[str, str]]] = queue.SimpleQueue()
    for group in sorted(groups, key=len, reverse=True):
        waiting.put(group)
    done: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("select set_config('maintenance_work_mem', %s, false)", [f"{memory_mb}MB"])
                cursor.execute("set statement_timeout = 0")
                while True:
                    try:
                        group = waiting.get_nowait()
                    except queue.Empty:
                        break
                    for name, text in group:
                        cursor.execute(text)
                        done.put(name)
                cursor.execute("reset maintenance_work_mem")
                cursor.execute("reset statement_timeout")
        except BaseException as error:  # handed to the caller's thread
            done.put(error)
        finally:
            connection.close()
            done.put(None)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    running, failure = workers, None
    while running:
        told = done.get()
        if told is None:
            running -= 1
        elif isinstance(told, BaseException):
            failure = failure or told
        else:
            yield told
    if failure is not None:
        raise failure
