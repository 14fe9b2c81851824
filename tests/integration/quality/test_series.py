"""Checks over many records against the vectors of quality_rules.md J, and those about what the file says of diseases."""

import datetime as dt
from decimal import Decimal

import pytest
from tests.integration.quality.conftest import live
from tests.integration.records.conftest import record, resident

from gongwei.base import clock
from gongwei.quality import bulk, pattern_checks, resident_checks
from gongwei.quality.models import Finding
from gongwei.records import columns, operations
from gongwei.records.models import Encounter, Response
from gongwei.residents.models import Resident

DAY = dt.date(2025, 3, 10)
FORM = "htn_follow_up"


def written(scene, person, day, systolic, diastolic=80, weight=None, form=FORM, **changes):
    """A follow-up written past the operations: these checks look at very many."""
    encounter = Encounter.objects.create(
        resident=person,
        area_key=person.area_id,
        done_on=day,
        mode="outpatient",
        organization=scene.world.organizations["village_a"],
        practitioner=scene.practitioner,
        source="import",
        digest=b"",
        entered_at=clock.start_of(day) + dt.timedelta(hours=9),
    )
    response = Response.objects.create(
        encounter=encounter,
        resident=person,
        form_code=form,
        form_version=1,
        definition_digest=b"",
        done_on=day,
        entered_at=encounter.entered_at,
    )
    values = {"systolic": systolic, "diastolic": diastolic, "weight": weight, "medications": []} | changes
    columns.model_for(form).objects.create(
        response=response, resident=person, done_on=day, live=True, **values
    )
    return response


def people(scene, count):
    """The scene's resident and neighbours."""
    return [scene.resident, *(resident(scene.world, number=number) for number in range(2, count + 1))]


def found(rule, at):
    """What a rule finds of everybody."""
    for check in resident_checks.checks():
        if check.rule.code == rule:
            resident_checks.of_all(check, at=at, run_id=None)
    return list(Finding.objects.filter(rule=rule, state="open").order_by("done_on", "id"))


def days(count, first=DAY, step=7):
    """So many days, a week apart."""
    return [first + dt.timedelta(days=step * place) for place in range(count)]


def series(scene, at, readings, weights=None):
    """Follow-ups of one resident with these pressures; on which places QC012 complains."""
    weights = weights or [Decimal(50 + place) for place in range(len(readings))]
    kept = [
        written(scene, scene.resident, day, *(reading or (None, None)), weight=weight)
        for day, reading, weight in zip(days(len(readings)), readings, weights, strict=True)
    ]
    told = {each.response_id for each in found("QC012", at)}
    return [each.pk in told for each in kept]


def test_a_run_of_equal_pressures_is_asked_about_at_the_third(scene, at):
    """J2: 138/86, 138/86, 138/86, 140/88 → at the third."""
    assert series(scene, at, [(138, 86), (138, 86), (138, 86), (140, 88)]) == [False, False, True, False]


def test_a_missing_pressure_breaks_the_run(scene, at):
    assert not any(series(scene, at, [(138, 86), (138, 86), None, (138, 86), (138, 86)]))


def test_the_same_pressure_and_weight_twice(scene, at):
    same = [Decimal("61.5"), Decimal("61.5")]
    assert series(scene, at, [(138, 86), (138, 86)], weights=same) == [False, True]


def test_twins_of_one_day(scene, at):
    """J3: (138, 86, 6.1) of three residents → asked; of two → not."""
    three = people(scene, 4)[:3]
    for person in three[:2]:
        written(scene, person, DAY, 138, 86, weight=Decimal("60.0"))
    assert found("QC013", at) == []
    third = written(scene, three[2], DAY, 138, 86, weight=Decimal("60.0"))
    told = found("QC013", at)
    assert len(told) == 3
    assert third.pk in {each.response_id for each in told}
    assert told[0].evidence == {"residents": 3}


def test_twins_by_glucose(scene, at):
    for person in people(scene, 3):
        written(
            scene,
            person,
            DAY,
            138,
            86,
            form="dm_follow_up",
            fasting_glucose=Decimal("6.1"),
            insulin=[],
            tests=[],
        )
    assert len(found("QC013", at)) == 3


def digits(scene, counts, step=1):
    """So many pressures with each last digit, each of another day of the first quarter and another resident."""
    someone = people(scene, 4)
    place = 0
    for number, count in enumerate(counts):
        for _ in range(count):
            day = dt.date(2025, 1, 1) + dt.timedelta(days=place % 88)
            written(scene, someone[place % 4], day, 120 + number * step)
            place += 1


@pytest.mark.parametrize(
    ("counts", "step", "chi"),
    [
        ((20, 21, 19, 22, 18), 2, None),
        ((62, 8, 12, 9, 9), 2, 110.7),
        ((10,) * 10, 1, None),
        ((55, 5, 5, 5, 5, 5, 5, 5, 5, 5), 1, 225.0),
        ((62, 8, 12, 9, 8), 2, None),  # 99 readings say nothing
    ],
)
def test_last_digits(scene, at, counts, step, chi):
    """J1: even digits by a mercury sphygmomanometer, all ten by a device."""
    digits(scene, counts, step)
    told = found("QC014", at)
    if chi is None:
        assert told == []
        return
    (one,) = told
    assert (one.practitioner_id, one.key, one.done_on) == (
        scene.practitioner.pk,
        "2025Q1",
        dt.date(2025, 3, 31),
    )
    assert one.evidence["chi_squared"] == pytest.approx(chi, abs=0.05)


@pytest.mark.parametrize(
    ("under", "over", "rest", "asked"),
    [(24, 3, 33, True), (9, 3, 48, False), (4, 0, 56, True), (24, 3, 22, False)],
)
def test_pressures_just_under_the_goal(scene, at, under, over, rest, asked):
    """J7: 24 > 3 × 3; with none above, one is taken; fewer than 50 say nothing."""
    someone = people(scene, 2)
    for place, value in enumerate([137] * under + [141] * over + [122] * rest):
        written(scene, someone[place % 2], dt.date(2025, 1, 1) + dt.timedelta(days=place % 88), value)
    assert bool(found("QC016", at)) is asked


def test_the_same_weight_three_times(scene, at):
    kept = [
        written(scene, scene.resident, day, 120 + place, weight=weight)
        for place, (day, weight) in enumerate(
            zip(days(5), map(Decimal, ("60.0", "60.0", "60.0", "60.5", "60.0")), strict=True)
        )
    ]
    assert [each.response_id for each in found("QB016", at)] == [kept[2].pk]


def test_follow_ups_after_the_management_ended(scene, at):
    episode = operations.start_episode(
        by=scene.doctor,
        at=at,
        resident_id=scene.resident.pk,
        kind="hypertension",
        started_on=dt.date(2024, 6, 1),
    )
    on_the_day, after = (record(scene, at, day).responses[0] for day in (DAY, DAY + dt.timedelta(days=1)))
    operations.end_episode(
        by=scene.doctor, at=at, episode_id=episode.pk, ended_on=DAY, end_reason="9", reason="诊断撤销"
    )
    assert [each.response_id for each in found("QC029", at)] == [after.pk]
    assert on_the_day.pk != after.pk


def test_managed_without_a_diagnosis(scene, at):
    started = {"by": scene.doctor, "at": at, "resident_id": scene.resident.pk, "started_on": DAY}
    operations.start_episode(**started, kind="hypertension")
    operations.start_episode(**started, kind="diabetes", diagnosed_on=dt.date(2024, 1, 1))
    assert [each.key for each in found("QC028", at)] == ["hypertension"]


def test_what_the_file_says_of_diseases_and_what_is_managed(scene, at):
    """QA017 both ways: the disease on the form and no management; management begun since and not on the form."""
    columns_of = {field.name for field in columns.model_for("basic_information")._meta.get_fields()}
    model = columns.model_for("basic_information")
    response = Response(
        encounter=Encounter.objects.create(
            resident=scene.resident,
            area_key=scene.resident.area_id,
            done_on=dt.date(2024, 1, 5),
            mode="outpatient",
            organization=scene.world.organizations["village_a"],
            practitioner=scene.practitioner,
            source="import",
            digest=b"",
            entered_at=at,
        ),
        resident=scene.resident,
        form_code="basic_information",
        form_version=1,
        definition_digest=b"",
        done_on=dt.date(2024, 1, 5),
        entered_at=at,
    )
    response.save()
    rows = {name: [] for name in ("surgeries", "traumas", "transfusions") if name in columns_of}
    model.objects.create(
        response=response,
        resident=scene.resident,
        done_on=response.done_on,
        live=True,
        past_diseases=["2"],
        **rows,
    )
    assert [each.key for each in found("QA017", at)] == ["hypertension"]
    episode = operations.start_episode(
        by=scene.doctor, at=at, resident_id=scene.resident.pk, kind="hypertension", started_on=DAY
    )
    assert found("QA017", at) == []
    operations.start_episode(
        by=scene.doctor, at=at, resident_id=scene.resident.pk, kind="diabetes", started_on=DAY
    )
    (other,) = found("QA017", at)
    assert (other.key, "未更新" in other.found) == ("diabetes", True)
    operations.end_episode(
        by=scene.doctor, at=at, episode_id=episode.pk, ended_on=DAY, end_reason="9", reason="诊断撤销"
    )
    assert [each.key for each in found("QA017", at)] == ["diabetes"]


# --- shares of somebody's work -------------------------------------------------------------------------------


def check_of(code):
    """The pattern check of a number."""
    from gongwei import catalogue

    return next(check for check in catalogue.pattern_checks() if check.code == code)


def controlled(scene, good, bad):
    """Follow-ups of the first quarter, so many controlled and so many not."""
    someone = people(scene, 3)
    for place, value in enumerate([128] * good + [150] * bad):
        written(
            scene, someone[place % 3], dt.date(2025, 1, 1) + dt.timedelta(days=place % 88), value, result="1"
        )


@pytest.mark.parametrize(
    ("good", "bad", "asked"), [(30, 0, True), (29, 0, False), (49, 1, True), (29, 1, False)]
)
def test_a_control_rate_too_good(scene, at, good, bad, asked):
    """QC015: 98 % of at least 30."""
    controlled(scene, good, bad)
    pattern_checks.of_all(at=at, run_id=None)
    told = list(Finding.objects.filter(rule="QC015", state="open"))
    assert bool(told) is asked
    if asked:
        assert (told[0].practitioner_id, told[0].key, told[0].form_code) == (
            scene.practitioner.pk,
            "2025-01",
            FORM,
        )
        assert told[0].evidence == {"records": good + bad, "holds": good}
    again = pattern_checks.of_all(at=at, run_id=None)
    assert (again.found, again.fixed) == (0, 0)


def test_piece_by_piece_counts_the_same(scene, at):
    controlled(scene, 20, 12)
    whole = pattern_checks.counts(check_of("QC015"))
    assert pattern_checks.counts(check_of("QC015"), size=1) == whole
    ((practitioner, period),) = whole
    assert (practitioner, period) == (scene.practitioner.pk, dt.date(2025, 1, 1))
    assert (whole[practitioner, period].known, whole[practitioner, period].holds) == (32, 20)


def test_far_above_everybody_else_is_asked_about_too():
    """Ten practitioners at half, one at nine tenths: more than three standard deviations above the mean."""
    from uuid import UUID

    period, place = dt.date(2025, 1, 1), UUID(int=99)
    counted = {
        (UUID(int=number), period): pattern_checks.Counted(place, 100, 50 + number % 2)
        for number in range(20)
    }
    counted[UUID(int=50), period] = pattern_checks.Counted(place, 100, 90)
    asked = pattern_checks.asked_about(check_of("QC015"), counted)
    assert list(asked) == [(UUID(int=50), period)]
    assert "标准差" in asked[UUID(int=50), period]


def test_the_nightly_run_over_all_files_runs_them(scene, at):
    controlled(scene, 30, 0)
    bulk.check_files()
    assert "QC015" in live(resident=None)
    assert Resident.objects.count() == 3
