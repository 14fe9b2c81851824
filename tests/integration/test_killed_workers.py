"""R2: nothing acknowledged is lost or doubled when page workers are killed (-9) in the middle of requests.

People file residents and write notes through the real pages; whoever gets no answer sends the same form with the same
key again. Two hundred workers are killed in the gate behind a server that replaces them at once (`forked_pages`);
behind granian, as `serve` starts and watches it, only a few, since it takes seconds to come back: two hundred of those
at night.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from tests.conftest import free_port
from tests.integration import clerks

from gongwei.site import processes, service

CLERKS = 4
WORKERS = 3
BETWEEN_KILLS_S = 0.3
SEED = 20170228
CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def database(database_copy: Callable[[str], AbstractContextManager[str]]) -> Iterator[str]:
    with database_copy("killed") as url:
        yield url


@pytest.fixture(scope="module")
def county(database: str) -> dict[str, Any]:
    """The small county of the page journeys, made in the database by a program of its own."""
    program = [sys.executable, "-m", "tests.functional.pages.county"]
    made = subprocess.run(
        program, cwd=CHECKOUT, env=environment(database), capture_output=True, text=True, check=True
    )
    return json.loads(made.stdout.splitlines()[-1])


def environment(database: str) -> dict[str, str]:
    paths = f"{CHECKOUT / 'src'}{os.pathsep}{CHECKOUT}"
    return {**os.environ, "DATABASE_URL": database, "PYTHONPATH": paths}


def forked(address: service.Address) -> list[str]:
    return [sys.executable, str(Path(__file__).with_name("forked_pages.py")), str(address.port), str(WORKERS)]


class Pages:
    """A running page server, seen to as `serve` does, whose workers can be killed."""

    def __init__(self, command: Callable[[service.Address], list[str]], database: str, logs: Path) -> None:
        self.address = service.Address("127.0.0.1", free_port())
        self._crew = processes.Crew(logs)
        self._crew.start("web", command(self.address), environment(database))
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch)

    def __enter__(self) -> "Pages":
        service.await_answer(self._crew, self.address)
        self._watcher.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._over.set()
        self._watcher.join()
        self._crew.stop()

    def kill_a_worker(self, dice: random.Random) -> bool:
        """Kill one if there is one just now."""
        workers = [
            worker
            for server in psutil.Process().children()
            if self._is_ours(server)
            for worker in server.children()
        ]
        with suppress(psutil.NoSuchProcess):
            alive = [each for each in workers if each.status() != psutil.STATUS_ZOMBIE]
            if alive:
                dice.choice(alive).kill()
                return True
        return False

    def _is_ours(self, server: psutil.Process) -> bool:
        """Whether a child of this process is the page server; an earlier test's that nobody waited for is not."""
        try:
            return str(self.address.port) in server.cmdline()
        except psutil.NoSuchProcess:  # a zombie among them
            return False

    def _watch(self) -> None:
        with suppress(processes.Stopped):
            self._crew.watch(self._until_over)

    def _until_over(self) -> None:
        if self._over.is_set():
            raise processes.Stopped


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("command", "kills"),
    [
        pytest.param(forked, 200, id="forked"),
        pytest.param(service.pages, 4, id="granian"),
        pytest.param(service.pages, 200, id="granian-many", marks=pytest.mark.night),
    ],
)
def test_nothing_acknowledged_is_lost_or_doubled_when_workers_are_killed(
    county: dict[str, Any], database: str, tmp_path: Path, command: Callable[..., list[str]], kills: int
) -> None:
    dice = random.Random(SEED)
    with (
        psycopg.connect(database, autocommit=True) as connection,
        Pages(command, database, tmp_path) as pages,
    ):
        before = counted(connection)
        stop = threading.Event()
        team = [
            clerks.Clerk(number, pages.address.port, doctor_of(connection), stop, first=before["notes"])
            for number in range(CLERKS)
        ]
        for clerk in team:
            clerk.start()
        for kill in range(kills):
            done = answers(team)
            time.sleep(BETWEEN_KILLS_S)
            # The next one dies when the pages answer again, so that each kill hits work.
            while answers(team) == done or not pages.kill_a_worker(dice):
                failures = [clerk.failure for clerk in team]
                assert all(clerk.is_alive() for clerk in team), (kill, answers(team), failures)
                time.sleep(0.01)
        stop.set()
        for clerk in team:
            clerk.join()
        assert [clerk.failure for clerk in team] == [None] * CLERKS
        filed = {name: key for clerk in team for name, key in clerk.filed.items()}
        noted = {text: key for clerk in team for text, key in clerk.noted.items()}
        stored = connection.execute(
            "select name, id::text from residents_resident where name = any(%s)", [list(filed)]
        ).fetchall()
        assert dict(stored) == filed, "acknowledged but lost, or another one than was answered"
        assert len(stored) == len(filed), "filed twice"
        notes = connection.execute(
            "select subjective, response_id::text from health_record_outpatientnote where subjective = any(%s)",
            [list(noted)],
        ).fetchall()
        assert dict(notes) == noted, "acknowledged but lost, or another one than was answered"
        assert len(notes) == len(noted), "noted twice"
        # Nothing was left half done, and nothing done that nobody was told of: everybody waited for the answer.
        after = counted(connection)
        assert {name: after[name] - before[name] for name in after} == {
            "residents": len(filed),
            "filings": len(filed),
            "encounters": len(noted),
            "responses": len(noted),
            "notes": len(noted),
            "keys": len(filed) + len(noted),
            "audited": len(filed) + len(noted),
        }
        lost = sum(clerk.lost for clerk in team)
        assert lost >= kills // 4, "too few kills hit a request for this to say anything"


def answers(team: list[clerks.Clerk]) -> int:
    return sum(len(clerk.filed) + len(clerk.noted) for clerk in team)


def doctor_of(connection: psycopg.Connection[Any]) -> str:
    row = connection.execute("select id::text from places_practitioner where name = '刘志强'").fetchone()
    assert row is not None
    return str(row[0])


def counted(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How much there is of everything the pages write."""
    tables = {
        "residents": "residents_resident",
        "filings": "residents_lifecycleevent where kind = 'filed'",
        "encounters": "records_encounter",
        "responses": "records_response",
        "notes": "health_record_outpatientnote",
        "keys": "base_idempotencykey",
        "audited": "base_auditentry where action = 'create' and subject_kind = 'resident'",
    }
    found = {}
    for name, table in tables.items():
        row = connection.execute(f"select count(*) from {table}").fetchone()  # type: ignore[arg-type]
        assert row is not None
        found[name] = row[0]
    return found
