"""What is looked at once a restored database runs: table structure, audit trail, keys, and the tables at the cut."""

import os

import psycopg

from gongwei.site import database
from gongwei.site.backups import manifest, tables


def check(made: manifest.Manifest, *, to_the_cut: bool) -> list[str]:
    """Everything that is not as it should be, in Chinese; the database of ``DATABASE_URL`` stands. Sets Django up.

    ``to_the_cut``: the database was restored to the moment of the backup, so every table must be as in the manifest.
    """
    found: list[str] = []
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        present = {
            name
            for (name,) in connection.execute("select app || '.' || name from django_migrations").fetchall()
        }
        found += [f"缺少表结构变更 {name}" for name in sorted(set(made.migrations) - present)]
        if to_the_cut and made.tables is not None:
            found += tables.differing(made.tables, tables.digests(connection, tables.names(connection)))
    database.set_up_django()
    found += [f"本程序不认识表结构变更 {name}，请用新一些的程序" for name in sorted(_unknown())]
    from gongwei.base import key_check, verification

    if not key_check.opens():
        found.append("密钥打不开数据库中的内容")
    return found + [finding.message for finding in verification.verify()]


def _unknown() -> set[str]:
    """Migrations the database has and this program does not: it is older than the one that wrote the backup."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    loader = MigrationExecutor(connection).loader
    return {
        f"{app}.{name}"
        for app, name in loader.applied_migrations
        if app in loader.migrated_apps and (app, name) not in loader.graph.nodes
    }
