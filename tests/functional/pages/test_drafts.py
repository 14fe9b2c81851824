"""A page half filled in a browser that is closed comes back when the same person opens it again."""

import re

from playwright.sync_api import expect
from tests.functional.pages import under_care
from tests.functional.pages.test_entry import opened, sure_if_asked

from gongwei.programmes.hypertension.models import FollowUp
from gongwei.records.models import Draft, Response

SYSTOLIC = "[name=htn_follow_up-systolic]"


def half_filled(page, resident):
    """Type a pressure and tick a symptom, and wait until it is kept."""
    opened(page, resident, "htn_follow_up")
    page.fill(SYSTOLIC, "151")
    page.fill("[name=htn_follow_up-diastolic]", "93")
    page.check("[name=htn_follow_up-symptoms][value='2']")
    page.fill("[name=htn_follow_up-cigarettes]", "4")
    page.get_by_text(re.compile("^已暂存 ")).wait_for()


def killed(page):
    """The window is gone at once: no question, no goodbye."""
    page.context.close()


def test_what_was_typed_in_a_killed_window_comes_back(signed_in):
    resident, name = under_care.somebody("hypertension")
    before = Response.objects.filter(resident=resident).count()
    first = signed_in("doctor")
    half_filled(first, resident)
    killed(first)
    page = signed_in("doctor")
    opened(page, resident, "htn_follow_up")
    expect(page.locator(SYSTOLIC)).to_have_value("")
    page.get_by_role("link", name=re.compile(r"继续填写未完成的内容（\d\d:\d\d）")).wait_for()
    # It is seen before anything is typed: the cursor stands on it.
    expect(page.locator(":focus")).to_contain_text("继续填写")
    page.keyboard.press("Enter")
    page.wait_for_url("**draft=htn_follow_up**")
    page.wait_for_selector("form[data-entry][data-ready]")
    expect(page.locator(SYSTOLIC)).to_have_value("151")
    expect(page.locator("[name=htn_follow_up-diastolic]")).to_have_value("93")
    expect(page.locator("[name=htn_follow_up-cigarettes]")).to_have_value("4")
    expect(page.locator("[name=htn_follow_up-symptoms][value='2']")).to_be_checked()
    # What was carried over and not touched still says so; what was typed over does not.
    expect(page.locator("[data-item=htn_follow_up-salt]")).to_contain_text("上次", use_inner_text=True)
    expect(page.locator("[data-item=htn_follow_up-cigarettes]")).not_to_contain_text(
        "上次", use_inner_text=True
    )
    # Nobody is told off for what was never sent.
    expect(page.locator(".invalid-feedback:visible, [data-error-summary]:visible")).to_have_count(0)
    assert Response.objects.filter(resident=resident).count() == before
    # Saved, it is gone.
    page.fill("[name=htn_follow_up-heart_rate]", "76")
    page.check("[name=htn_follow_up-mode][value='1']")
    page.check("[name=htn_follow_up-danger_signs][value='0']")
    page.check("[name=htn_follow_up-adverse_reaction][value='1']")
    page.get_by_role("button", name="保存", exact=True).click()
    sure_if_asked(page)
    page.wait_for_url("**/responses/**")
    expect(page.locator("main")).to_contain_text(
        f"{name}：高血压患者随访服务记录表已保存", use_inner_text=True
    )
    assert Response.objects.filter(resident=resident).count() == before + 1
    opened(page, resident, "htn_follow_up")
    expect(page.locator("[data-draft-waiting]")).to_have_count(0)
    assert Draft.objects.get(resident=resident).content_cipher is None


def test_thrown_away_it_is_not_offered_again(signed_in):
    resident, _ = under_care.somebody("hypertension")
    page = signed_in("doctor")
    half_filled(page, resident)
    killed(page)
    page = signed_in("doctor")
    opened(page, resident, "htn_follow_up")
    page.get_by_role("button", name="放弃").click()
    page.wait_for_selector("form[data-entry][data-ready]")
    expect(page.locator("[data-draft-waiting]")).to_have_count(0)
    expect(page.locator(SYSTOLIC)).to_have_value("")


def test_a_correction_typed_in_a_killed_window_comes_back(signed_in):
    resident, _ = under_care.somebody("hypertension")
    record = Response.objects.filter(resident=resident, form_code="htn_follow_up", status="final").latest(
        "done_on"
    )
    address = f"/responses/{record.pk}/correct/"
    first = signed_in("doctor")
    first.goto(address)
    stood = first.input_value("[name=systolic]")
    assert stood not in ("", "157")
    first.fill("[name=why-reason]", "血压记错")
    first.fill("[name=systolic]", "157")
    first.check("[name=symptoms][value='2']")
    first.get_by_text(re.compile("^已暂存 ")).wait_for()
    killed(first)
    page = signed_in("doctor")
    page.goto(address)
    # the record as it stands, until it is asked for
    expect(page.locator("[name=systolic]")).to_have_value(stood)
    page.get_by_role("link", name=re.compile(r"继续填写未完成的内容（\d\d:\d\d）")).click()
    page.wait_for_url("**draft=1**")
    expect(page.locator("[name=systolic]")).to_have_value("157")
    expect(page.locator("[name=why-reason]")).to_have_value("血压记错")
    expect(page.locator("[name=symptoms][value='2']")).to_be_checked()
    expect(page.locator(".invalid-feedback:visible, [data-error-summary]:visible")).to_have_count(0)
    # The page of a new form knows nothing of it.
    opened(page, resident, "htn_follow_up")
    expect(page.locator("[data-draft-waiting]")).to_have_count(0)
    page.goto(f"{address}?draft=1")
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url("**/responses/**")
    page.get_by_text("已更正，原记录仍可查看。").wait_for()
    new = Response.objects.get(supersedes=record)
    assert new.reason == "血压记错"
    assert Draft.objects.get(resident=resident).content_cipher is None


def test_a_correction_by_the_centre_leaves_the_village_doctor_signed(signed_in):
    resident, _ = under_care.somebody("hypertension")
    record = Response.objects.filter(resident=resident, form_code="htn_follow_up", status="final").latest(
        "done_on"
    )
    signed = FollowUp.objects.get(response=record).responsible_doctor_id
    page = signed_in("clerk")
    page.goto(f"/responses/{record.pk}/correct/")
    expect(page.locator("[name=responsible_doctor]")).to_have_value(str(signed))
    page.fill("[name=why-reason]", "血压记错")
    page.fill("[name=systolic]", "137")
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text("已更正，原记录仍可查看。").wait_for()
    new = FollowUp.objects.get(response__supersedes=record)
    assert (new.systolic, new.responsible_doctor_id) == (137, signed)


def test_a_correction_thrown_away_shows_the_record_again(signed_in):
    resident, _ = under_care.somebody("hypertension")
    record = Response.objects.filter(resident=resident, form_code="htn_follow_up").latest("done_on")
    page = signed_in("doctor")
    page.goto(f"/responses/{record.pk}/correct/")
    stood = page.input_value("[name=systolic]")
    page.fill("[name=systolic]", "158")
    page.get_by_text(re.compile("^已暂存 ")).wait_for()
    killed(page)
    page = signed_in("doctor")
    page.goto(f"/responses/{record.pk}/correct/")
    page.get_by_role("button", name="放弃").click()
    page.wait_for_selector("[data-draft-waiting]", state="detached")
    expect(page.locator("[name=systolic]")).to_have_value(stood)


def test_nobody_else_is_offered_it(signed_in):
    resident, _ = under_care.somebody("hypertension")
    page = signed_in("doctor")
    half_filled(page, resident)
    other = signed_in("clerk")
    opened(other, resident, "htn_follow_up")
    expect(other.locator("[data-draft-waiting]")).to_have_count(0)
