"""All tasks built again in ranges: the same as planning resident by resident, over random worlds; twice is harmless."""

import datetime as dt
import random
from functools import partial

import pytest
from django.db import transaction
from tests.integration import random_records
from tests.integration.tasks.test_catching import tasks
from tests.integration.tasks.test_suspecting_all import FIRST, _Undone, given, people  # noqa: F401

from gongwei.base import clock
from gongwei.engines import finding, row
from gongwei.records import judgement
from gongwei.residents.models import Resident
from gongwei.tasks import automatic, contacts, operations, rebuilding
from gongwei.tasks.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture(params=range(3))
def world(request, scene, people):  # noqa: F811
    """Random records of every form that closes contacts or that a rule reads, and somebody who moved away."""
    dice = random.Random(f"rebuilding{request.param}")
    forms = [closing.form for closing in contacts.closings()]
    for _ in range(120):
        form, person = dice.choice(forms), dice.choice(people)
        day = FIRST + dt.timedelta(days=dice.randint(-500, 240))
        random_records.write(scene, dice, form, person, day, hours=30, given=partial(given, dice, form))
    Resident.objects.filter(pk=people[3].pk).update(
        status="cancelled", cancel_reason="2", status_since=dt.date(2025, 5, 1), cancel_note="迁出"
    )
    return people


def rebuilt(at):
    """Rows written by a rebuild of everybody."""
    return sum(rebuilding.rebuild_range(each, at)[1] for each in rebuilding.all_ranges()[0])


def test_ranges_give_what_one_by_one_gives(world, at, monkeypatch):
    monkeypatch.setattr(rebuilding, "RANGE", 3)
    singly = None
    try:
        with transaction.atomic():
            for person in world:
                operations.replan(resident_ids=[person.pk], at=at)
            singly = tasks()
            raise _Undone
    except _Undone:
        pass
    assert rebuilt(at) == len(singly) > 10
    assert tasks() == singly
    assert rebuilt(at) == 0
    # What was stored under other names or lost is brought into line as one by one.
    for place, key in enumerate(
        Task.objects.order_by("resident_id", "contact", "anchor").values_list("pk", flat=True)
    ):
        if place % 3 == 0:
            Task.objects.filter(pk=key).delete()
    assert rebuilt(at) == -(-len(singly) // 3)
    assert tasks() == singly


def test_rules_of_records_see_nothing_before_the_first_day_they_look_back_on(world, at):
    year = clock.day_of(at).year
    seen_from = automatic.seen_from(year)
    old = found = 0
    for person in world:
        subject = judgement.subject_of(Resident.objects.get(pk=person.pk), *sorted(automatic.watched_forms()))
        seen = [each for each in subject.records if each.done_on >= seen_from]
        fewer = row.Subject(subject.attributes, seen, subject.episodes, subject.parameters)
        old += len(subject.records) - len(seen)
        for episode in contacts.by_records():
            span = finding.automatic_span(episode, fewer, year)
            assert finding.automatic_span(episode, subject, year) == span
            assert seen or span is None
            found += span is not None
    assert old
    assert found


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_ranges_hold_everybody_once(people, size, monkeypatch):  # noqa: F811
    monkeypatch.setattr(rebuilding, "RANGE", size)
    ranges, total = rebuilding.all_ranges()
    within = [Resident.objects.filter(id__range=each).count() for each in ranges]
    everybody = Resident.objects.count()
    assert sum(within) == total == everybody
    assert within[:-1] == [size] * (len(ranges) - 1)
