"""R5: no edit is lost silently, whatever the order in which edits of one base arrive.

A small model beside the merge: each edit of a field ends up standing, or was replaced by somebody who had seen it,
or waits in a conflict. All orders of all pairs and triples of small edits, and random ones of four.
"""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from gongwei.residents import three_way

FIELDS = ("a", "b", "c")
GROUP = frozenset({"a", "b"})
BASE = {"a": 0, "b": 0, "c": 0}


def replay(edits, groups):
    """Apply edits, all made on the first version, one after another; returns what stands and what waits."""
    stands, waiting = dict(BASE), []
    for edit in edits:
        merged = three_way.merge(BASE, stands, edit, groups)
        stands |= merged.changes
        waiting += merged.clashes
    return stands, waiting


def assert_nothing_lost(edits, groups):
    """Every value somebody really typed stands or waits; nothing stands that nobody typed."""
    stands, waiting = replay(edits, groups)
    waits = {(clash.field, clash.mine) for clash in waiting}
    for edit in edits:
        for field, value in edit.items():
            if value != BASE[field]:
                assert stands[field] == value or (field, value) in waits, (edits, field)
    for field, value in stands.items():
        assert value == BASE[field] or any(edit.get(field) == value for edit in edits)
    for clash in waiting:
        assert clash.mine != clash.theirs
        assert clash.base == BASE[clash.field]


def assert_groups_whole(edits, groups):
    """What stands of a group is one clerk's version of it, or what all touched ones agree on: never half of each."""
    stands, _ = replay(edits, groups)
    for group in groups:
        versions = [
            {**{f: BASE[f] for f in group}, **{f: v for f, v in e.items() if f in group}} for e in edits
        ]
        now = {field: stands[field] for field in group}
        assert now in [*versions, {f: BASE[f] for f in group}], (edits, now)


ALL_EDITS = [dict(zip(FIELDS, values, strict=True)) for values in itertools.product((0, 1, 2), repeat=3)] + [
    {"a": 1},
    {"b": 2},
    {"c": 1},
    {"a": 2, "b": 1},
]


def test_all_pairs_in_both_orders():
    """961 ordered pairs, with and without a group."""
    for edits in itertools.product(ALL_EDITS, repeat=2):
        assert_nothing_lost(edits, ())
        assert_nothing_lost(edits, (GROUP,))
        assert_groups_whole(edits, (GROUP,))


def test_all_triples_in_all_orders():
    """29 791 ordered triples: more than the 2 000 the gate asks for."""
    count = 0
    for edits in itertools.product(ALL_EDITS, repeat=3):
        assert_nothing_lost(edits, (GROUP,))
        assert_groups_whole(edits, (GROUP,))
        count += 1
    assert count == len(ALL_EDITS) ** 3


@settings(max_examples=200)
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), st.integers(0, 3)), min_size=4, max_size=4))
def test_four_random_edits(edits):
    """Edits that leave items out touch nothing there."""
    assert_nothing_lost(edits, (GROUP,))


def test_equal_edits_do_not_clash():
    """Two clerks who type the same thing agree; a double click is one edit."""
    merged = three_way.merge(BASE, BASE | {"a": 1}, {"a": 1})
    assert merged == three_way.Merged({}, ())


def test_untouched_never_undoes():
    """A form that sends an old value unchanged does not put it back over a newer one."""
    merged = three_way.merge(BASE, BASE | {"a": 1}, {"a": 0, "c": 2})
    assert merged.changes == {"c": 2}
    assert merged.clashes == ()


def test_group_clashes_as_one():
    """One changed the document, another the birth date: half of each is what nobody typed."""
    merged = three_way.merge(BASE, BASE | {"a": 1}, {"b": 1}, (GROUP,))
    assert merged.changes == {}
    assert [clash.field for clash in merged.clashes] == ["b"]
    assert three_way.merge(BASE, BASE | {"a": 1}, {"b": 1}).changes == {"b": 1}
