"""The page server as `serve` starts it."""

from collections.abc import Callable

from playwright.sync_api import Page


def test_the_login_page_is_chinese_and_asks_nobody_else(new_page: Callable[..., Page]) -> None:
    page = new_page()
    answer = page.goto("/")
    assert answer is not None
    assert answer.status == 200
    assert page.locator("html").get_attribute("lang") in {"zh-CN", "zh-Hans"}
    assert page.get_by_role("button", name="登录").count() == 1
