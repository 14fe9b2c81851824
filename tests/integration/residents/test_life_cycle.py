"""Death, cancellation, loss, restoration, transfers (records.md §5, §6)."""

import datetime as dt

import pytest
from django.db import connection
from tests.integration.residents.conftest import FAR, NOW, OTHER, OWN, SIBLING, TODAY, card, file, person

from gongwei.base import clock, scope
from gongwei.base.models import AuditEntry, Change
from gongwei.base.problems import Refused
from gongwei.places import policy
from gongwei.residents import operations, periodic, queries, states
from gongwei.residents.models import (
    HouseholdMembership,
    LifecycleEvent,
    Resident,
    Transfer,
)


def die(scene, resident, on="2025-05-01", **more):
    """Record a death."""
    said = {"cause": "I21.9 急性心肌梗死", "source": "certificate"} | more
    return operations.record_death(by=scene.doctor, at=scene.at, resident_id=resident.id, death_on=on, **said)


def test_death_leaves_the_denominator(scene):
    """§12.3: in on the day before, out from the day of death; the household loses a member."""
    made = operations.register_resident(
        by=scene.doctor,
        at=scene.at,
        profile=person(),
        household={"relation": "02", "address": "3组12号"},
        filed_on="2020-01-01",
    ).resident
    dead = die(scene, made)
    assert (dead.status, dead.cancel_reason, dead.death_on) == ("cancelled", "1", dt.date(2025, 5, 1))
    assert queries.permanent_on(dt.date(2025, 4, 30)).filter(id=made.id).exists()
    assert not queries.permanent_on(dt.date(2025, 5, 1)).filter(id=made.id).exists()
    assert not queries.permanent_on(dt.date(2025, 12, 31)).filter(id=made.id).exists()
    assert HouseholdMembership.objects.get(resident=made).until_on is not None
    assert Change.objects.filter(
        kind="resident.died", resident_id=made.id, done_on=dt.date(2025, 5, 1)
    ).exists()


def test_death_needs_its_data(scene):
    """Date, cause and source; no future date, none before birth."""
    made = file(scene)
    for changes, field in (
        ({"on": "2025-06-03"}, "death_on"),
        ({"on": "1950-01-01"}, "death_on"),
        ({"cause": ""}, "cause"),
        ({"source": "x"}, "source"),
    ):
        with pytest.raises(Refused) as refused:
            die(scene, made, **changes)
        assert refused.value.field == field
    assert Resident.objects.get().status == "active"


def test_cancel_and_restore(scene):
    """A ground is needed; restoring needs a reason and the right, and points back to what it reverses."""
    made = file(scene)
    for reason, note, field in (
        ("2", "", "note"),
        ("1", "去世", "reason"),
        ("5", "重复", "reason"),
        ("", "x", "reason"),
    ):
        with pytest.raises(Refused) as refused:
            operations.cancel(by=scene.doctor, at=scene.at, resident_id=made.id, reason=reason, note=note)
        assert refused.value.field == field
    operations.cancel(by=scene.doctor, at=scene.at, resident_id=made.id, reason="2", note="浙江省杭州市")
    with pytest.raises(policy.Forbidden):
        operations.restore(by=scene.doctor, at=scene.at, resident_id=made.id, reason="回来了")
    back = operations.restore(by=scene.clerk, at=scene.at, resident_id=made.id, reason="全家迁回")
    assert (back.status, back.cancel_reason, back.record_no) == ("active", "", made.record_no)
    event = LifecycleEvent.objects.get(kind="restored")
    assert event.reverses.kind == "cancelled"
    with pytest.raises(Refused) as refused:
        operations.restore(by=scene.clerk, at=scene.at, resident_id=made.id, reason="再来")
    assert refused.value.code == "state"


def test_wrong_death_is_taken_back(scene):
    """Restored after a death recorded wrongly: the date is gone from the file and stays in the trace."""
    made = file(scene)
    die(scene, made)
    back = operations.restore(by=scene.clerk, at=scene.at, resident_id=made.id, reason="登记错人")
    assert (back.death_on, back.death_cause, back.status) == (None, "", "active")
    assert made.changes.filter(field="death_on", old="2025-05-01", new="").exists()


def test_restore_when_the_document_is_used_again(scene):
    """Two living files for one document never: the answer says merge."""
    made = file(scene)
    operations.cancel(by=scene.doctor, at=scene.at, resident_id=made.id, reason="9", note="其他原因")
    operations.register_resident(by=scene.doctor, at=scene.at, profile=person(), not_same_as=[made.id])
    with pytest.raises(Refused) as refused:
        operations.restore(by=scene.clerk, at=scene.at, resident_id=made.id, reason="恢复")
    assert refused.value.code == "duplicate"


def test_lost_after_three_attempts(scene):
    """[?] three attempts on different days within 90; a service brings the resident back."""
    made = file(scene)
    for day in ("2025-05-01", "2025-05-01", "2025-05-20", "2025-01-01"):
        operations.record_contact_attempt(
            by=scene.doctor, at=scene.at, resident_id=made.id, on=day, channel="phone", result="无人接听"
        )
    with pytest.raises(Refused) as refused:
        operations.mark_lost(by=scene.doctor, at=scene.at, resident_id=made.id)
    assert "现有2次" in refused.value.message
    operations.record_contact_attempt(
        by=scene.doctor, at=scene.at, resident_id=made.id, on="2025-06-01", channel="home", result="家中无人"
    )
    assert operations.mark_lost(by=scene.doctor, at=scene.at, resident_id=made.id).status == "lost"
    back = operations.return_by_service(by=scene.doctor, at=scene.at, resident_id=made.id, on=TODAY)
    assert back.status == "active"


def test_transfer_confirmed_by_the_other_side(scene):
    """Asked by the old unit, confirmed by the new one; number for life, doctor and household left behind."""
    made = file(scene)
    asked = operations.request_transfer(
        by=scene.doctor,
        at=scene.at,
        resident_id=made.id,
        to_area=OTHER,
        moved_on="2025-05-20",
        to_address="1组",
    )
    assert (asked.expires_on, Resident.objects.get().status) == (
        TODAY + dt.timedelta(days=30),
        "transferring_out",
    )
    assert list(queries.transfers_inbox(scene.other)) == [asked]
    assert list(queries.transfers_inbox(scene.doctor)) == []
    for nobody in (scene.doctor, scene.sibling, scene.far):
        with pytest.raises(Refused) as refused:
            operations.confirm_transfer(by=nobody, at=scene.at, transfer_id=asked.id)
        assert refused.value.code == "not_found"
    with scope.acting(scene.other):
        moved = operations.confirm_transfer(by=scene.other, at=scene.at, transfer_id=asked.id)
    assert (moved.area_id, moved.address, moved.status, moved.record_no) == (
        OTHER,
        "1组",
        "active",
        made.record_no,
    )
    assert moved.managing_organization.name == "other_village单位"
    assert not queries.visible_to(scene.doctor).exists()
    assert queries.visible_to(scene.other).get() == moved
    assert set(LifecycleEvent.objects.values_list("kind", "area_key")) >= {
        ("moved_out", OWN),
        ("moved_in", OTHER),
    }
    with pytest.raises(Refused) as refused:
        operations.confirm_transfer(by=scene.other, at=scene.at, transfer_id=asked.id)
    assert refused.value.code == "decided"


def test_transfer_refused_leaves_everything(scene):
    """§12.4, and withdrawn and expired alike."""
    made = file(scene)
    before = Resident.objects.values().get()

    def ask():
        return operations.request_transfer(by=scene.doctor, at=scene.at, resident_id=made.id, to_area=OTHER)

    asked = ask()
    with pytest.raises(Refused):
        operations.refuse_transfer(by=scene.other, at=scene.at, transfer_id=asked.id, reason="")
    operations.refuse_transfer(by=scene.other, at=scene.at, transfer_id=asked.id, reason="查无此人")
    asked = ask()
    operations.withdraw_transfer(by=scene.doctor, at=scene.at, transfer_id=asked.id)
    asked = ask()
    later = NOW + dt.timedelta(days=31)
    with clock.fixed(later):
        with pytest.raises(Refused) as refused:
            operations.confirm_transfer(by=scene.other, at=later, transfer_id=asked.id)
        assert refused.value.code == "expired"
        periodic.expire_transfers(0)
        assert operations.expire_transfers(by=scene.officer, at=later) == 0
    after = Resident.objects.values().get()
    untouched = set(before) - {"version", "updated_at", "updated_by", "status_since"}
    assert {name: after[name] for name in untouched} == {name: before[name] for name in untouched}
    assert list(Transfer.objects.order_by("requested_at", "id").values_list("state", flat=True)) == [
        "refused",
        "withdrawn",
        "expired",
    ]


def test_claim_from_the_new_place(scene):
    """迁入申请: document and name must agree; the unit that holds the file releases it."""
    made = file(scene)
    number = card(dt.date(1956, 3, 8), 102)
    ask = {"by": scene.other, "at": scene.at, "id_type": "01", "to_area": OTHER}
    for wrong in (
        {"name": "张秀芳", "id_number": number},
        {"name": "张秀英", "id_number": card(dt.date(1956, 3, 8), 104)},
    ):
        with pytest.raises(Refused) as refused:
            operations.claim_transfer(**ask, **wrong)
        assert refused.value.message == "没有找到证件号码和姓名都相符的在用档案。"
    with scope.acting(scene.other):
        asked = operations.claim_transfer(**ask, name="张秀英", id_number=number, reason="随子女居住")
    assert list(queries.transfers_inbox(scene.doctor)) == [asked]
    with pytest.raises(Refused):
        operations.confirm_transfer(by=scene.other, at=scene.at, transfer_id=asked.id)
    with scope.acting(scene.doctor):
        operations.confirm_transfer(by=scene.doctor, at=scene.at, transfer_id=asked.id)
    assert Resident.objects.get(id=made.id).area_id == OTHER
    with pytest.raises(Refused):
        operations.claim_transfer(
            by=scene.far, at=scene.at, id_type="01", id_number=number, name="张秀英", to_area=FAR
        )


def test_death_ends_a_transfer(scene):
    """Nobody is asked to take over a dead person's file."""
    made = file(scene)
    asked = operations.request_transfer(by=scene.doctor, at=scene.at, resident_id=made.id, to_area=OTHER)
    die(scene, made)
    assert Transfer.objects.get(id=asked.id).state == "withdrawn"


def test_database_refuses_what_operations_would(scene):
    """The constraints alone: status without reason, living twins, a merged record without survivor, changed events."""
    made = file(scene)
    for statement in (
        "update residents_resident set status = 'cancelled'",
        "update residents_resident set status = 'merged'",
        "update residents_resident set record_no = '66010110120100001'",
        "update residents_resident set death_on = '1900-01-01'",
        "update residents_resident set id_key = null",
        "update residents_lifecycleevent set reason = 'x'",
        "delete from residents_lifecycleevent",
    ):
        with (
            pytest.raises(Exception, match=r"constraint|只增不改"),
            scope.transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert Resident.objects.get(id=made.id).status == "active"


def test_residence_decides_the_denominator(scene):
    """常住: registered here, or six months here (records.md §1)."""
    here = file(scene)
    new = file(scene, name="王芳", sequence=104, phone="", residence_type="2", resident_since="2025-01-10")
    assert set(queries.permanent_on(dt.date(2025, 7, 9)).values_list("id", flat=True)) == {here.id}
    assert set(queries.permanent_on(dt.date(2025, 7, 10)).values_list("id", flat=True)) == {here.id, new.id}
    assert queries.denominators_by_area(dt.date(2025, 7, 10)) == {OWN: 2}


def test_doctor_for_many(scene):
    """All or nothing, with a trace each."""
    rows = [file(scene), file(scene, name="王芳", sequence=104, phone="")]
    doctor = scene.doctor.practitioner_id
    foreign = file(scene, by=scene.sibling, area=str(SIBLING), name="赵六", sequence=106, phone="")
    with pytest.raises(Refused):
        operations.assign_doctor(by=scene.other, at=scene.at, resident_ids=[rows[0].id], doctor_id=doctor)
    done = operations.assign_doctor(
        by=scene.clerk, at=scene.at, resident_ids=[rows[0].id, rows[1].id, foreign.id], doctor_id=doctor
    )
    assert done == 3
    again = operations.assign_doctor(by=scene.clerk, at=scene.at, resident_ids=[rows[0].id], doctor_id=doctor)
    assert again == 0
    assert queries.changes_of(scene.doctor, rows[0].id)[0].item == "责任医生"


def test_household_rules(scene):
    """One head, members of one village, a parent older than the head."""
    head = operations.register_resident(
        by=scene.doctor, at=scene.at, profile=person(), household={"relation": "02", "address": "3组"}
    ).resident
    spouse = file(scene, name="李强", sequence=111, phone="", born=dt.date(1955, 1, 1))
    join = {"by": scene.doctor, "at": scene.at, "household_id": head.household_id}
    with pytest.raises(Refused) as refused:
        operations.change_household(resident_id=spouse.id, relation="02", **join)
    assert refused.value.code == "two_heads"
    operations.change_household(resident_id=spouse.id, relation="11", **join)
    child = file(scene, name="李小", sequence=113, phone="", born=dt.date(1980, 1, 1))
    with pytest.raises(Refused) as refused:
        operations.change_household(resident_id=child.id, relation="51", **join)
    assert refused.value.code == "younger_parent"
    assert [one.name for one in queries.household_of(scene.doctor, head)] == ["李强"]
    operations.leave_household(by=scene.doctor, at=scene.at, resident_id=spouse.id)
    assert not queries.household_of(scene.doctor, head).exists()


def test_every_act_is_audited(scene):
    """No act without a line."""
    made = file(scene)
    die(scene, made)
    operations.restore(by=scene.clerk, at=scene.at, resident_id=made.id, reason="登记错人")
    kinds = list(
        AuditEntry.objects.filter(subject_id=str(made.id)).order_by("id").values_list("action", flat=True)
    )
    assert kinds == ["create", "record_death", "restore"]
    assert states.STATES[Resident.objects.get().status].counts
