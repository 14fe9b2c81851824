"""What each institution, service and practitioner gets: worked by hand where small, in sums where random."""

import datetime as dt
import random
from copy import deepcopy
from fractions import Fraction
from uuid import UUID

import pytest

from gongwei.base.problems import Refused
from gongwei.settlement import apportioning, schemes
from gongwei.settlement.apportioning import Case, Judged, Unit, Work

NATIONAL = schemes.national(dt.date(2025, 12, 31))


def key(number):
    return UUID(int=number)


def scheme(**changes):
    content = deepcopy(NATIONAL) | changes
    return schemes.read(content)


def priced(**prices):
    items = deepcopy(NATIONAL["items"])
    for service, item in items.items():
        item["price_fen"] = prices.get(service.replace(".", "_"), 0)
    return items


CENTRE, CLINIC, OTHER, ALONE = key(1), key(2), key(3), key(4)
UNITS = {
    CENTRE: Unit(CENTRE, "town", CENTRE, 0),
    CLINIC: Unit(CLINIC, "village", CENTRE, 3000),
    OTHER: Unit(OTHER, "village", CENTRE, 1000),
    ALONE: Unit(ALONE, "town", ALONE, 1000),
}
DOCTOR, NURSE = key(11), key(12)


def amounts(made):
    return {unit: each.payment.base_fen for unit, each in made.results.items()}


def test_one_follow_up_of_fifteen_yuan_is_shared_as_the_house_says():
    content = scheme(
        method="price_list",
        split="by_item",
        items=priced(htn_follow_up=1500),
        quality={"by": "scale", "scale": [{"least": "90", "value": "1"}, {"least": "80", "value": "0.95"}]},
        ratio={"mode": "full", "full_at": "90", "none_below": "60"},
    )
    works = [Work(CLINIC, DOCTOR, "htn.follow_up", 1, Fraction(1))]
    made = apportioning.apportion(Case(content, UNITS, works, None, {CLINIC: Judged(Fraction(84))}, {}))
    found = {line.unit: line for line in made.lines}
    assert (found[CLINIC].amount_fen, found[CENTRE].amount_fen) == (855, 570)
    assert (found[CLINIC].practitioner, found[CENTRE].practitioner) == (DOCTOR, None)
    assert found[CLINIC].coefficient == Fraction(95, 100)
    assert made.total_fen == 1425


def test_by_residents_villages_get_their_share_and_a_centre_without_clinics_keeps_it():
    made = apportioning.apportion(Case(scheme(), UNITS, [], 39_500_000, {}, {}))
    # 5 000 residents × 79.00; the township of 4 000 has 316 000.00, of which 40 % by residents of the clinics.
    assert amounts(made) == {CENTRE: 18_960_000, CLINIC: 9_480_000, OTHER: 3_160_000, ALONE: 7_900_000}
    assert made.village.kept
    assert made.village.share == Fraction(40, 100)
    assert [line.service for line in made.lines] == [""] * 4


def test_v2_of_the_reference_score_withheld_prepaid_final():
    made = apportioning.apportion(
        Case(scheme(), UNITS, [], 39_500_000, {CLINIC: Judged(Fraction("83.5"))}, {CLINIC: 6_636_000})
    )
    paid = made.results[CLINIC].payment
    assert (paid.due_fen, paid.withheld_fen, paid.final_fen) == (7_915_800, 1_564_200, 1_279_800)
    assert made.results[CLINIC].topup_fen == 1_564_200
    assert made.unrewarded_fen == 1_564_200  # nobody has 95 points


def test_a_veto_is_nobody_elses_and_is_not_topped_up():
    scores = {CENTRE: Judged(Fraction(99), veto=True), CLINIC: Judged(Fraction(96))}
    made = apportioning.apportion(Case(scheme(), UNITS, [], 39_500_000, scores, {CENTRE: 100}))
    centre, clinic, other = (made.results[each] for each in (CENTRE, CLINIC, OTHER))
    assert (centre.payment.due_fen, centre.payment.final_fen, centre.topup_fen) == (0, -100, 0)
    assert clinic.payment.due_fen == clinic.payment.base_fen
    assert (other.points, other.points_of, other.veto) == (99, CENTRE, False)
    assert other.reward_fen + clinic.reward_fen == made.summed("withheld_fen") == 18_960_000


def test_by_work_each_service_weighs_what_the_scheme_says():
    works = [
        Work(CLINIC, DOCTOR, "htn.follow_up", 10, Fraction(10)),
        Work(CLINIC, NURSE, "htn.follow_up_home", 5, Fraction(5)),
        Work(OTHER, None, "htn.follow_up", 20, Fraction(20)),
        Work(CENTRE, DOCTOR, "older.management", 5, Fraction(5)),
    ]
    made = apportioning.apportion(Case(scheme(method="equivalents"), UNITS, works, 100_000, {}, {}))
    assert amounts(made) == {CENTRE: 60_000, CLINIC: 20_000, OTHER: 20_000, ALONE: 0}
    staff = {(each.unit, each.practitioner): each.due_fen for each in made.staff}
    assert staff[CLINIC, DOCTOR] == staff[CLINIC, NURSE] == 10_000


def test_mixed_is_part_by_residents_part_by_work():
    works = [Work(ALONE, None, "htn.follow_up", 1, Fraction(1))]
    made = apportioning.apportion(Case(scheme(method="mixed", alpha="0.5"), UNITS, works, 100_000, {}, {}))
    assert amounts(made) == {CENTRE: 24_000, CLINIC: 12_000, OTHER: 4_000, ALONE: 60_000}


def test_given_bases_are_kept():
    bases = {CENTRE: 7, CLINIC: 2, OTHER: 1, ALONE: 90}
    made = apportioning.apportion(Case(scheme(), UNITS, [], 100, {}, {}, bases))
    assert amounts(made) == bases


def test_what_cannot_be_divided_is_refused_with_the_reason():
    with pytest.raises(ValueError, match="没有合格的工作当量"):
        apportioning.apportion(Case(scheme(method="equivalents"), UNITS, [], 100, {}, {}))
    with pytest.raises(ValueError, match="请先确定要分配的总额"):
        apportioning.apportion(Case(scheme(), UNITS, [], None, {}, {}))


@pytest.mark.parametrize("method", ["population", "equivalents", "mixed", "price_list", "unit_price"])
@pytest.mark.parametrize("split", ["by_pool", "by_item"])
@pytest.mark.parametrize("seed", range(6))
def test_parts_are_the_whole_at_every_level(method, split, seed):
    drawn = random.Random(seed)
    changes = {"split": split, "village_share": str(drawn.randint(0, 100) / 100)}
    if method == "unit_price":
        changes |= {"method": "equivalents", "unit": "price", "unit_fen": "3850.37"}
    else:
        changes["method"] = method
    prices = {service.replace(".", "_"): drawn.randint(1, 90_000) for service in NATIONAL["items"]}
    changes["items"] = priced(**prices)
    content = scheme(**changes, quality={"by": "score", "scale": []})
    units = {}
    for town in range(1, 6):
        units[key(town)] = Unit(key(town), "town", key(town), drawn.randint(0, 9000))
        for place in range(drawn.randint(0, 6)):
            clinic = key(town * 100 + place)
            units[clinic] = Unit(clinic, "village", key(town), drawn.randint(0, 3000))
    works = [
        Work(unit, drawn.choice([None, DOCTOR, NURSE]), service, 3, Fraction(drawn.randint(1, 900), 10))
        for unit in units
        for service in drawn.sample(list(NATIONAL["items"]), 4)
    ]
    seen = {}
    works = [seen.setdefault((w.unit, w.practitioner, w.service), w) for w in works]
    scores = {unit: Judged(Fraction(drawn.randint(4000, 10000), 100), drawn.random() < 0.1) for unit in units}
    prepaid = {unit: drawn.randint(0, 10**7) for unit in units}
    total = drawn.randint(1, 10**10)
    made = apportioning.apportion(Case(content, units, works, total, scores, prepaid))
    apportioning.check(made)
    assert sum(line.amount_fen for line in made.lines) == made.total_fen == made.summed("base_fen")
    assert made.summed("due_fen") + made.summed("withheld_fen") == made.total_fen
    assert sum(each.reward_fen for each in made.results.values()) + made.unrewarded_fen == made.summed(
        "withheld_fen"
    )
    if method in ("population", "mixed"):
        assert made.total_fen == total


def test_a_whole_that_is_none_is_noticed():
    made = apportioning.apportion(Case(scheme(), UNITS, [], 39_500_001, {}, {}))
    with pytest.raises(apportioning.Unbalanced, match="fen and not"):
        apportioning.check(
            type(made)(made.total_fen, made.lines[1:], made.results, made.staff, made.village, 0)
        )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"village_share": "1.4"}, "村级比例应在0%至100%之间，现为140%"),
        ({"method": "guess"}, "分配办法应为按人口、按工作当量"),
        ({"method": "price_list"}, "每项服务都应有单价，还缺：新建规范电子档案"),
        ({"alpha": 0.5}, "数值应写成文字"),
        ({"ratio": {"mode": "percent", "full_at": "60", "none_below": "60"}}, "起付线应低于全额线"),
        ({"quality": {"by": "scale", "scale": []}}, "应填写系数表"),
        ({"unit": "price"}, "应填写每当量金额"),
        (
            {"claims": [{"title": "一", "scope": "record", "services": ["dm.check_up", "dm.check_up"]}]},
            "只付一次",
        ),
    ],
)
def test_a_scheme_that_is_none_is_refused_with_the_reason(change, reason):
    with pytest.raises(Refused, match=reason):
        scheme(**change)


def test_a_service_shared_to_more_than_the_whole_is_refused():
    items = deepcopy(NATIONAL["items"])
    items["htn.follow_up"]["village"] = "0.70"
    with pytest.raises(
        Refused, match="“高血压随访（门诊）”的乡村分担合计应为100%，现为110%（乡级40%、村级70%）"
    ):
        scheme(items=items)
    items["htn.follow_up"] = items["htn.follow_up"] | {"village": "0.60"}
    items["htn.nothing"] = items["htn.follow_up"]
    with pytest.raises(Refused, match=r"没有这项计价服务：htn.nothing"):
        scheme(items=items)


def test_a_scheme_lacking_a_part_is_refused():
    content = {name: value for name, value in NATIONAL.items() if name != "late"}
    with pytest.raises(Refused, match="分配方案缺少'late'"):
        schemes.read(content)


def shared(scores, **changes):
    """What two people of a clinic get of its due: one did two follow-ups of 15 yuan, the other one."""
    content = scheme(
        method="price_list",
        split="by_item",
        items=priced(htn_follow_up=1500),
        ratio={"mode": "full", "full_at": "90", "none_below": "60"},
        **changes,
    )
    works = [
        Work(CLINIC, DOCTOR, "htn.follow_up", 2, Fraction(2)),
        Work(CLINIC, NURSE, "htn.follow_up", 1, Fraction(1)),
    ]
    made = apportioning.apportion(Case(content, UNITS, works, None, {}, {}, staff_scores=scores))
    apportioning.check(made)
    return {each.practitioner: each.due_fen for each in made.staff if each.unit == CLINIC}


def test_inside_an_institution_work_alone_decides_unless_the_scheme_weighs_it_by_scores():
    scores = {(CLINIC, DOCTOR): Fraction(50)}
    assert shared(scores) == {DOCTOR: 1800, NURSE: 900}
    assert shared({}, staff="score") == {DOCTOR: 1800, NURSE: 900}
    # 1800 x 0.5 and 900 x 1: equal parts of 2700.
    assert shared(scores, staff="score") == {DOCTOR: 1350, NURSE: 1350}
    assert shared({(CLINIC, DOCTOR): Fraction(0)}, staff="score") == {DOCTOR: 0, NURSE: 2700}


def test_where_all_score_nothing_what_is_due_is_still_theirs():
    nothing = {(CLINIC, DOCTOR): Fraction(0), (CLINIC, NURSE): Fraction(0)}
    assert shared(nothing, staff="score") == {DOCTOR: 1800, NURSE: 900}


def test_an_unknown_way_inside_an_institution_is_refused():
    with pytest.raises(Refused, match="机构内部分配应为"):
        scheme(staff="seniority")


@pytest.mark.parametrize(
    ("said", "late"), [({}, False), ({"moved_in": "exempt"}, False), ({"moved_in": "import"}, True)]
)
def test_what_was_moved_in_without_its_day_of_entry_is_late_only_where_the_scheme_says_so(said, late):
    """ADR 0025. A scheme of before it could be said has nothing of it."""
    assert scheme(late={"days": 30, "factor": "0.5"} | said).modifiers.moved_in_late is late
    assert NATIONAL["late"]["moved_in"] == "exempt"


def test_what_becomes_of_moved_in_records_is_one_of_two():
    with pytest.raises(Refused, match="迁入记录的迟录应为不按迟录、按迁入日期判断之一"):
        scheme(late={"days": 30, "factor": "0.5", "moved_in": "perhaps"})
