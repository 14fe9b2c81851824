"""Targets, where figures stand against them, as lines of a page."""

from collections.abc import Mapping
from typing import Any

from gongwei.interfaces.web.presenters import measures as words
from gongwei.language.measures import RATE
from gongwei.measures import progress, targets
from gongwei.measures.figures import Figure


def target(code: str, title: str, asked: targets.Asked | None, area_key: int) -> dict[str, Any]:
    """One line of the list of targets: what is asked at the chosen area, by whom, and what can be done with it."""
    return {
        "code": code,
        "title": title,
        "measure": "" if asked is None else asked.measure.code,
        "goal": words.goal(asked),
        "level": "" if asked is None else targets.LEVELS[asked.goal.level],
        "document": "" if asked is None else asked.goal.document,
        "own": asked is not None and asked.own,
        "id": "" if asked is None or not asked.own else asked.id,
        "divides": asked is not None and asked.own and asked.of != RATE,
        "area": area_key,
    }


def standing(
    asked: targets.Asked, figure: Figure, found: progress.Progress | None, title: str
) -> dict[str, Any]:
    """One line of progress: the figure, what is asked, what could be expected by now, the light, and how many are lacking."""
    of_rate = asked.of == RATE
    value = words.rate(figure.rate, asked.measure) if of_rate else f"{figure.numerator:,}{asked.unit}"
    light = None if found is None else found.light
    return {
        "code": asked.code,
        "measure": asked.measure.code,
        "title": title,
        "value": words.NONE if found is None else value,
        "numerator": figure.numerator,
        "base": words.divided_by(figure, asked.measure),
        "of_rate": of_rate,
        "goal": words.goal(asked),
        "level": targets.LEVELS[asked.goal.level],
        "document": asked.goal.document,
        "expected": words.expected(asked, found),
        "grows": asked.measure.cumulative,
        "light": light or "",
        "said": progress.LIGHTS.get(light or "", "没有分母" if found is None else "没有数"),
        "reached": found is not None and found.reached,
        "lacking": 0 if found is None else found.lacking,
        "lacking_now": 0 if found is None else found.lacking_now,
        "closable": bool(asked.measure.numerator and asked.measure.numerator.facts),
    }  # fmt: skip


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines of progress, those that lag first."""
    return sorted(rows, key=lambda row: words.LAGGING_FIRST.index(row["light"]))


def share(line: Any, typed: Mapping[str, str]) -> dict[str, Any]:
    """One institution of a division: its weight, what is proposed and what was divided before."""
    box = f"share_{line.id}"
    value = typed.get(box, str(line.share if line.set is None else line.set))
    return {"name": line.name, "weight": line.weight, "box": box, "proposed": line.share, "value": value}
