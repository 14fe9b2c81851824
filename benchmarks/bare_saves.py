"""The bare counterpart of a save: an ASGI handler that writes the rows one real save wrote, and does nothing else.

No session, no rights, no rules, no row-level security, no templates: one connection, one pipeline, one commit. The rows are
taken from the database after a real save, so that both sides write the same columns into the same tables and indexes.
Part of `bench pages`.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

POOL = 8
#: Numbered by the database itself.
GIVEN = {"base_change": {"seq", "xid"}}


def rate(response_id: str, users: int, seconds: float, workers: int, folder: Path) -> float:
    """Saves a second of the bare handler, with as many askers and workers."""
    from gongwei.site import processes

    rows = _rows(response_id)
    file = folder / "rows.json"
    file.write_text(json.dumps(rows), encoding="utf-8")
    from benchmarks import pages

    port = pages._free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "asgi", "benchmarks.bare_saves:application"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", str(workers), "--no-ws"),
        *("--log-level", "warning", "--working-dir", str(Path(__file__).resolve().parents[1])),
    ]
    crew = processes.Crew(folder)
    crew.start("bare", command, {**os.environ, "GONGWEI_BARE_ROWS": str(file)})
    try:
        _await(port)
        return asyncio.run(_asked(port, users, seconds))
    finally:
        crew.stop()


def _await(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the bare handler did not start")


async def _asked(port: int, users: int, seconds: float) -> float:
    from benchmarks import pages

    began, done = time.perf_counter(), 0
    end = began + seconds

    async def one() -> None:
        nonlocal done
        line = pages.Connection(port, "")
        while time.perf_counter() < end:
            status, _, _ = await line.ask("POST", "/", b"x=1")
            assert status == 200, status
            done += 1
        await line.close()

    await asyncio.gather(*(one() for _ in range(users)))
    return done / (time.perf_counter() - began)


def _rows(response_id: str) -> list[dict[str, Any]]:
    """What one save wrote: table, columns with their types and values as texts; in the order of their references."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as database:
        encounter, resident, at = database.execute(
            "select encounter_id, resident_id, entered_at from records_response where id = %s", [response_id]
        ).fetchone()
        of = {
            "base_idempotencykey": ("answer::text like %s", [f"%{response_id}%"]),
            "records_encounter": ("id = %s", [encounter]),
            "records_response": ("id = %s", [response_id]),
            "hypertension_followup": ("response_id = %s", [response_id]),
            "base_change": ("subject_id = %s", [response_id]),
            "base_auditentry": ("subject_id = %s and action = 'create' and at = %s", [str(resident), at]),
            "tasks_task": ("resident_id = %s and planned_at = %s", [resident, at]),
        }
        return [
            row
            for table, (condition, values) in of.items()
            for row in _as_texts(database, table, condition, values)
        ]


def _as_texts(
    database: psycopg.Connection[Any], table: str, condition: str, values: list[Any]
) -> list[dict[str, Any]]:
    columns = database.execute(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute where attrelid = %s::regclass "
        "and attnum > 0 and not attisdropped and attgenerated = '' order by attnum",
        [table],
    ).fetchall()
    columns = [each for each in columns if each[0] not in GIVEN.get(table, ())]
    picked = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name, _ in columns)
    query = sql.SQL("select {} from {} where " + condition).format(picked, sql.Identifier(table))
    return [
        {"table": table, "columns": columns, "values": row}
        for row in database.execute(query, values).fetchall()
    ]


class _Writer:
    """Statements made once; each save fills in new ids."""

    def __init__(self) -> None:
        rows = json.loads(Path(os.environ["GONGWEI_BARE_ROWS"]).read_text(encoding="utf-8"))
        self.statements = []
        self.own: dict[str, str] = {}
        for row in rows:
            names = ", ".join(f'"{name}"' for name, _ in row["columns"])
            places = ", ".join(f"%s::{kind}" for _, kind in row["columns"])
            self.statements.append(
                (
                    f"insert into {row['table']} ({names}) values ({places})",
                    row["table"],
                    row["columns"],
                    row["values"],
                )
            )
            first = row["values"][0]
            if row["table"] in (
                "records_encounter",
                "records_response",
                "base_idempotencykey",
                "base_auditentry",
                "tasks_task",
            ):
                self.own[first] = ""

    def one(self) -> list[tuple[str, list[Any]]]:
        """The statements of one save."""
        new = {old: str(uuid.uuid4()) for old in self.own}
        found = []
        for statement, table, columns, values in self.statements:
            filled = [new.get(value, value) for value in values]
            for place, (name, _) in enumerate(columns):
                if (table, name) in {("base_idempotencykey", "key"), ("tasks_task", "anchor")}:
                    filled[place] = f"bare:{uuid.uuid4()}"
            found.append((statement, filled))
        return found


_state: dict[str, Any] = {}


async def _connect() -> None:
    _state["writer"], _state["free"] = _Writer(), asyncio.Queue()
    for _ in range(POOL):
        _state["free"].put_nowait(await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"]))


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Write the rows of one save and say so."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await _connect()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    while (await receive()).get("more_body"):
        pass
    connection = await _state["free"].get()
    try:
        async with connection.transaction(), connection.pipeline():
            for statement, values in _state["writer"].one():
                await connection.execute(statement, values, prepare=True)
    finally:
        _state["free"].put_nowait(connection)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
