"""The small county of `county`, made once in the database of the page server, and people who sign in to it."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page
from tests.functional.pages import county as places

_made: dict[str, Any] = {}
#: Cookies by user name, and when they were last taken.
_signed_in: dict[str, tuple[Any, float]] = {}
#: A session that idles for 30 minutes is over; on a slow machine so long may pass between two tests of one person.
IDLE_S = 600


@pytest.fixture
def county(_same_database: None) -> dict[str, Any]:
    """User names, residents and organizations by short names."""
    if not _made:
        _made.update(places.furnish())
    return _made


@pytest.fixture
def signed_in(county: dict[str, Any], new_page: Callable[..., Page]) -> Callable[..., Page]:
    """`signed_in("clerk")`: somebody at a computer of their own, signed in.

    Cookies of an earlier sign-in are taken again, since hashing a password is slow on purpose; `fresh=True` signs in
    anew, for tests that end the session.
    """

    def make(username: str, *, fresh: bool = False, **options: Any) -> Page:
        state, used = _signed_in.get(username, ({}, 0.0))
        if not fresh and time.monotonic() - used < IDLE_S:
            _signed_in[username] = (state, time.monotonic())
            return new_page(storage_state=state, **options)
        page = new_page(**options)
        sign_in(page, username)
        if not fresh:
            _signed_in[username] = (page.context.storage_state(), time.monotonic())
        return page

    return make


def sign_in(page: Page, username: str, password: str = places.PASSWORD) -> None:
    """Type user name and password and wait for the next page."""
    page.goto("/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_load_state()
