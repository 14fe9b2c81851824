"""The parts are one system: a messy package comes in, the year runs, and a naive second count says the same of every person."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from tests.acceptance import bringing, comparing, entering, messy, the_year
from tests.acceptance.naive import answers
from tests.integration.records.conftest import own_home

from gongwei.base import clock

#: A whole county is taken in: minutes where the machine is shared.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
__all__ = ["own_home"]
#: Residents of the package of every build: about 80 s of processor time; the night takes 3 000 (310 s each).
GATE = 500


@pytest.fixture(autouse=True)
def one_home(own_home, settings, monkeypatch):
    """The processes an import starts beside this one find the same keys."""
    monkeypatch.setenv("GONGWEI_HOME", str(settings.HOME))


def compared_with(written, county):
    """The naive answers held against the system's, all of them."""
    naive = answers.of(written.package, written.afterwards, messy.TODAY)
    return the_year.all_of_it(written, naive, county)


def taken_in(written):
    """A county on its first day takes the package in, all of which is derived at once; life goes on, and the worker follows."""
    with clock.fixed(bringing.AT):
        county = bringing.begun(written.county)
        bringing.packaged(county, written)
        bringing.caught_up()
        bringing.afterwards(county, written.afterwards)
        bringing.followed()
    return county


def test_a_messy_package(tmp_path):
    written = messy.write(tmp_path, seed=1, residents=GATE)
    compared_with(written, taken_in(written)).settle()


@pytest.mark.night
@pytest.mark.timeout(0)
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_messy_packages_of_three_thousand(tmp_path, seed):
    written = messy.write(tmp_path, seed=seed, residents=3000)
    compared_with(written, taken_in(written)).settle()


def test_plain_uploads(tmp_path):
    """The same facts in plain workbooks of our own headings, sent by pages file by file."""
    written = messy.write(tmp_path, seed=2, residents=60, plain=True)
    with clock.fixed(bringing.AT):
        county = bringing.found(written.county)
        bringing.plainly(county, written)
        bringing.afterwards(county, written.afterwards)
        bringing.followed()
    compared_with(written, county).settle()


def test_entered_on_the_day_it_is_the_same(tmp_path):
    """6.2: tags, episodes, tasks, findings, classes and measures of an import are those of records entered one by one on their days."""
    written = messy.write(tmp_path, seed=4, residents=30)
    naive = answers.of(written.package, tmp_path / "nothing.csv", messy.TODAY)
    with clock.fixed(bringing.AT):
        county = bringing.begun(written.county)
        bringing.packaged(county, written)
        bringing.followed()
        imported = entering.state()
        call_command("flush", interactive=False, verbosity=0)
        county = bringing.found(written.county)
        entering.one_by_one(county, naive, written)
        bringing.followed()
        entered = entering.state()
    compared = comparing.Compared()
    for what, said in entered.items():
        compared.mappings(what, said, imported[what])
    compared.told("imported against entered")
    compared.settle()
