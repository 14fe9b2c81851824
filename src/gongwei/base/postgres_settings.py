"""The settings and the port of the embedded PostgreSQL."""

import contextlib
import re
import socket
from collections.abc import Iterable
from pathlib import Path

import psutil

from gongwei.base.postgres_ground import Unavailable

# Below the ports that Linux, macOS and Windows lend to outgoing connections (from 32768 and 49152).
FIRST_PORT = 25432
PORTS = 200
LOGS = "log"
_TAIL_BYTES = 65_536


def text(*, port: int, durable: bool) -> str:
    """The file of our settings. Sized for the machine (meant: 2 cores, a few GB shared with the application)."""
    memory_mb = psutil.virtual_memory().total // 2**20
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "password_encryption": "scram-sha-256",
        "max_connections": 100,
        "shared_buffers": f"{max(64, min(memory_mb // 8, 2048))}MB",
        "effective_cache_size": f"{max(256, memory_mb // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{max(64, min(memory_mb // 16, 512))}MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "10min",
        # While a county moves in its tables grow every minute: looked through each time, they cost a twentieth of it.
        "autovacuum_naptime": "3min",
        "random_page_cost": 1.1,
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "fsync": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
        "synchronous_commit": "on" if durable else "off",
        "logging_collector": "on",
        "log_directory": LOGS,
        "log_filename": "postgresql-%d.log",  # a file per day of the month, so at most a month is kept
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": 0,
        # Statements, parameters and the DETAIL of an error may carry identity numbers: none of them is logged.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length": 0,
        "log_parameter_max_length_on_error": 0,
    }
    return "".join(f"{name} = '{value}'\n" for name, value in settings.items())


def port_is_free(port: int) -> bool:
    """Whether a server could listen on the loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(after: int | None) -> int:
    """The next free port after the given one, or from FIRST_PORT. Raises Unavailable when there is none."""
    first = FIRST_PORT if after is None else after + 1
    for port in range(first, min(first + PORTS, 65536)):
        if port_is_free(port):
            return port
    raise Unavailable(f"本机 {first} 起的 {PORTS} 个端口都被占用，数据库没有端口可用。")


def last_said(data: Path, written: Iterable[Path]) -> str:
    """The last lines of what programs of PostgreSQL wrote, and of what the server put into its own log since the first of them."""
    lines: list[str] = []
    for file in written:
        with contextlib.suppress(FileNotFoundError):
            lines += file.read_text(errors="replace").splitlines()[-10:]
    if started := re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "\n".join(lines), re.MULTILINE):
        lines += logged(data, started[0])[-10:]
    return "\n".join(lines)


def logged(data: Path, since: str) -> list[str]:
    """What the server in the data folder put into its own log (the newest file) since a moment it gave itself.

    ``since``: ``2026-11-23 21:58:40``. Once its collector runs the server says nothing to whoever started it, not even
    why it could not start.
    """
    files = sorted((data / LOGS).glob("postgresql-*.log"), key=lambda file: file.stat().st_mtime)
    if not files:
        return []
    with open(files[-1], "rb") as file:
        file.seek(max(0, files[-1].stat().st_size - _TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    return [line for line in lines if line[:1].isdigit() and line[: len(since)] >= since]
