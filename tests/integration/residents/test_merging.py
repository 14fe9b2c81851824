"""Two records of one person become one, and two again (records.md §12)."""

import datetime as dt

import pytest
from tests.integration.residents.conftest import NOW, TODAY, card, file, person

from gongwei.base import clock, scope
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.residents import merging, operations, queries, sealing
from gongwei.residents.models import (
    HouseholdMembership,
    Merge,
    ResidentIdentifier,
)


def twins(scene):
    """Two records of one person: one with a card and a household, one without either."""
    one = file(scene)
    other = operations.register_resident(
        by=scene.doctor,
        at=scene.at,
        profile=person(id_number="", no_id_reason="证件遗失"),
        not_same_as=[one.id],
        household={"relation": "02", "address": "3组"},
    ).resident
    return one, other


def merge(scene, survivor, loser, **more):
    """Merge as the township clerk."""
    return operations.merge_residents(
        by=scene.clerk, at=scene.at, survivor_id=survivor.id, loser_id=loser.id, reason="同一人", **more
    )


def test_merge_and_undo(scene):
    """The rows follow, the number is an alias, the loser counts no more; undone, all is as it was."""
    one, other = twins(scene)
    before = {row.id: row.resident_id for row in ResidentIdentifier.objects.all()}
    done = merge(scene, one, other)
    one.refresh_from_db(), other.refresh_from_db()
    assert (other.status, other.merged_into_id, one.record_no_aliases) == (
        "merged",
        one.id,
        [other.record_no],
    )
    assert set(ResidentIdentifier.objects.values_list("resident_id", flat=True)) == {one.id}
    assert queries.permanent_on(TODAY).count() == 1
    assert HouseholdMembership.objects.get(resident=other).until_on == TODAY
    with pytest.raises(Refused):
        operations.undo_merge(by=scene.clerk, at=scene.at, merge_id=done.id, reason="")
    with scope.acting(scene.clerk):
        operations.undo_merge(by=scene.clerk, at=scene.at, merge_id=done.id, reason="是姐妹俩")
    one.refresh_from_db(), other.refresh_from_db()
    assert (other.status, other.merged_into, one.record_no_aliases) == ("active", None, [])
    assert {row.id: row.resident_id for row in ResidentIdentifier.objects.all()} == before
    assert other.household.head == other
    assert queries.permanent_on(TODAY).count() == 2


def test_survivor_takes_the_card(scene):
    """The record without a document survives: it gets the card, and gives it back when undone."""
    one, other = twins(scene)
    done = merge(scene, other, one)
    other.refresh_from_db()
    number = card(dt.date(1956, 3, 8), 102)
    assert (other.id_type, sealing.open_column(other, sealing.RESIDENT, "id_cipher")) == ("01", number)
    operations.undo_merge(by=scene.clerk, at=scene.at, merge_id=done.id, reason="合并有误")
    other.refresh_from_db(), one.refresh_from_db()
    assert other.id_type == "99"
    assert sealing.open_column(other, sealing.RESIDENT, "id_cipher").startswith("LS")
    assert sealing.open_column(one, sealing.RESIDENT, "id_cipher") == number


def test_merge_refused(scene):
    """Itself, without a reason, two cards, another's record, after the limit, twice."""
    one, other = twins(scene)
    third = file(scene, name="张秀芳", sequence=104, phone="")
    with pytest.raises(Refused):
        merge(scene, one, one)
    with pytest.raises(policy.Forbidden):
        operations.merge_residents(
            by=scene.doctor, at=scene.at, survivor_id=one.id, loser_id=other.id, reason="同一人"
        )
    with pytest.raises(Refused) as refused:
        merge(scene, one, third)
    assert refused.value.code == "different_documents"
    assert merge(scene, one, third, different_documents=True).loser == third
    done = merge(scene, one, other)
    late = NOW + dt.timedelta(days=91)
    with clock.fixed(late), pytest.raises(Refused) as refused:
        operations.undo_merge(by=scene.clerk, at=late, merge_id=done.id, reason="太晚")
    assert refused.value.code == "too_late"
    operations.undo_merge(by=scene.clerk, at=scene.at, merge_id=done.id, reason="及时")
    with pytest.raises(Refused):
        operations.undo_merge(by=scene.clerk, at=scene.at, merge_id=done.id, reason="再次")


def test_chain_of_merges(scene):
    """A into B, B into C: A points to C, and undoing goes backwards only."""
    one, other = twins(scene)
    third = file(scene, name="张秀芳", sequence=104, phone="")
    first = merge(scene, one, other)
    second = merge(scene, third, one, different_documents=True)
    other.refresh_from_db(), third.refresh_from_db()
    assert other.merged_into_id == third.id
    assert set(third.record_no_aliases) == {one.record_no, other.record_no}
    with pytest.raises(Refused) as refused:
        operations.undo_merge(by=scene.clerk, at=scene.at, merge_id=first.id, reason="先撤")
    assert refused.value.code == "merged_again"
    operations.undo_merge(by=scene.clerk, at=scene.at, merge_id=second.id, reason="先撤")
    other.refresh_from_db()
    assert other.merged_into_id == one.id
    assert Merge.objects.filter(undone_at=None).count() == 1


def test_suggested_survivor(scene):
    """Older filing date when neither has more services."""
    one, other = twins(scene)
    assert queries.suggest_survivor(scene.clerk, other.id, one.id) == one.id


def test_no_table_forgotten(db):
    """Every foreign key to residents is registered with merging or stays on purpose."""
    assert merging.unregistered() == []
