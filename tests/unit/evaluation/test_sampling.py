"""Samples that can be drawn again: the vectors of evaluation_and_funds §9 and quality_rules §I."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongwei.evaluation import sampling

TEN = [f"R{number:04}" for number in range(1, 11)]


def test_the_vectors_of_the_reference():
    """The first three of ten, with their keys."""
    drawn = sampling.draw(sampling.seed("2024Q4", "ORG001", "HTN"), TEN, 3)
    assert [(each.id, each.key[:12]) for each in drawn] == [
        ("R0003", "1117232f5092"),
        ("R0002", "48c6deb339fa"),
        ("R0004", "4c9ec3dc73c5"),
    ]
    other = sampling.draw("2024Q4|ORG002|HTN", TEN, 3)
    assert [each.id for each in other] == ["R0010", "R0004", "R0005"]


@pytest.mark.parametrize(
    ("n", "frames", "sizes"),
    [
        (30, (1200, 640, 160), (18, 10, 2)),
        (10, (1200, 640, 160), (6, 3, 1)),
        (7, (5, 5, 5), (3, 2, 2)),
        (9, (2, 1), (2, 1)),
    ],
)
def test_sizes(n, frames, sizes):
    """By largest remainder, and never more than there are."""
    assert tuple(sampling.sizes(n, dict(enumerate(frames))).values()) == sizes


def test_the_next_of_the_frame_stands_in():
    """Whoever comes fourth."""
    drawn = [each.id for each in sampling.draw("2024Q4|ORG001|HTN", TEN, 3)]
    fourth = sampling.draw("2024Q4|ORG001|HTN", TEN, 4)[3].id
    assert sampling.replacement("2024Q4|ORG001|HTN", TEN, drawn) == fourth
    assert sampling.replacement("2024Q4|ORG001|HTN", TEN, TEN) is None


def test_some_by_risk_and_the_rest_at_random():
    """The random ones are those a random draw gives; the others have the most findings."""
    drawn = sampling.draw("s", TEN, 6, by_risk=2, risks={"R0001": 1, "R0007": 5, "R0009": 3})
    at_random = [each.id for each in drawn if each.how == sampling.RANDOM]
    assert at_random == [each.id for each in sampling.draw("s", TEN, 4)]
    rest = [each for each in ("R0007", "R0009", "R0001") if each not in at_random]
    assert [each.id for each in drawn if each.how == sampling.RISK] == rest[:2]


@pytest.mark.parametrize(
    ("n", "share", "part"), [(10, "30", 3), (5, "30", 1), (1, "50", 0), (0, "30", 0), (7, "0", 0)]
)
def test_the_part_chosen_by_risk(n, share, part):
    """30 % of 5 is 1.5 against 3.5: at ties the random part comes first."""
    assert sampling.risk_part(n, Decimal(share)) == part


@given(
    st.sets(st.text("ABC123", min_size=1, max_size=6), max_size=40),
    st.integers(0, 50),
    st.integers(0, 20),
    st.dictionaries(st.text("ABC123", min_size=1, max_size=6), st.integers(0, 9)),
    st.randoms(),
)
def test_draws_do_not_depend_on_the_order_of_the_frame(frame, n, by_risk, risks, random):
    """Same seed, same sample; nobody twice; as many as asked for while there are some."""
    mixed = list(frame)
    random.shuffle(mixed)
    drawn = sampling.draw("seed", mixed, n, by_risk=by_risk, risks=risks)
    assert drawn == sampling.draw("seed", sorted(frame), n, by_risk=by_risk, risks=risks)
    assert len({each.id for each in drawn}) == len(drawn) == min(n, len(frame))
    assert sampling.digest(mixed) == sampling.digest(sorted(frame))


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (27, 30, "74.38", "96.54"),
        (28, 30, "78.68", "98.15"),
        (58, 60, "88.64", "99.08"),
        (30, 30, "88.65", "100.00"),
    ],
)
def test_wilson(k, n, low, high):
    """The four intervals of the reference."""
    found = sampling.wilson(k, n)
    assert (f"{found.low * 100:.2f}", f"{found.high * 100:.2f}") == (low, high)


def test_truth_leaves_out_whom_nobody_reached():
    """Two true, one of them defective, one untrue, one without a verdict."""
    assert sampling.truth(["qualified", "defective", "untrue", ""]) == (2, 3)
    assert sampling.wilson(0, 0) is None
