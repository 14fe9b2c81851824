"""The phone's engine in a real browser: the modules load there without a build step, and say what they say in node."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright
from tests.generative import engines
from tests.spec import engines as spec_engines
from tests.spec import forms, reading, test_language

from gongwei.engines import phone, row

PAGE = b"<!doctype html><meta charset=utf-8><title>evaluate</title>"
#: As strict as the pages of the system are: no inline script, no eval.
POLICY = "default-src 'none'; script-src 'self'"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the modules; says nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def do_GET(self) -> None:
        if self.path != "/":
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)
        return None


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    handler = functools.partial(Quiet, directory=str(engines.SOURCE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox"])
            opened = browser.new_page()
            opened.goto(f"http://127.0.0.1:{server.server_port}/")
            yield opened
            browser.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def program() -> str | None:
    """The system's Chromium where there is one, else the one playwright has."""
    return next(
        (path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None
    )


ASK = """async (jobs) => {
  const engine = await import("/evaluate.js");
  return jobs.map(([node, contexts]) =>
    contexts.map((context) => engine.writeValue(engine.evaluate(node, context))));
}"""


def jobs() -> tuple[list[Any], list[Any]]:
    """Every table of the language as questions, and what the reference answers."""
    asked: list[Any] = []
    wanted: list[Any] = []
    for case in test_language.CASES:
        example = case.values[0]
        subject = reading.subject(example, forms.F, forms.EP.code, forms.PARAMETERS, {"另一表": forms.G})
        own = [record for record in subject.records if record.form is forms.F]
        for heading in example.expected_columns:
            node = test_language.expression(heading)
            known = phone.subject_json(subject, spec_engines.steps(node, [subject]))
            if "期间" in example.settings:
                period = reading.period_of(example.settings["期间"])
                contexts = [{**known, "first": period.first.isoformat(), "last": period.last.isoformat()}]
                values = [row.evaluate_period(node, subject, period)]
            else:
                history = known["records"][forms.F.code]
                contexts = [{**known, **entry, "history": history} for entry in history]
                values = [row.evaluate(node, record, subject) for record in own]
            asked.append([phone.to_json(node), contexts])
            wanted.append([engines.plain(value, node.type.kind) for value in values])
    return asked, wanted


def test_browser_says_what_the_reference_says(page: Page) -> None:
    asked, wanted = jobs()
    answers = page.evaluate(ASK, asked)
    kinds = [
        test_language.expression(h).type.kind
        for c in test_language.CASES
        for h in c.values[0].expected_columns
    ]
    found = [
        [engines.plain(value, kind) for value in values] for values, kind in zip(answers, kinds, strict=True)
    ]
    assert found == wanted
    assert len(found) > 100


def test_judging_loads_in_the_browser(page: Page) -> None:
    due = page.evaluate(
        """async () => (await import("/judging.js")).nextDue(
             {every: ["month", ["Literal", "number", "3"]], onceIn: null, early: ["day", ["Literal", "number", "15"]],
              late: ["day", ["Literal", "number", "15"]]}, "2025-01-01", "2025-11-30", [], {parameters: {}})"""
    )
    assert due["due"] == date(2026, 2, 28).isoformat()
