"""The small county of `county`, made once in the database of the page server, and people who sign in to it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page
from tests.functional.pages import county as places

_made: dict[str, Any] = {}
_signed_in: dict[str, Any] = {}


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
        if not fresh and username in _signed_in:
            return new_page(storage_state=_signed_in[username], **options)
        page = new_page(**options)
        sign_in(page, username)
        if not fresh:
            _signed_in[username] = page.context.storage_state()
        return page

    return make


def sign_in(page: Page, username: str, password: str = places.PASSWORD) -> None:
    """Type user name and password and wait for the next page."""
    page.goto("/login/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_load_state()
