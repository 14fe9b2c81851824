"""Points by each method, totals and years: the vectors of evaluation_and_funds §10 and §14."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongwei.evaluation import scoring, trees
from gongwei.evaluation.scoring import MISSING, NOT_APPLICABLE, Reading, RoundPoints, Scored
from gongwei.evaluation.trees import Branch, Item, Tree


def item(points="10", method=trees.MANUAL, code="X1", **settings):
    """An item with some settings."""
    return Item(code, "指标", Decimal(points), method, settings)


def tree(*sections, total="100", spread=trees.WITHIN, over_total=False):
    """A tree of one part with sections, each a tuple of (code, points) or items."""
    made = []
    for number, inside in enumerate(sections, 1):
        items = tuple(each if isinstance(each, Item) else item(each[1], code=each[0]) for each in inside)
        made.append(Branch(f"S{number}", "二级", sum(each.points for each in items), items))
    part = Branch("P", "一级", sum(each.points for each in made), tuple(made))
    return Tree(Decimal(total), (part,), spread, over_total)


BANDS = {"bands": [["100", "2"], ["80", "1"]]}
TARGET = {"target": "64"}
PER_TWO = {"step": "2", "minus": "0.5", "most": "10", "target": "95", "allow_negative": True}


@pytest.mark.parametrize(
    ("method", "full", "settings", "reading", "points"),
    [
        (trees.RATIO, "10", TARGET, Reading(value=Fraction("61.3")), "9.578125"),
        (trees.RATIO, "10", TARGET, Reading(value=Fraction(70)), "10"),
        (trees.RATIO, "8", TARGET, Reading(value=Fraction("90.89")), "8"),
        (trees.RATIO, "10", TARGET, Reading(value=Fraction("60.10")), "9.390625"),
        (trees.RATIO, "8", TARGET, Reading(value=Fraction("57.6")), "7.2"),
        (trees.RATIO, "10", {}, Reading(value=Fraction(4), target=Fraction(2), op="<="), "5"),
        (trees.BANDS, "2", BANDS, Reading(value=Fraction(100)), "2"),
        (trees.BANDS, "2", BANDS, Reading(value=Fraction(99)), "1"),
        (trees.BANDS, "2", BANDS, Reading(value=Fraction(80)), "1"),
        (trees.BANDS, "2", BANDS, Reading(value=Fraction("79.99")), "0"),
        (trees.DEDUCT, "30", {"units": {"空项": "1"}}, Reading(defects={"空项": 7}), "23"),
        (trees.DEDUCT, "3", {"units": {"空项": "1"}}, Reading(defects={"空项": 7}), "0"),
        (
            trees.DEDUCT,
            "3",
            {"units": {"空项": "1", "电话错误": "5"}, "allow_negative": True},
            Reading(defects={"空项": 1, "电话错误": 1}),
            "-3",
        ),
        (trees.YES_NO, "2", {}, Reading(holds=True), "2"),
        (trees.YES_NO, "2", {}, Reading(holds=False), "0"),
        (trees.PER_N, "0", PER_TWO, Reading(value=Fraction(91)), "-1"),
        (trees.PER_N, "0", PER_TWO, Reading(value=Fraction("92.9")), "-0.5"),
        (trees.PER_N, "0", PER_TWO | {"begun": True}, Reading(value=Fraction("92.9")), "-1"),
        (trees.PER_N, "0", PER_TWO, Reading(value=Fraction(0)), "-10"),
        (trees.RANK, "5", {"places": [["1", "5"], ["3", "4"]]}, Reading(place=3), "4"),
        (trees.RANK, "5", {"places": [["1", "5"], ["3", "4"]]}, Reading(place=4), "0"),
        (trees.BONUS, "0", {"per": "0.2", "most": "2"}, Reading(count=3), "0.6"),
        (trees.BONUS, "0", {"per": "0.2", "most": "2"}, Reading(count=11), "2"),
        (trees.MANUAL, "10", {}, Reading(given=Fraction("8.5")), "8.5"),
    ],
)
def test_points_by_method(method, full, settings, reading, points):
    """Exactly, to the last fraction."""
    found = scoring.score(item(full, method, **settings), reading)
    assert (found.state, found.points) == (scoring.SCORED, Fraction(points))


def test_the_four_items_of_the_reference_add_up_exactly():
    """8.00 + 10.00 + 9.39 + 7.20 are shown as 34.59, and are 34.590625."""
    values = {"E1": ("8", "90.89"), "E6": ("10", "65.85"), "E7": ("10", "60.10"), "E8": ("8", "57.6")}
    items = [item(full, trees.RATIO, code, target="64") for code, (full, _) in values.items()]
    scored = {each.code: scoring.score(each, Reading(value=Fraction(values[each.code][1]))) for each in items}
    assert [scoring.shown(each.points) for each in scored.values()] == ["8.00", "10.00", "9.39", "7.20"]
    found = scoring.total(tree(items, total="36"), scored)
    assert found.points == Fraction("34.590625")
    assert scoring.shown(found.points) == "34.59"


def test_the_composite_of_the_field_evaluation():
    """Weights 17/23/50/5/5 with rates 0.94/0.88/0.913/0.80/0.90 give 90.37."""
    weights = {
        "A": ("17", "0.94"),
        "B": ("23", "0.88"),
        "C": ("50", "0.913"),
        "D": ("5", "0.80"),
        "E": ("5", "0.90"),
    }
    given = {code: Scored(Fraction(points) * Fraction(rate)) for code, (points, rate) in weights.items()}
    found = scoring.total(tree([(code, points) for code, (points, _) in weights.items()]), given)
    assert found.points == Fraction("90.37")


@pytest.mark.parametrize("method", [each for each in trees.METHODS if each != trees.VETO])
def test_a_missing_reading_is_0_and_flagged(method):
    """Never silently dropped."""
    one = item(
        "0" if method == trees.BONUS else "10",
        method,
        bands=[],
        places=[],
        units={},
        per="1",
        most="1",
        step="1",
    )
    assert scoring.score(one, None) == Scored(Fraction(0), MISSING)
    silent = method == trees.BONUS
    assert scoring.total(tree([one]), {}).missing == (() if silent else ("X1",))


def test_what_does_not_apply_is_spread_inside_its_section():
    """4 + 6 points with nobody for the 6: the 4 count as 10."""
    scored = {"A": Scored(Fraction(3)), "B": Scored(Fraction(0), NOT_APPLICABLE), "C": Scored(Fraction(90))}
    found = scoring.total(tree([("A", "4"), ("B", "6")], [("C", "90")]), scored)
    assert found.points == Fraction(3) * 10 / 4 + 90
    assert found.branches["S1"] == Fraction("7.5")
    assert found.not_applicable == ("B",)


def test_a_section_that_does_not_apply_goes_to_the_other_sections():
    """Nothing of S1 applies: S2 carries all 100."""
    scored = {"A": Scored(Fraction(0), NOT_APPLICABLE), "B": Scored(Fraction(45))}
    assert scoring.total(tree([("A", "10")], [("B", "90")]), scored).points == 50


@pytest.mark.parametrize(("spread", "points"), [(trees.FULL, 99), (trees.NONE, 93)])
def test_other_ways_with_what_does_not_apply(spread, points):
    """Full points, or none, where a county says so."""
    scored = {"A": Scored(Fraction(3)), "B": Scored(Fraction(0), NOT_APPLICABLE), "C": Scored(Fraction(90))}
    found = scoring.total(tree([("A", "4"), ("B", "6")], [("C", "90")], spread=spread), scored)
    assert found.points == points


def test_a_bonus_is_capped_by_the_total_unless_the_tree_says_otherwise():
    """99.5 and a bonus of 2."""
    bonus = item("0", trees.BONUS, "Z", per="1", most="2")
    scored = {"A": Scored(Fraction("99.5")), "Z": Scored(Fraction(2))}
    assert scoring.total(tree([("A", "100"), bonus]), scored).points == 100
    assert scoring.total(tree([("A", "100"), bonus], over_total=True), scored).points == Fraction("101.5")


def test_a_veto_beats_99():
    """Whatever else was earned; and only a decision vetoes."""
    veto = item("0", trees.VETO, "V")
    assert not scoring.score(veto, Reading(holds=True, given=Fraction(1))).vetoes
    scored = {"A": Scored(Fraction(99)), "V": scoring.score(veto, Reading(decided=True))}
    found = scoring.total(tree([("A", "100"), veto]), scored)
    assert (found.points, found.vetoed) == (0, True)


def test_points_outside_the_item_are_refused():
    """Nobody gives 10.1 of 10."""
    with pytest.raises(scoring.Unclear, match="0～10分"):
        scoring.score(item("10"), Reading(given=Fraction("10.1")))


FOUR = ["88.5", "91.2", "86.75", "93.05"]


def rounds(values, kinds=None):
    """Rounds with these points."""
    return [
        RoundPoints(number, (kinds or {}).get(number, scoring.STAGE), Fraction(value))
        for number, value in enumerate(values, 1)
    ]


def test_the_mean_of_four_rounds_is_below_90():
    """89.875 stays 89.875."""
    points = scoring.annual(rounds(FOUR), {"kind": "mean"})
    assert points == Fraction("89.875")
    assert points < 90


def test_weighted_and_mixed_years():
    """[20, 20, 20, 40], and daily 30 % with stage 70 %."""
    weights = {"1": "20", "2": "20", "3": "20", "4": "40"}
    assert scoring.annual(rounds(FOUR), {"kind": "weights", "weights": weights}) == Fraction("90.51")
    mixed = scoring.annual(
        rounds(["80", "90", "100"], {1: scoring.DAILY}), {"kind": "mix", "daily": "30", "stage": "70"}
    )
    assert mixed == Fraction("90.5")


@pytest.mark.parametrize(
    ("values", "rule", "words"),
    [
        ([], {"kind": "mean"}, "还没有"),
        (FOUR, {"kind": "weights", "weights": {"1": "50", "2": "50"}}, "第3、4轮"),
        (FOUR[:1], {"kind": "weights", "weights": {"1": "50", "2": "50"}}, "第2轮"),
        (FOUR, {"kind": "mix", "daily": "30", "stage": "70"}, "缺少"),
    ],
)
def test_rounds_that_do_not_fit_the_rule_are_refused(values, rule, words):
    """With the reason."""
    with pytest.raises(scoring.Unclear, match=words):
        scoring.annual(rounds(values), rule)


NAMES = [(Decimal(90), "优秀"), (Decimal(75), "良好"), (Decimal(60), "合格"), (Decimal(0), "不合格")]


@pytest.mark.parametrize(
    ("points", "words", "name"),
    [
        ("89.995", "89.99", "良好"),
        ("90", "90.00", "优秀"),
        ("89.875", "89.88", "良好"),
        ("59.999", "59.99", "不合格"),
    ],
)
def test_rounding_happens_for_display_only_and_reaches_no_threshold(points, words, name):
    """89.995 is not 90, neither in the band nor on paper."""
    limits = [limit for limit, _ in NAMES]
    assert scoring.shown(Fraction(points), limits) == words
    assert scoring.band(Fraction(points), NAMES) == name


@given(st.fractions(-10, 200))
def test_what_is_kept_never_exceeds_what_was_earned(points):
    """Cut off, never rounded up."""
    assert 0 <= points - Fraction(scoring.kept(points)) < Fraction(1, 10**12)


@given(
    st.lists(st.tuples(st.integers(1, 20), st.integers(0, 100), st.booleans()), min_size=1, max_size=12),
    st.integers(1, 11),
)
def test_full_points_everywhere_give_the_total_however_much_does_not_apply(rows, width):
    """Re-spreading loses nothing: whoever has everything that applies has everything."""
    items = [item(str(points), code=f"I{number}") for number, (points, _, _) in enumerate(rows)]
    sections = [items[start : start + width] for start in range(0, len(items), width)]
    whole = tree(*sections, total=str(sum(points for points, _, _ in rows)))
    scored = {
        f"I{number}": Scored(Fraction(points)) if applies else Scored(Fraction(0), NOT_APPLICABLE)
        for number, (points, _, applies) in enumerate(rows)
    }
    if any(applies for _, _, applies in rows):
        found = scoring.total(whole, scored)
        assert found.points == whole.total
        assert sum(found.branches[each.code] for each in whole.parts[0].children) == whole.total
