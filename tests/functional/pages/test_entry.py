"""The page of a contact: by keyboard, several forms asked once, warned before saving, saved once."""

import re
from decimal import Decimal

import psycopg
import pytest
from playwright.sync_api import expect
from tests.functional.pages import under_care

from gongwei.base import clock
from gongwei.programmes.diabetes.models import FollowUp as DiabetesFollowUp
from gongwei.programmes.hypertension.models import FollowUp
from gongwei.records.models import Encounter, Response
from gongwei.tasks.models import Task


def opened(page, resident, *forms, back=""):
    """Open the page of a contact and wait until its rules run."""
    asked = "&".join(f"form={form}" for form in forms)
    page.goto(f"/residents/{resident}/serve/?{asked}{'&back=' + back if back else ''}")
    page.wait_for_selector("form[data-entry][data-ready]")


def focused(page):
    """The name of the box with the cursor, or the words of the button."""
    return page.evaluate("document.activeElement.name || document.activeElement.innerText.trim()")


def typed(page, keys):
    """Press keys one after the other."""
    for key in keys:
        page.keyboard.press(key)


def sure_if_asked(page):
    """After saving: say that what is unusual is right where the page asks, and wait until it is saved."""
    sure = page.locator("[data-confirm-yes]:visible")
    saved = page.locator("main", has_text="已保存")
    expect(sure.or_(saved).first).to_be_visible()
    if sure.count():
        sure.click()
    expect(saved).to_be_visible()


def test_it_opens_with_what_was_true_last_time_and_says_so(signed_in):
    resident, _ = under_care.somebody("hypertension")
    page = signed_in("doctor")
    opened(page, resident, "htn_follow_up")
    last = Response.objects.filter(resident=resident).latest("done_on").done_on
    # habits and drugs are there, marked with their day
    smoking = page.locator("[data-item=htn_follow_up-cigarettes]")
    expect(smoking.locator("input[type=text]")).to_have_value("5")
    expect(smoking).to_contain_text(f"上次 {last}", use_inner_text=True)
    expect(page.locator("[name=htn_follow_up-medications-0-name]")).to_have_value("硝苯地平")
    expect(page.locator("[name=htn_follow_up-salt]:checked")).to_have_value("2")
    # measurements are not, but the last values with their days stand beside
    pressure = page.locator("[data-item=htn_follow_up-systolic]")
    expect(pressure.locator("input[type=text]")).to_have_value("")
    expect(pressure).to_contain_text(f"136 {last:%y-%m-%d}", use_inner_text=True)
    expect(pressure).to_contain_text("148", use_inner_text=True)
    expect(page.locator("[name=htn_follow_up-heart_rate]")).to_have_value("")
    expect(page.locator("[name=htn_follow_up-adverse_reaction]:checked")).to_have_count(0)
    expect(page.locator("[name=htn_follow_up-systolic]")).to_be_focused()


def test_a_routine_follow_up_by_keyboard_classifies_while_typing_and_keeps_what_was_carried(signed_in):
    resident, name = under_care.somebody("hypertension")
    before = Response.objects.filter(resident=resident).latest("done_on")
    page = signed_in("doctor")
    opened(page, resident, "htn_follow_up", back="/residents/")
    typed(page, ["1", "3", "2", "Enter", "8", "4", "Enter"])
    expect(page.locator("[name=htn_follow_up-heart_rate]")).to_be_focused()
    typed(page, ["7", "2", "Enter"])
    # a digit chooses and goes on, until only saving is left
    asked = []
    while "保存" not in focused(page):
        asked.append(focused(page).removeprefix("htn_follow_up-"))
        typed(page, ["1"])
    assert sorted(asked) == ["adverse_reaction", "mode", "symptoms"]
    expect(page.locator("[data-verdict]")).to_contain_text("控制满意", use_inner_text=True)
    expect(page.locator("[name=htn_follow_up-outcome]:checked")).to_have_value("1")
    with page.expect_navigation(url="**/residents/"):
        typed(page, ["Enter"])
    expect(page.locator("main")).to_contain_text(
        f"{name}：高血压患者随访服务记录表已保存", use_inner_text=True
    )
    kept = Response.objects.filter(resident=resident).latest("done_on")
    answers = FollowUp.objects.get(response=kept)
    assert (answers.systolic, answers.diastolic, answers.heart_rate) == (132, 84, 72)
    assert (answers.cigarettes, answers.outcome) == (5, "1")
    assert answers.next_due_on > clock.today()
    # what was left as it came is known as such; what was asked anew is not
    assert kept.carried["cigarettes"] == str(before.pk)
    assert set(kept.carried) & {"systolic", "heart_rate", "symptoms", "outcome"} == set()
    assert kept.differs is False


def test_what_the_doctor_changes_is_carried_no_more(signed_in):
    resident, _ = under_care.somebody("hypertension")
    page = signed_in("doctor")
    opened(page, resident, "htn_follow_up")
    typed(page, [*"132", "Enter", *"84", "Enter", *"72", "Enter", "1", "1", "1"])
    page.fill("[name=htn_follow_up-cigarettes]", "4")
    expect(page.locator("[data-item=htn_follow_up-cigarettes]")).not_to_contain_text(
        "上次", use_inner_text=True
    )
    with page.expect_navigation(url=re.compile("/responses/")):
        page.keyboard.press("F9")
    kept = Response.objects.filter(resident=resident).latest("done_on")
    assert "cigarettes" not in kept.carried
    assert "alcohol_liang" in kept.carried


@pytest.mark.parametrize(
    ("systolic", "diastolic", "says", "grade"),
    [
        ("152", "94", "首次不满意，调整用药", "watch"),
        ("186", "112", "危急情况，紧急转诊", "urgent"),
        ("128", "78", "控制满意，按期随访", "good"),
    ],
)
def test_class_and_advice_follow_the_numbers_while_typing(signed_in, systolic, diastolic, says, grade):
    resident, _ = under_care.somebody("hypertension")
    page = signed_in("doctor")
    opened(page, resident, "htn_follow_up")
    typed(page, [*systolic, "Enter", *diastolic, "Enter", *"72", "Enter", "1", "1", "1"])
    card = page.locator("[data-judgement=htn_follow_up]")
    expect(card).to_contain_text(says, use_inner_text=True)
    expect(card).to_have_attribute("data-grade", grade)
    expect(card).to_contain_text(page.input_value("[name=htn_follow_up-next_due_on]"), use_inner_text=True)


def test_a_hard_limit_is_refused_and_a_soft_one_asked_about_once(signed_in):
    resident, _ = under_care.somebody("hypertension")
    page = signed_in("doctor")
    opened(page, resident, "htn_follow_up")
    # given a slip of the finger
    typed(page, [*"1322", "Enter"])
    pressure = page.locator("[data-item=htn_follow_up-systolic]")
    expect(pressure).to_contain_text("应在40～300 mmHg之间", use_inner_text=True)
    page.keyboard.press("F9")
    expect(page.locator("[name=htn_follow_up-systolic]")).to_be_focused()  # not sent
    typed(page, [*"132", "Enter", *"84", "Enter", *"45", "Enter", "1", "1", "1"])
    expect(pressure).not_to_contain_text("应在40～300", use_inner_text=True)
    # when only something unusual is left, it is asked once, and Enter says it is right
    expect(page.locator("[data-item=htn_follow_up-heart_rate]")).to_contain_text(
        "一般在50～110", use_inner_text=True
    )
    page.keyboard.press("F9")
    page.locator("[data-confirm]").wait_for()
    expect(page.locator("[data-confirm]")).to_contain_text(
        "“心率”一般在50～110 次/分钟之间", use_inner_text=True
    )
    assert Encounter.objects.filter(resident=resident, done_on=clock.today()).count() == 0
    with page.expect_navigation(url=re.compile("/responses/")):
        page.keyboard.press("Enter")
    kept = Response.objects.filter(resident=resident).latest("done_on")
    assert [each["field"] for each in kept.questions] == ["heart_rate"]


def test_another_class_than_the_rules_say_needs_a_reason_or_a_confirmation(signed_in):
    resident, _ = under_care.somebody("hypertension")
    page = signed_in("doctor")
    opened(page, resident, "htn_follow_up")
    typed(page, [*"132", "Enter", *"84", "Enter", *"72", "Enter", "1", "1", "1"])
    page.locator("[data-item=htn_follow_up-outcome] label", has_text="控制不满意").click()
    expect(page.locator("[data-item=htn_follow_up-outcome]")).to_contain_text(
        "与自动分类不同", use_inner_text=True
    )
    page.fill("[name=htn_follow_up-outcome_reason]", "家庭自测血压持续偏高")
    with page.expect_navigation(url=re.compile("/responses/")):
        page.keyboard.press("F9")
    kept = Response.objects.filter(resident=resident).latest("done_on")
    assert kept.differs is True
    assert kept.questions == []


def test_two_diseases_are_asked_once_in_one_contact(signed_in):
    resident, _ = under_care.somebody("hypertension", "diabetes")
    page = signed_in("doctor")
    # opened for one, the other is due as well and stands on the page
    opened(page, resident, "htn_follow_up")
    expect(page.locator("[data-take][value=dm_follow_up]")).to_be_checked()
    for name in ("systolic", "weight", "cigarettes", "mode", "responsible_doctor", "done_on"):
        expect(page.locator(f"[name$=follow_up-{name}]").first).to_have_count(1)
        expect(page.locator(f"[data-item=dm_follow_up-{name}]")).to_have_count(0)
    typed(page, [*"132", "Enter", *"84", "Enter", *"72", "Enter"])
    while "保存" not in focused(page):
        typed(page, ["6", ".", "1", "Enter"] if "glucose" in focused(page) else ["1"])
    with page.expect_navigation(url=re.compile("/responses/")):
        typed(page, ["Enter"])
    encounter = Encounter.objects.get(resident=resident, done_on=clock.today())
    assert sorted(encounter.responses.values_list("form_code", flat=True)) == [
        "dm_follow_up",
        "htn_follow_up",
    ]
    one = FollowUp.objects.get(response__encounter=encounter)
    other = DiabetesFollowUp.objects.get(response__encounter=encounter)
    assert (one.systolic, one.diastolic) == (other.systolic, other.diastolic) == (132, 84)
    assert (other.fasting_glucose, other.cigarettes) == (Decimal("6.1"), 5)


def test_the_other_form_can_be_left_out(signed_in):
    resident, _ = under_care.somebody("hypertension", "diabetes")
    page = signed_in("doctor")
    opened(page, resident, "htn_follow_up")
    page.uncheck("[data-take][value=dm_follow_up]")
    typed(page, ["F2"])
    page.focus("[name=htn_follow_up-systolic]")
    typed(page, ["F2", *"132", "Enter", *"84", "Enter", *"72", "Enter"])
    while "保存" not in focused(page):
        typed(page, ["1"])
    with page.expect_navigation(url=re.compile("/responses/")):
        typed(page, ["Enter"])
    encounter = Encounter.objects.get(resident=resident, done_on=clock.today())
    assert list(encounter.responses.values_list("form_code", flat=True)) == ["htn_follow_up"]


def test_a_double_click_saves_once(signed_in):
    resident, _ = under_care.somebody("hypertension")
    page = signed_in("doctor")
    opened(page, resident, "htn_follow_up")
    typed(page, [*"132", "Enter", *"84", "Enter", *"72", "Enter", "1", "1", "1"])
    page.locator("[data-save]").dblclick()
    page.wait_for_url(re.compile("/responses/"))
    assert Encounter.objects.filter(resident=resident, done_on=clock.today()).count() == 1


def test_an_answer_that_got_lost_is_asked_for_again_and_saved_once(signed_in):
    resident, _ = under_care.somebody("hypertension")
    page = signed_in("doctor")
    opened(page, resident, "htn_follow_up")
    typed(page, [*"132", "Enter", *"84", "Enter", *"72", "Enter", "1", "1", "1"])
    sent = page.evaluate(
        "new URLSearchParams(new FormData(document.querySelector('[data-entry]'))).toString()"
    )
    # the first attempt reaches the server and its answer is thrown away; then the person presses again
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Referer": page.url}
    first = page.request.post(page.url, data=sent, headers=headers, max_redirects=0)
    assert first.status == 302
    with page.expect_navigation(url=re.compile("/responses/")):
        page.keyboard.press("F9")
    assert page.url.endswith(first.headers["location"])
    assert Encounter.objects.filter(resident=resident, done_on=clock.today()).count() == 1


def test_nothing_is_lost_when_the_login_has_expired(signed_in, database_url):
    resident, _ = under_care.somebody("hypertension")
    page = signed_in("doctor", fresh=True)
    opened(page, resident, "htn_follow_up")
    typed(page, [*"132", "Enter", *"84", "Enter", *"72", "Enter", "1", "1", "1"])
    session = next(each["value"] for each in page.context.cookies() if each["name"] == "sessionid")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("delete from django_session where session_key = %s", [session])
    with page.expect_navigation():
        page.keyboard.press("F9")
    page.fill("[name=username]", "doctor")
    page.fill("[name=password]", "Yunxi-2026-gw")
    page.get_by_role("button", name="登录").click()
    page.wait_for_load_state()
    page.get_by_role("button", name="继续提交").click()
    page.wait_for_url(re.compile("/responses/"))
    kept = Response.objects.filter(resident=resident).latest("done_on")
    assert kept.done_on == clock.today()
    assert "cigarettes" in kept.carried


def test_without_scripts_the_server_classifies_and_asks(signed_in, server):
    resident, _ = under_care.somebody("hypertension")
    page = signed_in("doctor", java_script_enabled=False)
    page.goto(f"/residents/{resident}/serve/?form=htn_follow_up")
    page.fill("[name=htn_follow_up-systolic]", "132")
    page.fill("[name=htn_follow_up-diastolic]", "84")
    page.fill("[name=htn_follow_up-heart_rate]", "45")
    for name in ("mode", "symptoms", "adverse_reaction"):
        page.locator(f"[data-item=htn_follow_up-{name}] label.gw-option").first.click()
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("main")).to_contain_text("还没有保存", use_inner_text=True)
    expect(page.locator("[data-item=htn_follow_up-heart_rate]")).to_contain_text(
        "“心率”一般在50～110", use_inner_text=True
    )
    expect(page.locator("[data-item=htn_follow_up-cigarettes]")).to_contain_text("上次", use_inner_text=True)
    page.get_by_role("button", name="核对无误，确认保存").click()
    page.wait_for_url(re.compile("/responses/"))
    kept = Response.objects.filter(resident=resident).latest("done_on")
    assert FollowUp.objects.get(response=kept).outcome == "1"
    assert "cigarettes" in kept.carried


NUMBERS = {
    "body_temperature": "36.5",
    "pulse_rate": "72",
    "respiratory_rate": "18",
    "height": "165",
    "weight": "60",
    "waist": "80",
}


def test_one_exam_serves_the_elderly_and_both_diseases(signed_in):
    # given somebody of 70 with both diseases: three yearly exams are due
    resident, _ = under_care.somebody("hypertension", "diabetes", born="1955-06-01")
    exams = Task.objects.filter(resident=resident, form_code="check_up", state="ready")
    assert sorted(exams.values_list("contact", flat=True)) == [
        "dm.check_up",
        "htn.check_up",
        "older.check_up",
    ]
    page = signed_in("doctor")
    opened(page, resident, "check_up")
    page.fill("[name=check_up-systolic_left]", "132")
    page.fill("[name=check_up-diastolic_left]", "82")
    page.focus("[name=check_up-body_temperature]")
    # when one exam is done
    for _ in range(60):
        name = focused(page).removeprefix("check_up-")
        if "保存" in name:
            break
        if page.evaluate("document.activeElement.type") == "text":
            page.keyboard.type(NUMBERS.get(name, "1"))
            page.keyboard.press("Enter")
        else:
            page.keyboard.press("1")
            if focused(page) == f"check_up-{name}":
                page.keyboard.press("Enter")
    page.keyboard.press("F9")
    sure_if_asked(page)
    page.wait_for_url(re.compile("/responses/"))
    # then it is one filled form, and all three are done
    kept = Response.objects.get(resident=resident, form_code="check_up")
    done = Task.objects.filter(resident=resident, form_code="check_up", response_id=kept.pk)
    assert sorted(done.values_list("contact", "state")) == [
        ("dm.check_up", "completed"),
        ("htn.check_up", "completed"),
        ("older.check_up", "completed"),
    ]
