"""Which rows follow when two records of one person become one, and how they are put back.

Stages above register their tables in `AppConfig.ready`; residents imports none of them:

    merging.register("records_encounter", "resident_id", area_column="area_key")

`unregistered()` asks the database's own foreign keys whether a table was forgotten; a test keeps it empty.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql


@dataclass(frozen=True)
class Follower:
    """A column that names a resident.

    `area_column` holds the resident's area beside it. `counts`: rows of the table are services, and the record
    with more of them is the better survivor. `clash_keys`: with an equal row already at the survivor (in these
    columns, `where` both hold) the loser's row stays where it is.
    """

    table: str
    column: str
    area_column: str | None = None
    key: str = "id"
    counts: bool = False
    clash_keys: tuple[str, ...] = ()
    clash_where: str = ""

    @property
    def name(self) -> str:
        """How the moved rows are named in `Merge.moved`."""
        return f"{self.table}.{self.column}"


_followers: dict[str, Follower] = {}
#: Tables that stay with the record they were written about: its history, and what is derived anew.
STAYING = frozenset(
    {
        "residents_lifecycleevent.resident_id",
        "residents_residentchange.resident_id",
        "residents_fieldconflict.resident_id",
        "residents_contactattempt.resident_id",
        "residents_transfer.resident_id",
        "residents_merge.survivor_id",
        "residents_merge.loser_id",
        "residents_residenttag.resident_id",
        "residents_householdmembership.resident_id",
    }
)


def register(
    table: str,
    column: str = "resident_id",
    *,
    area_column: str | None = None,
    key: str = "id",
    counts: bool = False,
    clash_keys: tuple[str, ...] = (),
    clash_where: str = "",
) -> None:
    """Let the rows of a table follow a merged resident; call it from `AppConfig.ready`."""
    follower = Follower(table, column, area_column, key, counts, clash_keys, clash_where)
    _followers[follower.name] = follower


def registered() -> list[Follower]:
    """Return all followers in the order of their names."""
    return [_followers[name] for name in sorted(_followers)]


def register_own_tables() -> None:
    """Register the tables of residents itself."""
    register("residents_residentidentifier")
    register("residents_relatedperson", "resident_id")
    register("residents_relatedperson", "related_resident_id")
    register("residents_household", "head_id")
    register("residents_resident", "merged_into_id")


def move(loser: UUID, survivor: UUID, area_key: int) -> dict[str, list[str]]:
    """Put the loser's rows under the survivor; returns the moved rows by table and column.

    Runs as the owner of the tables: a request may not change whose record a fact is in.
    """
    moved = {}
    with connection.cursor() as cursor:
        for follower in registered():
            where = sql.SQL("{column} = %(loser)s")
            if follower.clash_keys:
                where += sql.SQL(" and not (") + _clash(follower) + sql.SQL(")")
            rows = _put(
                cursor,
                follower,
                where,
                {"loser": loser, "survivor": survivor, "to": survivor, "area": area_key},
            )
            if rows:
                moved[follower.name] = rows
    return moved


def _clash(follower: Follower) -> sql.Composable:
    """The condition that a row of the loser meets an equal one of the survivor, both as `clash_where` says."""
    own = sql.SQL(f"{follower.table}.{follower.clash_where} and ") if follower.clash_where else sql.SQL("")  # type: ignore[arg-type]
    theirs = sql.SQL(f" and other.{follower.clash_where}") if follower.clash_where else sql.SQL("")  # type: ignore[arg-type]
    equal = sql.SQL("").join(
        sql.SQL(" and other.{name} = {table}.{name}").format(
            name=sql.Identifier(name), table=sql.Identifier(follower.table)
        )
        for name in follower.clash_keys
    )
    return (
        own
        + sql.SQL("exists (select 1 from {table} other where other.{column} = %(survivor)s")
        + equal
        + theirs
        + sql.SQL(")")
    )


def put_back(moved: dict[str, list[str]], survivor: UUID, loser: UUID, area_key: int) -> int:
    """Put moved rows that still stand under the survivor back under the loser; returns how many."""
    count = 0
    with connection.cursor() as cursor:
        for name, keys in moved.items():
            follower = _followers[name]
            where = sql.SQL("{key}::text = any(%(keys)s) and {column} = %(survivor)s")
            count += len(
                _put(
                    cursor,
                    follower,
                    where,
                    {"keys": keys, "survivor": survivor, "to": loser, "area": area_key},
                )
            )
    return count


def _put(cursor: Any, follower: Follower, where: sql.Composable, values: dict[str, Any]) -> list[str]:
    area = sql.SQL(", {area} = %(area)s") if follower.area_column else sql.SQL("")
    statement = sql.SQL("update {table} set {column} = %(to)s") + area + sql.SQL(" where ") + where
    names = {
        "table": sql.Identifier(follower.table),
        "column": sql.Identifier(follower.column),
        "area": sql.Identifier(follower.area_column or "area_key"),
        "key": sql.Identifier(follower.key),
    }
    text = (statement + sql.SQL(" returning {key}::text")).as_string(None)
    cursor.execute(sql.SQL(text).format(**names), values)  # type: ignore[arg-type]  # composed above
    return [row[0] for row in cursor.fetchall()]


def services(resident_id: UUID) -> int:
    """Count the rows of a resident in tables that are services."""
    total = 0
    with connection.cursor() as cursor:
        for follower in registered():
            if follower.counts:
                cursor.execute(
                    sql.SQL("select count(*) from {} where {} = %s").format(
                        sql.Identifier(follower.table), sql.Identifier(follower.column)
                    ),
                    [resident_id],
                )
                total += cursor.fetchone()[0]
    return total


def unregistered() -> list[str]:
    """Return the columns with a foreign key to residents that nobody registered and that do not stay."""
    with connection.cursor() as cursor:
        cursor.execute(
            """select distinct c.conrelid::regclass::text || '.' || a.attname
                 from pg_constraint c
                 join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
                where c.contype = 'f' and c.confrelid = 'residents_resident'::regclass
                  and a.atttypid = 'uuid'::regtype order by 1"""
        )
        found = [row[0] for row in cursor.fetchall()]
    return [name for name in found if name not in _followers and name not in STAYING]
