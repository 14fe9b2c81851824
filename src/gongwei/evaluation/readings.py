"""What frozen measure reports say of the items of score sheets, and with which target: readings, with where each comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from gongwei import catalogue
from gongwei.evaluation import national, schemes, trees
from gongwei.evaluation.models import Round, Sheet
from gongwei.evaluation.scoring import Reading
from gongwei.evaluation.trees import Item, Tree
from gongwei.language.measures import RATE
from gongwei.measures import figures, periods, targets
from gongwei.measures.figures import Place
from gongwei.measures.models import MeasureReport, Run
from gongwei.measures.periods import Period
from gongwei.measures.targets import Asked

Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A reading, and what the sheet shows of it."""

    reading: Reading
    said: Said


def period_of(item: Item, round_: Round) -> Period:
    """The period an item takes its measure over in a round."""
    own = periods.parse(round_.period)
    if item.period in ("", schemes.OF_ROUND):
        return own
    if item.period == schemes.TO_DATE:
        # A year to date that is the whole year is the year.
        return (
            periods.whole_year(own.year)
            if (own.last.month, own.last.day) == (12, 31)
            else periods.to_date(own.last)
        )
    return periods.parse(item.period)


def periods_needed(tree: Tree, round_: Round) -> set[str]:
    """The periods the measures of a tree are taken over in a round."""
    return {period_of(each, round_).code for each in tree.items() if each.is_system}


def place_of(sheet: Sheet) -> Place:
    """Where the figures of a sheet stand in a run."""
    if sheet.practitioner_id is not None:
        return Place(
            figures.DOCTOR, str(sheet.practitioner_id), sheet.name, figures.DOCTOR, str(sheet.organization_id)
        )
    return Place(figures.ORGANIZATION, str(sheet.organization_id), sheet.name, figures.ORGANIZATION)


def of_sheets(round_: Round, tree: Tree, sheets: Sequence[Sheet]) -> dict[tuple[UUID, str], Found]:
    """The readings of all system items of sheets of one level, by sheet and item; three statements and the targets.

    A measure (or period) the run does not hold is a reading without a value: missing. One nobody is counted in does not apply,
    whether its report says so or, as a run keeps it, there is none.
    """
    items = [each for each in tree.items() if each.is_system]
    places = {sheet.id: place_of(sheet) for sheet in sheets}
    asked = targets.for_places(list(places.values()), round_.year)
    keys = {each.key for each in places.values()} | {str(each.seat_key) for each in sheets}
    rows = _reports(round_, items, keys)
    held = _held(round_)
    found: dict[tuple[UUID, str], Found] = {}
    for item in items:
        period = period_of(item, round_)
        for sheet in sheets:
            place = places[sheet.id]
            row = rows.get((place.key, item.measure, period.code))
            if row is not None and row.rate is None and row.denominator and sheet.practitioner_id is None:
                # A rate of published numbers stands at the area alone: that of the institution's seat.
                area = rows.get((str(sheet.seat_key), item.measure, period.code))
                row = area if area is not None and area.rate is not None else row
            goals = asked.get(place.key, {})
            nobody = row is None and (item.measure, period.code) in held
            found[sheet.id, item.code] = _found(item, period, place, row, goals, nobody=nobody)
        if item.method == trees.RANK:
            _rank(item, [sheet.id for sheet in sheets], found)
    return found


def _held(round_: Round) -> set[tuple[str, str]]:
    """The measures and periods the run of a round holds."""
    run = Run.objects.filter(id=round_.run_id).first()
    return set() if run is None else {(code, period) for code in run.definitions for period in run.periods}


def _reports(
    round_: Round, items: Sequence[Item], keys: Iterable[str]
) -> dict[tuple[str, str, str], MeasureReport]:
    rows = MeasureReport.objects.filter(
        run_id=round_.run_id,
        measure__in={each.measure for each in items},
        period__in={period_of(each, round_).code for each in items},
        place__key__in=list(keys),
    ).select_related("place")
    return {(each.place.key, each.measure, each.period): each for each in rows}


def _found(
    item: Item,
    period: Period,
    place: Place,
    row: MeasureReport | None,
    goals: Mapping[str, Asked],
    *,
    nobody: bool = False,
) -> Found:
    said: Said = {"measure": item.measure, "period": period.code, "kind": place.kind, "place": place.key}
    target, op, source = _target(item, period, goals)
    if target is not None:
        said |= {"target": _text(target), "op": op, "target_source": source}
    if row is None:
        return Found(Reading(target=target, op=op, applicable=not nobody), said)
    base = row.denominator if row.published is None else row.published
    said |= {
        "kind": row.place.kind,
        "place": row.place.key,
        "report": row.pk,
        "run": str(row.run_id),
        "numerator": row.numerator,
        "denominator": row.denominator,
        "excluded": row.excluded,
        "base": base,
        "rate": None if row.rate is None else f"{row.rate:f}",
        "definition": row.version_id,
    }
    if row.rate is None or not base:
        # Nobody to count does not apply; somebody to count without the published number to divide by is missing.
        return Found(Reading(target=target, op=op, applicable=row.denominator > 0), said)
    per = catalogue.measure(item.measure).per
    return Found(Reading(value=Fraction(row.numerator * per, base), target=target, op=op), said)


def _target(item: Item, period: Period, goals: Mapping[str, Asked]) -> tuple[Fraction | None, str, str]:
    """The scheme's own target, else what is asked of the institution in the year. What adds up over the year is asked for in
    proportion to the months of the period, unless the item says otherwise (`progress`)."""
    if "target" in item.settings:
        value, op = Fraction(trees.number(item.settings["target"], "目标")), item.settings.get("op", ">=")
        source = "方案"
    else:
        asked = next(
            (each for each in goals.values() if each.of == RATE and each.measure.code == item.measure), None
        )
        if asked is None:
            return None, "", ""
        value, op, source = Fraction(asked.goal.value), asked.goal.op, asked.goal.document
    if item.settings.get("progress", catalogue.measure(item.measure).cumulative):
        value = value * (period.last.month - period.first.month + 1) / 12
    return value, op, source


def _rank(item: Item, sheet_ids: Sequence[UUID], found: dict[tuple[UUID, str], Found]) -> None:
    """Places among the sheets, the highest value first; equal values share the better place."""
    values = {key: found[key, item.code].reading.value for key in sheet_ids}
    for key, value in values.items():
        if value is None:
            continue
        better = sum(other is not None and other > value for other in values.values())
        one = found[key, item.code]
        reading = Reading(value=value, place=better + 1)
        found[key, item.code] = Found(reading, one.said | {"rank": better + 1, "of": len(sheet_ids)})


def _text(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else str(value)


def levels_of(round_: Round) -> list[tuple[str, str]]:
    """The levels a round evaluates, with their titles."""
    return [(each, national.LEVELS[each]) for each in round_.levels]
