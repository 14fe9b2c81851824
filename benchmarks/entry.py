"""A routine hypertension follow-up in a real browser, from the worklist to saved: key presses, page loads, seconds.

    ./gongwei bench entry

Key presses beyond the digits of the two blood pressures, by the browser's own keydown events; page loads until the form
is sent. Seconds: from the key on 开始 to the answer that it is saved, with the person typing as fast as the page takes it
(`seconds`), and with a person's hands, 0.28 s a key (Card, Moran and Newell's average typist), 1.35 s to read the two
numbers off (`seconds_by_hand`, the same run with pauses). A small county is made in a database of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
PRESSURES = ((132, 84), (136, 86), (128, 78))
KEY_S, READING_S = 0.28, 1.35
COUNTING = """
sessionStorage.keys ??= 0;
addEventListener("keydown", (event) => { if (!event.repeat) sessionStorage.keys = Number(sessionStorage.keys) + 1; }, true);
"""
START = "a[href*='/serve/?form=htn_follow_up']"


def main(argv: list[str]) -> None:
    """Measure and print; the last line is one JSON object."""
    parser = argparse.ArgumentParser(
        prog="bench entry", description="录入一次常规高血压随访的按键、翻页和用时"
    )
    parser.add_argument("--times", type=int, default=5, help="随访次数（默认5）")
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.inner:
        from gongwei.site import database

        database.set_up_django()
        database.bring_up_to_date()
        print(json.dumps(_measured(options.times), ensure_ascii=False))
        return
    _in_a_database_of_its_own(argv)


def _in_a_database_of_its_own(argv: list[str]) -> None:
    """Run this program again on an empty database beside the given one, and drop it."""
    from gongwei.site import database

    with database.standing(apart=True) as url:
        address = urlsplit(url)
        name = f"{address.path.lstrip('/')}_entry_{os.getpid()}"
        with psycopg.connect(url, autocommit=True) as server:
            made = sql.SQL("create database {} template template0 encoding 'UTF8'")
            server.execute(made.format(sql.Identifier(name)))
            try:
                environment = os.environ | {"DATABASE_URL": urlunsplit(address._replace(path=f"/{name}"))}
                inner = subprocess.run(
                    [sys.executable, __file__, "--inner", *argv],
                    env=environment,
                    stdout=subprocess.PIPE,
                    text=True,
                    check=False,
                )
                print(inner.stdout, end="")
                if inner.returncode:
                    raise SystemExit(inner.returncode)
            finally:
                server.execute(
                    sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
                )


def _measured(times: int) -> dict[str, Any]:
    sys.path.insert(0, str(ROOT))
    from tests.functional.pages import county, under_care

    from gongwei.site import processes, provision, service

    county.furnish()
    for _ in range(2 * times + 2):
        under_care.somebody("hypertension", born="1975-02-11")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = service.Address("127.0.0.1", probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        crew = processes.Crew(Path(folder))
        crew.start("web", service.pages(address), dict(os.environ))
        try:
            service.await_answer(crew, address)
            browser = provision.chromium(Path(folder))
            return _driven(address.url.rstrip("/"), browser, times, county.PASSWORD)
        finally:
            crew.stop()


def _driven(server: str, program: Any, times: int, password: str) -> dict[str, Any]:
    # Playwright's synchronous face keeps an event loop in this thread; Django is done with here.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    from playwright.sync_api import sync_playwright

    from gongwei.site import provision

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(program.program), args=provision.flags(sandbox=program.sandbox)
        )
        page = browser.new_context(base_url=server, locale="zh-CN", timezone_id="Asia/Shanghai").new_page()
        page.add_init_script(COUNTING)
        page.goto("/login/")
        page.fill("[name=username]", "doctor")
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_load_state()
        page.goto("/tasks/")
        _one(
            page, PRESSURES[0], pause=0.0
        )  # modules and rules are in the browser's cache after the first person
        quick = [_one(page, PRESSURES[number % 3], pause=0.0) for number in range(times)]
        slow = [_one(page, PRESSURES[number % 3], pause=KEY_S) for number in range(times)]
        browser.close()
    return {
        "key_presses": max(each["keys"] for each in [*quick, *slow]),
        "page_loads": max(each["loads"] for each in [*quick, *slow]),
        "page_loads_with_return": max(each["loads_with_return"] for each in [*quick, *slow]),
        "seconds": round(statistics.median(each["seconds"] for each in quick), 2),
        "seconds_by_hand": round(statistics.median(each["seconds"] for each in slow), 2),
        "follow_ups": len(quick) + len(slow),
    }


def _one(page: Any, pressure: tuple[int, int], *, pause: float) -> dict[str, float]:
    """One follow-up by keyboard; the cursor stands on 开始."""
    loads: list[str] = []
    before_sending: list[int] = []
    loaded, asked = (
        lambda frame: loads.append(frame.url),
        lambda request: before_sending.append(len(loads)) if request.method == "POST" else None,
    )
    page.locator(START).first.focus()
    page.evaluate("sessionStorage.keys = 0")
    page.on("framenavigated", loaded)
    page.on("request", asked)

    def press(key: str) -> None:
        time.sleep(pause)
        page.keyboard.press(key)

    started = time.perf_counter()
    with page.expect_navigation(url="**/serve/**", wait_until="commit"):
        press("Enter")
    page.wait_for_selector("form[data-entry][data-ready]")
    time.sleep(READING_S if pause else 0)
    digits = "".join(str(each) for each in pressure)
    for key in [*str(pressure[0]), "Enter", *str(pressure[1]), "Enter", "7", "2", "Enter"]:
        press(key)
    for _ in range(20):
        if "保存" in page.evaluate("document.activeElement.innerText ?? ''"):
            break
        press("1")
    with page.expect_navigation(url="**/tasks/", wait_until="commit"):
        press("Enter")
    seconds = time.perf_counter() - started
    page.wait_for_load_state()
    keys = int(page.evaluate("sessionStorage.keys")) - len(digits)
    page.remove_listener("framenavigated", loaded)
    page.remove_listener("request", asked)
    return {
        "keys": keys,
        "loads": before_sending[-1],
        "loads_with_return": len(loads),
        "seconds": seconds,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
