"""A day of a county in the browser: filed, followed up, referred, found lacking, evaluated, settled, objected to; and seen by the auditor.

One test, because a day is one: what somebody does in the morning is what the next one finds. Everybody sits at a computer (the
village doctor: a phone) of their own. Only what no day holds, the end of the objection window, is done beside the pages.
"""

import datetime as dt
import re
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from tests.functional import accessibility, layout
from tests.functional.journeys import day
from tests.functional.pages.people import fill_profile, look_up, newcomer, save

from gongwei.base import clock
from gongwei.evaluation import rounds
from gongwei.evaluation.models import Appeal, Round
from gongwei.records.models import Referral
from gongwei.settlement.models import SettlementRun

PHONE = (390, 844)


@pytest.mark.timeout(900)  # the evening before is made in its setup, and a machine may be busy
def test_a_day(county, at_work):
    family = clerk_files_a_family(at_work("clerk"))
    doctor = at_work("doctor", size=PHONE)
    followed = doctor_works_off_the_worklist(doctor, county["due"])
    urgent = emergency_is_referred_and_closed(doctor, at_work("clerk"), county["urgent"])
    officer = at_work("officer")
    officer_finds_who_is_lacking(officer, county, followed)
    round_ = evaluator_draws_and_scores(at_work("evaluator"), county)
    officer_publishes(officer, round_)
    finance = at_work("finance")
    settled = finance_settles(finance, officer, county["year"])
    appeal = clinic_objects(doctor, settled, county["record"])
    officer_grants(officer, appeal)
    auditor_sees(
        at_work("auditor"),
        {
            family[0]: [("陈晓梅", "新建"), ("陈晓梅", "查看")],
            family[1]: [("陈晓梅", "新建")],
            followed: [("刘志强", "新建"), ("郑文斌", "查看")],
            urgent: [("刘志强", "提出转诊"), ("陈晓梅", "关闭转诊")],
            round_: [("白玉兰", "新建"), ("白玉兰", "修改"), ("郑文斌", "确认")],
            settled: [("罗永福", "新建"), ("罗永福", "修改"), ("郑文斌", "确认")],
            appeal: [("刘志强", "新建"), ("郑文斌", "确认")],
        },
    )


def clerk_files_a_family(page: Page) -> list[str]:
    """The head, then his brother from the page of the family. Their ids."""
    name, number = newcomer()
    fill_profile(page, name, number)
    page.get_by_text("新建家庭（本人为户主）").click()
    save(page)
    head = resident_of(page)
    page.get_by_role("link", name="家庭", exact=True).click()
    page.get_by_role("link", name="添加家庭成员").click()
    second, number = newcomer()
    page.fill("[name=name]", second)
    page.fill("[name=id_number]", number)
    page.select_option("[name=relation]", "73")
    page.uncheck("[name=with_form]")
    save(page)
    page.get_by_role("link", name="家庭", exact=True).click()
    expect(page.locator("main").get_by_role("link", name=name)).to_have_count(1)
    return [head, resident_of(page)]


def doctor_works_off_the_worklist(page: Page, somebody: tuple[str, str]) -> str:
    """On a phone: the follow-up that is due, found on the worklist, filled in; it is done and gone. The id of the resident."""
    resident, name = somebody
    measures_pressure(page, name, "132", "84")
    expect(page.locator("main")).to_contain_text(f"{name}：高血压患者随访服务记录表已保存")
    look_up(page, name, "/tasks/")
    expect(page.get_by_role("link", name=f"为{name}开始高血压随访")).to_have_count(0)
    return resident


def emergency_is_referred_and_closed(phone: Page, clerk: Page, somebody: tuple[str, str]) -> str:
    """186/112: the page says what to do, the referral stands on the clerk's list until somebody says how it ended."""
    resident, name = somebody
    measures_pressure(phone, name, "186", "112", says="危急情况，紧急转诊", refer_to="县医院心内科")
    clerk.goto("/referrals/?urgent=1")
    line = clerk.locator("tbody tr", has_text=name)
    expect(line).to_contain_text("紧急")
    line.get_by_role("link", name="处理").click()
    sound(clerk)
    clerk.select_option("#id_reason", "arrived")
    clerk.fill("#id_note", "县医院心内科急诊，调整用药")
    clerk.get_by_role("button", name="关闭这次转诊").click()
    expect(clerk.locator("main")).to_contain_text("转诊已关闭")
    expect(clerk.locator("tbody tr", has_text=name)).to_have_count(0)
    assert Referral.objects.get(resident=resident).state == "closed"
    return resident


def measures_pressure(
    page: Page, name: str, systolic: str, diastolic: str, *, says: str = "控制满意", refer_to: str = ""
) -> None:
    """From the worklist to a saved follow-up."""
    look_up(page, name, "/tasks/")
    page.get_by_role("link", name=f"为{name}开始高血压随访").click()
    page.wait_for_selector("form[data-entry][data-ready]")
    for field, value in (("systolic", systolic), ("diastolic", diastolic), ("heart_rate", "72")):
        page.fill(f"[name=htn_follow_up-{field}]", value)
    for field in ("mode", "symptoms", "adverse_reaction"):
        page.locator(f"[data-item=htn_follow_up-{field}] label.gw-option").first.click()
    expect(page.locator("[data-judgement=htn_follow_up]")).to_contain_text(says)
    if refer_to:
        page.fill("[name=htn_follow_up-referral_to]", refer_to)
    page.get_by_role("button", name="保存", exact=True).first.click()
    sure = page.locator("[data-confirm-yes]:visible")
    saved = page.locator("main", has_text="随访服务记录表已保存")
    expect(sure.or_(saved).first).to_be_visible()
    if sure.count():
        sure.click()
    expect(saved).to_be_visible()


def officer_finds_who_is_lacking(page: Page, county: dict, resident: str) -> None:
    """From the figure to those who would close the gap, to a person, to the record of this morning."""
    page.goto("/measures/EL.2/")
    expect(page.locator("main")).to_contain_text("还差")
    page.goto("/measures/EL.2/persons/?side=closing")
    _, name = county["due"]
    expect(page.locator("main")).to_contain_text("目标 ≥100")
    sound(page)
    page.locator("tbody tr", has_text=name).get_by_role("link", name=name).click()
    expect(page.locator("h1")).to_contain_text(name)
    page.locator(".gw-time").get_by_role("link", name="高血压患者随访服务记录表").first.click()
    expect(page.locator("main")).to_contain_text("132")


def evaluator_draws_and_scores(page: Page, county: dict) -> str:
    """A round over the year: the figures of last night, review, persons drawn and one called, scores on site. Its id."""
    year = county["year"]
    page.goto(f"/evaluation/?year={year}")
    page.locator("summary", has_text="新的一轮评价").click()
    page.fill("#r-title", "年终评价")
    page.select_option("#r-period", str(year))
    page.fill("#r-cut", clock.today().isoformat())
    page.get_by_role("button", name="建立").click()
    expect(page.locator("main")).to_contain_text("共2张评分表")
    here = page.url
    page.select_option("#run", index=1)
    page.get_by_role("button", name="选定并评分").click()
    expect(page.locator("main")).to_contain_text("系统取数的指标已评分")
    advance(page, "review", "复核")
    for centre in ("河口镇卫生院", "山前镇卫生院"):
        page.goto(here)
        page.get_by_role("link", name=centre).first.click()
        if centre == "河口镇卫生院":
            sound(page)
        page.fill("[name='p:B1.1']", "46")
        page.fill("[name='r:B1.1']", "缺一次会议记录")
        page.fill("[name='q:B1.2:空项']", "2")
        page.fill("[name='r:B1.2']", "抽查档案空项")
        page.get_by_role("button", name="保存评分").click()
        expect(page.locator("main")).to_contain_text("已保存2项评分")
    page.goto(here)
    page.get_by_role("button", name="公布").click()
    expect(page.locator("main")).to_contain_text("抽样种子已公布")
    advance(page, "on_site", "现场")
    page.goto(f"{here}sample/{county['organizations']['centre']}/")
    for population, size in {"RECORD": "0", "ELDER": "5", "HTN": "3", "DM": "0"}.items():
        page.fill(f"#size-{population}", size)
    page.get_by_role("button", name="抽样").click()
    expect(page.locator("main")).to_contain_text("已抽取8人")
    with page.expect_download() as paper:
        page.get_by_role("link", name="打印核查表").click()
    assert paper.value.suggested_filename.endswith(".pdf")
    sound(page)
    page.locator("tbody tr td a").first.click()
    sound(page)
    page.get_by_label("电话").check(force=True)
    page.locator("[name=result][value=confirmed]").check(force=True)
    page.locator("[name=verdict][value=qualified]").check(force=True)
    page.get_by_role("button", name="保存核查结果").click()
    expect(page.locator("main")).to_contain_text("核查结果已保存")
    return here.rstrip("/").rsplit("/", 1)[1]


def advance(page: Page, to: str, title: str) -> None:
    """Move the round on."""
    page.select_option("#to", to)
    page.get_by_role("button", name="推进", exact=True).click()
    expect(page.locator("main")).to_contain_text(f"已进入{title}")


def officer_publishes(page: Page, round_id: str) -> None:
    """Published; final once the window is over, which no day can wait for."""
    page.goto(f"/evaluation/rounds/{round_id}/")
    page.get_by_role("button", name="公示").click()
    expect(page.locator("main")).to_contain_text("以前可以申诉")
    page.get_by_role("button", name="定案").click()
    expect(page.locator("main")).to_contain_text("之后才能定案")
    later = clock.now() + dt.timedelta(days=40)
    rounds.finish(by=day.actor("officer"), at=later, round_id=UUID(round_id))
    page.reload()
    expect(page.locator("main")).to_contain_text("公示结果")
    assert Round.objects.get(id=round_id).state == "final"


def finance_settles(finance: Page, officer: Page, year: int) -> str:
    """Computed by the worker, handed in by finance, approved, posted and published by the county officer. The id of the settlement."""
    finance.goto(f"/settlements/?year={year}")
    finance.fill("#title", "年终结算")
    finance.get_by_role("button", name="开始计算").click()
    expect(finance.locator("#job-state")).to_contain_text("完成", timeout=300_000)
    finance.goto(f"/settlements/?year={year}")
    finance.get_by_role("link", name="年终结算").click()
    expect(finance.locator("main")).to_contain_text("各机构基数之和")
    address = finance.url
    sound(finance)
    finance.get_by_role("button", name="提交审批").click()
    expect(finance.locator("main")).to_contain_text("已提交审批")
    expect(finance.get_by_role("button", name="批准")).to_have_count(0)
    officer.goto(address)
    for button, said in (("批准", "已批准"), ("记入台账", "已记入台账"), ("向机构公布", "已公布")):
        officer.get_by_role("button", name=button).click()
        expect(officer.locator("main")).to_contain_text(said)
    made = SettlementRun.objects.get(title="年终结算")
    assert (made.state, made.base_fen) == ("published", made.due_fen + made.withheld_fen)
    return str(made.id)


def clinic_objects(page: Page, run_id: str, record: str) -> str:
    """From my statement to the clinic's, to the telephone call that was not counted. The id of the appeal."""
    page.goto(f"/statements/mine/?run={run_id}")
    expect(page.locator("main")).to_contain_text("我应得")
    page.get_by_role("link", name=re.compile("打开机构结算单")).click()
    sound(page)
    page.locator(".gw-why-links a").first.click()
    line = page.locator(".gw-records li", has_text="不是面对面服务")
    line.get_by_text("申诉", exact=True).click()
    line.locator("textarea").fill("当日大雪封路，居民在家用自备血压计测量，通话有录音。")
    line.get_by_role("button", name="提交申诉").click()
    expect(page.locator("main")).to_contain_text("申诉：待办理")
    made = Appeal.objects.get(about="statement")
    assert (str(made.subject_id), made.subject["record"]) == (run_id, record)
    return str(made.id)


def officer_grants(page: Page, appeal: str) -> None:
    """The county answers."""
    page.goto("/evaluation/appeals/?show=open")
    page.locator(f"a[href$='{appeal}/']").click()
    expect(page.locator("body")).to_contain_text("不是面对面服务")
    sound(page)
    page.fill("#answer", "雪情通报属实，予以认定。")
    page.fill("#document", "云卫健函〔2026〕21号")
    page.get_by_role("button", name="申诉成立").click()
    expect(page.locator("main")).to_contain_text("下一次结算计入这条记录")


def auditor_sees(page: Page, acts: dict[str, list[tuple[str, str]]]) -> None:
    """Each act of the day stands in the trail under what it was about, with who did it; and nothing there is a code."""
    for subject, expected in acts.items():
        page.goto(f"/audit/?subject={subject}")
        rows = page.locator("tbody tr")
        for name, action in expected:
            expect(rows.filter(has_text=name).filter(has_text=action).first).to_be_visible()
        kinds = rows.locator("td:nth-child(6)").all_inner_texts()
        assert all(re.fullmatch(r"[一-鿿]+", each) for each in kinds), kinds
    sound(page)


def resident_of(page: Page) -> str:
    """Whose file is open."""
    found = re.search(r"/residents/([0-9a-f-]{36})/", page.url)
    assert found, page.url
    return found.group(1)


def sound(page: Page) -> None:
    """The page as it stands, full of what the day brought: nothing that stops anybody, and no sideways scrolling on a phone."""
    page.wait_for_selector("html[data-ready]")
    assert accessibility.serious(page) == {}, page.url
    size = page.viewport_size
    wide = layout.too_wide_for_a_phone(page)
    page.set_viewport_size(size)
    assert wide <= 0, page.url
