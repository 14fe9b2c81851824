"""R1: no acknowledged write is lost or doubled when the database is killed (-9), on a cluster with fsync on."""

import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from gongwei.base import postgres

WRITERS = 4
KILLS = 12
ROWS = 20_000
SEED = 20170228
SLOWEST_S = 240


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
    dice = random.Random(SEED)
    logs = [tmp_path / f"{number}.log" for number in range(WRITERS)]
    writers = [_writer(cluster.url(), number, logs[number]) for number in range(WRITERS)]
    restarts = []
    end = time.monotonic() + SLOWEST_S
    for kill in range(KILLS):
        # The kills are spread over the rows, so that each hits writers that are writing.
        target = (kill + dice.random()) * ROWS / (KILLS + 1)
        while sum(map(_lines, logs)) < target:
            assert time.monotonic() < end, "the writers stand still"
            time.sleep(0.005)
        assert any(writer.poll() is None for writer in writers)
        for victim in _victims(cluster, kill):
            victim.send_signal(signal.SIGKILL)
        began = time.monotonic()
        cluster.hold()
        restarts.append(time.monotonic() - began)
    for writer in writers:
        assert writer.wait(SLOWEST_S) == 0
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
    assert max(restarts) <= 10, "dataplane.md: a start after kill -9 takes at most 10 s"


def _victims(cluster: postgres.Cluster, kill: int) -> list[psutil.Process]:
    """In turn: everything, the postmaster alone, one backend alone."""
    postmaster = cluster.postmaster()
    assert postmaster is not None
    everything = cluster.backends()
    serving = [process for process in everything if "gongwei" in " ".join(process.cmdline())] or everything
    return [everything, [postmaster], serving[:1]][kill % 3]


def _writer(url: str, number: int, log: Path) -> subprocess.Popen[bytes]:
    log.touch()
    script = Path(__file__).with_name("writer.py")
    count = ROWS // WRITERS
    return subprocess.Popen([sys.executable, str(script), url, str(number), "0", str(count), str(log)])


def _lines(log: Path) -> int:
    return log.read_bytes().count(b"\n")
