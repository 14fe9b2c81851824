"""The embedded PostgreSQL under our own supervisor: plain Python, no Django.

A *holder* is a running command that uses the database. The first holder starts the server, later ones join it, the
last one stops it. Holders keep a shared ``flock`` on ``users.lock``; the kernel drops it when a process dies, however
it dies. A small watcher process waits for the exclusive lock and then stops the server, so that nothing is left
behind after ``kill -9``. The server itself is a daemon: Ctrl-C in the terminal does not reach it, so the database is
the last to go.
"""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

import psutil
import psycopg
from psycopg import sql

from gongwei.base import postgres_ground as ground
from gongwei.base import postgres_settings
from gongwei.base.postgres_ground import Unavailable

OWNER = "gongwei"
APPLICATION = "gongwei_app"
DATABASE = "gongwei"
LONGEST_START_S = 3600  # recovery after a crash of a big database may take long; it must not be cut off
LONGEST_RETRY_S = 90
PASSING = ("could not bind", "in use", "already exists")  # what is said of obstacles that go by themselves
LONGEST_REFUSAL_S = 90  # of a server that is up and lets nobody in, for another reason than these:
RECOVERING = ("starting up", "not yet accepting", "recovery mode", "shutting down", "timeout")
PATIENCE_S = 3  # with backends whose postmaster was killed, before they are ended


def _silent(_: str) -> None:
    """Says nothing."""


@dataclass
class Cluster:
    """One embedded server whose state lies in ``home`` (``home/postgres``).

    ``durable=False`` is for tests that are thrown away: no fsync. ``say`` is told, in Chinese, what takes time.
    """

    home: Path
    durable: bool = True
    say: Callable[[str], None] = _silent
    _users: IO[str] | None = field(default=None, init=False, repr=False)
    _state: dict[str, Any] = field(default_factory=dict, init=False, repr=False)
    _ground: tuple[ground.Account, Path] | None = field(default=None, init=False, repr=False)

    def __enter__(self) -> Self:
        self.hold()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def hold(self) -> str:
        """Start the server or join the running one; return the URL for ``DATABASE_URL``. Raises Unavailable.

        Whoever holds already may call it again: it starts a server that has been killed in the meantime.
        """
        self.home = self.home.resolve()
        try:
            (self.home / "postgres").mkdir(parents=True, exist_ok=True)
            if self._users is None:
                self._users = self._lock_file("users.lock")
        except PermissionError as error:
            raise Unavailable(
                f"没有权限使用目录 {self.home}，请改用建立它的用户，或用 GONGWEI_HOME 另指定目录。"
            ) from error
        fcntl.flock(self._users, fcntl.LOCK_SH)
        try:
            with self._lock_file("control.lock") as control:
                fcntl.flock(control, fcntl.LOCK_EX)
                self._prepare()
                self._start_or_join()
                self._make_roles()
            self._watch()
        except BaseException:
            self.release()
            raise
        return self.url()

    def release(self) -> None:
        """Let go; the last holder stops the server (fast shutdown) and returns when it has ended."""
        if self._users is None:
            return
        users, self._users = self._users, None
        with users:
            if ground.try_lock(users, fcntl.LOCK_EX):
                self.stop()
            elif not ground.try_lock(users, fcntl.LOCK_SH):
                # Nobody else holds it, so it is the watcher who is stopping the server: wait until it has.
                fcntl.flock(users, fcntl.LOCK_SH)

    def url(self, *, database: str = DATABASE) -> str:
        """The address for the owner role, which is no superuser."""
        return self._address(OWNER, database)

    def superuser_url(self, *, database: str = "postgres") -> str:
        """The address for the superuser; for the supervisor itself, backups and fault tests only."""
        return self._address("postgres", database)

    def postmaster(self) -> psutil.Process | None:
        """The living postmaster of this data folder; zombies and recycled process numbers do not count."""
        try:
            number = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        return next(ground.working_in(self.data, [number]), None)

    def backends(self) -> list[psutil.Process]:
        """Every living process of this data folder, the postmaster included."""
        return list(ground.working_in(self.data, psutil.pids()))

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, what was acknowledged is kept. Quiet when not running."""
        self._load()
        if not self._state or self.postmaster() is None:
            return
        if self._run("pg_ctl", "stop", "-s", "-w", "-t", "60", "-m", "fast", "-D", str(self.data)) != 0:
            # Immediate is as safe as a crash: the next start replays the log.
            self._run("pg_ctl", "stop", "-s", "-w", "-t", "60", "-m", "immediate", "-D", str(self.data))

    @property
    def data(self) -> Path:
        """The data directory."""
        return Path(self._state["folder"]) / "data"

    @property
    def _state_file(self) -> Path:
        return self.home / "postgres" / "cluster.json"

    def _load(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._state = json.loads(self._state_file.read_text())

    def _save(self) -> None:
        making = self._state_file.with_suffix(".making")
        making.unlink(missing_ok=True)
        with open(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(self._state, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        making.replace(self._state_file)

    def _lock_file(self, name: str, mode: str = "a+") -> IO[str]:
        return open(self.home / "postgres" / name, mode)

    def _address(self, role: str, database: str) -> str:
        password = self._state["passwords"][role]
        return f"postgresql://{role}:{password}@127.0.0.1:{self._state['port']}/{database}"

    def _prepare(self) -> None:
        """Find account, folder and program; make the cluster when there is none. A half-made one is made again."""
        self._load()
        who = ground.account()
        if self._state and self._state["uid"] != who.uid:
            raise Unavailable(
                f"数据目录 {self._state['folder']} 属于另一个用户，请用原来的用户启动，或用 GONGWEI_HOME 另指定目录。"
            )
        if not self._state:
            self._state = {
                "uid": who.uid,
                "folder": str(ground.cluster_folder(self.home, who)),
                "port": None,
                "passwords": {role: secrets.token_hex(24) for role in ("postgres", OWNER)},
                "roles": False,
            }
            self._save()
        if not self.data.exists():
            self._initialize()

    def _initialize(self) -> None:
        self.say("正在建立数据库 ……")
        making = self.data.with_name("data.making")
        if making.exists():
            shutil.rmtree(making)
        password = self.data.with_name("password")
        password.unlink(missing_ok=True)
        with open(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self._state["passwords"]["postgres"])
        self._give(password)
        try:
            # The builtin provider's C.UTF-8 does not change under an upgrade of the operating system, as the C
            # library's does; so no index is ever silently wrong. LC_CTYPE is for pg_trgm, which asks the C library
            # what a letter is: with "C" every Chinese name has no trigrams.
            status = self._run(
                *(
                    "initdb",
                    "-D",
                    str(making),
                    "-U",
                    "postgres",
                    "-A",
                    "scram-sha-256",
                    f"--pwfile={password}",
                ),
                *("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *("--locale=C", "--lc-ctype=C.UTF-8"),
                *("--data-checksums", *(() if self.durable else ("--no-sync",))),
            )
        finally:
            password.unlink()
        if status != 0:
            raise Unavailable(f"建立数据库失败：\n{self._log_tail()}")
        with open(making / "postgresql.conf", "a") as file:
            file.write("\ninclude_if_exists = 'gongwei.conf'\n")
        making.rename(self.data)
        self._state["roles"] = False
        self._save()

    def _make_roles(self) -> None:
        """The owner (no superuser), the restricted role that requests take on, and the database."""
        if self._state["roles"]:
            return
        with psycopg.connect(self.superuser_url(), autocommit=True) as connection:
            known = {name for (name,) in connection.execute("select rolname from pg_roles")}
            owner, application = sql.Identifier(OWNER), sql.Identifier(APPLICATION)
            if OWNER not in known:
                connection.execute(
                    sql.SQL("create role {} login nosuperuser createdb password {}").format(
                        owner, self._state["passwords"][OWNER]
                    )
                )
            if APPLICATION not in known:
                connection.execute(sql.SQL("create role {} nologin").format(application))
            connection.execute(sql.SQL("grant {} to {}").format(application, owner))
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                connection.execute(
                    sql.SQL("create database {} owner {} template template0").format(
                        sql.Identifier(DATABASE), owner
                    )
                )
        self._state["roles"] = True
        self._save()

    def _start_or_join(self) -> None:
        """Raises Unavailable after LONGEST_RETRY_S of obstacles that should pass by themselves."""
        began = time.monotonic()
        while True:
            if self.postmaster() is not None:
                if self._answers():
                    return
                continue  # it was shutting down and has gone
            self._clear_remains(patience=began + PATIENCE_S)
            if self._state["port"] is None or not postgres_settings.port_is_free(self._state["port"]):
                self._state["port"] = postgres_settings.free_port(self._state["port"])
                self._save()
            self._configure()
            log = self._log()
            log.unlink(missing_ok=True)
            if (
                self._run(
                    *("pg_ctl", "start", "-s", "-w", "-t", str(LONGEST_START_S)),
                    *("-D", str(self.data), "-l", str(log)),
                )
                == 0
                and self._answers()
            ):
                return
            text = self._log_tail()
            passing = any(obstacle in text for obstacle in PASSING)
            if not passing or time.monotonic() - began > LONGEST_RETRY_S:
                raise Unavailable(f"数据库没有启动起来：\n{text}")
            self.say("上一次的数据库进程还没有完全退出，正在等待 ……")
            time.sleep(0.5)

    def _answers(self) -> bool:
        """Wait for an answer to a real query from the server of this very data folder; False when it has gone.

        Raises:
            Unavailable: it is up and refuses, over and over, for a reason that will not pass.
        """
        said = False
        refused = time.monotonic()
        end = refused + LONGEST_START_S
        while time.monotonic() < end:
            try:
                with psycopg.connect(self.superuser_url(), connect_timeout=10) as connection:
                    row = connection.execute("select current_setting('data_directory')").fetchone()
            except psycopg.OperationalError as error:
                if self.postmaster() is None:
                    return False
                text = str(error)
                if any(each in text for each in RECOVERING):
                    refused = time.monotonic()
                    if not said:
                        self.say("数据库正在从上次中断处恢复，数据不会丢失，请稍候 ……")
                        said = True
                elif time.monotonic() - refused > LONGEST_REFUSAL_S:
                    raise Unavailable(
                        f"数据库已经启动，但不接受连接：\n{text}\n{self._log_tail()}"
                    ) from error
                time.sleep(0.05)
                continue
            return row is not None and Path(row[0]).resolve() == self.data.resolve()
        return False

    def _clear_remains(self, *, patience: float) -> None:
        """After a killed postmaster: end backends that linger, and drop a lock file that names a zombie or a stranger.

        The lock file goes only when no living process works in the data folder; PostgreSQL itself would refuse to
        start for as long as any process carries that number.
        """
        while remains := self.backends():
            if self.postmaster() is not None:
                return
            if time.monotonic() > patience:
                for process in remains:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        process.kill()
            time.sleep(0.05)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _configure(self) -> None:
        """Our settings; what an administrator sets with ALTER SYSTEM goes before them."""
        file = self.data / "gongwei.conf"
        file.write_text(postgres_settings.text(port=self._state["port"], durable=self.durable))
        file.chmod(0o600)
        self._give(file)

    def _watch(self) -> None:
        """Start the watcher unless there is one."""
        with self._lock_file("watch.lock") as watching:
            if not ground.try_lock(watching, fcntl.LOCK_EX):
                return
        # Spawned, not a Popen: nobody here ever waits for it.
        nowhere = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
        command = [sys.executable, "-m", "gongwei.base.postgres", str(self.home)]
        os.posix_spawn(sys.executable, command, os.environ, file_actions=nowhere, setsid=True)

    def _run(self, program: str, *arguments: str) -> int:
        """Run a program of PostgreSQL under the account, with no inherited pipe; its output goes to the start log."""
        who, programs = self._standing()
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        with open(self._log("program.log"), "w") as output:
            return subprocess.run(
                [str(programs / program), *arguments],
                cwd="/",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                umask=0o077,
                check=False,
                **who.popen(),
            ).returncode

    def _standing(self) -> tuple[ground.Account, Path]:
        """The account of the server and the folder of its programs; found once."""
        if self._ground is None:
            who = ground.account()
            self._ground = who, ground.binaries(who, say=self.say)
        return self._ground

    def _give(self, file: Path) -> None:
        who, _ = self._standing()
        os.chown(file, who.uid, who.gid)

    def _log(self, name: str = "start.log") -> Path:
        return Path(self._state["folder"]) / name

    def _log_tail(self) -> str:
        return postgres_settings.last_said(self.data, [self._log("program.log"), self._log()])


def watch(home: Path) -> None:
    """Wait until nobody holds the cluster any more, then stop it. At most one watcher waits at a time."""
    os.chdir("/")
    cluster = Cluster(home)
    # Opened, not created: when all is over before the watcher got going, the home may be gone already.
    with cluster._lock_file("watch.lock", "r+") as watching, cluster._lock_file("users.lock", "r+") as users:
        if not ground.try_lock(watching, fcntl.LOCK_EX):
            return
        fcntl.flock(users, fcntl.LOCK_EX)
        cluster.stop()
        # In this order: whoever gets the users' lock next must find the watcher's place free.
        fcntl.flock(watching, fcntl.LOCK_UN)
        fcntl.flock(users, fcntl.LOCK_UN)


if __name__ == "__main__":
    with contextlib.suppress(FileNotFoundError):
        watch(Path(sys.argv[1]))
