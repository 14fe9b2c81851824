"""The 12-digit division code: levels, nesting, zeros, and the record-number segments of records.md §2."""

import pytest

from gongwei.base import problems
from gongwei.places import division_codes


@pytest.mark.parametrize(
    ("code", "level", "last", "parent"),
    [
        ("320000000000", "province", 329999999999, None),
        ("320700000000", "city", 320799999999, 320000000000),
        ("320723000000", "county", 320723999999, 320700000000),
        ("320723101000", "township", 320723101999, 320723000000),
        ("320723101205", "village", 320723101205, 320723101000),
        # A city without counties: its towns stand straight below it.
        ("441900003000", "township", 441900003999, 441900000000),
        ("500237100201", "village", 500237100201, 500237100000),
    ],
)
def test_level_range_and_parent(code, level, last, parent):
    key = division_codes.parse(code)
    assert (division_codes.level(key), division_codes.last(key), division_codes.parent(key)) == (
        level,
        last,
        parent,
    )


def test_ancestors_nearest_first():
    assert division_codes.ancestors(320723101205) == (
        320723101000,
        320723000000,
        320700000000,
        320000000000,
    )
    assert division_codes.ancestors(441900003001) == (441900003000, 441900000000, 440000000000)


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("32072310120", "12 位"),
        ("3207231012055", "12 位"),
        ("32072310120X", "12 位"),
        ("", "12 位"),
        ("000000000000", "省级"),
        ("200723101205", "省级"),
        ("320023000000", "市级"),
        ("320700000001", "第 5–9 位"),
        ("320723000001", "乡级"),
    ],
)
def test_bad_codes_say_why(code, part):
    with pytest.raises(problems.Refused) as refused:
        division_codes.parse(code)
    assert part in refused.value.message
    assert refused.value.field == "code"


def test_full_width_digits_and_spaces_are_normalised():
    assert division_codes.parse(" ３２０７２３ 101 205 ") == 320723101205


@pytest.mark.parametrize(
    ("key", "segment"),
    [
        (320723101000, "101"),  # segment 2 is the township's own number
        (320723002000, "002"),
        (320723101003, "003"),  # 居委会 001–099 keeps its number
        (320723101201, "101"),  # 村委会: statistics 200–399, record 101–199
        (320723101205, "105"),
        (320723101299, "199"),
        (320723101200, "101"),  # 100 would be in no range
        (320723101498, "998"),  # 类似居委会: 其他组织 901–999
        (320723000000, None),
    ],
)
def test_record_segment(key, segment):
    assert division_codes.record_segment(key) == segment


def test_record_segment_takes_the_next_free_one():
    assert division_codes.record_segment(320723101301, {"101"}) == "102"
    full = {f"{number:03d}" for number in range(101, 200)}
    with pytest.raises(problems.Refused, match="用完"):
        division_codes.record_segment(320723101301, full)


@pytest.mark.parametrize("segment", ["000", "100", "200", "201", "900", "1", "1a1", "１０１"])
def test_village_segments_outside_the_three_ranges(segment):
    with pytest.raises(problems.Refused):
        division_codes.check_segment(320723101205, segment)


@pytest.mark.parametrize("segment", ["001", "099", "101", "199", "901", "999"])
def test_village_segments_at_the_edges(segment):
    assert division_codes.check_segment(320723101205, segment) is None


@pytest.mark.parametrize(
    ("key", "urban"),
    [
        (320723101199, True),
        (320723101200, False),
        (320723101400, True),
        (320723101500, False),
        (320723099000, True),
        (320723100000, False),
    ],
)
def test_urban(key, urban):
    assert division_codes.is_urban(key) is urban


@pytest.mark.parametrize("key", [320723101600, 320723600000])
def test_numbers_the_coding_rule_does_not_know(key):
    with pytest.raises(problems.Refused):
        division_codes.check_kind(key)


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [
        (320723101205, 320723000000, 320723999999),
        (320723000000, 320723000000, 320723999999),
        (320700000000, 320700000000, 320799999999),
        (441900003000, 441900000000, 441900999999),
    ],
)
def test_county_range(key, low, high):
    assert division_codes.county_range(key) == (low, high)
