"""The year from the command line and on its pages: the same steps by the same people, the same figures."""

import csv
import html
import io
import json
import re

import pytest
from click.testing import CliRunner
from django.test import Client
from tests.integration.measures.conftest import at as at
from tests.integration.settlement.settled_village import (  # fixtures among them
    COUNTY,
    own_home,
    price_list,
    scene,
    settle,
    village,
)

from gongwei.settlement import money
from gongwei.settlement.run_models import SettlementRun
from gongwei.site.commands import measure as measure_command
from gongwei.site.commands import settle as settle_command
from gongwei.site.commands import snapshot as snapshot_command

__all__ = ["own_home", "scene", "village"]
#: A snapshot shows what is committed.
pytestmark = pytest.mark.django_db(transaction=True)
FINANCE, OFFICER = "finance_officer.commission", "county_officer.commission"


@pytest.fixture(autouse=True)
def static(settings):
    """WhiteNoise warns when its folder is not there."""
    settings.STATIC_ROOT = settings.HOME


def asked(command, *words):
    return CliRunner().invoke(command.command, [str(each) for each in words])


def page(village, name, address):
    client = Client()
    client.force_login(village.world.accounts[name])
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"<[^>]+>", " ", html.unescape(answer.content.decode()))


def test_a_settlement_goes_through_the_offices_by_command(village, at):
    made = settle(at, total_fen=None, scheme_id=price_list(at, village).id)

    def step(what, by):
        return asked(settle_command, "--year", 2025, "--show", made.id, "--do", what, "--by", by)

    assert step("approve", OFFICER).exit_code == 1  # not submitted yet
    assert step("submit", FINANCE).exit_code == 0
    refused = step("approve", FINANCE)
    assert refused.exit_code == 1
    done = step("approve", OFFICER)
    assert (done.exit_code, "已批准" in done.output) == (0, True), done.output
    made.refresh_from_db()
    assert (made.state, made.approved_by) == (
        "approved",
        village.world.accounts["county_officer@commission"].id,
    )
    without = asked(settle_command, "--year", 2025, "--do", "post", "--show", made.id)
    assert (without.exit_code, "--by" in without.output) == (2, True)


def test_page_and_command_tell_the_same_money(village, at):
    made = settle(at)
    shown = page(village, "finance_officer@commission", f"/settlements/{made.id}/")
    told = json.loads(asked(settle_command, "--year", 2025, "--show", made.id, "--format", "json").stdout)
    table = list(
        csv.DictReader(
            io.StringIO(asked(settle_command, "--year", 2025, "--show", made.id, "--format", "csv").stdout)
        )
    )
    assert len(table) == len(told["units"]) > 1
    for unit, row in zip(told["units"], table, strict=True):
        due = money.yuan(unit["due_fen"])
        assert (row["机构"], row["应拨"]) == (unit["name"], due)
        assert re.search(rf"{re.escape(unit['name'])}.*?{re.escape(due)}", shown, re.DOTALL), unit["name"]
    assert SettlementRun.objects.count() == 1


def test_page_and_command_tell_the_same_figures(village, at):
    answer = asked(
        measure_command, "--period", "2025", "--measure", "HTN.1", "--level", "county", "--format", "json"
    )
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    (figure,) = [each for each in told["figures"] if int(each["代码"]) == COUNTY]
    shown = page(village, "county_officer@commission", f"/measures/?run={told['run']}&period=2025")
    said = " ".join(shown.split())
    where = said.index(figure["指标"])
    shown_numbers = re.findall(r"[\d.]+", said[where : where + 200])
    assert {str(figure["分子"]), str(figure["分母"])} <= set(shown_numbers), said[where : where + 200]
    listed = list(csv.reader(io.StringIO(asked(snapshot_command, "list", "--format", "csv").stdout)))
    assert listed[0] == list(snapshot_command.HEADINGS)
    assert told["snapshot"] in [row[0] for row in listed[1:]]
