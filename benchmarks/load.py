"""How fast a simulated county is loaded, against a raw binary COPY of the same tables in the same run.

`rows_per_s`: rows written by the whole simulation (making people and services, sealing, COPY, indexes, constraints)
per second. `over_raw_copy`: that rate over the rate at which PostgreSQL takes the same rows by binary COPY into bare
tables. A database of its own is made for it and dropped.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

#: Rows of one table used for the raw rate; the rest is reckoned at the same rate.
SAMPLE = 300_000
CHUNK = 1 << 20


def main(argv: list[str]) -> None:
    """Print progress and, last, one JSON object."""
    parser = argparse.ArgumentParser(prog="bench load", description="测量模拟数据的装载速度")
    parser.add_argument("--residents", type=int, default=5_000, help="居民人数（默认5000）")
    parser.add_argument("--years", type=int, default=2, help="服务记录的年数（默认2）")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.inner:
        _measure(options)
        return
    address = urlsplit(os.environ["DATABASE_URL"])
    name = f"{address.path.lstrip('/')}_load_{os.getpid()}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(
            sql.SQL("create database {} template template0 encoding 'UTF8'").format(sql.Identifier(name))
        )
        try:
            inner = subprocess.Popen(
                [sys.executable, __file__, "--inner", *argv],
                env=os.environ | {"DATABASE_URL": urlunsplit(address._replace(path=f"/{name}"))},
                stdout=subprocess.PIPE,
                text=True,
            )
            assert inner.stdout is not None
            for line in inner.stdout:
                print(line, end="")
            if inner.wait():
                raise SystemExit(inner.returncode)
        finally:
            server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _measure(options: argparse.Namespace) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongwei.site.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from gongwei.site.simulation import build

    call_command("migrate", verbosity=0)
    started = time.perf_counter()
    build.build(residents=options.residents, seed=options.seed, years=options.years)
    seconds = time.perf_counter() - started
    with connection.cursor() as cursor:
        cursor.execute("analyze")
        cursor.execute(
            "select relname from pg_stat_user_tables where schemaname = 'public' and n_live_tup > 0 "
            "and relname ~ '^(places|residents|records|health_record|hypertension|diabetes|older_people)_'"
        )
        tables = [row[0] for row in cursor.fetchall()]
        counts = {}
        for table in tables:
            cursor.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table)))
            counts[table] = cursor.fetchone()[0]
    rows = sum(counts.values())
    print(f"装载：{rows:,} 行，{seconds:.1f} 秒，每秒 {rows / seconds:,.0f} 行")
    raw = sum(_raw_seconds(table, counts[table]) for table in tables)
    print(f"直接二进制 COPY 同样的表：{raw:.1f} 秒，每秒 {rows / raw:,.0f} 行")
    print(
        json.dumps(
            {
                "residents": options.residents,
                "rows": rows,
                "seconds": round(seconds, 1),
                "rows_per_s": round(rows / seconds),
                "raw_rows_per_s": round(rows / raw),
                "over_raw_copy": round(raw / seconds, 3),
            }
        )
    )


def _raw_seconds(table: str, count: int) -> float:
    """Seconds PostgreSQL needs for so many rows of a table by binary COPY into a bare copy of it."""
    sample = min(count, SAMPLE)
    bare = sql.Identifier(f"bare_{table}"[:63])
    with (
        tempfile.TemporaryDirectory() as folder,
        psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database,
    ):
        file = Path(folder) / "rows"
        take = sql.SQL("copy (select * from {} limit {}) to stdout (format binary)")
        with (
            file.open("wb") as output,
            database.cursor().copy(take.format(sql.Identifier(table), sql.Literal(sample))) as rows,
        ):
            for chunk in rows:
                output.write(chunk)
        database.execute(sql.SQL("create table {} (like {})").format(bare, sql.Identifier(table)))
        started = time.perf_counter()
        with (
            file.open("rb") as source,
            database.cursor().copy(sql.SQL("copy {} from stdin (format binary)").format(bare)) as rows,
        ):
            while chunk := source.read(CHUNK):
                rows.write(chunk)
        seconds = time.perf_counter() - started
        database.execute(sql.SQL("drop table {}").format(bare))
    return seconds * count / sample


if __name__ == "__main__":
    main(sys.argv[1:])
