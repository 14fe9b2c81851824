"""What the journeys do again and again."""

from itertools import count

from playwright.sync_api import Page
from tests.functional.pages.county import id_number

_sequence = count(1)


def newcomer() -> tuple[str, str]:
    """A name and an ID number nobody else has: (name, number), male, born 1969-05-14."""
    number = next(_sequence)
    characters = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
    name = f"赵{characters[number % 22]}{characters[number // 22 % 22]}"
    return name, id_number("1969-05-14", f"{number * 2 + 1:03d}")


def fill_profile(page: Page, name: str, number: str) -> None:
    """The least a file needs, without 个人基本信息表."""
    page.goto("/residents/register/")
    page.fill("[name=name]", name)
    page.fill("[name=id_number]", number)
    page.select_option("[name=area]", label="柳树村")
    page.fill("[name=address]", "东巷1号")
    page.fill("[name=phone]", "13900009999")
    page.uncheck("[name=with_form]")


def save(page: Page) -> None:
    """Press 保存建档 and wait for what comes."""
    with page.expect_navigation():
        page.click("#register .gw-sendbar button")


def look_up(page: Page, name: str, address: str = "/residents/") -> None:
    """Ask a list's query bar for a name: the county has more people than a page shows."""
    page.goto(address)
    page.locator(".gw-query [name=name]").fill(name)
    with page.expect_navigation():
        page.get_by_role("button", name="查询", exact=True).click()
