"""年度目标: of an area, handed down or not, never less than above without a reason, divided exactly."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from tests.integration.measures.conftest import at, own_home  # noqa: F401  (fixtures)
from tests.integration.places import worlds

from gongwei.base import scope
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused, Several
from gongwei.measures import figures, targets
from gongwei.measures import targets_setting as setting
from gongwei.measures.models import Target
from gongwei.places import policy

CITY, COUNTY = worlds.key(660100), worlds.key(660101)
TOWN, OTHER_TOWN, FAR = worlds.key(660101, 101), worlds.key(660101, 102), worlds.key(660102)
YEAR, DOCUMENT = 2025, "县卫健发〔2025〕3号"
RATE, COUNT = "htn_std_rate", "htn_managed_count"


@pytest.fixture
def office(db, at):  # noqa: F811
    world = worlds.build(at)
    return SimpleNamespace(world=world, officer=world.actor("county_officer@commission"), at=at)


def put(office, value, key=COUNTY, code=RATE, **changes):
    said = {"by": office.officer, "at": office.at, "code": code, "year": YEAR, "area_key": key} | changes
    return setting.set_target(**{"value": Decimal(value), "document": DOCUMENT} | said)


def asked(key=COUNTY, code=RATE, year=YEAR):
    found = targets.of_area(code, year, key)
    return None if found is None else (found.goal.value, found.goal.level, found.own)


def test_without_a_target_of_its_own_the_national_one_holds(office):
    assert asked() == (Decimal(65), "national", False)
    assert asked(year=2024) == (Decimal(64), "national", False)
    found = targets.of_area(RATE, 2026, COUNTY)
    assert (found.goal.value, found.year, found.goal.document[:7]) == (65, 2025, "沿用2025年")
    assert asked(code=COUNT) is None


def test_the_nearest_target_above_holds(office):
    put(office, 70)
    assert asked() == (Decimal(70), "county", True)
    assert asked(TOWN) == (Decimal(70), "county", False)
    put(office, 75, TOWN)
    assert asked(TOWN) == (Decimal(75), "township", True)
    assert asked(OTHER_TOWN) == (Decimal(70), "county", False)
    assert asked(FAR) == (Decimal(65), "national", False)


def test_less_than_above_needs_a_reason(office):
    put(office, 70)
    with pytest.raises(Refused) as caught:
        put(office, 68, TOWN)
    assert caught.value.field == "looser_reason"
    assert "低于县级目标（70" in caught.value.message
    made = put(office, 68, TOWN, looser_reason="新划入两个山区村，县里已同意")
    assert made.looser_reason
    assert asked(TOWN) == (Decimal(68), "township", True)
    assert put(office, 70, OTHER_TOWN, looser_reason="多余的理由").looser_reason == ""


@pytest.mark.parametrize(
    ("op", "value", "upper_op", "upper", "looser"),
    [
        (">=", 64, ">=", 64, False),
        (">=", "63.99", ">=", 64, True),
        (">", 95, ">=", 95, False),
        (">=", 95, ">", 95, True),
        ("<=", 5, "<=", 5, False),
        ("<=", 6, "<=", 5, True),
        ("<=", 90, ">=", 80, True),
    ],
)
def test_what_is_looser(op, value, upper_op, upper, looser):
    assert targets.is_looser(op, Decimal(value), figures.Goal(Decimal(upper), upper_op)) is looser


def test_a_changed_target_ends_the_former_which_stays(office):
    put(office, 70)
    put(office, 72)
    told = [(row.value, row.ended_at is None) for row in targets.history(RATE, YEAR, COUNTY)]
    assert sorted(told) == [(Decimal(70), False), (Decimal(72), True)]
    assert AuditEntry.objects.filter(subject_kind="target").count() == 3


def test_ending_a_target_lets_the_one_above_hold_again(office):
    made = put(office, 70)
    setting.end_target(by=office.officer, at=office.at, target_id=made.id)
    assert asked() == (Decimal(65), "national", False)
    with pytest.raises(Refused):
        setting.end_target(by=office.officer, at=office.at, target_id=made.id)


def shares(office, **parts):
    return {office.world.organizations[name].id: value for name, value in parts.items()}


def test_a_number_of_persons_is_not_handed_down_but_divided(office):
    made = put(office, 31_700, code=COUNT)
    assert asked(code=COUNT) == (Decimal(31_700), "county", True)
    assert asked(TOWN, COUNT) is None
    rows = setting.split(
        by=office.officer,
        at=office.at,
        target_id=made.id,
        shares=shares(office, centre=20_000, other_centre=11_700),
    )
    assert sum(row.value for row in rows) == 31_700
    centre = office.world.organizations["centre"]
    place = figures.Place("organization", str(centre.id), centre.name, "organization")
    found = targets.for_place(place, YEAR)
    assert (found[COUNT].goal.value, found[COUNT].goal.level, found[COUNT].own) == (
        20_000,
        "organization",
        True,
    )
    assert (found[RATE].goal.value, found[RATE].own) == (65, False)
    assert COUNT not in targets.rate_goals(place, YEAR)
    assert targets.rate_goals(place, YEAR)["HTN.2"].value == 65


def test_shares_that_do_not_add_up_are_refused(office):
    made = put(office, 31_700, code=COUNT)
    with pytest.raises(Refused, match="合计31699人，应为31700人，相差1人"):
        setting.split(
            by=office.officer, at=office.at, target_id=made.id,
            shares=shares(office, centre=20_000, other_centre=11_699),
        )  # fmt: skip
    assert not Target.objects.exclude(organization_id=None).exists()


def test_shares_of_other_counties_and_negative_ones_are_refused(office):
    made = put(office, 100, code=COUNT)
    with pytest.raises(Several) as caught:
        setting.split(
            by=office.officer,
            at=office.at,
            target_id=made.id,
            shares=shares(office, centre=-1, far_centre=101),
        )
    assert {each.code for each in caught.value.problems} == {"value", "organization"}


def test_dividing_again_ends_the_former_shares_and_a_changed_target_ends_them_too(office):
    made = put(office, 100, code=COUNT)
    for first, second in ((60, 40), (50, 50)):
        setting.split(
            by=office.officer,
            at=office.at,
            target_id=made.id,
            shares=shares(office, centre=first, other_centre=second),
        )
    live = Target.objects.filter(ended_at=None).exclude(organization_id=None)
    assert sorted(live.values_list("value", flat=True)) == [50, 50]
    put(office, 120, code=COUNT)
    assert not live.exists()


def test_a_rate_is_not_divided(office):
    made = put(office, 70)
    with pytest.raises(Refused, match="人数"):
        setting.split(by=office.officer, at=office.at, target_id=made.id, shares=shares(office, centre=70))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "made_up"}, "unknown_code"),
        ({"value": Decimal(101)}, "value"),
        ({"code": COUNT, "value": Decimal("1.5")}, "value"),
        ({"op": "~"}, "op"),
        ({"year": 1999}, "year"),
        ({"document": " "}, "required"),
    ],
)
def test_nonsense_is_refused(office, changes, code):
    with pytest.raises(Several) as caught:
        put(office, changes.pop("value", 70), **changes)
    assert [each.code for each in caught.value.problems] == [code]


@pytest.mark.parametrize(
    "who", ["township_director@centre", "evaluator@commission", "village_doctor@village_a"]
)
def test_only_the_county_officer_sets_targets_and_only_at_home(office, who):
    with pytest.raises(policy.Forbidden):
        put(office, 70, by=office.world.actor(who))
    with pytest.raises(policy.Forbidden):
        put(office, 70, FAR)


def test_a_request_sets_and_ends_targets(office):
    with scope.acting(office.officer):
        made = put(office, 70)
        put(office, 71)
        setting.end_target(by=office.officer, at=office.at, target_id=Target.objects.get(ended_at=None).id)
    made.refresh_from_db()
    assert made.ended_at == office.at


def test_what_can_be_asked_for_has_a_title():
    titles = targets.codes()
    assert titles[RATE] == "高血压患者基层规范管理服务率"
    assert titles["HTN.3"] == "管理人群血压控制率"
    assert "HTN.2" not in titles
    assert targets.unit_of(COUNT) == "人"
    assert targets.title("smi_mgmt_rate") == "社区在册居家严重精神障碍患者健康管理率"
