"""A saved record moves the person-year of its resident and the figures; what is withdrawn moves them back."""

import datetime as dt
import random

import pytest
from tests.integration.measures.conftest import (
    SIBLING,
    VILLAGE,
    YEAR,
    enrol,
    figures,
    follow_up,
    followed,
    record,
    resident,
    taken,
    wait_for_others,
)

from gongwei.base import changes
from gongwei.measures import columns, live_counting, live_facts, live_keeping, live_reading
from gongwei.measures.live_models import LiveFigure, LiveYear
from gongwei.records import episode_steps, judgement
from gongwei.records import operations as records
from gongwei.residents import operations as residents
from gongwei.residents.models import Resident

MAY = dt.date(2025, 5, 5)


def part(scene, code, programme="hypertension", year=YEAR):
    table = next(each for each in columns.tables() if each.programme == programme)
    row = table.model.objects.filter(resident=scene.resident, year=year).first()
    return None if row is None else getattr(row, code)


def test_management_and_a_controlled_follow_up_move_the_figures(scene, at):
    taken()
    assert "HTN.3" not in figures()
    enrol(scene, at)
    taken()
    assert figures()["HTN.3"] == (1, 0, 0)  # 失访者按未达标计算
    record(scene, at, MAY)
    taken()
    assert figures()["HTN.3"] == (1, 1, 0)
    assert part(scene, "htn_at_goal") is True
    # Four quarters under management ask for four follow-ups (hypertension.md §5, P1); one is there.
    assert part(scene, "htn_enough") is False
    assert figures()["HTN.1"] == (1, 0, 0)


def test_a_superseded_record_moves_them_back(scene, at):
    enrol(scene, at)
    first = record(scene, at, MAY).responses[0]
    taken()
    records.supersede_response(
        by=scene.doctor,
        at=at,
        response_id=first.pk,
        answers=follow_up(scene, systolic=158),
        reason="抄错血压",
    )
    taken()
    assert figures()["HTN.3"] == (1, 0, 0)


def test_a_withdrawn_record_moves_them_back(scene, at):
    enrol(scene, at)
    first = record(scene, at, MAY).responses[0]
    taken()
    records.enter_in_error(by=scene.centre, at=at, response_id=first.pk, reason="填错了人")
    taken()
    assert figures()["HTN.3"] == (1, 0, 0)
    assert part(scene, "htn_at_goal") is False


def test_a_record_of_last_year_moves_last_year(scene, at):
    enrol(scene, at, started_on=dt.date(2024, 2, 1))
    taken()
    assert figures(YEAR - 1)["HTN.3"] == (1, 0, 0)
    record(scene, at, dt.date(2024, 11, 5))
    taken()
    assert figures(YEAR - 1)["HTN.3"] == (1, 1, 0)
    assert figures(YEAR)["HTN.3"] == (1, 0, 0)


def test_a_year_that_is_not_asked_for_stays(scene, at):
    enrol(scene, at, started_on=dt.date(2024, 2, 1))
    taken(YEAR)
    assert figures(YEAR - 1) == {}
    assert figures(YEAR)["HTN.1"] == (1, 0, 0)


def test_whoever_moves_is_counted_in_the_new_village(scene, at):
    enrol(scene, at)
    record(scene, at, MAY)
    taken()
    there = scene.world.organizations["village_b"]
    Resident.objects.filter(pk=scene.resident.pk).update(area_id=SIBLING, managing_organization=there)
    taken()
    assert figures()["HTN.3"] == (1, 1, 0)
    standing = {
        (area, organization)
        for (measure, area, organization, _), _ in live_counting.kept(YEAR).items()
        if measure == "HTN.3"
    }
    assert standing == {(SIBLING, there.pk)}
    assert LiveFigure.objects.get(measure="HTN.3", year=YEAR, area_key=VILLAGE).denominator == 0


def test_the_merged_record_counts_once(scene, at):
    twin = resident(scene.world, number=2)
    taken()
    assert figures()["HR.3"][0] == 2
    residents.merge_residents(
        by=scene.world.actor("township_clerk@centre"),
        at=at,
        survivor_id=scene.resident.pk,
        loser_id=twin.pk,
        reason="同一人",
    )
    taken()
    assert figures()["HR.3"][0] == 1
    assert live_reading.persons([twin.pk]) == {}
    assert live_counting.wrong(YEAR) == 0


def test_the_dead_leave_the_figure_of_the_elderly_for_a_named_reason(scene, at):
    Resident.objects.filter(pk=scene.resident.pk).update(birth_date=dt.date(1950, 1, 1))
    taken()
    assert figures()["EL.1"] == (1, 0, 0)
    residents.record_death(
        by=scene.doctor,
        at=at,
        resident_id=scene.resident.pk,
        death_on=dt.date(2025, 5, 1),
        cause="I64",
        source="family",
    )
    taken()
    assert figures()["EL.1"] == (0, 0, 1)
    assert figures()["HR.3"] == (0, 0, 0) if "HR.3" in figures() else True
    assert figures(YEAR - 1)["EL.1"] == (1, 0, 0)


def test_management_that_ended_before_the_year_is_not_counted(scene, at):
    episode = enrol(scene, at, started_on=dt.date(2024, 2, 1))
    taken()
    assert figures()["HTN.1"][0] == 1
    episode_steps.end_episode(
        by=scene.doctor, at=at, episode_id=episode.pk, ended_on=dt.date(2024, 12, 1), end_reason="4"
    )
    taken()
    assert "HTN.1" not in figures()
    assert figures(YEAR - 1)["HTN.1"][0] == 1
    assert part(scene, "htn_managed") is None


def test_doing_it_twice_changes_nothing(scene, at):
    enrol(scene, at)
    record(scene, at, MAY)
    taken()
    before = live_counting.kept(YEAR)
    ids = list(Resident.objects.values_list("pk", flat=True))
    assert live_keeping.recompute(ids, (YEAR,)) == 0
    assert live_counting.kept(YEAR) == before


def test_figures_are_what_the_rows_count_to_after_anything_that_may_happen(scene, at):
    chance = random.Random(20170228)
    people = [scene.resident, *(resident(scene.world, number=n) for n in range(2, 8))]
    kept = []
    for step in range(40):
        scene.resident = chance.choice(people)
        what = chance.randrange(6)
        if what == 0 and not judgement.subject_of(scene.resident).episodes:
            enrol(scene, at, by=scene.centre, started_on=dt.date(2025, chance.randint(1, 4), 3))
        elif what in (1, 2):
            answers = follow_up(scene, systolic=chance.choice([128, 138, 158]))
            kept.append(
                record(scene, at, MAY - dt.timedelta(days=step), answers=answers, by=scene.centre).responses[
                    0
                ]
            )
        elif what == 3 and kept:
            records.enter_in_error(by=scene.centre, at=at, response_id=kept.pop().pk, reason="填错了人")
        elif what == 4:
            Resident.objects.filter(pk=scene.resident.pk).update(
                area_id=chance.choice([VILLAGE, SIBLING]),
                birth_date=dt.date(chance.choice([1950, 1970]), 1, 1),
            )
        elif what == 5:
            Resident.objects.filter(pk=scene.resident.pk).update(
                responsible_doctor=chance.choice([None, scene.practitioner])
            )
        live_keeping.recompute([scene.resident.pk], (YEAR - 1, YEAR))
        assert live_counting.wrong(YEAR) == live_counting.wrong(YEAR - 1) == 0
    assert figures()["HTN.1"][0] > 1


def test_the_recount_puts_a_wrong_figure_right(scene, at):
    enrol(scene, at)
    taken()
    right = live_counting.kept(YEAR)
    LiveFigure.objects.filter(year=YEAR, measure="HTN.1").update(denominator=7)
    LiveFigure.objects.filter(year=YEAR, measure="HTN.3").delete()
    assert live_counting.wrong(YEAR) == 2
    assert live_counting.recount(YEAR) == 2
    assert live_counting.kept(YEAR) == right


def test_what_is_read_is_what_judgement_reads(scene, at):
    enrol(scene, at)
    record(scene, at, MAY)
    person = live_reading.persons([scene.resident.pk])[scene.resident.pk]
    whole = judgement.subject_of(Resident.objects.get(pk=scene.resident.pk), "htn_follow_up")
    assert person.subject.attributes == whole.attributes
    assert list(person.subject.episodes) == list(whole.episodes)
    (mine,), (theirs,) = person.subject.records, whole.records
    assert (mine.form, mine.done_on, mine.id) == (theirs.form, theirs.done_on, theirs.id)
    assert dict(mine.answers) == {name: theirs.answers[name] for name in mine.answers}
    assert {"systolic", "diastolic", "mode", "medications", "responsible_doctor"} & mine.answers.keys()


def test_reading_takes_as_many_statements_for_many_as_for_one(scene, at, django_assert_num_queries):
    enrol(scene, at)
    ids = [scene.resident.pk, *(resident(scene.world, number=n).pk for n in range(2, 12))]
    forms = len(live_facts.answers_read())
    for some in (ids[:1], ids):
        with django_assert_num_queries(2 + forms):
            assert len(live_reading.persons(some)) == len(some)


@pytest.mark.django_db(transaction=True)
def test_the_follower_takes_a_save_once_and_loses_nothing_when_it_is_killed(scene, at, monkeypatch):
    enrol(scene, at)
    assert live_keeping.follow(at) == 0  # nothing was built yet: the bulk rebuild comes first
    LiveYear.objects.create(year=YEAR, rules="", built_at=at, areas_at=at)
    assert followed(at) == 1
    assert figures()["HTN.3"] == (1, 0, 0)
    record(scene, at, MAY)
    wait_for_others()

    def killed(moves):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(live_keeping, "move_figures", killed)
        with pytest.raises(KeyboardInterrupt):
            live_keeping.follow(at)
    assert figures()["HTN.3"] == (1, 0, 0)
    assert part(scene, "htn_at_goal") is False
    assert followed(at) == 1
    assert figures()["HTN.3"] == (1, 1, 0)
    assert live_keeping.follow(at) == 0
    assert changes.Bookmark(live_keeping.BOOKMARK).cursor > changes.START
