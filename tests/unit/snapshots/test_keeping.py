"""Which snapshots are kept: all of the last days, the last of each month, pinned ones and whatever is needed to read these."""

import datetime as dt
from uuid import UUID

import pytest

from gongwei.snapshots import keeping

TODAY = dt.date(2026, 11, 22)
POLICY = keeping.Policy(days=7, month_ends=36)


def line(number, day, *, pinned=False, base=None, hour=2):
    """A snapshot of a day at an hour, known by a number."""
    at = dt.datetime.fromisoformat(day).replace(hour=hour, tzinfo=dt.UTC)
    return keeping.Line(UUID(int=number), at, at.date(), pinned, UUID(int=base) if base else None)


def gone(*lines, policy=POLICY):
    """The numbers of those that go, in the order they go in."""
    return [each.int for each in keeping.superfluous(lines, TODAY, policy)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param([], [], id="none at all"),
        pytest.param([line(1, "2020-01-01")], [], id="the only one stays however old"),
        pytest.param([line(1, "2026-11-16"), line(2, "2026-11-22")], [], id="the seventh day back is kept"),
        pytest.param([line(1, "2026-11-15"), line(2, "2026-11-22")], [1], id="the eighth day back is not"),
        pytest.param(
            [line(1, "2026-10-30"), line(2, "2026-10-31"), line(3, "2026-11-22")],
            [1],
            id="the last of a month",
        ),
        pytest.param(
            [line(1, "2026-10-31", hour=1), line(2, "2026-10-31", hour=3), line(3, "2026-11-22")],
            [1],
            id="the later of two on the last day",
        ),
        pytest.param([line(1, "2023-11-30"), line(2, "2026-11-22")], [], id="36 months back"),
        pytest.param([line(1, "2023-10-31"), line(2, "2026-11-22")], [1], id="37 months back"),
        pytest.param([line(1, "2019-03-03", pinned=True), line(2, "2026-11-22")], [], id="pinned for ever"),
        pytest.param(
            [line(1, "2026-11-10"), line(2, "2026-11-20", base=1)], [], id="what a kept increment is based on"
        ),
        pytest.param(
            [
                line(1, "2026-11-01"),
                line(2, "2026-11-02", base=1),
                line(3, "2026-11-03", base=2),
                line(4, "2026-11-22"),
            ],
            [3, 2, 1],
            id="increments before their bases",
        ),
        pytest.param(
            [
                line(1, "2026-10-01"),
                line(2, "2026-10-02", base=1),
                line(3, "2026-10-31", pinned=True),
                line(4, "2026-11-22"),
            ],
            [2, 1],
            id="a pinned one beside a chain",
        ),
    ],
)
def test_what_goes(lines, expected):
    assert gone(*lines) == expected


def test_the_order_given_does_not_matter():
    lines = [line(1, "2026-11-22"), line(2, "2026-09-01"), line(3, "2026-09-30"), line(4, "2026-11-02")]
    assert gone(*lines) == gone(*reversed(lines)) == [4, 2]


def test_a_base_that_is_gone_already_does_not_disturb():
    assert gone(line(2, "2026-11-20", base=1)) == []
