"""The log, streamed out of the server as it is written: what a restore goes on with after the base backup.

``pg_receivewal --synchronous`` writes and syncs each piece as it comes, so what was acknowledged is in the archive
some milliseconds later. A replication slot makes the server keep what was not yet fetched, up to a limit: an archive
that cannot be written must not fill the disk of the database.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import psycopg

from gongwei.base import bound, clock
from gongwei.site.backups import parameters
from gongwei.site.backups.server import Server, next_segment, run

SLOT = "gongwei_wal"
PARTIAL = ".partial"
WAIT_S = 120


def folder(root: Path, line: str) -> Path:
    """Where the log of one line lies."""
    return root / "wal" / line


def follow(server: Server, root: Path, *, stop: Callable[[], bool] = lambda: False) -> None:
    """Stream until ``stop()``; goes on after each interruption. Copies the audit anchors beside it each second.

    While somebody else streams into the same folder it waits for its turn.
    """
    there = folder(root, server.line())
    said = ""
    while not stop():
        with locked(there) as mine:
            if mine:
                text = _stream_once(server, there, stop)
                if "has already been removed" in text or "invalidat" in text:
                    _begin_anew(server, there)
                    click.echo("日志归档中断过久，数据库已不再保留其间的日志；请立即做一次备份。", err=True)
                elif text and text != said:
                    click.echo(f"日志归档中断，正在重试：{text.strip().splitlines()[-1]}", err=True)
                    said = text
        time.sleep(1)


def _stream_once(server: Server, there: Path, stop: Callable[[], bool]) -> str:
    """Stream until it ends; what the program said."""
    try:
        child = _start(server, there)
    except psycopg.OperationalError as error:  # the database is down; it will be back
        return str(error)
    try:
        while child.poll() is None and not stop():
            copy_anchors(server.home, there)
            time.sleep(0.5)
    finally:
        _end(child)
    return (there / "receive.log").read_text(errors="replace")[-2000:]


@contextlib.contextmanager
def flowing(server: Server, root: Path) -> Iterator[Path]:
    """See to it that the log is streamed while the block runs, by whoever; yields the folder."""
    there = folder(root, server.line())
    with locked(there) as mine:
        child = _start(server, there) if mine else None
        try:
            yield there
        finally:
            if child is not None:
                copy_anchors(server.home, there)
                _end(child)


def await_place(server: Server, there: Path, place: str) -> None:
    """Return when the archive holds the log up to a place. Raises click.ClickException when it does not get there."""
    end = time.monotonic() + WAIT_S
    with psycopg.connect(server.url, autocommit=True) as connection:
        while time.monotonic() < end:
            row = connection.execute(
                "select restart_lsn > %s::pg_lsn from pg_replication_slots where slot_name = %s",
                [place, SLOT],
            ).fetchone()
            if row and row[0]:
                return
            time.sleep(0.05)
    log = there / "receive.log"
    raise click.ClickException(
        "数据库的日志没有归档到备份目录："
        + (log.read_text(errors="replace")[-500:] if log.exists() else "归档没有运行。")
    )


def segments(there: Path, first: str) -> list[Path]:
    """The unbroken run of files of the log from the named one on; the last may be one still being written."""
    found: list[Path] = []
    name = first
    while True:
        whole, part = there / name, there / f"{name}{PARTIAL}"
        if whole.exists():
            found.append(whole)
        elif part.exists():
            return [*found, part]
        else:
            return found
        name = next_segment(name)


def remove_before(root: Path, needed: dict[str, str], present: str) -> None:
    """Remove the log that no kept backup needs: ``needed`` says from which file on, by line."""
    if not (root / "wal").exists():
        return
    for there in (root / "wal").iterdir():
        if there.name not in needed:
            if there.name != present:
                shutil.rmtree(there)
            continue
        for file in there.iterdir():
            if len(file.name) == 24 and file.name < needed[there.name]:
                file.unlink()


@contextlib.contextmanager
def locked(there: Path) -> Iterator[bool]:
    """Whether nobody else streams into the folder; if so, nobody will while the block runs."""
    there.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(there / "stream.lock", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def copy_anchors(home: Path, there: Path) -> None:
    """Append to the copy what the anchor file has more: the heads of the audit chain, out of the database's reach."""
    source, copy = home / "anchors" / "audit.jsonl", there / "anchors.jsonl"
    with contextlib.suppress(FileNotFoundError):
        have = copy.stat().st_size if copy.exists() else 0
        if source.stat().st_size == have:
            return
        with open(source, "rb") as file, open(copy, "ab") as kept:
            file.seek(have)
            kept.write(file.read())
            kept.flush()
            os.fsync(kept.fileno())


def _start(server: Server, there: Path) -> subprocess.Popen[bytes]:
    limit_gb = parameters.number("slot_gigabytes", clock.today())
    if server.embedded:
        with psycopg.connect(server.replication, autocommit=True) as connection:
            row = connection.execute("show max_slot_wal_keep_size").fetchone()
            if row == ("-1",):
                connection.execute(f"alter system set max_slot_wal_keep_size = '{limit_gb}GB'")
                connection.execute("select pg_reload_conf()")
    run(
        server.command("pg_receivewal", "--slot", SLOT, "--create-slot", "--if-not-exists"),
        server.environment(),
    )
    parent = os.getpid()
    with open(there / "receive.log", "wb") as output:
        return subprocess.Popen(
            server.command(
                "pg_receivewal",
                "-D",
                str(there),
                "--slot",
                SLOT,
                "--synchronous",
                "--no-loop",
                "--no-password",
            ),
            env=server.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=lambda: bound.die_with(parent, signal.SIGINT),
        )


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _begin_anew(server: Server, there: Path) -> None:
    """After a gap: the old files are put aside under the folder, and the slot is made again."""
    aside = there / f"before-gap-{clock.now():%Y%m%d-%H%M%S}"
    aside.mkdir()
    for file in there.iterdir():
        if len(file.name.removesuffix(PARTIAL)) == 24:
            file.rename(aside / file.name)
    run(server.command("pg_receivewal", "--slot", SLOT, "--drop-slot"), server.environment())
