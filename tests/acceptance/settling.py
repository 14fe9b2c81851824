"""What the system makes of the year: scores of institutions and money, by the operations of the offices, as plain values."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from tests.acceptance import bringing, messy_people

from gongwei.base import clock
from gongwei.base.actors import SYSTEM, Actor
from gongwei.evaluation import rounds, trees
from gongwei.evaluation import schemes as scorecards
from gongwei.evaluation.models import Round
from gongwei.measures.models import Run
from gongwei.settlement import run_files as settlement_files
from gongwei.settlement import running, scheme_keeping, schemes
from gongwei.settlement.models import RunLine, RunStaff, RunUnit, SettlementRun
from gongwei.snapshots.models import Snapshot

LEVELS = ("township_centre", "village_clinic")
#: After the time of objections to a round.
LATER = dt.timedelta(days=30)

#: Fen of each service in the county's own price list; odd, so that halves and thirds have to be rounded.
PRICES = {
    "record.created": 503, "record.updated": 151, "htn.follow_up": 1505, "htn.follow_up_home": 2999, "dm.follow_up": 1801,
    "older.management": 12345, "older.feedback": 777, "older.self_care": 333, "htn.check_up": 4001, "dm.check_up": 4003,
}  # fmt: skip


def settled(
    at: dt.datetime, taken: Snapshot, officers: tuple[Actor, Actor], county: int, year: int
) -> SettlementRun:
    """The year settled by a price list that finance drew up and a second person approved."""
    content = copy.deepcopy(schemes.national(dt.date(year, 12, 31)))
    for service, item in content["items"].items():
        item["price_fen"] = PRICES[service]
    content |= {"method": "price_list", "split": "by_item", "ratio": content["ratio"] | {"mode": "full"}}
    finance, officer = officers
    made = scheme_keeping.draft(
        by=finance,
        at=at,
        county_key=county,
        year=year,
        title=f"{year}年定额",
        document="巫卫〔2025〕9号",
        content=content,
    )
    scheme_keeping.approve(by=officer, at=at, scheme_id=made.id)
    return running.compute(
        by=SYSTEM, at=at, county_key=county, year=year, snapshot=taken, title=f"{year}年结算"
    )


def services(made: SettlementRun) -> dict[tuple[str, str, str, str], tuple[Any, ...]]:
    """(person, form's day, service, doctor) → (institution, reason, weight), from the rows the settlement keeps."""
    import duckdb

    names, staff, places = bringing.names(), bringing.staff_numbers(), bringing.codes()
    found: dict[tuple[str, str, str, str], list[tuple[Any, ...]]] = {}
    for path in settlement_files.opened(made.id, made.files):
        rows = duckdb.sql(
            "select subject_id::varchar, done_on, service, practitioner_id::varchar, organization_id::varchar, reason, weight "
            f"from '{path}'"
        ).fetchall()
        for subject, on, service, doctor, place, reason, weight in rows:
            key = (names[UUID(subject)], str(on), service, staff[UUID(doctor)])
            found.setdefault(key, []).append((places[UUID(place)], reason, Decimal(weight).normalize()))
    return {key: tuple(sorted(each)) for key, each in found.items()}


def statement_lines(made: SettlementRun) -> dict[tuple[str, str, str, str], tuple[int, int]]:
    """(who receives it, whose service, whose work, service) → (records, fen)."""
    staff, places = bringing.staff_numbers(), bringing.codes()
    return {
        (
            places[each.organization_id], places[each.origin_id], staff[each.practitioner_id] if each.practitioner_id else "", each.service,
        ): (each.records, each.amount_fen)
        for each in RunLine.objects.filter(run=made)
    }  # fmt: skip


def due(made: SettlementRun) -> dict[str, tuple[int, int, int]]:
    """Institution → (base, due, withheld) in fen."""
    places = bringing.codes()
    return {
        places[each.organization_id]: (each.base_fen, each.due_fen, each.withheld_fen)
        for each in RunUnit.objects.filter(run=made)
    }


# ---- scores ----


def evaluated(
    at: dt.datetime, county: bringing.County, made: Run, tree: Mapping[str, Any], year: int, period: str
) -> Round:
    """Centres and clinics scored by one tree from a run: handed in, approved, opened, published, final when the objections are over."""
    evaluator, officer = county.actor("evaluator@WX0001"), county.actor("county_officer@WX0001")
    key = messy_people.COUNTY
    for level in LEVELS:
        scheme = scorecards.imported(
            by=evaluator,
            at=at,
            county_key=key,
            year=year,
            level=level,
            tree=trees.read(tree),
            origin="县级方案",
        )
        scorecards.submit(by=evaluator, at=at, scheme_id=scheme.id)
        scorecards.approve(by=officer, at=at, scheme_id=scheme.id)
    found = rounds.open_round(
        by=evaluator,
        at=at,
        county_key=key,
        year=year,
        period=period,
        levels=LEVELS,
        cut_on=clock.day_of(made.cut_at),
    )
    rounds.choose_run(by=evaluator, at=at, round_id=found.id, run_id=made.id)
    rounds.advance(by=evaluator, at=at, round_id=found.id, to="review")
    rounds.publish(by=officer, at=at, round_id=found.id)
    return rounds.finish(by=officer, at=at + LATER, round_id=found.id)


def points(found: Round) -> dict[tuple[str, str], tuple[Fraction, str]]:
    """(institution, item) → (points, state); "" for the whole sheet."""
    places, said = bringing.codes(), {}
    for sheet in found.sheets.all():
        code = places[sheet.organization_id]
        said[code, ""] = Fraction(sheet.exact), "total"
        said |= {(code, item): (Fraction(0), "missing") for item in sheet.missing}
        said |= {(code, each.item): (Fraction(each.exact), each.state) for each in sheet.scores.all()}
    return said


# ---- the pool ----


def pool_scheme(year: int, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The national default of the year with the county's own changes."""
    return copy.deepcopy(schemes.national(dt.date(year, 12, 31))) | {"method": "equivalents"} | dict(changes)


def pooled(
    at: dt.datetime,
    taken: Snapshot,
    officers: tuple[Actor, Actor],
    year: int,
    content: Mapping[str, Any],
    pool_fen: int,
) -> SettlementRun:
    """The year settled once more: a pool by work equivalents and scores."""
    finance, officer = officers
    key = messy_people.COUNTY
    made = scheme_keeping.draft(
        by=finance, at=at, county_key=key, year=year, title=f"{year}年当量", document="巫卫〔2025〕12号",
        content=dict(content),
    )  # fmt: skip
    scheme_keeping.approve(by=officer, at=at, scheme_id=made.id)
    return running.compute(
        by=SYSTEM,
        at=at,
        county_key=key,
        year=year,
        snapshot=taken,
        title=f"{year}年当量结算",
        total_fen=pool_fen,
    )


def units(made: SettlementRun) -> dict[str, tuple[int, int, int, int]]:
    """Institution → (base, due, withheld, reward) in fen."""
    places = bringing.codes()
    return {
        places[each.organization_id]: (each.base_fen, each.due_fen, each.withheld_fen, each.reward_fen)
        for each in RunUnit.objects.filter(run=made)
    }


def staff(made: SettlementRun) -> dict[tuple[str, str], int]:
    """(institution, doctor) → fen; "" for what is nobody's in particular."""
    places, names = bringing.codes(), bringing.staff_numbers()
    return {
        (
            places[each.organization_id],
            names[each.practitioner_id] if each.practitioner_id else "",
        ): each.due_fen
        for each in RunStaff.objects.filter(run=made)
    }
