"""Bulk runs: the columnar engine finds what the row engine finds, over random records; and goes on after a kill."""

import datetime as dt
import random
from uuid import UUID

import pytest
from tests.integration import random_records

from gongwei.base import clock, ids
from gongwei.base.models import JobRun
from gongwei.language import fields
from gongwei.quality import bulk, columnar_checks, jobs, keeping, probes, row_checks
from gongwei.quality.models import Finding, Run
from gongwei.records import columns
from gongwei.records.models import Episode, FormVersion

SEED = 20250602
FORMS = ("htn_follow_up", "dm_follow_up", "check_up", "basic_information", "self_care_assessment")


def write(scene, form, count, dice, people):
    """Random records of a form: each answer is there seven times in ten."""

    def given():
        found = {
            name: random_records.value(dice, each)
            for name, each in form.fields.items()
            if dice.random() < 0.7
        }
        return {
            name: each for name, each in found.items() if not fields.is_missing(each) and name != "done_on"
        }

    for _ in range(count):
        person = dice.choice(people)
        day = dt.date(2024, 6, 1) + dt.timedelta(days=dice.randint(0, 500))
        random_records.write(scene, dice, form, person, day, hours=dice.randint(1, 60), given=given)


@pytest.fixture
def people(scene):
    """Six residents of both sexes and several ages, some under management."""
    found = random_records.people(scene)
    for person, kind in ((found[0], "hypertension"), (found[1], "diabetes"), (found[2], "hypertension")):
        Episode.objects.create(
            resident=person,
            area_key=person.area_id,
            kind=kind,
            state="active",
            started_on=dt.date(2024, 11, 1),
            organization=scene.world.organizations["village_a"],
        )
    return found


def told(found):
    """Findings as plain values, without their ids."""
    return sorted(
        (
            str(each.response_id),
            each.rule.code or each.rule.title,
            each.key,
            each.found,
            each.expected,
            str(each.evidence),
            each.digest,
            str(each.practitioner_id),
            str(each.area_key),
        )
        for each in found
    )


def form_of(code):
    return next(form for form in probes.asked_forms() if form.code == code)


@pytest.mark.parametrize("code", FORMS)
def test_columns_find_what_rows_find(scene, people, code):
    form = form_of(code)
    write(scene, form, 40, random.Random(f"{SEED}{code}"), people)
    by_columns = [each for piece in columnar_checks.FormChecker(form).pieces() for each in piece.found]
    by_rows = row_checks.found(form, dict.fromkeys((person.pk for person in people), None))
    assert told(by_columns) == told(by_rows)
    assert len({each.key for each in by_rows}) > 5


def test_pieces_and_periods(scene, people):
    form = form_of("htn_follow_up")
    write(scene, form, 30, random.Random(SEED), people)
    first, last = dt.date(2024, 9, 1), dt.date(2025, 4, 30)
    whole = list(columnar_checks.FormChecker(form, first=first, last=last).pieces())
    small = list(columnar_checks.FormChecker(form, first=first, last=last).pieces(size=2))
    assert len(small) > len(whole) == 1
    assert told(each for piece in small for each in piece.found) == told(whole[0].found)
    assert whole[0].found
    assert all(first <= each.done_on <= last for each in whole[0].found)


def test_a_run_twice_finds_nothing_new_and_a_period_closes_only_its_own(scene, people):
    form = form_of("htn_follow_up")
    write(scene, form, 30, random.Random(SEED), people)
    first = bulk.check_form(form)
    assert first.checked == columns.model_for(form.code).objects.filter(live=True).count()
    assert first.found == Finding.objects.count() > 50
    again = bulk.check_form(form)
    assert (again.found, again.reopened, again.fixed) == (0, 0, 0)
    columns.model_for(form.code).objects.filter(live=True).update(live=False)
    edge = dt.date(2024, 12, 31)
    inside = Finding.objects.filter(done_on__lte=edge).count()
    assert bulk.check_form(form, last=edge).fixed == inside
    assert Finding.objects.filter(state="open").count() == first.found - inside > 0


def test_a_killed_run_goes_on_where_it_was(scene, people, monkeypatch):
    form = form_of("htn_follow_up")
    write(scene, form, 30, random.Random(SEED), people)
    expected = sorted(told(piece for p in columnar_checks.FormChecker(form).pieces() for piece in p.found))
    kept, places = keeping.keep, []

    def killed_at_the_third(*args, **said):
        places.append(said)
        if len(places) == 3:
            raise KeyboardInterrupt
        return kept(*args, **said)

    ends: list[UUID] = []
    monkeypatch.setattr(keeping, "keep", killed_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        bulk.check_form(form, size=2, kept=ends.append)
    assert len(ends) == 2
    bulk.check_form(form, size=2, after=ends[-1], kept=ends.append)
    assert Finding.objects.count() == len(expected)


def test_the_job_tells_what_it_did(scene, people, at):
    form = form_of("self_care_assessment")
    write(scene, form, 10, random.Random(SEED), people)
    run = JobRun.objects.create(
        id=ids.uuid7(), task="t", title="质量核查", arguments={}, actor=scene.doctor.as_json(), created_at=at
    )
    from gongwei.base.job_progress import Progress

    said = jobs.check(Progress(run), form_codes=[form.code], files=True)
    records = columns.model_for(form.code).objects.filter(live=True).count()
    assert said["核查数"] == records + len(people)
    assert said["新发现"] == Finding.objects.count() > 0
    run.refresh_from_db()
    assert run.checkpoint["done"] == [form.code]
    assert set(Run.objects.values_list("kind", flat=True)) == {"records", "files"}


def test_rules_that_changed_are_known(scene):
    assert {form.code for form in bulk.outdated()} == {form.code for form in probes.asked_forms()}
    for form in probes.asked_forms():
        Run.objects.create(kind="records", scope=form.code, digest=probes.digest_of(form), at=clock.now())
    assert bulk.outdated() == []
    Run.objects.filter(scope="check_up").update(digest="before")
    assert [form.code for form in bulk.outdated()] == ["check_up"]
    assert not FormVersion.objects.exists()
