"""Gets the database ready for a command: embedded or given by ``DATABASE_URL``, reachable, migrated."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import click
import django
import psycopg

from gongwei.base import postgres

APART = "gongwei_bench"
_held: list[postgres.Cluster] = []


def home() -> Path:
    """``GONGWEI_HOME``, or ``.gongwei`` in the working directory as in the settings."""
    return Path(os.environ.get("GONGWEI_HOME", ".gongwei")).resolve()


@contextlib.contextmanager
def ready(*, apart: bool = False, migrate: bool = True) -> Iterator[str]:
    """Hold the database while the block runs and yield its URL, also set as ``DATABASE_URL``; Django is set up.

    ``apart`` takes a second database of the embedded server instead of the county's. A given ``DATABASE_URL`` is
    used as it is. Raises click.ClickException with a Chinese text when the database cannot be had.
    """
    with standing(apart=apart) as url:
        if migrate:
            bring_up_to_date()
        yield url


@contextlib.contextmanager
def standing(*, apart: bool = False) -> Iterator[str]:
    """As `ready`, with the tables left as they are."""
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
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongwei.site.settings")
        django.setup()
        stack.callback(_close_connections)
        yield url


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
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
