"""The rows behind a figure: persons of a run's files and, from its snapshot, their records as the row engine wants them.

One DuckDB database is kept open for each of the last snapshots asked for: files of a snapshot never change.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import duckdb

from gongwei import catalogue
from gongwei.engines import folding, row
from gongwei.language import attributes, fields, nodes
from gongwei.language.expressions import walk
from gongwei.language.forms import Form
from gongwei.language.measures import Measure
from gongwei.language.types import DATE, NUMBER, Value
from gongwei.measures.models import Run
from gongwei.snapshots import queries as snapshots
from gongwei.snapshots import reading

MEMORY = "256MB"
#: Databases kept open in a process.
OPEN = 3
#: Queries of one page that run beside each other.
AT_A_TIME = 2


@lru_cache(OPEN)
def _database(snapshot_id: UUID | None) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect(config={"threads": 1, "memory_limit": MEMORY})
    database.execute("set parquet_metadata_cache = true")  # files of runs and snapshots never change
    if snapshot_id is not None:
        snapshot = snapshots.of(snapshot_id)
        if snapshot is None:
            raise LookupError(snapshot_id)
        reading.attach(snapshot, database)
    return database


def reader(snapshot_id: UUID | None = None) -> duckdb.DuckDBPyConnection:
    """A connection of one's own to the tables of a snapshot (or to none, for files).

    Raises:
        LookupError: the snapshot is not there any more.
    """
    if snapshot_id is not None and snapshots.of(snapshot_id) is None:
        raise LookupError(snapshot_id)
    return _database(snapshot_id).cursor()


def rows(database: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """The rows of a query as plain values. For few rows: without Arrow between, which plans the query twice."""
    found = database.execute(sql, list(values) or None)
    names = [column[0] for column in found.description]
    return [dict(zip(names, each, strict=True)) for each in found.fetchall()]


def rows_of_all(
    database: duckdb.DuckDBPyConnection, asked: Mapping[str, str]
) -> dict[str, list[dict[str, Any]]]:
    """The rows of several queries by name, two at a time: each reads a file of its own."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return dict(
            zip(asked, pool.map(lambda sql: rows(database.cursor(), sql), asked.values()), strict=True)
        )


def subjects(run: Run, measure: Measure, people: Mapping[UUID, int]) -> dict[UUID, row.Subject]:
    """These residents (by id, with the village they were counted in) with what the measure reads, as the snapshot has it.

    Raises:
        LookupError: the snapshot is not there any more.
    """
    database = reader(run.snapshot_id)
    where = f"area_key in ({', '.join(str(int(key)) for key in sorted(set(people.values())))})"
    chosen = f"{where} and subject_id in ({', '.join(quoted(each) for each in people)})"
    forms = {form.code: (form, names) for form, names in forms_read(measure).items()}
    asked = {}
    for code, (_, names) in forms.items():
        listed = "".join(f', "{name}"' for name in names if name != "done_on")
        asked[code] = (
            f'select subject_id, record_id, done_on, entered_on{listed} from "{code}" where {chosen}'
        )
    # After the forms, which take longer.
    asked["subjects"] = f"select * from subjects where {chosen}"
    asked["episodes"] = f"select subject_id, kind, started_on, ended_on from episodes where {chosen}"
    found = rows_of_all(database, asked)
    known = {each["subject_id"]: each for each in found["subjects"]}
    spans: dict[Any, list[row.EpisodeSpan]] = defaultdict(list)
    for each in found["episodes"]:
        spans[as_id(each["subject_id"])].append(
            row.EpisodeSpan(each["kind"], each["started_on"], each["ended_on"])
        )
    records: dict[Any, list[row.Record]] = defaultdict(list)
    for code, (form, names) in forms.items():
        for each in found[code]:
            records[as_id(each["subject_id"])].append(_record(form, names, each))
    lookup = parameters_of(run)
    own = {as_id(key): value for key, value in known.items()}
    return {
        key: row.Subject(
            {name: _plain(own[key].get(name)) for name in _ATTRIBUTES}, records[key], spans[key], lookup
        )
        for key in people
        if key in own
    }


_ATTRIBUTES = tuple(each.name for each in attributes.ATTRIBUTES)


@lru_cache(64)
def _read_by_code(code: str) -> tuple[tuple[type[Form], tuple[str, ...]], ...]:
    measure = catalogue.measure(code)
    forms: dict[str, type[Form]] = {}
    names: dict[str, set[str]] = {}
    for fact in measure.facts:
        for node in walk(fact.node):
            for name in ("form", "answer_form"):
                form = getattr(node, name, None)
                if isinstance(form, type) and hasattr(form, "code"):
                    forms[form.code] = form
            if isinstance(node, nodes.Answer) and node.form_code:
                names.setdefault(node.form_code, set()).add(node.name)
    return tuple((form, tuple(sorted(names.get(code, ())))) for code, form in sorted(forms.items()))


def forms_read(measure: Measure) -> dict[type[Form], tuple[str, ...]]:
    """The forms a measure looks at, and the answers it reads of each."""
    return dict(_read_by_code(measure.code))


def _record(form: type[Form], names: Iterable[str], said: Mapping[str, Any]) -> row.Record:
    answers = {name: _answer(form.fields[name], said.get(name)) for name in names}
    answers["done_on"] = said["done_on"]
    return row.Record(form, said["done_on"], answers, str(said["record_id"]), said["entered_on"])


def _answer(field: fields.Field, value: Any) -> Any:
    match field:
        case fields.Choices() if value is not None:
            return frozenset(value)
        case fields.Rows() if value is not None:
            return tuple(
                {name: _answer(inner, each.get(name)) for name, inner in field.row.fields.items()}
                for each in value
            )
    return _plain(value)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def as_id(value: Any) -> UUID:
    """An id however DuckDB gives it."""
    return (
        value
        if isinstance(value, UUID)
        else UUID(bytes=value)
        if isinstance(value, bytes)
        else UUID(str(value))
    )


def quoted(key: UUID) -> str:
    """An id in SQL."""
    return f"'{UUID(str(key))}'"


def parameters_of(run: Run) -> Callable[[str, dt.date], Value]:
    """The values of parameters as the run used them."""
    steps = {
        code: [(dt.date.fromisoformat(since), _value(code, value)) for since, value in values]
        for code, values in run.parameters.items()
    }

    def lookup(code: str, day: dt.date) -> Value:
        return folding.value_on(steps.get(code, ()), day)

    return lookup


def _value(code: str, value: Any) -> Value:
    definition = catalogue.current().parameters.definitions.get(code)
    if definition is None or value is None:
        return value
    if definition.of == DATE:
        return dt.date.fromisoformat(value)
    if definition.of == NUMBER:
        return value if isinstance(value, int) else Decimal(value)
    return value
