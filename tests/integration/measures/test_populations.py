"""人口与任务数: reported by one, approved by another, kept in all versions, rolled up from parts."""

import dataclasses
import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests.integration.measures.conftest import SIBLING, VILLAGE, at, own_home  # noqa: F401  (fixtures)
from tests.integration.places import worlds

from gongwei import catalogue
from gongwei.base import ids, scope
from gongwei.base.models import AuditEntry
from gongwei.base.problems import Refused, Several
from gongwei.language.measures import Published
from gongwei.measures import populations
from gongwei.measures import populations_keeping as keeping
from gongwei.measures.models import Population
from gongwei.places import policy

CODE, YEAR = "resident_population", 2025
COUNTY, TOWN, OTHER_TOWN = worlds.key(660101), worlds.key(660101, 101), worlds.key(660101, 102)
FAR_TOWN = worlds.key(660102, 101)


@pytest.fixture
def office(db, at):  # noqa: F811
    """Two officers of the first county; the second approves."""
    world = worlds.build(at)
    first = world.actor("county_officer@commission")
    return SimpleNamespace(
        world=world, first=first, second=dataclasses.replace(first, account_id=ids.uuid7()), at=at
    )


def report(office, *rows, **changes):
    given = [
        keeping.Reported(**{"code": CODE, "year": YEAR, "source": "统计局", "area_key": key, "value": value} | changes)
        for key, value in rows
    ]  # fmt: skip
    return keeping.record(by=office.first, at=office.at, rows=given)


def approve(office, rows):
    return keeping.approve(by=office.second, at=office.at, population_ids=[row.id for row in rows])


def in_force(office, *rows, **changes):
    return approve(office, report(office, *rows, **changes))


def value(key, year=YEAR, code=CODE):
    found = populations.value(code, key, year)
    return None if found is None else found.value


def test_a_draft_counts_for_nothing_until_another_person_approves_it(office):
    drafts = report(office, (TOWN, 31_200), document="统计公报2025")
    assert value(TOWN) is None
    approve(office, drafts)
    found = populations.value(CODE, TOWN, YEAR)
    assert (found.value, found.source, found.document, found.version) == (31_200, "统计局", "统计公报2025", 1)
    assert found.approved_on == dt.date(2025, 6, 2)
    assert AuditEntry.objects.filter(subject_kind="population", action="confirm").count() == 1


def test_nobody_approves_their_own_number(office):
    drafts = report(office, (TOWN, 31_200))
    with pytest.raises(Refused, match="不能是同一个人"):
        keeping.approve(by=office.first, at=office.at, population_ids=[drafts[0].id])
    with pytest.raises(IntegrityError), transaction.atomic():
        Population.objects.filter(id=drafts[0].id).update(
            state="approved", approved_by=office.first.account_id, approved_at=office.at
        )
    assert value(TOWN) is None


def test_a_new_version_replaces_the_old_one_which_stays(office):
    in_force(office, (TOWN, 31_200))
    drafts = report(office, (TOWN, 31_450))
    assert value(TOWN) == 31_200
    approve(office, drafts)
    assert value(TOWN) == 31_450
    told = [(row.version, row.value, row.state) for row in populations.history(CODE, TOWN, YEAR)]
    assert told == [(2, 31_450, "approved"), (1, 31_200, "replaced")]


def test_a_second_draft_takes_the_place_of_the_first(office):
    report(office, (TOWN, 1))
    report(office, (TOWN, 2))
    assert [(row.value, row.state) for row in populations.history(CODE, TOWN, YEAR)] == [
        (2, "draft"),
        (1, "withdrawn"),
    ]
    assert [row.value for row in populations.drafts([(COUNTY, COUNTY + 10**6 - 1)])] == [2]


def test_the_same_number_again_is_no_news(office):
    in_force(office, (TOWN, 31_200))
    assert report(office, (TOWN, 31_200)) == []


def test_an_area_without_a_number_has_the_sum_of_its_parts_once_all_have_one(office):
    in_force(office, (VILLAGE, 1_500), document="甲")
    assert value(TOWN) is None
    in_force(office, (SIBLING, 1_700), document="甲")
    found = populations.value(CODE, TOWN, YEAR)
    assert (found.value, found.source, found.document, found.version) == (3_200, "下级合计", "甲", None)
    assert value(COUNTY) is None
    in_force(office, (OTHER_TOWN, 2_000), document="乙")
    county = populations.value(CODE, COUNTY, YEAR)
    assert (county.value, county.document) == (5_200, "")
    assert populations.values(CODE, YEAR)[COUNTY] == county
    assert set(populations.values(CODE, YEAR, ((TOWN, TOWN + 999),))) == {TOWN, VILLAGE, SIBLING}


def test_an_areas_own_number_comes_before_the_sum_and_a_difference_is_told(office):
    in_force(office, (VILLAGE, 1_500), (SIBLING, 1_700), (TOWN, 3_300))
    assert value(TOWN) == 3_300
    found = populations.sums(CODE, YEAR, TOWN)
    assert (found.own, found.parts, found.without, found.differs) == (3_300, 3_200, (), True)
    county = populations.sums(CODE, YEAR, COUNTY)
    assert (county.own, county.parts, county.without, county.differs) == (None, None, (OTHER_TOWN,), False)


def test_withdrawing_needs_a_reason_and_takes_the_number_out_of_force(office):
    row = in_force(office, (TOWN, 31_200))[0]
    with pytest.raises(Refused, match="理由"):
        keeping.withdraw(by=office.first, at=office.at, population_id=row.id, reason=" ")
    keeping.withdraw(by=office.first, at=office.at, population_id=row.id, reason="口径有误")
    assert value(TOWN) is None
    with pytest.raises(Refused):
        keeping.withdraw(by=office.first, at=office.at, population_id=row.id, reason="再撤一次")
    with pytest.raises(Refused):
        approve(office, [row])


def test_years_and_kinds_stand_apart(office):
    in_force(office, (TOWN, 31_200))
    assert value(TOWN, 2024) is None
    assert value(TOWN, code="older_population") is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "made_up"}, "unknown_kind"),
        ({"area_key": 660101999000}, "unknown_area"),
        ({"year": 1999}, "year"),
        ({"value": -1}, "value"),
        ({"source": " "}, "required"),
    ],
)
def test_nonsense_is_refused_with_its_row_and_nothing_is_kept(office, changes, code):
    good = keeping.Reported(CODE, VILLAGE, YEAR, 1_500, "统计局")
    with pytest.raises(Several) as caught:
        keeping.record(by=office.first, at=office.at, rows=[good, dataclasses.replace(good, **changes)])
    assert {(each.code, each.details["row"]) for each in caught.value.problems} == {(code, 1)}
    assert not Population.objects.exists()


@pytest.mark.parametrize(
    "who", ["village_doctor@village_a", "township_director@centre", "evaluator@commission"]
)
def test_only_the_county_officer_reports(office, who):
    with pytest.raises(policy.Forbidden):
        keeping.record(
            by=office.world.actor(who), at=office.at, rows=[keeping.Reported(CODE, TOWN, YEAR, 1, "统计局")]
        )


def test_an_officer_reaches_the_own_county_only(office):
    with pytest.raises(policy.Forbidden):
        report(office, (FAR_TOWN, 1))


def test_a_request_may_end_a_number_and_never_rewrite_it(office):
    with scope.acting(office.first):
        row = report(office, (TOWN, 31_200))[0]
    with scope.acting(office.second):
        approve(office, [row])
    with pytest.raises(DatabaseError), transaction.atomic(), scope.acting(office.first):
        Population.objects.filter(id=row.id).update(value=1)
    assert value(TOWN) == 31_200


def test_every_published_denominator_can_be_reported():
    asked = {
        each.denominator.code for each in catalogue.measures() if isinstance(each.denominator, Published)
    }
    assert asked == {"resident_population", "older_population", "htn_task_number", "dm_task_number"}
    assert asked <= set(populations.KINDS)
