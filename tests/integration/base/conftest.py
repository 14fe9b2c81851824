"""A home of their own for keys and anchors, two people in different villages, and a table to guard."""

import time
from uuid import UUID

import pytest
from django.db import connection

from gongwei.base import rls
from gongwei.base.actors import Actor

VILLAGE, SIBLING, TOWNSHIP, ELSEWHERE = 320723101001, 320723101002, (320723101000, 320723101999), 320724101001


def somebody(number: int, *areas: tuple[int, int], role: str = "village_doctor") -> Actor:
    """An actor with ids made of one number."""
    return Actor(
        UUID(int=number), UUID(int=number), UUID(int=number), role, UUID(int=number), f"人员{number}", areas
    )


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path):
    settings.HOME = tmp_path


@pytest.fixture
def database_url() -> str:
    """The address of the test database, for writers with connections of their own and for other processes."""
    place = connection.settings_dict
    secret = f":{place['PASSWORD']}" if place.get("PASSWORD") else ""
    return f"postgres://{place['USER']}{secret}@{place['HOST']}:{place['PORT']}/{place['NAME']}"


@pytest.fixture
def doctor() -> Actor:
    """A village doctor."""
    return somebody(1, (VILLAGE, VILLAGE))


@pytest.fixture
def other() -> Actor:
    """A doctor of another county."""
    return somebody(2, (ELSEWHERE, ELSEWHERE))


@pytest.fixture
def guarded(db) -> str:
    """A table with one row in each of three villages, guarded by area, and a child table guarded by its parent."""
    with connection.cursor() as cursor:
        cursor.execute("create table test_guarded (id int primary key, area_key bigint not null, name text)")
        cursor.execute(
            "create table test_child (id int primary key, guarded_id int references test_guarded, name text)"
        )
        for operation in (
            rls.EnableByArea("test_guarded"),
            rls.EnableByParent("test_child", "guarded_id", "test_guarded"),
        ):
            for statement in operation.sql:
                cursor.execute(statement)
        for number, area in enumerate((VILLAGE, SIBLING, ELSEWHERE), start=1):
            cursor.execute("insert into test_guarded values (%s, %s, 'x')", [number, area])
            cursor.execute("insert into test_child values (%s, %s, 'x')", [number, number])
    return "test_guarded"


def settle(seconds: float = 600) -> None:
    """Wait until every transaction that is now running has ended, also those of other databases of the server.

    What is final is a matter of the whole server; a test beside this one may hold a transaction for a while.
    """
    target = rows("select pg_snapshot_xmax(pg_current_snapshot())::text")[0]
    deadline = time.monotonic() + seconds
    while not rows("select pg_snapshot_xmin(pg_current_snapshot()) >= %s::xid8", [target])[0]:
        assert time.monotonic() < deadline, "another transaction on this server did not end"
        time.sleep(0.02)


def rows(sql: str, parameters: object = None) -> list:
    """All rows of a statement; single columns as plain values."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found = cursor.fetchall()
    return [row[0] if len(row) == 1 else row for row in found]
