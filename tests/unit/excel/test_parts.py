"""Parts of staged rows: what several processes write at a time never holds rows about the same resident twice."""

import itertools
import uuid

from hypothesis import given
from hypothesis import strategies as st

from gongwei.interfaces.excel import staging


@given(st.lists(st.integers(min_value=1, max_value=9), max_size=30), st.integers(min_value=1, max_value=12))
def test_every_row_once_and_nobody_parted(rows_of_each, size):
    rows = [(uuid.uuid4(), about) for about, count in enumerate(rows_of_each) for _ in range(count)]
    about = dict(rows)
    parts = list(staging.parts(rows, size))
    assert [key for part in parts for key in part] == [key for key, _ in rows]
    for part, following in itertools.pairwise(parts):
        assert about[part[-1]] != about[following[0]]
        assert len(part) >= size


def test_a_part_ends_with_the_first_resident_that_fills_it():
    rows = [(uuid.uuid4(), about) for about in "aabbbcd"]
    assert [len(part) for part in staging.parts(rows, 3)] == [5, 2]
