"""When a code gives way to another: the tables above say which of their columns must follow.

`places` stands below residents and records and does not import them; an app registers its columns in
`AppConfig.ready`. Tables whose foreign key cascades on update (records) need no line.
"""

from dataclasses import dataclass

from django.db import connection
from psycopg import sql


@dataclass(frozen=True)
class Follower:
    """A column that holds a division code; `grid_column` where rows may also follow their grid."""

    table: str
    area_column: str = "area_key"
    grid_column: str | None = None


_followers: dict[tuple[str, str], Follower] = {}


def register(table: str, area_column: str = "area_key", *, grid_column: str | None = None) -> None:
    """Let a column of a table follow when its area is merged, split by grid, or given another code."""
    _followers[table, area_column] = Follower(table, area_column, grid_column)


def registered() -> list[Follower]:
    """All followers, in the order of their tables."""
    return [_followers[key] for key in sorted(_followers)]


def count(low: int, high: int) -> dict[str, int]:
    """Count the rows by table that stand under codes of a range. Runs as the table owner."""
    return {
        follower.table: _counted(follower, "{area} between %s and %s", [low, high])
        for follower in registered()
    }


def count_grid(grid_id: object, area_key: int) -> dict[str, int]:
    """Count the rows by table that would follow one grid out of an area. Runs as the table owner."""
    return {
        follower.table: _counted(follower, "{area} = %s and {grid} = %s", [area_key, grid_id])
        for follower in registered()
        if follower.grid_column
    }


def _counted(follower: Follower, condition: str, arguments: list[object]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_said("select count(*) from {table} where " + condition, follower), arguments)
        return int(cursor.fetchone()[0])


def _said(text: str, follower: Follower) -> sql.Composed:
    return sql.SQL(text).format(  # type: ignore[arg-type]
        table=sql.Identifier(follower.table),
        area=sql.Identifier(follower.area_column),
        grid=sql.Identifier(follower.grid_column or ""),
    )


def move(old: int, new: int) -> dict[str, int]:
    """Put every row of an area under another code; returns the rows changed by table. Runs as the table owner."""
    return _update({}, "{area} = %s", [old], new)


def move_grid(grid_id: object, old: int, new: int) -> dict[str, int]:
    """Put the rows of one grid under another code; returns the rows changed by table. Runs as the table owner."""
    moved: dict[str, int] = {}
    for follower in registered():
        if follower.grid_column:
            moved = _update(moved, "{area} = %s and {grid} = %s", [old, grid_id], new, follower)
    return moved


def _update(
    moved: dict[str, int], condition: str, arguments: list[object], new: int, only: Follower | None = None
) -> dict[str, int]:
    for follower in [only] if only else registered():
        statement = _said("update {table} set {area} = %s where " + condition, follower)
        with connection.cursor() as cursor:
            cursor.execute(statement, [new, *arguments])
            if cursor.rowcount:
                moved[follower.table] = moved.get(follower.table, 0) + cursor.rowcount
    return moved
