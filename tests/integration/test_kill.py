"""R1: no acknowledged write is lost or doubled when the database is killed (-9), on a cluster with fsync on.

Twenty thousand plain rows show that the server keeps what it acknowledged and comes back each time; some hundreds of
encounters show that the operation every record goes through adds nothing of its own that could be lost or doubled.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from gongwei.base import postgres

WRITERS = 4
KILLS = 12
ROWS = 20_000
ENCOUNTERS = 300
ENCOUNTER_KILLS = 9
SEED = 20170228
SLOWEST_S = 400
CHECKOUT = Path(__file__).parents[2]


pytestmark = pytest.mark.timeout(2 * SLOWEST_S)


@pytest.fixture
def cluster() -> Iterator[postgres.Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="gongwei-kill-"))
    folder.chmod(0o711)
    with postgres.Cluster(folder) as cluster:
        yield cluster
    shutil.rmtree(folder)


def test_nothing_acknowledged_is_lost_or_doubled_when_the_database_is_killed(
    cluster: postgres.Cluster, tmp_path: Path
) -> None:
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        # `seq` would show a row that was stored twice under different keys; the primary key shows nothing by itself.
        connection.execute(
            "create table record (writer text, number int, seq bigserial, primary key (writer, number))"
        )
        assert connection.execute("show fsync").fetchone() == ("on",)

    def writer(number: int, log: Path) -> subprocess.Popen[bytes]:
        script = Path(__file__).with_name("writer.py")
        command = [str(script), cluster.url(), str(number), "0", str(ROWS // WRITERS), str(log)]
        return subprocess.Popen([sys.executable, *command])

    logs = killed_while_writing(cluster, tmp_path, writer, ROWS, KILLS)
    acknowledged = {
        (str(number), int(line.split()[0]))
        for number, log in enumerate(logs)
        for line in log.read_text().splitlines()
    }
    with psycopg.connect(cluster.url()) as connection:
        stored = connection.execute("select writer, number from record").fetchall()
    assert len(acknowledged) == ROWS
    assert acknowledged - set(stored) == set(), "acknowledged but lost"
    assert len(stored) == len(set(stored)) == ROWS, "stored twice"


def test_no_acknowledged_encounter_is_lost_or_doubled_when_the_database_is_killed(
    cluster: postgres.Cluster, tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": cluster.url(),
        "GONGWEI_HOME": str(tmp_path),
        "PYTHONPATH": f"{CHECKOUT / 'src'}{os.pathsep}{CHECKOUT}",
    }
    furnish = [sys.executable, "-m", "tests.functional.pages.county"]
    made = subprocess.run(
        furnish, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True, timeout=SLOWEST_S
    )
    residents = json.loads(made.stdout.splitlines()[-1])["residents"]
    about = [
        residents[name] for name in ("王德福", "李桂兰", "曾国强", "王德福")
    ]  # two write about the same one
    before = counted(cluster)

    def writer(number: int, log: Path) -> subprocess.Popen[bytes]:
        script = Path(__file__).with_name("encounter_writer.py")
        command = [str(script), str(number), about[number], str(ENCOUNTERS // WRITERS), str(log)]
        return subprocess.Popen([sys.executable, *command], env=environment)

    logs = killed_while_writing(cluster, tmp_path, writer, ENCOUNTERS, ENCOUNTER_KILLS)
    acknowledged = {
        (f"{number}-{line.split()[0]}", line.split()[1])
        for number, log in enumerate(logs)
        for line in log.read_text().splitlines()
    }
    with psycopg.connect(cluster.url()) as connection:
        stored = connection.execute(
            "select note.subjective, encounter.id::text from health_record_outpatientnote note"
            " join records_response response on response.id = note.response_id"
            " join records_encounter encounter on encounter.id = response.encounter_id"
            " and encounter.note = note.subjective"
        ).fetchall()
    assert len(acknowledged) == ENCOUNTERS
    assert acknowledged - set(stored) == set(), "acknowledged but lost"
    assert len(stored) == ENCOUNTERS, "stored twice"
    after = counted(cluster)
    assert {table: after[table] - before[table] for table in after} == dict.fromkeys(after, ENCOUNTERS)


_TOGETHER = """
import itertools, django
django.setup()
from django.db import connection
from gongwei.base import commits
def waits():
    cursor.execute("show synchronous_commit")
    return cursor.fetchone()[0]
with connection.cursor() as cursor:
    cursor.execute("create table step (number int primary key)")
    cursor.execute("create table finished (at int)")
    numbers = itertools.count()
    with commits.flushed_together():
        inside = waits()
        for number in itertools.islice(numbers, 3000):
            cursor.execute("insert into step values (%s)", [number])
    cursor.execute("insert into finished values (1)")
    print(inside, waits(), flush=True)
    with commits.flushed_together():
        for number in numbers:
            cursor.execute("insert into step values (%s)", [number])
"""


def test_commits_flushed_together_are_lost_from_the_end_and_kept_by_the_next_one(
    cluster: postgres.Cluster, tmp_path: Path
) -> None:
    # given a job whose first part is over and said to be, and whose second goes on
    environment = {
        **os.environ,
        "DATABASE_URL": cluster.url(),
        "GONGWEI_HOME": str(tmp_path),
        "PYTHONPATH": str(CHECKOUT / "src"),
    }
    command = [sys.executable, "-c", _TOGETHER]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as job:
        assert job.stdout is not None
        assert job.stdout.readline().split() == ["off", "on"]
        time.sleep(0.3)
        # when the database is killed
        for victim in cluster.backends():
            victim.send_signal(signal.SIGKILL)
        assert job.wait(SLOWEST_S) != 0
    cluster.hold()
    # then what was said to be over is there, and of what followed a beginning without gaps
    with psycopg.connect(cluster.url()) as connection:
        kept = [row[0] for row in connection.execute("select number from step order by 1").fetchall()]
        finished = connection.execute("select at from finished").fetchall()
    assert finished == [(1,)]
    assert len(kept) >= 3000
    assert kept == list(range(len(kept)))


def counted(cluster: postgres.Cluster) -> dict[str, int]:
    """The tables that each recorded encounter with one form adds one row to."""
    tables = (
        "records_encounter",
        "records_response",
        "health_record_outpatientnote",
        "base_change",
        "base_auditentry",
    )
    with psycopg.connect(cluster.url()) as connection:
        found = {}
        for table in tables:
            row = connection.execute(f"select count(*) from {table}").fetchone()  # type: ignore[arg-type]
            assert row is not None
            found[table] = int(row[0])
    return found


def killed_while_writing(
    cluster: postgres.Cluster,
    folder: Path,
    start: Callable[[int, Path], subprocess.Popen[bytes]],
    rows: int,
    kills: int,
) -> list[Path]:
    """Start the writers, kill the database so often while they write, and return their logs once all are done."""
    dice = random.Random(SEED)
    logs = [folder / f"{number}.log" for number in range(WRITERS)]
    for log in logs:
        log.touch()
    writers = [start(number, log) for number, log in enumerate(logs)]
    restarts = []
    end = time.monotonic() + SLOWEST_S
    for kill in range(kills):
        # The kills are spread over the rows, so that each hits writers that are writing.
        target = (kill + dice.random()) * rows / (kills + 1)
        while sum(map(_lines, logs)) < target:
            assert time.monotonic() < end, "the writers stand still"
            assert not any(writer.poll() for writer in writers), "a writer gave up"
            time.sleep(0.005)
        assert any(writer.poll() is None for writer in writers)
        for victim in _victims(cluster, kill):
            victim.send_signal(signal.SIGKILL)
        began = time.monotonic()
        cluster.hold()
        restarts.append(time.monotonic() - began)
    for writer in writers:
        assert writer.wait(SLOWEST_S) == 0
    assert max(restarts) <= 10, "dataplane.md: a start after kill -9 takes at most 10 s"
    return logs


def _victims(cluster: postgres.Cluster, kill: int) -> list[psutil.Process]:
    """In turn: everything, the postmaster alone, one backend alone."""
    postmaster = cluster.postmaster()
    assert postmaster is not None
    everything = cluster.backends()
    serving = [process for process in everything if "gongwei" in " ".join(process.cmdline())] or everything
    return [everything, [postmaster], serving[:1]][kill % 3]


def _lines(log: Path) -> int:
    return log.read_bytes().count(b"\n")
