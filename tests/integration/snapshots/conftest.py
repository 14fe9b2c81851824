"""A small world whose rows are committed, because a snapshot sees nothing else; and a snapshot opened in DuckDB."""

import duckdb
import pytest
from tests.integration.records.conftest import NOW, own_home, world_of_records  # noqa: F401

from gongwei.base import clock
from gongwei.base.actors import SYSTEM
from gongwei.snapshots import operations, reading


@pytest.fixture
def scene(transactional_db):
    """The world of the records' tests, committed, on a clock that stands still."""
    with clock.fixed(NOW):
        yield world_of_records()


@pytest.fixture
def take():
    """Write a snapshot."""

    def taken(**given):
        return operations.take(**{"by": SYSTEM, "at": clock.now(), "reason": "测试"} | given)

    return taken


@pytest.fixture
def opened():
    """DuckDB with the views of a snapshot."""

    def attached(snapshot):
        engine = duckdb.connect()
        reading.attach(snapshot, engine)
        return engine

    return attached
