"""What several conditions have in common is taken out of them, and nothing of what they say is lost."""

from datetime import date
from itertools import product

import pytest

from gongwei.engines import row
from gongwei.engines.columnar_keys import factored, key
from gongwei.engines.subjects import DateRange, Subject
from gongwei.language import nodes
from gongwei.language.expressions import Node
from gongwei.language.types import TRUTH

PERIOD = DateRange(date(2024, 1, 1), date(2024, 12, 31))
KNOWN = (True, False, None)


def attribute(name: str) -> Node:
    return nodes.Attribute(name, TRUTH)


A, B, C, D = map(attribute, ("a", "b", "c", "d"))


def either(*parts: Node) -> Node:
    return nodes.Or(parts)


def said(parts: list[Node]) -> list[object]:
    """What conditions come to together, whatever is true, false or missing."""
    found = []
    for values in product(KNOWN, repeat=4):
        subject = Subject(
            {name: value for name, value in zip("abcd", values, strict=True) if value is not None}
        )
        found.append(row.evaluate_period(nodes.And(tuple(parts)), subject, PERIOD))
    return found


@pytest.mark.parametrize(
    ("parts", "left"),
    [
        ([either(A, B), either(A, C)], 1),
        ([either(A, B), D, either(C, A), either(A, D)], 2),
        ([either(A, B), either(A, C), either(B, D), either(B, A)], 2),
        ([either(A, B, C), either(A, B, D)], 1),
        ([either(A, A), either(A, C)], 1),
        ([either(A, nodes.Not(B)), either(nodes.Not(B), C), nodes.IsMissing(D)], 2),
        ([either(A, B), either(C, D)], 2),
        ([A, B], 2),
    ],
)
def test_nothing_is_lost(parts: list[Node], left: int) -> None:
    found = factored(parts)
    assert said(found) == said(parts)
    assert len(found) == left


def test_what_is_a_column_already_stays() -> None:
    parts = [either(A, B), either(A, C)]
    assert factored(parts, {key(parts[0])}) == parts
