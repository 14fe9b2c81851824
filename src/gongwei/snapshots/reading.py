"""A snapshot as tables of DuckDB: of an increment, what its bases hold without the changed residents, and theirs anew."""

import duckdb
import pyarrow as pa

from gongwei.snapshots import exports, folders, moving, queries, writing
from gongwei.snapshots.models import Snapshot


def attach(
    snapshot: Snapshot, connection: duckdb.DuckDBPyConnection, *, schema: str = "main", own: bool = False
) -> None:
    """Make a view for every table of a snapshot, of the columns the present definitions have.

    Ids are UUID in DuckDB. A column or table that came after the snapshot is there and empty, so that today's definitions
    can be run on it; a column that was in another table then is taken from there. `changed` lists the residents an increment brought anew; it has no rows in a complete snapshot.
    own: without what its bases hold, so of an increment the residents it brought anew and nobody else.

    Raises:
        ValueError: the snapshot is not whole.
    """
    levels = queries.chain(snapshot)
    if any(each.state != Snapshot.State.COMPLETE for each in levels):
        raise ValueError(f"snapshot {snapshot.id} cannot be read: {snapshot.state}")
    if own:
        levels = levels[-1:]
    known = {each.name: each for each in exports.every()}
    if schema != "main":
        connection.execute(f'create schema if not exists "{schema}"')
    for name in sorted({*known, *snapshot.tables} - {writing.CHANGED}):
        connection.execute(
            f'create or replace view "{schema}"."{name}" as {_table(name, known.get(name), levels)}'
        )
    connection.execute(f'create or replace view "{schema}"."{writing.CHANGED}" as {_changed(levels[-1:])}')


def changed(snapshot: Snapshot, since: Snapshot) -> str | None:
    """SQL for the residents (`subject_id`) whose rows may differ between two snapshots of one chain; None when everybody's
    may."""
    levels = queries.chain(snapshot)
    if since not in levels:
        return None
    return _changed(levels[levels.index(since) + 1 :])


def _table(name: str, export: exports.Export | None, levels: list[Snapshot]) -> str:
    wanted = columns(name, export, levels)
    if export is not None and not export.resident:
        levels = levels[-1:]
    parts = []
    for place, level in enumerate(levels):
        if name not in level.tables:
            continue
        stored = {column for column, _ in level.tables[name]["columns"]}
        lent = moved(name, export, level)
        others = {table: f"o{number}" for number, table in enumerate(sorted({t for t, _ in lent.values()}))}
        found = {column: f'{others[table]}."{there}"' for column, (table, there) in lent.items()}
        found |= {column: f't."{column}"' for column in stored}
        picked = [f'{found.get(column, f"null::{of}")} as "{column}"' for column, of in wanted.items()]
        text = f"select {', '.join(picked)} from {_files(level, name)} t"
        for table, alias in others.items():
            text += f" left join {_files(level, table)} {alias} on {alias}.subject_id = t.subject_id"
        if later := levels[place + 1 :]:
            text += f" anti join ({_changed(later)}) c on c.subject_id = t.subject_id"
        parts.append(text)
    return " union all ".join(parts) or _nothing(wanted)


def moved(name: str, export: exports.Export | None, level: Snapshot) -> dict[str, tuple[str, str]]:
    """The columns of a table that a snapshot made before has in another one: that table and the column's name there."""
    stored = {column for column, _ in level.tables[name]["columns"]}
    asked = {} if export is None else export.formerly
    return {
        column: (table, there)
        for column, (table, there) in asked.items()
        if column not in stored
        and table in level.tables
        and there in {known for known, _ in level.tables[table]["columns"]}
    }


def columns(name: str, export: exports.Export | None, levels: list[Snapshot]) -> dict[str, str]:
    """The columns a table is shown with, and their types: as stored; those the present definitions add as they say."""
    stored = {
        column: of for level in levels if name in level.tables for column, of in level.tables[name]["columns"]
    }
    if export is None:
        return stored
    return {each.name: stored.get(each.name) or _type_of(each) for each in export.schema}


def _type_of(column: pa.Field) -> str:
    return "UUID" if column.name.endswith("_id") else moving.type_name(column.type)


def _changed(levels: list[Snapshot]) -> str:
    parts = [
        f"select subject_id from {_files(each, writing.CHANGED)}"
        for each in levels
        if writing.CHANGED in each.tables
    ]
    return " union all ".join(parts) or _nothing({"subject_id": "UUID"})


def _files(level: Snapshot, name: str) -> str:
    folder = str(folders.of(level.id)).replace("'", "''")
    listed = ", ".join(f"'{folder}/{each['name']}'" for each in level.tables[name]["files"])
    return f"read_parquet([{listed}])"


def _nothing(columns: dict[str, str]) -> str:
    return "select " + ", ".join(f'null::{of} as "{name}"' for name, of in columns.items()) + " where false"


def damaged(snapshot: Snapshot) -> list[str]:
    """What of a snapshot's own files is not as it was written: names of files that are missing or differ."""
    folder = folders.of(snapshot.id)
    wrong = []
    manifest = folder / folders.MANIFEST
    if not manifest.exists() or folders.digest_of(manifest) != snapshot.digest:
        wrong.append(folders.MANIFEST)
    for table in snapshot.tables.values():
        for each in table["files"]:
            path = folder / each["name"]
            if not path.exists() or folders.digest_of(path) != each["sha256"]:
                wrong.append(each["name"])
    return wrong
