"""The finance officer's pages: a year worked through by two people, every figure opening to its entries and documents."""

import datetime as dt
import io
import re

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook
from tests.integration.settlement import money_year as scene
from tests.integration.settlement.conftest import YEAR

from gongwei.base import clock, ids
from gongwei.base.models import AuditEntry
from gongwei.places import operations as organizations
from gongwei.settlement import ledger_balances
from gongwei.settlement.models import (
    Allocation,
    Budget,
    Closing,
    FundDocument,
    LocalParameter,
    Payment,
    Posting,
    Spending,
    Succession,
)

pytestmark = pytest.mark.filterwarnings("ignore:No directory at")


@pytest.fixture
def at_work(office, settings, tmp_path):
    """The office with a browser for each, on a clock that stands still."""
    settings.STATIC_ROOT = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with clock.fixed(office.at):
        for name, who in (
            ("finance", "finance_officer@commission"),
            ("officer", "county_officer@commission"),
            ("director", "township_director@centre"),
            ("village", "village_doctor@village_a"),
        ):
            browser = Client()
            browser.force_login(office.world.accounts[who])
            setattr(office, f"{name}_browser", browser)
        yield office


def send(browser, url, **typed):
    answer = browser.post(url, {"submission": str(ids.uuid7()), **typed})
    assert answer.status_code in (200, 302, 303), (url, answer.status_code)
    return answer


def text(browser, url):
    answer = browser.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def refused(answer, words):
    assert answer.status_code == 200
    assert words in answer.content.decode()


def test_a_year_worked_through_by_two(at_work):
    finance, officer = at_work.finance_browser, at_work.officer_browser
    year = f"?year={YEAR}"
    assert "没有已批准的常住人口数" in text(finance, reverse("fund-budgets") + year)
    scene.residents(at_work)
    send(finance, reverse("fund-standards") + year, what="sharing", for_year="2019", central="60", province="50", city="20", county="30", document="省财政厅〔2019〕9号")  # fmt: skip
    budgets = reverse("fund-budgets") + year
    assert "1,080,000.00" in text(finance, budgets)
    send(finance, budgets, what="draft_budget", pot="original", document="县财社〔2025〕3号")
    budget = Budget.objects.get()
    refusal = finance.post(budgets, {"what": "approve_budget", "id": str(budget.id)})
    assert refusal.status_code == 403
    assert Budget.objects.get().state == "draft", "who prepares does not approve"
    assert "预算待审批 1" in text(officer, "/")
    send(officer, budgets, what="approve_budget", id=str(budget.id))
    assert "待审批" not in text(officer, "/")
    assert Budget.objects.get().state == "approved"
    documents = reverse("fund-documents") + year
    send(finance, documents, what="register", number="财社〔2025〕1号", title="下达预算的通知", issuer="财政部", issued_on="2025-01-10", amount="648,000.00", pot="original", source="central", direct="1")  # fmt: skip
    document = FundDocument.objects.get()
    assert document.direct
    send(finance, documents, what="arrive", id=str(document.id), arrived_on="2025-03-05", amount="64.8万元", voucher="回单1")  # fmt: skip
    send(finance, documents, what="filed", id=str(document.id), filed_on="2025-02-20")
    assert "中央直达资金" in text(finance, documents)
    send(finance, budgets, what="draft_allocation", pot="original", village_share="40", first_share="50", document="县卫健〔2025〕5号")  # fmt: skip
    plan = Allocation.objects.get()
    page = text(officer, reverse("fund-allocation", args=[plan.id]))
    assert "占 40.00％" in page
    send(officer, budgets, what="approve_allocation", id=str(plan.id))
    payments = reverse("fund-payments") + year
    send(finance, payments, kind="first", pot="original", paid_on="2025-06-20", document="县卫健〔2025〕8号")
    payment = Payment.objects.get()
    assert "06月30日前到位不低于50％" in text(finance, "/")
    one = reverse("fund-payment", args=[payment.id])
    send(officer, one, what="approve")
    assert Payment.objects.get().state == "approved"
    overview = text(finance, reverse("funds") + year)
    assert {"648,000.00", "1,080,000.00", "108,000.00", "37,800.00"} <= set(
        re.findall(r"[\d,]+\.\d\d", overview)
    )
    assert "达到" in overview
    clinic = reverse("fund-institution", args=[at_work.clinics[0]]) + year
    send(finance, clinic, pot="original", expense_class="labour", spent_on="2025-06-25", amount="1000", voucher="记-1")  # fmt: skip
    assert Spending.objects.count() == 1
    assert "36,800.00" in text(finance, clinic)
    assert ledger_balances.totals(scene.COUNTY)[0] == ledger_balances.totals(scene.COUNTY)[1] > 0


@pytest.fixture
def begun(at_work):
    scene.begun(at_work)
    scene.paid(at_work, "first")
    return at_work


def test_a_figure_opens_to_its_entries_and_they_to_their_document(begun):
    page = begun.finance_browser.get(reverse("funds") + f"?year={YEAR}").content.decode()
    link = next(each for each in re.findall(r'href="([^"]+)">37,800.00', page))
    journal = begun.finance_browser.get(link.replace("&amp;", "&")).content.decode()
    assert "37,800.00" in journal
    voucher = re.search(r'href="(/funds/ledger/[0-9a-f-]{36}/[^"]*)"', journal)[1]
    posting = begun.finance_browser.get(voucher).content.decode()
    assert "县卫健〔2025〕8号" in posting
    cause = re.search(r'<a href="([^"]+)">查看依据', posting)[1]
    assert "大写金额：壹拾伍万壹仟贰佰元整" in text(begun.finance_browser, cause)


def test_a_posting_is_reversed_with_a_reason(begun):
    arrival = Posting.objects.get(kind="arrival")
    url = reverse("ledger-posting", args=[arrival.id])
    send(begun.finance_browser, url, on="2025-07-01", reason=" ")
    assert not Posting.objects.filter(kind="reversal").exists()
    send(begun.finance_browser, url, on="2025-07-01", reason="退票")
    assert Posting.objects.get(kind="reversal").reverses_id == arrival.id
    assert "已被冲正" in text(begun.finance_browser, url)
    assert begun.officer_browser.post(url, {"on": "2025-07-01", "reason": "x"}).status_code == 403


def test_a_month_is_closed(begun):
    url = reverse("ledger-periods")
    send(begun.finance_browser, url, month="2025-03")
    assert Closing.objects.get().month == dt.date(2025, 3, 1)
    send(begun.finance_browser, url, month="2025-07")
    assert Closing.objects.count() == 1, "the month is not over"
    assert "借贷平衡" in text(begun.finance_browser, url)


def test_the_payment_on_paper_and_as_a_workbook(begun):
    payment = Payment.objects.get()
    url = reverse("fund-payment", args=[payment.id])
    paper = begun.finance_browser.get(url + "?file=pdf")
    assert (paper["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    book = CalamineWorkbook.from_filelike(io.BytesIO(begun.finance_browser.get(url + "?file=xlsx").content))
    rows = book.get_sheet_by_index(0).to_python()
    sums = next(row for row in rows if row[1] == "合计")
    assert round(sums[3] * 100) == payment.total_fen
    assert next(row[2] for row in rows if row[1] == "大写金额").endswith(("整", "分"))
    assert next(row[2] for row in rows if row[1] == "依据文件") == "县卫健〔2025〕8号"
    assert AuditEntry.objects.filter(subject_kind="fund", action__in=["print", "export"]).count() == 2


def test_the_journal_on_paper_and_as_a_workbook(begun):
    url = reverse("ledger") + f"?year={YEAR}&kind=prepayment"
    assert begun.finance_browser.get(url + "&file=pdf").content[:5] == b"%PDF-"
    book = CalamineWorkbook.from_filelike(io.BytesIO(begun.finance_browser.get(url + "&file=xlsx").content))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 1 + 3 * 4 + 1
    assert rows[-1][10] == rows[-1][11]


def test_a_director_sees_the_own_institutions_only(begun):
    browser = begun.director_browser
    page = text(browser, reverse("funds") + f"?year={YEAR}")
    assert "village_a单位" in page
    assert "other_village单位" not in page
    assert "other_village单位" not in text(browser, reverse("ledger") + f"?year={YEAR}")
    payment = Payment.objects.get()
    assert "other_village单位" not in text(browser, reverse("fund-payment", args=[payment.id]))
    elsewhere = reverse("fund-institution", args=[begun.clinics[2]])
    assert browser.get(elsewhere).status_code == 404
    asked = reverse("ledger") + f"?year={YEAR}&organization={begun.clinics[2]}"
    assert "没有符合条件的分录" in text(browser, asked)
    foreign = Posting.objects.filter(key__endswith=str(begun.clinics[2])).first()
    assert browser.get(reverse("ledger-posting", args=[foreign.id])).status_code == 404


@pytest.mark.parametrize(
    "name", ["funds", "fund-standards", "fund-parameters", "fund-successions", "fund-budgets", "fund-documents", "fund-payments", "ledger", "ledger-periods"]
)  # fmt: skip
def test_who_sees_the_pages(begun, name):
    for browser in (begun.finance_browser, begun.officer_browser, begun.director_browser):
        assert browser.get(reverse(name)).status_code == 200
    assert begun.village_browser.get(reverse(name)).status_code == 403


def test_what_is_wrong_is_said_on_the_page(begun):
    finance, year = begun.finance_browser, f"?year={YEAR}"
    standards = reverse("fund-standards") + year
    refused(send(finance, standards, what="standard", for_year="2025", value="98", document="x"), "不得低于上级标准99.00元")  # fmt: skip
    refused(
        send(finance, standards, what="standard", for_year="2025", value="1.005", document="x"), "最多到分"
    )
    refused(send(finance, standards, what="sharing", for_year="2025", central="60", province="50", city="20", county="20", document="x"), "合计90％，应为100％")  # fmt: skip
    documents = reverse("fund-documents") + year
    refused(send(finance, documents, what="register", issued_on="2025-01-10", amount="1"), "请填写文号")
    refused(send(finance, reverse("fund-payments") + year, kind="second", pot="original", paid_on="", document="x"), "请填写拨付日期")  # fmt: skip
    clinic = reverse("fund-institution", args=[begun.clinics[0]]) + year
    refused(send(finance, clinic, pot="original", expense_class="building", spent_on="2025-06-25", amount="1", voucher="记"), "不得用于")  # fmt: skip


def test_a_parameter_is_set_by_two_and_stands_where_it_is_used(begun):
    """Typed in per cent, approved by the county officer; the pages of budgets and payments say it and where it comes from."""
    finance, officer = begun.finance_browser, begun.officer_browser
    url = reverse("fund-parameters") + f"?year={YEAR}"
    asked = {"what": "draft_parameter", "code": "fund.prepay_share", "value": "80", "since": "2025-01-01"}
    refused(send(finance, url, **asked, document=" "), "请填写依据的文件")
    refused(
        send(finance, url, **(asked | {"value": "101"}), document="县财社〔2025〕6号"), "应在0～100％之间"
    )
    send(finance, url, **asked, document="县财社〔2025〕6号")
    row = LocalParameter.objects.get()
    assert row.value == "0.8"
    assert "待审批" in text(finance, url)
    send(officer, url, what="approve_parameter", id=str(row.id))
    shown = text(finance, url)
    assert "本县区自定" in shown
    assert "80％" in shown
    assert "按任务的80％预拨" in text(finance, reverse("fund-payments") + f"?year={YEAR}")
    send(finance, url, what="draft_parameter", code="fund.village_share", value="45", since="2025-01-01", document="县财社〔2025〕7号")  # fmt: skip
    send(
        officer,
        url,
        what="approve_parameter",
        id=str(LocalParameter.objects.get(code="fund.village_share").id),
    )
    assert 'value="45"' in finance.get(reverse("fund-budgets") + f"?year={YEAR}").content.decode()


def test_a_succession_is_registered_by_two(begun):
    finance, officer = begun.finance_browser, begun.officer_browser
    url = reverse("fund-successions")
    assert "没有已停用而资金还没有承继的机构" in text(finance, url)
    heir, former = begun.clinics[:2]
    organizations.close_organization(
        by=begun.officer, at=begun.at, organization_id=former, on=dt.date(2025, 6, 25)
    )
    asked = {"what": "draft_succession", "former": str(former), "heir": str(heir), "on": "2025-06-25"}
    refused(send(finance, url, **(asked | {"heir": ""}), document="x"), "请选择原机构和承继机构")
    send(finance, url, **asked, document="县卫健〔2025〕18号")
    send(officer, url, what="approve_succession", id=str(Succession.objects.get().id))
    assert "由village_a单位承继" in text(finance, reverse("funds") + f"?year={YEAR}")
    place = reverse("fund-institution", args=[heir]) + f"?year={YEAR}"
    assert "所承继机构的资金" in text(finance, place)
    assert "已由 village_a单位 承继" in text(begun.director_browser, reverse("fund-institution", args=[former]) + f"?year={YEAR}")  # fmt: skip


def test_the_first_page_of_finance_shows_the_money_and_what_waits(begun):
    shown = text(begun.finance_browser, reverse("home"))
    assert f"{YEAR}年年度预算（元） 1,080,000.00" in shown
    send(begun.finance_browser, reverse("fund-payments") + f"?year={YEAR}", kind="second", pot="original", paid_on="2025-06-20", document="县卫健〔2025〕8号")  # fmt: skip
    assert "拨付 1项待审批" in text(begun.finance_browser, reverse("home"))
