"""A round of evaluation from the command line and on its pages: the same steps by the same people, the same points."""

import csv
import datetime as dt
import html
import io
import json
import re

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse
from tests.integration.evaluation.conftest import COUNTS, CUT, approved, run_with

from gongwei.base import clock, ids
from gongwei.evaluation import sheets
from gongwei.evaluation.models import Round
from gongwei.evaluation.sheets import Entry
from gongwei.site.commands import evaluate

pytestmark = pytest.mark.django_db
EVALUATOR, OFFICER = "evaluator", "county_officer"


@pytest.fixture(autouse=True)
def static(settings, tmp_path):
    """WhiteNoise warns when its folder is not there."""
    settings.STATIC_ROOT = tmp_path


def by_command(who, *words):
    """Run `./gongwei evaluate ...` in somebody's name; what it answers, as JSON."""
    said = CliRunner().invoke(
        evaluate.command, [*map(str, words), "--by", f"{who}.commission", "--format", "json"]
    )
    assert said.exit_code == 0, said.output
    return json.loads(said.stdout)


def by_page(staff, who, address, **sent):
    """Send a form of a page in somebody's name and follow where it leads; what the page says, without its marks."""
    browser = Client()
    browser.force_login(staff.world.accounts[f"{who}@commission"])
    answer = browser.post(address, {"submission": str(ids.uuid7()), **sent}, follow=True)
    assert answer.status_code == 200, (address, answer.status_code)
    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(answer.content.decode())).split())


def reviewed(staff, at, round_):
    """What people score, the same in both rounds: full marks for the plan, two empty items in the files of one centre."""
    for sheet in round_.sheets.all():
        faults = {"空项": 2 if sheet.organization == staff.centre else 0}
        said = [Entry("B1.1", "18", reason="缺一次会议"), Entry("B1.2", quantity=faults, reason="抽查")]
        sheets.enter(by=staff.evaluator, at=at, sheet_id=sheet.id, stage="review", entries=said)


def kept(round_):
    """Everything a round comes to, without ids of its own and the digests made of them."""
    round_.refresh_from_db()
    own = round_.state, round_.title, round_.period, round_.cut_at, round_.run_id, round_.objection_until
    points = {
        sheet.name: (
            sheet.exact, sheet.points, sheet.branches, sheet.missing, sheet.not_applicable, sheet.vetoed,
            sorted((s.item, s.stage, s.version, s.exact, s.state, json.dumps(s.reading, sort_keys=True)) for s in sheet.scores.all()),
        )
        for sheet in round_.sheets.all()
    }  # fmt: skip
    return own, points


def test_a_round_by_page_and_by_command_comes_to_the_same(staff, at):
    approved(staff, at)
    run = run_with(staff.world, COUNTS)
    opened = {
        "year": "2025",
        "period": "2025Q1",
        "level": "township_centre",
        "kind": "stage",
        "cut_on": str(CUT),
    }
    assert "共2张评分表" in by_page(staff, EVALUATOR, reverse("evaluation-rounds"), **opened)
    of_page = Round.objects.get()
    here = reverse("evaluation-round", args=[of_page.id])
    by_page(staff, EVALUATOR, here, what="run", run=str(run.id))
    by_page(staff, EVALUATOR, here, what="advance", to="review")
    reviewed(staff, at, of_page)
    by_page(staff, OFFICER, here, what="publish")

    told = by_command(EVALUATOR, "open", "--period", "2025Q1", "--cut", CUT)
    of_command = Round.objects.get(id=told["round"])
    assert (told["sheets"], of_command.number) == (2, 2)
    by_command(EVALUATOR, "score", of_command.id)  # the newest run up to the cut, which is the only one
    by_command(EVALUATOR, "advance", of_command.id, "--to", "review")
    reviewed(staff, at, of_command)
    by_command(OFFICER, "publish", of_command.id)
    assert kept(of_page) == kept(of_command)
    assert kept(of_page)[0][0] == "published"

    with clock.fixed(at + dt.timedelta(days=30)):
        shown = by_page(staff, OFFICER, here, what="finish")
        told = by_command(OFFICER, "finish", of_command.id)
        assert kept(of_page) == kept(of_command)
        assert [each["points"] for each in told["scores"]] == [
            f"{each.points:f}" for each in of_page.sheets.order_by("seat_key", "name")
        ]
        # 40 × 61.3 ÷ 64, all 20 of 70 %, 18, 20 less two; of the other, where nobody is old enough, 60 × 30 ÷ 64, 18 and 20.
        assert {each["name"]: each["shown"] for each in told["scores"]} == {
            staff.centre.name: "94.31", staff.other.name: "66.13",
        }  # fmt: skip
        for each in told["scores"]:
            assert re.search(rf"{re.escape(each['name'])}.*?{each['shown']}", shown), (each, shown)
        years_agree(staff)


def years_agree(staff):
    """The scores of the year on their page are those of the command, in JSON and as a table."""
    told = by_command(EVALUATOR, "scores", "--year", 2025)
    browser = Client()
    browser.force_login(staff.world.accounts[f"{EVALUATOR}@commission"])
    said = browser.get(reverse("evaluation-years"), {"year": "2025"}).content.decode()
    assert len(told["scores"]) == 2
    for each in told["scores"]:
        assert each["state"] == "final"
        assert re.search(rf"{re.escape(each['name'])}.*?{each['shown']}", said, re.DOTALL), each
    words = ["scores", "--year", "2025", "--by", "evaluator.commission", "--format", "csv"]
    table = list(csv.DictReader(io.StringIO(CliRunner().invoke(evaluate.command, words).stdout)))
    assert [(row["name"], row["points"], row["shown"]) for row in table] == [
        (each["name"], each["points"], each["shown"]) for each in told["scores"]
    ]
