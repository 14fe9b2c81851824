"""The running service: pages (granian) and one process of background jobs, under one command that can be stopped."""

import contextlib
import fcntl
import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from gongwei.site import database, processes

FIRST_PORT = 8000
PORTS = 100
#: Many processes of few threads: of the threads of one process only one draws a page at a time, and each statement of the
#: others waits for it. With 50 people at once four processes of two answered in half the time of two of eight.
WORKERS = 4
THREADS = 3
READY_WITHIN_S = 60
#: Niceness of the background jobs: people who wait for a page come first, jobs take what they leave.
BEHIND_PAGES = 10


@dataclass(frozen=True)
class Address:
    """Where the pages are: what is bound, and what a person types."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The address for the browser."""
        return f"http://{'127.0.0.1' if self.host in ('0.0.0.0', '::') else self.host}:{self.port}/"


def options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that `serve` and `demo` share."""
    command = click.option(
        "--port", type=click.IntRange(1, 65535), help="端口；不指定时从 8000 起找空闲的。"
    )(command)
    return click.option(
        "--host", default="127.0.0.1", show_default=True, help="监听地址；0.0.0.0 供其他电脑访问。"
    )(command)


def run(
    *, host: str, port: int | None, furnish: Callable[[str], None], screen: Callable[[Address], str]
) -> None:
    """Start everything, print ``screen(address)``, and stay until somebody stops it.

    ``furnish(url)`` is called once the database is migrated and before the pages start; Django may not be set up
    yet, because a start that finds everything in place is done sooner without it. A second start in the same home
    says where the first one is. Raises click.ClickException with a Chinese text when something does not start.
    """
    crew = processes.Crew(database.home() / "logs")
    given = dict(os.environ)
    with contextlib.suppress(processes.Stopped), processes.stoppable(), contextlib.ExitStack() as stack:
        tell = stack.enter_context(_only_one())
        url = stack.enter_context(database.standing())
        if not database.is_current(url):
            database.set_up_django()
            database.bring_up_to_date()
            database.remember_current(url)
        furnish(url)
        address = Address(host, _port(host, port))
        stack.callback(crew.stop)
        crew.start("web", pages(address), pages_environment())
        await_answer(crew, address)
        crew.start("jobs", jobs(), {**os.environ, "GONGWEI_POOL": str(THREADS)}, niceness=BEHIND_PAGES)
        if given.get("GONGWEI_BACKUP"):
            crew.start(
                "wal", log_archive(), given
            )  # finds the database by itself, with more rights than the pages
        tell(address.url)
        click.echo(screen(address))
        stack.callback(click.echo, "\n正在停止 ……")
        crew.watch(database.revive)
    click.echo("已停止，数据都已保存。")


def pages(address: Address) -> list[str]:
    """The command line of the page server."""
    return [
        *(sys.executable, "-m", "gongwei.site.pages", "--interface", "wsgi", "gongwei.site.wsgi:application"),
        *("--host", address.host, "--port", str(address.port), "--no-ws", "--respawn-failed-workers"),
        *("--respawn-interval", "0.5", "--workers-kill-timeout", "5", "--log-level", "warning"),
        *("--workers", str(WORKERS), "--blocking-threads", str(THREADS)),
    ]


def pages_environment() -> dict[str, str]:
    """The environment of the page server: each thread of a process finds a connection that has seen the pages before.

    A new one costs the first who uses it a tenth of a second: PostgreSQL knows no table yet and plans every statement.
    """
    return {**os.environ, "GONGWEI_POOL": str(THREADS), "GONGWEI_POOL_KEPT": str(THREADS)}


def jobs() -> list[str]:
    """The command line of a process that works off the background jobs."""
    return [
        *(sys.executable, "-m", "django", "procrastinate", "worker"),
        *("--shutdown-graceful-timeout", "5"),
    ]


def log_archive() -> list[str]:
    """The command line of the process that streams the database's log into the folder of backups."""
    return [sys.executable, "-m", "gongwei.site.commands", "backup", "stream"]


@contextlib.contextmanager
def _only_one() -> Iterator[Callable[[str], None]]:
    """One service per home. Yields what writes down the address for whoever comes second."""
    home = database.home()
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "service.lock", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            try:
                known = json.loads(file.read())
            except ValueError:
                raise click.ClickException("另一个窗口正在启动服务，请稍候在那个窗口查看网址。") from None
            raise click.ClickException(
                f"服务已经在运行：{known['url']}（进程号 {known['process']}）。"
            ) from None
        file.truncate(0)

        def tell(url: str) -> None:
            file.truncate(0)
            file.write(json.dumps({"url": url, "process": os.getpid()}))
            file.flush()

        yield tell
        file.truncate(0)


def _port(host: str, wanted: int | None) -> int:
    for port in [wanted] if wanted else range(FIRST_PORT, FIRST_PORT + PORTS):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except PermissionError:
                raise click.ClickException(
                    f"没有权限使用端口 {port}，请用 --port 换一个 1024 以上的端口。"
                ) from None
            except socket.gaierror:
                raise click.ClickException(f"监听地址 {host} 不正确。") from None
            except OSError:
                continue
            return port
    raise click.ClickException(
        f"端口 {wanted} 已被其他程序占用，请用 --port 换一个端口。"
        if wanted
        else f"端口 {FIRST_PORT} 至 {FIRST_PORT + PORTS - 1} 都被占用，请用 --port 另指定端口。"
    )


def await_answer(crew: processes.Crew, address: Address) -> None:
    """Return when the pages answer. Raises click.ClickException with the end of the log when they do not."""
    end = time.monotonic() + READY_WITHIN_S
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    said = ""
    while time.monotonic() < end:
        if name := crew.died():
            raise click.ClickException(
                f"服务没有启动起来：\n{_tail(crew.log(name))}\n详细情况见 {crew.log(name)}"
            )
        try:
            with opener.open(f"{address.url}health/ready", timeout=5):
                return
        except urllib.error.HTTPError as error:
            said = f"（{error.code}）{error.read(500).decode(errors='replace')}"
            if error.code != 503:
                raise click.ClickException(f"页面服务回答异常{said}：\n{_tail(crew.log('web'))}") from error
        except OSError:
            pass
        time.sleep(0.1)
    raise click.ClickException(
        f"页面服务在 {READY_WITHIN_S} 秒内没有就绪{said}，详细情况见 {crew.log('web')}"
    )


def _tail(log: Path) -> str:
    with contextlib.suppress(FileNotFoundError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-12:])
    return ""
