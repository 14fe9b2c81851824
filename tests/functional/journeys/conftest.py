"""A day of a county: pages and job worker of its own on a database of its own, where nobody else's test has been."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from tests.functional import conftest as functional
from tests.functional.journeys import day
from tests.functional.pages.conftest import sign_in


@pytest.fixture(scope="module")
def database_url(database_copy: Callable[[str], AbstractContextManager[str]]) -> Iterator[str]:
    """A copy of the migrated test database that only this module writes to."""
    with database_copy("journeys") as url:
        yield url


@pytest.fixture(scope="module")
def server(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the pages."""
    with functional.served(database_url, tmp_path_factory.mktemp("logs")) as address:
        yield address


@pytest.fixture
def county(_same_database: None, database_url: str, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The county as it stood the evening before: see `day.evening_before`.

    From then on a process works off the background jobs, as in a county. Not before: it would itself begin to work out
    the figures that the evening before is said to have left.
    """
    made = day.evening_before()
    with functional.worked_off(database_url, tmp_path):
        yield made


@pytest.fixture
def at_work(county: dict[str, Any], new_page: Callable[..., Page]) -> Callable[..., Page]:
    """`at_work("clerk")`: somebody at a computer of their own, signed in by typing name and password."""

    def make(username: str, **options: Any) -> Page:
        page = new_page(**options)
        sign_in(page, username)
        return page

    return make
