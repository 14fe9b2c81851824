"""A snapshot as tables of Spark: what `reading.attach` gives DuckDB, from the same files, which every machine must see."""

from collections.abc import Iterable

from pyspark.sql import DataFrame, SparkSession

from gongwei.engines import columnar_spark
from gongwei.snapshots import exports, folders, queries, reading, writing
from gongwei.snapshots.models import Snapshot


def attach(snapshot: Snapshot, session: SparkSession, queries_: Iterable[str]) -> None:
    """Let these queries (Spark's text) find the tables of a snapshot, with the columns the present definitions have; ids are
    text.

    Raises:
        ValueError: the snapshot is not whole.
    """
    levels = queries.chain(snapshot)
    if any(each.state != Snapshot.State.COMPLETE for each in levels):
        raise ValueError(f"snapshot {snapshot.id} cannot be read: {snapshot.state}")
    known = {each.name: each for each in exports.every()}
    told = "\n".join(queries_)
    for name in sorted({*known, *snapshot.tables} - {writing.CHANGED}):
        if f"`{name}`" not in told:
            continue
        export = known.get(name)
        own = levels[-1:] if export is not None and not export.resident else levels
        columnar_spark.show(session, name, _table(session, name, export, own))


def _table(
    session: SparkSession, name: str, export: exports.Export | None, levels: list[Snapshot]
) -> DataFrame:
    """What each level holds of the table, without the residents a later one brought anew."""
    wanted = reading.columns(name, export, levels)
    found = None
    for place, level in enumerate(levels):
        if name not in level.tables:
            continue
        stored = dict(level.tables[name]["columns"])
        part = _files(session, level, name, {column: stored[column] for column in wanted if column in stored})
        for column, (table, there) in reading.moved(name, export, level).items():
            known = dict(level.tables[table]["columns"])
            other = _files(session, level, table, {"subject_id": known["subject_id"], there: known[there]})
            part = part.join(other.withColumnRenamed(there, column), "subject_id", "left")
            stored[column] = known[there]
        part = part.selectExpr(*columnar_spark.missing(stored, wanted))
        for later in levels[place + 1 :]:
            if writing.CHANGED in later.tables:
                gone = _files(session, later, writing.CHANGED, dict(later.tables[writing.CHANGED]["columns"]))
                part = part.join(gone, "subject_id", "left_anti").select(*part.columns)
        found = part if found is None else found.unionAll(part)
    if found is None:
        found = session.range(0).selectExpr(*columnar_spark.missing({}, wanted))
    return found


def _files(session: SparkSession, level: Snapshot, name: str, columns: dict[str, str]) -> DataFrame:
    folder = folders.of(level.id)
    return columnar_spark.files(
        session, [folder / each["name"] for each in level.tables[name]["files"]], columns
    )
