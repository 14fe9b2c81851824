"""What every test may rely on: a real PostgreSQL at DATABASE_URL (`./gongwei test` provides one)."""

import os

import pytest


def pytest_configure() -> None:
    """Say what is missing instead of letting every test fail on it."""
    if not os.environ.get("DATABASE_URL"):
        raise pytest.UsageError("DATABASE_URL is not set: run the tests by `./gongwei test [PATHS]`.")
