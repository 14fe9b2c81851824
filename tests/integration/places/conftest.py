"""Fixtures of places."""

import datetime as dt

import pytest
from tests.integration.places import worlds

from gongwei.base import clock

NOW = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Hash cheaply: the cost of a real hash is no matter of these tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def at():
    """Monday morning, on a clock that stands still."""
    with clock.fixed(NOW):
        yield NOW


@pytest.fixture
def world(db, at):
    """The small world of `worlds`."""
    return worlds.build(at)
