"""What axe finds on a page, told in text: only what is serious leaves the browser, since the whole answer is megabytes."""

import json

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

SERIOUS = ("serious", "critical")
_RUN = """async (serious) => JSON.stringify(
  (await axe.run({resultTypes: ["violations"]})).violations.filter((each) => serious.includes(each.impact)).map(
    (each) => [each.id, each.nodes.slice(0, 2).map((node) => node.html.slice(0, 120))]))"""


def serious(page: Page) -> dict[str, list[str]]:
    """The rules a page breaks seriously or critically, each with the first places where."""
    page.evaluate(AXE_SCRIPT)
    return dict(json.loads(page.evaluate(_RUN, list(SERIOUS))))
