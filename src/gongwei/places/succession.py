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
        statement = sql.SQL("update {table} set {area} = %s where " + condition).format(  # type: ignore[arg-type]
            table=sql.Identifier(follower.table),
            area=sql.Identifier(follower.area_column),
            grid=sql.Identifier(follower.grid_column or ""),
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [new, *arguments])
            if cursor.rowcount:
                moved[follower.table] = moved.get(follower.table, 0) + cursor.rowcount
    return moved
