"""Half-typed pages: kept for their writer alone, sealed, offered for some days, counted nowhere."""

import datetime as dt

import pytest
from django.db import connection

from gongwei.base import ids, scope
from gongwei.base.models import AuditEntry, IdempotencyKey
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.records import drafts
from gongwei.records.models import Draft, Encounter, Response

FORM = "htn_follow_up"
TYPED = [("form", FORM), ("htn_follow_up-systolic", "138"), ("htn_follow_up-symptoms", "2"),
         ("htn_follow_up-symptoms", "4")]  # fmt: skip


def keep(scene, at, by=None, typed=TYPED, **changes):
    """Keep something typed about the scene's resident, as a request of the doctor does."""
    actor = by or scene.doctor
    with scope.acting(actor):
        return drafts.keep_draft(
            **{"by": actor, "at": at, "resident_id": scene.resident.pk, "form_code": FORM, "content": typed}
            | changes
        )


def content(scene, at, by=None):
    """What may be taken up again."""
    actor = by or scene.doctor
    with scope.acting(actor):
        return drafts.content(actor, scene.resident.pk, FORM, at)


def test_what_was_typed_comes_back_as_it_stood(scene, at):
    assert keep(scene, at)
    assert content(scene, at) == TYPED
    with scope.acting(scene.doctor):
        offered = drafts.waiting(scene.doctor, scene.resident.pk, ["dm_follow_up", FORM], at)
        assert drafts.waiting(scene.doctor, scene.resident.pk, ["dm_follow_up"], at) is None
    assert (offered.form_code, offered.kept_at) == (FORM, at)


def test_the_later_replaces_the_earlier_and_one_line_of_audit_says_it_was_begun(scene, at):
    keep(scene, at)
    keep(scene, at + dt.timedelta(seconds=5), typed=[*TYPED, ("htn_follow_up-diastolic", "88")])
    assert Draft.objects.count() == 1
    assert content(scene, at)[-1] == ("htn_follow_up-diastolic", "88")
    assert AuditEntry.objects.filter(detail__what="draft").count() == 1


def test_it_lies_sealed_and_only_its_writer_reaches_it(scene, at):
    keep(scene, at)
    assert b"138" not in bytes(Draft.objects.get().content_cipher)
    for other in (scene.centre, scene.far):
        with scope.acting(other):
            assert not Draft.objects.exists()
            assert drafts.waiting(other, scene.resident.pk, [FORM], at) is None
    assert content(scene, at, by=scene.centre) is None
    with pytest.raises(Refused):
        content(scene, at, by=scene.far)
    with pytest.raises(Refused):
        keep(scene, at, by=scene.far)


def test_the_writer_who_no_longer_serves_the_place_does_not_reach_it(scene, at):
    keep(scene, at)
    Draft.objects.update(account_id=scene.far.account_id)
    with scope.acting(scene.far):
        assert not Draft.objects.exists()


def test_who_may_not_write_keeps_nothing(scene, at):
    director = scene.world.actor("township_director@centre")
    with pytest.raises(policy.Forbidden):
        keep(scene, at, by=director)
    assert not Draft.objects.exists()


def test_a_saved_page_empties_it_and_what_arrives_later_is_dropped(scene, at):
    keep(scene, at)
    submission = str(ids.uuid7())
    with scope.acting(scene.doctor):
        drafts.finish(by=scene.doctor, resident_id=scene.resident.pk, form_codes=[FORM])
    assert Draft.objects.get().content_cipher is None
    assert content(scene, at) is None
    IdempotencyKey.objects.create(
        id=ids.uuid7(), scope=str(scene.doctor.account_id), key=f"page:{submission}", digest=b"", at=at
    )
    assert not keep(scene, at, submission=submission)
    assert content(scene, at) is None
    assert keep(scene, at, submission=str(ids.uuid7()))


def test_thrown_away_it_is_gone(scene, at):
    keep(scene, at)
    with scope.acting(scene.doctor):
        for _ in range(2):
            drafts.drop_draft(by=scene.doctor, at=at, resident_id=scene.resident.pk, form_code=FORM)
    assert content(scene, at) is None
    assert AuditEntry.objects.filter(action="dismiss", detail__what="draft").count() == 1


def test_after_seven_days_it_is_not_offered_and_is_removed(scene, at):
    keep(scene, at)
    edge = at + dt.timedelta(days=7)
    assert content(scene, edge) == TYPED
    assert drafts.remove_over(edge) == 0
    assert content(scene, edge + dt.timedelta(seconds=1)) is None
    assert drafts.remove_over(edge + dt.timedelta(seconds=1)) == 1
    assert not Draft.objects.exists()


def test_an_emptied_one_is_removed_the_day_after(scene, at):
    keep(scene, at)
    with scope.acting(scene.doctor):
        drafts.finish(by=scene.doctor, resident_id=scene.resident.pk, form_codes=[FORM])
    assert drafts.remove_over(at + dt.timedelta(hours=1)) == 0
    assert drafts.remove_over(at + dt.timedelta(days=1, seconds=1)) == 1


def test_it_is_no_record(scene, at):
    keep(scene, at)
    assert not Encounter.objects.exists()
    assert not Response.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from base_change")
        assert cursor.fetchone() == (0,)


def test_a_correction_is_kept_apart_from_a_new_form_and_from_other_corrections(scene, at):
    one, other = ids.uuid7(), ids.uuid7()
    keep(scene, at)
    for response, value in ((one, "141"), (other, "142")):
        keep(scene, at, typed=[("systolic", value)], corrects=response)
        keep(scene, at, typed=[("systolic", value)], corrects=response)
    assert Draft.objects.count() == 3
    by, person = scene.doctor, scene.resident.pk
    with scope.acting(by):
        drafts.finish(by=by, resident_id=person, form_codes=[FORM], corrects=one)
        assert drafts.content(by, person, FORM, at) == TYPED
        assert drafts.content(by, person, FORM, at, corrects=one) is None
        assert drafts.waiting_correction(by, person, one, at) is None
        assert drafts.content(by, person, FORM, at, corrects=other) == [("systolic", "142")]
        drafts.finish(by=by, resident_id=person, form_codes=[FORM])
        assert drafts.waiting(by, person, [FORM], at) is None
        assert drafts.waiting_correction(by, person, other, at) is not None
        drafts.drop_draft(by=by, at=at, resident_id=person, form_code=FORM, corrects=other)
        assert drafts.waiting_correction(by, person, other, at) is None
    entries = AuditEntry.objects.filter(detail__what="draft").values_list("action", "detail__response")
    assert sorted(entries, key=str) == sorted(
        [("update", None), ("update", str(one)), ("update", str(other)), ("dismiss", str(other))], key=str
    )


def test_who_may_not_correct_keeps_no_correction(scene, at):
    with pytest.raises(policy.Forbidden):
        keep(scene, at, by=scene.world.actor("township_director@centre"), corrects=ids.uuid7())
    assert not Draft.objects.exists()


def test_too_much_is_refused(scene, at):
    with pytest.raises(Refused):
        keep(scene, at, typed=[("a", "长" * drafts.LARGEST)])
