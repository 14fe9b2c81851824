"""From the worklist to an attempt, from a suspicion to management: what a clerk does on the pages."""

from uuid import UUID

import pytest
from playwright.sync_api import expect
from tests.functional.pages.people import look_up


@pytest.fixture
def planned(county):
    """王德福, born 1952, has the tasks of the elderly."""
    from gongwei.base import clock
    from gongwei.tasks import operations

    resident = UUID(county["residents"]["王德福"])
    operations.replan(resident_ids=[resident], at=clock.now())
    return resident


def test_the_elderly_are_on_the_worklist_and_an_attempt_is_kept(planned, signed_in):
    page = signed_in("clerk")
    look_up(page, "王德福", "/tasks/")
    line = page.locator(".gw-job", has_text="王德福").filter(has_text="老年人年度健康体检")
    expect(line.get_by_role("link", name="为王德福开始老年人年度健康体检")).to_be_visible()
    line.get_by_text("未成", exact=True).click()
    line.get_by_text("不在家").click()
    line.get_by_role("button", name="登记").click()
    expect(page.locator("body")).to_contain_text("已登记未成记录，待办仍保留。")
    expect(page.locator(".gw-job", has_text="老年人年度健康体检").filter(has_text="王德福")).to_contain_text(
        "不在家"
    )


def test_a_house_shows_who_is_due_for_what(planned, signed_in):
    page = signed_in("clerk")
    look_up(page, "王德福", "/tasks/?by=house")
    house = page.locator(".gw-house", has_text="王德福")
    expect(house.get_by_role("heading")).to_contain_text("王家巷")
    # His other task, the assessment, is done in test_working, which may have run before in this county.
    expect(house.locator(".gw-job", has_text="老年人年度健康体检")).to_have_count(1)


def test_the_plan_of_the_day_has_the_telephone(planned, signed_in):
    page = signed_in("clerk")
    page.goto("/tasks/plan/?urgency=later")
    row = page.locator(".gw-plan tr", has_text="王德福")
    expect(row).to_contain_text("13900001234")


def test_taken_under_management_is_due_and_ended_is_not(county, signed_in):
    page = signed_in("clerk")
    episodes = f"/residents/{county['residents']['曾国强']}/episodes/"
    page.goto(episodes)
    page.locator("summary", has_text="纳入管理").last.click()
    page.select_option("#n-kind", "hypertension")
    page.fill("#n-why", "县医院确诊")
    page.get_by_role("button", name="登记").click()
    expect(page.locator(".gw-episode")).to_contain_text("管理中")
    look_up(page, "曾国强", "/tasks/?urgency=later")
    expect(page.locator(".gw-job", has_text="曾国强").filter(has_text="高血压随访")).to_have_count(1)
    page.goto(episodes)
    page.locator("summary", has_text="结束管理").click()
    page.locator("select[name=end_reason]").select_option("4")
    page.get_by_role("button", name="结束管理").click()
    expect(page.locator(".gw-episode")).to_contain_text("已结束")
    look_up(page, "曾国强", "/tasks/?urgency=later")
    expect(page.locator(".gw-job", has_text="曾国强").filter(has_text="高血压随访")).to_have_count(0)
