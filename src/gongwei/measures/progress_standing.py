"""How a figure stands against what is asked of it, by the day it was counted up to."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from gongwei import catalogue
from gongwei.language.measures import RATE
from gongwei.measures import parameters, progress
from gongwei.measures.figures import Figure
from gongwei.measures.periods import Period
from gongwei.measures.targets import Asked


def of(figure: Figure, asked: Asked | None, period: Period, *, today: dt.date) -> progress.Progress | None:
    """Where it stands; None without a target, or where a rate has nothing to divide by.

    A period that is not over yet counts up to today. Only what grows with the year (`Measure.cumulative`) is compared with a
    part of the target.
    """
    if asked is None:
        return None
    measure = catalogue.measure(figure.measure_code)
    if asked.of == RATE and measure.among is not None and figure.published is None:
        return None
    last = min(period.last, today)
    near = parameters.value("near_share", last)
    assert isinstance(near, Decimal)
    return progress.of(
        figure.numerator,
        figure.base,
        asked.goal.op,
        asked.goal.value,
        per=measure.per if asked.of == RATE else None,
        months=progress.months_passed(dt.date(last.year, 1, 1), last),
        cumulative=measure.cumulative and parameters.value("by_time_of_year", last) is True,
        near_share=near,
    )
