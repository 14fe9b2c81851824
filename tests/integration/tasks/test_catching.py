"""After an import everything is derived at once: the suspicions and tasks that following the feed change by change derives."""

import random

import pytest
from django.db import connection, transaction
from tests.integration.base.conftest import settle
from tests.integration.tasks.test_suspecting_all import _Undone, people, standing, write  # noqa: F401

from gongwei.base import changes
from gongwei.records.models import Response
from gongwei.residents import relief, sizes
from gongwei.residents.models import Resident
from gongwei.tasks import catching, following
from gongwei.tasks.models import Task

pytestmark = pytest.mark.django_db(transaction=True)


def told(place=0):
    """Changes as the feed will give them out, those of the present transaction too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select xid::text::bigint, seq, at, kind, subject_id, resident_id, done_on from base_change "
            "where seq > %s order by seq",
            [place],
        )
        return [changes.ChangeRow(changes.Cursor(*row[:2]), *row[2:]) for row in cursor.fetchall()]


def tasks():
    """Everything planned, without ids."""
    names = (
        "resident_id", "area_key", "doctor_id", "programme", "contact", "form_code", "anchor", "reason", "earliest", "due",
        "latest", "state", "response_id", "completed_on", "cancel_code", "cancel_reason", "rule",
    )  # fmt: skip
    return sorted(Task.objects.values_list(*names), key=str)


def followed(at, seen):
    """What following leaves behind, batch by batch until nothing is new; then taken back."""
    try:
        with transaction.atomic():
            rows = told()
            while rows:
                for start in range(0, len(rows), 7):
                    following.take(rows[start : start + 7], at)
                rows = told(rows[-1].cursor.seq)
            seen += [standing(), tasks()]
            raise _Undone
    except _Undone:
        pass
    return seen


def caught_up(at):
    """The same by catching up, and what the follower does with what that announced."""
    settle()
    done = catching.catch_up(at)
    settle()
    following.follow(at)
    return done, [standing(), tasks()]


@pytest.mark.parametrize("seed", range(3))
def test_at_once_gives_what_following_gives(scene, people, at, seed):  # noqa: F811
    dice = random.Random(f"catching{seed}")
    write(scene, dice, people, 90)
    for each in Response.objects.filter(status="final"):
        changes.announce(
            kind="response", subject_id=each.pk, resident_id=each.resident_id, done_on=each.done_on
        )
    gone = people[3]
    Resident.objects.filter(pk=gone.pk).update(
        status="cancelled", cancel_reason="2", status_since=at.date(), cancel_note="迁出"
    )
    changes.announce(kind="resident.cancelled", subject_id=gone.pk, resident_id=gone.pk)
    singly = followed(at, [])
    done, together = caught_up(at)
    assert together == singly
    assert done.residents == len({each.resident_id for each in told() if each.kind != "episode"})
    assert done.signs > 5
    assert len(together[1]) > 5
    # Twice is harmless, and nothing waits any more.
    again, afterwards = caught_up(at)
    assert afterwards == together
    assert again.signs == 0
    settle()
    assert changes.Bookmark(following.BOOKMARK).cursor == changes.reached()


def test_few_are_left_to_the_follower(scene, at, monkeypatch):
    monkeypatch.setattr(relief, "MANY", 2)
    changes.announce(kind="response", subject_id=scene.resident.pk, resident_id=scene.resident.pk)
    assert not catching.RELIEF.due(at)
    changes.announce(kind="response", subject_id=scene.resident.pk, resident_id=scene.practitioner.pk)
    assert catching.RELIEF.due(at)


def test_in_a_large_county_more_are_left_to_it(scene, at, monkeypatch):
    """At once everybody on file is looked at, which is worth it for a share of them only."""
    monkeypatch.setattr(relief, "MANY", 2)
    for each in (scene.resident, scene.practitioner):
        changes.announce(kind="response", subject_id=each.pk, resident_id=each.pk)
    monkeypatch.setattr(sizes, "on_file", lambda: 2 * relief.SHARE)
    assert catching.RELIEF.due(at)
    monkeypatch.setattr(sizes, "on_file", lambda: 3 * relief.SHARE)
    assert not catching.RELIEF.due(at)


def test_how_many_are_on_file_is_what_the_database_estimates(scene):
    with connection.cursor() as cursor:
        cursor.execute("analyze residents_resident")
    assert sizes.on_file() == Resident.objects.count() > 0
