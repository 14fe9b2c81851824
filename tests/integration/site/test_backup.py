"""R15: the rehearsal. A small county is backed up, written on, killed, and restored: to the last moment and to one before.

One county serves all tests here; each restores into a home of its own.
"""

import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import click
import psycopg
import pytest

from gongwei.base import clock, postgres, postgres_ground
from gongwei.site.backups import manifest, tables, taking, wal

CHECKOUT = Path(__file__).parents[3]
WRITER = CHECKOUT / "tests" / "integration" / "encounter_writer.py"
RPO_S = 1.0  # reliability.md R15
FEW = 6

pytestmark = pytest.mark.timeout(600)


@dataclass
class Disaster:
    """A county whose database was killed, and what is known about it from outside."""

    home: Path
    backups: Path
    name: str
    between: dt.datetime
    acknowledged: dict[int, float]
    killed_at: float
    tables: tables.Digests


def gongwei(home: Path, backups: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``./gongwei``."""
    return subprocess.run(
        [sys.executable, "-m", "gongwei.site.commands", *words],
        env=environment(home, backups),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=300,
    )


def environment(home: Path, backups: Path) -> dict[str, str]:
    """As on a server with the embedded database."""
    mine = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    return {
        **mine,
        "GONGWEI_HOME": str(home),
        "GONGWEI_BACKUP": str(backups),
        "GONGWEI_DEBUG": "1",
        "PYTHONPATH": f"{CHECKOUT / 'src'}{os.pathsep}{CHECKOUT}",
    }


def new_home(top: Path, name: str, keys_of: Path | None = None) -> Path:
    home = top / name
    home.mkdir()
    home.chmod(0o711)
    if keys_of:
        shutil.copytree(keys_of / "keys", home / "keys")
    return home


def copied(source: str, target: str) -> None:
    """Copy a migrated, empty database into the embedded server."""
    programs = postgres_ground.binaries(postgres_ground.account(), say=lambda _: None)
    dump = subprocess.run([str(programs / "pg_dump"), "-d", source], capture_output=True, check=True)
    into = [str(programs / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", target]
    subprocess.run(into, input=dump.stdout, stdout=subprocess.DEVNULL, check=True)


def written(home: Path, url: str, resident: str, writer: str, log: Path) -> None:
    """Let a doctor record some encounters; each is acknowledged in the log."""
    subprocess.run(
        [sys.executable, str(WRITER), writer, resident, str(FEW), str(log)],
        env={**environment(home, home), "DATABASE_URL": url},
        check=True,
        timeout=120,
    )
    assert len(log.read_text().splitlines()) == FEW


def notes(url: str, writer: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select count(*) from records_encounter where note like %s", [f"{writer}-%"]
        ).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture(scope="module")
def top() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="gongwei-backup-"))
    folder.chmod(0o711)
    yield folder
    for home in folder.iterdir():
        if (home / "postgres" / "cluster.json").exists():
            postgres.Cluster(home).stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def disaster(top: Path, database_copy: Callable[[str], AbstractContextManager[str]]) -> Disaster:
    home, backups = new_home(top, "first"), top / "disk"
    stream = None
    with postgres.Cluster(home) as cluster:
        url = cluster.url()
        with database_copy("backup") as migrated:  # sooner than migrating anew
            copied(migrated, url)
        furnished = subprocess.run(
            [sys.executable, "-m", "tests.functional.pages.county"],
            env={**environment(home, backups), "DATABASE_URL": url},
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        resident = json.loads(furnished.stdout.splitlines()[-1])["residents"]["王德福"]
        with psycopg.connect(url) as connection:
            connection.execute("create table record (number int primary key)")
        try:
            stream = subprocess.Popen(
                [sys.executable, "-m", "gongwei.site.commands", "backup", "stream"],
                env=environment(home, backups),
                cwd=CHECKOUT,
                stdout=subprocess.DEVNULL,
            )
            (backups / "making-left-over").mkdir(parents=True)
            taken = gongwei(home, backups, "backup", "--json", "--reason", "演练")
            assert taken.returncode == 0, taken.stderr
            assert [path.name for path in backups.glob("*-*")] == [json.loads(taken.stdout)["name"]]
            written(home, url, resident, "first", top / "first.log")
            between = clock.now()
            written(home, url, resident, "second", top / "second.log")
            sealed = gongwei(home, backups, "audit-verify")
            assert sealed.returncode == 0, sealed.stdout + sealed.stderr
            with psycopg.connect(url) as connection:
                kept = tables.digests(connection, tables.names(connection))
            acknowledged = killed_while_writing(cluster, url)
            killed_at = time.monotonic()
        finally:
            if stream is not None:
                stream.send_signal(signal.SIGKILL)
                stream.wait()
    assert len(acknowledged) > 20
    return Disaster(home, backups, json.loads(taken.stdout)["name"], between, acknowledged, killed_at, kept)


def killed_while_writing(cluster: postgres.Cluster, url: str) -> dict[int, float]:
    """Write numbers one by one, kill everything (-9) under it; when each number was acknowledged."""
    acknowledged: dict[int, float] = {}

    def write() -> None:
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                for number in range(10**6):
                    connection.execute("insert into record values (%s)", [number])
                    acknowledged[number] = time.monotonic()
        except psycopg.OperationalError:
            return

    thread = threading.Thread(target=write)
    thread.start()
    time.sleep(2.5)
    for process in cluster.backends():
        process.send_signal(signal.SIGKILL)
    thread.join(120)
    assert not thread.is_alive()
    return acknowledged


def test_nothing_acknowledged_is_lost_when_the_server_is_gone(disaster: Disaster, top: Path) -> None:
    home = new_home(top, "to_the_end", disaster.home)
    done = gongwei(home, disaster.backups, "restore")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "与备份清单相同" in done.stdout
    assert "审计日志完好" in done.stdout
    with postgres.Cluster(home) as cluster, psycopg.connect(cluster.url()) as connection:
        kept = {number for (number,) in connection.execute("select number from record").fetchall()}
        restored = tables.digests(connection, tables.names(connection))
        lost = set(disaster.acknowledged) - kept
        promised = {number for number, at in disaster.acknowledged.items() if at < disaster.killed_at - RPO_S}
        assert promised
        assert lost & promised == set(), "acknowledged more than a second before, and lost"
        assert len(lost) <= len(disaster.acknowledged) - len(promised)
        assert {name for name in restored if name != "record"} == set(disaster.tables) - {"record"}
        assert (
            list(tables.differing({**disaster.tables, "record": [0, ""]}, {**restored, "record": [0, ""]}))
            == []
        )
        assert notes(cluster.url(), "second") == FEW
        again = gongwei(home, disaster.backups, "restore")
        assert again.returncode == 1
        assert "正在使用这个目录" in again.stderr
    standing = gongwei(home, disaster.backups, "restore")
    assert standing.returncode == 1
    assert "已有数据库" in standing.stderr


def test_a_moment_between_two_writes_gives_exactly_the_first(disaster: Disaster, top: Path) -> None:
    home = new_home(top, "to_a_moment", disaster.home)
    moment = disaster.between.astimezone(clock.CHINA).replace(tzinfo=None)
    done = gongwei(home, disaster.backups, "restore", "--to", moment.isoformat())
    assert done.returncode == 0, done.stdout + done.stderr
    with postgres.Cluster(home) as cluster:
        assert (notes(cluster.url(), "first"), notes(cluster.url(), "second")) == (FEW, 0)
    back = gongwei(home, disaster.backups, "restore", disaster.name, "--to", "cut", "--replace")
    assert back.returncode == 0, back.stdout + back.stderr
    assert list((home / "postgres").rglob("data.replaced-*")) or "data.replaced-" in back.stdout
    with postgres.Cluster(home) as cluster:
        assert (notes(cluster.url(), "first"), notes(cluster.url(), "second")) == (0, 0)


def test_what_cannot_be_restored_is_refused_and_nothing_is_touched(disaster: Disaster, top: Path) -> None:
    elsewhere = top / "tampered"
    shutil.copytree(disaster.backups / disaster.name, elsewhere / disaster.name)
    file = elsewhere / disaster.name / "base" / "base.tar.gz"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    home = new_home(top, "refused", disaster.home)
    refused = gongwei(home, elsewhere, "restore")
    assert refused.returncode == 1
    assert f"{disaster.name}/base/base.tar.gz" in refused.stderr
    assert gongwei(home, elsewhere, "backup", "verify").returncode == 1
    shutil.copyfile(disaster.backups / disaster.name / "base" / "base.tar.gz", file)
    text = (elsewhere / disaster.name / manifest.FILE).read_text()
    (elsewhere / disaster.name / manifest.FILE).write_text(text.replace("演练", "正式"))
    assert "被改动" in gongwei(home, elsewhere, "restore").stderr
    (elsewhere / disaster.name / manifest.FILE).write_text(text)
    late = gongwei(home, elsewhere, "restore", "--to", "2999-01-01T00:00:00")
    assert late.returncode == 1
    assert "日志" in late.stderr
    early = gongwei(home, elsewhere, "restore", disaster.name, "--to", "2001-01-01T00:00:00")
    assert "早于" in early.stderr
    (home / "keys" / "identity.json").unlink()
    assert "identity.json" in gongwei(home, elsewhere, "restore").stderr
    assert not (home / "postgres" / "cluster.json").exists()


def test_old_backups_go_by_policy_and_the_log_they_needed_with_them(disaster: Disaster, top: Path) -> None:
    place = top / "kept"
    made = manifest.read(disaster.backups / disaster.name)
    newest = dt.datetime.fromisoformat(made.cut_at)
    for days, first in (
        (400, "0" * 23 + "1"),
        (60, "0" * 23 + "2"),
        (3, "0" * 23 + "3"),
        (0, "0" * 23 + "4"),
    ):
        cut_at = newest - dt.timedelta(days=days)
        each = replace(made, name=f"backup-{days}", cut_at=cut_at.isoformat(), first=first)
        (place / each.name).mkdir(parents=True)
        manifest.write(each, place / each.name, manifest.keyring(disaster.home))
    log = wal.folder(place, made.line)
    log.mkdir(parents=True)
    for number in range(1, 5):
        (log / ("0" * 23 + str(number))).touch()
    (place / "wal" / "another-line").mkdir()
    with clock.fixed(newest):
        assert taking.remove_old(place, present=made.line) == ["backup-400"]
    assert sorted(path.name for path in place.glob("backup-*")) == ["backup-0", "backup-3", "backup-60"]
    assert sorted(path.name[-1] for path in log.iterdir()) == ["2", "3", "4"]
    assert not (place / "wal" / "another-line").exists()


def test_a_full_disk_is_said_in_plain_words() -> None:
    with (
        pytest.raises(click.ClickException, match=r"磁盘空间不足.*原有的备份没有改动"),
        taking.refusing_full_disk(),
        open("/dev/full", "w") as file,
    ):
        file.write("x")


def test_the_cut_waits_for_no_writer_and_says_so(disaster: Disaster, top: Path) -> None:
    home = new_home(top, "busy")
    with postgres.Cluster(home, durable=False) as cluster:
        with psycopg.connect(cluster.url()) as writer:
            writer.execute("create table record (number int)")
            writer.execute("insert into record values (1), (2)")
            writer.commit()
            writer.execute("insert into record values (3)")
            began = time.monotonic()
            assert tables.cut(cluster.url(), lambda *_: None).tables is None
            assert time.monotonic() - began < 120
            writer.rollback()
        found = tables.cut(cluster.url(), lambda *_: None).tables
    assert found is not None
    assert found["record"][0] == 2
