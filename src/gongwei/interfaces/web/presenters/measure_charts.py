"""Charts of figures: a trend over the year, a ranking. Each value opens; the table beside says the same."""

from collections.abc import Sequence
from typing import Any

from gongwei.interfaces.web.presenters import measures as presenter
from gongwei.language.measures import RATE, Measure
from gongwei.measures.figures import Figure, Place
from gongwei.measures.periods import Period
from gongwei.measures.targets import Asked

LINE, GOAL = "#0f766e", "#b42318"
#: Bars in the colour of their light; without one, plain.
COLOURS = {"gw-light-met": "#15803d", "gw-light-near": "#b45309", "gw-light-behind": "#b42318", "": "#2f7fb8"}
MOST_BARS = 24

Points = Sequence[tuple[Period, Figure]]


def trend_rows(
    measure: Measure, points: Points, at: presenter.Addressing, place: Place
) -> list[dict[str, Any]]:
    """The points of a trend as a table."""
    return [
        {
            "title": _title(period, figure),
            "numerator": figure.numerator,
            "base": figure.base,
            "rate": presenter.rate(figure.rate, measure),
            "url": _url(measure, period, at, place),
        }
        for period, figure in points
    ]


def month(period: Period, figure: Figure) -> str:
    """What stands below a point."""
    return "现在" if figure.period_code == str(period.year) else f"{period.last.month}月"


def _title(period: Period, figure: Figure) -> str:
    return "现在（实时）" if figure.period_code == str(period.year) else period.title


def trend(
    measure: Measure, points: Points, goal: Asked | None, at: presenter.Addressing, place: Place
) -> dict[str, Any]:
    """The line over the months, with the target."""
    unit = presenter.UNITS.get(measure.per, "")
    series: dict[str, Any] = {
        "type": "line",
        "name": measure.title,
        "color": LINE,
        "symbolSize": 7,
        "cursor": "pointer",
        "data": [
            {
                "value": None if figure.rate is None else float(figure.rate),
                "url": _url(measure, period, at, place),
            }
            for period, figure in points
        ],
    }
    if goal is not None and goal.of == RATE:
        series["markLine"] = {
            "symbol": ["none", "none"],
            "silent": True,
            "lineStyle": {"type": "dashed", "color": GOAL},
            "label": {"formatter": f"目标{presenter.goal(goal)}", "position": "insideEndTop", "color": GOAL},
            "data": [{"yAxis": float(goal.goal.value)}],
        }
    return {
        "xAxis": {
            "type": "category",
            "data": [month(period, figure) for period, figure in points],
            "axisLabel": {"hideOverlap": True},
        },
        "yAxis": {"type": "value", "name": unit, "scale": True},
        "series": [series],
    }


def ranking(measure: Measure, rows: Sequence[dict[str, Any]], goal: Asked | None) -> dict[str, Any]:
    """Bars from the highest rate down, coloured by their light."""
    shown = [row for row in presenter.ranked(rows, "rate") if row["value"] is not None][:MOST_BARS]
    return bars(
        [(row["place"].name, float(row["value"]), row["tone"], row["url"]) for row in shown],
        name=measure.title,
        unit=presenter.UNITS.get(measure.per, ""),
        goal=float(goal.goal.value) if goal is not None and goal.of == RATE else None,
    )


def bars(
    rows: Sequence[tuple[str, float, str, str]], *, name: str, unit: str, goal: float | None = None
) -> dict[str, Any]:
    """Horizontal bars (name, value, tone, address), the first on top."""
    series: dict[str, Any] = {
        "type": "bar",
        "name": name,
        "barMaxWidth": 18,
        "cursor": "pointer",
        "label": {"show": True, "position": "right"},
        "data": [
            {
                "value": value,
                "url": url,
                "itemStyle": {"color": COLOURS[tone]},
                "label": {"formatter": f"{value:.2f}{unit}"},  # as in the table: 25.00%, not 25%
            }
            for _, value, tone, url in rows
        ],
    }
    if goal is not None:
        series["markLine"] = {
            "symbol": ["none", "none"],
            "silent": True,
            "lineStyle": {"type": "dashed", "color": GOAL},
            "label": {"formatter": "目标", "position": "end", "color": GOAL},
            "data": [{"xAxis": goal}],
        }
    return {
        "grid": {"left": 8, "right": 64, "top": 28, "bottom": 24, "containLabel": True},
        "tooltip": {"trigger": "item", "renderMode": "richText"},
        "xAxis": {"type": "value", "name": "", "min": 0},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [title for title, *_ in rows],
            "axisTick": {"show": False},
            "axisLabel": {"width": 120, "overflow": "truncate"},
        },
        "series": [series],
    }


def _url(measure: Measure, period: Period, at: presenter.Addressing, place: Place) -> str:
    live = at.source == "live" and period.code == at.period
    source = at.source if live or at.source != "live" else ""
    return presenter.Addressing(source, period.code, at.tree).measure(measure.code, place)
