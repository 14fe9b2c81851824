"""Gets the database ready for a command: embedded or given by ``DATABASE_URL``, reachable, migrated."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import click
import django
import psycopg
from django.apps import apps

from gongwei.base import postgres

APART = "gongwei_bench"
_held: list[postgres.Cluster] = []


def home() -> Path:
    """``GONGWEI_HOME``, or ``.gongwei`` in the working directory as in the settings."""
    return Path(os.environ.get("GONGWEI_HOME", ".gongwei")).resolve()


@contextlib.contextmanager
def ready(*, apart: bool = False) -> Iterator[str]:
    """Hold the database while the block runs and yield its URL, also set as ``DATABASE_URL``; tables up to date.

    Django is set up. ``apart`` takes a second database of the embedded server instead of the county's. A given
    ``DATABASE_URL`` is used as it is. Raises click.ClickException with a Chinese text when it cannot be had.
    """
    with standing(apart=apart) as url:
        set_up_django()
        bring_up_to_date()
        yield url


@contextlib.contextmanager
def standing(*, apart: bool = False) -> Iterator[str]:
    """As `ready`, with the tables left as they are and Django not set up."""
    given = os.environ.get("DATABASE_URL")
    with contextlib.ExitStack() as stack:
        if given:
            url = given
        else:
            cluster = postgres.Cluster(home(), say=click.echo)
            try:
                stack.enter_context(cluster)
            except postgres.Unavailable as error:
                raise click.ClickException(str(error)) from error
            _held.append(cluster)
            stack.callback(_held.remove, cluster)
            url = cluster.url()
            if apart:
                _make_database(url, APART)
                url = cluster.url(database=APART)
            os.environ["DATABASE_URL"] = url
            stack.callback(os.environ.pop, "DATABASE_URL", None)
        _ask(url)
        stack.callback(_close_connections)
        yield url


def set_up_django() -> None:
    """Set Django up; some seconds on a small machine, so a start that needs none of it leaves it out."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongwei.site.settings")
    django.setup()


def identity(url: str) -> str:
    """What tells this database from every other, a restored or re-created one included."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select (select system_identifier from pg_control_system())::text || '-' || oid from pg_database"
            " where datname = current_database()"
        ).fetchone()
    assert row is not None
    return str(row[0])


def is_current(url: str) -> bool:
    """Whether the tables are as `bring_up_to_date` last left them and no migration has come since; without Django."""
    try:
        return json.loads(_note().read_text()) == _state_of_tables(url)
    except (FileNotFoundError, ValueError, psycopg.errors.UndefinedTable):
        return False


def remember_current(url: str) -> None:
    """Write down, for `is_current`, that the tables are up to date."""
    _note().write_text(json.dumps(_state_of_tables(url)))


def _note() -> Path:
    return home() / "tables.json"


def _state_of_tables(url: str) -> dict[str, object]:
    source = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(source.rglob("migrations/*.py")):
        digest.update(f"{path.relative_to(source)}\n".encode())
        digest.update(path.read_bytes())
    digest.update((source.parents[1] / "requirements" / "runtime.lock").read_bytes())
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*), max(id) from django_migrations").fetchone()
    assert row is not None
    return {"database": identity(url), "applied": list(row), "migrations": digest.hexdigest()}


def revive() -> None:
    """Start the embedded server again if somebody killed it; nothing for a server given by ``DATABASE_URL``."""
    for cluster in _held:
        if cluster.postmaster() is None:
            click.echo("数据库进程意外结束，正在重新启动 ……")
            cluster.hold()


def bring_up_to_date() -> bool:
    """Apply the migrations that are missing; True when there were some."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return False
    click.echo(f"正在升级数据库表结构（{len(plan)} 项）……")
    call_command("migrate", interactive=False, verbosity=0)
    return True


def _make_database(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(name)))


def _ask(url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            row = connection.execute(
                "select current_setting('server_version_num')::int, getdatabaseencoding()"
            ).fetchone()
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise click.ClickException(f"连接不上数据库，请检查 DATABASE_URL 和数据库服务。\n{error}") from error
    assert row is not None
    version, encoding = row
    if version < 150000 or encoding != "UTF8":
        raise click.ClickException(
            f"数据库应为 PostgreSQL 15 或更高版本、UTF8 编码；现在是 {version // 10000}、{encoding}。"
        )


def _close_connections() -> None:
    """Close the pool too, so that the last holder can stop the server at once."""
    if not apps.ready:
        return
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
