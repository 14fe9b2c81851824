"""What the one search box makes of what is typed."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongwei.residents import search_terms
from gongwei.residents.search_terms import Lookup, recognise


@pytest.mark.parametrize(
    ("typed", "kinds"),
    [
        ("张三", ["name", "inside"]),
        ("张", ["surname", "name"]),
        ("zs", ["initials", "pinyin"]),
        ("ZHANGSAN", ["initials", "pinyin", "pinyin_prefix"]),
        ("zhangxiuying", ["pinyin", "pinyin_prefix"]),
        ("11010519491231002x", ["id"]),
        ("１１０１０５１９４９１２３１００２Ｘ", ["id"]),
        ("110105 19491231 002X", ["id"]),
        ("320723560308102", ["id"]),
        ("002X", ["id_last4"]),
        ("1023", ["id_last4", "phone_last4"]),
        ("081023", ["id_last6"]),
        ("31002X", ["id_last6"]),
        ("13800138001", ["phone", "id"]),
        ("0518-87654321", ["phone", "id"]),
        ("50023710010100042", ["record_no", "alias", "id"]),
        ("101-00042", ["phone", "record_no_last8", "id"]),
        ("19560308", ["phone", "birth", "record_no_last8", "id"]),
        ("G12345678", ["id"]),
        ("LS320723202505200000712", ["id"]),
        ("", []),
        ("   ", []),
        ("张\x00三", []),
        ("%_'", []),
        ("1", []),
    ],
)
def test_kinds(typed, kinds):
    """Likeliest first."""
    assert [lookup.kind for lookup in recognise(typed)] == kinds


def test_with_year_of_birth():
    """zs 1956, zs1956 and zs56 are one question, 张秀英 1956 too."""
    year = (dt.date(1956, 1, 1), dt.date(1956, 12, 31))
    assert Lookup("initials", "zs", *year) in recognise("zs 1956")
    assert Lookup("initials", "zs", *year) in recognise("zs1956")
    assert Lookup("initials", "zs", *year) in recognise("zs56")
    assert Lookup("name", "张秀英", *year) in recognise("张秀英1956")
    assert Lookup("name", "张秀英", dt.date(1956, 3, 8), dt.date(1956, 3, 8)) in recognise("张秀英 19560308")


def test_name_with_tail():
    """张秀英 3023: the last four of a number, of that name."""
    assert Lookup("id_last4", "3023", named="张秀英") in recognise("张秀英 3023")
    assert Lookup("phone_last4", "3023", named="zxy") in recognise("zxy 3023")
    assert Lookup("id_last4", "302X", named="张秀英") in recognise("张秀英 302x")


@given(st.text(max_size=80))
def test_whatever_is_typed(text):
    """R12: any text gives lookups of known kinds with short terms."""
    for lookup in recognise(text):
        assert lookup.kind in search_terms.KIND_TITLES
        assert len(lookup.term) <= search_terms.LONGEST
        assert "\x00" not in lookup.term
