"""The page server as `serve` starts it."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect


def test_the_login_page_is_chinese_and_asks_nobody_else(new_page: Callable[..., Page]) -> None:
    page = new_page()
    answer = page.goto("/")
    assert answer is not None
    assert answer.status == 200
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^zh-(CN|Hans)$"))
    expect(page.get_by_role("button", name="登录")).to_have_count(1)
