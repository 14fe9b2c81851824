"""Published numbers as lines of a page."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from gongwei.measures import populations
from gongwei.measures.figures import PublishedNumber

STATES = {
    "draft": "待批准",
    "approved": "已批准",
    "replaced": "已更新",
    "withdrawn": "已撤回",
}


def line(area: Any, number: PublishedNumber | None, rows: Sequence[Any]) -> dict[str, Any]:
    """One area: the number in force with where it comes from, the draft that waits, and the box for a new one."""
    draft = next((row for row in rows if row.state == "draft"), None)
    return {
        "key": area.key,
        "name": area.name,
        "level": area.level,
        "value": None if number is None else number.value,
        "summed": number is not None and number.source == populations.SUM_OF_PARTS,
        "source": "" if number is None else number.source,
        "document": "" if number is None else number.document,
        "version": None if number is None else number.version,
        "approved_on": None if number is None else number.approved_on,
        "draft": None if draft is None else draft.value,
        "box": f"value_{area.key}",
    }


def waiting(row: Any, names: Mapping[int, str], people: Mapping[Any, str], me: Any) -> dict[str, Any]:
    """One draft in the list of what waits for approval."""
    return {
        "id": row.id,
        "year": row.year,
        "area": names.get(row.area_key, str(row.area_key)),
        "kind": populations.KINDS.get(row.code, row.code),
        "value": row.value,
        "source": row.source,
        "document": row.document,
        "by": people.get(row.recorded_by, "系统" if row.recorded_by is None else ""),
        "at": row.recorded_at,
        "own": row.recorded_by is not None and row.recorded_by == me,
    }


def version(row: Any, people: Mapping[Any, str]) -> dict[str, Any]:
    """One version in the history of a number."""
    return {
        "id": row.id,
        "version": row.version,
        "value": row.value,
        "state": STATES[row.state],
        "source": row.source,
        "document": row.document,
        "recorded": _when(row.recorded_at, row.recorded_by, people),
        "approved": _when(row.approved_at, row.approved_by, people),
        "ended": _when(row.ended_at, row.ended_by, people),
        "reason": row.reason,
        "live": row.state in ("draft", "approved"),
    }


def _when(at: dt.datetime | None, by: Any, people: Mapping[Any, str]) -> dict[str, Any] | None:
    return None if at is None else {"at": at, "by": people.get(by, "系统" if by is None else "")}


def sums(found: populations.Sum, names: Mapping[int, str]) -> dict[str, Any]:
    """Whether the parts of the chosen area add up to it."""
    return {
        "own": found.own,
        "parts": found.parts,
        "differs": found.differs,
        "difference": abs((found.own or 0) - (found.parts or 0)),
        "without": [names[key] for key in found.without if key in names],
    }
