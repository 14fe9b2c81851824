"""Everything a settlement rests on, gathered and frozen: scheme, definitions, parameters, scores, findings, other funds, what was
prepaid, the money to be divided, institutions and residents. Two settlements of equal inputs are one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from gongwei import catalogue
from gongwei.base import clock, digests
from gongwei.base.problems import Refused
from gongwei.evaluation import annual
from gongwei.language.expressions import as_node
from gongwei.places import division_codes
from gongwei.quality.models import Finding
from gongwei.settlement import (
    appealing,
    county_codes,
    fund_parameters,
    ledger_balances,
    reasons,
    scheme_queries,
    schemes,
    successions,
)
from gongwei.settlement.apportioning import TOWN, VILLAGE, Judged, Unit
from gongwei.settlement.budget_models import Allocation, AllocationLine, Budget
from gongwei.settlement.fund_approval import State
from gongwei.settlement.payer_models import OtherFund
from gongwei.settlement.run_models import SettlementScheme

#: Of this arithmetic: raised whenever the same inputs would give other fen.
RULES = 1
#: Kinds of organizations services are paid at; others appear only when they did some.
KINDS = ("township_centre", "community_centre", "community_station", "village_clinic")
CENTRES = ("township_centre", "community_centre")


@dataclass(frozen=True)
class Place:
    """An institution as it was called at the cut of the snapshot."""

    unit: Unit
    name: str
    seat_key: int


@dataclass(frozen=True)
class Gathered:
    """The inputs of a run: values as the arithmetic wants them, and `frozen`, plain, as the run keeps them."""

    scheme: schemes.Scheme
    scheme_id: UUID | None
    scores: Mapping[UUID, Judged]
    held: Mapping[str, str]
    granted: Mapping[tuple[str, str], str]
    prepaid: Mapping[UUID, int]
    total_fen: int | None
    bases: Mapping[UUID, int] | None
    staff_scores: Mapping[tuple[UUID, UUID | None], Fraction]
    frozen: dict[str, Any]


def gather(
    *,
    county_key: int,
    year: int,
    pot: str,
    first: dt.date,
    last: dt.date,
    at: dt.datetime,
    snapshot: Any,
    scheme_id: UUID | None = None,
    total_fen: int | None = None,
    services: tuple[Any, ...] | None = None,
) -> Gathered:
    """The inputs of a settlement as they stand.

    total_fen: the money to be divided where no approved allocation or budget says it.

    Raises:
        Refused: a scheme that is not approved, or no money to divide by the scheme's method.
    """
    content, chosen = _scheme(county_key, year, pot, last, scheme_id)
    scheme = schemes.read(content)
    items = services or catalogue.services()
    scores = annual.annual_scores(year, county_key, on=clock.day_of(at))
    judged = {key: Judged(each.exact, each.veto is not None) for key, each in scores.items()}
    taken_over = successions.heirs(county_key)
    judged |= inherited(judged, taken_over)
    held = _held(county_key, first.replace(month=1, day=1), last, scheme)
    granted = appealing.granted(county_key, year)
    total, bases, source = _money(county_key, year, pot, scheme, total_fen)
    prepaid = ledger_balances.paid(county_key, year, pot=pot)
    frozen = {
        "rules": RULES,
        "county": county_key,
        "year": year,
        "pot": pot,
        "period": [first, last],
        "snapshot": [str(snapshot.id), snapshot.digest],
        "scheme": {
            "id": None if chosen is None else str(chosen),
            "digest": scheme.digest,
            "content": scheme.content,
        },
        "services": {item.code: catalogue.digest(item) for item in items},
        "parameters": parameters_digest(items),
        "scores": {
            str(key): {
                "exact": str(each.exact),
                "state": each.state,
                "digest": each.digest,
                "veto": None if each.veto is None else str(each.veto.id),
                "problem": each.problem,
            }
            for key, each in sorted(scores.items(), key=lambda pair: str(pair[0]))
        },
        "held": {"records": len(held), "digest": hashlib.sha256(digests.canonical(held)).hexdigest()},
        "prepaid": {
            str(key): amount for key, amount in sorted(prepaid.items(), key=lambda pair: str(pair[0]))
        },
        "money": source | {"total_fen": total},
        "bases": None
        if bases is None
        else {str(key): fen for key, fen in sorted(bases.items(), key=lambda p: str(p[0]))},
    }
    # Left out where there are none: settlements from before these could be said are still known by their digest.
    if own := fund_parameters.frozen(last, county_key):
        frozen["fund_parameters"] = own
    if taken_over:
        frozen["successions"] = [[str(former), str(heir)] for former, heir in sorted(taken_over.items())]
    staff: dict[tuple[UUID, UUID | None], Fraction] = {}
    if scheme.staff != schemes.NONE:
        doctors = annual.doctor_scores(year, county_key, on=clock.day_of(at))
        staff = {key: each.exact for key, each in doctors.items()}
        frozen["staff_scores"] = [
            [*map(str, key), str(exact)] for key, exact in sorted(staff.items(), key=str)
        ]
    if granted:
        frozen["granted"] = [[*key, appeal] for key, appeal in sorted(granted.items())]
    plain = _plain(frozen)
    return Gathered(scheme, chosen, judged, held, granted, prepaid, total, bases, staff, plain)


def digest(frozen: Mapping[str, Any]) -> str:
    """The digest of frozen inputs."""
    return hashlib.sha256(digests.canonical(dict(frozen))).hexdigest()


def _plain(value: Any) -> Any:
    return json.loads(digests.canonical(value))


def parameters_digest(items: tuple[Any, ...]) -> str:
    """The digest of the values over time of every parameter the services read, windows included."""
    from gongwei.engines import columnar  # ibis: pages import this module to know a run

    found: dict[str, Any] = {}
    nodes = []
    for item in items:
        nodes += [as_node(part.holds) for part in item.parts]
        nodes += [as_node(each) for each in (item.about, item.reopens_if) if each is not None]
        if item.contact is not None:
            for interval in (item.contact.every, item.contact.early):
                if interval is not None and not isinstance(interval.amount, int):
                    nodes.append(interval.amount)
    for code, steps in columnar.parameter_steps(catalogue.parameters(), nodes).items():
        found[code] = [[since, str(value) if isinstance(value, Decimal) else value] for since, value in steps]
    return hashlib.sha256(digests.canonical(found)).hexdigest()


def _scheme(
    county_key: int, year: int, pot: str, last: dt.date, scheme_id: UUID | None
) -> tuple[dict[str, Any], UUID | None]:
    rows = SettlementScheme.objects.filter(
        area_key__in=county_codes.all_of(county_key), year=year, pot=pot, state=State.APPROVED
    )
    if scheme_id is not None:
        rows = rows.filter(id=scheme_id)
    found = rows.order_by("-approved_at").first()
    if found is None and scheme_id is not None:
        raise Refused("这个结算方案没有批准，不能用于结算。", code="scheme_not_approved")
    return (scheme_queries.usual(county_key, last), None) if found is None else (found.content, found.id)


def _held(county_key: int, first: dt.date, last: dt.date, scheme: schemes.Scheme) -> dict[str, str]:
    """Records people found wanting (by the scheme's severities) or other funds paid for."""
    inside = {"area_key__gte": county_key, "area_key__lte": division_codes.last(county_key)}
    rows = Finding.objects.filter(
        **inside,
        response_id__isnull=False,
        state__in=("open", "confirmed"),
        done_on__gte=first,
        done_on__lte=last,
    )
    found: dict[str, str] = {}
    for record, state, severity in rows.values_list("response_id", "state", "severity").iterator():
        if state == "confirmed" and severity in scheme.confirmed:
            found[str(record)] = reasons.FINDING_CONFIRMED
        elif state == "open" and severity in scheme.held_open:
            found.setdefault(str(record), reasons.FINDING_OPEN)
    others = OtherFund.objects.filter(**inside, withdrawn_at=None).values_list("response_id", flat=True)
    for record in others:
        found.setdefault(str(record), reasons.OTHER_FUND)
    return found


def _money(
    county_key: int, year: int, pot: str, scheme: schemes.Scheme, total_fen: int | None
) -> tuple[int | None, dict[UUID, int] | None, dict[str, Any]]:
    """What is divided: the approved allocation of the year (its bases too), else the approved budget, else what was said."""
    if scheme.method == schemes.PRICE_LIST or scheme.unit_fen is not None:
        return None, None, {"by": "prices"}
    if total_fen is not None:
        return total_fen, None, {"by": "given"}
    place = {
        "area_key__in": county_codes.all_of(county_key),
        "year": year,
        "pot": pot,
        "state": State.APPROVED,
    }
    # One of each; counties that were joined in the year have theirs side by side until a new one is approved for both.
    if given := list(Allocation.objects.filter(**place).order_by("approved_at", "id")):
        lines = AllocationLine.objects.filter(allocation__in=given)
        own = dict(lines.values_list("organization_id", "amount_fen"))
        bases = own if scheme.method == schemes.POPULATION else None
        return sum(each.total_fen for each in given), bases, _named("allocation", given)
    if budgets := list(Budget.objects.filter(**place).order_by("approved_at", "id")):
        return sum(each.total_fen for each in budgets), None, _named("budget", budgets)
    raise Refused("还没有批准的预算或分配方案，请先填写要分配的总额。", field="total_fen", code="no_money")


def _named(what: str, rows: Sequence[Allocation] | Sequence[Budget]) -> dict[str, Any]:
    """Which approved papers the money comes from, as a run keeps it."""
    said = {"by": what, "id": str(rows[0].id), "version": rows[0].version}
    return said if len(rows) == 1 else said | {"and": [str(each.id) for each in rows[1:]]}


def inherited(judged: Mapping[UUID, Judged], heirs: Mapping[UUID, UUID]) -> dict[UUID, Judged]:
    """An institution nobody judged any more, because another took it over, is judged as its heir is. A veto is never inherited."""
    found = {}
    for former, heir in heirs.items():
        own = judged.get(former, Judged(None))
        if own.points is None and heir in judged:
            found[former] = Judged(judged[heir].points, own.veto, heir)
    return found


def places(database: Any, county_key: int, also: set[UUID]) -> dict[UUID, Place]:
    """The institutions of a county with their residents, as the snapshot has them; and those that did services besides."""
    low, high = county_key, division_codes.last(county_key)
    people = {
        UUID(str(key)): number
        for key, number in database.sql(
            "select organization_id, count(*) from whole.subjects where status = 'active' and organization_id is not null "
            f"and area_key between {low} and {high} group by 1"
        ).fetchall()
    }
    rows = {
        UUID(str(key)): (name, kind, None if parent is None else UUID(str(parent)), area)
        for key, name, kind, parent, area in database.sql(
            "select organization_id, name, kind, parent_id, area_key from whole.organizations"
        ).fetchall()
    }
    found: dict[UUID, Place] = {}
    for key, (name, kind, parent, area) in sorted(rows.items(), key=lambda pair: str(pair[0])):
        inside = area is not None and low <= area <= high and kind in KINDS
        if not inside and key not in also and key not in people:
            continue
        centre = parent if parent in rows and rows[parent][1] in CENTRES else None
        level = VILLAGE if kind == "village_clinic" else TOWN
        town = key if centre is None else centre
        found[key] = Place(Unit(key, level, town, people.get(key, 0)), str(name)[:100], area or 0)
    for place in list(found.values()):
        if place.unit.town not in found:
            name, _, _, area = rows[place.unit.town]
            found[place.unit.town] = Place(
                Unit(place.unit.town, TOWN, place.unit.town, people.get(place.unit.town, 0)),
                str(name)[:100],
                area or 0,
            )
    return found


def quantity(records: int, late: bool, remote: bool, scheme: schemes.Scheme) -> Fraction:
    """What so many records weigh by the scheme's modifiers."""
    factor = Fraction(records)
    if late:
        factor *= scheme.modifiers.late_factor
    return factor * scheme.modifiers.remote_factor if remote else factor
