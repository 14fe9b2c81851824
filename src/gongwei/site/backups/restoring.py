"""Putting a backup back into a home: refused where something stands, checked before, on the way and afterwards."""

import contextlib
import datetime as dt
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from gongwei.base import clock, postgres, postgres_ground
from gongwei.site.backups import manifest, recovering, taking, wal
from gongwei.site.backups.recovering import CUT, END, Target

Report = Callable[[str, int, int | None], None]
_MINE = 0o600


@dataclass(frozen=True)
class Restored:
    """What came of it. ``aside``: what stood there before and was put aside, not deleted."""

    made: manifest.Manifest
    compared: bool
    aside: list[Path]
    log_until: str


def chosen(place: Path, name: str | None, target: Target) -> Path:
    """The folder of the backup to use: the named one, or the newest that is not later than the target."""
    if name:
        folder = Path(name) if "/" in name else place / name
        if not (folder / manifest.FILE).exists():
            raise click.ClickException(f"没有这个备份：{folder}。用 ./gongwei backup list 查看有哪些。")
        return folder.resolve()
    for each in taking.standing(place):
        if not isinstance(target, dt.datetime) or dt.datetime.fromisoformat(each.cut_at) <= target:
            return place / each.name
    raise click.ClickException(
        f"备份目录 {place} 中没有{'早于指定时刻的' if isinstance(target, dt.datetime) else ''}备份。"
        "备份放在别处时，用 GONGWEI_BACKUP 指明。"
    )


def restore(
    home: Path, folder: Path, *, target: Target, replace: bool, say: Callable[[str], None], report: Report
) -> Restored:
    """Restore into a home with the embedded server. Raises click.ClickException in Chinese and changes nothing then.

    ``replace``: what stands is put aside under another name. The keys must be there already.
    """
    home.mkdir(parents=True, exist_ok=True)
    with _not_in_service(home):
        made = checked(home, folder, target, report)
        if not made.embedded:
            raise click.ClickException(
                "这是自备 PostgreSQL 的备份。请用 --data 目录 恢复成数据目录，再由数据库管理员启动。"
            )
        who, data = _place(home)
        programs = _programs(who)
        _same_server(programs, made)
        if data.exists() and not replace:
            raise click.ClickException(
                f"{home} 中已有数据库，没有恢复。确实要换掉它，请加 --replace（原有的改名保留，不删除）。"
            )
        recovery = recovering.Recovery(data.with_name("data.restoring"), who, programs, report)
        passwords = {role: secrets.token_hex(24) for role in ("postgres", postgres.OWNER)}
        try:
            last = recovery.unpack(made, folder, wal.folder(folder.parent, made.line))
            say("正在重放日志到备份的时刻，并与清单逐表核对 ……")
            if wrong := recovery.compare(made):
                raise click.ClickException(
                    "恢复出来的表与备份清单不符，没有继续：\n  " + "\n  ".join(wrong[:20])
                )
            recovery.finish(made, target, passwords)
        except BaseException:
            shutil.rmtree(recovery.data, ignore_errors=True)
            raise
        aside = _put_in_place(home, folder, made, recovery.data, data, who, passwords, target)
    return Restored(made, made.tables is not None, aside, last)


def lay_out(home: Path, folder: Path, data: Path, *, target: Target, report: Report) -> manifest.Manifest:
    """For a server of one's own: make a data directory that recovers to the target when that server starts on it."""
    made = checked(home, folder, target, report)
    if data.exists() and any(data.iterdir()):
        raise click.ClickException(f"目录 {data} 不是空的，没有恢复。")
    data.parent.mkdir(parents=True, exist_ok=True)
    who = postgres_ground.Account(None, os.geteuid(), os.getegid())
    recovery = recovering.Recovery(data, who, _programs(who), report)
    recovery.unpack(made, folder, wal.folder(folder.parent, made.line))
    recovery.aim(made, target)
    return made


def checked(home: Path, folder: Path, target: Target, report: Report) -> manifest.Manifest:
    """The manifest, once keys, manifest and every file are found to be as they were written."""
    ring = manifest.keyring(home)
    made = manifest.read(folder, ring)
    manifest.check_keys(made, ring)
    if wrong := list(manifest.damaged(made, folder, report)):
        raise click.ClickException(
            "备份文件缺失、多出或与写成时不同，没有恢复：\n  "
            + "\n  ".join(f"{folder.name}/{name}" for name in wrong[:20])
        )
    if isinstance(target, dt.datetime) and dt.datetime.fromisoformat(made.cut_at) > target:
        raise click.ClickException("指定的时刻早于这个备份，请选更早的备份。")
    return made


def _put_in_place(
    home: Path,
    folder: Path,
    made: manifest.Manifest,
    recovered: Path,
    data: Path,
    who: postgres_ground.Account,
    passwords: dict[str, str],
    target: Target,
) -> list[Path]:
    stamp = f"replaced-{clock.now():%Y%m%d-%H%M%S}"
    aside: list[Path] = []
    for path in (data, home / "postgres" / "cluster.json", *(home / name for name in taking.FOLDERS)):
        if path.exists():
            path.rename(path.with_name(f"{path.name}.{stamp}"))
            aside.append(path.with_name(f"{path.name}.{stamp}"))
    (home / "tables.json").unlink(missing_ok=True)
    for name in taking.FOLDERS:
        if (folder / "files" / name).is_dir():
            shutil.copytree(folder / "files" / name, home / name)
            (home / name).chmod(0o700)
    _anchors(home, folder, made, target)
    # The same content as `postgres.Cluster` writes: from here on the server is its own.
    state = {"uid": who.uid, "folder": str(data.parent), "port": None, "passwords": passwords, "roles": True}
    file = home / "postgres" / "cluster.json"
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MINE), "w") as output:
        json.dump(state, output, indent=1)
        output.flush()
        os.fsync(output.fileno())
    recovered.rename(data)
    return aside


def _anchors(home: Path, folder: Path, made: manifest.Manifest, target: Target) -> None:
    """The anchors up to the restored moment, from the copy that was kept beside the log; later ones are put aside.

    An anchor of a seal that came after the wanted moment would rightly be reported as a truncated chain.
    """
    copy = wal.folder(folder.parent, made.line) / "anchors.jsonl"
    if target == CUT or not copy.exists():
        return
    kept: list[bytes] = []
    later: list[bytes] = []
    for line in copy.read_bytes().splitlines(keepends=True):
        early = True
        if isinstance(target, dt.datetime):
            with contextlib.suppress(ValueError, KeyError):
                early = dt.datetime.fromisoformat(json.loads(line)["at"]) <= target
        (kept if early else later).append(line)
    anchors = home / "anchors"
    anchors.mkdir(mode=0o700, exist_ok=True)
    for name, lines in (("audit.jsonl", kept), ("audit.later.jsonl", later)):
        if lines:
            (anchors / name).write_bytes(b"".join(lines))
            (anchors / name).chmod(_MINE)


@contextlib.contextmanager
def _not_in_service(home: Path) -> Iterator[None]:
    """Nobody may use the home meanwhile: neither the service nor a command that holds the database."""
    (home / "postgres").mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        for path in (home / "service.lock", home / "postgres" / "users.lock"):
            file = stack.enter_context(open(path, "a+"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise click.ClickException("服务或另一个命令正在使用这个目录，请先停止它。") from None
        yield


def _place(home: Path) -> tuple[postgres_ground.Account, Path]:
    """The account of the server, and where its data directory stands or would stand."""
    try:
        who = postgres_ground.account()
        known = home / "postgres" / "cluster.json"
        folder = (
            Path(json.loads(known.read_text())["folder"])
            if known.exists()
            else postgres_ground.cluster_folder(home, who)
        )
        if known.exists():
            postgres.Cluster(home).stop()  # what a killed command left running
    except postgres_ground.Unavailable as error:
        raise click.ClickException(str(error)) from error
    return who, folder / "data"


def _programs(who: postgres_ground.Account) -> Path:
    try:
        return postgres_ground.binaries(who, say=click.echo)
    except postgres_ground.Unavailable as error:
        raise click.ClickException(str(error)) from error


def _same_server(programs: Path, made: manifest.Manifest) -> None:
    """A physical backup is read by the same major version only."""
    from gongwei.site.backups.server import run

    _, said = run([str(programs / "postgres"), "--version"], {"PATH": os.defpath, "LC_ALL": "C"})
    major = said.split()[-1].split(".")[0]
    if major != str(made.server // 10000):
        raise click.ClickException(
            f"备份来自 PostgreSQL {made.server // 10000}，本程序自带的是 {major}；请用与备份同时的程序版本恢复，再升级。"
        )


__all__ = ["CUT", "END", "Restored", "Target", "checked", "chosen", "lay_out", "restore"]
