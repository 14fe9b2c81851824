"""还差N人: who would close the gap, whoever lacks least and is due soonest first; and where a figure stands by now."""

import datetime as dt
from decimal import Decimal

import pytest
from tests.integration.measures.conftest import (  # noqa: F401  (fixtures)
    FAR,
    NOW,
    TODAY,
    VILLAGE,
    YEAR,
    at,
    enrol,
    own_home,
    record,
    resident,
    scene,
    taken,
)

from gongwei import catalogue
from gongwei.base import scope
from gongwei.language.measures import NUMERATOR, RATE
from gongwei.measures import figures, periods, progress_closing, progress_standing
from gongwei.measures.figures import Figure, Goal, Place
from gongwei.measures.targets import Asked
from gongwei.tasks.models import Task

HTN = catalogue.measure("HTN.1A")  # enough follow-ups of any mode, and a check-up
VILLAGE_A = Place("area", str(VILLAGE), "村", "village")


def due(person, day):
    """A follow-up of hypertension due on a day."""
    Task.objects.create(
        resident=person, area_key=VILLAGE, programme="hypertension", contact="htn.follow_up",
        form_code="htn_follow_up", anchor=f"start:{day}", reason="routine", earliest=day, due=day, latest=day,
        state="ready", planned_at=NOW,
    )  # fmt: skip


def test_whoever_lacks_least_comes_first_then_whoever_is_due_soonest(scene, at):  # noqa: F811
    near, far, soon = scene.resident, resident(scene.world, number=2), resident(scene.world, number=3)
    for person in (near, far, soon):
        enrol(scene, at, resident_id=person.pk)
    for day in (dt.date(2025, 1, 15), dt.date(2025, 4, 15), dt.date(2025, 5, 1), dt.date(2025, 6, 1)):
        record(scene, at, day)
    taken()
    due(far, dt.date(2025, 9, 1))
    due(soon, dt.date(2025, 6, 10))
    with scope.acting(scene.doctor):
        found = progress_closing.closers(
            scene.doctor, measure=HTN, year=YEAR, place=VILLAGE_A, limit=10
        ).people
        two = progress_closing.closers(scene.doctor, measure=HTN, year=YEAR, place=VILLAGE_A, limit=2).people
    assert [each.resident_id for each in found] == [near.pk, soon.pk, far.pk]
    assert [each.due for each in found[1:]] == [dt.date(2025, 6, 10), dt.date(2025, 9, 1)]
    assert found[0].missing == ("年度体检",)
    assert found[1].missing == ("随访次数足够（不区分随访方式）", "年度体检")
    assert found[0].reasons == ("年内未做体检",)
    assert found[0].name == "王*"
    assert [each.resident_id for each in two] == [each.resident_id for each in found[:2]]


def test_who_is_counted_or_lives_elsewhere_closes_nothing(scene, at):  # noqa: F811
    enrol(scene, at)
    other = resident(scene.world, FAR, "far_village", number=9)
    enrol(scene, at, by=scene.far, resident_id=other.pk)
    taken()
    whole = Place("area", "660100000000", "市", "city")
    with scope.acting(scene.doctor):
        found = progress_closing.closers(scene.doctor, measure=HTN, year=YEAR, place=whole, limit=10).people
    assert [each.resident_id for each in found] == [scene.resident.pk]


def test_a_measure_without_parts_is_closed_by_nobody_registered(scene, at):  # noqa: F811
    taken()
    with scope.acting(scene.doctor):
        found = progress_closing.closers(
            scene.doctor, measure=catalogue.measure("HR.1"), year=YEAR, place=VILLAGE_A, limit=10
        ).people
    assert found == ()


def test_whoever_cannot_be_counted_any_more_is_passed_over(scene, at):  # noqa: F811
    enrol(scene, at)
    other = resident(scene.world, number=2)
    enrol(scene, at, resident_id=other.pk, started_on=dt.date(2025, 5, 1))
    taken()
    # By June nothing was done in the first quarter, and the gap since January is too wide: HTN.1 is lost for the first.
    measure = catalogue.measure("HTN.1")
    with scope.acting(scene.doctor):
        found = progress_closing.closers(scene.doctor, measure=measure, year=YEAR, place=VILLAGE_A, limit=10)
    assert [each.resident_id for each in found.people] == [other.pk]
    assert (found.lost, found.more) == (1, False)


def figure(code, numerator, denominator, published=None):
    return Figure(code, str(YEAR), VILLAGE_A, denominator, numerator, 0, published)


def asked(code, value, of=RATE, unit="%"):
    return Asked("x", catalogue.measure(code), of, Goal(Decimal(value)), unit, YEAR, True)


@pytest.mark.parametrize(
    ("code", "numerator", "light", "lacking"),
    [
        ("HTN.2", 30, "met", 30),  # June: half of 60 % is enough for what grows with the year
        ("HTN.2", 29, "near", 31),
        ("HTN.3", 30, "behind", 30),  # what stands at a moment is compared with the whole target
    ],
)
def test_only_what_grows_is_given_time(code, numerator, light, lacking):
    period = periods.whole_year(YEAR)
    found = progress_standing.of(figure(code, numerator, 100), asked(code, 60), period, today=TODAY)
    assert (found.light, found.lacking) == (light, lacking)


def test_a_published_denominator_that_is_not_known_has_no_standing():
    period = periods.whole_year(YEAR)
    assert progress_standing.of(figure("HR.3", 10, 10), asked("HR.3", 64), period, today=TODAY) is None
    assert progress_standing.of(figure("HTN.2", 1, 1), None, period, today=TODAY) is None
    number = figures.PublishedNumber("resident_population", 20)
    found = progress_standing.of(figure("HR.3", 10, 10, number), asked("HR.3", 64), period, today=TODAY)
    assert (found.light, found.lacking) == ("behind", 3)


def test_a_number_of_persons_needs_no_denominator():
    found = progress_standing.of(
        figure("HTN.0", 90, 90), asked("HTN.0", 100, NUMERATOR, "人"), periods.whole_year(YEAR), today=TODAY
    )
    assert (found.light, found.reached, found.lacking) == ("behind", False, 10)
