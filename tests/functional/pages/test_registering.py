"""Filing residents: a family, by keyboard alone, twice at once, with an answer that got lost."""

import re

from playwright.sync_api import expect
from tests.functional.pages.people import fill_profile, newcomer, save


def how_many(page, name):
    """How many residents of exactly this name the search box finds."""
    page.goto("/")
    page.fill("#gw-search", name)
    page.wait_for_selector("#gw-hits:not([hidden])")
    return page.locator("#gw-hits a.gw-hit b", has_text=re.compile(f"^{name}$")).count()


def test_a_family_is_filed(signed_in):
    # given a clerk who files the head of a family
    page = signed_in("clerk")
    name, number = newcomer()
    fill_profile(page, name, number)
    page.get_by_text("新建家庭（本人为户主）").click()
    save(page)
    expect(page.locator("main")).to_contain_text(re.compile(r"档案编号 660101101\d{8}"), use_inner_text=True)
    # when another member is added from the family's page
    page.get_by_role("link", name="家庭", exact=True).click()
    page.get_by_role("link", name="添加家庭成员").click()
    second, number2 = newcomer()
    expect(page.locator("[name=address]")).to_have_value("东巷1号")
    page.fill("[name=name]", second)
    page.fill("[name=id_number]", number2)
    page.select_option("[name=relation]", "73")
    page.uncheck("[name=with_form]")
    save(page)
    # then they stand in one family
    page.get_by_role("link", name="家庭", exact=True).click()
    expect(page.locator("main").get_by_role("link", name=name)).to_have_count(1)


def test_the_number_fills_in_birth_date_and_sex(signed_in):
    page = signed_in("clerk")
    page.goto("/residents/register/")
    page.fill("[name=id_number]", "660101196905140018")
    expect(page.locator("[data-id-hint]")).to_contain_text("校验位", use_inner_text=True)
    _, number = newcomer()
    page.fill("[name=id_number]", number)
    expect(page.locator("[name=birth_date]")).to_have_value("1969-05-14")
    expect(page.locator("[name=sex][value='1']")).to_be_checked()


def test_errors_stand_next_to_their_box_and_in_the_summary(signed_in):
    page = signed_in("clerk")
    page.goto("/residents/register/")
    page.fill("[name=name]", "错号码")
    page.fill("[name=id_number]", "660101196905140018")
    page.select_option("[name=area]", label="柳树村")
    page.uncheck("[name=with_form]")
    save(page)
    expect(page.locator("[data-error-summary]")).to_be_focused()
    beside = page.locator(".gw-item-wrong", has=page.locator("[name=id_number]"))
    expect(beside).to_contain_text("校验", use_inner_text=True)
    expect(page.locator("[name=name]")).to_have_value("错号码")  # nothing typed is lost


def test_a_double_click_files_one_person(signed_in):
    page = signed_in("clerk")
    name, number = newcomer()
    fill_profile(page, name, number)
    page.evaluate(  # two sendings that no script of the page holds back
        """() => { const form = document.getElementById("register"); const data = new URLSearchParams(new FormData(form));
        window.answers = Promise.all([1, 2].map(() => fetch(form.action, {method: "POST", body: data}))); }"""
    )
    places = page.evaluate("window.answers.then((all) => all.map((one) => one.url))")
    assert places[0] == places[1]
    assert re.search(r"/residents/[0-9a-f-]{36}/$", places[0])
    assert how_many(page, name) == 1


def test_an_answer_that_got_lost_is_given_again(signed_in):
    page = signed_in("clerk")
    name, number = newcomer()
    fill_profile(page, name, number)
    lost = []

    def lose(route):
        lost.append(route.fetch(max_redirects=0).status)
        route.abort()

    page.route("**/residents/register/", lose, times=1)
    said = page.evaluate(
        """() => { const form = document.getElementById("register");
        return fetch(form.action, {method: "POST", body: new URLSearchParams(new FormData(form))}).then(() => "came", () => "lost"); }"""
    )
    assert (said, lost) == ("lost", [302])  # the server has saved, the page has not heard of it
    save(page)
    expect(page.locator("h1")).to_contain_text(name, use_inner_text=True)
    assert how_many(page, name) == 1


def test_somebody_on_file_is_shown_with_reasons_while_typing(signed_in):
    page = signed_in("clerk")
    page.goto("/residents/register/")
    page.fill("[name=name]", "张伟")
    page.fill("[name=birth_date]", "19900101")
    page.get_by_text("男", exact=True).click()
    page.select_option("[name=area]", label="石桥村")
    page.locator("#candidates").get_by_text("很可能是同一人").wait_for()
    expect(page.locator("#candidates")).to_contain_text("姓名相同", use_inner_text=True)
    expect(page.locator("#candidates")).to_contain_text("出生日期相同", use_inner_text=True)


def test_a_file_is_made_with_the_keyboard_alone(signed_in):
    page = signed_in("clerk")
    name, number = newcomer()
    page.goto("/residents/register/")
    page.wait_for_selector("html[data-ready]")
    page.focus("[name=name]")
    keys = page.keyboard
    keys.insert_text(name)
    keys.press("Tab")  # id_type
    keys.press("Tab")
    keys.insert_text(number)
    for _ in range(3):  # sex, birth date: filled in; then the telephone
        keys.press("Tab")
    keys.insert_text("13900008888")
    for _ in range(6):  # contact name, telephone, relation, residence type, since; then the village
        keys.press("Tab")
    expect(page.locator("[name=area]")).to_be_focused()
    keys.press("ArrowDown")
    for _ in range(12):
        if page.evaluate("document.activeElement.name") == "with_form":
            break
        keys.press("Tab")
    keys.press("Space")
    expect(page.locator("[name=with_form]")).not_to_be_checked()
    keys.press("Tab")
    with page.expect_navigation():
        keys.press("Enter")
    expect(page.locator("h1")).to_contain_text(name, use_inner_text=True)


def test_the_basic_form_is_filled_in_the_order_of_the_paper(signed_in):
    # given a new resident and the questions of 个人基本信息表
    page = signed_in("clerk")
    name, number = newcomer()
    fill_profile(page, name, number)
    page.check("[name=with_form]")
    other = page.locator("[data-item='basic-drug_allergy_other']")
    expect(other).to_be_hidden()  # asked only after 其他
    page.locator("[data-item='basic-drug_allergies']").locator("label", has_text=re.compile("其他$")).click()
    expect(other).to_be_visible()
    page.locator("[data-item='basic-drug_allergies']").locator("label", has_text=re.compile("无$")).click()
    expect(other).to_be_hidden()  # 无 excludes the others
    save(page)
    # when most answers are missing nothing is kept, and each missing answer is named
    expect(page.locator("[data-error-summary] li").nth(5)).to_be_visible()
    page.select_option("[name=basic-ethnicity]", "01")
    for item, words in {
        "blood_abo": "A型", "blood_rh": "阳性", "education": "初中", "occupation": "农、林、牧、渔、水利业生产人员",
        "marital_status": "已婚", "payment_methods": "新型农村合作医疗", "exposures": "无", "past_diseases": "无", "surgery": "无",
        "injury": "无", "transfusion": "无", "family_father": "无", "family_mother": "无", "family_siblings": "无",
        "family_children": "无", "genetic_disease": "无", "disabilities": "无残疾",
    }.items():  # fmt: skip
        page.locator(f"[data-item='basic-{item}'] label", has_text=re.compile(f"{words}$")).first.click()
    save(page)
    # then file and form are there together
    expect(page.locator("h1")).to_contain_text(name, use_inner_text=True)
    page.get_by_role("link", name="基本信息", exact=True).click()
    expect(page.locator("main")).to_contain_text("农、林、牧、渔、水利业生产人员", use_inner_text=True)
