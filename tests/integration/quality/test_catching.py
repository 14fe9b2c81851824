"""After an import everything is checked at once: the findings that following the feed change by change gives."""

import random

import pytest
from django.db import transaction
from tests.integration.base.conftest import settle
from tests.integration.quality.test_bulk import FORMS, write
from tests.integration.records.conftest import resident
from tests.integration.tasks.test_catching import told

from gongwei import catalogue
from gongwei.base import changes
from gongwei.quality import catching, following, resident_checks
from gongwei.quality.models import Finding
from gongwei.records.models import Response
from gongwei.residents import relief

pytestmark = pytest.mark.django_db(transaction=True)


class _Undone(Exception):
    """To go back to how the world was."""


def findings():
    """What is found about records and residents, without ids; but for what following leaves to the night: likeness between
    files, and a practitioner's work over a quarter."""
    by_night = [each.rule.code for each in resident_checks.checks() if not each.each]
    names = (
        "rule", "key", "title", "severity", "dimension", "resident_id", "area_key", "response_id", "form_code", "done_on",
        "practitioner_id", "organization_id", "found", "expected", "digest", "state",
    )  # fmt: skip
    return sorted(
        Finding.objects.exclude(resident_id=None).exclude(rule__in=by_night).values_list(*names),
        key=str,
    )


def followed(at):
    """What following gives in small batches; then taken back."""
    found = None
    try:
        with transaction.atomic():
            rows = told()
            for start in range(0, len(rows), 20):
                following.check(rows[start : start + 20], at=at)
            found = findings()
            raise _Undone
    except _Undone:
        pass
    return found


def test_at_once_gives_what_following_gives(scene, at):
    dice = random.Random("findings")
    people = [scene.resident] + [resident(scene.world, number=number) for number in range(2, 6)]
    for code in FORMS:
        write(scene, catalogue.form(code), 12, dice, people)
    for each in Response.objects.all():
        changes.announce(
            kind="response", subject_id=each.pk, resident_id=each.resident_id, done_on=each.done_on
        )
    for each in people:
        changes.announce(kind="resident", subject_id=each.pk, resident_id=each.pk)
    singly = followed(at)
    settle()
    catching.catch_up()
    assert findings() == singly
    assert len(singly) > 20
    settle()
    assert changes.Bookmark(following.BOOKMARK).cursor == changes.reached()
    assert catching.catch_up() == []


def test_few_are_left_to_the_follower(scene, at, monkeypatch):
    monkeypatch.setattr(relief, "MANY", 2)
    changes.announce(kind="response", subject_id=scene.resident.pk, resident_id=scene.resident.pk)
    assert not catching.RELIEF.due(at)
    changes.announce(kind="response", subject_id=scene.resident.pk, resident_id=scene.practitioner.pk)
    assert catching.RELIEF.due(at)
