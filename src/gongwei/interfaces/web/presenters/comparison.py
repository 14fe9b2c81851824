"""历年比对: filled forms of one kind side by side, what changed and what is abnormal marked with why."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from gongwei.engines import row
from gongwei.interfaces.web import questionnaires
from gongwei.language import fields
from gongwei.records import key_values

SHOWN = {"changed": "有变化", "abnormal": "异常", "all": "全部"}
#: Different each time, and no finding: nobody asks what changed in them.
NOT_COMPARED = {"done_on", "responsible_doctor", "organization", "next_due_on", "reported_on"}
SCREENED = "辅助检查"


def sections(resident: Any, records: Sequence[row.Record], show: str) -> list[dict[str, Any]]:
    """Rows by heading of the form, a cell for each record (given oldest first, shown newest first); only what was answered at least once.

    show: changed (differs between two records), abnormal (in any record), all.
    """
    if not records:
        return []
    wrong = [
        {each.field.name: each for each in key_values.abnormal_items(resident, record)} for record in records
    ]
    found: list[dict[str, Any]] = []
    for name, field in records[0].form.fields.items():
        values = [record.answers.get(name) for record in records]
        if name in NOT_COMPARED or all(fields.is_missing(value) for value in values):
            continue
        cells = [
            _cell(field, values, place, wrong[place].get(name), records[place])
            for place in reversed(range(len(records)))
        ]
        line = {
            "label": field.label,
            "cells": cells,
            "changed": any(cell["changed"] for cell in cells),
            "abnormal": any(cell["abnormal"] or cell["beyond"] for cell in cells),
        }
        if show == "all" or line.get(show):
            if not found or found[-1]["title"] != field.section:
                found.append({"title": field.section, "lines": []})
            found[-1]["lines"].append(line)
    return found


def _cell(
    field: fields.Field, values: Sequence[Any], place: int, abnormal: Any, record: row.Record
) -> dict[str, Any]:
    """One answer: its words, whether it differs from the last one given before, and what is wrong with it."""
    value = values[place]
    before = next((each for each in reversed(values[:place]) if not fields.is_missing(each)), None)
    given = not fields.is_missing(value)
    changed = given and before is not None and value != before
    difference = ""
    if changed and isinstance(field, fields.Quantity):
        step = Decimal(value) - Decimal(before)
        difference = f"{'↑' if step > 0 else '↓'}{abs(step).normalize():f}"
    return {
        "words": questionnaires.words(field, value),
        "changed": changed,
        "difference": difference,
        "abnormal": abnormal.name if abnormal else "",
        "why": abnormal.explain if abnormal else "",
        "beyond": "" if abnormal or not given else _beyond(field, value),
        "response": record.id,
    }


def _beyond(field: fields.Field, value: Any) -> str:
    """A test result outside the usual range of the form; other items have no range that says normal."""
    if not isinstance(field, fields.Quantity) or field.expected is None or field.section != SCREENED:
        return ""
    low, high = field.expected
    if value < low:
        return f"低于参考值（{low}～{high}）"
    return f"高于参考值（{low}～{high}）" if value > high else ""
