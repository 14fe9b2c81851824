"""大屏 as plain words and charts on a dark ground."""

from collections.abc import Mapping, Sequence
from typing import Any

from gongwei import catalogue
from gongwei.interfaces.web.presenters import measure_charts
from gongwei.interfaces.web.presenters import measures as presenter
from gongwei.language.measures import Measure
from gongwei.measures.figures import Figure
from gongwei.measures.periods import Period

INK, LINES = "#d7e6e4", "#2b4a4d"
#: Told apart on a dark ground, also by people who see few colours.
COLOURS = ("#5eead4", "#fbbf24", "#7dd3fc", "#f9a8d4", "#bef264", "#c4b5fd")
BARS = {"gw-light-met": "#34d399", "gw-light-near": "#fbbf24", "gw-light-behind": "#f87171", "": "#7dd3fc"}
MOST_LINES, MOST_TILES = 5, 12


def key_measures() -> list[Measure]:
    """The measures targets and published figures know, in the order of the catalogue: one for each code."""
    return [each for each in catalogue.measures() if each.known_as]


def tiles(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those with a target first, the ones that lag before the others; nothing that cannot be said."""
    order = [presenter.TONES.get(each, "") for each in presenter.LAGGING_FIRST]
    known = [row for row in rows if row["value"] is not None or row["numerator"]]
    # A rate that cannot be said comes last: its published number is still to be reported.
    return sorted(known, key=lambda row: (row["value"] is None, order.index(row["tone"])))[:MOST_TILES]


def trend(found: Mapping[str, Sequence[tuple[Period, Figure]]]) -> dict[str, Any] | None:
    """The rates of key measures over the months; the page names its lines beneath, where names may take any number of rows."""
    lines = {
        code: points for code, points in found.items() if any(each.rate is not None for _, each in points)
    }
    longest = max(lines.values(), key=len, default=())
    if len(longest) < 2:
        return None
    months = [measure_charts.month(*point) for point in longest]
    series = []
    for place, (code, points) in enumerate(list(lines.items())[:MOST_LINES]):
        values = {measure_charts.month(*point): point[1].rate for point in points}
        series.append(
            {
                "type": "line",
                "name": _short(catalogue.measure(code).title),
                "color": COLOURS[place % len(COLOURS)],
                "symbolSize": 6,
                "data": [None if values.get(each) is None else float(values[each]) for each in months],
            }
        )
    return dark(
        {
            "grid": {"left": 44, "right": 20, "top": 28, "bottom": 28},
            "xAxis": {"type": "category", "data": months},
            "yAxis": {"type": "value", "name": "%"},
            "series": series,
        }
    )


def ranking(measure: Measure, rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Bars of the places below."""
    shown = [row for row in presenter.ranked(rows, "rate") if row["value"] is not None]
    if not shown:
        return None
    chart = measure_charts.bars(
        [(row["place"].name, float(row["value"]), row["tone"], row["url"]) for row in shown[:16]],
        name=measure.title,
        unit=presenter.UNITS.get(measure.per, ""),
    )
    for bar, row in zip(chart["series"][0]["data"], shown, strict=False):
        bar["itemStyle"] = {"color": BARS[row["tone"]]}
    chart["series"][0]["label"]["color"] = INK
    return dark(chart)


def dark(chart: dict[str, Any]) -> dict[str, Any]:
    """The same chart for a dark ground."""
    axis = {"axisLine": {"lineStyle": {"color": LINES}}, "splitLine": {"lineStyle": {"color": LINES}}}
    for name in ("xAxis", "yAxis"):
        label = {**chart[name].get("axisLabel", {}), "color": INK}
        chart[name] = {**axis, **chart[name], "axisLabel": label, "nameTextStyle": {"color": INK}}
    return {**chart, "textStyle": {"fontFamily": "inherit", "color": INK}}


def matrix(rows: Sequence[dict[str, Any]], codes: Sequence[str]) -> tuple[list[str], list[dict[str, Any]]]:
    """Places below by measures with a target: heads, and for each place its rates and lights."""
    by_place: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = by_place.setdefault(row["place"].key, {"place": row["place"], "cells": {}})
        entry["cells"][row["code"]] = row
    shown = [code for code in codes if any(code in each["cells"] for each in by_place.values())]
    return (
        [_short(catalogue.measure(code).title) for code in shown],
        [
            {"place": each["place"], "cells": [each["cells"].get(code) for code in shown]}
            for each in by_place.values()
        ],
    )


def _short(title: str) -> str:
    return (
        title.replace("城乡社区", "")
        .replace("65岁及以上", "")
        .replace("患者基层", "")
        .replace("居民规范化", "规范化")
    )
