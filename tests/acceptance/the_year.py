"""The naive answers held against the system's: rows, tasks, measures, scores, services, money of a county's year."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import yaml
from tests.acceptance import answering, bringing, comparing, messy, settling
from tests.acceptance.naive import money as naive_money
from tests.acceptance.naive import pool, records, scores, services
from tests.acceptance.naive import tasks as planning
from tests.acceptance.naive.institutions import CENTRE, CLINIC

from gongwei.base import clock

PERIODS = {2024: "2024", 2025: "2025-01..2025-10-20"}
#: Measures that need a number somebody else publishes.
PUBLISHED = {"HTN.0", "DM.0"}
POLICIES = Path(__file__).parents[2] / "src" / "gongwei" / "policies" / "national"
TREE = yaml.safe_load((Path(__file__).parent / "scorecards.yaml").read_text(encoding="utf-8"))
#: How the pool of each year is divided: each service shared with the centre, or the villages' 40 % apart; odd numbers of fen.
POOLS = {
    2024: (98_765_431, {"split": "by_item", "quality": {"by": "score", "scale": []}, "reward_at": "62", "ratio": {"mode": "percent", "full_at": "70", "none_below": "40"}}),
    2025: (43_210_987, {"split": "by_pool", "quality": {"by": "none", "scale": []}, "reward_at": "60", "ratio": {"mode": "linear_60_90", "full_at": "68", "none_below": "35"}}),
}  # fmt: skip


def all_of_it(written, naive, county):
    """Everything compared."""
    compared = comparing.Compared()
    rows(compared, naive, county)
    tasks(compared, naive, county)
    figures(compared, naive, county, moved_in=not written.plain)
    compared.told(f"seed {written.seed}, {len(naive.register.people)} residents")
    return compared


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


def figures(compared, naive, county, moved_in=True):
    """Every measure person by person, with the parts that fail; what follows from them."""
    with clock.fixed(bringing.AT):
        taken = answering.snapshot(bringing.AT)
        made = answering.run(bringing.AT, taken, tuple(PERIODS.values()))
    by = county.actor("county_officer@WX0001")
    for year, period in PERIODS.items():
        mine = naive.year(year)
        theirs = answering.standings(made, sorted(set(mine) - PUBLISHED), period)
        for code, people in theirs.items():
            compared.mappings(
                f"{year}/{code}",
                {key: (each.side, each.failing) for key, each in mine[code].items()},
                people,
            )
        claimed = money(compared, naive, county, taken, year, moved_in)
        earned = points(compared, naive, county, made, mine, year)
        pools(compared, naive, county, taken, claimed, earned, year)
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


def officers(county):
    """Who draws a scheme of money up, and who approves it."""
    return county.actor("finance_officer@WX0001"), county.actor("county_officer@WX0001")


def money(compared, naive, county, taken, year, moved_in):
    """Every record as every service with its reason; every line of every statement by a price list, to the fen."""
    with clock.fixed(bringing.AT):
        made = settling.settled(bringing.AT, taken, officers(county), messy.messy_people.COUNTY, year)
    claimed = services.Counter(year, messy.TODAY, naive.judge, LATE_DAYS, LATE_FACTOR, moved_in).all(
        naive.register
    )
    mine = {}
    for each in claimed:
        which = (each.record.person.key, str(each.record.on), each.service, each.record.doctor)
        mine.setdefault(which, []).append((each.record.organization, each.reason, each.weight.normalize()))
    compared.mappings(
        f"{year}/service",
        {which: tuple(sorted(said)) for which, said in mine.items()},
        settling.services(made),
    )
    prices = {
        service: naive_money.Price(fen, Fraction(VILLAGE[service]))
        for service, fen in settling.PRICES.items()
    }
    lines = naive_money.lines(claimed, prices, naive.institutions.parents)
    compared.mappings(f"{year}/line", lines, settling.statement_lines(made))
    bases = Counter()
    for (receiver, *_), (_, fen) in lines.items():
        bases[receiver] += fen
    theirs = settling.due(made)
    compared.mappings(f"{year}/due", {place: (bases[place], bases[place], 0) for place in theirs}, theirs)
    compared.counts["fen"] += sum(bases.values())
    return claimed


def points(compared, naive, county, made, standings, year):
    """Every item and every total of every sheet, exact; the totals of the naive side."""
    with clock.fixed(bringing.AT):
        found = settling.evaluated(bringing.AT, county, made, TREE, year, PERIODS[year])
    measured = scores.figures(standings, naive.register, naive.institutions)
    goals = scores.asked(POLICIES, year, min(messy.TODAY, messy.TODAY.replace(year=year, month=12, day=31)))
    mine, totals = {}, {}
    for kind in (CENTRE, CLINIC):
        for code, items in scores.sheets(TREE, naive.institutions.of_kind(kind), measured, goals).items():
            totals[code] = scores.total(TREE, items)
            mine |= {(code, item): said for item, said in items.items()} | {
                (code, ""): (totals[code], "total")
            }
    compared.mappings(f"{year}/score", mine, settling.points(found))
    return totals


def pools(compared, naive, county, taken, claimed, totals, year):
    """A pool by work equivalents and scores: of every institution, line and doctor, to the fen."""
    pool_fen, changes = POOLS[year]
    content = settling.pool_scheme(year, changes)
    at = bringing.AT + settling.LATER
    with clock.fixed(at):
        made = settling.pooled(at, taken, officers(county), year, content, pool_fen)
    mine = pool.shared(pool_fen, claimed, content, totals, naive.institutions)
    told = {c: (mine.base[c], mine.due[c], mine.withheld[c], mine.reward[c]) for c in mine.base}
    compared.mappings(f"{year}/pool", told, settling.units(made))
    compared.mappings(f"{year}/pool line", mine.lines, settling.statement_lines(made))
    compared.mappings(f"{year}/pool staff", mine.staff, settling.staff(made))
    assert sum(mine.base.values()) == pool_fen
    compared.counts["fen"] += pool_fen
