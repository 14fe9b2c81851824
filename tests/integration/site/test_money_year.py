"""The demonstration county's year of money, made small: parts are the whole at every level, the ledger stands, decisions have effect."""

import datetime as dt
import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
RESIDENTS, SEED = 1500, 7


@pytest.fixture(scope="module")
def year(database_copy, tmp_path_factory):
    home = tmp_path_factory.mktemp("money_year_home")
    with database_copy("money_year") as url:
        paths = f"{CHECKOUT / 'src'}{os.pathsep}{CHECKOUT}"
        done = subprocess.run(
            [sys.executable, "-m", "tests.integration.site.money_world", str(RESIDENTS), str(SEED)],
            cwd=CHECKOUT,
            env={**os.environ, "DATABASE_URL": url, "GONGWEI_HOME": str(home), "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        yield json.loads(done.stdout.splitlines()[-1])


def test_the_sum_of_the_statements_is_what_was_allotted(year):
    assert year["state"] == "published"
    assert year["allotted"] == year["bases"] == year["lines"] > 0
    assert year["whole"]


def test_prepaid_and_final_are_what_is_due(year):
    assert year["paid"]
    assert year["prepaid"] > 0
    assert [each for each in year["prepayments"] if each in ("first", "second")] == ["first", "second"]


def test_the_ledger_balances(year):
    assert year["debits"] == year["credits"] > 0
    assert set(year["open"].values()) <= {0}, "nothing is left prepaid or unpaid at the end of the year"


def test_the_vetoed_clinic_gets_nothing_for_the_year(year):
    assert year["decisions"] == ["confirmed"]
    assert year["vetoed"] == [0]


def test_the_appeal_moved_the_score(year):
    assert year["appeal"] == "granted"
    assert len(year["before"]) == len(year["after"]) == 1
    assert Fraction(year["after"][0]) > Fraction(year["before"][0])


def test_four_rounds_are_final_and_problems_put_right(year):
    assert year["rounds"] == ["final"] * 4
    assert year["checks"] > 0
    # What opened by itself in the last round at the demonstration doctor's centre is still to be looked at.
    assert set(year["issues"]) - {"found"} == {"closed"}
    assert year["closed"] == 1


def test_the_present_year_is_as_far_as_it_has_come(year):
    today = dt.date.fromisoformat(year["today"])
    budget, allotted, arrived, paid = year["present"]
    assert (budget > 0) == (today > dt.date(today.year, 3, 10))
    assert allotted == budget
    assert (arrived == budget) == (today > dt.date(today.year, 9, 8)), "the last money comes on 8 September"
    assert paid <= arrived <= budget
    assert (paid > 0) == (today > dt.date(today.year, 6, 24))
