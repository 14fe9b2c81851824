"""Pages of settlement: moved on by two offices, a clinic opens its statement, a count, what did not count, and objects in time."""

import datetime as dt
import io
import re

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook
from tests.integration.settlement.settled_village import (
    at,
    organization,
    own_home,
    price_list,
    response,
    scene,
    settle,
    village,
)

from gongwei.base import clock, ids
from gongwei.base.models import AuditEntry
from gongwei.evaluation.models import Appeal
from gongwei.settlement.models import SettlementRun, SettlementScheme

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:No directory at"),
]
__all__ = ["at", "own_home", "scene", "village"]  # fixtures


@pytest.fixture
def office(village, at, settings, tmp_path):
    """A settlement that is computed, and a browser for each."""
    settings.STATIC_ROOT = tmp_path
    village.run = settle(at, total_fen=None, scheme_id=price_list(at, village).id)
    village.browsers = {}
    with clock.fixed(at):
        for name in ("finance_officer@commission", "county_officer@commission", "village_doctor@village_a", "village_doctor@village_b"):  # fmt: skip
            village.browsers[name.split("@")[0].split("_")[0] + name[-1]] = browser = Client()
            browser.force_login(village.world.accounts[name])
        yield village


def text(browser, url, status=200):
    answer = browser.get(url)
    assert answer.status_code == status, (url, answer.status_code)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def send(browser, url, **typed):
    return browser.post(url, {"submission": str(ids.uuid7()), **typed})


def published(office):
    """Moved on to publication, each step by whose duty it is."""
    url = reverse("settlement", args=[office.run.id])
    finance, officer = office.browsers["financen"], office.browsers["countyn"]
    assert send(finance, url, what="submit").status_code == 302
    assert send(finance, url, what="approve").status_code == 403, "who hands in does not approve"
    for what in ("approve", "post", "publish"):
        assert send(officer, url, what=what).status_code == 302
    office.run = SettlementRun.objects.get(id=office.run.id)
    assert office.run.state == "published"


def test_two_offices_bring_it_to_the_institutions(office):
    url = reverse("settlement", args=[office.run.id])
    assert "各机构基数之和＝分配总额" in text(office.browsers["financen"], url)
    assert text(office.browsers["villagea"], url, status=404), "not shown before it is published"
    published(office)
    shown = text(office.browsers["villagea"], url)
    assert "22.50" in shown
    assert "核对" not in shown, "the county's sums are the county's"


def test_a_clinic_follows_its_money_to_the_record_and_objects(office):
    published(office)
    clinic, browser = organization(office, "village_a"), office.browsers["villagea"]
    statement = reverse("statement", args=[office.run.id, clinic])
    shown = text(browser, statement)
    assert "高血压随访（门诊）" in shown
    assert "22.50" in shown
    records = reverse("statement-records", args=[office.run.id, clinic])
    declined = f"{records}?service=htn.follow_up&counted=0"
    shown = text(browser, declined)
    assert "距上次计价服务过近" in shown
    assert "王*" in shown
    assert AuditEntry.objects.filter(action="list", subject_kind="resident").exists()
    early = response(office, "too_early")
    assert send(browser, declined, record=str(early.id), text="当日为医嘱复查").status_code in (302, 303)
    appeal = Appeal.objects.get()
    assert (appeal.organization_id, appeal.subject["record"]) == (clinic, str(early.id))
    assert "申诉：待办理" in text(browser, declined)
    send(browser, declined, record=str(early.id), text="再来一次")
    assert Appeal.objects.count() == 1, "one at a time"
    counted = response(office, "counted")
    send(browser, declined, record=str(counted.id), text="这条已计入")
    assert Appeal.objects.count() == 1, "what counted needs none"


def test_the_window_closes(office):
    published(office)
    clinic, browser = organization(office, "village_a"), office.browsers["villagea"]
    url = reverse("statement-records", args=[office.run.id, clinic]) + "?service=htn.follow_up&counted=0"
    with clock.fixed(office.run.published_at + dt.timedelta(days=30)):
        browser.force_login(office.world.accounts["village_doctor@village_a"])
        assert "提交申诉" not in text(browser, url)
        send(browser, url, record=str(response(office, "too_early").id), text="迟了")
    assert not Appeal.objects.exists()


def test_a_clinic_sees_nobody_elses(office):
    published(office)
    clinic, other = organization(office, "village_a"), office.browsers["villageb"]
    assert text(other, reverse("statement", args=[office.run.id, clinic]), status=404)
    address = reverse("statement-records", args=[office.run.id, clinic]) + "?service=htn.follow_up"
    assert text(other, address, status=404)
    assert "王" not in text(office.browsers["financen"], address), (
        "finance sees that it was done, not for whom"
    )


def test_the_doctors_own_statement(office):
    assert "还没有公布的结算" in text(office.browsers["villagea"], reverse("my-statement"))
    published(office)
    shown = text(office.browsers["villagea"], reverse("my-statement"))
    assert "我应得 22.50 元" in shown


def test_what_if_moves_money_and_stores_nothing(office):
    url = reverse("settlement-whatif", args=[office.run.id])
    before = SettlementRun.objects.count()
    shown = text(office.browsers["financen"], url + "?p.htn.follow_up=30")
    assert "+" in shown
    assert "合计" in shown
    assert SettlementRun.objects.count() == before
    assert "比例应填写数字" in text(office.browsers["financen"], url + "?village_share=abc")


def test_a_score_is_tried_and_moves_what_is_due(office):
    url, clinic = reverse("settlement-whatif", args=[office.run.id]), organization(office, "village_a")
    tried = f"{url}?mode=percent&unit1={clinic}&score1="
    assert "18.00 -4.50" in text(office.browsers["financen"], tried + "80"), "22.50 at 80 per cent"
    assert "得分应在0～100之间" in text(office.browsers["financen"], tried + "101")
    assert "得分应填写数字" in text(office.browsers["financen"], tried + "好")


def test_statements_leave_as_workbook_and_on_paper(office):
    published(office)
    url = reverse("statement", args=[office.run.id, organization(office, "village_a")])
    answer = office.browsers["villagea"].get(url + "?file=xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    said = {row[0]: row[1] for row in rows if row[0] and row[1]}
    assert said["大写金额"] == "贰拾贰元伍角整"
    assert said["依据文件"] == "示卫〔2025〕1号"
    assert office.browsers["villagea"].get(url + "?file=pdf").content[:5] == b"%PDF-"


def test_a_scheme_is_written_by_finance_and_approved_by_the_county(office):
    finance, officer = office.browsers["financen"], office.browsers["countyn"]
    listed = reverse("settlement-schemes") + "?year=2025"
    assert "2025年定额" in text(finance, listed)
    first = office.run.scheme_id
    page = reverse("settlement-scheme", args=[first])
    answer = send(
        finance,
        page,
        what="change",
        document="示卫〔2025〕2号",
        village_share="50",
        moved_in="import",
        **{"w.htn.follow_up": "1.5"},
    )
    assert answer.status_code in (302, 303)
    made = SettlementScheme.objects.exclude(id=first).get()
    assert (made.version, made.state, made.content["village_share"]) == (2, "draft", "0.5")
    assert made.content["late"]["moved_in"] == "import"
    assert "按迁入日期判断" in text(finance, reverse("settlement-scheme", args=[made.id]))
    assert (
        "应填写数字"
        in send(finance, page, what="change", document="示卫〔2025〕2号", village_share="半").content.decode()
    )
    assert send(officer, reverse("settlement-scheme", args=[made.id]), what="approve").status_code in (
        302,
        303,
    )
    assert SettlementScheme.objects.get(id=made.id).state == "approved"
    assert SettlementScheme.objects.get(id=first).state == "replaced"
