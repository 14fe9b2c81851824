"""The columnar engine: definitions on all records at once, compiled to ibis and from there to SQL. SELECT only.

Three kinds of table are read (`Columns`): one per form with a row per record in force, the subjects with their
attributes, and the episodes. `judged` adds to each record of a form the values of conditions about it; `facts` gives one
row per subject with a column for each named condition about a period; `measured` those columns for measures, and
`figures` their sums. `sql` shows the text for DuckDB or Spark; `run` executes it on a DuckDB connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.expr.schema import Schema

from gongwei.engines import columnar_nodes, columnar_periods, columnar_records, columnar_sql
from gongwei.engines import columnar_numbers as numbers
from gongwei.engines.columnar_keys import reached
from gongwei.engines.columnar_schemas import (
    arrow_carried,
    arrow_episodes,
    arrow_schema,
    arrow_subjects,
    arrow_type,
)
from gongwei.language.expressions import Expression, Node
from gongwei.language.forms import FieldGroup, Form
from gongwei.language.measures import Measure
from gongwei.language.nodes import Parameter
from gongwei.language.parameters import ParameterSet
from gongwei.language.periods import DOORS

# Fused into one SELECT, the text of a column would be repeated wherever the next one uses it, and computed again there.
ibis.options.sql.fuse_selects = False


def table_of(schema: pa.Schema, name: str) -> ir.Table:
    """A table of these columns by name, not bound to any database."""
    return ibis.table(Schema.from_pyarrow(schema), name=name)


@dataclass(frozen=True)
class Columns:
    """The tables a definition is run on, and the dated values of parameters (`parameter_steps`).

    Attributes:
        names: names of the forms' tables where they differ from the forms' codes, and of `subjects` and `episodes`.
        carried: the forms' tables have some attributes of the subject beside each record (`arrow_carried`), as a snapshot's.
    """

    parameters: numbers.Steps = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    carried: bool = False

    def within(self, first: date, last: date) -> Columns:
        """The same for records of these days only: of a parameter's values those that hold on some of them."""
        clipped = {}
        for code, steps in self.parameters.items():
            held = [step for step in steps if step[0] <= first]
            since = [max(held, key=lambda step: step[0])[1]] if held else []
            later = [step for step in steps if first < step[0] <= last]
            clipped[code] = [*((date.min, value) for value in since), *later]
        return replace(self, parameters=clipped)

    def form(self, form: type[FieldGroup]) -> ir.Table:
        """The table of a form."""
        code = str(getattr(form, "code", ""))
        schema = arrow_schema(form)
        if self.carried:
            schema = pa.schema([*schema, *arrow_carried()])
        return table_of(schema, self.names.get(code, code))

    def records(
        self, form: type[FieldGroup], conditions: Mapping[str, Node], period: tuple[date, date] | None = None
    ) -> ir.Table:
        """The records of a form (of a period) with a column for each condition about them."""
        return columnar_records.judged(form, conditions, self, period)

    @property
    def subjects(self) -> ir.Table:
        """The table of subjects."""
        return table_of(arrow_subjects(), self.names.get("subjects", "subjects"))

    @property
    def episodes(self) -> ir.Table:
        """The table of episodes."""
        return table_of(arrow_episodes(), self.names.get("episodes", "episodes"))


def parameter_steps(parameters: ParameterSet, nodes: Iterable[Node]) -> numbers.Steps:
    """The values over time of every parameter the conditions name, as (from this day on, value)."""
    codes = {inner.code for node in nodes for inner in reached(node) if isinstance(inner, Parameter)}
    return {code: parameters.steps(code) for code in sorted(codes)}


def judged(form: type[Form], conditions: Mapping[str, Expression], columns: Columns) -> ir.Table:
    """Every record of a form with a column for each condition about it, beside `subject_id`, `record_id`, `done_on`."""
    nodes = {name: each.node for name, each in conditions.items()}
    return columnar_records.judged(form, nodes, columns)


def facts(conditions: Mapping[str, Expression], first: date, last: date, columns: Columns) -> ir.Table:
    """One row per subject: `subject_id` and a column for each condition about the period, both days included."""
    nodes = {name: each.node for name, each in conditions.items()}
    return columnar_periods.facts(nodes, (first, last), columns)


def measured(measures: Iterable[Measure], first: date, last: date, columns: Columns) -> ir.Table:
    """One row per subject: for each measure whether it counts in the denominator and in the numerator, whether it is
    excluded though the base holds, and every named part, as columns `HTN.2/denominator`, `HTN.2/numerator`, `HTN.2/excluded`,
    `HTN.2/年度体检`. Nobody is in a numerator without being in the denominator: the measure builds one from the other."""
    conditions: dict[str, Expression] = {}
    for measure in measures:
        conditions[f"{measure.code}/denominator"] = measure.in_denominator
        conditions[f"{measure.code}/numerator"] = measure.in_numerator
        conditions[f"{measure.code}/excluded"] = measure.base.if_missing(False) & measure.excluded
        for fact in measure.facts:
            conditions[f"{measure.code}/{fact.label}"] = fact
    return facts(conditions, first, last, columns)


def figures(measures: Iterable[Measure], first: date, last: date, columns: Columns) -> ir.Table:
    """One row: for each measure the number of subjects in its denominator and numerator, and of those excluded."""
    measures = tuple(measures)
    people = measured(measures, first, last, columns)
    sums: dict[str, Any] = {}
    for measure in measures:
        for side in ("denominator", "numerator", "excluded"):
            name = f"{measure.code}/{side}"
            # Integer flags: DuckDB sums them faster, and casts keep a sum a plain integer.
            sums[name] = people[name].cast("int32").sum().cast("int64").fill_null(0)
    return people.aggregate(**sums)


def sql(query: ir.Table, dialect: str = "duckdb") -> str:
    """The query as text, for "duckdb" or "spark"."""
    return columnar_sql.text(query, dialect)


def run(query: ir.Table, connection: Any) -> list[dict[str, Any]]:
    """The query's rows from a DuckDB connection that has the tables."""
    # Through Arrow: DuckDB's own way to Python wants a library for time zones that nothing else here needs.
    rows: list[dict[str, Any]] = connection.sql(sql(query)).to_arrow_table().to_pylist()
    return rows


__all__ = [
    "DOORS",
    "Columns",
    "arrow_carried",
    "arrow_episodes",
    "arrow_schema",
    "arrow_subjects",
    "arrow_type",
    "columnar_nodes",
    "facts",
    "figures",
    "judged",
    "measured",
    "parameter_steps",
    "reached",
    "run",
    "sql",
]
