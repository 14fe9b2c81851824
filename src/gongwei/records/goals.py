"""The lines a curve is read against: dated parameters of the norms, by age and sex.

The codes are those of the parameters; a county without the programme that owns one sees no line.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from gongwei import catalogue
from gongwei.records import definitions
from gongwei.residents.models import Resident


@dataclass(frozen=True)
class Goal:
    """A limit of one line. `from_age`: (parameter of the age, parameter of the limit from it on). `by_sex`: 1 male, 2 female.

    above: what is over the limit is out of it (else what is under). title: what the legend says. fixed: a limit no parameter holds (KDIGO: eGFR under 60).
    """

    series: str
    line: str
    parameter: str
    title: str
    above: bool = True
    from_age: tuple[str, str] | None = None
    by_sex: tuple[tuple[str, str], ...] = ()
    fixed: Decimal | None = None


GOALS = (
    Goal(
        "pressure",
        "systolic",
        "htn.goal_sbp",
        "收缩压目标",
        from_age=("htn.goal_age", "htn.goal_sbp_65"),
    ),
    Goal(
        "pressure",
        "diastolic",
        "htn.goal_dbp",
        "舒张压目标",
        from_age=("htn.goal_age", "htn.goal_dbp_65"),
    ),
    Goal("glucose", "fasting", "dm.goal_fpg", "空腹血糖目标"),
    Goal("bmi", "bmi", "exam.overweight_bmi", "超重界限"),
    Goal(
        "waist",
        "waist",
        "exam.waist_male",
        "腹型肥胖界限",
        by_sex=(("1", "exam.waist_male"), ("2", "exam.waist_female")),
    ),
    Goal("egfr", "egfr", "", "肾功能下降界限", above=False, fixed=Decimal(60)),
    Goal("lipids", "total_cholesterol", "exam.total_cholesterol", "总胆固醇界限"),
    Goal("lipids", "triglycerides", "exam.triglycerides", "甘油三酯界限"),
    Goal("lipids", "ldl_c", "exam.ldl_c", "低密度脂蛋白界限"),
    Goal("lipids", "hdl_c", "exam.hdl_c", "高密度脂蛋白界限", above=False),
)


def limit(goal: Goal, resident: Resident, day: dt.date) -> Decimal | None:
    """The limit on a day for this resident; None where no parameter is in force."""
    if goal.fixed is not None:
        return goal.fixed
    code = dict(goal.by_sex).get(resident.sex, goal.parameter) if goal.by_sex else goal.parameter
    try:
        if goal.from_age:
            age_code, older = goal.from_age
            turning = definitions.parameter(age_code, day)
            if turning is not None and _years(resident.birth_date, day) >= turning:
                code = older
        value = definitions.parameter(code, day)
    except KeyError:
        return None
    return None if value is None else Decimal(str(value))


def steps(goal: Goal, resident: Resident, first: dt.date, last: dt.date) -> list[tuple[dt.date, Decimal]]:
    """The limit from the first to the last day: each day on which it changes, and both ends."""
    days = {first, last}
    parameters = catalogue.current().parameters
    codes = [goal.parameter] if goal.parameter else []
    codes += [*(code for _, code in goal.by_sex), *(goal.from_age or ())]
    for code in codes:
        try:
            days.update(since for since, _ in parameters.steps(code) if first < since < last)
        except KeyError:
            return []
    if goal.from_age:
        turning = definitions.parameter(goal.from_age[0], last)
        if turning is not None:
            birthday = _birthday(resident.birth_date, int(turning))
            if first < birthday < last:
                days.add(birthday)
    found = [(day, limit(goal, resident, day)) for day in sorted(days)]
    kept = [(day, value) for day, value in found if value is not None]
    return [
        each
        for place, each in enumerate(kept)
        if place in (0, len(kept) - 1) or each[1] != kept[place - 1][1]
    ]


def of_series(series: str) -> Iterable[Goal]:
    """The goals drawn on a chart."""
    return (goal for goal in GOALS if goal.series == series)


def _years(born: dt.date, on: dt.date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _birthday(born: dt.date, years: int) -> dt.date:
    """The day somebody completes so many years; born on 29 February: 1 March in other years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return dt.date(born.year + years, 3, 1)
