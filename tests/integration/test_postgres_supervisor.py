"""The supervisor of the embedded PostgreSQL: data plane, trap "The supervisor"; reliability R1, R18."""

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from gongwei.base import postgres, postgres_ground, postgres_settings

WAIT_S = 120


@pytest.fixture
def home() -> Iterator[Path]:
    """A home that the account of the server can reach; pytest's own tmp_path is closed to everybody else."""
    with tempfile.TemporaryDirectory(prefix="gongwei supervisor ") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder
        cluster = postgres.Cluster(folder)
        cluster.stop()
        for process in cluster.backends() if (folder / "postgres" / "cluster.json").exists() else []:
            process.kill()


@pytest.fixture(scope="module")
def standing() -> Iterator[postgres.Cluster]:
    """A fresh durable cluster that tests only look at."""
    folder = Path(tempfile.mkdtemp(prefix="gongwei-standing-"))
    folder.chmod(0o711)
    with postgres.Cluster(folder) as cluster:
        yield cluster
    shutil.rmtree(folder)


def ask(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def eventually(holds) -> bool:
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("show server_encoding", "UTF8"),
        ("show data_checksums", "on"),
        ("show fsync", "on"),
        ("show synchronous_commit", "on"),
        ("show full_page_writes", "on"),
        ("show timezone", "UTC"),
        ("show password_encryption", "scram-sha-256"),
        ("show listen_addresses", "127.0.0.1"),
        ("select datlocale from pg_database where datname = 'gongwei'", "C.UTF-8"),
        ("select rolsuper from pg_roles where rolname = current_user", False),
        ("select rolcreatedb from pg_roles where rolname = current_user", True),
        ("select rolbypassrls from pg_roles where rolname = current_user", False),
        ("select rolcanlogin from pg_roles where rolname = 'gongwei_app'", False),
        ("select pg_has_role('gongwei', 'gongwei_app', 'set')", True),
        ("select pg_get_userbyid(datdba) from pg_database where datname = 'gongwei'", "gongwei"),
        ("select 'A' < 'a'", True),
    ],
)
def test_a_fresh_cluster_is_as_promised(standing: postgres.Cluster, query: str, expected: object) -> None:
    assert ask(standing.url(), query) == expected


def test_chinese_names_have_trigrams(standing: postgres.Cluster) -> None:
    """With LC_CTYPE=C they would have none, and every search inside a name would find nobody."""
    with psycopg.connect(standing.url()) as connection:
        connection.execute("create extension pg_trgm")
        row = connection.execute("select cardinality(show_trgm('王小明'))").fetchone()
    assert row is not None
    assert row[0] >= 4


def test_secrets_and_data_are_closed_to_others(standing: postgres.Cluster) -> None:
    state = standing.home / "postgres" / "cluster.json"
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert stat.S_IMODE(standing.data.stat().st_mode) == 0o700
    assert standing.data.stat().st_uid == postgres_ground.account().uid
    rules = [
        line.split()
        for line in (standing.data / "pg_hba.conf").read_text().splitlines()
        if line.strip() and not line.startswith("#")
    ]
    assert {rule[-1] for rule in rules} == {"scram-sha-256"}
    assert not (standing.data.parent / "password").exists()


def test_a_wrong_password_is_refused(standing: postgres.Cluster) -> None:
    wrong = standing.url().replace(":", ":x", 2).replace("postgresql:x", "postgresql:", 1)
    assert wrong != standing.url()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong).close()


def test_logs_hold_no_values(standing: postgres.Cluster) -> None:
    """R18: neither the statement nor the DETAIL of an error may bring an identity number into the log."""
    canary = "999999199001018888"
    with psycopg.connect(standing.url(), autocommit=True) as connection:
        connection.execute("create table canary (number text unique)")
        connection.execute(f"insert into canary values ('{canary}')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(f"insert into canary values ('{canary}')")
        with pytest.raises(psycopg.errors.SyntaxError):
            connection.execute(f"insert insert '{canary}'")
    log = standing.data / "log"

    def texts() -> str:
        return "".join(path.read_text() for path in log.iterdir())

    # Another process (the collector) writes the log: an answer may be here before its line is.
    deadline = time.monotonic() + 60
    while not ("duplicate key value" in texts() and "syntax error" in texts()):
        assert time.monotonic() < deadline, "both errors must be in the log, without their values"
        time.sleep(0.05)
    assert canary not in texts()


def test_the_last_holder_stops_the_server(home: Path) -> None:
    first, second = postgres.Cluster(home), postgres.Cluster(home)
    first.hold()
    second.hold()
    first.release()
    assert ask(second.url(), "select 1") == 1
    second.release()
    assert second.postmaster() is None
    assert second.backends() == []


def test_a_start_goes_on_where_an_interrupted_one_stopped(home: Path) -> None:
    """initdb cut off in the middle, then roles not made: both are made good by the next start."""
    cluster = postgres.Cluster(home)
    with cluster:
        making = cluster.data.with_name("data.making")
    shutil.rmtree(cluster.data)
    making.mkdir()
    (making / "half").write_text("made")
    assert ask(cluster.hold(), "select current_user::text") == "gongwei"
    cluster.release()
    assert not making.exists()


HOLDER = """
import sys, time
from pathlib import Path
from gongwei.base import postgres
cluster = postgres.Cluster(Path(sys.argv[1]))
print(cluster.hold(), flush=True)
time.sleep(600)
"""


def test_nothing_is_left_when_the_holder_is_killed(home: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home)], stdout=subprocess.PIPE, text=True, cwd="/"
    )
    assert holder.stdout is not None
    url = holder.stdout.readline().strip()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table kept as select 42 as answer")
    holder.kill()
    holder.wait()
    holder.stdout.close()
    cluster = postgres.Cluster(home)
    cluster._load()
    assert eventually(lambda: not cluster.backends())
    with cluster:
        assert ask(cluster.url(), "select answer from kept") == 42


SLEEPER = "import psycopg, sys; psycopg.connect(sys.argv[1]).execute('select pg_sleep(600)')"


@pytest.mark.parametrize("which", ["postmaster only", "everything", "one backend"])
def test_a_killed_server_starts_again_and_keeps_what_it_acknowledged(home: Path, which: str) -> None:
    cluster = postgres.Cluster(home)
    with cluster:
        open_transaction = psycopg.connect(cluster.url())
        with psycopg.connect(cluster.url(), autocommit=True) as connection:
            connection.execute("create table kept (number int primary key)")
            connection.execute("insert into kept select generate_series(1, 1000)")
        open_transaction.execute("insert into kept values (5000)")
        # A backend that is busy does not notice that its postmaster has gone.
        busy = subprocess.Popen([sys.executable, "-c", SLEEPER, cluster.url()], stderr=subprocess.DEVNULL)
        assert eventually(
            lambda: ask(
                cluster.url(), "select count(*) from pg_stat_activity where query ~ '^select pg_sleep'"
            )
        )
        postmaster = cluster.postmaster()
        assert postmaster is not None
        victims = {
            "postmaster only": [postmaster],
            "everything": cluster.backends(),
            "one backend": [p for p in cluster.backends() if p.pid == open_transaction.info.backend_pid],
        }[which]
        assert victims
        for victim in victims:
            # One that was just ending, or that ended with those killed before it, is as dead as was asked.
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.send_signal(signal.SIGKILL)
        assert ask(cluster.hold(), "select count(*) from kept") == 1000
        open_transaction.close()
        busy.kill()
        busy.wait()


def test_a_lock_file_that_names_a_stranger_or_a_zombie_is_no_obstacle(home: Path) -> None:
    cluster = postgres.Cluster(home)
    with cluster:
        pass
    zombie = subprocess.Popen(["true"])
    assert eventually(lambda: Path(f"/proc/{zombie.pid}/stat").read_text().split()[2] == "Z")
    for number in (os.getpid(), zombie.pid):
        lock = cluster.data / "postmaster.pid"
        lock.write_text(f"{number}\n{cluster.data}\n1\n1\n\n127.0.0.1\n1 1\nready\n")
        with cluster:
            assert ask(cluster.url(), "select 1") == 1
    zombie.wait()


def test_a_taken_port_gives_way_and_the_new_one_is_remembered(home: Path) -> None:
    cluster = postgres.Cluster(home)
    with cluster:
        before = psycopg.conninfo.conninfo_to_dict(cluster.url())["port"]
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", int(str(before))))
        other.listen()
        with cluster:
            during = psycopg.conninfo.conninfo_to_dict(cluster.url())["port"]
            assert ask(cluster.url(), "select 1") == 1
    with cluster:
        after = psycopg.conninfo.conninfo_to_dict(cluster.url())["port"]
    assert before != during
    assert after == during


def test_a_port_taken_between_the_look_and_the_start_gives_way(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that start at once both find the same port free; by then the server says why in its own log only."""
    looked, taken = postgres_settings.port_is_free, socket.socket()

    def free_and_then_taken(port: int) -> bool:
        free = looked(port)
        if free and taken.getsockname()[1] == 0:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", port))
            taken.listen()
        return free

    monkeypatch.setattr(postgres_settings, "port_is_free", free_and_then_taken)
    with taken, postgres.Cluster(home) as cluster:
        assert ask(cluster.url(), "select 1") == 1
        assert (
            int(str(psycopg.conninfo.conninfo_to_dict(cluster.url())["port"])) != taken.getsockname()[1] != 0
        )


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    cluster = postgres.Cluster(home)
    with cluster:
        pass
    for segment in (cluster.data / "pg_wal").glob("0*"):
        segment.unlink()
    began = time.monotonic()
    with pytest.raises(postgres.Unavailable, match="could not locate a valid checkpoint record"), cluster:
        pass
    assert time.monotonic() - began < postgres.LONGEST_RETRY_S, "no obstacle that passes by itself"


def test_a_server_that_lets_nobody_in_is_not_waited_for_in_silence(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is up and will never answer: who waits is told why, and nothing is left running."""
    cluster = postgres.Cluster(home)
    with cluster:
        pass
    rules = cluster.data / "pg_hba.conf"
    kept = rules.read_text()
    rules.write_text(f"host all all 127.0.0.1/32 reject\n{kept}")
    monkeypatch.setattr(postgres, "LONGEST_REFUSAL_S", 2)
    with pytest.raises(postgres.Unavailable, match="rejects connection"), cluster:
        pass
    assert cluster.backends() == []
    rules.write_text(kept)
    with cluster:
        assert ask(cluster.url(), "select 1") == 1


def test_two_homes_stand_side_by_side(home: Path, standing: postgres.Cluster) -> None:
    with postgres.Cluster(home) as cluster:
        assert cluster.url() != standing.url()
        assert cluster.data != standing.data
        assert ask(cluster.url(), "select 1") == ask(standing.url(), "select 1") == 1


def test_folders_above_keep_their_modes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that the server's account cannot reach is not opened to it: the data go elsewhere."""
    elsewhere = Path(tempfile.mkdtemp(prefix="gongwei-root-"))
    elsewhere.chmod(0o755)
    monkeypatch.setenv("GONGWEI_POSTGRES_ROOT", str(elsewhere))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with postgres.Cluster(closed / "home") as cluster:
        assert ask(cluster.url(), "select 1") == 1
        # Only root runs the server under another account, who then cannot reach it.
        assert cluster.data.is_relative_to(elsewhere if os.geteuid() == 0 else closed)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    shutil.rmtree(elsewhere)
