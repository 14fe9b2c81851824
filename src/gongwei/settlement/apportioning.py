"""From counted work, people, scores and a scheme to what each institution, service and practitioner gets. Pure: plain values in,
whole fen out; the same arithmetic settles a year and answers "what if".

Σ lines = Σ base = what is divided; Σ due + Σ withheld = Σ base; Σ staff = due of each institution (`check`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING
from uuid import UUID

from gongwei.settlement import allocation, ratios
from gongwei.settlement.apportioned import (
    TOWN,
    VILLAGE,
    Case,
    Judged,
    Line,
    Outcome,
    Result,
    Staff,
    Unbalanced,
    Unit,
    Work,
)

if TYPE_CHECKING:
    from gongwei.settlement.schemes import Scheme

__all__ = [
    "TOWN", "VILLAGE", "Case", "Judged", "Line", "Outcome", "Result", "Staff", "Unbalanced", "Unit", "Work", "apportion", "check",
]  # fmt: skip


def apportion(case: Case) -> Outcome:
    """Settle a case.

    Raises:
        ValueError: nothing to divide by (no residents, no work), with the reason.
        Unbalanced: parts that are not the whole, which would be a fault of this module.
    """
    judged = {unit: _judged(case, unit) for unit in case.units}
    factors = {unit: case.scheme.coefficient(found[0].points) for unit, found in judged.items()}
    drafts = _drafts(case, factors)
    priced = case.scheme.method == "price_list" or (
        case.scheme.method == "equivalents" and case.scheme.unit_fen is not None
    )
    if priced:
        lines = _priced(drafts)
        bases = _sums(lines, case)
    else:
        bases = _bases(case, drafts)
        lines = _shared(bases, drafts, case)
    results = _results(case, bases, lines, judged, factors)
    results, unrewarded = _rewarded(case.scheme, results)
    total = sum(bases.values()) if priced or case.total_fen is None else case.total_fen
    made = Outcome(
        total,
        tuple(lines),
        results,
        tuple(_staff(case, lines, results)),
        _village_check(case, bases),
        unrewarded,
    )
    check(made)
    return made


def _judged(case: Case, unit: UUID) -> tuple[Judged, UUID | None]:
    """Whose points an institution is judged by: its own, else its centre's where the scheme says so. A veto is nobody else's."""
    own = case.scores.get(unit, Judged(None))
    if own.points is not None or not case.scheme.inherit_score:
        return own, (own.of or unit) if own.points is not None else None
    town = case.units[unit].town
    centre = case.scores.get(town, Judged(None))
    return Judged(centre.points, own.veto), town if centre.points is not None else None


def _drafts(case: Case, factors: Mapping[UUID, Fraction]) -> list[Line]:
    """The lines without amounts. A village clinic's service is shared with its centre where the scheme shares by item."""
    by_item = case.scheme.split == "by_item"
    found = []
    for work in case.works:
        item, unit = case.scheme.items.get(work.service), case.units[work.unit]
        if item is None:
            continue
        price = _price(case.scheme, item.price_fen, item.weight)
        shared = by_item and unit.level == VILLAGE and unit.town != unit.id
        shares = ((unit.id, item.village), (unit.town, item.town)) if shared else ((unit.id, Fraction(1)),)
        for receiver, share in shares:
            own = receiver == unit.id
            weighed = work.quantity * item.weight * factors[unit.id] * share
            found.append(
                Line(
                    receiver,
                    unit.id,
                    work.practitioner if own else None,
                    work.service,
                    work.records,
                    work.quantity,
                    item.weight,
                    price,
                    factors[unit.id],
                    share,
                    weighed,
                )
            )
    return found


def _price(scheme: Scheme, price_fen: int | None, weight: Fraction) -> Fraction | None:
    if scheme.method == "price_list":
        return Fraction(price_fen or 0)
    return (
        weight * scheme.unit_fen if scheme.method == "equivalents" and scheme.unit_fen is not None else None
    )


def _priced(drafts: Sequence[Line]) -> list[Line]:
    """Amounts by price: the whole of a service rounded once, then shared between village and town."""
    found: list[Line] = []
    groups: dict[tuple[UUID, UUID | None, str], list[Line]] = defaultdict(list)
    doer: dict[tuple[UUID, str], UUID | None] = {}
    for line in drafts:
        if line.unit == line.origin:
            doer[line.origin, line.service] = line.practitioner
        # The centre's part follows the clinic's at once, so it belongs to the practitioner named just before.
        whose = line.practitioner if line.unit == line.origin else doer[line.origin, line.service]
        groups[line.origin, whose, line.service].append(line)
    for lines in groups.values():
        first = lines[0]
        whole = allocation.by_price(first.quantity, first.unit_fen or 0, first.coefficient)
        shares = [line.share for line in lines]
        amounts = allocation.split(whole, shares) if any(shares) else [0] * len(lines)
        found += [replace(line, amount_fen=amount) for line, amount in zip(lines, amounts, strict=True)]
    return found


def _sums(lines: Sequence[Line], case: Case) -> dict[UUID, int]:
    bases = dict.fromkeys(case.units, 0)
    for line in lines:
        bases[line.unit] += line.amount_fen
    return bases


def _bases(case: Case, drafts: Sequence[Line]) -> dict[UUID, int]:
    """What each institution gets of the whole before its score: by residents, by work, or both."""
    if case.bases is not None and case.scheme.method == "population":
        return {unit: case.bases.get(unit, 0) for unit in case.units}
    if case.total_fen is None:
        raise ValueError("请先确定要分配的总额（批准的预算或分配方案）")
    weighed: dict[UUID, Fraction] = dict.fromkeys(case.units, Fraction(0))
    for line in drafts:
        weighed[line.unit] += line.equivalents
    alpha = {"population": Fraction(1), "equivalents": Fraction(0)}.get(case.scheme.method, case.scheme.alpha)
    first, second = allocation.split(case.total_fen, [alpha, 1 - alpha])
    found = dict.fromkeys(case.units, 0)
    for part in (
        _by_people(case, first) if first else {},
        _by_work(case, second, weighed) if second else {},
    ):
        for unit, amount in part.items():
            found[unit] += amount
    return found


def _by_people(case: Case, total_fen: int) -> dict[UUID, int]:
    """By residents: to the townships, in each to centre and clinics, to the clinics by theirs."""
    towns: dict[UUID, list[Unit]] = defaultdict(list)
    for unit in case.units.values():
        towns[unit.town].append(unit)
    people = {town: sum(unit.persons for unit in units) for town, units in towns.items()}
    if not any(people.values()):
        raise ValueError("没有服务人口，不能按人口分配")
    found: dict[UUID, int] = {}
    for town, amount in zip(towns, allocation.split(total_fen, list(people.values())), strict=True):
        clinics = [unit for unit in towns[town] if unit.level == VILLAGE]
        centres = [unit for unit in towns[town] if unit.level == TOWN]
        if not centres:
            of_town, of_village = 0, amount
        else:
            of_town, of_village = allocation.town_and_village(
                amount, case.scheme.village_share, bool(clinics)
            )
        for units, part in ((centres, of_town), (clinics, of_village)):
            if units and part:
                weights = [unit.persons for unit in units]
                parts = allocation.split(part, weights if any(weights) else [1] * len(units))
                found |= {unit.id: each for unit, each in zip(units, parts, strict=True)}
    return found


def _by_work(case: Case, total_fen: int, weighed: Mapping[UUID, Fraction]) -> dict[UUID, int]:
    """By work equivalents: the village level and the centres each from their part, or all from one pool."""
    if case.scheme.split == "by_item":
        groups = [(list(case.units), total_fen)]
    else:
        levels = {
            level: [unit.id for unit in case.units.values() if unit.level == level and weighed[unit.id]]
            for level in (TOWN, VILLAGE)
        }
        of_town, of_village = allocation.town_and_village(
            total_fen, case.scheme.village_share, bool(levels[VILLAGE])
        )
        if not levels[TOWN]:
            of_town, of_village = 0, total_fen
        groups = [(levels[TOWN], of_town), (levels[VILLAGE], of_village)]
    found: dict[UUID, int] = {}
    for units, part in groups:
        weights = [weighed[unit] for unit in units]
        if part and not any(weights):
            raise ValueError("没有合格的工作当量，不能按工作当量分配")
        if part:
            found |= dict(zip(units, allocation.split(part, weights), strict=True))
    return found


def _shared(bases: Mapping[UUID, int], drafts: Sequence[Line], case: Case) -> list[Line]:
    """The base of each institution over its lines by what they weigh; one line by residents where there is no work."""
    groups: dict[UUID, list[Line]] = defaultdict(list)
    for line in drafts:
        groups[line.unit].append(line)
    found: list[Line] = []
    for unit, base in bases.items():
        lines = groups.get(unit, [])
        weights = [line.equivalents for line in lines]
        if any(weights):
            amounts = allocation.split(base, weights)
            found += [replace(line, amount_fen=amount) for line, amount in zip(lines, amounts, strict=True)]
            continue
        found += lines
        if base:
            nought = Fraction(0)
            persons = case.units[unit].persons
            found.append(
                Line(unit, unit, None, "", persons, Fraction(persons), nought, None, Fraction(1), Fraction(1), nought, base)
            )  # fmt: skip
    return found


def _results(
    case: Case,
    bases: Mapping[UUID, int],
    lines: Sequence[Line],
    judged: Mapping[UUID, tuple[Judged, UUID | None]],
    factors: Mapping[UUID, Fraction],
) -> dict[UUID, Result]:
    weighed: dict[UUID, Fraction] = defaultdict(Fraction)
    for line in lines:
        weighed[line.unit] += line.equivalents
    found = {}
    for unit in case.units.values():
        found_of, points_of = judged[unit.id]
        if found_of.veto:
            ratio = Fraction(0)
        elif found_of.points is None:
            ratio = Fraction(1)  # nobody judged it yet: such a run is shown and never submitted
        else:
            ratio = ratios.ratio(found_of.points, case.scheme.rule)
        paid = ratios.payment(bases[unit.id], ratio, case.prepaid.get(unit.id, 0))
        owed = paid.withheld_fen if case.scheme.topup and not found_of.veto else 0
        found[unit.id] = Result(
            unit, found_of.points, points_of, found_of.veto, factors[unit.id], ratio, weighed[unit.id], paid,
            topup_fen=owed,
        )  # fmt: skip
    return found


def _rewarded(scheme: Scheme, results: dict[UUID, Result]) -> tuple[dict[UUID, Result], int]:
    """The withheld money as reward of those with the best scores, by what is due to them; nobody: it stays in the pool."""
    if scheme.withheld_to != ratios.REWARD_POOL:
        return results, 0
    pool = sum(each.payment.withheld_fen for each in results.values())
    weights = {
        unit: each.payment.due_fen
        for unit, each in results.items()
        if each.points is not None and each.points >= scheme.reward_at and not each.veto
    }
    parts = ratios.reward(pool, weights) if pool else {}
    return {unit: replace(each, reward_fen=parts.get(unit, 0)) for unit, each in results.items()}, pool - sum(
        parts.values()
    )


def _staff(case: Case, lines: Sequence[Line], results: Mapping[UUID, Result]) -> list[Staff]:
    """An institution's due among its practitioners: by the money of their lines, times Q_staff where the scheme has one. Where
    all of them score nothing, by the money alone: what is due is theirs."""
    money: dict[UUID, dict[UUID | None, int]] = defaultdict(lambda: defaultdict(int))
    weighed: dict[tuple[UUID, UUID | None], Fraction] = defaultdict(Fraction)
    for line in lines:
        money[line.unit][line.practitioner] += line.amount_fen
        weighed[line.unit, line.practitioner] += line.equivalents
    found = []
    for unit, each in results.items():
        shares = money.get(unit, {})
        if not any(shares.values()):
            continue
        qualities = [case.scheme.staff_quality(case.staff_scores.get((unit, person))) for person in shares]
        weights = [base * quality for base, quality in zip(shares.values(), qualities, strict=True)]
        if not any(weights):
            weights = [Fraction(base) for base in shares.values()]
        parts = allocation.split(each.payment.due_fen, weights)
        for (person, base), due, quality in zip(shares.items(), parts, qualities, strict=True):
            found.append(Staff(unit, person, weighed[unit, person], base, due, quality))
    return found


def _village_check(case: Case, bases: Mapping[UUID, int]) -> allocation.VillageCheck:
    """Whether villages get their share of what is divided in townships that have clinics, township by township."""
    with_clinics = {unit.town for unit in case.units.values() if unit.level == VILLAGE}
    wholes: dict[UUID, int] = defaultdict(int)
    villages = 0
    for unit in case.units.values():
        if unit.town in with_clinics:
            wholes[unit.town] += bases[unit.id]
            villages += bases[unit.id] if unit.level == VILLAGE else 0
    needed = sum(
        allocation.village_check(0, whole, case.scheme.village_share).missing_fen for whole in wholes.values()
    )
    return allocation.VillageCheck(
        villages, sum(wholes.values()), case.scheme.village_share, max(0, needed - villages)
    )


def check(made: Outcome) -> None:
    """That the parts are the whole at every level.

    Raises:
        Unbalanced: names the first sum that is not.
    """
    by_unit: dict[UUID, int] = defaultdict(int)
    by_staff: dict[UUID, int] = defaultdict(int)
    for line in made.lines:
        by_unit[line.unit] += line.amount_fen
    for person in made.staff:
        by_staff[person.unit] += person.due_fen
    for unit, each in made.results.items():
        paid = each.payment
        _same(f"lines of {unit}", by_unit[unit], paid.base_fen)
        _same(f"due and withheld of {unit}", paid.due_fen + paid.withheld_fen, paid.base_fen)
        if unit in by_staff:
            _same(f"staff of {unit}", by_staff[unit], paid.due_fen)
    _same("bases", made.summed("base_fen"), made.total_fen)
    _same("due and withheld", made.summed("due_fen") + made.summed("withheld_fen"), made.total_fen)
    _same("lines", sum(by_unit.values()), made.total_fen)


def _same(what: str, found: int, wanted: int) -> None:
    if found != wanted:
        raise Unbalanced(f"{what}: {found} fen and not {wanted}")
