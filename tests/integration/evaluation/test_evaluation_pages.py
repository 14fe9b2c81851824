"""The pages of evaluation as people use them: a scheme made, handed in, approved; a round scored, published, appealed, decided."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.integration.evaluation.conftest import COUNTS, TREE, approved, run_with, sheet_of

from gongwei.base import ids
from gongwei.evaluation import rounds, schemes, trees
from gongwei.evaluation.models import Appeal, Evidence, FraudDecision, Issue, Round, Scheme, YearClosing
from gongwei.interfaces.excel import scheme_sheet

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(staff, settings, tmp_path):
    """Signs people in by name; each asks in the scope of a request."""
    settings.STATIC_ROOT = tmp_path

    def signed_in(name):
        made = Client()
        made.force_login(staff.world.accounts[name])
        return made

    return signed_in


EVALUATOR, OFFICER = "evaluator@commission", "county_officer@commission"
DIRECTOR = "township_director@centre"


def post(browser, address, **sent):
    """Send a form and follow where it leads; what the page says."""
    answer = browser.post(address, {"submission": str(ids.uuid7()), **sent}, follow=True)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_a_scheme_by_the_pages(staff, at, browser):
    """From the default, changed so that it does not add up, put right, by sheet, handed in, approved by the other."""
    evaluator, officer = browser(EVALUATOR), browser(OFFICER)
    said = post(evaluator, reverse("evaluation-schemes"), what="default", year="2025", level="village_clinic")
    assert "已建立方案草稿" in said
    made = Scheme.objects.get()
    here = reverse("evaluation-scheme", args=[made.id])
    tree = schemes.tree_of(made)
    boxes = {"title": made.title, "total": "100", "spread": "within", "annual": "mean"}
    for part in tree.parts:
        for node in (part, *part.children):
            boxes |= {f"t:{node.code}": node.title, f"n:{node.code}": f"{node.points:f}"}
    lines = {line["item"].code: line for line in _lines(made)}
    for code, line in lines.items():
        item = line["item"]
        boxes |= {f"t:{code}": item.title, f"n:{code}": f"{item.points:f}", f"m:{code}": item.method}
        boxes |= {f"s:{code}": line["settings"], f"u:{code}": item.measure, f"c:{code}": item.criteria}
    assert "已保存" in post(evaluator, here, what="save", **boxes)
    assert trees.plain(schemes.tree_of(Scheme.objects.get()))["parts"] == _without_marks(made)
    said = post(evaluator, here, what="save", **boxes | {"n:1.4.1": "4"})
    assert "“协助开展的服务”下各项分值合计4分，应为5分" in said
    assert "应为5分" in post(evaluator, here, what="submit")
    said = post(evaluator, here, what="save", **boxes | {"s:2.1.1": "六十"})
    assert "应写成“名称=值”" in said
    sheet = SimpleUploadedFile("方案.xlsx", scheme_sheet.write(tree))
    assert "已按文件更新草稿" in post(evaluator, here, what="upload", file=sheet)
    assert "已提交" in post(evaluator, here, what="submit")
    assert evaluator.post(here, {"what": "approve", "submission": str(ids.uuid7())}).status_code == 403
    assert "方案已审定" in post(officer, here, what="approve")
    assert scheme_sheet.read(officer.get(here, {"sheet": "1"}).content).total == 100


def _lines(made):
    from gongwei.interfaces.web.presenters import evaluation

    return evaluation.tree_rows(made)


def _without_marks(made):
    """The tree as the page sends it: marks of items stay, nothing else changes."""
    return trees.plain(schemes.tree_of(made))["parts"]


def test_a_round_by_the_pages(staff, at, browser):
    """Opened, scored from the run, self-evaluated, reviewed, published, appealed, decided, final, the year closed."""
    evaluator, officer, director = browser(EVALUATOR), browser(OFFICER), browser(DIRECTOR)
    approved(staff, at)
    run = run_with(staff.world, COUNTS)
    opened = {
        "year": "2025",
        "period": "2025Q1",
        "level": "township_centre",
        "kind": "stage",
        "cut_on": "2025-04-30",
    }
    assert "应写成2025-03-31" in post(evaluator, reverse("evaluation-rounds"), **opened | {"cut_on": "四月"})
    assert "共2张评分表" in post(evaluator, reverse("evaluation-rounds"), **opened)
    row = Round.objects.get()
    here = reverse("evaluation-round", args=[row.id])
    assert director.get(here).status_code == 404  # in preparation
    assert "系统取数的指标已评分" in post(evaluator, here, what="run", run=str(run.id))
    assert "已进入自评" in post(evaluator, here, what="advance", to="self_evaluation")
    own = reverse("evaluation-sheet", args=[sheet_of(row, staff.centre).id])
    other = reverse("evaluation-sheet", args=[sheet_of(row, staff.other).id])
    assert director.get(other).status_code == 404
    said = post(director, own, what="submit", stage="self", **{"p:B1.1": "20", "q:B1.2:空项": "1"})
    assert "自评已提交" in said
    assert "613／1,000，61.30％，目标≥64％（方案）" in said
    assert f"source={run.id}" in said
    assert "已进入复核" in post(evaluator, here, what="advance", to="review")
    said = post(evaluator, own, what="save", stage="review", **{"p:B1.1": "18"})
    assert "请写明理由" in said
    filled = {"p:B1.1": "18", "r:B1.1": "缺记录", "q:B1.2:空项": "7", "r:B1.2": "抽查"}
    assert "已保存2项评分" in post(evaluator, own, what="save", stage="review", **filled)
    png = SimpleUploadedFile("照片.png", b"\x89PNG\r\n\x1a\n" + bytes(50))
    assert "佐证材料已上传" in post(evaluator, own, what="upload", file=png, item="B1.1")
    assert director.get(reverse("evaluation-evidence", args=[Evidence.objects.get().id])).status_code == 200
    assert browser("county_officer@far_commission").get(here).status_code == 404
    assert evaluator.post(here, {"what": "publish", "submission": str(ids.uuid7())}).status_code == 403
    assert "2025-06-09以前可以申诉" in post(officer, here, what="publish")
    assert "申诉已提出" in post(director, own, what="appeal", item="B1.1", text="记录已补")
    appeal = reverse("evaluation-appeal", args=[Appeal.objects.get().id])
    assert "请填写改后的得分" in post(officer, appeal, what="grant", answer="属实")
    assert "申诉成立" in post(officer, appeal, what="grant", answer="属实", points="20")
    assert "申诉期到2025-06-09为止" in post(officer, here, what="finish")
    rounds.finish(by=staff.officer, at=at + dt.timedelta(days=30), round_id=row.id)
    years = reverse("evaluation-years")
    said = evaluator.get(years, {"year": "2025"}).content.decode()
    assert "91.31" in said
    assert "年度评价已定案" in post(officer, f"{years}?year=2025", note="")
    assert YearClosing.objects.count() == 1
    assert officer.get(years, {"year": "2025", "export": "docx"}).content[:2] == b"PK"
    assert officer.get(years, {"year": "2025", "export": "xlsx"}).content[:2] == b"PK"
    clinic = browser("village_doctor@village_a").get(here).content.decode()
    assert "公示结果" in clinic  # totals are public, sheets are not
    assert own not in clinic


def test_fraud_and_problems_by_the_pages(staff, at, browser, round_):
    """Proposed by the evaluator, confirmed by the officer; a problem registered and accepted by the director."""
    evaluator, officer, director = browser(EVALUATOR), browser(OFFICER), browser(DIRECTOR)
    here = reverse("evaluation-frauds") + "?year=2025"
    said = {
        "what": "propose",
        "organization": str(staff.centre.id),
        "found": "编造",
        "evidence": "核查表",
        "document": "甲卫发9号",
        "unit": "卫健局",
        "decided_on": "2025-06-01",
    }
    assert "请填写证据" in post(evaluator, here, **said | {"evidence": ""})
    assert "由另一位有权人员确认后才生效" in post(evaluator, here, **said)
    assert "甲卫发9号" not in director.get(here).content.decode()
    fraud = str(FraudDecision.objects.get().id)
    assert "一票否决" in post(officer, here, what="confirm", fraud=fraud)
    assert "甲卫发9号" in director.get(here).content.decode()
    assert "请填写理由" in post(officer, here, what="withdraw", fraud=fraud)
    issues = reverse("evaluation-issues") + "?year=2025"
    filled = {"organization": str(staff.centre.id), "source": "assessment", "severity": "1"}
    assert "请填写问题" in post(evaluator, issues, **filled)
    assert "期限2025-07-02" in post(evaluator, issues, **filled, description="宣传栏未更换")
    one = reverse("evaluation-issue", args=[Issue.objects.get().id])
    assert "已通知" in post(evaluator, one, to="notified")
    assert "已认领" in post(director, one, to="accepted")
    assert browser("village_doctor@village_b").get(one).status_code == 404


def test_the_tree_of_the_tests_is_a_tree():
    """The fixture adds up."""
    assert trees.faults(trees.read(TREE)) == []
