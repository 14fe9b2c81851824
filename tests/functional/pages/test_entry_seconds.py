"""The budget of a routine follow-up, from worklist to saved: at most 12 key presses and 1 page load beyond the two
blood-pressure numbers (issue 3.4). Counted in the browser itself."""

from playwright.sync_api import expect
from tests.functional.pages import under_care

from gongwei.base import clock
from gongwei.records.models import Response

COUNTING = """
sessionStorage.keys ??= 0;
addEventListener("keydown", (event) => { if (!event.repeat) sessionStorage.keys = Number(sessionStorage.keys) + 1; }, true);
"""
MOST_KEYS, MOST_LOADS = 12, 1


def test_from_the_worklist_to_saved_within_the_budget(signed_in, county):
    # given a doctor on the worklist, the cursor on the next person's 开始, as it is after each save
    first, _ = under_care.somebody("hypertension")
    second, _ = under_care.somebody("hypertension")
    page = signed_in("doctor")
    loads, sent = [], []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    page.on("request", lambda request: sent.append(len(loads)) if request.method == "POST" else None)
    page.add_init_script(COUNTING)
    page.goto("/tasks/?programme=hypertension")
    page.evaluate(
        "id => document.querySelector(`a[href*='${id}/serve/?form=htn_follow_up']`).focus()", second
    )
    page.evaluate("sessionStorage.keys = 0")
    loads.clear()
    # when a routine follow-up is done by keyboard alone
    with page.expect_navigation(url="**/serve/**"):
        page.keyboard.press("Enter")
    page.wait_for_selector("form[data-entry][data-ready]")
    numbers = ["1", "3", "2", "8", "4"]
    for key in [*"132", "Enter", *"84", "Enter", *"72", "Enter"]:
        page.keyboard.press(key)
    for _ in range(MOST_KEYS):
        if "保存" in page.evaluate("document.activeElement.innerText ?? ''"):
            break
        page.keyboard.press("1")
    with page.expect_navigation(url="**/tasks/?programme=hypertension"):
        page.keyboard.press("Enter")
    # then it took no more than the budget, and is saved
    pressed = int(page.evaluate("sessionStorage.keys")) - len(numbers)
    assert pressed <= MOST_KEYS
    assert sent[-1] <= MOST_LOADS  # pages loaded until the form was sent
    assert Response.objects.filter(resident=second, done_on=clock.today()).count() == 1
    expect(page.locator(f"a[href*='{second}/serve/?form=htn_follow_up']")).to_have_count(0)
    # and the cursor stands on somebody else's 开始
    expect(page.locator(":focus")).to_have_text("开始", use_inner_text=True)
    expect(page.locator(f"a[href*='{first}/serve/?form=htn_follow_up']")).to_have_count(1)
