"""The parts are one system: a messy package comes in, the year runs, and a naive second count says the same of every person."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.management import call_command
from tests.acceptance import answering, bringing, comparing, entering, messy
from tests.acceptance.naive import answers, records, services
from tests.acceptance.naive import money as naive_money
from tests.acceptance.naive import tasks as planning
from tests.integration.records.conftest import own_home

from gongwei.base import clock

#: A whole county is taken in: minutes where the machine is shared.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
__all__ = ["own_home"]
#: Residents of the package of every build; the night takes 3 000.
GATE = 150
PERIODS = {2024: "2024", 2025: "2025-01..2025-10-20"}


@pytest.fixture(autouse=True)
def one_home(own_home, settings, monkeypatch):
    """The processes an import starts beside this one find the same keys."""
    monkeypatch.setenv("GONGWEI_HOME", str(settings.HOME))


def compared_with(written, county):
    """The naive answers held against the system's, all of them."""
    naive = answers.of(written.package, written.afterwards, messy.TODAY)
    compared = comparing.Compared()
    for each in (rows, tasks, figures):
        each(compared, naive, county)
    compared.told(f"seed {written.seed}, {len(naive.register.people)} residents")
    return compared


def taken_in(written):
    """A county on its first day takes the package in; afterwards life goes on, and the worker follows."""
    with clock.fixed(bringing.AT):
        county = bringing.begun(written.county)
        bringing.packaged(county, written)
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
    """6.2: tags, episodes, tasks, findings and classes of an import are those of records entered one by one on their days."""
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


#: Without packages nobody waits: what a person would have to look at is refused with the reason.
STATES = {"applied": "applied", "existing": "existing", "waiting": "waiting", "refused": "rejected"}
COMPARED = {"residents", "episodes", *records.FORMS}


def rows(compared, naive, county):
    """What became of every row of residents, managed diseases and forms."""
    theirs = {(s.kind, s.file, s.sheet, s.number): s for s in county.said if s.kind in COMPARED}
    kinds = {each.kind for each in theirs.values()}
    waits = any(each.state == "waiting" for each in theirs.values())
    mine, why = {}, {}
    for each in naive.verdicts:
        if each.kind in kinds:
            key = each.kind, each.row.file, each.row.sheet, each.row.number
            state = STATES[each.state]
            mine[key], why[key] = (
                "rejected" if state == "waiting" and not waits else state,
                tuple(sorted(each.why)),
            )
    compared.mappings(
        "row",
        {
            key: state if key in theirs and state == theirs[key].state else (state, why[key])
            for key, state in mine.items()
        },
        {
            key: said.state if said.state == mine.get(key) else (said.state, said.messages)
            for key, said in theirs.items()
        },
    )


def figures(compared, naive, county):
    """Every measure person by person, with the parts that fail."""
    with clock.fixed(bringing.AT):
        taken = answering.snapshot(bringing.AT)
        made = answering.run(bringing.AT, taken, tuple(PERIODS.values()))
    by = county.actor("county_officer@WX0001")
    money(compared, naive, county, taken)
    for year, period in PERIODS.items():
        mine = naive.year(year)
        wanted = sorted(set(mine) - {"HTN.0", "DM.0"})
        theirs = answering.standings(made, wanted, period)
        for code in wanted:
            compared.mappings(
                f"{year}/{code}",
                {key: (each.side, each.failing) for key, each in mine[code].items()},
                theirs[code],
            )
    county_key = messy.messy_people.COUNTY
    for code in ("HTN.1", "DM.1", "EL.2"):
        out = {key: each.failing for key, each in naive.year(2025)[code].items() if each.side == "out"}
        told = answering.reasons(by, made, code, PERIODS[2025], county_key)
        compared.mappings(f"reasons/{code}", out, {key: failing for key, (failing, _) in told.items()})
        assert all(number >= len(failing) for failing, number in told.values()), code


def tasks(compared, naive, county):
    """Who is due for what, with the window, and whether it was done."""
    mine = planning.Planner(messy.TODAY, naive.judge).all(naive.register)
    # A task that was closed before the departure was registered stays closed: what is finished is never taken away.
    ended = {each.key: each.ended_on for each in naive.register.people if each.ended_on}
    theirs = {
        key: due
        for key, due in answering.tasks().items()
        if key in mine or not (due.done_on and key[0] in ended and due.done_on > ended[key[0]])
    }
    compared.mappings("task", mine, theirs)


LATE_DAYS, LATE_FACTOR = 30, Decimal("0.5")
VILLAGE = {
    "record.created": "0.40", "record.updated": "0.50", "htn.follow_up": "0.60", "htn.follow_up_home": "0.60", "dm.follow_up": "0.60",
    "older.management": "0.20", "older.feedback": "0.50", "older.self_care": "0.50", "htn.check_up": "0.20", "dm.check_up": "0.20",
}  # fmt: skip


def money(compared, naive, county, taken):
    """Every record as every service with its reason; every line of every statement to the fen."""
    officers = county.actor("finance_officer@WX0001"), county.actor("county_officer@WX0001")
    key = messy.messy_people.COUNTY
    for year in PERIODS:
        with clock.fixed(bringing.AT):
            made = answering.settled(bringing.AT, taken, officers, key, year)
        claimed = services.Counter(year, messy.TODAY, naive.judge, LATE_DAYS, LATE_FACTOR).all(naive.register)
        mine = {}
        for each in claimed:
            which = (each.record.person.key, str(each.record.on), each.service, each.record.doctor)
            mine.setdefault(which, []).append(
                (each.record.organization, each.reason, each.weight.normalize())
            )
        compared.mappings(
            f"{year}/service",
            {which: tuple(sorted(said)) for which, said in mine.items()},
            answering.services(made),
        )
        prices = {
            service: naive_money.Price(fen, Fraction(VILLAGE[service]))
            for service, fen in answering.PRICES.items()
        }
        lines = naive_money.lines(claimed, prices, parents(naive.tables))
        compared.mappings(f"{year}/line", lines, answering.statement_lines(made))
        bases = Counter()
        for (receiver, *_), (_, fen) in lines.items():
            bases[receiver] += fen
        theirs = answering.due(made)
        compared.mappings(f"{year}/due", {place: (bases[place], bases[place], 0) for place in theirs}, theirs)
        compared.counts["fen"] += sum(bases.values())


def parents(tables):
    """Of each village clinic its centre."""
    rows = [row.cells for table in tables if table.kind == "organizations" for row in table.rows]
    return {each["机构代码"]: each["上级机构代码"] for each in rows if each["机构类别"] == "村卫生室"}
