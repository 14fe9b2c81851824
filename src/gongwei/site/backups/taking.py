"""Taking a backup: base backup, cut, what lies beside the database, manifest; then it is verified and shown."""

import contextlib
import datetime as dt
import errno
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time
import tomllib
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import psycopg
from psycopg.conninfo import conninfo_to_dict

from gongwei.base import clock
from gongwei.site.backups import manifest, parameters, tables, wal
from gongwei.site.backups.server import Server, run, segment
from gongwei.snapshots import keeping

Report = Callable[[str, int, int | None], None]
#: What lies beside the database and belongs to it. Keys do not: see ADR 0022.
FOLDERS = ("anchors", "runs", "settlements", "snapshots")
MAKING = "making-"
BACKUP = "backup-"
_DISK_FULL = "备份目录所在磁盘空间不足，这次备份没有完成，已清除；原有的备份没有改动。请腾出空间或换一个目录（GONGWEI_BACKUP）。"


def root(home: Path) -> Path:
    """Where backups go: ``GONGWEI_BACKUP``, or ``backups`` in the home."""
    return Path(os.environ.get("GONGWEI_BACKUP") or home / "backups").resolve()


def take(server: Server, place: Path, *, reason: str, report: Report) -> manifest.Manifest:
    """Take a backup, verify it, and only then give it its name. Raises click.ClickException in Chinese.

    Old backups go afterwards, by the dated policy; nothing old is touched when the new one does not come about.
    """
    ring = manifest.keyring(server.home)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(place), refusing_full_disk():
        for rest in place.glob(f"{MAKING}*"):
            shutil.rmtree(rest)
        _expect_room(place)
        started = clock.now()
        making = Path(tempfile.mkdtemp(prefix=MAKING, dir=place))
        try:
            with wal.flowing(server, place) as log:
                _base_backup(server, making / "base", report)
                line, timeline, begin, end = _range(server, making / "base")
                cut = tables.cut(server.url, report)
                wal.await_place(server, log, cut.lsn)
                _copy_log(log, making / "wal", segment(end, timeline), segment(cut.lsn, timeline))
            _copy_folders(server.home, making / "files", place)
            _verify_base(server, making / "base")
            made = manifest.Manifest(
                name=f"{BACKUP}{started:%Y%m%d-%H%M%S}",
                format=manifest.FORMAT,
                program=_program(),
                embedded=server.embedded,
                reason=reason,
                started_at=started.isoformat(),
                finished_at=clock.now().isoformat(),
                line=line,
                timeline=timeline,
                first=segment(begin, timeline),
                end=end,
                cut=cut.lsn,
                cut_at=cut.at,
                tables=cut.tables,
                keys=manifest.key_marks(ring),
                files={
                    name: [(making / name).stat().st_size, manifest.sha256(making / name)]
                    for name in sorted(manifest.listed(making))
                },
                **_facts(server),
            )
            _sync(making)
            manifest.write(made, making, ring)
            if wrong := list(manifest.damaged(made, making, report)):
                raise click.ClickException(
                    f"写好的备份核对不符：{'、'.join(wrong[:5])}。请检查备份目录所在的磁盘。"
                )
            making.rename(place / made.name)
            _sync_folder(place)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
        remove_old(place, present=line)
    return made


def standing(place: Path) -> list[manifest.Manifest]:
    """Every backup whose manifest can be read, the newest first."""
    found = []
    for folder in place.glob(f"{BACKUP}*"):
        with contextlib.suppress(click.ClickException):
            found.append(manifest.read(folder))
    return sorted(found, key=lambda each: each.cut_at, reverse=True)


def remove_old(place: Path, *, present: str) -> list[str]:
    """Remove backups that the policy does not keep, and the log nobody needs any more; the names of those gone.

    ``present`` is the line of log that is being written.
    """
    today = clock.today()
    policy = keeping.Policy(
        parameters.number("keep_days", today), parameters.number("keep_month_ends", today)
    )
    by_id = {uuid.uuid5(uuid.NAMESPACE_OID, each.name): each for each in standing(place)}
    lines = [
        keeping.Line(key, moment, clock.day_of(moment))
        for key, each in by_id.items()
        for moment in [dt.datetime.fromisoformat(each.cut_at)]
    ]
    gone = [by_id[key].name for key in keeping.superfluous(lines, today, policy)]
    for name in gone:
        (place / name).rename(place / f"{MAKING}{name}")  # never half visible, on the way out either
        shutil.rmtree(place / f"{MAKING}{name}")
    needed: dict[str, str] = {}
    for each in standing(place):
        needed[each.line] = min(each.first, needed.get(each.line, each.first))
    wal.remove_before(place, needed, present)
    return gone


@contextlib.contextmanager
def refusing_full_disk() -> Iterator[None]:
    """Turn "no space left" into what a person can act upon."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise click.ClickException(_DISK_FULL) from error
        raise


@contextlib.contextmanager
def _alone(place: Path) -> Iterator[None]:
    with open(place / "backup.lock", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException("另一个备份正在进行，请等它完成。") from None
        yield


def _expect_room(place: Path) -> None:
    """Refuse at once when not even a backup as large as the last one fits."""
    last = next(iter(standing(place)), None)
    if last and shutil.disk_usage(place).free < last.bytes:
        raise click.ClickException(_DISK_FULL)


def _base_backup(server: Server, folder: Path, report: Report) -> None:
    with psycopg.connect(server.url) as connection:
        row = connection.execute("select pg_database_size(current_database())").fetchone()
    size = int(row[0]) if row else 0
    log = folder.with_suffix(".log")
    with open(log, "w+", errors="replace") as output:
        child = subprocess.Popen(
            server.command(
                *("pg_basebackup", "-D", str(folder), "--format=tar", "--compress=gzip:1", "-X", "stream"),
                *("--checkpoint=fast", "--manifest-checksums=SHA256", "--label=gongwei", "--no-password"),
            ),
            env=server.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        try:
            while child.poll() is None:
                written = sum(path.stat().st_size for path in folder.glob("*")) if folder.exists() else 0
                report(f"写基础备份（压缩后MB，库中共{size // 2**20:,}MB）", written // 2**20, None)
                time.sleep(0.2)
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
        output.seek(0)
        said = output.read()
    log.unlink()
    if child.returncode != 0:
        if "No space left" in said:
            raise OSError(errno.ENOSPC, "pg_basebackup")
        raise click.ClickException(f"基础备份没有成功：\n{said[-1500:]}")
    if strange := [path.name for path in folder.glob("*.tar.gz") if path.name[0].isdigit()]:
        raise click.ClickException(
            f"数据库使用了表空间（{'、'.join(strange)}），本命令不支持，请移除表空间。"
        )


def _verify_base(server: Server, folder: Path) -> None:
    """Let PostgreSQL's own program check every file in the archive against the manifest of the base backup."""
    status, said = run(
        [str(server.programs / "pg_verifybackup"), "--format=tar", "--no-parse-wal", "--quiet", str(folder)],
        server.environment(),
    )
    if status != 0:
        raise click.ClickException(f"写好的备份核对不符：\n{said[-1500:]}")


def _range(server: Server, folder: Path) -> tuple[str, str, str, str]:
    """Line, timeline, first and last place of the log that the base backup needs."""
    ranges = json.loads((folder / "backup_manifest").read_text())["WAL-Ranges"]
    timeline = f"{ranges[0]['Timeline']:08X}"
    line = server.line()
    if len(ranges) != 1 or not line.endswith(timeline):
        raise click.ClickException("备份期间数据库换了时间线，请再运行一次。")
    return line, timeline, ranges[0]["Start-LSN"], ranges[0]["End-LSN"]


def _copy_log(source: Path, target: Path, first: str, last: str) -> None:
    """What the base backup itself does not hold: the log from its end to the cut."""
    target.mkdir()
    for file in wal.segments(source, first):
        shutil.copyfile(file, target / file.name.removesuffix(wal.PARTIAL))
        if file.name.removesuffix(wal.PARTIAL) >= last:
            return
    raise click.ClickException("日志归档不连续，这次备份没有完成；请再运行一次。")


def _copy_folders(home: Path, target: Path, place: Path) -> None:
    """Copy what lies beside the database; what an earlier backup holds already is linked, not written again.

    Files there are never changed once they have their name; folders still being written begin with a dot.
    """
    previous = next(iter(standing(place)), None)
    known = previous.files if previous else {}
    for name in FOLDERS:
        for path in sorted((home / name).rglob("*")):
            inside = path.relative_to(home)
            if not path.is_file() or any(part.startswith(".") for part in inside.parts):
                continue
            file = target / inside
            file.parent.mkdir(parents=True, exist_ok=True)
            there = f"files/{inside.as_posix()}"
            with contextlib.suppress(FileNotFoundError):  # removed by its policy in this very moment
                if previous and known.get(there) == [path.stat().st_size, manifest.sha256(path)]:
                    os.link(place / previous.name / there, file)
                else:
                    shutil.copyfile(path, file)


def _facts(server: Server) -> dict[str, Any]:
    with psycopg.connect(server.url) as connection:
        version = connection.info.server_version
        done = connection.execute("select app || '.' || name from django_migrations order by 1").fetchall()
        seals = connection.execute("select coalesce(max(number), 0) from base_auditseal").fetchone()
    return {
        "server": version,
        "database": str(conninfo_to_dict(server.url).get("dbname")),
        "migrations": [name for (name,) in done],
        "seals": seals[0] if seals else 0,
    }


def _program() -> str:
    """The version of the program, as its project file says."""
    project = Path(__file__).resolve().parents[4] / "pyproject.toml"
    return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with open(path, "rb") as file:
                os.fsync(file.fileno())
        else:
            _sync_folder(path)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
