"""Statements of the hot pages: written out once by Django, planned once by PostgreSQL, then only run.

Most of the cost of a small query is not the reading of its row: Django composes the SQL anew, PostgreSQL plans it anew
under row-level security (for a row by its key four times the cost of fetching it). A `Query` is a queryset with holes
for its arguments, composed once in a process and prepared once on a connection. PostgreSQL replans by itself when the
role or a table has changed, so rights are what they are elsewhere.

For statements by key only: connections are told to plan a prepared statement once (`plan_cache_mode` in the settings),
not five times before they believe it. A list whose best plan depends on the arguments is sent with its values written in,
and planned each time.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.query import ModelIterable, ValuesListIterable, get_related_populators
from psycopg import adapt
from psycopg.pq import Format
from psycopg.types.json import Jsonb
from psycopg.types.numeric import Int2, Int4, Int8, IntNumeric

Row = TypeVar("Row")

#: Prepared statements kept on one connection; the least used are dropped.
KEPT = 400


def execute(statement: str, arguments: Sequence[Any] = (), *, planned: bool = True) -> list[tuple[Any, ...]]:
    """Run a statement in the present transaction and return its rows (none for a statement without).

    planned: keep its plan; not for lists and counts whose best plan depends on the arguments. Values come as Django's
    cursors give them: jsonb as text. The arguments' types are told by their Python types.
    """
    cursor = _run(psycopg.Cursor if planned else psycopg.ClientCursor, statement, arguments, planned)
    result = cursor.pgresult
    return cursor.fetchall() if result is not None and result.nfields else []


def _run(
    kind: type[psycopg.Cursor[Any]], statement: str, arguments: Sequence[Any], planned: bool
) -> psycopg.Cursor[Any]:
    database = connections[DEFAULT_DB_ALIAS]  # the proxy `connection` looks it up anew for each attribute
    database.ensure_connection()
    if database.queries_logged:  # tests count statements
        database.queries_log.append({"sql": statement, "time": "0"})
    if database.needs_rollback:
        database.validate_no_broken_transaction()
    raw = database.connection
    with database.wrap_database_errors:
        cursor = kind(raw)
        # Only while this statement runs: psycopg would otherwise count and keep the text of every other one.
        raw.prepare_threshold, raw.prepared_max = 0, KEPT
        try:
            cursor.execute(statement, arguments, prepare=True if planned else None)
        finally:
            raw.prepare_threshold = None
    return cursor


class Query(Generic[Row]):
    """A queryset with holes, for example

        _account = prepared.Query(lambda account_id: Account.objects.filter(pk=account_id), account_id=UUID)
        account = _account.first(account_id=...)

    Model instances with what `select_related` brings, or tuples of `values_list`; no prefetching, no annotations.
    Each argument is a date, a number, a text or a UUID, never None.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Any, Row]], **kinds: type) -> None:
        self._build, self._kinds = build, kinds
        self._made: _Made | None = None
        self._lock = threading.Lock()

    def rows(self, **arguments: Any) -> list[Row]:
        """The rows for some arguments."""
        made = self._made or self._make()
        values = [arguments[place.name] if isinstance(place, _Hole) else place for place in made.places]
        return made.read(execute(made.statement, values))

    def first(self, **arguments: Any) -> Row | None:
        """The first row, or None. The queryset itself says in which order."""
        found = self.rows(**arguments)
        return found[0] if found else None

    def _make(self) -> _Made:
        with self._lock:
            if self._made is None:
                holes = {
                    name: _stand_in(kind, number) for number, (name, kind) in enumerate(self._kinds.items())
                }
                self._made = _Made(self._build(**holes), holes)
            return self._made


class _Hole:
    def __init__(self, name: str) -> None:
        self.name = name


def _stand_in(kind: type, number: int) -> Any:
    """A value that stands for an argument until the SQL is written; it occurs nowhere else."""
    if kind is uuid.UUID:
        return uuid.uuid4()
    if kind is dt.date:
        return dt.date(2, 1, 1) + dt.timedelta(days=number)
    if kind is dt.datetime:
        return dt.datetime(2, 1, 1, second=number, tzinfo=dt.UTC)
    if kind is int:
        return -987_654_321_000 - number
    if kind is str:
        return f"gongwei-hole-{number}"
    raise TypeError(f"no stand-in for {kind.__name__}")


class _Made:
    """The SQL of a queryset, where its arguments go, and how a row becomes what the queryset gives."""

    def __init__(self, queryset: models.QuerySet[Any, Any], holes: dict[str, Any]) -> None:
        compiler = queryset.query.get_compiler(using=connection.alias)
        self.statement, values = compiler.as_sql()
        names = {value: name for name, value in holes.items()}
        self.places = [_Hole(names[value]) if _is_hole(value, names) else value for value in values]
        missing = set(holes) - {place.name for place in self.places if isinstance(place, _Hole)}
        if missing:
            raise ValueError(f"the queryset does not use {sorted(missing)}")
        self._compiler = compiler
        expressions = [column[0] for column in compiler.select[: compiler.col_count]]
        self._converters = compiler.get_converters(expressions)
        iterable = queryset._iterable_class
        if iterable is ModelIterable:
            info = compiler.klass_info
            chosen = info["select_fields"]
            self._span = slice(chosen[0], chosen[-1] + 1)
            self._names = [column[0].target.attname for column in compiler.select[self._span]]
            self._model = info["model"]
            self._populators = get_related_populators(info, compiler.select, connection.alias)
        elif iterable is ValuesListIterable:
            self._model = None
        else:
            raise TypeError("only model instances and values_list")

    def read(self, rows: list[tuple[Any, ...]]) -> list[Any]:
        """Rows as the queryset gives them."""
        if self._converters:
            rows = [tuple(row) for row in self._compiler.apply_converters(rows, self._converters)]
        if self._model is None:
            return rows
        found = []
        for row in rows:
            one = self._model.from_db(connection.alias, self._names, row[self._span])
            for populator in self._populators:
                populator.populate(row, one)
            found.append(one)
        return found


def _is_hole(value: Any, names: dict[Any, str]) -> bool:
    try:
        return value in names
    except TypeError:  # a list or a dict is never one
        return False


_inserts: dict[type[models.Model], tuple[str, tuple[models.Field[Any, Any], ...]]] = {}


def insert(row: models.Model, *, unless_there: bool = False) -> bool:
    """Insert one row of a table, as `row.save(force_insert=True)` does for a model without signals or parents.

    unless_there: write nothing when a unique column has the value already; says whether the row was written.
    """
    made = _inserts.get(type(row))
    if made is None:
        fields = tuple(each for each in row._meta.local_concrete_fields if not each.generated)
        quote = connection.ops.quote_name
        statement = (
            f"insert into {quote(row._meta.db_table)} ({', '.join(quote(each.column) for each in fields)}) "
            f"values ({', '.join(['%t'] * len(fields))})"
        )
        made = _inserts[type(row)] = (statement, fields)
    statement, fields = made
    database = connections[DEFAULT_DB_ALIAS]
    values = [each.get_db_prep_save(each.pre_save(row, True), connection=database) for each in fields]
    if unless_there:
        statement += " on conflict do nothing"
    written = _run(_Untyped, statement, values, True).rowcount == 1
    if written:
        row._state.adding, row._state.db = False, database.alias
    return written


class _Untyped(psycopg.Cursor[Any]):
    """Sends every value as text without a type: the column gives it.

    A NULL has no type anyway; if the others had one, each pattern of empty answers would be a statement of its own.
    """

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        super().__init__(raw)
        self._adapters = _adapters(raw)


class _Text(adapt.Dumper):
    format, oid = Format.TEXT, 0

    def dump(self, value: Any) -> bytes:
        """The value as PostgreSQL reads it from text."""
        return _literal(value).encode()


def _literal(value: Any) -> str:
    if isinstance(value, str):
        if "\x00" in value:
            raise psycopg.DataError("a text cannot contain NUL")
        return str(value)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"\\x{bytes(value).hex()}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Jsonb):
        return str((value.dumps or json.dumps)(value.obj))
    if isinstance(value, list | tuple):
        return "{" + ",".join("NULL" if each is None else _quoted(_literal(each)) for each in value) + "}"
    return str(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_UNTYPED = (
    str, int, Int2, Int4, Int8, IntNumeric, bool, float, Decimal, uuid.UUID, dt.date, dt.datetime, bytes, memoryview,
    list, tuple, Jsonb,
)  # fmt: skip


def _adapters(raw: psycopg.Connection[Any]) -> adapt.AdaptersMap:
    found: adapt.AdaptersMap | None = getattr(raw, "_gongwei_untyped", None)
    if found is None:
        found = adapt.AdaptersMap(raw.adapters)
        for kind in _UNTYPED:
            found.register_dumper(kind, _Text)
        raw._gongwei_untyped = found  # type: ignore[attr-defined]
    return found
