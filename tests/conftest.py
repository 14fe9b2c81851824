"""What every test may rely on: a real PostgreSQL at DATABASE_URL (`./gongwei test` provides one)."""

import contextlib
import gc
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.test.utils import setup_databases, teardown_databases
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from psycopg import sql

from gongwei.base.postgres_settings import port_is_free
from gongwei.site.settings import database_of

# The same examples in every run, and none fails for being slow on a busy machine. Others are looked for by
# `--hypothesis-profile=default` and at night.
hypothesis_settings.register_profile(
    "house",
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("house")

#: Files whose tests take minutes, the longest first: begun last, one process would be left alone with them at the end.
LONG = (
    "tests/functional/pages/test_every_page.py",
    "tests/integration/measures/test_spark.py",
    "tests/integration/test_authorization_matrix.py",
    "tests/integration/test_killed_workers.py",
    "tests/functional/journeys/test_a_day.py",
    "tests/integration/test_at_rest.py",
    "tests/integration/test_kill.py",
    "tests/acceptance/test_acceptance.py",
    "tests/integration/site/test_backup.py",
    "tests/integration/site/test_simulation.py",
    "tests/integration/site/test_money_year.py",
    "tests/generative/test_ledger_balances.py",
)

#: For servers that tests start: below the ports that the system lends to outgoing connections, which come and go.
FIRST_PORT, PORTS = 20_000, 1_000
_ports = itertools.count()


def free_port() -> int:
    """A port of the loopback that nobody listens on; two processes of tests look in places of their own."""
    first = FIRST_PORT + PORTS * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return next(port for port in (first + number % PORTS for number in _ports) if port_is_free(port))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; else as collected (`--no-loadscope-reorder` keeps this order among the processes)."""
    place = {name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.nodeid.split("::")[0], len(LONG)))


def pytest_collection_finish() -> None:
    """What is there now stays to the end: looking through it for garbage again and again would take longer than many tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_sessionfinish() -> None:
    """As Python is used to find it when it ends: some libraries count what is left over."""
    gc.unfreeze()


def pytest_configure() -> None:
    """Say what is missing instead of letting every test fail on it; each process of tests takes a server and a home of its own."""
    if not os.environ.get("DATABASE_URL"):
        raise pytest.UsageError("DATABASE_URL is not set: run the tests by `./gongwei test [PATHS]`.")
    servers = os.environ.get("GONGWEI_TEST_SERVERS", "").split()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if servers and worker:
        url = servers[int(worker.removeprefix("gw")) % len(servers)]
        os.environ["DATABASE_URL"] = url
        settings.DATABASES["default"].update(database_of(url))
        _own_home(worker)


def _own_home(worker: str) -> None:
    """A folder of the process's own: what belongs to no row of its database is swept away there, so no two may share one."""
    shared = Path(settings.HOME)
    home = shared / worker
    home.mkdir(mode=0o711)
    shutil.copytree(shared / "keys", home / "keys")  # the settings have read the session key already
    settings.HOME = home
    os.environ["GONGWEI_HOME"] = str(home)


@pytest.fixture(scope="session")
def database_copy(
    django_db_setup: None,
    django_db_blocker: Any,
) -> Iterator[Callable[[str], AbstractContextManager[str]]]:
    """``with database_copy("pages") as url:`` a database of one's own, copied from the migrated test database.

    For programs that are started by a test and commit. Other tests of the same process do not see it.
    """

    @contextlib.contextmanager
    def copied(prefix: str) -> Iterator[str]:
        template = str(connections["default"].settings_dict["NAME"])
        name = f"{prefix}_{template}"
        here = os.environ["DATABASE_URL"]
        with django_db_blocker.unblock():
            point_at(template)  # closes the connection: a template must not be in use
        with psycopg.connect(here, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )
            # A connection that was closed a moment ago may not be gone yet on a busy machine.
            connection.execute(
                "select pg_terminate_backend(pid, 60000) from pg_stat_activity "
                "where datname = %s and usename = current_user",
                [template],
            )
            connection.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        yield urlunsplit(urlsplit(here)._replace(path=f"/{name}"))
        with psycopg.connect(here, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))

    # pytest-django makes the test database only when a test asks for it by its own fixtures or mark.
    made: Any = None
    if connections["default"].settings_dict["NAME"] == urlsplit(os.environ["DATABASE_URL"]).path.lstrip("/"):
        with django_db_blocker.unblock():
            made = setup_databases(verbosity=0, interactive=False, aliases={"default"})
    yield copied
    if made:
        with django_db_blocker.unblock():
            teardown_databases(made, verbosity=0)


def point_at(database: str) -> None:
    """Let Django's connection of this process open the named database the next time it is asked."""
    connection = connections["default"]
    connection.close()
    connection.close_pool()
    connection.settings_dict["NAME"] = database
