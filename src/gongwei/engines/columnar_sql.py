"""The text of a query for DuckDB or Spark, through ibis's compilers."""

from __future__ import annotations

from functools import cache
from typing import Any

import ibis.expr.types as ir
import sqlglot.expressions as sge
from ibis.backends.sql import compilers


def _last_value(self: Any, op: Any, *, arg: Any) -> Any:
    """The last value of a window that is not missing."""
    return sge.IgnoreNulls(this=self.f.last_value(arg))


#: ibis's `last` passes over what is missing, and so does its window on Spark; on DuckDB it forgets to say so. The name is ibis's.
_DuckDB = type("_DuckDB", (compilers.DuckDBCompiler,), {"visit_LastValue": _last_value})


@cache
def _compiler(dialect: str) -> Any:
    return {"duckdb": _DuckDB, "spark": compilers.PySparkCompiler}[dialect]()


def text(query: ir.Table, dialect: str = "duckdb") -> str:
    """The query as text, for "duckdb" or "spark"."""
    compiler = _compiler(dialect)
    # Not a copy: nobody else has this tree.
    return str(compiler.to_sqlglot(query.unbind()).sql(dialect=compiler.dialect, copy=False))
