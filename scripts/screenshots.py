"""Photographs the pages of a running demonstration county for the handbook and the README, by one command.

    ./gongwei demo                                   # in another window
    python scripts/screenshots.py --url http://127.0.0.1:8000

Each picture is taken as the person who works with the page sees it, on a desktop or a telephone. ``--all`` also takes
those that no chapter shows, for looking at. Says for each page what the browser complained about, and whether the page
scrolls sideways; the exit code is the number of pages with a complaint.
"""

import argparse
import base64
import os
import struct
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "handbook" / "images"
PASSWORD = "gongwei-demo-2026"  # of every account of the demonstration county
DESKTOP, TELEPHONE = (1440, 900), (390, 844)
#: How a page is reached whose address holds an id: the list to open, and the first link there that is followed.
FIRST_RESIDENT = ("/residents/", "tbody a[href^='/residents/']")
#: Who has several duties looks in this one.
ROLES = {"xianji": "县级管理人员"}
LARGEST_BYTES = 150_000
_PIXELS = """async png => {
    const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const bytes = context.getImageData(0, 0, image.width, image.height).data;
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return [btoa(text), image.width, image.height];
}"""


@dataclass(frozen=True)
class Picture:
    """One picture: who looks, at which address; ``first`` is a list whose first line is opened before."""

    name: str
    user: str
    path: str = ""
    size: tuple[int, int] = DESKTOP
    first: tuple[str, str] | None = None
    shown: bool = True
    """Whether a chapter of the handbook shows it."""


PICTURES = (
    Picture("home", "dangan", "/"),
    Picture("residents", "dangan", "/residents/"),
    Picture("register", "dangan", "/residents/register/"),
    Picture("resident", "cunyi", "", first=FIRST_RESIDENT),
    Picture("follow_up", "cunyi", "fill/htn_follow_up/", first=FIRST_RESIDENT),
    Picture("follow_up_phone", "cunyi", "fill/htn_follow_up/", TELEPHONE, FIRST_RESIDENT),
    Picture("worklist", "cunyi", "/tasks/"),
    Picture("worklist_phone", "cunyi", "/tasks/", TELEPHONE),
    Picture("import", "dangan", "/uploads/"),
    Picture("measures", "xianji", "/measures/"),
    Picture("measures_phone", "xianji", "/measures/", TELEPHONE),
    Picture("targets", "xianji", "/targets/progress/"),
    Picture("wall", "xianji", "/wall/"),
    Picture("findings", "xianji", "/findings/"),
    Picture("runs", "xianji", "/runs/"),
    Picture("evaluation", "xianji", "/evaluation/?year=2025"),
    Picture("settlement", "xianji", first=("/settlements/?year=2025", "td a[href^='/settlements/']")),
    Picture("funds", "xianji", "/funds/", shown=False),
    Picture("day_plan", "cunyi", "/tasks/plan/", TELEPHONE, shown=False),
    Picture("suspects", "cunyi", "/suspects/", shown=False),
    Picture("file_history", "cunyi", "history/", first=FIRST_RESIDENT, shown=False),
    Picture("file_readers", "cunyi", "readers/", first=FIRST_RESIDENT, shown=False),
    Picture("referrals", "dangan", "/referrals/", shown=False),
    Picture("transfers", "dangan", "/transfers/", shown=False),
    Picture("conflicts", "dangan", "/residents/conflicts/", shown=False),
    Picture("organizations", "xianji", "/organizations/", shown=False),
    Picture("permissions", "xianji", "/permissions/", shown=False),
    Picture("jobs", "xianji", "/jobs/", shown=False),
    Picture("account", "xianji", "/account/", shown=False),
)


def main() -> int:
    """Take the pictures."""
    arguments = _arguments()
    arguments.into.mkdir(parents=True, exist_ok=True)
    wanted = [
        picture
        for picture in PICTURES
        if (picture.name in arguments.only if arguments.only else picture.shown or arguments.all)
    ]
    complaints = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=arguments.chromium, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        for user, size in dict.fromkeys((picture.user, picture.size) for picture in wanted):
            series = [each for each in wanted if (each.user, each.size) == (user, size)]
            complaints += _series(browser, user, size, series, arguments)
        browser.close()
    return complaints


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--into", type=Path, default=IMAGES)
    parser.add_argument("--only", nargs="*", default=[], help="names of pictures")
    parser.add_argument("--all", action="store_true", help="also those that no chapter shows")
    parser.add_argument("--chromium", default=os.environ.get("GONGWEI_CHROMIUM", "/usr/bin/chromium"))
    return parser.parse_args()


def _series(
    browser: Browser,
    user: str,
    size: tuple[int, int],
    pictures: list[Picture],
    arguments: argparse.Namespace,
) -> int:
    """Log in once and take all pictures of one person at one size."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="zh-CN", reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(90_000)
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{arguments.url}/login/")
    page.fill("[name=username]", user)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    if role := ROLES.get(user):
        chosen = page.locator(f".dropdown-item:has-text('{role} ·')").first
        with page.expect_navigation():
            chosen.evaluate("button => button.form.requestSubmit()")
    complaints = 0
    for picture in pictures:
        said.clear()
        problems = _take(page, picture, arguments)
        problems += said[:3]
        if problems:
            complaints += 1
            sys.stdout.write(f"{picture.name}: {'; '.join(problems)}\n")
    context.close()
    return complaints


def _take(page: Page, picture: Picture, arguments: argparse.Namespace) -> list[str]:
    """Open the page, photograph the window, and return what is not as it should be."""
    path = picture.path
    if picture.first:
        page.goto(arguments.url + picture.first[0])
        link = page.query_selector(picture.first[1])
        if link is None:
            return [f"{picture.first[0]} lists nothing to open"]
        path = (link.get_attribute("href") or "") + path
    answer = page.goto(arguments.url + path)
    if answer is None or answer.status != 200:
        return [f"{path} answers {answer.status if answer else 'nothing'}"]
    page.wait_for_timeout(800)  # charts are drawn after the page is there
    file = arguments.into / f"{picture.name}.png"
    file.write_bytes(_with_palette(page, page.screenshot()))
    problems = []
    sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if sideways > 0:
        problems.append(f"scrolls sideways by {sideways}")
    if file.stat().st_size > LARGEST_BYTES:
        problems.append(f"{file.stat().st_size // 1000} kB")
    return problems


def _with_palette(page: Page, png: bytes) -> bytes:
    """The picture in at most 256 colours, a third of the size; the browser itself takes the PNG apart."""
    blank = page.context.new_page()
    raw, width, height = blank.evaluate(_PIXELS, base64.b64encode(png).decode())
    blank.close()
    pixels = np.frombuffer(base64.b64decode(raw), np.uint8).reshape(-1, 4)[:, :3]
    packed = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    shades, where, count = np.unique(packed, return_inverse=True, return_counts=True)
    colours = np.stack([shades >> 16 & 255, shades >> 8 & 255, shades & 255], axis=1).astype(np.int32)
    palette = colours[np.argsort(-count)[:256]]
    nearest = np.concatenate(
        [((part[:, None] - palette) ** 2).sum(2).argmin(1) for part in np.array_split(colours, 64)]
    ).astype(np.uint8)
    lines = np.zeros((height, width + 1), np.uint8)  # each line begins with its filter: none
    lines[:, 1:] = nearest[where].reshape(height, width)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", palette.astype(np.uint8).tobytes()),
            (b"IDAT", zlib.compress(lines.tobytes(), 9)),
            (b"IEND", b""),
        )
    )


if __name__ == "__main__":
    sys.exit(main())
