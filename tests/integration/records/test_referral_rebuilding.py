"""Records written without the operations get their referral loops afterwards, each once."""

import datetime as dt

from django.db import connection
from tests.integration.records.conftest import record
from tests.integration.records.test_referrals import AGAIN, LATER, MARCH, measured, states

from gongwei.records import referral_rebuilding
from gongwei.records.models import Referral, Response


def forget(scene):
    """As a simulation leaves it: responses without a class, no loops."""
    Response.objects.filter(resident=scene.resident).update(outcome=None)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")  # a table with checks waiting cannot be altered
        cursor.execute("alter table records_referral disable trigger append_only")
        cursor.execute("delete from records_referral")
        cursor.execute("alter table records_referral enable trigger append_only")
        cursor.execute("set constraints all deferred")


def test_the_same_loops_come_out_and_only_once(scene, at):
    record(scene, at, MARCH, answers=measured(scene, 152, 94))
    record(scene, at, LATER, answers=measured(scene, 152, 88))
    record(scene, at, AGAIN, answers=measured(scene, 182, 88, referral_arrived="2"))
    before = states(scene)
    assert before == [(LATER, "continued"), (AGAIN, "open")]
    forget(scene)
    assert states(scene) == []
    for _ in range(2):
        referral_rebuilding.rebuild(at=at, since=dt.date(2025, 1, 1))
        assert states(scene) == before
    assert Referral.objects.get(advised_on=AGAIN).urgent


def test_only_what_was_done_since_is_followed(scene, at):
    record(scene, at, MARCH, answers=measured(scene, 182, 94))
    forget(scene)
    assert referral_rebuilding.rebuild(at=at, since=LATER) == 0
    assert states(scene) == []
