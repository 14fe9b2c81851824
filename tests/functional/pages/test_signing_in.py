"""Signing in, lock-out, several duties, and a login that ends in the middle of a form."""

import psycopg
import pytest
from playwright.sync_api import expect
from tests.functional.pages.conftest import sign_in
from tests.functional.pages.people import fill_profile, look_up, newcomer, save


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(county, new_page):
    page = new_page()
    sign_in(page, "clerk", "Wrong-password-1")
    said = page.get_by_role("alert").inner_text()
    sign_in(page, "nobody.at.all", "Wrong-password-1")
    expect(page.get_by_role("alert")).to_have_text(said, use_inner_text=True)
    assert "/login/" in page.url


def test_five_wrong_passwords_lock_the_name_and_say_until_when(county, new_page):
    page = new_page()
    for _ in range(5):
        sign_in(page, "forgetful", "Wrong-password-1")
    sign_in(page, "forgetful")  # the right one, too late
    expect(page.get_by_role("alert")).to_contain_text("锁定", use_inner_text=True)
    assert "/login/" in page.url


def test_a_second_duty_is_taken_up_without_signing_in_again(signed_in):
    page = signed_in("doctor", fresh=True)
    page.goto("/")
    expect(page.locator("h1")).to_have_text("柳树村卫生室", use_inner_text=True)
    page.locator("header .gw-person").click()
    page.locator("header").get_by_role("button", name="乡镇公卫医生").click()
    page.wait_for_load_state()
    expect(page.locator("h1")).to_have_text("河口镇卫生院", use_inner_text=True)
    look_up(page, "张伟")
    expect(page.get_by_role("link", name="张伟")).to_have_count(1)  # of the other village


@pytest.mark.parametrize("how", ["expired", "signed in again in another tab"])
def test_nothing_typed_is_lost_when_the_login_has_ended(signed_in, database_url, how):
    # given a form filled by somebody whose login ends meanwhile
    page = signed_in("clerk", fresh=True)
    name, number = newcomer()
    fill_profile(page, name, number)
    session = next(each["value"] for each in page.context.cookies() if each["name"] == "sessionid")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("delete from django_session where session_key = %s", [session])
    if how != "expired":
        sign_in(page.context.new_page(), "clerk")
    # when the form is sent
    save(page)
    if how == "expired":
        expect(page.locator("main")).to_contain_text("没有丢失", use_inner_text=True)
        page.fill("[name=username]", "clerk")
        page.fill("[name=password]", "Yunxi-2026-gw")
        page.get_by_role("button", name="登录").click()
        page.wait_for_load_state()
    page.get_by_role("button", name="继续提交").click()
    page.wait_for_load_state()
    # then it is saved as it was typed
    expect(page.locator("h1")).to_contain_text(name, use_inner_text=True)
    expect(page.locator("main")).to_contain_text("东巷1号", use_inner_text=True)


def test_what_one_person_typed_is_not_handed_to_the_next(signed_in, database_url):
    page = signed_in("clerk", fresh=True)
    name, number = newcomer()
    fill_profile(page, name, number)
    session = next(each["value"] for each in page.context.cookies() if each["name"] == "sessionid")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("delete from django_session where session_key = %s", [session])
    save(page)
    sign_in(page, "clerk2")
    page.goto("/login/kept/")
    expect(page.get_by_role("button", name="继续提交")).to_have_count(0)
    assert number not in page.content()


def test_what_is_kept_is_sealed_in_the_session(signed_in, database_url):
    page = signed_in("clerk", fresh=True)
    name, number = newcomer()
    fill_profile(page, name, number)
    page.context.clear_cookies(name="sessionid")
    save(page)
    session = next(each["value"] for each in page.context.cookies() if each["name"] == "sessionid")
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "select session_data from django_session where session_key = %s", [session]
        ).fetchone()
    from django.contrib.sessions.backends.db import SessionStore

    plain = str(SessionStore().decode(row[0]))
    assert "gongwei.kept" in plain
    assert number not in plain
    assert name not in plain
