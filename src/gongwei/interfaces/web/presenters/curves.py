"""Curves over the years: the options of each chart, and the same figures as a table."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse

from gongwei.records import definitions, goals, medications, observations
from gongwei.records.observations import Observation, Series

COLOURS = ("#2f7fb8", "#d06a8c", "#0f766e", "#8a6d1f")
GOAL_COLOUR, DRUG_COLOUR, REFERRAL_COLOUR = "#c2410c", "#6b7280", "#b42318"
#: The chart starts and ends a little beside its first and last value.
MARGIN = dt.timedelta(days=20)


@dataclass(frozen=True)
class Mark:
    """Something that happened on a day, drawn across each chart: a change of drugs, a referral."""

    on: dt.date
    title: str
    words: str
    kind: str

    @property
    def short(self) -> str:
        """What stands above its line on a chart."""
        return "转" if self.kind == "referral" else "药"


def marks(found: Iterable[medications.DrugChange], referrals: Iterable[Any]) -> list[Mark]:
    """Changes of drugs and referrals, in order of the day."""
    result = [Mark(each.on, "换药", each.words, "drug") for each in found]
    for each in referrals:
        causes = "；".join(dict.fromkeys(cause["name"] for cause in each.causes))
        title = "紧急转诊" if each.urgent else "转诊"
        result.append(Mark(each.advised_on, title, f"{causes}（{each.get_state_display()}）", "referral"))
    return sorted(result, key=lambda mark: (mark.on, mark.kind))


def charts(resident: Any, found: Sequence[Observation], marked: Sequence[Mark]) -> list[dict[str, Any]]:
    """One chart and one table for each series that has values."""
    result = []
    for series in observations.SERIES:
        own = [each for each in found if each.series == series.code]
        if own:
            result.append(_chart(resident, series, own, marked))
    return result


def _chart(resident: Any, series: Series, own: list[Observation], marked: Sequence[Mark]) -> dict[str, Any]:
    first, last = min(each.on for each in own), max(each.on for each in own)
    lines = [line for line in series.lines if any(each.line == line.code for each in own)]
    drawn: list[dict[str, Any]] = []
    for place, line in enumerate(lines):
        points = [
            {
                "value": [each.on.isoformat(), float(each.value)],
                "url": reverse("response", args=[each.response_id]),
            }
            for each in own
            if each.line == line.code
        ]
        drawn.append(
            {
                "type": "line",
                "name": line.title,
                "data": points,
                "symbolSize": 7,
                "color": COLOURS[place % len(COLOURS)],
                "cursor": "pointer",
            }
        )
    if drawn:
        drawn[0]["markLine"] = _mark_lines(marked, first - MARGIN, last + MARGIN)
    for goal in goals.of_series(series.code):
        if not any(line.code == goal.line for line in lines):
            continue
        steps = goals.steps(goal, resident, first, last)
        if steps:
            drawn.append(_goal_line(goal, steps, last))
    return {
        "code": series.code,
        "title": series.title,
        "unit": series.unit,
        "options": {
            "legend": {"top": 0, "right": 8, "data": [line.title for line in lines]},
            "xAxis": {
                "type": "time",
                "min": (first - MARGIN).isoformat(),
                "max": (last + MARGIN).isoformat(),
                "minInterval": 86_400_000,
                "axisLabel": {"formatter": "{yyyy}-{MM}", "hideOverlap": True},
            },
            "yAxis": {"type": "value", "scale": True, "name": series.unit},
            "series": drawn,
        },
        "lines": lines,
        "rows": _rows(resident, series, own, lines),
        "goals": _goal_words(resident, series, lines, first, last),
    }


def _goal_line(goal: goals.Goal, steps: list[tuple[dt.date, Decimal]], last: dt.date) -> dict[str, Any]:
    """A dashed line with a step where the goal changes (at 65, or when the norm does)."""
    points = [[day.isoformat(), float(value)] for day, value in steps]
    points[0][0] = (steps[0][0] - MARGIN).isoformat()
    points.append([(last + MARGIN).isoformat(), float(steps[-1][1])])
    return {
        "type": "line",
        "name": goal.title,
        "data": points,
        "step": "end",
        "symbol": "none",
        "silent": True,
        "color": GOAL_COLOUR,
        "lineStyle": {"type": "dashed", "width": 1.5},
        "tooltip": {"show": False},
    }


def _mark_lines(marked: Sequence[Mark], first: dt.date, last: dt.date) -> dict[str, Any]:
    return {
        "symbol": ["none", "none"],
        "silent": True,
        "label": {"formatter": "{b}", "position": "end", "rotate": 0, "distance": 2, "fontSize": 11},
        "data": [
            {
                "xAxis": mark.on.isoformat(),
                "name": mark.short,
                "lineStyle": {
                    "color": REFERRAL_COLOUR if mark.kind == "referral" else DRUG_COLOUR,
                    "type": "dotted",
                },
                "label": {"color": REFERRAL_COLOUR if mark.kind == "referral" else DRUG_COLOUR},
            }
            for mark in marked
            if first <= mark.on <= last
        ],
    }


def _rows(
    resident: Any, series: Series, own: list[Observation], lines: Sequence[observations.Line]
) -> list[dict[str, Any]]:
    """The newest first: a day and record, a cell a line, marked when out of its goal."""
    by_record: dict[tuple[Any, ...], dict[str, Observation]] = {}
    for each in own:
        by_record.setdefault((each.on, each.response_id, each.form_code), {})[each.line] = each
    found = []
    for (on, response, form_code), values in sorted(
        by_record.items(), key=lambda item: (item[0][0], str(item[0][1])), reverse=True
    ):
        cells = []
        for line in lines:
            one = values.get(line.code)
            cells.append(
                {
                    "words": observations.shown(one.value) if one else "",
                    "out": one is not None and _out(resident, series, one),
                }
            )
        found.append({"on": on, "response": response, "form": definitions.title(form_code), "cells": cells})
    return found


def _out(resident: Any, series: Series, one: Observation) -> bool:
    """Whether a value is on the wrong side of its limit on that day. A goal is met below it, a lower limit from it on."""
    for goal in goals.of_series(series.code):
        if goal.line == one.line:
            limit = goals.limit(goal, resident, one.on)
            if limit is not None:
                return one.value >= limit if goal.above else one.value < limit
    return False


def _goal_words(
    resident: Any,
    series: Series,
    lines: Sequence[observations.Line],
    first: dt.date,
    last: dt.date,
) -> list[str]:
    """The goals in words, with the day from which each holds."""
    found = []
    for goal in goals.of_series(series.code):
        if not any(line.code == goal.line for line in lines):
            continue
        steps = goals.steps(goal, resident, first, last)
        changed = [each for place, each in enumerate(steps) if place == 0 or each[1] != steps[place - 1][1]]
        if changed:
            sign = "＜" if goal.above else "≥"
            words = f"{goal.title}{sign}{observations.shown(changed[0][1])}"
            words += "".join(f"，{day}起{sign}{observations.shown(value)}" for day, value in changed[1:])
            found.append(words)
    return found
