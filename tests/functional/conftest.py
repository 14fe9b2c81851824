"""A real Chromium against a real page server on a database of its own.

`server` serves the pages as a county's server does. A functional test's own Django connection points at the same
database, so a test can prepare what it needs by operations; what it writes is committed and stays, so tests make
their own people and never count everything. Other tests of the same process do not see this database.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.conftest import free_port, point_at

from gongwei.site import processes, provision, service

# Playwright's synchronous face keeps an event loop running in this thread, which Django would take for async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

DESKTOP = (1440, 900)
#: How long a busy machine may take until a page shows what a test waits for.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The Chromium that `./gongwei test` found or installed.

    Ends with the module: Playwright keeps an event loop in this thread, and the tests of the jobs, which may be next in
    the same process, start one of their own.
    """
    program = os.environ.get("GONGWEI_CHROMIUM")
    if not program:
        raise pytest.UsageError("GONGWEI_CHROMIUM is not set: run the tests by `./gongwei test [PATHS]`.")
    arguments = provision.flags(sandbox=os.environ.get("GONGWEI_CHROMIUM_SANDBOX") == "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def database_url(database_copy: Callable[[str], AbstractContextManager[str]]) -> Iterator[str]:
    """A database of its own, copied from the migrated test database."""
    with database_copy("functional") as url:
        yield url


@pytest.fixture(scope="session")
def server(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the running pages, without a slash at the end."""
    with served(database_url, tmp_path_factory.mktemp("logs")) as address:
        yield address


@contextlib.contextmanager
def served(database: str, logs: Path) -> Iterator[str]:
    """Pages on a database; their address."""
    address = service.Address("127.0.0.1", free_port())
    crew = processes.Crew(logs)
    crew.start("web", service.pages(address), {**os.environ, "DATABASE_URL": database})
    try:
        service.await_answer(crew, address)
        yield address.url.rstrip("/")
    finally:
        crew.stop()


@contextlib.contextmanager
def worked_off(database: str, logs: Path) -> Iterator[None]:
    """A process that works off a database's background jobs, those by the clock too."""
    crew = processes.Crew(logs)
    crew.start("jobs", service.jobs(), {**os.environ, "DATABASE_URL": database})
    try:
        yield
    finally:
        crew.stop()


@pytest.fixture(autouse=True)
def _same_database(database_url: str, django_db_blocker) -> Iterator[None]:  # type: ignore[no-untyped-def]
    """Point this process's connection at the database of the server while the test runs."""
    before = str(connections["default"].settings_dict["NAME"])
    with django_db_blocker.unblock():
        point_at(urlsplit(database_url).path.lstrip("/"))
        yield
        point_at(before)


@pytest.fixture
def new_page(browser: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """``new_page(size=(1440, 900))``: another person at another computer, with cookies of their own.

    After the test: no page may have raised an error or asked anybody but our server.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []
    strangers: list[str] = []

    def make(size: tuple[int, int] = DESKTOP, **options: object) -> Page:
        context = browser.new_context(
            base_url=server,
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(PATIENCE_MS)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((server, "data:", "blob:", "about:"))
                else strangers.append(request.url)
            ),
        )
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert errors == []
    assert strangers == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """One person at a desktop."""
    return new_page()
