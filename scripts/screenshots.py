"""Photographs the pages of a running system for the README and the handbook, and to be looked at.

    python scripts/screenshots.py --url http://127.0.0.1:8000 --login clerk --password ... --into docs/handbook/images

Says for each page what the browser complained about, and whether the page scrolls sideways.
"""

import argparse
import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

SIZES = {"1440": (1440, 900), "1366": (1366, 768), "390": (390, 844)}
#: name of the picture → path; `{resident}` is the first line of the list.
PAGES = {
    "home": "/",
    "residents": "/residents/",
    "register": "/residents/register/",
    "file": "{resident}",
    "file-basic": "{resident}basic/",
    "file-family": "{resident}family/",
    "file-history": "{resident}history/",
    "file-readers": "{resident}readers/",
    "edit": "{resident}edit/",
    "fill-check-up": "{resident}fill/check_up/",
    "fill-htn": "{resident}fill/htn_follow_up/",
    "act-death": "{resident}act/death/",
    "act-transfer": "{resident}act/transfer/",
    "transfers": "/transfers/",
    "conflicts": "/residents/conflicts/",
    "organizations": "/organizations/",
    "permissions": "/permissions/",
    "accounts": "/accounts/",
    "jobs": "/jobs/",
    "audit": "/audit/",
    "account": "/account/",
}


def main() -> int:
    """Take the pictures; the exit code is the number of pages with a complaint."""
    arguments = _arguments()
    arguments.into.mkdir(parents=True, exist_ok=True)
    complaints = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=arguments.chromium, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        for size in arguments.sizes:
            complaints += _series(browser, size, arguments)
        browser.close()
    return complaints


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--login", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[], help="names of pages; all when left out")
    parser.add_argument("--sizes", nargs="*", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--chromium", default=os.environ.get("GONGWEI_CHROMIUM", "/usr/bin/chromium"))
    parser.add_argument("--prefix", default="")
    parser.add_argument("--whole", action="store_true", help="the whole page, not only the window")
    return parser.parse_args()


def _series(browser: Browser, size: str, arguments: argparse.Namespace) -> int:
    width, height = SIZES[size]
    page = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN").new_page()
    said: list[str] = []
    page.on(
        "console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{arguments.url}/login/")
    _take(page, "login", size, arguments)
    page.fill("[name=username]", arguments.login)
    page.fill("[name=password]", arguments.password)
    page.click("button:has-text('登录')")
    page.wait_for_load_state()
    resident = ""
    page.goto(f"{arguments.url}/residents/")
    if link := page.query_selector("tbody a[href^='/residents/']"):
        resident = link.get_attribute("href") or ""
    complaints = 0
    for name, path in PAGES.items():
        if arguments.only and name not in arguments.only:
            continue
        if "{resident}" in path and not resident:
            continue
        said.clear()
        answer = page.goto(arguments.url + path.replace("{resident}", resident))
        status = answer.status if answer else 0
        if status in (403, 404):
            continue
        page.wait_for_timeout(150)
        sideways = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        _take(page, name, size, arguments)
        if status != 200 or said or sideways > 0:
            complaints += 1
            sys.stdout.write(f"{size} {name} status={status} sideways={sideways} {said[:3]}\n")
    page.context.close()
    return complaints


def _take(page: Page, name: str, size: str, arguments: argparse.Namespace) -> None:
    path = arguments.into / f"{arguments.prefix}{name}-{size}.png"
    page.screenshot(path=path, full_page=arguments.whole)


if __name__ == "__main__":
    sys.exit(main())
