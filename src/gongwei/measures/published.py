"""The published numbers a run divides by (常住人口, 任务数): of an area as approved, of an organization those of what it serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongwei.language.measures import Measure, Published
from gongwei.measures.figures import Place, PublishedNumber
from gongwei.measures.rolling import Key


def asked(measure: Measure) -> bool:
    """Whether the measure is divided by a published number."""
    return isinstance(measure.denominator, Published)


def of(measure: Measure, places: Mapping[Key, Place], year: int) -> dict[Key, PublishedNumber]:
    """The number of each place that has one, for a measure that is divided by one."""
    return {}


def as_json(number: PublishedNumber) -> dict[str, Any]:
    """As a run keeps it."""
    return {
        "code": number.code,
        "value": number.value,
        "source": number.source,
        "document": number.document,
        "version": number.version,
        "approved_on": number.approved_on and number.approved_on.isoformat(),
    }
