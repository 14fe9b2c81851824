"""Printing from the pages: a blank form opens as a PDF, the file of a resident has cover and card, a village goes to a job."""

from playwright.sync_api import expect
from tests.unit.print import reading


def pdf(page, address):
    """The document at an address, fetched with the page's session."""
    answer = page.request.get(address)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("inline")
    assert "no-store" in answer.headers["cache-control"]
    return reading.words(answer.body())


def test_a_blank_form_is_one_click_away(county, signed_in):
    page = signed_in("doctor")
    page.goto("/")
    page.get_by_role("link", name="打印表单").click()
    link = page.get_by_role("link", name="打印空白高血压患者随访服务记录表", exact=True)
    assert "摄盐情况" in pdf(page, link.get_attribute("href"))
    noted = page.get_by_role("link", name="打印空白高血压患者随访服务记录表及填表说明")
    assert "填表说明" in pdf(page, noted.get_attribute("href"))


def test_the_file_prints_cover_and_card(county, signed_in):
    page = signed_in("clerk")
    page.goto(f"/residents/{county['residents']['曾国强']}/")
    page.locator("summary", has_text="打印").click()
    assert "曾国强" in pdf(page, page.get_by_role("link", name="档案封面").get_attribute("href"))
    assert "居民健康档案信息卡" in pdf(page, page.get_by_role("link", name="信息卡").get_attribute("href"))


def test_a_village_goes_to_a_job(county, signed_in):
    page = signed_in("clerk")
    page.goto("/print/forms/")
    page.select_option("#print-form", "htn_follow_up")
    page.select_option("#print-area", label="柳树村")
    page.get_by_role("button", name="生成打印文件").click()
    page.wait_for_url("**/jobs/*/")
    expect(page.locator("h1")).to_have_text("批量打印", use_inner_text=True)


def test_who_sees_no_residents_prints_blank_forms_only(county, signed_in):
    page = signed_in("sysadmin")
    page.goto("/print/forms/")
    expect(page.get_by_role("button", name="生成打印文件")).to_have_count(0)
    assert "健康体检表" in pdf(page, "/print/forms/check_up/")
    assert page.request.get(f"/print/residents/{county['residents']['曾国强']}/cover/").status == 403


def test_the_worklist_is_printed_as_it_is_asked_for(county, signed_in):
    page = signed_in("doctor")
    page.goto("/tasks/?programme=hypertension")
    words = pdf(page, page.get_by_role("link", name="打印清单").get_attribute("href"))
    assert "待办清单" in words
    assert "办理情况" in words
