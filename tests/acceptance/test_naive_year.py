"""The naive side of scores, pools and screening knows the reference's examples (evaluation_and_funds.md §5 to §10, hypertension.md §1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from tests.acceptance.naive import (
    answers,
    desk,
    measures,
    money,
    people,
    pool,
    reading,
    records,
    rules,
    scores,
    tasks,
)
from tests.acceptance.naive.institutions import Institutions
from tests.acceptance.naive.services import Claimed

D = dt.date
TODAY = D(2025, 10, 20)
YEAR = scores.Asked({("htn_std_rate", 2024): Fraction(64), ("dm_std_rate", 2022): Fraction(61)}, 2025, 12)


def item(method, points, measure="HR.6", **settings):
    return {"code": "x", "method": method, "points": points, "measure": measure, "settings": settings}


@pytest.mark.parametrize(
    ("said", "rate", "points"),
    [
        (item("ratio_to_target", "10", target="64"), "61.3", "9.578125"),
        (item("ratio_to_target", "10", target="64"), "70", "10"),
        (item("ratio_to_target", "8", "HTN.2"), "32", "4"),  # the year's own target, else that of the last year that has one
        (item("ratio_to_target", "8", "DM.2"), "30.5", "4"),
        (item("bands", "2", bands=[["100", "2"], ["80", "1"]]), "100", "2"),
        (item("bands", "2", bands=[["100", "2"], ["80", "1"]]), "99.99", "1"),
        (item("bands", "2", bands=[["100", "2"], ["80", "1"]]), "79.9", "0"),
        (item("per_n", "10", target="95", step="2", minus="0.5", most="10"), "91", "9"),
        (item("per_n", "10", target="95", step="2", minus="0.5", most="10"), "91.5", "9.5"),
        (item("per_n", "5", target="95", step="2", minus="0.5", most="4"), "10", "1"),
    ],
)  # fmt: skip
def test_points_of_an_item(said, rate, points):
    assert scores._points(said, Fraction(rate), [], YEAR) == (Fraction(points), "scored")


def test_a_part_of_the_year_is_asked_for_its_months():
    half = scores.Asked(YEAR.targets, 2025, 6)
    assert half.of(item("ratio_to_target", "8", "HTN.2")) == 32
    assert half.of(item("ratio_to_target", "8", "HTN.2", progress=False)) == 64
    assert half.of(item("ratio_to_target", "8", "HTN.5", target="95")) == 95


def test_places_and_what_does_not_apply():
    ranked = item("rank", "6", places=[["1", "6"], ["3", "4"]])
    rates = [Fraction(50), Fraction(70), Fraction(50), "not_applicable"]
    found = [scores._points(ranked, each, rates, YEAR) for each in rates]
    assert found == [(4, "scored"), (6, "scored"), (4, "scored"), (0, "not_applicable")]
    tree = {
        "total": "100",
        "parts": [
            {"code": "A", "points": "60", "children": [
                {"code": "A1", "points": "40", "children": [{"code": "a", "points": "30"}, {"code": "b", "points": "10"}]},
                {"code": "A2", "points": "20", "children": [{"code": "c", "points": "20"}]},
            ]},
            {"code": "B", "points": "40", "children": [{"code": "B1", "points": "40", "children": [{"code": "d", "points": "40"}]}]},
        ],
    }  # fmt: skip
    points = {"a": (Fraction(0), "not_applicable"), "b": (Fraction(5), "scored"), "c": (Fraction(20), "scored"), "d": (Fraction(0), "missing")}  # fmt: skip
    assert scores.total(tree, points) == 20 + 20  # half of b, which stands for all 40
    assert (
        scores.total(tree, points | {"b": (Fraction(0), "not_applicable")}) == 60
    )  # c stands for the whole part


@pytest.mark.parametrize(
    ("score", "percent", "relative", "linear"),
    [
        ("95", 23_700_000, 23_700_000, 23_700_000), ("90", 23_700_000, 23_700_000, 23_700_000),
        ("89.99", 21_327_630, 23_697_367, 23_692_100), ("85.5", 20_263_500, 22_515_000, 20_145_000),
        ("72.4", 17_158_800, 19_065_333, 9_796_000), ("60", 14_220_000, 15_800_000, 0), ("59.99", 0, 0, 0),
    ],
)  # fmt: skip
def test_the_table_of_ratios(score, percent, relative, linear):
    found = []
    for mode in ("percent", "relative_90", "linear_60_90"):
        rule = {"mode": mode, "full_at": "90", "none_below": "60"}
        found.append(money.half_up(23_700_000 * pool.ratio(Fraction(score), rule)))
    assert found == [percent, relative, linear]


def test_the_pool_of_the_reference():
    weights = [
        Fraction("5210.5") * Fraction("0.962"),
        Fraction(3180) * Fraction("0.905"),
        Fraction("2475.25") * Fraction("0.848"),
    ]
    assert money.largest_remainder(48_000_000, weights) == [24_085_504, 13_828_560, 10_085_936]


def test_a_pool_of_three():
    """One clinic and its centre by item: 3 follow-ups of weight 1 (60 % the clinic's), an exam of 8 the centre's own."""
    known = Institutions({"T": "乡镇卫生院", "C": "村卫生室"}, {"C": "T"}, {1: "C"}, ["甲@T", "乙@C"])
    somebody = people.Person("丙", "1", D(1950, 1, 1), "x", 1, "", "", D(2020, 1, 1), None)
    done = [records.Record("htn_follow_up", somebody, D(2025, m, 1), {}, "乙@C", "C", m) for m in (1, 4, 7)]
    exam = records.Record("check_up", somebody, D(2025, 5, 1), {}, "甲@T", "T", 9)
    claimed = [Claimed(each, "htn.follow_up", "", Decimal(1)) for each in done]
    claimed += [
        Claimed(exam, "older.management", "", Decimal(1)),
        Claimed(exam, "older.feedback", "incomplete"),
    ]
    scheme = {
        "items": {"htn.follow_up": {"weight": "1.0", "village": "0.60"}, "older.management": {"weight": "8.0", "village": "0.20"}},
        "split": "by_item", "quality": {"by": "none"}, "village_share": "0.40", "reward_at": "95",
        "ratio": {"mode": "percent", "full_at": "90", "none_below": "60"},
    }  # fmt: skip
    totals = {"T": Fraction(96), "C": Fraction("83.5")}
    found = pool.shared(1_100_000, claimed, scheme, totals, known)
    # 1.8 of 11 and 9.2 of 11.
    assert found.base == {"T": 920_000, "C": 180_000}
    assert found.due == {"T": 920_000, "C": 150_300}
    assert (found.withheld["C"], found.reward) == (29_700, {"T": 29_700, "C": 0})
    assert found.lines["T", "C", "", "htn.follow_up"] == (3, 120_000)
    assert found.staff == {("T", ""): 120_000, ("T", "甲@T"): 800_000, ("C", "乙@C"): 150_300}
    apart = pool.shared(1_100_000, claimed, scheme | {"split": "by_pool"}, totals, known)
    assert apart.base == {"T": 660_000, "C": 440_000}


def planned(age, *rows, span=None, **ended):
    """What is open of somebody's rechecks and contacts at risk. Rows: form, day, answers."""
    somebody = people.Person("甲", "1", D(TODAY.year - age, 1, 1), "x", 1, "", "", D(2020, 1, 1), None)
    somebody.spans = [people.Span(*each) for each in span or ()]
    for serial, (kind, on, said) in enumerate(rows):
        somebody.records.append(records.Record(kind, somebody, on, said, "d", "o", serial))
    for name, day in ended.items():
        setattr(somebody, name, day)
    judge = rules.Judge(rules.lookup(reading.parameters(answers.PARAMETERS)))
    found = tasks.Planner(TODAY, judge).all(people.Register([somebody]))
    return {
        (contact, anchor): (each.earliest, each.due, each.latest)
        for (_, contact, anchor), each in found.items()
        if each.done_on is None and not contact.startswith("older")
    }


def first(on, sbp, dbp=80, **more):
    return (
        "htn_first_pressure",
        on,
        {"systolic": Decimal(sbp), "diastolic": Decimal(dbp), "known_hypertension": "1", **more},
    )


def exam(on, sbp, glucose="5.0"):
    return (
        "check_up",
        on,
        {"systolic_right": Decimal(sbp), "diastolic_right": Decimal(80), "fasting_glucose": Decimal(glucose)},
    )


def check(on, glucose, **more):
    return "dm_high_risk_check", on, {"fasting_glucose": Decimal(glucose), **more}


def risk(on, sbp):
    return "htn_high_risk_contact", on, {"systolic": Decimal(sbp), "diastolic": Decimal(80)}


def test_a_raised_pressure_is_measured_again_on_another_day():
    raised = planned(50, first(D(2025, 10, 10), 140))
    assert raised == {
        ("htn.recheck", "after:2025-10-10"): (D(2025, 10, 11), D(2025, 10, 17), D(2025, 10, 24))
    }
    by_exam = planned(50, exam(D(2025, 10, 10), 152))
    assert by_exam == {
        ("htn.recheck", "start:2025-10-10"): (D(2025, 10, 10), D(2025, 10, 17), D(2025, 10, 24))
    }
    assert planned(50, first(D(2025, 10, 10), 139, 89)) == {}
    assert planned(50, first(D(2025, 10, 10), 140), first(D(2025, 10, 17), 130)) == {}
    assert planned(34, first(D(2025, 10, 10), 140)) == {}
    assert planned(50, first(D(2025, 10, 10), 140), died_on=D(2025, 10, 12)) == {}
    enrolled = planned(50, first(D(2025, 10, 10), 140), span=[("hypertension", D(2025, 10, 12), None)])
    assert not any(contact == "htn.recheck" for contact, _ in enrolled)
    # Three different days in four weeks: referred, and the referral is looked into within two weeks.
    third = planned(50, first(D(2025, 9, 30), 144), first(D(2025, 10, 7), 150), first(D(2025, 10, 14), 141))
    assert third == {("htn.recheck", "after:2025-10-14"): (D(2025, 10, 15), D(2025, 10, 28), D(2025, 10, 31))}
    # Raised last year and never again: it waits if it was in the last four weeks of the year.
    late = planned(50, first(D(2024, 12, 20), 144))
    assert late == {("htn.recheck", "start:2025-01-01"): (D(2025, 1, 1), D(2025, 1, 8), D(2025, 1, 15))}
    assert planned(50, first(D(2024, 12, 3), 144)) == {}


def test_a_raised_glucose_is_tested_again():
    found = planned(50, exam(D(2025, 10, 10), 120, "7.0"))
    assert found == {("dm.recheck", "start:2025-10-10"): (D(2025, 10, 10), D(2025, 10, 24), D(2025, 11, 7))}
    assert planned(50, exam(D(2025, 10, 10), 120, "6.9")) == {}
    assert planned(50, exam(D(2025, 9, 10), 120, "7.0"), check(D(2025, 9, 25), "6.1")) == {}
    again = planned(50, exam(D(2025, 9, 10), 120, "7.0"), check(D(2025, 9, 25), "7.2"))
    assert again == {("dm.recheck", "after:2025-09-25"): (D(2025, 9, 26), D(2025, 10, 9), D(2025, 10, 23))}


def test_who_is_at_risk_is_measured_every_half_year_or_year():
    htn, dm = [("htn_high_risk", D(2025, 3, 1), None)], [("dm_high_risk", D(2025, 3, 1), None)]
    assert planned(50, span=htn) == {
        ("htn_high_risk.pressure", "start:2025-03-01"): (D(2025, 8, 2), D(2025, 9, 1), D(2025, 10, 1))
    }
    kept = planned(50, risk(D(2025, 8, 31), 138), span=htn)
    assert kept == {
        ("htn_high_risk.pressure", "after:2025-08-31"): (D(2026, 1, 29), D(2026, 2, 28), D(2026, 3, 30))
    }
    raised = planned(50, risk(D(2025, 8, 31), 140), span=htn)
    assert raised["htn_high_risk.pressure", "after:2025-08-31"] == (
        D(2025, 9, 1),
        D(2025, 9, 7),
        D(2025, 9, 14),
    )
    assert planned(50, check(D(2025, 4, 1), "6.9"), span=dm) == {
        ("dm_high_risk.glucose", "after:2025-04-01"): (D(2026, 3, 2), D(2026, 4, 1), D(2026, 5, 1))
    }
    confirmed = planned(50, check(D(2025, 4, 1), "7.0"), check(D(2025, 4, 12), "7.4"), span=dm)
    assert confirmed["dm_high_risk.glucose", "after:2025-04-12"] == (
        D(2025, 4, 13),
        D(2025, 4, 26),
        D(2025, 4, 29),
    )


def test_a_follow_up_with_an_empty_item_is_not_whole():
    """完整性: every completed follow-up has what the form requires; of somebody not met only the reason."""
    whole = dict.fromkeys(desk.REQUIRED["htn_follow_up"], "1") | {"systolic": Decimal(130), "diastolic": Decimal(80), "medications": "x"}  # fmt: skip
    judge = rules.Judge(rules.lookup(reading.parameters(answers.PARAMETERS)))

    def standing(*all_said):
        somebody = people.Person("甲", "1", D(1960, 1, 1), "x", 1, "", "", D(2020, 1, 1), None)
        for serial, said in enumerate(all_said):
            somebody.records.append(
                records.Record("htn_follow_up", somebody, D(2025, 2 + serial, 1), said, "d", "o", serial)
            )
        judge.person(somebody)
        found = measures.Year(2025, TODAY, judge).person(somebody).get("HTN.5")
        return found and found.side

    assert standing(whole) == "in"
    assert standing(whole, whole | {"salt": None}) == "out"
    assert standing(whole | {"medications": None}) == "out"
    assert standing({"result": "2", "not_completed_reason": "外出"}) is None
    assert standing(whole, {"result": "2"}) == "in"
