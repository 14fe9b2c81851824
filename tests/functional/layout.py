"""How a page lies on a screen: what a person with a phone would have to push sideways to read."""

from playwright.sync_api import Page

PHONE = {"width": 390, "height": 844}
_SIDEWAYS = """async () => {
  // The page is measured as drawn: what follows the size of the window does so in the frame after it.
  for (let frame = 0; frame < 2; frame += 1) await new Promise((drawn) => requestAnimationFrame(drawn));
  return document.documentElement.scrollWidth - document.documentElement.clientWidth;
}"""


def too_wide_for_a_phone(page: Page) -> int:
    """The pixels a page reaches past the side of a phone's screen, which it is shown on from here; 0 when it fits."""
    page.set_viewport_size(PHONE)
    return page.evaluate(_SIDEWAYS)


def tables_to_push(page: Page) -> list[str]:
    """The names of the tables a person with a phone would have to push sideways within their card to read."""
    page.set_viewport_size(PHONE)
    page.evaluate(_SIDEWAYS)
    return page.eval_on_selector_all(
        ".gw-scroll", "boxes => boxes.filter((b) => b.scrollWidth > b.clientWidth).map((b) => b.ariaLabel)"
    )
