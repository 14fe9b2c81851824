"""Everybody looked at at once: the same suspicions as record by record, over random worlds; twice is harmless."""

import datetime as dt
import random
from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction
from tests.integration import random_records
from tests.integration.tasks.conftest import enrol
from tests.integration.tasks.test_suspects import measured, open_kind

from gongwei import catalogue
from gongwei.base import changes, clock
from gongwei.base.models import AuditEntry, JobRun
from gongwei.language import fields
from gongwei.records import columnar_reading
from gongwei.records import operations as records
from gongwei.records.models import Episode, EpisodeChange
from gongwei.residents.models import Resident
from gongwei.tasks import suspecting, suspecting_all, suspecting_jobs
from gongwei.tasks.models import Suspicion

D = dt.date
FIRST = D(2024, 10, 1)
#: Raised, high-normal and normal values, so that signs are met often enough to be complete.
NEAR = {
    "systolic": (128, 135, 139, 140, 152, 181),
    "diastolic": (70, 84, 86, 89, 90, 94),
    "systolic_left": (120, 139, 140, 155),
    "systolic_right": (120, 139, 140, 155),
    "diastolic_left": (70, 88, 90, 95),
    "diastolic_right": (70, 88, 90, 95),
    "fasting_glucose": ("5.6", "6.1", "6.9", "7.0", "8.3"),
    "random_glucose": ("10.0", "11.1"),
    "hba1c": ("6.0", "6.5", "7.2"),
}


def given(dice, form):
    """Random answers with many near the thresholds of signs."""
    found = {}
    for name, field in form.fields.items():
        if name == "done_on" or dice.random() < 0.25:
            continue
        each = random_records.value(dice, field)
        if name in NEAR and dice.random() < 0.9:
            chosen = Decimal(str(dice.choice(NEAR[name])))
            each = chosen if field.decimals else int(chosen)
        if not fields.is_missing(each):
            found[name] = each
    return found


def write(scene, dice, people, count, *, since=FIRST, days=240):
    """Random records of every form signs are read from, close together in time."""
    forms = [catalogue.form(code) for code in sorted(suspecting.forms())]
    for _ in range(count):
        form, person = dice.choice(forms), dice.choice(people)
        day = since + dt.timedelta(days=dice.randint(0, days))
        random_records.write(scene, dice, form, person, day, hours=30, given=partial(given, dice, form))


@pytest.fixture
def people(scene):
    """Residents of several ages, some under management, some once."""
    found = random_records.people(scene, more=(("1", 1991), ("2", 1968)))
    spans = (
        (0, "hypertension", "active", D(2024, 11, 1), None),
        (1, "diabetes", "ended", D(2024, 10, 1), D(2024, 12, 15)),
        (2, "hypertension", "ended", D(2024, 10, 1), D(2025, 1, 10)),
        (5, "diabetes", "active", D(2025, 1, 1), None),
    )
    for place, kind, state, first, last in spans:
        Episode.objects.create(
            resident=found[place],
            area_key=found[place].area_id,
            kind=kind,
            state=state,
            started_on=first,
            ended_on=last,
            end_reason="4" if last else "",
            organization=scene.world.organizations["village_a"],
        )
    return found


def standing():
    """Open suspicions and what is kept of their signs, without ids."""
    episodes = {
        each.pk: (str(each.resident_id), each.kind, each.state, each.started_on, each.found_by, each.area_key)
        for each in Episode.objects.all()
    }
    steps = sorted(
        (episodes[each.episode_id], each.before, each.after, each.on_date, each.reason)
        for each in EpisodeChange.objects.all()
    )
    signs = sorted(
        (episodes[each.episode_id], each.sign, each.title, each.on_date, sorted(map(str, each.responses)))
        for each in Suspicion.objects.all()
    )
    return sorted(episodes.values(), key=str), steps, signs


class _Undone(Exception):
    """To go back to how the world was."""


def both_ways(at, size=columnar_reading.PIECE):
    """What one by one and all at once leave behind, from the same world; it stays as all at once left it."""
    one_by_one = None
    try:
        with transaction.atomic():
            suspecting.find(Resident.objects.values_list("pk", flat=True), at)
            one_by_one = standing()
            raise _Undone
    except _Undone:
        pass
    looked = suspecting_all.find_all(at=at, size=size)
    return one_by_one, standing(), looked


@pytest.mark.parametrize("seed", range(6))
def test_all_at_once_finds_what_one_by_one_finds(scene, people, at, seed):
    dice = random.Random(f"suspects{seed}")
    write(scene, dice, people, 90)
    one_by_one, together, looked = both_ways(at, size=3)
    assert together == one_by_one
    assert looked.residents == Resident.objects.count()
    assert looked.signs == Suspicion.objects.count() > 5
    # A person dismisses some and verifies others; later records come, some of them old ones sent late.
    waiting = list(Episode.objects.filter(state="suspected").order_by("resident_id", "kind"))
    for place, each in enumerate(waiting):
        state = ("dismissed", "verified", "suspected")[place % 3]
        if state != "suspected":
            records.change_episode(
                by=scene.doctor,
                at=at,
                episode_id=each.pk,
                state=state,
                on_date=clock.day_of(at),
                reason="已核对",
            )
    write(scene, dice, people, 60, since=D(2025, 1, 1), days=140)
    one_by_one, together, _ = both_ways(at)
    assert together == one_by_one
    again = suspecting_all.find_all(at=at)
    assert (again.people, again.signs) == (0, 0)
    assert standing() == together


def test_three_days_of_raised_pressure_in_the_clinic_after_a_load(scene, at):
    for day in (D(2025, 5, 1), D(2025, 5, 8)):
        measured(scene, at, day)
    suspecting_all.find_all(at=at)
    assert open_kind() is None
    kept = measured(scene, at, D(2025, 5, 15))
    before = changes.read(limit=10_000)[0]
    looked = suspecting_all.find_all(at=at)
    assert (looked.people, looked.signs) == (1, 1)
    episode = open_kind()
    assert (episode.state, episode.started_on) == ("suspected", D(2025, 5, 15))
    assert kept.responses[0].pk in Suspicion.objects.get(episode_id=episode.pk).responses
    assert AuditEntry.objects.filter(action="start", detail__episode=str(episode.pk)).count() == 1
    told = changes.read(limit=10_000)[0][len(before) :]
    assert [(each.kind, each.subject_id) for each in told if each.kind == "episode"] in (
        [("episode", episode.pk)],
        [],  # the feed gives out only what is committed, and a test commits nothing
    )


def test_somebody_managed_cancelled_or_dead_is_not_suspected(scene, at):
    enrol(scene, at)
    for day in (D(2025, 5, 1), D(2025, 5, 8), D(2025, 5, 15)):
        measured(scene, at, day)
    suspecting_all.find_all(at=at)
    assert not Suspicion.objects.filter(kind="hypertension").exists()


def test_a_sign_from_before_a_corrected_birth_date_opens_nothing_either_way(scene, at):
    for day in (D(2025, 5, 1), D(2025, 5, 8), D(2025, 5, 15)):
        measured(scene, at, day)
    Resident.objects.filter(pk=scene.resident.pk).update(death_on=D(2025, 5, 14))
    assert suspecting.find([scene.resident.pk], at) == 0
    assert suspecting_all.find_all(at=at).signs == 0


def test_a_killed_run_goes_on_where_it_was(scene, people, at):
    write(scene, random.Random("killed"), people, 90)
    places = []

    def kept(until):
        places.append(until)
        if len(places) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        suspecting_all.find_all(at=at, size=3, kept=kept)
    first = Suspicion.objects.count()
    suspecting_all.find_all(at=at, size=3, after=places[0])
    after_kill = standing()
    assert len(after_kill[2]) > first
    suspecting_all.find_all(at=at)
    assert standing() == after_kill


def test_the_night_looks_at_everybody_when_a_rule_changed(scene, at, monkeypatch):
    assert suspecting_jobs.due()
    measured(scene, at, D(2025, 5, 1))
    heard = []
    suspecting_jobs.find_now(lambda done, total: heard.append((done, total)))
    assert heard[-1] == (1, 1)
    run = JobRun.objects.get(title=suspecting_jobs.TITLE)
    assert (run.state, run.result["residents"]) == ("succeeded", 1)
    assert not suspecting_jobs.due()
    monkeypatch.setattr(suspecting_jobs, "rules", lambda: "other")
    assert suspecting_jobs.due()
