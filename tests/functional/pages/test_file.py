"""One resident's file: the summary, curves that open records, years side by side, a referral from record to its end."""

import datetime as dt
from decimal import Decimal

import pytest
from playwright.sync_api import expect
from tests.functional.pages import county as places

from gongwei.base import clock, ids
from gongwei.places.actors import actor_for
from gongwei.places.models import Account, Duty
from gongwei.records import operations
from gongwei.residents import operations as residents

DRUG = {"name": "苯磺酸氨氯地平片", "times_a_day": 1, "dose": "5", "dose_unit": "1"}
OTHER_DRUG = {"name": "缬沙坦胶囊", "times_a_day": 1, "dose": "80", "dose_unit": "1"}


def follow_up(by, systolic, diastolic, drug=DRUG, **answers):
    """A follow-up with everything a completed one demands."""
    return {
        "symptoms": ["1"],
        "systolic": systolic,
        "diastolic": diastolic,
        "height": Decimal("168.0"),
        "weight": Decimal("72.0"),
        "heart_rate": 72,
        "cigarettes": 0,
        "cigarettes_goal": 0,
        "alcohol_liang": Decimal("0"),
        "alcohol_liang_goal": Decimal("0"),
        "exercise_per_week": 3,
        "exercise_minutes": 30,
        "exercise_per_week_goal": 3,
        "exercise_minutes_goal": 30,
        "salt": "1",
        "salt_goal": "1",
        "psychological_adjustment": "1",
        "compliance": "1",
        "medication_adherence": "1",
        "adverse_reaction": "1",
        "complication": "0",
        "medications": [drug],
        "referral_to": "县人民医院 心内科",
        "responsible_doctor": str(by.practitioner_id),
        **answers,
    }


def check_up(by, weight, ecg):
    """A small check-up, with everything the form demands of everybody."""
    return {
        "responsible_doctor": str(by.practitioner_id),
        "symptoms": ["01"],
        "body_temperature": Decimal("36.5"),
        "pulse_rate": 70,
        "respiratory_rate": 18,
        "systolic_left": 138,
        "diastolic_left": 88,
        "height": Decimal("168.0"),
        "weight": weight,
        "waist": Decimal("92.0"),
        "exercise_frequency": "4",
        "diet_habits": ["1"],
        "smoking_status": "1",
        "drinking_frequency": "1",
        "occupational_exposure": "1",
        "ecg": ecg,
        **({"ecg_other": "房颤"} if ecg == "2" else {}),
        "assessment": "2",
        "abnormalities": [{"finding": "超重"}],
    }


@pytest.fixture(scope="module")
def once():
    """What the first test of the module made, for the others."""
    return {}


@pytest.fixture
def somebody(county, once):
    """A resident of 柳树村, 58 years old, with two check-ups and three follow-ups: not controlled twice, then an end."""
    if once:
        return once
    account = Account.objects.select_related("practitioner").get(username="clerk")
    clerk = actor_for(account, Duty.objects.get(practitioner=account.practitioner))
    at, today = clock.now(), clock.today()
    profile = {
        "name": "钱守义",
        "sex": "1",
        "birth_date": "1968-02-03",
        "id_type": "01",
        "id_number": places.id_number("1968-02-03", "411"),
        "phone": "13900007777",
        "area": 660101101201,
        "address": "西巷9号",
        "residence_type": "1",
    }
    filed = residents.register_resident(by=clerk, at=at, profile=profile, household={"relation": "02"})
    key = filed.resident.id
    residents_of = {"by": clerk, "at": at, "resident_id": key, "mode": "outpatient"}
    days = [today - dt.timedelta(days=back) for back in (400, 60, 40, 24)]
    made = {}
    for name, day, form, answers in (
        ("first exam", days[0], "check_up", check_up(clerk, Decimal("70.0"), "1")),
        ("second exam", days[1], "check_up", check_up(clerk, Decimal("72.5"), "2")),
        ("first", days[2], "htn_follow_up", follow_up(clerk, 152, 94)),
        ("second", days[3], "htn_follow_up", follow_up(clerk, 156, 88, OTHER_DRUG)),
    ):
        kept = operations.record_encounter(
            **residents_of, done_on=day, responses=[(form, answers)], encounter_id=ids.uuid7()
        )
        made[name] = str(kept.responses[0].pk)
    once |= {"id": str(key), "address": f"/residents/{key}/", "days": days, **made}
    return once


def test_the_summary_is_one_look(signed_in, somebody):
    page = signed_in("clerk")
    page.goto(somebody["address"])
    expect(page.locator(".gw-values")).to_contain_text("156/88", use_inner_text=True)
    expect(page.locator(".gw-values")).to_contain_text("↑", use_inner_text=True)
    referrals = page.get_by_role("region", name="转诊追踪")
    expect(referrals).to_contain_text("连续两次不满意，转诊", use_inner_text=True)
    # advised 24 days ago, asked for after 14
    expect(referrals).to_contain_text("逾期10天", use_inner_text=True)
    expect(referrals).to_contain_text("县人民医院 心内科", use_inner_text=True)
    expect(page.locator("main")).to_contain_text("缬沙坦胶囊 每日1次 每次80mg", use_inner_text=True)
    expect(page.get_by_role("region", name="目前用药")).not_to_contain_text(
        "苯磺酸氨氯地平片", use_inner_text=True
    )
    expect(page.get_by_role("region", name="最近一次异常")).to_contain_text("心电图异常", use_inner_text=True)
    # the timeline beneath says what was measured, not only the name of the form
    expect(page.locator(".gw-time")).to_contain_text("血压 156/88 mmHg", use_inner_text=True)


def test_the_timeline_is_narrowed_to_a_programme(signed_in, somebody):
    page = signed_in("clerk")
    page.goto(f"{somebody['address']}timeline/")
    expect(page.locator(".gw-time")).to_contain_text("健康体检表", use_inner_text=True)
    with page.expect_navigation():
        page.get_by_label("只看").select_option(label="高血压患者健康管理")
    said = page.locator(".gw-time")
    expect(said).to_contain_text("高血压患者随访服务记录表", use_inner_text=True)
    expect(said).not_to_contain_text("健康体检表", use_inner_text=True)
    expect(said).not_to_contain_text("建档", use_inner_text=True)


def test_a_value_of_a_curve_opens_its_record(signed_in, somebody):
    page = signed_in("clerk")
    page.goto(f"{somebody['address']}curves/")
    page.locator(".gw-chart svg").first.wait_for()
    card = page.get_by_role("region", name="血压 mmHg")
    expect(card).to_contain_text("收缩压目标＜140", use_inner_text=True)
    row = card.locator("tbody tr", has_text=somebody["days"][3].isoformat())
    expect(row).to_contain_text("156", use_inner_text=True)
    expect(row.locator("td.gw-out")).to_have_count(1)  # 156 is out, 88 is not
    marks = page.get_by_role("region", name="用药变化和转诊")
    expect(marks).to_contain_text(
        "加用缬沙坦胶囊 每日1次 每次80mg；停用苯磺酸氨氯地平片 每日1次 每次5mg", use_inner_text=True
    )
    expect(marks).to_contain_text("连续两次不满意，转诊", use_inner_text=True)
    with page.expect_navigation():
        row.get_by_role("link").click()
    assert somebody["second"] in page.url


def test_the_years_stand_side_by_side(signed_in, somebody):
    page = signed_in("clerk")
    page.goto(f"{somebody['address']}compare/")
    weight = page.locator("tbody tr", has=page.get_by_role("rowheader", name="体重", exact=True))
    expect(weight.locator("td")).to_have_text(["72.5 kg ↑2.5", "70.0 kg"], use_inner_text=True)
    expect(page.get_by_role("rowheader", name="脉率")).to_have_count(0)  # did not change
    page.get_by_role("link", name="异常", exact=True).click()
    page.wait_for_load_state()
    ecg = page.locator("tbody tr", has=page.get_by_role("rowheader", name="心电图", exact=True))
    expect(ecg.locator("td").first).to_contain_text("心电图异常", use_inner_text=True)
    page.get_by_role("link", name="全部", exact=True).click()
    page.wait_for_load_state()
    expect(page.get_by_role("rowheader", name="脉率")).to_have_count(1)


def test_a_referral_is_followed_from_the_list_to_its_end(signed_in, somebody):
    page = signed_in("clerk")
    page.goto("/referrals/?overdue=1")
    row = page.locator("tbody tr", has_text="钱守义").filter(has_text="连续两次不满意")
    with page.expect_navigation():
        row.get_by_role("link", name="处理").click()
    # nothing chosen: the page says so and keeps the loop open
    page.get_by_role("button", name="关闭这次转诊").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("请选择关闭原因", use_inner_text=True)
    page.get_by_label("结果", exact=True).select_option(label="已到上级机构就诊")
    page.get_by_label("说明").fill("县人民医院，调整用药")
    page.get_by_role("button", name="关闭这次转诊").click()
    page.wait_for_url("**/referrals/?overdue=1")
    expect(page.locator("tbody tr", has_text="钱守义").filter(has_text="连续两次不满意")).to_have_count(0)
    page.goto("/referrals/?state=closed")
    row = page.locator("tbody tr", has_text="钱守义").filter(has_text="连续两次不满意")
    expect(row).to_contain_text("已到上级机构就诊", use_inner_text=True)


def test_the_list_of_referrals_goes_out_as_a_workbook(signed_in, somebody):
    page = signed_in("clerk")
    page.goto("/referrals/?state=all")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="导出").click()
    assert waiting.value.suggested_filename.startswith("转诊追踪_")


def test_somebody_of_another_township_sees_none_of_it(signed_in, somebody):
    page = signed_in("other.clerk")
    page.goto("/referrals/?state=all")
    expect(page.locator("main")).not_to_contain_text("钱守义", use_inner_text=True)
    for tab in ("", "timeline/", "curves/", "compare/"):
        assert page.goto(f"{somebody['address']}{tab}").status == 404
