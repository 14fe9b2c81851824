"""What is known of a condition before anybody is looked at, and what then cannot matter."""

from datetime import date

import pytest
from tests.generative.subjects import CheckUp, FollowUp

from gongwei.engines import folding
from gongwei.engines.columnar_keys import key
from gongwei.language import PERIOD, TEXT, TRUTH, Parameter, age_at, case, nodes
from gongwei.language.expressions import Node, as_node
from gongwei.language.measures import Fact

STEPS = {
    "t.level": [(date(2017, 1, 1), "lenient"), (date(2025, 1, 1), "strict")],
    "t.age": [(date(2017, 1, 1), 35)],
    "t.asked": [(date(2030, 1, 1), True)],
}
YEAR = date(2024, 1, 1), date(2024, 12, 31)
LATER = date(2025, 1, 1), date(2025, 12, 31)
LENIENT = Parameter("t.level", TEXT) == "lenient"
EXAMINED = CheckUp.any_in(PERIOD)
SEEN = FollowUp.any_in(PERIOD)
UNKNOWN = Parameter("t.asked", TRUTH)


def folded(node: object, period: tuple[date, date] = YEAR) -> Node:
    return folding.folded(as_node(node), STEPS, period)


def value(node: Node) -> object:
    assert isinstance(node, nodes.Literal)
    return node.value


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        (LENIENT, True),
        (~LENIENT, False),
        (LENIENT | EXAMINED, True),
        (~LENIENT & EXAMINED, False),
        (UNKNOWN, None),
        (UNKNOWN & ~LENIENT, False),
        (UNKNOWN | LENIENT, True),
        (PERIOD.last >= date(2024, 7, 1), True),
        (UNKNOWN.if_missing(False), False),
        (case((LENIENT, Parameter("t.age")), otherwise=Parameter("t.age") + 1) == 35, True),
    ],
    ids=repr,
)
def test_what_parameters_and_the_period_decide(condition: Node, wanted: bool | None) -> None:
    assert value(folded(condition)) is wanted


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        (LENIENT & EXAMINED, EXAMINED),
        (~LENIENT | EXAMINED, EXAMINED),
        (case((~LENIENT, SEEN), otherwise=EXAMINED), EXAMINED),
        (EXAMINED.if_missing(False), EXAMINED.if_missing(False)),
        (Fact("体检", LENIENT & EXAMINED), EXAMINED),
    ],
    ids=repr,
)
def test_what_is_left_asks_no_more_than_it_must(condition: object, left: Node) -> None:
    assert key(folded(condition)) == key(left)


def test_unknown_stays_where_it_may_still_decide() -> None:
    assert isinstance(folded(UNKNOWN & EXAMINED), nodes.And)
    assert isinstance(folded(UNKNOWN | EXAMINED), nodes.Or)


def test_the_value_of_the_last_day_counts() -> None:
    assert value(folded(LENIENT, LATER)) is False


def test_an_age_is_not_known_beforehand() -> None:
    assert not isinstance(folded(age_at(PERIOD.last) >= Parameter("t.age")), nodes.Literal)


def test_taking_a_part_as_absent_says_whether_it_is_needed() -> None:
    def nobody_seen(node: Node) -> Node | None:
        return (
            nodes.Literal(0, node.type) if isinstance(node, nodes.CountIn) and node.form is FollowUp else None
        )

    needed = folding.folded(as_node(SEEN & EXAMINED), STEPS, YEAR, nobody_seen)
    assert value(needed) is False
    other = folding.folded(as_node(SEEN | EXAMINED), STEPS, YEAR, nobody_seen)
    assert key(other) == key(EXAMINED)
