"""The columnar engine on a Spark cluster: the very queries of `columnar` and `columnar_plans`, as Spark's text. SELECT only.

    with columnar_spark.session("spark://10.0.0.1:7077") as session:
        columnar_spark.show(session, "subjects", columnar_spark.files(session, paths, {"subject_id": "UUID", ...}))
        rows = columnar_spark.run(query, session)

pyspark comes with the optional extra `gongwei[spark]`, a Java 17 or 21 with the machine; nothing but this module imports pyspark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
from pyspark import SparkContext, StorageLevel
from pyspark.sql import DataFrame, SparkSession
from sqlglot import exp

from gongwei.engines import columnar

#: What a query means must not hang on how a cluster was set up.
MEANING = {
    "spark.sql.ansi.enabled": "true",  # numbers that overflow stop the query, as in DuckDB
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",  # decimals are exact or an error
}
#: How the driver starts where neither `spark-defaults.conf` nor the caller says otherwise.
STARTING = {
    "spark.app.name": "gongwei",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}


@contextmanager
def session(master: str, options: Mapping[str, str] | None = None) -> Iterator[SparkSession]:
    """A session on a cluster (`spark://host:port`, `local[2]`); the one that is open in this process when there is one.

    Spark knows one session in a process; who opened it ends it, and its Java with it.
    """
    known = SparkSession.getActiveSession()
    if known is not None:
        for name, value in MEANING.items():
            known.conf.set(name, value)
        yield known
        return
    builder = SparkSession.builder.master(master)
    for name, value in {**STARTING, **(options or {}), **MEANING}.items():
        builder = builder.config(name, value)
    opened = builder.getOrCreate()
    try:
        yield opened
    finally:
        opened.stop()
        _end_java()


def _end_java() -> None:
    """pyspark leaves its Java running until Python ends; a worker or a test goes on."""
    gateway = SparkContext._gateway
    if gateway is None:
        return
    gateway.shutdown()
    SparkContext._gateway = SparkContext._jvm = None
    if (process := getattr(gateway, "proc", None)) is not None:
        with suppress(OSError):
            process.stdin.close()
        process.wait(30)


def files(session: SparkSession, paths: Sequence[Path], columns: Mapping[str, str]) -> DataFrame:
    """Parquet files that DuckDB wrote, with their columns and DuckDB's types; every id as text.

    Spark knows no UUID: the sixteen bytes are read as they are and written out in hexadecimal digits, which keep their order.
    """
    stored = {name: _type(of) for name, of in columns.items()}
    schema = ", ".join(f"`{name}` {of}" for name, of in stored.items())
    table = session.read.schema(schema).parquet(*(f"file://{path}" for path in paths))
    return table.selectExpr(
        *(
            f"lower(hex(`{name}`)) as `{name}`" if of == "BINARY" else f"`{name}`"
            for name, of in stored.items()
        )
    )


def missing(columns: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """The expressions that select the wanted columns (DuckDB's types) of a table that may not have all of them."""
    return [
        f"`{name}`"
        if name in columns
        else f"cast(null as {_type(of).replace('BINARY', 'STRING')}) as `{name}`"
        for name, of in wanted.items()
    ]


def _type(of: str) -> str:
    """What Spark calls a type of DuckDB's; a UUID is its bytes.

    Raises:
        TypeError: an id inside a list or a row: no form has one, and its bytes would reach Spark unread.
    """
    parsed = exp.DataType.build(of, dialect="duckdb")
    if parsed.is_type("uuid"):
        return "BINARY"
    if any(inner.is_type("uuid") for inner in parsed.find_all(exp.DataType)):
        raise TypeError(f"{of}: Spark cannot read an id inside a list or a row of a snapshot")
    return str(parsed.sql("spark"))


def show(session: SparkSession, name: str, table: DataFrame) -> None:
    """Let queries find a table by its name."""
    table.createOrReplaceTempView(name)


def keep(session: SparkSession, name: str, query: str) -> DataFrame:
    """A query's rows under a name, worked out once: in the memory of the cluster and, where that is short, on its disks."""
    table = session.sql(query).persist(StorageLevel.MEMORY_AND_DISK)
    show(session, name, table)
    return table


def run(query: ir.Table | str, session: SparkSession) -> list[dict[str, Any]]:
    """The query's rows."""
    text = query if isinstance(query, str) else columnar.sql(query, "spark")
    return [each.asDict(recursive=True) for each in session.sql(text).collect()]
