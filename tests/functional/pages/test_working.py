"""Finding, editing by two people, moving between two townships, lists, what the auditor sees."""

import re
import zipfile

from playwright.sync_api import expect
from tests.functional.pages.people import fill_profile, newcomer, save


def test_somebody_is_found_by_the_initials_of_either_reading(signed_in):
    # 单小燕 is read Shàn Xiǎoyàn or Dān Xiǎoyàn; 曾 is Zēng or Céng
    page = signed_in("clerk")
    page.goto("/")
    for typed in ("sxy", "dxy"):
        page.fill("#gw-search", "")
        page.keyboard.press("Escape")
        page.fill("#gw-search", typed)
        page.locator("#gw-hits a.gw-hit", has_text="单小燕").wait_for()
    # by keyboard: `/` goes to the box, Enter opens the first hit
    page.goto("/permissions/")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("/")
    page.keyboard.type("1235")
    page.locator("#gw-hits a.gw-hit", has_text="李桂兰").wait_for()
    expect(page.locator("#gw-hits")).to_contain_text(re.compile("末|后4位"), use_inner_text=True)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("李桂兰", use_inner_text=True)


def test_a_name_never_stands_in_an_address(signed_in):
    page = signed_in("clerk")
    page.goto("/residents/")
    page.fill("[name=name]", "王德福")
    page.fill("[name=id_number]", "1013")
    page.click("button[form=query]")
    page.wait_for_load_state()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody")).to_contain_text("王德福", use_inner_text=True)
    assert "1013" not in page.url
    assert "%E7%8E%8B" not in page.url
    expect(page.locator("[name=name]")).to_have_value("王德福")


def test_two_clerks_edit_one_person(signed_in):
    # given two clerks who open the same file
    first = signed_in("clerk")
    name, number = newcomer()
    fill_profile(first, name, number)
    save(first)
    address = first.url
    second = signed_in("clerk2")
    for page in (first, second):
        page.goto(f"{address}edit/")
    # when both change the address, and each something else
    first.fill("[name=address]", "西街8号")
    first.fill("[name=employer]", "县纺织厂")
    second.fill("[name=address]", "南街9号")
    second.fill("[name=contact_name]", "赵小二")
    first.get_by_role("button", name="保存修改").click()
    first.wait_for_url("**/basic/")
    second.get_by_role("button", name="保存修改").click()
    second.wait_for_url("**/conflicts/")
    # then what only one touched is kept, and the clash shows three values side by side
    row = second.locator("tbody tr", has=second.get_by_role("rowheader", name="现住址"))
    for place, words in enumerate(["东巷1号", "西街8号", "南街9号"]):
        expect(row.locator("td").nth(place)).to_have_text(words, use_inner_text=True)
    row.get_by_text("南街9号").click()
    second.get_by_role("button", name="按所选确定").click()
    second.wait_for_url("**/basic/")
    for words in ("南街9号", "县纺织厂", "赵小二"):
        expect(second.locator("main")).to_contain_text(words, use_inner_text=True)
    # and the losing value stays in the history
    second.get_by_role("link", name="谁改过什么").click()
    second.wait_for_load_state()
    expect(second.locator("main")).to_contain_text("西街8号", use_inner_text=True)


def test_a_file_moves_only_when_the_other_side_confirms(signed_in):
    clerk = signed_in("clerk")
    name, number = newcomer()
    fill_profile(clerk, name, number)
    save(clerk)
    address = clerk.url
    clerk.get_by_role("link", name="迁出").click()
    clerk.select_option("[name=to_area]", label="山前镇 红旗村")
    clerk.fill("#id_reason", "随子女居住")
    clerk.get_by_role("button", name="确定").click()
    clerk.wait_for_url(address)
    expect(clerk.locator("main")).to_contain_text("迁出待确认", use_inner_text=True)
    other = signed_in("other.clerk")
    assert other.goto(address).status == 404  # not theirs yet, and not even there
    other.goto("/transfers/")
    line = other.locator("tbody tr", has_text="随子女居住").filter(has_text=name[0] + "**")
    line.get_by_role("button", name="确认").click()
    other.wait_for_load_state()
    assert other.goto(address).status == 200
    expect(other.locator("main")).to_contain_text("红旗村", use_inner_text=True)
    assert clerk.goto(address).status == 404


def test_a_death_ends_the_file_and_restoring_brings_it_back(signed_in):
    page = signed_in("clerk")
    name, number = newcomer()
    fill_profile(page, name, number)
    save(page)
    address = page.url
    page.goto(f"{address}act/death/")
    page.fill("[name=death_on]", "29990101")
    page.fill("[name=cause]", "I21.9")
    page.select_option("[name=source]", "family")
    page.get_by_role("button", name="确定").click()
    page.wait_for_load_state()
    expect(page.locator(".invalid-feedback")).to_contain_text("晚于今天", use_inner_text=True)
    page.fill("[name=death_on]", "20200101")
    page.get_by_role("button", name="确定").click()
    page.wait_for_url(address)
    expect(page.locator(".gw-head")).to_contain_text("（死亡，2020-01-01）", use_inner_text=True)
    page.get_by_role("link", name="恢复").click()
    page.fill("#id_reason", "同名误登记")
    page.get_by_role("button", name="确定").click()
    page.wait_for_url(address)
    expect(page.locator(".gw-head")).to_contain_text("正常", use_inner_text=True)


def test_the_full_number_needs_a_reason_and_the_look_is_written_down(signed_in, county):
    page = signed_in("clerk")
    address = f"/residents/{county['residents']['王德福']}/"
    page.goto(address)
    assert "66010119520308" not in page.content()
    page.get_by_text("看全号").click()
    page.fill("#full-id-reason", "核对医保信息")
    page.get_by_role("button", name="查看", exact=True).click()
    page.locator("#full-id", has_text="66010119520308").wait_for()
    page.goto(f"{address}readers/")
    expect(page.locator("main")).to_contain_text("查看完整证件号码或电话", use_inner_text=True)


def test_a_follow_up_is_filled_classified_and_corrected(signed_in, county):
    page = signed_in("clerk")
    page.goto(f"/residents/{county['residents']['王德福']}/fill/self_care_assessment/")
    page.get_by_role("button", name="保存", exact=True).click()
    # Nothing answered: each question says so, and nothing was sent.
    page.locator(".gw-wrong", has_text="还没有填写").first.wait_for()
    expect(page.locator(".gw-wrong:visible", has_text="还没有填写").nth(4)).to_be_visible()
    page.get_by_label("评估医师").select_option(label="陈晓梅")
    for group in page.locator("[role=radiogroup]:visible").all():
        group.locator("label").first.click()
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url(re.compile("/responses/"))
    expect(page.locator("main")).to_contain_text("老年人生活自理能力评估表", use_inner_text=True)
    page.goto(f"/residents/{county['residents']['王德福']}/")
    expect(page.locator(".gw-time")).to_contain_text("老年人生活自理能力评估表", use_inner_text=True)


def test_the_list_goes_out_as_a_workbook_with_masked_numbers(signed_in, tmp_path):
    page = signed_in("clerk")
    page.goto("/residents/")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="导出").click()
    file = tmp_path / "list.xlsx"
    waiting.value.save_as(file)
    with zipfile.ZipFile(file) as book:
        text = "".join(
            book.read(name).decode() for name in book.namelist() if name.endswith(".xml") and "xl/" in name
        )
    assert "王德福" in text
    assert "660101********1013" in text
    assert "66010119520308" not in text


def test_columns_and_filters_are_kept_for_the_next_time(signed_in):
    page = signed_in("clerk")
    page.goto("/residents/")
    page.fill("[name=age_from]", "65")
    page.fill("[name=age_to]", "80")
    page.click("button[form=query]")
    page.wait_for_load_state()
    page.get_by_text("保存查询").click()
    page.fill("#f-title", "老年人")
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_load_state()
    # In another browser, for it is the account's and not the browser's.
    page = signed_in("clerk")
    page.goto("/residents/")
    page.get_by_role("link", name="老年人", exact=True).click()
    page.wait_for_load_state()
    expect(page.locator("tbody")).not_to_contain_text("张伟", use_inner_text=True)
    expect(page.locator("tbody")).to_contain_text("李桂兰", use_inner_text=True)


def test_the_auditor_sees_who_looked_and_nobody_of_the_residents(signed_in, county):
    clerk = signed_in("clerk")
    clerk.goto(f"/residents/{county['residents']['李桂兰']}/")
    page = signed_in("auditor")
    page.goto("/audit/?action=view")
    expect(page.locator("tbody")).to_contain_text("陈晓梅", use_inner_text=True)
    assert page.goto("/residents/").status == 403
    assert page.goto(f"/residents/{county['residents']['李桂兰']}/").status == 403


def test_a_reset_password_is_shown_once_and_must_be_changed(signed_in, new_page):
    page = signed_in("secadmin")
    page.goto("/accounts/?q=forgotten")
    page.get_by_role("button", name="重置密码").click()
    first = page.locator(".gw-password").inner_text()
    officer = new_page()
    officer.goto("/login/")
    officer.fill("[name=username]", "forgotten")
    officer.fill("[name=password]", first)
    officer.get_by_role("button", name="登录").click()
    officer.wait_for_url("**/account/")
    officer.goto("/residents/")
    assert "/account/" in officer.url  # nothing else before the password is changed
    officer.fill("[name=old_password]", first)
    officer.fill("[name=new_password]", "Yunxi-2027-officer")
    officer.fill("[name=again]", "Yunxi-2027-officer")
    officer.get_by_role("button", name="修改密码").click()
    officer.wait_for_url(re.compile(r"/$"))
    assert officer.goto("/residents/").status == 200
