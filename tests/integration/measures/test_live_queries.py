"""Live figures by place for whoever may see it, and the persons behind them with reasons, each look written down."""

import datetime as dt

import pytest
from tests.integration.measures.conftest import (
    FAR,
    VILLAGE,
    YEAR,
    enrol,
    follow_up,
    record,
    resident,
    taken,
)

from gongwei.base import problems, scope
from gongwei.base.models import AuditEntry
from gongwei.measures import figures as shapes
from gongwei.measures import live_queries
from gongwei.measures.live_models import LiveFigure, LiveYear
from gongwei.places import division_codes
from gongwei.residents.models import Resident

MAY = dt.date(2025, 5, 5)


@pytest.fixture
def county(scene, at):
    """Three under management in the doctor's village (one controlled, one not, one never seen), one far away."""
    own = [scene.resident, resident(scene.world, number=2), resident(scene.world, number=3)]
    Resident.objects.filter(pk=own[0].pk).update(responsible_doctor=scene.practitioner)
    far = resident(scene.world, area_key=FAR, organization="far_village", number=4)
    for person in own:
        scene.resident = person
        enrol(scene, at)
    scene.resident = own[0]
    record(scene, at, MAY)
    scene.resident = own[1]
    record(scene, at, MAY, answers=follow_up(scene, systolic=158))
    scene.resident = far
    enrol(scene, at, by=scene.far)
    taken()
    LiveYear.objects.create(year=YEAR, rules="", built_at=at, areas_at=at)
    return own


def ask(actor, places, *measures):
    with scope.acting(actor):
        return live_queries.figures(actor, year=YEAR, places=places, measures=measures or None)


def village_of(actor, key=VILLAGE):
    with scope.acting(actor):
        return live_queries.place(actor, year=YEAR, kind=shapes.AREA, key=str(key))


def test_a_village_doctor_sees_the_own_village_and_no_other(scene, county):
    place = village_of(scene.doctor)
    assert (place.kind, place.level, place.parent) == ("area", "village", str(VILLAGE // 1000 * 1000))
    (figure,) = ask(scene.doctor, [place], "HTN.3")
    assert (figure.denominator, figure.numerator, figure.excluded) == (3, 1, 0)
    assert str(figure.rate) == "33.33"
    assert figure.period_code == str(YEAR)
    assert village_of(scene.doctor, FAR) is None
    other = shapes.Place("area", str(FAR), "", "village")
    assert ask(scene.doctor, [other], "HTN.3") == []


def test_a_place_is_the_sum_of_those_below(scene, county):
    officer = scene.world.actor("county_officer@commission")
    with scope.acting(officer):
        (top,) = live_queries.tops(officer, year=YEAR)
        below = live_queries.children(officer, top, year=YEAR)
    assert top.level == "county"
    assert {each.level for each in below} == {"township"}
    whole, *parts = ask(officer, [top, *below], "HTN.3")
    assert whole.denominator == sum(each.denominator for each in parts) > 2
    assert whole.numerator == sum(each.numerator for each in parts) == 1


def test_organizations_and_doctors_have_their_own(scene, county):
    officer = scene.world.actor("county_officer@commission")
    clinic = scene.world.organizations["village_a"]
    with scope.acting(officer):
        centre = live_queries.place(
            officer, year=YEAR, kind="organization", key=str(scene.world.organizations["centre"].pk)
        )
        under = live_queries.children(officer, centre, year=YEAR)
        doctors = live_queries.children(
            officer, next(each for each in under if each.key == str(clinic.pk)), year=YEAR
        )
    assert [each.kind for each in doctors] == ["doctor"]
    found = ask(officer, [centre, *under, *doctors], "HTN.3")
    by_key = {each.place.key: (each.denominator, each.numerator) for each in found}
    assert by_key[centre.key] == by_key[str(clinic.pk)] == (3, 1)
    assert by_key[str(scene.practitioner.pk)] == (1, 1)


def test_all_measures_come_at_once_and_a_published_denominator_is_never_made_up(scene, county):
    found = {each.measure_code: each for each in ask(scene.doctor, [village_of(scene.doctor)])}
    assert (found["HR.1"].numerator, found["HR.1"].published, found["HR.1"].rate) == (3, None, None)
    assert {"HTN.1", "DM.1", "EL.1", "HR.3"} <= set(found)


@pytest.mark.parametrize(("side", "who"), [("in", {0}), ("out", {1, 2}), ("excluded", set())])
def test_a_figure_opens_to_its_persons(scene, county, side, who):
    place = village_of(scene.doctor)
    with scope.acting(scene.doctor):
        page = live_queries.persons(
            scene.doctor, year=YEAR, measure_code="HTN.3", place=place, side=side, after=None, limit=10
        )
    assert {each.resident_id for each in page.lines} == {county[number].pk for number in who}
    assert (page.total, page.after) == (len(who), None)
    assert all(each.name == "王*" for each in page.lines)
    assert all(bool(each.reasons) == (side != "in") for each in page.lines)
    looked = AuditEntry.objects.filter(subject_kind="resident").order_by("-id").first()
    assert set(looked.detail["ids"]) == {str(county[number].pk) for number in who}


def test_persons_come_in_pages_that_neither_repeat_nor_skip(scene, county):
    place = village_of(scene.doctor)
    seen, after = [], None
    while True:
        with scope.acting(scene.doctor):
            page = live_queries.persons(
                scene.doctor, year=YEAR, measure_code="HTN.1", place=place, side="out", after=after, limit=2
            )
        assert page.total == 3
        seen += [each.resident_id for each in page.lines]
        after = page.after
        if after is None:
            break
    assert sorted(seen) == sorted(each.pk for each in county)


def test_nobody_sees_persons_of_another_place(scene, county):
    everywhere = shapes.Place("area", str(division_codes.county_range(VILLAGE)[0]), "", "county")
    for actor in (scene.far, scene.world.actor("finance_officer@commission")):
        with scope.acting(actor):
            page = live_queries.persons(
                actor, year=YEAR, measure_code="HTN.1", place=everywhere, side="out", after=None, limit=50
            )
        assert not {each.resident_id for each in page.lines} & {each.pk for each in county}


def test_unknown_measures_and_sides_are_refused(scene, county):
    place = village_of(scene.doctor)
    for changes in ({"measure_code": "XX.1"}, {"side": "beside"}):
        asked = {"measure_code": "HTN.1", "side": "out", "place": place, "year": YEAR} | changes
        with pytest.raises(problems.Refused), scope.acting(scene.doctor):
            live_queries.persons(scene.doctor, **asked)


def test_the_years_that_are_kept_are_known(scene, county):
    assert live_queries.is_kept(YEAR)
    assert not live_queries.is_kept(YEAR - 1)


def test_a_request_writes_no_figure(scene, county):
    with pytest.raises(Exception, match="permission denied"), scope.acting(scene.doctor):
        LiveFigure.objects.filter(year=YEAR).update(numerator=0)
