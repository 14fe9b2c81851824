"""The PostgreSQL server a backup is taken of, and how PostgreSQL's own programs are run against it."""

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from gongwei.base import postgres, postgres_ground

SEGMENT_BYTES = 16 * 2**20


@dataclass(frozen=True)
class Server:
    """``url``: the county's database as the owner of the tables. ``replication``: a role that may stream the log."""

    home: Path
    url: str
    replication: str
    embedded: bool
    programs: Path

    def command(self, program: str, *arguments: str) -> list[str]:
        """The command line of a program that streams; the password goes by `environment`, not where ``ps`` shows it."""
        parts = {
            key: value
            for key, value in conninfo_to_dict(self.replication).items()
            if key not in ("password", "dbname")
        }
        return [str(self.programs / program), *arguments, "-d", make_conninfo("", **parts)]

    def environment(self) -> dict[str, str]:
        """Environment for the programs."""
        password = conninfo_to_dict(self.replication).get("password")
        return {
            "PATH": os.defpath,
            "LC_ALL": "C",
            "TZ": "UTC",
            **({"PGPASSWORD": str(password)} if password else {}),
        }

    def line(self) -> str:
        """What names one unbroken line of log: the system's identifier and the timeline."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(
                "select (select system_identifier from pg_control_system())::text"
                " || '-' || left(pg_walfile_name(pg_current_wal_lsn()), 8)"
            ).fetchone()
        assert row is not None
        return str(row[0])


@contextlib.contextmanager
def standing(home: Path) -> Iterator[Server]:
    """Hold the server while the block runs: the embedded one, or the one of ``DATABASE_URL``.

    A given server is streamed from by the role of ``GONGWEI_BACKUP_URL``. Raises click.ClickException in Chinese.
    """
    given = os.environ.get("DATABASE_URL")
    try:
        programs = postgres_ground.binaries(postgres_ground.account(), say=click.echo)
        if given:
            replication = os.environ.get("GONGWEI_BACKUP_URL")
            if not replication:
                raise click.ClickException(
                    "使用自备的 PostgreSQL 时，请用 GONGWEI_BACKUP_URL 指明有 REPLICATION 属性的备份账号，"
                    "例如 postgres://gongwei_backup:密码@主机:5432/gongwei。"
                )
            yield Server(home, given, replication, embedded=False, programs=programs)
            return
        with postgres.Cluster(home, say=click.echo) as cluster:
            yield Server(home, cluster.url(), cluster.superuser_url(), embedded=True, programs=programs)
    except postgres_ground.Unavailable as error:
        raise click.ClickException(str(error)) from error


def run(command: Sequence[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a program to its end; status and what it said."""
    done = subprocess.run(
        list(command),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout


def number(lsn: str) -> int:
    """A place in the log, ``16/B374D848``, as a number."""
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def segment(lsn: str, timeline: str) -> str:
    """The name of the file of the log that holds a place."""
    index = number(lsn) // SEGMENT_BYTES
    return f"{timeline}{index // 256:08X}{index % 256:08X}"


def next_segment(name: str) -> str:
    """The name of the file of the log that follows one."""
    index = int(name[8:16], 16) * 256 + int(name[16:24], 16) + 1
    return f"{name[:8]}{index // 256:08X}{index % 256:08X}"
