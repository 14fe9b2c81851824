"""Making a data directory of a backup: unpack, replay the log to the wanted moment, compare tables on the way.

The recovery runs apart from everything: no network, only a socket in a folder that the server's account alone can
enter, and nothing of the home is touched until it has succeeded.
"""

import contextlib
import datetime as dt
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import psycopg
from psycopg import sql

from gongwei.base import postgres_ground
from gongwei.site.backups import manifest, tables, wal

END, CUT = "end", "cut"
Target = str | dt.datetime
"""``end``: as far as the log goes. ``cut``: the moment of the backup. Or an instant: what was committed until then."""
Report = Callable[[str, int, int | None], None]
_LONGEST_S = 86_400
_SETTINGS = "postgresql.auto.conf"
_ENDED_EARLY = re.compile(r"last completed transaction was at log time (\S+ \S+)")


@dataclass
class Recovery:
    """One recovery in ``data`` (made here), run by ``who`` with ``programs``."""

    data: Path
    who: postgres_ground.Account
    programs: Path
    report: Report
    _kept_settings: bytes = field(default=b"", init=False)

    def unpack(self, made: manifest.Manifest, folder: Path, archive: Path) -> str:
        """Lay out the files of the base backup and all the log there is; the name of the log's last file."""
        if self.data.exists():
            shutil.rmtree(self.data)
        self.data.mkdir(mode=0o700)
        self.report("解开基础备份", 0, 2)
        for done, (name, target) in enumerate(
            (("base.tar.gz", self.data), ("pg_wal.tar.gz", self.data / "pg_wal")), start=1
        ):
            with tarfile.open(folder / "base" / name) as tar:
                tar.extractall(target, filter="data")
            self.report("解开基础备份", done, 2)
        shutil.copyfile(folder / "base" / "backup_manifest", self.data / "backup_manifest")
        last = self._lay_log(made, folder, archive)
        for path in [self.data, *self.data.rglob("*")]:
            os.chown(path, self.who.uid, self.who.gid)
            path.chmod(0o700 if path.is_dir() else 0o600)
        self._kept_settings = (self.data / _SETTINGS).read_bytes()
        return last

    def compare(self, made: manifest.Manifest) -> list[str]:
        """Replay to the cut, stop there, and say which tables are not as the manifest says."""
        if made.tables is None:
            return []
        self._aim(f"recovery_target_lsn = '{made.cut}'", "pause")
        with self._running() as address:
            connection = self._reached(
                address, made.database, "select pg_get_wal_replay_pause_state() = 'paused'"
            )
            with connection:
                return list(
                    tables.differing(
                        made.tables, tables.digests(connection, tables.names(connection), self.report)
                    )
                )

    def finish(self, made: manifest.Manifest, target: Target, passwords: dict[str, str]) -> None:
        """Replay to the target, open the database for writing, give its roles their passwords, and stop."""
        self.aim(made, target)
        question = "select not pg_is_in_recovery()"
        with self._running() as address, self._reached(address, made.database, question) as connection:
            for role, password in passwords.items():
                connection.execute(
                    sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(password))
                )
            connection.commit()
        self._settings("")
        (self.data / "backup_label.old").unlink(missing_ok=True)

    def aim(self, made: manifest.Manifest, target: Target) -> None:
        """Leave the data directory so that a server recovers to the target when it starts, and then opens for writing."""
        if isinstance(target, dt.datetime):
            self._aim(f"recovery_target_time = '{target.isoformat()}'", "promote")
        else:
            self._aim(f"recovery_target_lsn = '{made.cut}'" if target == CUT else "", "promote")

    def _lay_log(self, made: manifest.Manifest, folder: Path, archive: Path) -> str:
        """The archive's log where there is some, the backup's own after it; whichever reaches further wins."""
        target = self.data / "pg_wal"
        own = sorted(folder.glob("wal/*"))
        for file in own:
            shutil.copyfile(file, target / file.name)
        found = wal.segments(archive, made.first) if archive.exists() else []
        last = own[-1].name if own else made.first
        for done, file in enumerate(found):
            self.report("取回日志（16MB一个）", done, len(found))
            name = file.name.removesuffix(wal.PARTIAL)
            shutil.copyfile(file, target / name)
            last = max(last, name)
        return last

    def _aim(self, target: str, action: str) -> None:
        self._settings(
            # Everything there is lies in pg_wal already; PostgreSQL insists on a command all the same.
            "restore_command = 'false'\nrecovery_target_timeline = 'current'\nrecovery_target_inclusive = "
            + ("off" if "lsn" in target else "on")
            + (f"\n{target}\nrecovery_target_action = '{action}'\n" if target else "\n")
        )
        signal = self.data / "recovery.signal"
        signal.touch()
        os.chown(signal, self.who.uid, self.who.gid)

    def _settings(self, text: str) -> None:
        file = self.data / _SETTINGS
        file.write_bytes(self._kept_settings + f"\n{text}".encode() if text else self._kept_settings)
        os.chown(file, self.who.uid, self.who.gid)

    @contextlib.contextmanager
    def _running(self) -> Iterator[Path]:
        """The server in recovery; yields the folder of its socket."""
        near = Path(tempfile.mkdtemp(prefix="gongwei-recovery-"))
        try:
            rules = near / "hba.conf"
            rules.write_text("local all all trust\n")
            for path in (near, rules):
                os.chown(path, self.who.uid, self.who.gid)
            # No archive, no listener: a copy of a running system must not speak in its place.
            options = (
                f"-c listen_addresses='' -c unix_socket_directories='{near}' -c unix_socket_permissions=0700"
                f" -c hba_file='{rules}' -c port=5432 -c hot_standby=on -c archive_mode=off -c logging_collector=off"
                " -c max_slot_wal_keep_size=-1"
            )
            status = self._run("start", "-l", str(near / "log"), "-o", options)
            if status != 0:
                raise click.ClickException(self._why(near))
            yield near
        finally:
            self._run("stop", "-m", "fast")
            shutil.rmtree(near, ignore_errors=True)

    def _reached(self, address: Path, database: str, question: str) -> psycopg.Connection[tuple[object, ...]]:
        """A connection once the question is answered with yes. Raises click.ClickException when the server has gone."""
        began = time.monotonic()
        while time.monotonic() - began < _LONGEST_S:
            with contextlib.suppress(psycopg.OperationalError):
                connection = psycopg.connect(
                    host=str(address), port=5432, user="postgres", dbname=database, autocommit=True
                )
                row = connection.execute(question).fetchone()
                if row and row[0]:
                    connection.autocommit = False
                    return connection
                connection.close()
            if self._run("status") != 0:
                break
            time.sleep(0.1)
            self.report("重放日志（秒）", int(time.monotonic() - began), None)
        raise click.ClickException(self._why(address))

    def _why(self, near: Path) -> str:
        with contextlib.suppress(FileNotFoundError):
            text = (near / "log").read_text(errors="replace")
            if "before configured recovery target was reached" in text:
                last = _ENDED_EARLY.findall(text)
                return (
                    f"日志只到 {last[-1]}（UTC），还没有到指定的时刻；" if last else "日志没有到指定的时刻；"
                ) + "要恢复到最后，请用 --to end。"
            if "before consistent recovery point" in text:
                return "指定的时刻早于这个备份，请选更早的备份。"
            return f"数据库没有恢复成功：\n{text[-2000:]}"
        return "数据库没有恢复成功。"

    def _run(self, action: str, *arguments: str) -> int:
        waiting = ("-s", "-w", "-t", str(_LONGEST_S)) if action != "status" else ()
        done: subprocess.CompletedProcess[bytes] = subprocess.run(
            [str(self.programs / "pg_ctl"), action, *waiting, "-D", str(self.data), *arguments],
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
            **self.who.popen(),  # type: ignore[call-overload]
        )
        return done.returncode
