"""Measured values of a resident over the years, from every form that asks for them.

A field belongs to a line when it carries the line's standard code (or, where no standard has one, its agreed name), so
a new programme's form joins the curves without a word here. Two arms measured: the higher one counts
(physical_exam.md §3, vector 4).
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any
from uuid import UUID

from gongwei.language import fields, filtration, forms
from gongwei.records import columns, definitions
from gongwei.residents.models import Resident


@dataclass(frozen=True)
class Line:
    """One measured quantity: its LOINC codes, and names of fields that have no code."""

    code: str
    title: str
    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Series:
    """Quantities drawn on one chart, in one unit; `brief` is how a line of text names it."""

    code: str
    title: str
    unit: str
    lines: tuple[Line, ...]
    brief: str = ""


PRESSURE = Series(
    "pressure",
    "血压",
    "mmHg",
    (Line("systolic", "收缩压", ("8480-6",)), Line("diastolic", "舒张压", ("8462-4",))),
)
GLUCOSE = Series(
    "glucose",
    "血糖",
    "mmol/L",
    (
        Line("fasting", "空腹血糖", ("14771-0", "76629-5")),
        Line("postprandial", "餐后2小时血糖", ("14760-3", "1521-4"), ("postprandial_glucose",)),
        Line("random", "随机血糖", ("14749-6", "15074-8"), ("random_glucose",)),
    ),
)
HBA1C = Series("hba1c", "糖化血红蛋白", "%", (Line("hba1c", "糖化血红蛋白", ("4548-4",)),))
WEIGHT = Series("weight", "体重", "kg", (Line("weight", "体重", ("29463-7",)),))
BMI = Series("bmi", "体质指数", "kg/m²", (Line("bmi", "体质指数", ("39156-5",)),), brief="BMI")
WAIST = Series("waist", "腰围", "cm", (Line("waist", "腰围", ("8280-0",)),))
#: Worked out from creatinine, age and sex (`language.filtration`), by the equation of the county.
EGFR = Series(
    "egfr",
    "估算肾小球滤过率",
    "mL/min/1.73m²",
    (Line("egfr", "估算肾小球滤过率"),),
    brief="eGFR",
)
CREATININE, EQUATION = "14682-9", "exam.egfr_equation"
LIPIDS = Series(
    "lipids",
    "血脂",
    "mmol/L",
    (
        Line("total_cholesterol", "总胆固醇", ("14647-2",)),
        Line("triglycerides", "甘油三酯", ("14927-8",)),
        Line("ldl_c", "低密度脂蛋白", ("22748-8",)),
        Line("hdl_c", "高密度脂蛋白", ("14646-4",)),
    ),
)
SERIES = (PRESSURE, GLUCOSE, HBA1C, WEIGHT, BMI, WAIST, EGFR, LIPIDS)


@dataclass(frozen=True)
class Observation:
    """One value: on which day, from which filled form."""

    series: str
    line: str
    on: dt.date
    value: Decimal
    response_id: UUID
    form_code: str


@dataclass(frozen=True)
class Asked:
    """A form's field that gives values of a line; `day`: the form's own field for the day of the test, if it has one."""

    name: str
    series: str
    line: str
    day: str = ""


@cache
def asked_by(form: type[forms.Form]) -> tuple[Asked, ...]:
    """The fields of a form that belong to a line, in the form's order."""
    return tuple(_asked(form))


def _asked(form: type[forms.Form]) -> Iterator[Asked]:
    for name, field in form.fields.items():
        if not isinstance(field, fields.Quantity):
            continue
        code = field.code.code if field.code else ""
        day = f"{name}_date" if isinstance(form.fields.get(f"{name}_date"), fields.Date) else ""
        if code == CREATININE:
            yield Asked(name, EGFR.code, EGFR.lines[0].code, day)
        for series in SERIES:
            for line in series.lines:
                if (code and code in line.codes) or (not code and name in line.names):
                    yield Asked(name, series.code, line.code, day)


def forms_asking() -> list[str]:
    """Codes of the forms with a table that ask for any line."""
    return [code for code in columns.all_models() if asked_by(definitions.of(code).form)]


def read(resident: Resident, form_code: str, rows: Iterable[dict[str, Any]]) -> list[Observation]:
    """The values in rows of a typed table (`response_id`, `done_on` and the asked columns)."""
    found: list[Observation] = []
    asked = asked_by(definitions.of(form_code).form)
    for row in rows:
        best: dict[tuple[str, str], Observation] = {}
        for each in asked:
            value = row.get(each.name)
            if value is None:
                continue
            on = (row.get(each.day) if each.day else None) or row["done_on"]
            if each.series == EGFR.code:
                value = _filtration(resident, Decimal(value), on)
                if value is None:
                    continue
            one = Observation(each.series, each.line, on, Decimal(value), row["response_id"], form_code)
            before = best.get((each.series, each.line))
            if before is None or one.value > before.value:
                best[each.series, each.line] = one
        found += _same_arm(row, asked, best)
    return found


def _filtration(resident: Resident, creatinine: Decimal, on: dt.date) -> Decimal | None:
    """eGFR of a creatinine; None for children, and where the sex or the equation is not known."""
    if resident.sex not in ("1", "2"):
        return None
    try:
        equation = str(definitions.parameter(EQUATION, on))
    except KeyError:
        return None
    age = on.year - resident.birth_date.year
    age -= (on.month, on.day) < (resident.birth_date.month, resident.birth_date.day)
    return filtration.egfr(creatinine, age, resident.sex == "1", equation)


def _same_arm(
    row: dict[str, Any], asked: tuple[Asked, ...], best: dict[tuple[str, str], Observation]
) -> list[Observation]:
    """The diastolic value of the arm with the higher systolic one, where two arms were measured."""
    systolic = [each.name for each in asked if each.line == "systolic"]
    diastolic = [each.name for each in asked if each.line == "diastolic"]
    top, low = best.get((PRESSURE.code, "systolic")), best.get((PRESSURE.code, "diastolic"))
    if top and low and len(systolic) == len(diastolic) > 1:
        arm = next(place for place, name in enumerate(systolic) if row.get(name) == top.value)
        value = row.get(diastolic[arm])
        if value is not None:
            best[PRESSURE.code, "diastolic"] = Observation(
                low.series, low.line, low.on, Decimal(value), low.response_id, low.form_code
            )
    return list(best.values())


def of(resident: Resident, filled: Collection[str]) -> list[Observation]:
    """Every value of a resident in force, oldest first; `filled`: the forms there are. The caller has logged the look.

    The same value on two forms of one day is one measurement: the first form is its source.
    """
    found: list[Observation] = []
    for code in forms_asking():
        if code not in filled:
            continue
        asked = asked_by(definitions.of(code).form)
        names = dict.fromkeys(
            ["response_id", "done_on"]
            + [each.name for each in asked]
            + [each.day for each in asked if each.day]
        )
        rows = columns.model_for(code).objects.filter(resident_id=resident.pk, live=True).values(*names)
        found += read(resident, code, rows)
    found.sort(key=lambda each: (each.on, str(each.response_id), each.line))
    once: dict[tuple[str, str, dt.date, Decimal], Observation] = {}
    for each in found:
        once.setdefault((each.series, each.line, each.on, each.value), each)
    return list(once.values())


def shown(value: Decimal) -> str:
    """A value as people read it: no more decimals than it has, at most two."""
    rounded = value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{rounded:f}".rstrip("0").rstrip(".") if rounded % 1 else f"{rounded:.0f}"


@dataclass(frozen=True)
class Latest:
    """The last value of a series on one day, and the one before: `words` as people read it, `change` up, down or none."""

    series: Series
    on: dt.date
    words: str
    before: str
    before_on: dt.date | None
    change: str
    response_id: UUID


def latest(found: Iterable[Observation]) -> list[Latest]:
    """The last value of each series, with the direction since the one before (by its first line)."""
    by_line: dict[tuple[str, str], list[Observation]] = {}
    for each in sorted(found, key=lambda one: (one.on, str(one.response_id))):
        by_line.setdefault((each.series, each.line), []).append(each)
    result = []
    for series in SERIES:
        if series is PRESSURE:
            one = _latest_pressure(by_line)
            if one:
                result.append(one)
            continue
        for line in series.lines:
            values = by_line.get((series.code, line.code))
            if values:
                title = series if len(series.lines) == 1 else Series(series.code, line.title, series.unit, ())
                result.append(_latest(title, values, [shown(each.value) for each in values]))
    return result


def _latest_pressure(by_line: dict[tuple[str, str], list[Observation]]) -> Latest | None:
    lows = {each.response_id: each.value for each in by_line.get((PRESSURE.code, "diastolic"), [])}
    values = [each for each in by_line.get((PRESSURE.code, "systolic"), []) if each.response_id in lows]
    words = [f"{shown(each.value)}/{shown(lows[each.response_id])}" for each in values]
    return _latest(PRESSURE, values, words) if values else None


def _latest(series: Series, values: list[Observation], words: list[str]) -> Latest:
    last, before = values[-1], values[-2] if len(values) > 1 else None
    change = ""
    if before is not None and last.value != before.value:
        change = "up" if last.value > before.value else "down"
    return Latest(
        series,
        last.on,
        words[-1],
        words[-2] if before else "",
        before.on if before else None,
        change,
        last.response_id,
    )
